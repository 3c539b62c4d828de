package storage

import (
	"errors"
	"slices"
	"strings"

	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// PaymentColumns are those of a payments file. A file that went to the bank can come back with the days on which it paid: where it says
// whose a claim is, that has to be so, and the other columns of the export are not read.
var PaymentColumns = slices.Concat(table.Required("claim_no", "paid_on", "amount", "currency", "reference"),
	table.Optional("failed", "employee_no", "name", "bank_account"))

// PaymentLine is a line of a payments file.
type PaymentLine struct {
	Line      int
	Claim     string // the number of the claim
	Employee  string // the number of the person whose claim it is; empty: the file does not say
	On        workflows.Date
	Amount    workflows.Money
	Reference string // the bank's
	Failed    string // why the bank sent the money back; empty: it paid
}

// PaymentFile is a payments file, read.
type PaymentFile struct {
	Lines    []PaymentLine
	Notes    []string      // what is odd about the file and no fault
	Warnings []table.Fault // what is allowed and seldom meant
}

// ReadPayments reads what a payments file says. Whether it fits the claims is not looked at. With faults there may be lines too, but they
// are not all.
func ReadPayments(t table.Table) (PaymentFile, []table.Fault) {
	var plan Plan
	file := PaymentFile{Notes: t.Notes}
	for _, row := range t.Rows {
		c := cells{row, &plan}
		before := len(plan.Faults)
		line := PaymentLine{Line: row.Line, Claim: c.key("claim_no"), Employee: c.code("employee_no"), On: c.day("paid_on"),
			Amount: c.money("amount", "currency"), Reference: strings.Join(strings.Fields(c.text("reference", 100)), " "),
			Failed: c.text("failed", 1000)}
		if len(plan.Faults) == before {
			file.Lines = append(file.Lines, line)
		}
	}
	plan.sort()
	file.Warnings = plan.Warnings
	return file, plan.Faults
}

// money reads an amount above zero of the currency that another cell names. Neither may be missing: what a file does not say is not paid.
func (c cells) money(column, currency string) workflows.Money {
	code := table.Code(c.row.Cell(currency))
	if _, known := workflows.Decimals(code); !known {
		if code == "" {
			c.fault(currency, "This cell is empty; fill it in.")
		} else {
			c.fault(currency, "%s is no currency; write its three capital letters, as CNY.", table.Show(code))
		}
		return workflows.Money{}
	}
	typed := c.row.Cell(column)
	if typed == "" {
		c.fault(column, "This cell is empty; fill it in.")
		return workflows.Money{}
	}
	m, err := workflows.ParseMoney(table.Decimal(typed), code)
	var refusal *workflows.Error
	if err == nil || !errors.As(err, &refusal) {
		return m
	}
	switch refusal.Text {
	case "number.unclear":
		c.fault(column, "%s can be two numbers; write it as 1234.50, without a sign for thousands.", table.Show(typed))
	case "money.positive":
		c.fault(column, "%s pays nothing; write an amount above zero, or delete the line.", table.Show(typed))
	case "money.decimals":
		c.fault(column, "%s has more decimals than %s has.", table.Show(typed), code)
	case "money.large":
		c.fault(column, "%s is too large to be meant.", table.Show(typed))
	case "money.currency":
		c.fault(column, "%s names another currency than %s.", table.Show(typed), code)
	default:
		c.fault(column, "%s is no amount; write it as 1234.50.", table.Show(typed))
	}
	return workflows.Money{}
}

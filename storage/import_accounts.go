package storage

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// AccountColumns are those of an accounts file.
var AccountColumns = table.Required("account_no", "name", "ka", "rep_no", "language", "timezone")

// ImportAccounts imports an accounts file, one customer in each line, by account number. Accounts that the file does not name stay as they
// are.
func (s *Store) ImportAccounts(t table.Table) Import {
	return Import{store: s, table: t, lock: sqlImportPeopleLock, plan: planAccounts}
}

const sqlImportAccounts = `SELECT ` + accountColumns + ` FROM accounts a ORDER BY a.account_no`

const sqlImportAccount = `
INSERT INTO accounts (account_no, name, ka, rep_id, language, timezone)
VALUES (@no, @name, @ka, nullif(@rep::bigint, 0), @language, @timezone)
ON CONFLICT (account_no) DO UPDATE
   SET name = excluded.name, ka = excluded.ka, rep_id = excluded.rep_id, language = excluded.language, timezone = excluded.timezone`

func planAccounts(ctx context.Context, tx pgx.Tx, t table.Table) (Plan, error) {
	var plan Plan
	company, err := readStaff(ctx, tx)
	if err != nil {
		return plan, err
	}
	zones, err := knownZones(ctx, tx, t)
	if err != nil {
		return plan, err
	}
	stored := map[string]workflows.Account{}
	var order []string
	var a workflows.Account
	rows, err := tx.Query(ctx, sqlImportAccounts)
	if err != nil {
		return plan, err
	}
	err = each(func() { stored[a.No], order = a, append(order, a.No) }, accountDest(&a)...).rows(rows)
	if err != nil {
		return plan, err
	}
	loose := map[string]string{}
	for _, no := range order {
		loose[table.Loose(no)] = no
	}
	lineOf := map[string]int{}
	for _, row := range t.Rows {
		c := cells{row, &plan}
		is := c.account(company, zones)
		if first, twice := lineOf[is.No]; twice && is.No != "" {
			c.fault("account_no", "%s stands in line %d and in line %d; keep one of the two.", is.No, first, row.Line)
			continue
		}
		lineOf[is.No] = row.Line
		switch was, known := stored[is.No]; {
		case known && was == is:
			plan.Unchanged++
			continue
		case known:
			plan.say(row.Line, "change: %s: %s", is.Titled(), changedAccount(was, is, company))
		default:
			plan.say(row.Line, "new: %s, %s", is.Titled(), lookedAfter(is, company))
			if other, eats := loose[table.Loose(is.No)]; eats {
				plan.warn(row.Line, "%s would be new beside %s: the same account? "+eaten, table.Show(is.No), stored[other].Titled())
			}
		}
		plan.Changed++
		plan.write(sqlImportAccount, args{"no": is.No, "name": is.Name, "ka": is.KA, "rep": int64(is.Rep),
			"language": is.Language, "timezone": is.Zone})
	}
	plan.sort()
	for _, no := range order {
		if _, named := lineOf[no]; !named {
			plan.Stays = append(plan.Stays, stored[no].Titled())
		}
	}
	return plan, nil
}

// account reads a line.
func (c cells) account(company staff, zones map[string]bool) workflows.Account {
	a := workflows.Account{No: c.key("account_no"), Name: c.required("name", 200), KA: c.truth("ka", false),
		Language: c.choice("language", workflows.Languages...), Zone: c.zone(zones)}
	if c.row.Cell("ka") == "" {
		c.fault("ka", "This cell is empty; write one of true, false.")
	}
	no := c.code("rep_no")
	rep, known := company.was[no]
	switch {
	case no == "":
	case !known:
		c.fault("rep_no", "%s is nobody's number; import people first, or leave the cell empty.%s", table.Show(no), company.meant(no))
	case !rep.Active:
		c.fault("rep_no", "%s is not active; name somebody who is, or leave the cell empty.", titled(rep))
	}
	a.Rep = rep.ID
	return a
}

// lookedAfter says whose an account is.
func lookedAfter(a workflows.Account, company staff) string {
	if no, known := company.no[a.Rep]; known {
		return "looked after by " + titled(company.was[no])
	}
	return "looked after by nobody"
}

// changedAccount says what becomes of an account.
func changedAccount(was, is workflows.Account, company staff) string {
	var list []string
	if was.Name != is.Name {
		list = append(list, "name "+table.Show(was.Name)+" → "+table.Show(is.Name))
	}
	if was.KA != is.KA {
		list = append(list, map[bool]string{true: "a key account", false: "no key account"}[is.KA])
	}
	if was.Rep != is.Rep {
		list = append(list, lookedAfter(is, company))
	}
	if was.Language != is.Language {
		list = append(list, "language "+was.Language+" → "+is.Language)
	}
	if was.Zone != is.Zone {
		list = append(list, "timezone "+was.Zone+" → "+is.Zone)
	}
	return strings.Join(list, ", ")
}

package policy

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/expr-lang/expr"

	"github.com/nod-chat/nod/workflows"
)

// moneyPrefix begins the names of what amounts in conditions are made of. No field's name has a sign in it.
const moneyPrefix = "money$"

// amountShape is an amount in a condition: 1000.00 CNY.
var amountShape = regexp.MustCompile(`\b([0-9]+(?:\.[0-9]+)?)[ ]*([A-Z]{3})\b`)

// withAmounts writes the amounts of a condition in a way that the expression language knows. What stands in quotes stays as it is.
func withAmounts(source string) (string, error) {
	var b strings.Builder
	var fault error
	for rest := source; rest != ""; {
		quote := strings.IndexAny(rest, "\"'`")
		if quote < 0 {
			quote = len(rest)
		}
		b.WriteString(amountShape.ReplaceAllStringFunc(rest[:quote], func(written string) string {
			m := amountShape.FindStringSubmatch(written)
			money, err := workflows.ParseMoney(m[1], m[2])
			if err != nil {
				fault = fmt.Errorf("%q is no amount; write it with its currency and no more decimals than that has, as 1000.00 CNY",
					written)
				return written
			}
			return fmt.Sprintf("%s(%d, %q)", moneyPrefix, money.Minor, money.Currency)
		}))
		end := len(rest)
		if quote < len(rest) {
			if closing := closingQuote(rest[quote:]); closing > 0 {
				end = quote + closing
			}
		}
		b.WriteString(rest[quote:end])
		rest = rest[end:]
	}
	return b.String(), fault
}

// closingQuote finds the end of a text in quotes, which begins s; 0 when it has none.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] != '`':
			i++
		case s[i] == s[0]:
			return i + 1
		}
	}
	return 0
}

// moneyOperators let amounts be compared. Two currencies cannot be, nor can an amount that is not given: such a request is refused, since
// to say yes or no would choose who decides it by accident.
func moneyOperators() []expr.Option {
	list := []expr.Option{expr.Function(moneyPrefix, func(args ...any) (any, error) {
		return workflows.Money{Minor: int64(args[0].(int)), Currency: args[1].(string)}, nil
	}, new(func(int, string) workflows.Money))}
	for operator, holds := range map[string]func(order int) bool{
		"==": func(order int) bool { return order == 0 }, "!=": func(order int) bool { return order != 0 },
		"<": func(order int) bool { return order < 0 }, "<=": func(order int) bool { return order <= 0 },
		">": func(order int) bool { return order > 0 }, ">=": func(order int) bool { return order >= 0 },
	} {
		name := moneyPrefix + operator
		list = append(list, expr.Operator(operator, name), expr.Function(name, func(args ...any) (any, error) {
			order, err := args[0].(workflows.Money).Compare(args[1].(workflows.Money))
			return holds(order), err
		}, new(func(a, b workflows.Money) bool)))
	}
	return list
}

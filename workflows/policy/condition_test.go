package policy_test

import (
	"errors"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

var noTexts = fstest.MapFS{"en.toml": {}, "zh.toml": {}}

var purchase = []workflows.Field{
	{Name: "things", Type: workflows.Lines, Fields: []workflows.Field{{Name: "item", Type: workflows.Text}, {Name: "pieces", Type: workflows.Number}}},
	{Name: "quantity", Type: workflows.Number},
	{Name: "amount", Type: workflows.Amount, Currency: "currency"},
	{Name: "currency", Type: workflows.Choice, From: "currencies"},
	{Name: "receipt", Type: workflows.Files},
	{Name: "dates", Type: workflows.Range},
}

// conditioned makes a kind whose only step has the condition.
func conditioned(when string) (*workflows.Kind, error) {
	d := approval.Flow(workflows.Definition{Kind: "purchase", Prefix: "PU", Fields: purchase,
		Route: []workflows.StepPlan{
			{Name: "manager", Approvers: []string{"manager"}, Mode: workflows.AnyOf},
			{Name: "more", Approvers: []string{"role:finance"}, Mode: workflows.AnyOf, When: when},
		}}, nil)
	return workflows.NewKind(d, "", workflows.Rules{
		Approval: approval.Frame(nil), Texts: noTexts,
		Title: func(workflows.Request) workflows.Row { return workflows.Row{} },
		Show:  func(workflows.Request, workflows.Facts, workflows.Relation) []workflows.Row { return nil },
		Options: map[string]workflows.Options{"currencies": func(workflows.Person) []workflows.Option {
			return []workflows.Option{{Value: "CNY"}, {Value: "EUR"}, {Value: "JPY"}}
		}},
	}, policy.Compiler(d.Fields, map[string]any{"pieces": 0}))
}

// Numbers and amounts are compared as what they are, never as text: 9 is less than 10, and no fraction is ever rounded.
func TestConditionsOfNumbersAndAmounts(t *testing.T) {
	form := func(quantity, amount, currency string) workflows.Form {
		return workflows.Form{"quantity": quantity, "amount": amount, "currency": currency}
	}
	for _, c := range []struct {
		when string
		form workflows.Form
		want string // more: the step is there; plain: it is not; else the key of the refusal
	}{
		{"quantity > 5", form("6", "1", "CNY"), "more"},
		{"quantity > 5", form("5", "1", "CNY"), "plain"},
		{"quantity > 9", form("10", "1", "CNY"), "more"},
		{"quantity > 5", form("", "1", "CNY"), "plain"},
		{"amount >= 1000.00 CNY", form("1", "1000", "CNY"), "more"},
		{"amount >= 1000.00 CNY", form("1", "999.99", "CNY"), "plain"},
		{"amount >= 1000.00 CNY", form("1", "1,205.91", "CNY"), "more"},
		{"amount > 1000 CNY", form("1", "1000.00", "CNY"), "plain"},
		{"amount > 1000CNY or quantity == 2", form("2", "1", "CNY"), "more"},
		{"amount == 100 JPY", form("1", "100", "JPY"), "more"},
		{"amount != 1 CNY", form("1", "1", "CNY"), "plain"},
		{"amount < 2 CNY and amount <= 1 CNY", form("1", "1", "CNY"), "more"},
		{`currency == "1000.00 CNY" or currency == "CNY"`, form("1", "1", "CNY"), "more"},
		{`currency == "EUR" ? amount > 5 EUR : amount > 5 CNY`, form("1", "6", "EUR"), "more"},
		{`currency == 'EUR' and amount > 5 EUR`, form("1", "6", "CNY"), "plain"},
		{"pieces >= 3", form("1", "1", "CNY"), "plain"}, // measured

		// Two currencies are never taken for one, and what is not given is never taken for nothing.
		{"amount >= 1000.00 CNY", form("1", "1000", "EUR"), "route.currency"},
		{"amount >= 1000.00 CNY", form("1", "", ""), "route.no_amount"},
	} {
		k, err := conditioned(c.when)
		if err != nil {
			t.Errorf("%s: %v", c.when, err)
			continue
		}
		boss := workflows.Person{ID: 1, No: "E1", Name: "boss", Active: true}
		lin := workflows.Person{ID: 2, No: "E2", Manager: 1, Active: true}
		fin := workflows.Person{ID: 3, No: "E3", Roles: []string{"finance"}, Active: true}
		r := workflows.Request{Requester: 2, SubmittedBy: 2, SentBy: 2}
		k.Measure = func(workflows.Request, workflows.Facts) (map[string]int64, []*workflows.Error) {
			return map[string]int64{"pieces": 0}, nil
		}
		p := k.Preview(r, c.form, workflows.Facts{Org: workflows.NewOrg(boss, lin, fin)})
		got := "plain"
		switch {
		case len(p.Faults) > 0:
			got = p.Faults[0].Text
		case len(p.Request.Steps) == 2:
			got = "more"
		}
		if got != c.want {
			t.Errorf("%s with %v: %s, want %s", c.when, c.form, got, c.want)
		}
	}
}

// What a condition cannot say is refused when the policy is read, with a sentence.
func TestConditionsThatCannotBe(t *testing.T) {
	for when, want := range map[string]string{
		"quantity > \"5\"":                         "invalid operation",
		"quantity > 5.5":                           "only whole numbers",
		"quantity / 2 > 5":                         "cannot be used",
		"amount >= 1000":                           "invalid operation",
		"amount >= 1000.005 CNY":                   "no amount",
		"amount >= 1000 XYZ":                       "no amount",
		"amount >= 0 CNY":                          "no amount",
		"amount + 1 CNY > 5 CNY":                   "invalid operation",
		"item == \"laptop\"":                       "unknown name item",
		"receipt != \"\"":                          "unknown name receipt",
		"dates != \"\"":                            "unknown name dates",
		"len(currency) > 3":                        "unknown name len",
		"amount >= 1000.00 \"CNY":                  "literal not terminated",
		"amount in [1 CNY]":                        "cannot be looked for in a list",
		"quantity % pieces == 0":                   "can be zero",
		"5 % quantity == 0":                        "can be zero", // nothing is zero, whatever the least is that may be written
		`money$(5, "XYZ") == amount`:               "cannot be used",
		"$env.quantity > 5":                        "cannot be used",
		"money$(5, currency) == amount":            "cannot be used",
		"quantity > 1" + strings.Repeat(" ", 4000): "at most 4000 letters",
	} {
		_, err := conditioned(when)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", when, err, want)
		}
	}
}

// What could be zero is worked out from what every part of it could be.
func TestRemaindersByZero(t *testing.T) {
	for divisor, zero := range map[string]bool{
		"quantity - 3": true, "1 - quantity": true, "-quantity + 1": true, "1 - quantity * 1": true, "quantity * -1 + 1": true,
		"quantity % 4 - 3": true, "-quantity % 4 + 3": true, "quantity > 3 ? 1 : 0": true, "quantity > 3 ? 0 : 1": true, "quantity - 1000000": true,
		"pieces + 1000000000": true, "pieces - 1000000000": true, "quantity * pieces + 1": true,
		"quantity - 1000001": false, "quantity + 1": false, "-quantity - 1": false, "quantity * 2 + 1": false, "quantity % 4 - 4": false,
		"-quantity % 4 + 4": false, "quantity % 4 + 1": false, "quantity > 3 ? 1 : 2": false, "pieces - 1000000001": false,
	} {
		_, err := compile("5 % (" + divisor + ") == 0")
		if zero && (err == nil || !strings.Contains(err.Error(), "can be zero")) || !zero && err != nil {
			t.Errorf("%s: %v", divisor, err)
		}
	}
}

// What docs/policy.md offers is taken, and so is what comes close to failing and cannot.
func TestConditionsThatCanBe(t *testing.T) {
	for _, when := range []string{
		"quantity % 5 == 0", "quantity % -3 != 1", "7 % (quantity + 1) > 2", "pieces * pieces > 5", "quantity * pieces * 100 > 5",
		"-quantity < +pieces - 3", "quantity in [1, 2, 3]", "quantity not in [pieces, 5]", `currency in []`, `currency in ["CNY", department]`,
		"not (quantity > 5)", "!(quantity > 5) && true || false", "(quantity > 5) == (pieces > 5)", `country < "DE" or tier >= "a"`,
		`department + "/" + country == "Sales/CN"`, `department contains "ales"`, `department startsWith "S" and not (tier endsWith "x")`,
		`department matches "^(Sales|IT)$"`, "1 < quantity <= 5", "(quantity > 5 ? pieces : 3) > 2", "if quantity > 5 { true } else { pieces > 2 }",
		`(currency == "EUR" ? 5 EUR : 5 CNY) <= amount`, "quantity > 5 /* a remark */", `department == "$ CNY 5"`,
	} {
		if _, err := conditioned(when); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
}

// A definition that an older program stored keeps a condition that no file may have any more: its requests go on.
func TestStoredConditions(t *testing.T) {
	today, _ := policy.Default().Kind("equipment")
	for _, when := range []string{"quantity % 0 == 1", "reason matches reason", `$env["reason"] == "a"`, "let x = quantity; x > 5", "quantity in 1..5", "quantity * quantity * quantity > 5"} {
		d := today.Definition
		d.Route = []workflows.StepPlan{{Name: "more", Approvers: []string{"manager"}, Mode: workflows.AnyOf, When: when}}
		if _, err := policy.Default().Restore(d, "of an older program"); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		content := "equipment: {currencies: [CNY], route: [{name: more, approvers: [manager], mode: any_of, when: '" + when + "'}]}"
		if _, err := policy.Load("policy.yaml", []byte(content)); err == nil {
			t.Errorf("%s loads", when)
		}
	}
}

// sums are calculations with what they come to, worked out without a bound.
func sums(values map[string]int) *rapid.Generator[sum] {
	number := rapid.OneOf(rapid.IntRange(1, 12), rapid.SampledFrom([]int{0, 1_000_000, 1_000_000_000, 999_999_999_999_999_999, math.MaxInt}))
	leaf := rapid.OneOf(
		rapid.Map(number, func(n int) sum { return sum{strconv.Itoa(n), big.NewInt(int64(n))} }),
		rapid.Map(rapid.SampledFrom(slices.Sorted(maps.Keys(values))), func(name string) sum { return sum{name, big.NewInt(int64(values[name]))} }),
	)
	var at func(depth int) *rapid.Generator[sum]
	at = func(depth int) *rapid.Generator[sum] {
		if depth == 0 {
			return leaf
		}
		return rapid.Custom(func(t *rapid.T) sum {
			a, b := at(rapid.IntRange(0, depth-1).Draw(t, "left")).Draw(t, "a"), at(rapid.IntRange(0, depth-1).Draw(t, "right")).Draw(t, "b")
			operator := rapid.SampledFrom([]string{"+", "-", "*", "*", "%"}).Draw(t, "operator")
			result := new(big.Int)
			switch {
			case operator == "+":
				result.Add(a.value, b.value)
			case operator == "-":
				result.Sub(a.value, b.value)
			case operator == "*":
				result.Mul(a.value, b.value)
			case b.value.Sign() != 0:
				result.Rem(a.value, b.value)
			}
			return sum{"(" + a.written + " " + operator + " " + b.written + ")", result}
		})
	}
	return at(4)
}

type sum struct {
	written string
	value   *big.Int
}

// I8: a condition that loads is worked out for whatever a form may hold, up to every bound, and comes to what arithmetic says.
func TestConditionsNeverFailNorWrap(t *testing.T) {
	loaded := 0
	rapid.Check(t, func(t *rapid.T) {
		edge := func(name string, least, most int) int {
			return rapid.OneOf(rapid.IntRange(least, most), rapid.SampledFrom([]int{least, 0, most, most})).Draw(t, name)
		}
		values := map[string]int{"quantity": edge("quantity", 0, workflows.MaxNumber), "pieces": edge("pieces", -1_000_000_000, 1_000_000_000)}
		a, b := sums(values).Draw(t, "a"), sums(values).Draw(t, "b")
		holds, err := compile(a.written + " < " + b.written)
		if err != nil {
			return
		}
		loaded++
		got, err := holds(map[string]any{"quantity": values["quantity"], "pieces": values["pieces"]})
		if want := a.value.Cmp(b.value) < 0; err != nil || got != want {
			t.Fatalf("%s < %s with %v: %v %v, want %v", a.written, b.written, values, got, err, want)
		}
	})
	if loaded == 0 {
		t.Error("no condition loaded, so nothing was tested")
	}
}

var compile = policy.Compiler(purchase, map[string]any{"pieces": 0})

// What loads is worked out, whatever a form holds. Only an amount may keep it from that, and then the requester is told.
func FuzzCondition(f *testing.F) {
	for _, when := range []string{
		"quantity % 5 == 0 and pieces * quantity > 100", `department matches "^(Sales|IT)$" or currency in ["CNY", "EUR"]`,
		`currency == "EUR" ? amount >= 650.00 EUR : amount >= 5000.00 CNY`, `department + country contains tier`, "quantity % pieces == 1",
		"reason matches reason", "(quantity > 5 ? pieces : 3) not in [1, -2]", "$env.quantity > 1", "1..5 == [quantity]",
	} {
		f.Add(when, 5, 7, int64(100), "EUR", "Sales")
	}
	f.Fuzz(func(t *testing.T, when string, quantity, pieces int, minor int64, currency, department string) {
		if len(when) > 1000 || len(department) > 1000 {
			return // more of the same
		}
		holds, err := compile(when)
		if err != nil {
			if err.Error() == "" || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: not a sentence: %q", when, err)
			}
			return
		}
		values := map[string]any{"quantity": min(max(quantity, 0), workflows.MaxNumber), "pieces": min(max(pieces, -1_000_000_000), 1_000_000_000),
			"amount": workflows.Money{Minor: minor, Currency: currency}, "currency": currency,
			"department": department, "tier": currency, "country": department}
		var refused *workflows.Error
		if _, err := holds(values); err != nil && !(errors.As(err, &refused) && (refused.Text == "route.currency" || refused.Text == "route.no_amount")) {
			t.Errorf("%q with %v: %v", when, values, err)
		}
	})
}

// A field may take more than can be calculated with; then no condition looks at it.
func TestNumbersTooLargeToCalculateWith(t *testing.T) {
	compile := policy.Compiler([]workflows.Field{{Name: "serial", Type: workflows.Number, Max: math.MaxInt}, {Name: "pieces", Type: workflows.Number, Max: 1_000_000_000_000_000_000}}, nil)
	if _, err := compile("serial + 1 > 5"); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("serial: %v", err)
	}
	if _, err := compile("pieces + 1 > 5"); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("pieces: %v", err)
	}
	if _, err := compile("pieces > 5"); err != nil {
		t.Errorf("pieces: %v", err)
	}
}

// A number that is not there, or beyond what it was checked for, is a failure to be told of and never a zero.
func TestNumbersBeyondTheirBounds(t *testing.T) {
	holds, err := compile("pieces > 5")
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range []map[string]any{{}, {"pieces": "6"}, {"pieces": 1_000_000_001}} {
		if _, err := holds(values); err == nil || !strings.Contains(err.Error(), `"pieces > 5"`) {
			t.Errorf("%v: %v", values, err)
		}
	}
}

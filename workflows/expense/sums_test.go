package expense_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/expense"
	"github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/workflowtest"
)

// I8: whatever is claimed, limited, converted, lowered, paid, sent back and reversed, it sums. A company is any limits, any rates, and
// whoever decides; what must hold is held after each change by check and by books.

// categories of the companies: two that are paid by receipt, one by the unit, one by the day.
var categories = []string{"meal", "lodging", "mileage", "per_diem"}

// company is a policy with its limits, as the test knows them.
type company struct {
	yaml   string
	limits map[string][]expense.Limit // by category
}

func drawCompany(t *rapid.T, overs ...expense.Over) company {
	c := company{limits: map[string][]expense.Limit{}}
	var lines []string
	for _, code := range categories {
		head := "    - {code: " + code
		switch code {
		case "mileage":
			head += ", rate: " + strconv.Quote(amountOf(rapid.Int64Range(1, 500).Draw(t, "rate of a unit"), "CNY")) + ", unit: km"
		case "per_diem":
			head += `, per_diem: {day: "100.00", first_and_last_day: "33.33"}`
		}
		var rows []string
		for _, per := range []expense.Period{expense.PerLine, expense.PerDay, expense.PerMonth} {
			for _, city := range []string{"", "Shanghai"} {
				for _, tier := range []string{"", "new"} {
					if rapid.IntRange(0, 4).Draw(t, "limited") > 0 {
						continue
					}
					l := expense.Limit{Per: per, City: city, Tier: tier, Over: rapid.SampledFrom(overs).Draw(t, "over"),
						Amount: amountOf(rapid.Int64Range(1, 100_000).Draw(t, "limit"), "CNY")}
					c.limits[code] = append(c.limits[code], l)
					rows = append(rows, fmt.Sprintf("{per: %s, amount: %q, city: %q, tier: %q, over: %s}", per, l.Amount, city, tier, l.Over))
				}
			}
		}
		lines = append(lines, head+", limits: ["+strings.Join(rows, ", ")+"]}")
	}
	c.yaml = "expense:\n  currency: CNY\n  pay_in: [CNY, EUR, JPY]\n  currencies: [CNY, EUR, USD, JPY, KWD]\n  categories:\n" +
		strings.Join(lines, "\n") + `
  route:
    - {name: manager, approvers: [manager], mode: any_of}
    - {name: both, approvers: ["person:E001", "person:E005"], mode: all_of, when: total >= 300.00 CNY}
`
	return c
}

func amountOf(minor int64, currency string) string {
	return workflows.Money{Minor: minor, Currency: currency}.Amount()
}

// open makes the company, with rates of its own.
func (c company) open(t *rapid.T, rates map[string]workflows.Rate) *workflowtest.Memory {
	loaded, err := policy.Load("policy.yaml", []byte(c.yaml))
	if err != nil {
		t.Fatalf("%v\n%s", err, c.yaml)
	}
	m := workflowtest.NewMemory(t, loaded)
	m.Check = func(m *workflowtest.Memory, r workflows.Request) error {
		if err := check(m, r); err != nil {
			return err
		}
		return c.books(m)
	}
	for currency, rate := range rates {
		m.Quote(currency, workflows.Date{Year: 2026, Month: 2, Day: 26}, rate)
	}
	return m
}

func drawRates(t *rapid.T) map[string]workflows.Rate {
	rates := map[string]workflows.Rate{}
	for _, currency := range []string{"EUR", "USD", "JPY", "KWD"} {
		rates[currency] = workflows.Rate(rapid.Int64Range(10_000_000, 1_000_000_000_000).Draw(t, currency)) // 0.001 to 100
	}
	return rates
}

// days are those on which money is spent; a rate of the 26th serves them all, and the last is of another month.
var days = []string{"2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01"}

// drawLines draws the lines of a claim, each complete.
func drawLines(t *rapid.T, most int) workflows.Form {
	form := workflows.Form{"pay_in": rapid.SampledFrom([]string{"", "CNY", "EUR", "JPY"}).Draw(t, "pay_in")}
	for i := range rapid.IntRange(1, most).Draw(t, "lines") {
		maps.Copy(form, named(drawLine(t), i+1))
	}
	return form
}

func drawLine(t *rapid.T) workflows.Form {
	line := workflows.Form{"category": rapid.SampledFrom(categories).Draw(t, "category"), "date": rapid.SampledFrom(days).Draw(t, "date"),
		"city": rapid.SampledFrom([]string{"", "Shanghai"}).Draw(t, "city")}
	switch line["category"] {
	case "mileage":
		line["quantity"] = strconv.Itoa(rapid.IntRange(1, 2000).Draw(t, "quantity"))
	case "per_diem":
		line["until"] = days[rapid.IntRange(slices.Index(days, line["date"]), len(days)-1).Draw(t, "until")]
	default:
		line["currency"] = rapid.SampledFrom([]string{"CNY", "CNY", "EUR", "USD", "JPY", "KWD"}).Draw(t, "currency")
		minor := rapid.OneOf(rapid.Int64Range(1, 300), rapid.Int64Range(1, 200_000)).Draw(t, "amount")
		line["amount"] = amountOf(minor, line["currency"])
		line["receipt"] = "" // none is needed
		if rapid.IntRange(0, 3).Draw(t, "taxed") == 0 {
			line["tax"] = amountOf(rapid.Int64Range(1, minor).Draw(t, "tax"), line["currency"])
		}
		if rapid.IntRange(0, 5).Draw(t, "said") == 0 {
			line["rate"], line["note"] = workflows.Rate(rapid.Int64Range(1, 1_000_000_000_000).Draw(t, "rate")).String(), "the bank's"
		}
	}
	return line
}

// named gives a first line's fields the names that they have in another.
func named(line workflows.Form, id int) workflows.Form {
	form := workflows.Form{}
	for name, value := range line {
		form[workflows.LineName(name, id)] = value
	}
	return form
}

// books hold what all claims together spend against the limits, and what each charges against what it pays.
func (c company) books(m *workflowtest.Memory) error {
	type account struct {
		person   workflows.PersonID
		category string
		per      expense.Period
		when     string
	}
	spent, most, free := map[account]int64{}, map[account]int64{}, map[account]bool{}
	for _, r := range m.Requests() {
		charges, sum := m.Charges(r.ID), int64(0)
		for _, charge := range charges {
			sum += charge.Base
			for _, per := range []expense.Period{expense.PerLine, expense.PerDay, expense.PerMonth} {
				when := map[expense.Period]string{expense.PerLine: fmt.Sprint(r.Number, charge.Line), expense.PerDay: charge.Date.String(),
					expense.PerMonth: charge.Date.String()[:7]}[per]
				a := account{r.Requester, charge.Heading, per, when}
				spent[a] += charge.Base
				limit, limited := c.limit(charge.Heading, per, r.Form[workflows.LineName("city", charge.Line)], m.Person(r.Requester).Tier)
				free[a] = free[a] || !limited || limit.Over == expense.Warn
				if limited {
					money, err := workflows.ParseMoney(limit.Amount, "CNY")
					if err != nil {
						return err
					}
					most[a] = max(most[a], money.Minor)
				}
			}
		}
		base := r.Measures[expense.MeasureBase]
		sanctioned, err := expense.Sanctioned(m.KindOf(r).Definition, r)
		if err != nil {
			return err
		}
		switch r.State {
		case approval.StateDraft, approval.StateRejected, approval.StateWithdrawn, approval.StateClosed, approval.StateCancelled:
			if len(charges) > 0 {
				return fmt.Errorf("%s is %s and charges %v", r.Number, r.State, charges)
			}
		case approval.StatePending, approval.StateReturned: // what was lowered counts when it is approved, or taken up again
			if sum > base || sum < sanctioned {
				return fmt.Errorf("%s charges %d and comes to %d, of which %d is sanctioned", r.Number, sum, base, sanctioned)
			}
		default:
			if sum != sanctioned || sum > base {
				return fmt.Errorf("%s charges %d, of %d, and %d is sanctioned", r.Number, sum, base, sanctioned)
			}
		}
	}
	for a, sum := range spent {
		if !free[a] && sum > most[a] {
			return fmt.Errorf("%+v: %d is spent of %d", a, sum, most[a])
		}
	}
	return nil
}

// limit is the one that counts: of a city and a tier, of a tier, of a city, of all.
func (c company) limit(category string, per expense.Period, city, tier string) (expense.Limit, bool) {
	for _, scope := range [][2]string{{city, tier}, {"", tier}, {city, ""}, {"", ""}} {
		for _, l := range c.limits[category] {
			if l.Per == per && l.City == scope[0] && l.Tier == scope[1] {
				return l, true
			}
		}
	}
	return expense.Limit{}, false
}

// Somebody's claims, in any order: sent, changed, taken back, closed and revived, lowered by one after the other, approved, paid in parts,
// sent back by the bank, reversed.
func TestI8Books(t *testing.T) {
	came := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		c := drawCompany(t, expense.Warn, expense.Warn, expense.Block, expense.Cap, expense.Cap, expense.Cap)
		m := c.open(t, drawRates(t))
		lin := m.Named("lin")
		if rapid.Bool().Draw(t, "new") {
			m.People[slices.IndexFunc(m.People, func(p workflows.Person) bool { return p.ID == lin.ID })].Tier = "new"
		}
		mei := slices.IndexFunc(m.People, func(p workflows.Person) bool { return p.Name == "mei" })
		m.People[mei].Roles = []string{"finance"}
		for range rapid.IntRange(5, 30).Draw(t, "steps") {
			requests := m.Requests()
			if len(requests) == 0 || rapid.IntRange(0, 3).Draw(t, "another") == 0 {
				_, err := m.Change(m.Draft("expense", lin.ID, lin.ID), workflows.Act{Event: approval.Submit, Form: drawLines(t, 4)},
					workflows.PersonActor(m.Named("lin"), "web"))
				came[outcome("submit", err)]++
				continue
			}
			r := rapid.SampledFrom(requests).Draw(t, "claim")
			act, actor := drawPress(t, m, r)
			_, err := m.Change(r, act, actor)
			came[outcome(string(act.Event), err)]++
		}
	})
	t.Log(came)
	for _, want := range []workflows.Event{approval.Submit, approval.Edit, approval.Withdraw, approval.Approve, expense.Sanction, expense.Pay,
		expense.PayFailed, expense.Queue, expense.Reverse, expense.Cancel, approval.Close, approval.Revive} {
		if came[string(want)] == 0 {
			t.Errorf("%s never came about: %v", want, came)
		}
	}
}

func outcome(event string, err error) string {
	var refusal *workflows.Error
	if errors.As(err, &refusal) {
		return event + " refused"
	}
	return event
}

// drawPress draws something that may be done to a claim as it stands, by somebody who may.
func drawPress(t *rapid.T, m *workflowtest.Memory, r workflows.Request) (workflows.Act, workflows.Actor) {
	act := workflows.Act{Digest: r.Digest, Comment: "because", Form: workflows.Form{}}
	finance, operator := workflows.PersonActor(m.Named("mei"), "web"), workflows.OperatorActor("root")
	own := workflows.PersonActor(m.Person(r.Requester), "web")
	one := func(events ...workflows.Event) workflows.Event { return rapid.SampledFrom(events).Draw(t, "event") }
	pay := func() {
		if rapid.Bool().Draw(t, "part") {
			currency := r.Form["pay_in"]
			if currency == "" {
				currency = "CNY"
			}
			minor := rapid.OneOf(rapid.Int64Range(1, 100), rapid.Int64Range(1, 100_000)).Draw(t, "paid")
			maps.Copy(act.Form, expense.Payment(workflows.Money{Minor: minor, Currency: currency}, workflows.Date{Year: 2026, Month: 3, Day: 2}, "7"))
		}
	}
	switch r.State {
	case approval.StatePending:
		if rapid.IntRange(0, 4).Draw(t, "own") == 0 {
			if act.Event = one(approval.Edit, approval.Withdraw, approval.Close, approval.Close); act.Event == approval.Close {
				return act, operator
			}
			act.Form = drawLines(t, 4)
			return act, own
		}
		act.Event = one(approval.Approve, approval.Approve, expense.Sanction, expense.Sanction, approval.Reject, approval.Return)
		if act.Event == expense.Sanction {
			_, values := m.KindOf(r).Asked(expense.Sanction, r)
			for _, name := range slices.Sorted(maps.Keys(values)) {
				switch rapid.IntRange(0, 5).Draw(t, "lowered") {
				case 0:
					act.Form[name] = "0"
				case 1:
					act.Form[name] = values[name]
				case 2, 3:
					act.Form[name] = strconv.FormatInt(rapid.Int64Range(1, 300).Draw(t, "sanctioned"), 10)
				}
			}
		}
		return act, workflows.PersonActor(m.Person(rapid.SampledFrom(r.Open()).Draw(t, "approver").Person), "web")
	case approval.StateReturned:
		act.Event, act.Form = one(approval.Edit, approval.Withdraw), drawLines(t, 4)
		return act, own
	case approval.StateClosed:
		act.Event = approval.Revive
		return act, operator
	case expense.StatePaid:
		act.Event = expense.Reverse
		return act, finance
	default:
		if act.Event = one(expense.Pay, expense.Pay, expense.Queue, expense.PayFailed, expense.Reverse, expense.Cancel); act.Event == expense.Pay {
			pay()
			return act, operator
		}
		return act, finance
	}
}

// The order of lines in the form changes nothing of what a claim comes to, while nothing is capped.
func TestI8OrderOfLines(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		c, rates := drawCompany(t, expense.Warn), drawRates(t)
		form := drawLines(t, 6)
		lines := kindOf(t, c).Fields[0]
		ids := lines.Lines(form)
		shuffled := workflows.Form{"pay_in": form["pay_in"]}
		for i, id := range rapid.Permutation(ids).Draw(t, "order") {
			for _, in := range lines.LineInputs(id) {
				shuffled[workflows.LineName(in.Base, i+1)] = form[in.Name]
			}
		}
		one, err := submitted(t, c.open(t, rates), form)
		other, err2 := submitted(t, c.open(t, rates), shuffled)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("in one order: %v; in the other: %v", err, err2)
		}
		if err != nil {
			return
		}
		taken++
		for _, measure := range []string{expense.MeasureTotal, expense.MeasureBase} {
			if one.Measures[measure] != other.Measures[measure] {
				t.Fatalf("%s is %d in one order and %d in the other", measure, one.Measures[measure], other.Measures[measure])
			}
		}
		if a, b := paysOf(one, len(ids)), paysOf(other, len(ids)); !slices.Equal(a, b) {
			t.Fatalf("the lines pay %v in one order and %v in the other", a, b)
		}
	})
	if taken == 0 {
		t.Error("no claim was taken")
	}
}

// paysOf are what is paid of the lines of a claim, whichever line it is.
func paysOf(r workflows.Request, lines int) []int64 {
	var list []int64
	for id := range lines {
		list = append(list, expense.Pays(r, id+1))
	}
	slices.Sort(list)
	return list
}

// A draft that grows line by line, as people send them, is the form that is filled in at once: it is taken or refused for the same, and
// comes to the same.
func TestDraftLineByLine(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		c, rates := drawCompany(t, expense.Warn, expense.Block, expense.Cap), drawRates(t)
		form := workflows.Form{"purpose": rapid.SampledFrom([]string{"", "visit"}).Draw(t, "purpose"),
			"pay_in": rapid.SampledFrom([]string{"", "EUR"}).Draw(t, "pay_in")}
		whole, grown := c.open(t, rates), c.open(t, rates)
		lin := whole.Named("lin")
		actor := workflows.PersonActor(lin, "web")
		draft := grown.Draft("expense", lin.ID, lin.ID)
		for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
			line := drawLine(t)
			if rapid.Bool().Draw(t, "with a receipt") {
				name := fmt.Sprintf("%d.pdf", i)
				line["receipt"] = whole.AddFile(lin.ID, name)
				grown.AddFile(lin.ID, name)
			}
			maps.Copy(form, named(line, i+1))
			brought := maps.Clone(line)
			if i == 0 {
				brought["purpose"], brought["pay_in"] = form["purpose"], form["pay_in"]
			}
			d, err := grown.Change(draft, workflows.Act{Event: approval.AddLine, Form: brought}, actor)
			if err != nil {
				t.Fatalf("the line %v is not taken: %v", line, err)
			}
			draft = grown.Request(d.Request.Number)
		}
		once, err := submitted(t, whole, form)
		d, err2 := grown.Change(draft, workflows.Act{Event: approval.Send, Digest: draft.Digest}, actor)
		if fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("at once: %v; line by line: %v", err, err2)
		}
		if err != nil {
			return
		}
		taken++
		if !maps.Equal(once.Form, d.Request.Form) || !maps.Equal(once.Measures, d.Request.Measures) {
			t.Fatalf("at once:\n%v\n%v\nline by line:\n%v\n%v", once.Form, once.Measures, d.Request.Form, d.Request.Measures)
		}
		if a, b := whole.Charges(once.ID), grown.Charges(d.Request.ID); !slices.Equal(a, b) {
			t.Fatalf("at once %v is charged, line by line %v", a, b)
		}
	})
	if taken == 0 {
		t.Error("no claim was taken")
	}
}

// What is spent on a day can be claimed in any parts, on one claim or several: it is paid up to the day's limit and no further, and as far
// as the limit goes nothing of it is lost.
func TestI8SplitIntoLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(1, 100_000).Draw(t, "limit")
		per := rapid.SampledFrom([]expense.Period{expense.PerDay, expense.PerMonth}).Draw(t, "per")
		c := company{limits: map[string][]expense.Limit{"meal": {{Per: per, Amount: amountOf(limit, "CNY"), Over: expense.Cap}}}}
		c.yaml = fmt.Sprintf("expense:\n  currency: CNY\n  categories:\n    - {code: meal, limits: [{per: %s, amount: %q, over: cap}]}\n"+
			"  route:\n    - {name: manager, approvers: [manager], mode: any_of}\n", per, amountOf(limit, "CNY"))
		m := c.open(t, nil)
		asked, form, lines := int64(0), workflows.Form{}, 0
		send := func() {
			if r, err := submitted(t, m, form); err == nil {
				for _, charge := range m.Charges(r.ID) {
					if charge.Amount.Minor < charge.Base {
						t.Fatalf("%+v pays more than it asks for", charge)
					}
				}
			}
			form, lines = workflows.Form{}, 0
		}
		for range rapid.IntRange(1, 12).Draw(t, "parts") {
			minor := rapid.Int64Range(1, 30_000).Draw(t, "part")
			asked, lines = asked+minor, lines+1
			maps.Copy(form, named(workflows.Form{"category": "meal", "date": "2026-02-27", "currency": "CNY", "amount": amountOf(minor, "CNY")}, lines))
			if rapid.Bool().Draw(t, "send") {
				send()
			}
		}
		send()
		paid := int64(0)
		for _, r := range m.Requests() {
			paid += r.Measures[expense.MeasureTotal]
		}
		if paid != min(asked, limit) {
			t.Fatalf("of %d asked for, %d is paid up to a limit of %d", asked, paid, limit)
		}
	})
}

// submitted sends a claim of lin's.
func submitted(t *rapid.T, m *workflowtest.Memory, form workflows.Form) (workflows.Request, error) {
	lin := m.Named("lin")
	d, err := m.Change(m.Draft("expense", lin.ID, lin.ID), workflows.Act{Event: approval.Submit, Form: form}, workflows.PersonActor(lin, "web"))
	return d.Request, err
}

func kindOf(t *rapid.T, c company) *workflows.Kind { return c.open(t, nil).Kind("expense") }

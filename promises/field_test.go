package promises

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

// A visit has a field of every type that leave and equipment do not: whom to bring along, which customer to see, how many come, what it
// costs. Whoever comes along decides, so that a field names an approver.
func visit(t *testing.T) *workflows.Kind {
	t.Helper()
	d := approval.Flow(workflows.Definition{Kind: "visit", Prefix: "TX",
		Fields: []workflows.Field{
			{Name: "companion", Type: workflows.Employee, Required: true},
			{Name: "account", Type: workflows.Customer, Required: true},
			{Name: "people", Type: workflows.Number, Required: true, Min: 1, Max: 20},
			{Name: "cost", Type: workflows.Amount, Currency: "currency"},
			{Name: "currency", Type: workflows.Choice, From: "visit.currencies", Required: true},
			{Name: "ticket", Type: workflows.Files},
		},
		Route: []workflows.StepPlan{{Name: "companion", Approvers: []string{"field:companion"}, Mode: workflows.AnyOf}},
	}, nil)
	words := `"visit.name" = "visit"
"visit.icon" = "🤝"
"visit.form" = "Plan a visit"
"visit.help" = "Plan a visit"
"visit.example" = "visit"
"visit.title" = "Visit to {{.Account}}"
"visit.row" = "{{.Companion}} · {{.People}} · {{.Cost}}"
"visit.field.companion" = "With"
"visit.field.account" = "Customer"
"visit.field.people" = "People"
"visit.field.cost" = "Cost"
"visit.field.currency" = "Currency"
"visit.field.ticket" = "Ticket"
`
	k, err := workflows.NewKind(d, "", workflows.Rules{
		Approval: approval.Frame(nil),
		Texts:    fstest.MapFS{"en.toml": {Data: []byte(words)}, "zh.toml": {Data: []byte(words)}},
		Title: func(r workflows.Request) workflows.Row {
			return workflows.Row{Text: "visit.title", Args: workflows.Args{"Account": r.Form["account"]}}
		},
		Show: func(r workflows.Request, _ workflows.Facts, _ workflows.Relation) []workflows.Row {
			return []workflows.Row{{Text: "visit.row", Args: workflows.Args{"Companion": r.Form["companion"], "People": r.Form["people"], "Cost": r.Form["cost"]}}}
		},
		Options: map[string]workflows.Options{"visit.currencies": func(workflows.Person) []workflows.Option {
			return []workflows.Option{{Value: "EUR"}, {Value: "JPY"}}
		}},
	}, policy.Compiler(d.Fields, nil))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// withKind is the shipped policy and a kind besides.
type withKind struct {
	*policy.Policy
	kind *workflows.Kind
}

func (w withKind) Kinds() []*workflows.Kind { return append(w.Policy.Kinds(), w.kind) }

func (w withKind) Restore(d workflows.Definition, hash string) (*workflows.Kind, error) {
	if d.Kind == w.kind.Kind {
		return w.kind, nil
	}
	return w.Policy.Restore(d, hash)
}

// People and accounts are named as people know them, and what is stored, routed and shown is who they are. Somebody who could be two is
// asked for, whoever is nobody is refused, and nothing is stored meanwhile.
func TestFieldsThatNameSomebody(t *testing.T) {
	c := openWith(t, func(p *policy.Policy) rules { return withKind{p, visit(t)} })
	c.exec(`INSERT INTO accounts (account_no, name, ka, language, timezone) VALUES
		('KA-1', '华信集团 Huaxin', true, 'zh', 'Asia/Shanghai'), ('KA-2', 'Huaxin Logistics', false, 'en', 'Asia/Shanghai'), ('7', '100% Nordlicht', false, 'en', 'Europe/Berlin')`)
	fill := func(values map[string]string) bottest.Screen {
		c.must(c.chat.Change(c.Context(), "tom", values))
		c.must(c.chat.Send(c.Context(), "tom", 1))
		return c.screen("tom")
	}
	c.must(c.chat.Type(c.Context(), "tom", "/visit"))
	good := map[string]string{"companion": "hana", "account": "nordlicht", "people": "2", "cost": "1.205,91", "currency": "EUR"}
	for field, wrong := range map[string]map[string]string{
		"companion": {"nobody at all": "Nobody called nobody at all works here", "e": "could be", "": "fill this in"},
		"account":   {"huaxin": "could be KA-1 华信集团 Huaxin and KA-2 Huaxin Logistics", "Atlantis": "There is no account Atlantis"},
		"people":    {"0": "from 1 to 20", "21": "from 1 to 20", "2.5": "not a whole number", "1,205": "two ways", "-1": "not a number"},
		"cost":      {"NaN": "not a number", "1,205": "two ways", "12.345": "two ways", "0": "more than zero", "5 JPY": "not in EUR"},
		"currency":  {"XYZ": "not one of the choices"},
	} {
		for value, want := range wrong {
			values := map[string]string{}
			for name, v := range good {
				values[name] = v
			}
			values[field] = value
			if s := fill(values); s.Form == nil || !strings.Contains(s.Form.Faults[field], want) {
				t.Fatalf("%s %q: %+v, want %q", field, value, s.Form, want)
			}
		}
	}
	if n := value[int](c, "SELECT count(*) FROM requests"); n != 0 {
		t.Fatalf("%d requests are stored", n)
	}
	good["companion"] = "hana weber"
	if s := fill(good); s.Form != nil {
		t.Fatalf("refused: %v", s.Form.Faults)
	}
	c.settle()
	r := c.request("TX-1")
	want := workflows.Form{"companion": "hana", "account": "7", "people": "2", "cost": "1205.91", "currency": "EUR"}
	for name, value := range want {
		if r.Form[name] != value {
			t.Errorf("%s is %q, want %q", name, r.Form[name], value)
		}
	}
	c.wantWaits("TX-1", "hana")
	c.press("hana", "TX-1", "approve")
	c.wantState("TX-1", approval.StateApproved)

	// Who has left cannot be named any more, also by a number that was good.
	c.exec(`UPDATE people SET active = false WHERE employee_no = 'lin'`)
	c.must(c.chat.Type(c.Context(), "tom", "/visit"))
	good["companion"] = "lin"
	if s := fill(good); s.Form == nil || !strings.Contains(s.Form.Faults["companion"], "Nobody called lin") {
		t.Errorf("who has left: %+v", s.Form)
	}
	c.exec(`UPDATE people SET active = true WHERE employee_no = 'lin'`)
	// One's own number as the approver never makes anybody their own approver.
	good["companion"] = "tom"
	if s := fill(good); s.Form != nil {
		t.Fatalf("refused: %v", s.Form.Faults)
	}
	second := c.request("TX-2")
	own := func(turn workflows.Turn) bool { return turn.Person == second.Requester }
	if waiting := second.Open(); len(waiting) == 0 || slices.ContainsFunc(waiting, own) {
		t.Errorf("tom's own visit waits for %+v", waiting)
	}
}

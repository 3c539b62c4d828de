package leave_test

import (
	"reflect"
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

func TestWants(t *testing.T) {
	p, err := policy.Load("policy.yaml", []byte(`
leave:
  types: [{code: annual, needs_balance: true, aliases: [年假], notice_days: 5}]
  route:
    - {name: one, approvers: [manager, director, "role:finance", "role:hr"], mode: any_of}
    - {name: two, approvers: ["person:E7", "field:reason"], mode: all_of}
`))
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := p.Kind("leave")
	roles := []string{"admin", "hr", "director", "finance"}
	span := workflows.Span{Start: 2 * workflows.Date{Year: 2027, Month: 1, Day: 4}.Days(), End: 2*workflows.Date{Year: 2027, Month: 1, Day: 4}.Days() + 2}

	for _, test := range []struct {
		name string
		form workflows.Form
		want workflows.Wants
	}{
		{"as somebody typed it", workflows.Form{"type": " 年假 ", "from": "2027-01-04", "reason": "E9"}, workflows.Wants{
			Ledger: true, Span: span, Roles: roles, People: []string{"E7", "E9"},
			From: workflows.Date{Year: 2026, Month: 1, Day: 1}, To: workflows.Date{Year: 2027, Month: 12, Day: 31}}},
		{"nothing yet", nil, workflows.Wants{Roles: roles, People: []string{"E7"}}},
		{"dates that are none", workflows.Form{"type": "annual", "from": "tomorrow"}, workflows.Wants{Ledger: true, Roles: roles, People: []string{"E7"}}},
		{"ten years", workflows.Form{"type": "annual", "from": "2026-01-01", "to": "2035-12-31"},
			workflows.Wants{Ledger: true, Roles: roles, People: []string{"E7"}}},
	} {
		if got := kind.Wants(test.form, workflows.Person{}); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", test.name, got, test.want)
		}
	}
}

package approval_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// definition is the smallest flow with a route.
func definition(more ...workflows.Transition) workflows.Definition {
	comment := []workflows.Field{{Name: "comment", Type: workflows.Long, Required: true}}
	in := func(s ...workflows.State) []workflows.State { return s }
	return workflows.Definition{
		Kind: "errand", Prefix: "ER", Start: "draft",
		States: []workflows.StateInfo{{Name: "draft"}, {Name: "pending", Routed: true}, {Name: "returned"}, {Name: "done", Final: true}, {Name: "refused", Final: true},
			{Name: "withdrawn", Final: true}},
		Transitions: append([]workflows.Transition{
			{Event: approval.Submit, From: in("draft"), To: "pending", By: workflows.Requester, Form: true},
			{Event: approval.Edit, From: in("returned"), To: "pending", By: workflows.Requester, Form: true},
			{Event: approval.Withdraw, From: in("pending"), To: "withdrawn", By: workflows.Requester},
			{Event: approval.Approve, From: in("pending"), By: workflows.Approver},
			{Event: approval.Reject, From: in("pending"), By: workflows.Approver, Asks: comment},
			{Event: approval.Return, From: in("pending"), By: workflows.Approver, Asks: comment},
			{Event: approval.Approved, From: in("pending"), To: "done", By: workflows.Route},
			{Event: approval.Rejected, From: in("pending"), To: "refused", By: workflows.Route},
			{Event: approval.Returned, From: in("pending"), To: "returned", By: workflows.Route},
		}, more...),
		Route: []workflows.StepPlan{{Name: "manager", Approvers: []string{"manager"}, Mode: workflows.AnyOf}},
	}
}

func rules() workflows.Rules {
	return workflows.Rules{
		Approval: approval.Frame(nil),
		Show:     func(workflows.Request, workflows.Facts, workflows.Relation) []workflows.Row { return nil },
		Title:    func(workflows.Request) workflows.Row { return workflows.Row{} },
		Texts:    fstest.MapFS{"en.toml": {}, "zh.toml": {}},
	}
}

// What does not work does not load, and says why: above all an event that nothing serves, which would be taken for something else.
func TestCheckRefuses(t *testing.T) {
	pending := []workflows.State{"pending"}
	for name, test := range map[string]struct {
		spoil func(d *workflows.Definition, r *workflows.Rules)
		want  string
	}{
		"an approver's event without a move": {func(d *workflows.Definition, _ *workflows.Rules) {
			*d = definition(workflows.Transition{Event: "transfer", From: pending, By: workflows.Approver})
		}, "transfer: no move does this"},
		"a requester's event without a move": {func(d *workflows.Definition, _ *workflows.Rules) {
			*d = definition(workflows.Transition{Event: "celebrate", From: pending, To: "pending", By: workflows.Requester})
		}, "celebrate: no move does this"},
		"an approval by the requester": {func(d *workflows.Definition, _ *workflows.Rules) { d.Transitions[3].By = workflows.Requester },
			"approve is the approver's, not the requester's"},
		"an approval by a clock": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Transitions[3].By, d.Transitions[3].To = workflows.System, "done"
		}, "approve is the approver's, not the system's"},
		"nobody's event": {func(d *workflows.Definition, _ *workflows.Rules) { d.Transitions[2].By = "" }, "withdraw is the requester's, not the unknown's"},
		"a rejection without a reason": {func(d *workflows.Definition, _ *workflows.Rules) { d.Transitions[4].Asks = nil },
			"reject: its press has to ask for comment"},
		"a rejection whose reason may stay away": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Transitions[4].Asks = []workflows.Field{{Name: "comment", Type: workflows.Long}}
		}, "reject: its press has to ask for comment"},
		"a press that takes a form in": {func(d *workflows.Definition, _ *workflows.Rules) { d.Transitions[2].Form = true },
			"withdraw: a form is brought by submitting or editing"},
		"a submission without a form": {func(d *workflows.Definition, _ *workflows.Rules) { d.Transitions[0].Form = false },
			"submit: a form is brought by submitting or editing"},
		"a submission that nothing takes back": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Transitions = append(d.Transitions[:2:2], d.Transitions[3:]...)
		}, "submit is taken back by withdraw, which the definition does not have"},
		"a route whose rejection leads nowhere": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Transitions = append(d.Transitions[:7:7], d.Transitions[8:]...)
		}, "can end as rejected, which leads nowhere"},
		"no title":              {func(_ *workflows.Definition, r *workflows.Rules) { r.Title = nil }, "Title and Show"},
		"nothing to show":       {func(_ *workflows.Definition, r *workflows.Rules) { r.Show = nil }, "Title and Show"},
		"no texts":              {func(_ *workflows.Definition, r *workflows.Rules) { r.Texts = nil }, "the texts are missing"},
		"texts of one language": {func(_ *workflows.Definition, r *workflows.Rules) { r.Texts = fstest.MapFS{"en.toml": {}} }, "the texts in zh are missing"},
		"no frame":              {func(_ *workflows.Definition, r *workflows.Rules) { r.Approval = workflows.Approval{} }, "nothing says how its requests are decided"},
		"a field of a type that nobody knows": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Fields = []workflows.Field{{Name: "colour", Type: "colour"}}
		}, `field colour: unknown type "colour"`},
		"an amount without a currency": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Fields = []workflows.Field{{Name: "cost", Type: workflows.Amount, Currency: "coin"}}
		}, "field cost: it needs a choice of its currency"},
		"a choice of nothing": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Fields = []workflows.Field{{Name: "size", Type: workflows.Choice}}
		}, "field size: it does not say which function lists its options"},
		"a choice whose options nobody lists": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Fields = []workflows.Field{{Name: "size", Type: workflows.Choice, From: "sizes"}}
		}, `field size: unknown options "sizes"`},
		"a number that nothing can be": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Fields = []workflows.Field{{Name: "size", Type: workflows.Number, Min: 5, Max: 4}}
		}, "its least value is more than its largest"},
		"a list of nothing": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Fields = []workflows.Field{{Name: "things", Type: workflows.Lines}}
		}, "field things: its lines have no fields"},
		"a list in a list": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Fields = []workflows.Field{{Name: "things", Type: workflows.Lines, Fields: []workflows.Field{{Name: "parts", Type: workflows.Lines}}}}
		}, "a line cannot hold lines, as parts"},
		"two lists": {func(d *workflows.Definition, _ *workflows.Rules) {
			of := func(name string) workflows.Field {
				return workflows.Field{Name: name + "s", Type: workflows.Lines, Fields: []workflows.Field{{Name: name, Type: workflows.Text}}}
			}
			d.Fields = []workflows.Field{of("item"), of("person")}
		}, "a form has one list of lines at most"},
		"two ranges of dates": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Fields = []workflows.Field{{Name: "dates", Type: workflows.Range}, {Name: "others", Type: workflows.Range}}
		}, `field "from" is there twice`},
		"a field with the name of a second line's": {func(d *workflows.Definition, _ *workflows.Rules) {
			d.Fields = []workflows.Field{{Name: "item_2", Type: workflows.Text}}
		}, "only a further line's field ends in a number"},
		"an approver nobody knows": {func(d *workflows.Definition, _ *workflows.Rules) { d.Route[0].Approvers = []string{"boss"} },
			`unknown approver "boss"`},
	} {
		t.Run(name, func(t *testing.T) {
			d, r := definition(), rules()
			test.spoil(&d, &r)
			if _, err := workflows.NewKind(d, "", r, nil); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
	if _, err := workflows.NewKind(definition(), "", rules(), nil); err != nil {
		t.Errorf("the unspoilt one: %v", err)
	}
}

// A kind brings moves of its own, and may not put one in the place of the frame's.
func TestFrameTakesOwnMoves(t *testing.T) {
	transfer := workflows.Move{By: workflows.Approver, Signs: true, Do: func(*workflows.Case) (workflows.Event, error) { return "", nil }}
	d, r := definition(workflows.Transition{Event: "transfer", From: []workflows.State{"pending"}, By: workflows.Approver}), rules()
	r.Approval = approval.Frame(map[workflows.Event]workflows.Move{"transfer": transfer})
	k, err := workflows.NewKind(d, "", r, nil)
	if err != nil {
		t.Fatal(err)
	}
	boss, lin := workflows.Person{ID: 1, No: "E1", Name: "boss", Active: true}, workflows.Person{ID: 2, No: "E2", Name: "lin", Manager: 1, Active: true}
	facts := workflows.Facts{Org: workflows.NewOrg(boss, lin)}
	asked, err := k.Decide(workflows.Request{Requester: lin.ID, SubmittedBy: lin.ID}, workflows.Act{Event: approval.Submit}, workflows.PersonActor(lin, "web"), facts)
	if err != nil {
		t.Fatal(err)
	}
	d2, err := k.Decide(asked.Request, workflows.Act{Event: "transfer"}, workflows.PersonActor(boss, "web"), facts)
	if err != nil || d2.Request.State != "pending" || d2.Request.Turns[0].State != workflows.TurnOpen {
		t.Errorf("the kind's own move did %+v, %v", d2.Request, err)
	}

	defer func() {
		if recover() == nil {
			t.Error("approve was replaced")
		}
	}()
	approval.Frame(map[workflows.Event]workflows.Move{approval.Approve: transfer})
}

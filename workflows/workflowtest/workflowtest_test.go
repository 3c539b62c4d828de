package workflowtest

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// errand is a kind that has no dates, no choice, no files and no ledger, and calls its states as it likes.
var errand = func() workflows.Definition {
	in := func(s ...workflows.State) []workflows.State { return s }
	reason := []workflows.Field{{Name: "comment", Type: workflows.Long, Required: true}}
	return workflows.Definition{
		Kind: "errand", Prefix: "ER", Start: "new", ForOthers: true,
		States: []workflows.StateInfo{{Name: "new"}, {Name: "asked", Routed: true}, {Name: "back"}, {Name: "done", Final: true},
			{Name: "refused", Final: true}, {Name: "dropped", Final: true}},
		Fields: []workflows.Field{{Name: "amount", Type: workflows.Number, Required: true}, {Name: "items", Type: workflows.Long}},
		Transitions: []workflows.Transition{
			{Event: approval.Submit, From: in("new"), To: "asked", By: workflows.Requester, Form: true,
				Guards: []string{"errand.free"}, Effects: []string{"errand.claim"}},
			{Event: approval.Edit, From: in("back"), To: "asked", By: workflows.Requester, Form: true},
			{Event: approval.Withdraw, From: in("asked", "back"), To: "dropped", By: workflows.Requester},
			{Event: approval.Approve, From: in("asked"), By: workflows.Approver},
			{Event: approval.Reject, From: in("asked"), By: workflows.Approver, Asks: reason},
			{Event: approval.Return, From: in("asked"), By: workflows.Approver, Asks: reason},
			{Event: "haggle", From: in("asked"), By: workflows.Approver, Asks: []workflows.Field{{Name: "offer", Type: workflows.Text, Required: true}}},
			{Event: approval.Approved, From: in("asked"), To: "done", By: workflows.Route},
			{Event: approval.Rejected, From: in("asked"), To: "refused", By: workflows.Route},
			{Event: approval.Returned, From: in("asked"), To: "back", By: workflows.Route},
		},
		Route: []workflows.StepPlan{{Name: "boss", Approvers: []string{"manager"}, Mode: workflows.AnyOf},
			{Name: "admin", Approvers: []string{"person:E006"}, Mode: workflows.AnyOf}},
	}
}()

// errands knows that kind and no other. What it asks for goes by no policy.
type errands struct{ kind *workflows.Kind }

func (e errands) Kinds() []*workflows.Kind               { return []*workflows.Kind{e.kind} }
func (e errands) Patterns() map[string]workflows.Pattern { return nil }
func (e errands) Restore(d workflows.Definition, hash string) (*workflows.Kind, error) {
	return errandKind(d, hash)
}

func errandKind(d workflows.Definition, hash string) (*workflows.Kind, error) {
	haggle := workflows.Move{By: workflows.Approver, Signs: true, Asks: []string{"offer"},
		Do: func(*workflows.Case) (workflows.Event, error) { return "", nil }}
	return workflows.NewKind(d, hash, workflows.Rules{
		Approval: approval.Frame(map[workflows.Event]workflows.Move{"haggle": haggle}),
		Wants: func(form workflows.Form, _ workflows.Person) workflows.Wants {
			return workflows.Wants{Claims: []string{claim(form)}}
		},
		Show: func(r workflows.Request, f workflows.Facts, to workflows.Relation) []workflows.Row {
			if to == workflows.ToNobody {
				return nil
			}
			return []workflows.Row{{Text: "errand.items", Args: workflows.Args{"Items": r.Form["items"]}}}
		},
		Title: func(r workflows.Request) workflows.Row {
			return workflows.Row{Text: "errand.title", Args: workflows.Args{"Amount": r.Form["amount"]}}
		},
		Guards: map[string]workflows.Guard{"errand.free": func(r workflows.Request, f workflows.Facts) []*workflows.Error {
			if by, taken := f.Claimed[claim(r.Form)]; taken {
				return []*workflows.Error{workflows.Fault("items", "errand.taken", workflows.Args{"Number": by.Number})}
			}
			return nil
		}},
		Effects: map[string]workflows.Effect{"errand.claim": func(r workflows.Request, _ workflows.Facts, d *workflows.Decision) error {
			d.Claims = []string{claim(r.Form)}
			return nil
		}},
		Texts: fstest.MapFS{
			"en.toml": {Data: []byte("\"errand.title\" = \"For {{.Amount}}\"\n\"errand.items\" = \"{{.Items}}\"\n\"errand.taken\" = \"{{.Number}}\"\n")},
			"zh.toml": {Data: []byte("\"errand.title\" = \"{{.Amount}}\"\n\"errand.items\" = \"{{.Items}}\"\n\"errand.taken\" = \"{{.Number}}\"\n")},
		},
	}, nil)
}

// claim is what an errand takes for ever: nobody fetches the same things twice.
func claim(form workflows.Form) string { return "errand:" + form["items"] }

var errandOptions = Options{
	Kind: "errand",
	load: func(string, []byte) (Rules, error) {
		kind, err := errandKind(errand, "")
		return errands{kind}, err
	},
	Draw: func(t *rapid.T, _ *Memory) workflows.Form {
		return workflows.Form{"amount": rapid.SampledFrom([]string{"12", "7", ""}).Draw(t, "amount"), "offer": "5"}
	},
}

func TestPlay(t *testing.T)  { Play(t, "testdata", errandOptions) }
func TestWalk(t *testing.T)  { Walk(t, "testdata", errandOptions) }
func TestMoves(t *testing.T) { Moves(t, "testdata", errandOptions) }

// A transcript that says what is not so fails, and says at which line.
func TestWrongLines(t *testing.T) {
	for _, line := range []string{
		"state ER-1 done", "state ER-2 asked", "waits ER-1 wang", "waits ER-1", "steps ER-1 boss=zhao", "turn ER-1 zhao approved",
		"note ER-1 route.own_request", "title ER-1 'For 13'", "row approver errand.items Items=nothing", "norow approver errand.items",
		"row nobody errand.items", "row manager errand.items", "offers edit true", "notice zhao notice.approved", "audit ER-1 submit approve",
		"due ER-1 none", "due ER-1 turn 2026-03-02 09:00", "balance lin errand:x 1d", "booked ER-1 1d reserved", "pays ER-1 2026-03-02 lot=1 1d",
		"closed lin 2024-12-31", "holds lin ER-1", "said errand.none", "as nobody-we-know", "press", "press approve", "! preview amount=12",
		"/errand colour=red", "/leave 12", "/errand", "! /errand amount=12", "sing", "! state ER-1 asked", "!", "grant lin errand:x 1.5 2026-01-01",
		"person lin colour=red", "at tomorrow 09:00",
	} {
		a := errandOptions.open(t, "testdata/errand.txtar")
		a.lines = "as lin\n/errand amount=12 '2 lamps'\nas mallory\n" + line
		if failed := playFails(a); !strings.Contains(failed, "errand.txtar:4: "+line) {
			t.Errorf("%s: it came to %q", line, failed)
		}
	}
}

// teller keeps what it is told.
type teller struct{}

func (teller) Helper()                      {}
func (teller) Fatal(args ...any)            { panic(fmt.Sprint(args...)) }
func (teller) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

func playFails(a archive) (failed string) {
	defer func() {
		if p := recover(); p != nil {
			failed = fmt.Sprint(p)
		}
	}()
	a.play(teller{}, NewMemory(teller{}, a.rules))
	return ""
}

func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		"":                           nil,
		"  a  b ":                    {"a", "b"},
		"closed lin ''":              {"closed", "lin", ""},
		"x 'a b' c":                  {"x", "a b", "c"},
		"items='2 lamps\\n1 desk' y": {"items=2 lamps\n1 desk", "y"},
		"a'b c'd e":                  {"ab cd", "e"},
		"'a' 'b'":                    {"a", "b"},
	} {
		if got := split(line); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

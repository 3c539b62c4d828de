package leave_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

var update = flag.Bool("update", false, "renew the golden files")

const movesPolicy = `
leave:
  types: [{code: annual, proof_above_days: 0}]
  route:
    - {name: first, approvers: ["person:E004"], mode: any_of}
    - {name: second, approvers: [manager], mode: any_of}
`

// stage is a request in some state, and who is what to it: lin's leave, filed by the manager zhao, approved by mei, now with zhao's own
// manager wang.
type stage struct {
	*memory
	number string
	actors map[string]workflows.Actor
}

func newStage(t *testing.T) stage {
	t.Helper()
	p, err := policy.Load("moves.yaml", []byte(movesPolicy))
	if err != nil {
		t.Fatal(err)
	}
	m := newMemory(t, p, company()...)
	m.now = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	who := func(id workflows.PersonID) workflows.Actor { return workflows.PersonActor(m.person(id), "web") }
	s := stage{memory: m, actors: map[string]workflows.Actor{
		"requester": who(3), "submitter": who(2), "approver": who(1), "asked": who(4), "hr": who(5), "nobody": who(66),
		"contact":  {Party: workflows.Party{Kind: workflows.ContactParty, ID: 3}, Platform: "web"}, // with the requester's own number
		"stranger": {Platform: "web"},
		"operator": workflows.OperatorActor("root"), "clock": workflows.ClockActor(),
	}}
	r := workflows.Request{Requester: 3, SubmittedBy: 2}
	r.ID, r.Kind, r.Definition = "r1", "leave", m.kind.Hash()
	form := workflows.Form{"type": "annual", "from": "2026-03-02", "to": "2026-03-04"}
	d, err := m.change(r, workflows.Act{Event: approval.Submit, Form: form}, s.actors["submitter"])
	if err != nil {
		t.Fatal(err)
	}
	s.number = d.Request.Number
	s.must(t, approval.Approve, "asked")
	return s
}

func (s stage) act(event workflows.Event) workflows.Act {
	r := *s.request(s.number)
	s.files["00000000-0000-7000-8000-000000000009"] = workflows.File{ID: "00000000-0000-7000-8000-000000000009", Owner: 3, Name: "note.pdf"}
	act := workflows.Act{Event: event, Digest: r.Digest, Comment: "because", Person: "E006", Slot: 1,
		Form: workflows.Form{"type": "annual", "from": "2026-03-02", "to": "2026-03-03", "proof": "00000000-0000-7000-8000-000000000009"}}
	if open := r.Open(); len(open) > 0 {
		act.Turn = open[0].Key()
	}
	return act
}

func (s stage) must(t *testing.T, event workflows.Event, who string) {
	t.Helper()
	if _, err := s.change(*s.request(s.number), s.act(event), s.actors[who]); err != nil {
		t.Fatalf("%s by %s: %v", event, who, err)
	}
}

// reach brings the request into a state.
var reach = map[workflows.State]func(t *testing.T, s stage){
	"pending":   func(*testing.T, stage) {},
	"returned":  func(t *testing.T, s stage) { s.must(t, approval.Return, "approver") },
	"approved":  func(t *testing.T, s stage) { s.must(t, approval.Approve, "approver") },
	"rejected":  func(t *testing.T, s stage) { s.must(t, approval.Reject, "approver") },
	"withdrawn": func(t *testing.T, s stage) { s.must(t, approval.Withdraw, "requester") },
	"closed":    func(t *testing.T, s stage) { s.must(t, approval.Close, "operator") },
	"expired": func(t *testing.T, s stage) {
		s.now = s.now.AddDate(0, 0, 2)
		s.must(t, approval.Expire, "clock")
	},
}

// TestEveryEventByEverybody tries every event of leave, those of the route and one that nobody knows, in every state, by everybody
// there is, and writes down what came of it. Whatever was done is what was pressed, by somebody whose it is, and only an approver's
// approve approves.
func TestEveryEventByEverybody(t *testing.T) {
	kind := newStage(t).kind
	events := map[workflows.Event]bool{"transfer": true}
	for _, tr := range kind.Transitions {
		events[tr.Event] = true
		if _, ok := kind.Moves[tr.Event]; !ok {
			t.Errorf("%s has no move", tr.Event)
		}
	}
	var table strings.Builder
	who := slices.Sorted(maps.Keys(newStage(t).actors))
	for _, state := range slices.Sorted(maps.Keys(reach)) {
		for _, event := range slices.Sorted(maps.Keys(events)) {
			var came []string
			for _, name := range who {
				s := newStage(t)
				reach[state](t, s)
				before := *s.request(s.number)
				d, err := s.change(before, s.act(event), s.actors[name])
				came = append(came, name+"="+s.cameOf(t, event, name, before, d, err))
			}
			fmt.Fprintf(&table, "%s %s: %s\n", state, event, strings.Join(fold(came), " "))
		}
	}
	const golden = "testdata/moves.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), table.String()); diff != "" {
		t.Errorf("who may do what (-want +got; -update renews it):\n%s", diff)
	}
}

// cameOf says what came of an act: the state that it led to, or why it was refused.
func (s stage) cameOf(t *testing.T, event workflows.Event, name string, before workflows.Request, d workflows.Decision, err error) string {
	t.Helper()
	after := *s.request(s.number)
	var refusal *workflows.Error
	if errors.As(err, &refusal) {
		if after.Seq != before.Seq {
			t.Errorf("%s by %s was refused and changed something", event, name)
		}
		return strings.TrimPrefix(refusal.Text, "request.")
	}
	tr, ok := s.kind.Transition(event, before.State)
	mine := map[string]workflows.By{"requester": workflows.Requester, "submitter": workflows.Requester, "approver": workflows.Approver,
		"operator": workflows.Administrator, "clock": workflows.System}
	if !ok || tr.By != mine[name] || d.Audit.Event != event {
		t.Errorf("%s by %s was done as %s, which is the %s's", event, name, d.Audit.Event, tr.By)
	}
	if after.State == "approved" && before.State != "approved" && (event != approval.Approve || name != "approver") {
		t.Errorf("I3: %s by %s approved the request", event, name)
	}
	return "→" + string(after.State)
}

// fold shortens a line in which nearly everybody hears the same.
func fold(came []string) []string {
	count := map[string]int{}
	for _, c := range came {
		_, heard, _ := strings.Cut(c, "=")
		count[heard]++
	}
	most := ""
	for _, heard := range slices.Sorted(maps.Keys(count)) {
		if most == "" || count[heard] > count[most] {
			most = heard
		}
	}
	kept := slices.DeleteFunc(slices.Clone(came), func(c string) bool { _, heard, _ := strings.Cut(c, "="); return heard == most })
	return append(kept, "others="+most)
}

package workflowtest

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/workflows"
)

// Moves tries every event of a kind, those of the route and one that nobody knows, in every state, by everybody there is, and holds what
// came of it against dir/moves.txt. Whatever was done is what was pressed, by somebody whose it is, and only an approver's approve
// approves.
//
// dir/stages/moves.txtar sets the stage. Its lines make one request that somebody filed for somebody else, that one person has approved,
// and that waits for one more. For each state it has a part with the lines that lead there; it is empty for the state in which the request
// is already. The part brought, which may be missing, says what presses bring beside what the request's form holds.
func Moves(t *testing.T, dir string, o Options) {
	t.Helper()
	a := o.open(t, filepath.Join(dir, "stages", "moves.txtar"))
	first := a.stage(t)
	kind := first.KindOf(first.subject())
	for name := range a.parts {
		if _, ok := kind.State(workflows.State(name)); !ok && name != policyPart && name != broughtPart {
			t.Errorf("%s: %s is no state", a.file, name)
		}
	}
	var states []workflows.State
	for _, s := range kind.States {
		if s.Name != kind.Start {
			states = append(states, s.Name)
		}
	}
	var table strings.Builder
	for _, state := range slices.Sorted(slices.Values(states)) {
		lines, ok := a.parts[string(state)]
		if !ok {
			t.Fatalf("%s: no part says how a request gets to be %s", a.file, state)
		}
		came := map[workflows.Event]string{}
		for _, event := range events(kind) {
			heard := map[string][]string{} // what came of it, by whom
			for _, who := range partiesOf(kind) {
				s := a.stage(t)
				s.playAll(a.file+": "+string(state), lines)
				if got := s.subject().State; got != state {
					t.Fatalf("%s: the part %s leads to %s", a.file, state, got)
				}
				what := s.try(t, event, who)
				heard[what] = append(heard[what], who)
			}
			came[event] = describe(heard)
		}
		fmt.Fprintf(&table, "%s\n", state)
		writeEvents(&table, came)
	}
	golden(t, filepath.Join(dir, "moves.txt"), table.String())
}

const (
	broughtPart                  = "brought"
	unknownEvent workflows.Event = "transfer"
)

// events lists a kind's events, and one that nobody knows.
func events(kind *workflows.Kind) []workflows.Event {
	list := []workflows.Event{unknownEvent}
	for _, t := range kind.Transitions {
		list = append(list, t.Event)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// partiesOf is everybody there is to a request of a kind.
func partiesOf(kind *workflows.Kind) []string {
	return slices.DeleteFunc(slices.Clone(parties), func(who string) bool {
		return who == "office" && len(kind.Offices) == 0 || who == "submitter" && !kind.ForOthers
	})
}

// parties is everybody there could be to a request, and whose transitions each of them may cause.
var (
	parties = []string{"approver", "asked", "clock", "contact", "hr", "nobody", "office", "operator", "requester", "stranger", "submitter"}
	theirs  = map[string][]workflows.By{"requester": {workflows.Requester}, "submitter": {workflows.Requester},
		"approver": {workflows.Approver}, "office": {workflows.Office}, "operator": {workflows.Administrator, workflows.Office},
		"clock": {workflows.System}}
)

// stage is a request in some state, and who is what to it.
type stage struct {
	*script
	actors  map[string]workflows.Actor
	brought string
}

func (a archive) stage(t *testing.T) stage {
	t.Helper()
	m := NewMemory(t, a.rules)
	s := stage{script: a.play(t, m, quietly), brought: a.parts[broughtPart]}
	r := s.subject()
	who := func(id workflows.PersonID) workflows.Actor { return workflows.PersonActor(m.Person(id), "web") }
	s.actors = map[string]workflows.Actor{"operator": workflows.OperatorActor("root"), "clock": workflows.ClockActor(),
		"contact":  contact(int64(r.Requester)), // with the requester's own number
		"stranger": {Platform: "web"}}
	names := map[workflows.Relation]string{workflows.ToRequester: "requester", workflows.ToSubmitter: "submitter",
		workflows.ToApprover: "approver", workflows.ToAsked: "asked", workflows.ToHR: "hr", workflows.ToNobody: "nobody",
		workflows.ToOffice: "office"}
	for _, p := range m.People {
		s.actors[names[s.KindOf(r).Relation(r, who(p.ID))]] = who(p.ID)
	}
	for _, name := range partiesOf(s.KindOf(r)) {
		if _, ok := s.actors[name]; !ok {
			t.Fatalf("%s: nobody is %s of the request: %+v", a.file, name, r.Turns)
		}
	}
	return s
}

// quietly has nothing shown while a transcript is played.
func quietly(s *script) { s.quiet = true }

func (s stage) subject() workflows.Request { return *s.request(s.number) }

// try has somebody do something, with all that a press could bring, and says what came of it: the state to which it led, or why not.
func (s stage) try(t *testing.T, event workflows.Event, who string) string {
	t.Helper()
	before := s.subject()
	kind := s.KindOf(before)
	act := workflows.Act{Event: event, Digest: before.Digest, Comment: "because", Person: s.Named("ada").No, Slot: 1,
		Form: maps.Clone(before.Form)}
	for _, word := range split(strings.ReplaceAll(s.brought, "\n", " ")) {
		name, value, _ := strings.Cut(word, "=")
		act.Form[name] = value
	}
	asked, _ := kind.Asked(event, before)
	s.nameFiles(workflows.Inputs(slices.Concat(kind.Fields, asked), act.Form), act.Form)
	if open := before.Open(); len(open) > 0 {
		act.Turn = open[0].Key()
	}
	d, err := s.Change(before, act, s.actors[who])
	var refusal *workflows.Error
	if errors.As(err, &refusal) && refusal.Until.After(s.Now) { // what comes of it when its time has come
		s.Now = refusal.Until
		d, err = s.Change(before, act, s.actors[who])
	}
	after := s.subject()
	if errors.As(err, &refusal) {
		if after.Seq != before.Seq {
			t.Errorf("%s by %s was refused and changed something", event, who)
		}
		return strings.TrimPrefix(refusal.Text, "request.")
	}
	tr, ok := kind.Transition(event, before.State)
	if !ok || !slices.Contains(theirs[who], tr.By) || d.Audit.Event != event {
		t.Errorf("%s by %s was done as %s, which is the %s's", event, who, d.Audit.Event, tr.By)
	}
	if approves(kind, after.State) && !s.wasApproved(kind, before) && (tr.By != workflows.Approver || who != "approver") {
		t.Errorf("I3: %s by %s approved the request", event, who)
	}
	return done + string(after.State)
}

// wasApproved tells whether a request has been approved already, whatever became of it since.
func (s stage) wasApproved(kind *workflows.Kind, r workflows.Request) bool {
	return slices.ContainsFunc(s.audit[r.ID], func(row workflows.AuditRow) bool { return approves(kind, row.To) })
}

// done begins what came of an act that was not refused.
const done = "→ "

// describe writes what came of one event, a line for each outcome, what was done in front.
func describe(heard map[string][]string) string {
	var b strings.Builder
	list := slices.Sorted(maps.Keys(heard))
	slices.SortStableFunc(list, func(x, y string) int {
		switch a, b := strings.HasPrefix(x, done), strings.HasPrefix(y, done); {
		case a == b:
			return 0
		case a:
			return -1
		}
		return 1
	})
	for _, what := range list {
		fmt.Fprintf(&b, "    %-18s %s\n", what, strings.Join(heard[what], " "))
	}
	return b.String()
}

// writeEvents writes the events of one state, those together of which the same comes.
func writeEvents(b *strings.Builder, came map[workflows.Event]string) {
	alike := map[string][]string{}
	for _, event := range slices.Sorted(maps.Keys(came)) {
		alike[came[event]] = append(alike[came[event]], string(event))
	}
	for _, what := range slices.SortedFunc(maps.Keys(alike), func(x, y string) int { return strings.Compare(alike[x][0], alike[y][0]) }) {
		line := " "
		for _, event := range alike[what] {
			if len(line)+len(event) > 100 {
				fmt.Fprintln(b, line)
				line = " "
			}
			line += " " + event
		}
		fmt.Fprintf(b, "%s\n%s", line, what)
	}
	fmt.Fprintln(b)
}

// golden holds what came out against a file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update renews it):\n%s", file, diff)
	}
}

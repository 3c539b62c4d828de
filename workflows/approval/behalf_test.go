package approval_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// office draws a company of any shape: managers in chains and circles, people who have left or are away, roles that one of them holds or
// nobody.
func office(t *rapid.T) []workflows.Person {
	people := make([]workflows.Person, rapid.IntRange(2, 7).Draw(t, "people"))
	for i := range people {
		people[i] = workflows.Person{ID: workflows.PersonID(i + 1), No: fmt.Sprint("E", i+1), Name: fmt.Sprint("p", i+1),
			Manager:    workflows.PersonID(rapid.IntRange(0, len(people)).Draw(t, "manager")),
			Department: rapid.SampledFrom([]string{"Sales", "Board", ""}).Draw(t, "department"),
			Active:     rapid.IntRange(0, 4).Draw(t, "active") > 0, Away: rapid.IntRange(0, 4).Draw(t, "away") == 0,
			Roles: rapid.SliceOfN(rapid.SampledFrom([]string{"admin", "hr", "finance", "director"}), 0, 2).Draw(t, "roles")}
	}
	return people
}

// anyRoute draws a route of any approvers there can be, a person whom the form names among them.
func anyRoute(t *rapid.T) []workflows.StepPlan {
	approver := rapid.SampledFrom([]string{"manager", "manager:2", "head", "director", "role:hr", "role:finance", "role:nobody", "person:E1",
		"person:E2", "field:deputy"})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) workflows.StepPlan {
		return workflows.StepPlan{Name: "step", Approvers: rapid.SliceOfN(approver, 1, 3).Draw(t, "approvers"),
			Mode: rapid.SampledFrom([]workflows.Mode{workflows.AnyOf, workflows.AllOf, workflows.InOrder}).Draw(t, "mode")}
	}), 1, 3).Draw(t, "route")
}

// I3: whatever the company and the route, and whatever is done to a request by whom, neither the one it is for nor whoever filed it is ever
// asked to decide it, and nothing approves it but the presses of others. Whoever has no right to file for somebody files nothing.
func TestNeitherOfTheTwoDecides(t *testing.T) {
	filed := 0
	rapid.Check(t, func(t *rapid.T) {
		d := definition(
			workflows.Transition{Event: approval.Reassign, From: []workflows.State{"pending"}, To: "pending", By: workflows.Administrator,
				Asks: []workflows.Field{{Name: "person", Type: workflows.Text, Required: true}, {Name: "comment", Type: workflows.Long, Required: true}}},
			workflows.Transition{Event: approval.Escalate, From: []workflows.State{"pending"}, To: "pending", By: workflows.System},
			workflows.Transition{Event: approval.Relieve, From: []workflows.State{"pending"}, To: "pending", By: workflows.System})
		d.ForOthers = true
		d.Fields = []workflows.Field{{Name: "deputy", Type: workflows.Employee}}
		d.Route = anyRoute(t)
		k, err := workflows.NewKind(d, "", rules(), nil)
		if err != nil {
			t.Fatal(err)
		}
		people := office(t)
		any := func(label string) workflows.Person { return rapid.SampledFrom(people).Draw(t, label) }
		requester, filer := any("requester"), any("filer")
		facts := func() workflows.Facts {
			return workflows.Facts{Org: workflows.NewOrg(people...), Now: time.Unix(1e9, 0)}
		}
		form := workflows.Form{"deputy": any("deputy").No}
		made, err := k.Decide(workflows.Request{Requester: requester.ID, SubmittedBy: filer.ID}, workflows.Act{Event: approval.Submit, Form: form},
			workflows.PersonActor(filer, "web"), facts())
		right := filer.ID == requester.ID || filer.Has("hr") || below(people, requester.ID, filer.ID)
		if err == nil && !right {
			t.Fatalf("%s filed for %s", filer.No, requester.No)
		}
		if refused(t, err) {
			return
		}
		if filer.ID != requester.ID {
			filed++
		}
		r := made.Request
		for range rapid.IntRange(1, 12).Draw(t, "acts") {
			neitherIsAsked(t, r)
			i := rapid.IntRange(0, len(people)-1).Draw(t, "changes")
			people[i].Active, people[i].Away = rapid.IntRange(0, 3).Draw(t, "stays") > 0, rapid.Bool().Draw(t, "goes away")
			actor := workflows.PersonActor(any("actor"), "web")
			act := workflows.Act{Event: rapid.SampledFrom([]workflows.Event{approval.Approve, approval.Approve, approval.Return, approval.Edit,
				approval.Reassign, approval.Escalate, approval.Relieve}).Draw(t, "event"), Digest: r.Digest, Form: form, Comment: "because",
				Person: any("to").No}
			if open := r.Open(); len(open) > 0 {
				turn := rapid.SampledFrom(open).Draw(t, "turn")
				act.Turn, act.From = turn.Key(), facts().Org.Person(turn.Person).No
				if rapid.Bool().Draw(t, "by whoever is asked") {
					actor = workflows.PersonActor(facts().Org.Person(turn.Person), "web")
				}
			}
			switch act.Event {
			case approval.Reassign:
				actor = workflows.OperatorActor("root")
			case approval.Escalate, approval.Relieve:
				actor = workflows.ClockActor()
			}
			next, err := k.Decide(r, act, actor, facts())
			if refused(t, err) {
				continue
			}
			if me := actor.Party.Person(); me != 0 && slices.Contains(r.Own(), me) && act.Event != approval.Edit {
				t.Fatalf("%s of their own by %d", act.Event, me)
			}
			r = next.Request
		}
		neitherIsAsked(t, r)
	})
	if filed == 0 {
		t.Error("nobody filed anything for anybody else")
	}
}

// refused tells whether nothing came of an act. Only a refusal may keep it from something; that nobody is left to relieve anybody is an
// error for the operator.
func refused(t *rapid.T, err error) bool {
	var refusal *workflows.Error
	if err != nil && !errors.As(err, &refusal) && !strings.Contains(err.Error(), "nobody can be found to decide instead") {
		t.Fatal(err)
	}
	return err != nil
}

func neitherIsAsked(t *rapid.T, r workflows.Request) {
	for _, turn := range r.Turns {
		if slices.Contains(r.Own(), turn.Person) {
			t.Fatalf("person %d is asked about their own request: %+v", turn.Person, turn)
		}
	}
	for _, step := range r.Steps {
		for _, slot := range step.Slots {
			if slices.ContainsFunc(slot.People, func(id workflows.PersonID) bool { return slices.Contains(r.Own(), id) }) {
				t.Fatalf("the route asks them: %+v", step)
			}
		}
	}
}

// below tells whether somebody is anywhere above a person, as a child would find out: by asking each manager for theirs.
func below(people []workflows.Person, who, above workflows.PersonID) bool {
	for range people {
		if who = people[who-1].Manager; who == 0 {
			return false
		}
		if who == above {
			return true
		}
	}
	return false
}

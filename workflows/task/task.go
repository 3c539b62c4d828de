package task

import (
	"slices"
	"time"

	"github.com/nod-chat/nod/workflows"
)

const (
	// Kind is the name of tasks among the subjects.
	Kind workflows.KindName = "task"
	// Prefix begins a task's number.
	Prefix = "TK"
)

// The states of a task. Skipped means that nobody has to do it any more, as when the plan was closed that gave it out; it counts as neither
// done nor not done.
const (
	StateOpen    workflows.State = "open"
	StateDone    workflows.State = "done"
	StateNotDone workflows.State = "not_done"
	StateSkipped workflows.State = "skipped"
)

// States tells which of them end a task: tasks are all alike, so they have no definition that is stored.
func States() []workflows.StateInfo {
	return []workflows.StateInfo{{Name: StateOpen}, {Name: StateDone, Final: true}, {Name: StateNotDone, Final: true},
		{Name: StateSkipped, Final: true}}
}

// The lengths of what people write, in runes.
const (
	MaxTitle  = 200
	MaxReason = 500
)

// Task is something that somebody has to do. What it has beyond its subject is stored as it is written here, and each change leaves all of
// it in the audit.
type Task struct {
	workflows.Subject `json:"-"`

	Title     workflows.Words      `json:"title"`
	Note      workflows.Words      `json:"note,omitzero"`
	Link      string               `json:"link,omitempty"` // where what it takes is found; the company's own, never typed in a chat
	Owner     workflows.PersonID   `json:"owner"`
	By        workflows.PersonID   `json:"by,omitempty"`      // who added it; zero: its source did
	About     workflows.PersonID   `json:"about,omitempty"`   // for whom it is done, as the new hire of a plan; zero: nobody in particular
	Helpers   []workflows.PersonID `json:"helpers,omitempty"` // who stand in for the owner
	Shared    bool                 `json:"shared,omitempty"`  // whoever helps may do it at any time, as those of an office
	Source    Source               `json:"source"`
	Due       workflows.Date       `json:"due"`               // the last day on which it is on time
	HandIn    bool                 `json:"hand_in,omitempty"` // it is done by handing in a file
	Checklist []Check              `json:"checklist,omitempty"`
	Files     []string             `json:"files,omitempty"`  // what was handed in, by ID
	Reason    string               `json:"reason,omitempty"` // why it is not done
	EndedAt   time.Time            `json:"ended_at,omitzero"`
	EndedBy   workflows.PersonID   `json:"ended_by,omitempty"` // zero: a clock
}

// Source says what a task comes from.
type Source struct {
	Kind    SourceKind          `json:"kind"`
	Subject workflows.SubjectID `json:"subject,omitempty"`
	Part    string              `json:"part,omitempty"` // of the subject, as a phase of a plan
	Item    string              `json:"item,omitempty"` // of the part: one gives out a task once
}

// SourceKind is a sort of source.
type SourceKind string

// The sources of tasks.
const (
	Manual   SourceKind = "manual"
	FromPlan SourceKind = "plan"
)

// Check is an entry of the checklist inside a task.
type Check struct {
	Text workflows.Words `json:"text"`
	Done bool            `json:"done,omitempty"`
}

// Late tells whether an open task should have been done before a day.
func (t Task) Late(today workflows.Date) bool { return t.State == StateOpen && t.Due.Before(today) }

// The relations of a task beside workflows.ToNobody and workflows.ToHR.
const (
	ToOwner    workflows.Relation = "owner"
	ToStandIn  workflows.Relation = "stand_in" // they may do it in the owner's place now
	ToMaker    workflows.Relation = "maker"    // they added it
	ToHelper   workflows.Relation = "helper"   // they would stand in, and hear of it
	ToOverseer workflows.Relation = "overseer" // they lead the owner
)

// Relation gives what somebody is to the task.
func (t Task) Relation(a workflows.Actor, f workflows.Facts) workflows.Relation {
	me := a.Party.Person()
	switch {
	case me == 0 || !a.Person.Active:
		return workflows.ToNobody
	case me == t.Owner:
		return ToOwner
	case slices.Contains(t.StandIns(f), me), t.Shared && slices.Contains(t.Helpers, me):
		return ToStandIn
	case workflows.MayActFor(a.Person, t.Owner, f.Org) && !a.Person.Has("hr"):
		return ToOverseer
	case me == t.By:
		return ToMaker
	case slices.Contains(t.Helpers, me):
		return ToHelper
	case a.Person.Has("hr"):
		return workflows.ToHR
	}
	return workflows.ToNobody
}

// StandIns lists who do the task in the owner's place now; nobody, as long as the owner is here, in a chat, and not away.
func (t Task) StandIns(f workflows.Facts) []workflows.PersonID {
	owner := f.Org.Person(t.Owner)
	if owner.Active && !owner.Away && f.Reached[t.Owner] {
		return nil
	}
	var list []workflows.PersonID
	add := func(people ...workflows.PersonID) {
		for _, id := range people {
			if p := f.Org.Person(id); p.Active && id != t.Owner && !slices.Contains(list, id) {
				list = append(list, id)
			}
		}
	}
	add(t.Helpers...)
	if len(list) == 0 {
		add(f.Org.Manager(t.Owner, 1))
	}
	if len(list) == 0 || !f.Reached[t.Owner] {
		add(f.Org.Holders("hr")...)
	}
	return list
}

// doers lists who are to be told of the task: the owner, where a message reaches them at work, else those who stand in.
func (t Task) doers(f workflows.Facts) []workflows.PersonID {
	if others := t.StandIns(f); len(others) > 0 {
		return others
	}
	return []workflows.PersonID{t.Owner}
}

package workflows

import "time"

// RequestID is a request's key in storage, a UUID in text form.
type RequestID string

// Request is one application of a person for something, and where it stands.
type Request struct {
	ID          RequestID
	Number      string // what people say, as LV-1042; given by storage
	Kind        KindName
	Definition  string   // hash of the definition with which it began
	Requester   PersonID // for whom
	SubmittedBy PersonID // by whom; usually the same
	State       State
	Revision    int              // what one signs: grows with each edit
	Seq         int              // how many changes it has had: the length of its audit
	Form        Form             // what was filled in
	Measures    map[string]int64 // named integers worked out from the form, as the minutes that a leave costs
	Steps       []Step           // the route as worked out for this revision
	Step        int              // which of them is at work
	Tasks       []Task           // of all revisions, in the order in which they opened
	SubmittedAt time.Time        // of this revision
	ChangedAt   time.Time
}

// TaskState is how far an approver's task has come.
type TaskState string

// The states of a task. Closed means done but not decided: somebody else's press settled it, or the request moved on.
const (
	TaskOpen     TaskState = "open"
	TaskApproved TaskState = "approved"
	TaskRejected TaskState = "rejected"
	TaskReturned TaskState = "returned"
	TaskClosed   TaskState = "closed"
)

// Why somebody besides the approver of a slot was asked.
const (
	BecauseAway       = "away"       // the approver is on leave: their manager was asked too
	BecauseInactive   = "inactive"   // the approver has left: their manager was asked instead
	BecauseEscalated  = "escalated"  // nobody answered: the manager was asked too
	BecauseReassigned = "reassigned" // an administrator moved it
)

// Task is one person's part in one step of a request's route.
type Task struct {
	Revision  int       `json:"revision"`
	Step      int       `json:"step"`
	Slot      int       `json:"slot"`              // place within the step; everyone in one slot may decide for it
	Person    PersonID  `json:"person"`            // who may decide
	For       PersonID  `json:"for,omitempty"`     // in whose place; zero: their own
	Why       string    `json:"why,omitempty"`     // why not (only) the approver in whose place it is
	State     TaskState `json:"state"`             //
	Comment   string    `json:"comment,omitempty"` // the reason given with a rejection or return
	OpenedAt  time.Time `json:"opened_at"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	NudgedAt  time.Time `json:"nudged_at,omitzero"` // when the requester last asked for an answer
}

// Key identifies a task within its request.
func (t Task) Key() [4]int64 {
	return [4]int64{int64(t.Revision), int64(t.Step), int64(t.Slot), int64(t.Person)}
}

// OpenTask finds the person's open task; a request has at most one for each person.
func (r *Request) OpenTask(person PersonID) *Task {
	for i := range r.Tasks {
		if r.Tasks[i].Person == person && r.Tasks[i].State == TaskOpen {
			return &r.Tasks[i]
		}
	}
	return nil
}

// Open lists the tasks that wait for somebody.
func (r *Request) Open() []Task {
	var open []Task
	for _, t := range r.Tasks {
		if t.State == TaskOpen {
			open = append(open, t)
		}
	}
	return open
}

// Asked tells whether the person has or had a task of this request.
func (r *Request) Asked(person PersonID) bool {
	for _, t := range r.Tasks {
		if t.Person == person {
			return true
		}
	}
	return false
}

// LastDecision finds the task that was decided last, nil when none was.
func (r *Request) LastDecision() *Task {
	var last *Task
	for i := range r.Tasks {
		t := &r.Tasks[i]
		if t.State == TaskOpen || t.State == TaskClosed {
			continue
		}
		if last == nil || !t.DecidedAt.Before(last.DecidedAt) {
			last = t
		}
	}
	return last
}

// settled finds the decision that settled a person's part in the current revision: their own, else one made in a place that was theirs too.
func (r *Request) settled(person PersonID) *Task {
	var found *Task
	for i := range r.Tasks {
		mine := &r.Tasks[i]
		if mine.Person != person || mine.Revision != r.Revision {
			continue
		}
		for j := range r.Tasks {
			t := &r.Tasks[j]
			if t.Revision != mine.Revision || t.Step != mine.Step || t.DecidedAt.IsZero() {
				continue
			}
			if t.Person == person {
				return t
			}
			found = t
		}
	}
	return found
}

// ask opens a task. Whoever is asked again in the same place has their old task opened again.
func (r *Request) ask(t Task) {
	if old := r.task(t.Key()); old != nil {
		*old = t
		return
	}
	r.Tasks = append(r.Tasks, t)
}

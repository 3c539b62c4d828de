package plan

import (
	"slices"
	"strings"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// Plan is somebody's way through a template. What it has beyond its subject is stored as it is written here, and each change leaves all
// of it in the audit.
type Plan struct {
	workflows.Subject `json:"-"`

	Request  workflows.SubjectID `json:"request"` // that began it
	Template string              `json:"template"`
	Name     workflows.Words     `json:"name"` // of the template
	Newcomer workflows.PersonID  `json:"newcomer"`
	Mentor   workflows.PersonID  `json:"mentor"`
	Manager  workflows.PersonID  `json:"manager"`
	By       workflows.PersonID  `json:"by"`    // who asked for it
	Start    workflows.Date      `json:"start"` // calendar day 1
	Phases   []Progress          `json:"phases"`
	Given    []string            `json:"given,omitempty"`    // the items whose tasks were given out
	Asked    []int               `json:"asked,omitempty"`    // the days of which the new hire was asked
	Feedback []Answer            `json:"feedback,omitempty"` // what they answered
	Reason   string              `json:"reason,omitempty"`   // why it was closed or failed
	EndedOn  workflows.Date      `json:"ended_on,omitzero"`
	Waiting  int                 `json:"waiting,omitempty"` // how often the manager was reminded to decide
}

// Progress is how far a phase is.
type Progress struct {
	Code      string             `json:"code"` // of the phase
	Name      workflows.Words    `json:"name"`
	Extended  int                `json:"extended,omitempty"` // by how many days, in all
	Rounds    int                `json:"rounds,omitempty"`   // how often it was extended
	Reminded  int                `json:"reminded,omitempty"` // for which round the gate was called, from 1
	Attempts  []Attempt          `json:"attempts,omitempty"`
	Signed    workflows.PersonID `json:"signed,omitempty"` // who signed it off
	SignedAt  time.Time          `json:"signed_at,omitzero"`
	Refused   string             `json:"refused,omitempty"` // why it was not signed off, as was said last
	PassedOn  workflows.Date     `json:"passed_on,omitzero"`
	DecidedBy workflows.PersonID `json:"decided_by,omitempty"` // who decided in place of the gate
}

// Attempt is one try at a test.
type Attempt struct {
	At     time.Time `json:"at"`
	Round  int       `json:"round,omitempty"`
	Score  int       `json:"score"` // per cent, cut
	Passed bool      `json:"passed,omitempty"`
	Missed []int     `json:"missed,omitempty"` // the questions of the pool that were not answered right
}

// Answer is what the new hire said when asked.
type Answer struct {
	Day    int    `json:"day"`
	Rating int    `json:"rating"` // 1 to 5
	Words  string `json:"words,omitempty"`
}

// Facts is all that is known of the world when a plan is decided on or shown.
type Facts struct {
	workflows.Facts
	Tasks []Given              // what was given out, and what has become of it
	Team  []workflows.PersonID // who work with the new hire, to be told of the first day
}

// Given is a task that the plan gave out.
type Given struct {
	Phase, Item string
	State       workflows.State // of the task
	Due         workflows.Date
	Owner       workflows.PersonID
}

// phase is the index of the phase at which the plan is, and whether its manager decides; -1: at none.
func (p Plan) phase(s Script) (i int, decides bool) {
	code, decides := strings.CutSuffix(string(p.State), "_decision")
	return slices.IndexFunc(s.Template.Phases, func(ph Phase) bool { return ph.Code == code }), decides
}

// Open tells whether the plan is not over.
func (p Plan) Open() bool {
	return p.State != StatePassed && p.State != StateFailed && p.State != StateClosed
}

// shift is by how many days what belongs to a phase comes later, since phases before it were extended.
func (p Plan) shift(phase int) int {
	days := 0
	for i := range min(phase, len(p.Phases)) {
		days += p.Phases[i].Extended
	}
	return days
}

// Day is which calendar day of the plan a date is: 1 on the first.
func (p Plan) Day(d workflows.Date) int { return d.Days() - p.Start.Days() + 1 }

// on is the date of a day of a phase: moved to the next working day, or to the one before it for what has to be ready before the first.
func (p Plan) on(day, phase int, hours workflows.Hours) workflows.Date {
	d, step := p.Start.AddDays(day-1), 1
	if day < 1 {
		step = -1
	} else {
		d = d.AddDays(p.shift(phase))
	}
	for range 60 { // a week without work cannot hold the plan
		if am, pm := workflows.Works(hours.Pattern, hours.Calendar, d); am || pm {
			return d
		}
		d = d.AddDays(step)
	}
	return d
}

// last is the date of the gate of a phase.
func (p Plan) last(s Script, phase int, hours workflows.Hours) workflows.Date {
	return p.on(s.Template.Phases[phase].To+p.Phases[phase].Extended, phase, hours)
}

// hours is the new hire's working time, whether or not they are away: a plan is laid out on the calendar.
func (p Plan) hours(f workflows.Facts) workflows.Hours {
	h := f.Hours(p.Newcomer)
	h.Away = nil
	return h
}

// Tested tells whether the test of a phase is passed, with the last attempt; ok as well where the phase has none.
func (p Plan) tested(s Script, phase int) (last *Attempt, ok bool) {
	if s.Template.Phases[phase].Gate.Test == "" {
		return nil, true
	}
	list := p.Phases[phase].Attempts
	if len(list) == 0 {
		return nil, false
	}
	return &list[len(list)-1], slices.ContainsFunc(list, func(a Attempt) bool { return a.Passed })
}

// signed tells whether a phase is signed off, or needs no signature.
func (p Plan) signed(s Script, phase int) bool {
	return s.Template.Phases[phase].Gate.SignOff == "" || p.Phases[phase].Signed != 0
}

// complete tells whether all that the gate of a phase asks for is there.
func (p Plan) complete(s Script, phase int) bool {
	_, tested := p.tested(s, phase)
	return tested && p.signed(s, phase)
}

// key names an item among those that were given out.
func key(phase, item string) string { return phase + "/" + item }

// Who gives those who have a role in the plan: the one that it names and, behind them, who stand in, all of them active. Somebody who has
// left, or is away, comes after those who are here.
func (p Plan) Who(r Role, f workflows.Facts) []workflows.PersonID {
	var list []workflows.PersonID
	add := func(people ...workflows.PersonID) {
		for _, id := range people {
			if f.Org.Person(id).Active && !slices.Contains(list, id) && (id != p.Newcomer || r == Newcomer) {
				list = append(list, id)
			}
		}
	}
	hr := func() {
		if f.Org.Person(p.By).Has("hr") {
			add(p.By)
		}
		add(f.Org.Holders("hr")...)
	}
	switch r {
	case Newcomer:
		add(p.Newcomer)
		return list
	case Mentor:
		add(p.Mentor, p.Manager, f.Org.Manager(p.Newcomer, 1))
	case Manager:
		add(p.Manager, f.Org.Manager(p.Manager, 1))
	case IT:
		add(f.Org.Holders("it")...)
	}
	if len(list) == 0 || r == HR {
		hr()
	}
	if len(list) == 0 {
		add(f.Org.Holders("admin")...)
	}
	slices.SortStableFunc(list, func(a, b workflows.PersonID) int { return away(f, a) - away(f, b) })
	return list
}

func away(f workflows.Facts, id workflows.PersonID) int {
	if f.Org.Person(id).Away {
		return 1
	}
	return 0
}

// acting lists who may act in a role now: the one whom the plan names, and who stands in while they are away.
func (p Plan) acting(r Role, f workflows.Facts) []workflows.PersonID {
	named := map[Role]workflows.PersonID{Mentor: p.Mentor, Manager: p.Manager}[r]
	list := p.Who(r, f)
	if len(list) == 0 {
		return nil
	}
	if list[0] == named {
		return list[:1]
	}
	acting := []workflows.PersonID{list[0]}
	if slices.Contains(list, named) { // away, and still theirs
		acting = append(acting, named)
	}
	return acting
}

// zone is the new hire's.
func (c *view) zone() *time.Location { return c.f.Org.Person(c.p.Newcomer).Location() }

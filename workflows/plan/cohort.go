package plan

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// Run is what a report knows of a plan.
type Run struct {
	Plan
	Tasks map[string]Punctual // by the code of the phase; "": before day 1
}

// Punctual is how many tasks there were, and how many of them were late: done after the day on which they were due, or open behind it.
type Punctual struct{ Tasks, Late int }

// Cohort is all whose plans began in one month.
type Cohort struct {
	Month                 workflows.Date // its first day
	Passed, Failed, Ended int            // Ended: closed early
	UnderWay              int
	Days                  []int // how many calendar days each who passed took, the shortest first
	Phases                []Hurdle
	Ratings               []int // what was answered, each answer by itself
}

// Hurdle is how a phase went for a cohort.
type Hurdle struct {
	Code     string
	Name     workflows.Words
	Reached  int // by how many
	Extended int // for how many of them
	Decided  int // for how many of them the manager had to decide
	Punctual
}

// Began is how many began.
func (c Cohort) Began() int { return c.Passed + c.Failed + c.Ended + c.UnderWay }

// Over is how many are through, whatever came of it.
func (c Cohort) Over() int { return c.Passed + c.Failed + c.Ended }

// Rate is how many of those whose plan is over have passed, in per cent, cut; false: it is over for nobody.
func (c Cohort) Rate() (percent int, ok bool) {
	if c.Over() == 0 {
		return 0, false
	}
	return c.Passed * 100 / c.Over(), true
}

// Median is in how many days half of those who passed had done so, by nearest rank; false: nobody has.
func (c Cohort) Median() (days int, ok bool) {
	if len(c.Days) == 0 {
		return 0, false
	}
	return c.Days[(len(c.Days)+1)/2-1], true
}

// Cohorts sorts plans by the month in which they began, over some months; one in which nobody began is empty.
func Cohorts(runs []Run, months []workflows.Date) []Cohort {
	list := make([]Cohort, len(months))
	for i, m := range months {
		list[i].Month = m
	}
	for _, r := range runs {
		i := slices.Index(months, r.Start.FirstOfMonth(0))
		if i < 0 {
			continue
		}
		list[i].count(r)
	}
	for i := range list {
		slices.Sort(list[i].Days)
	}
	return list
}

func (c *Cohort) count(r Run) {
	switch r.State {
	case StatePassed:
		c.Passed++
		c.Days = append(c.Days, r.Day(r.EndedOn))
	case StateFailed:
		c.Failed++
	case StateClosed:
		c.Ended++
	default:
		c.UnderWay++
	}
	reached := r.State != StatePreparing
	for _, p := range r.Phases {
		i := slices.IndexFunc(c.Phases, func(h Hurdle) bool { return h.Code == p.Code })
		if i < 0 {
			i = len(c.Phases)
			c.Phases = append(c.Phases, Hurdle{Code: p.Code, Name: p.Name})
		}
		h := &c.Phases[i]
		if reached {
			h.Reached++
		}
		if p.Rounds > 0 {
			h.Extended++
		}
		if p.DecidedBy != 0 {
			h.Decided++
		}
		h.Tasks, h.Late = h.Tasks+r.Tasks[p.Code].Tasks, h.Late+r.Tasks[p.Code].Late
		reached = reached && !p.PassedOn.IsZero()
	}
	for _, a := range r.Feedback {
		c.Ratings = append(c.Ratings, a.Rating)
	}
}

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

// ExtendedRate is for how many of those who reached the phase it was extended, in per cent, cut.
func (h Hurdle) ExtendedRate() int { return percent(h.Extended, h.Reached) }

// LateRate is how many of the tasks were late, in per cent, cut.
func (p Punctual) LateRate() int { return percent(p.Late, p.Tasks) }

// percent is a part of a whole, cut; 0 of nothing.
func percent(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return part * 100 / whole
}

// SeesAllCohorts tells whether somebody sees how all get on, and not their own new hires alone.
func SeesAllCohorts(p workflows.Person) bool { return p.Has("hr") || p.Has("director") }

// Began is how many began.
func (c Cohort) Began() int { return c.Passed + c.Failed + c.Ended + c.UnderWay }

// Over is how many are through, whatever came of it.
func (c Cohort) Over() int { return c.Passed + c.Failed + c.Ended }

// Rate is how many of those whose plan is over have passed, in per cent, cut; false: it is over for nobody.
func (c Cohort) Rate() (rate int, ok bool) {
	return percent(c.Passed, c.Over()), c.Over() > 0
}

// Median is in how many days half of those who passed had done so, by nearest rank; false: nobody has.
func (c Cohort) Median() (days int, ok bool) {
	if len(c.Days) == 0 {
		return 0, false
	}
	return c.Days[(len(c.Days)+1)/2-1], true
}

// Hardest is the phase that was extended for the largest part of those who reached it, or with the most late tasks; false: all went well.
func (c Cohort) Hardest() (worst Hurdle, found bool) {
	weight := func(h Hurdle) int { return h.ExtendedRate()*1000 + h.LateRate() }
	for _, h := range c.Phases {
		if weight(h) > 0 && (!found || weight(h) > weight(worst)) {
			worst, found = h, true
		}
	}
	return worst, found
}

// FewestRatings is from how many answers on their mean is told: fewer would tell what one of them said.
const FewestRatings = 5

// Rating is the mean of the answers in tenths, cut; false: there are too few.
func (c Cohort) Rating() (tenths int, ok bool) {
	if len(c.Ratings) < FewestRatings {
		return 0, false
	}
	sum := 0
	for _, n := range c.Ratings {
		sum += n
	}
	return sum * 10 / len(c.Ratings), true
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

package leave

import (
	"fmt"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// limits refuses more than a type allows at once, and a type that the person cannot use yet.
func (k rules) limits(r workflows.Request, f workflows.Facts) []*workflows.Error {
	l, faults := k.read(r, f)
	if len(faults) > 0 {
		return faults
	}
	if most := workflows.Minutes(l.Type.MaxPerRequest) * workflows.StandardDay; most > 0 && total(l.Shares) > most {
		faults = append(faults, workflows.Fault("to", "leave.max",
			workflows.Args{"Type": typeKey(l.Type.Code), "Max": int64(most), "Minutes": int64(total(l.Shares))}))
	}
	faults = append(faults, k.yearly(l, r, f)...)
	faults = append(faults, k.row(l, r, f)...)
	if usable := f.Org.Person(r.Requester).HiredOn.AddDays(l.Type.MinService); l.Type.MinService > 0 && l.From.Before(usable) {
		faults = append(faults, workflows.Fault("type", "leave.service", workflows.Args{
			"Type": typeKey(l.Type.Code), "Usable": usable.String()}))
	}
	return faults
}

// taken gives what each date costs of a type: by this request, and by the person's other open and approved ones.
func (k rules) taken(l leave, r workflows.Request, f workflows.Facts) map[workflows.Date]workflows.Minutes {
	requester := f.Org.Person(r.Requester)
	dates := map[workflows.Date]workflows.Minutes{}
	add := func(shares []workflows.Share) {
		for _, s := range shares {
			dates[s.Date] += s.Minutes
		}
	}
	add(l.Shares)
	for _, other := range f.Busy {
		if other.Person == r.Requester && other.Number != r.Number && other.Form["type"] == l.Type.Code {
			add(Count(l.Type, other.Span, f.Pattern(requester), calendar(requester, f)))
		}
	}
	return dates
}

// yearly refuses more than a type allows in a calendar year, by the dates of the leave.
func (k rules) yearly(l leave, r workflows.Request, f workflows.Facts) []*workflows.Error {
	most := workflows.Minutes(l.Type.MaxPerYear) * workflows.StandardDay
	if most == 0 {
		return nil
	}
	sums := map[int]workflows.Minutes{}
	for date, minutes := range k.taken(l, r, f) {
		sums[date.Year] += minutes
	}
	for year := l.From.Year; year <= l.To.Year; year++ {
		if sums[year] > most {
			return []*workflows.Error{workflows.Fault("to", "leave.max_year", workflows.Args{
				"Type": typeKey(l.Type.Code), "Max": int64(most), "Minutes": int64(sums[year]), "Year": fmt.Sprint(year)})}
		}
	}
	return nil
}

// row refuses more than a type allows in a row. Days off join what stands on either side of them: a Friday and
// the Monday after it are two in a row.
func (k rules) row(l leave, r workflows.Request, f workflows.Facts) []*workflows.Error {
	most := workflows.Minutes(l.Type.MaxInARow) * workflows.StandardDay
	if most == 0 {
		return nil
	}
	dates, working := k.taken(l, r, f), works(f.Org.Person(r.Requester), f)
	var sum workflows.Minutes
	for d := l.From; !d.After(l.To); d = d.AddDays(1) {
		sum += dates[d]
	}
	for _, step := range []int{-1, 1} {
		d := l.From
		if step > 0 {
			d = l.To
		}
		for range horizon {
			if d = d.AddDays(step); dates[d] == 0 && working(d) {
				break
			}
			sum += dates[d]
		}
	}
	if sum <= most {
		return nil
	}
	return []*workflows.Error{workflows.Fault("to", "leave.max_row", workflows.Args{
		"Type": typeKey(l.Type.Code), "Max": int64(most), "Minutes": int64(sum)})}
}

// notice refuses leave that is asked for too late. hr may pass this limit with a reason.
func (k rules) notice(r workflows.Request, f workflows.Facts) []*workflows.Error {
	l, faults := k.read(r, f)
	if len(faults) > 0 {
		return faults
	}
	fault := k.late(l, r, f, f.Now)
	if fault == nil {
		return nil
	}
	return excuse(r, f, fault)
}

// late says what is wrong with asking for leave at a time. Where notice has to be given there is no asking afterwards.
func (k rules) late(l leave, r workflows.Request, f workflows.Facts, asked time.Time) *workflows.Error {
	requester := f.Org.Person(r.Requester)
	today := workflows.DateOf(asked.In(requester.Location()))
	text, earliest := "leave.backdate", back(today, value(l.Type.Backdate), works(requester, f))
	if l.Type.Notice > 0 {
		text, earliest = "leave.notice", ahead(today, l.Type.Notice, works(requester, f))
	}
	if l.From.Before(earliest) {
		return workflows.Fault("from", text, workflows.Args{"Earliest": earliest.String()})
	}
	return nil
}

// works tells of which dates a person works at least a half.
func works(p workflows.Person, f workflows.Facts) func(workflows.Date) bool {
	week, days := f.Pattern(p), calendar(p, f)
	return func(d workflows.Date) bool {
		am, pm := workflows.Works(week, days, d)
		return am || pm
	}
}

// horizon bounds the search for a working day, so that a week without work cannot hold the program.
const horizon = 2 * 366

// ahead gives the first date that is n working days after today.
func ahead(today workflows.Date, n int, works func(workflows.Date) bool) workflows.Date {
	d := today
	for range 2*n + horizon {
		if n == 0 {
			break
		}
		if d = d.AddDays(1); works(d) {
			n--
		}
	}
	return d
}

// back gives the earliest date after which no more than n working days have passed, today among them.
func back(today workflows.Date, n int, works func(workflows.Date) bool) workflows.Date {
	d := today
	for range 2*n + horizon {
		if works(d) {
			if n == 0 {
				break
			}
			n--
		}
		d = d.AddDays(-1)
	}
	return d
}

// excuse lets hr pass a limit in what they send themselves, and asks them for a reason if they gave none. The card shows that a limit was
// passed. Whoever they filed it for cannot change it and pass the limit too.
func excuse(r workflows.Request, f workflows.Facts, fault *workflows.Error) []*workflows.Error {
	switch {
	case !f.Org.Person(r.SentBy).Has("hr"):
		return []*workflows.Error{fault}
	case r.Form["reason"] == "":
		return []*workflows.Error{workflows.Fault("reason", "leave.reason_for_limit", nil), fault}
	}
	return nil
}

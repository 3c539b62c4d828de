package leave

import "github.com/nod-chat/nod/workflows"

const halfDay = workflows.StandardDay / 2

// maxDates is the longest leave that is counted: a year, and a day for a leap year.
const maxDates = 366

// Count says what each date of a leave costs: half a standard day for each half that is worked, or for each half whatsoever where the type
// counts days off too. Dates that cost nothing are left out.
func Count(t Type, span workflows.Span, pattern workflows.Pattern, calendar workflows.Calendar) []workflows.Share {
	if span.Empty() {
		return nil
	}
	var shares []workflows.Share
	first, _ := span.First()
	last, _ := span.Last()
	for d := first; !d.After(last); d = d.AddDays(1) {
		am, pm := true, true
		if t.Counts == Working {
			am, pm = workflows.Works(pattern, calendar, d)
		}
		var cost workflows.Minutes
		if am && span.Contains(d, workflows.AM) {
			cost += halfDay
		}
		if pm && span.Contains(d, workflows.PM) {
			cost += halfDay
		}
		if cost > 0 {
			shares = append(shares, workflows.Share{Date: d, Minutes: cost})
		}
	}
	return shares
}

func total(shares []workflows.Share) workflows.Minutes {
	var sum workflows.Minutes
	for _, s := range shares {
		sum += s.Minutes
	}
	return sum
}

// leave is a form, read.
type leave struct {
	Type             Type
	From, To         workflows.Date
	FromPart, ToPart workflows.Half
	Span             workflows.Span
	Shares           []workflows.Share
	Reason           string
}

// read reads a request's form. The range is checked before any date of it is looked at.
func (k rules) read(r workflows.Request, f workflows.Facts) (leave, []*workflows.Error) {
	requester := f.Org.Person(r.Requester)
	l, fault := k.readForm(r.Form, requester)
	if fault != nil {
		return l, []*workflows.Error{fault}
	}
	l.Shares = Count(l.Type, l.Span, f.Pattern(requester), calendar(requester, f))
	return l, nil
}

func (k rules) readForm(form workflows.Form, requester workflows.Person) (l leave, fault *workflows.Error) {
	var known bool
	if l.Type, known = k.typeIn(requester.Country, form["type"]); !known {
		return l, workflows.Fault("type", "field.choice", workflows.Args{"Value": form["type"]})
	}
	l.Reason = form["reason"]
	r, fault := workflows.RangeIn(form)
	if fault != nil {
		return l, fault
	}
	l.From, l.To, l.FromPart, l.ToPart = r.From, r.To, r.FromPart, r.ToPart
	switch dates := l.To.Days() - l.From.Days() + 1; {
	case dates < 1:
		return l, workflows.Fault("to", "leave.order", workflows.Args{"From": l.From.String(), "To": l.To.String()})
	case dates > maxDates:
		return l, workflows.Fault("to", "leave.too_long", workflows.Args{"Dates": dates, "Max": maxDates})
	}
	var err error
	if l.Span, err = workflows.NewSpan(l.From, l.FromPart, l.To, l.ToPart); err != nil { // the dates are in order, so the halves are not
		return l, workflows.Fault("to_part", "leave.half_order", workflows.Args{"Date": l.From.String()})
	}
	return l, nil
}

func calendar(p workflows.Person, f workflows.Facts) workflows.Calendar {
	return workflows.NewCalendar(p.Country, f.Calendar...)
}

// measure gives what a leave costs, and the year whose holidays it could not count.
func (k rules) measure(r workflows.Request, f workflows.Facts) (map[string]int64, []*workflows.Error) {
	l, faults := k.read(r, f)
	if len(faults) > 0 {
		return nil, faults
	}
	cost := total(l.Shares)
	if cost == 0 {
		field := "to"
		if l.From == l.To {
			field = "from"
		}
		return nil, []*workflows.Error{workflows.Fault(field, "leave.days_off", workflows.Args{
			"From": l.From.String(), "To": l.To.String()})}
	}
	unpublished := l.unpublished(calendar(f.Org.Person(r.Requester), f))
	return map[string]int64{MeasureMinutes: int64(cost), MeasureUnpublished: int64(unpublished)}, nil
}

// unpublished gives the first year of the leave whose holidays are not known and would matter; 0 when there is none.
func (l leave) unpublished(c workflows.Calendar) int {
	if l.Type.Counts == Dates {
		return 0
	}
	for year := l.From.Year; year <= l.To.Year; year++ {
		if !c.Published(year) {
			return year
		}
	}
	return 0
}

package leave

import "github.com/nod-chat/nod/workflows"

// dates refuses halves of a type that comes in whole days, and leave before the person's employment.
func (k rules) dates(r workflows.Request, f workflows.Facts) []*workflows.Error {
	l, faults := k.read(r, f)
	if len(faults) > 0 {
		return faults
	}
	if l.Type.Unit == Day && l.FromPart == workflows.PM {
		faults = append(faults, workflows.Fault("from_part", "leave.whole_days", workflows.Args{"Type": typeKey(l.Type.Code)}))
	}
	if l.Type.Unit == Day && l.ToPart == workflows.AM {
		faults = append(faults, workflows.Fault("to_part", "leave.whole_days", workflows.Args{"Type": typeKey(l.Type.Code)}))
	}
	if hired := f.Org.Person(r.Requester).HiredOn; l.From.Before(hired) {
		faults = append(faults, workflows.Fault("from", "leave.before_hired", workflows.Args{"Hired": hired.String()}))
	}
	return faults
}

// overlap refuses half-days that another open or approved request of the person holds.
func (k rules) overlap(r workflows.Request, f workflows.Facts) []*workflows.Error {
	l, faults := k.read(r, f)
	if len(faults) > 0 {
		return faults
	}
	for _, other := range f.Busy {
		if other.Person != r.Requester || other.Number == r.Number || !other.Span.Overlaps(l.Span) {
			continue
		}
		text := "leave.overlap"
		if other.Approved {
			text = "leave.overlap_approved"
		}
		from, _ := other.Span.First()
		to, _ := other.Span.Last()
		faults = append(faults, workflows.Fault("from", text, workflows.Args{
			"Number": other.Number, "From": from.String(), "To": to.String()}))
	}
	return faults
}

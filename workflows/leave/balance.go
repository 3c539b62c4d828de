package leave

import "github.com/nod-chat/nod/workflows"

// balance refuses a leave that the person's lots do not cover, beyond what the type lets them owe. An earlier reservation of the same request has
// been released by then: it was returned, closed or expired.
func (k rules) balance(r workflows.Request, f workflows.Facts) []*workflows.Error {
	l, faults := k.read(r, f)
	if len(faults) > 0 || !l.Type.NeedsBalance {
		return faults
	}
	_, short := workflows.Allocate(lots(l.Type, f), l.Shares)
	left, cost := l.usable(f), total(l.Shares)
	owed := workflows.Minutes(l.Type.NegativeTo) * workflows.StandardDay
	// Lots can be left over and yet not cover a date, and an old debt can outweigh lots that do: both are looked at.
	if short <= owed && left-cost >= -owed {
		return nil
	}
	return []*workflows.Error{workflows.Fault("to", "leave.balance",
		workflows.Args{"Type": typeKey(l.Type.Code), "Left": int64(left), "Minutes": int64(cost), "Owed": int64(owed)})}
}

// lots are those of a type, its debt among them.
func lots(t Type, f workflows.Facts) []workflows.Lot {
	var own []workflows.Lot
	for _, l := range f.Lots {
		if l.Unit == t.account() {
			own = append(own, l)
		}
	}
	return own
}

// usable is what is left in all lots that could pay for any date of the leave, less what is owed.
func (l leave) usable(f workflows.Facts) workflows.Minutes {
	var sum workflows.Minutes
	for _, lot := range lots(l.Type, f) {
		for _, s := range l.Shares {
			if lot.ID == 0 || lot.ValidOn(s.Date) {
				sum += lot.Left
				break
			}
		}
	}
	return sum
}

// reserve holds the half-days of a request that has been sent, and reserves what it costs.
func (k rules) reserve(r workflows.Request, f workflows.Facts, d *workflows.Decision) error {
	l, faults := k.read(r, f)
	if len(faults) > 0 {
		return workflows.Joined(faults)
	}
	d.Hold = &l.Span
	if !l.Type.NeedsBalance {
		return nil
	}
	entries, _ := workflows.Allocate(lots(l.Type, f), l.Shares)
	for _, e := range entries {
		e.Unit = l.Type.account() // where there is no lot at all, Allocate cannot know it
		d.Entries = append(d.Entries, e)
	}
	return nil
}

// use makes the reservation leave taken.
func use(_ workflows.Request, f workflows.Facts, d *workflows.Decision) error {
	d.Entries = append(d.Entries, workflows.Use(f.Reserved)...)
	d.Held = true
	return nil
}

// release gives back what the request reserved and held.
func release(_ workflows.Request, f workflows.Facts, d *workflows.Decision) error {
	d.Entries = append(d.Entries, workflows.Release(f.Reserved)...)
	d.Free = true
	return nil
}

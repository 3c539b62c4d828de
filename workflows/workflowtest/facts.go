package workflowtest

import (
	"cmp"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// Wants says what the engine loads for an act: what its move needs, and what the kind wants where a form is looked at.
func (m *Memory) Wants(r workflows.Request, act workflows.Act) workflows.Wants {
	var w workflows.Wants
	kind := m.KindOf(r)
	move := kind.Moves[act.Event]
	if move.Needs != nil {
		w = move.Needs(act)
	}
	switch move.Form {
	case workflows.NewForm, workflows.PartForm:
		w = w.And(kind.Wants(act.Form, m.Person(r.Requester)))
	case workflows.StoredForm:
		w = w.And(m.wantsShown(r))
	}
	return w
}

// wantsShown says what is loaded to show a request.
func (m *Memory) wantsShown(r workflows.Request) workflows.Wants {
	return m.KindOf(r).Wants(r.Form, m.Person(r.Requester))
}

// Facts loads only what is wanted, so that a rule which forgets to ask is found out.
func (m *Memory) Facts(r workflows.Request, w workflows.Wants) workflows.Facts {
	requester := m.Person(r.Requester)
	f := workflows.Facts{Now: m.Now, Org: workflows.NewOrg(m.People...), Patterns: m.rules.Patterns()}
	for _, d := range m.calendar[requester.Country] {
		if !d.Date.Before(w.From) && !d.Date.After(w.To) {
			f.Calendar = append(f.Calendar, d)
		}
	}
	f.Closed = m.closed[r.Requester]
	if w.Ledger {
		f.Ledgers = m.ledgers(r.Requester)
	}
	f.Files = map[string]workflows.File{}
	for _, id := range w.Files {
		if file, ok := m.files[id]; ok {
			if file.Claimed = m.claimed(r, workflows.FileKey(file.Hash)); file.Claimed == nil && file.Key != "" {
				file.Claimed = m.claimed(r, file.Key)
			}
			f.Files[id] = file
		}
	}
	f.Claimed = map[string]workflows.Claimed{}
	for _, key := range w.Claims {
		if by := m.claimed(r, key); by != nil {
			f.Claimed[key] = *by
		}
	}
	f.Charged = m.charged(r, w.Charges)
	f.Rates = m.quotedRates(w.Rates)
	f.Accounts = map[string]workflows.Account{}
	for _, no := range w.Accounts {
		if a, ok := m.accounts[no]; ok {
			f.Accounts[no] = a
		}
	}
	f.Busy, f.Team = m.busy(r, w)
	for _, turn := range r.Turns {
		if w.OpenClocks && turn.State == workflows.TurnOpen {
			w.Clocks = append(w.Clocks, turn.Person)
		}
	}
	f.Clocks = map[workflows.PersonID]workflows.ClockFacts{}
	for _, id := range w.Clocks {
		p := m.Person(id)
		f.Clocks[id] = workflows.ClockFacts{Person: p, Days: m.calendar[p.Country]}
	}
	return f
}

// claimed is the other request that has a key; nil: none has.
func (m *Memory) claimed(r workflows.Request, key string) *workflows.Claimed {
	holder, taken := m.claims[key]
	if !taken || holder == r.ID {
		return nil
	}
	by := m.byID(holder)
	return &workflows.Claimed{Number: by.Number, Requester: by.Requester}
}

// quotedRates finds the newest of each rate that is wanted.
func (m *Memory) quotedRates(wanted []workflows.RateWanted) map[workflows.RateWanted]workflows.QuotedRate {
	found := map[workflows.RateWanted]workflows.QuotedRate{}
	for _, w := range wanted {
		for _, q := range m.rates {
			old := w.Date.Days() - q.Date.Days()
			if best, ok := found[w]; q.currency == w.Currency && old >= 0 && old <= workflows.RateDays && (!ok || q.Date.After(best.Date)) {
				found[w] = q.QuotedRate
			}
		}
	}
	return found
}

// charged lists what the requester's other requests spend.
func (m *Memory) charged(r workflows.Request, span workflows.DateSpan) []workflows.Charged {
	var list []workflows.Charged
	for _, other := range m.requests {
		if other.ID == r.ID || other.Requester != r.Requester || span.From.IsZero() {
			continue
		}
		for _, c := range m.charges[other.ID] {
			if !c.Date.Before(span.From) && !c.Date.After(span.To) {
				list = append(list, workflows.Charged{Charge: c, Number: other.Number})
			}
		}
	}
	return list
}

// busy lists what the requester's other requests hold, and those of colleagues below the same manager.
func (m *Memory) busy(r workflows.Request, w workflows.Wants) (own, team []workflows.Busy) {
	for id, h := range m.holds {
		b := workflows.Busy{Person: h.owner, Number: m.byID(id).Number, Span: h.Span, Approved: h.approved}
		switch {
		case id == r.ID:
		case h.owner == r.Requester:
			if h.Span.Overlaps(w.Span) || h.Span.Overlaps(w.Around) {
				b.Form = m.byID(id).Form
				own = append(own, b)
			}
		case !h.Span.Overlaps(w.Span), !h.Away:
		case m.Person(h.owner).Manager == m.Person(r.Requester).Manager:
			b.Name = m.Person(h.owner).Name
			team = append(team, b)
		}
	}
	byNumber := func(a, b workflows.Busy) int { return cmp.Compare(a.Number, b.Number) }
	slices.SortFunc(own, byNumber)
	slices.SortFunc(team, byNumber)
	return own, team
}

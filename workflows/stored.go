package workflows

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// Stored is a subject as it is stored, to be held against what its audit tells.
type Stored struct {
	Request      // of what is no request only its Subject
	Own     bool // it is a request: it has the row of one
	Final   bool
	Booking *StoredHold
	Ledger  []StoredEntry // in the order in which they were written
	Charges []StoredCharge
	Claims  []string // the keys that it has
	Bodied  bool     // it is a task or a plan, whose every change leaves all of it in the audit
	Body    []byte   // all of it, as JSON; nil: its row is missing
	Open    bool     // as its row has it
	BodyOf  KindName // whose row it has
}

// StoredCharge is what a line of the request spends.
type StoredCharge struct {
	Charge
	Person PersonID
}

// StoredHold is what is booked for a request.
type StoredHold struct {
	Hold
	Person PersonID
	Used   bool
}

// StoredEntry is an entry of the ledger that a change of the subject wrote.
type StoredEntry struct {
	Entry
	Person PersonID
	Seq    int // of the change
	At     time.Time
}

// Difference is something that is stored otherwise than the audit tells it. What people wrote is not in it.
type Difference struct {
	Seq  int // the change that tells it
	What string
}

// Against finds the first thing that is stored otherwise than the audit tells it; nil: there is none. What the audit does not tell is not
// compared: the number, which the database gives, and what erased rows may have changed. d is the definition with which the subject
// began; nil: it is not known, and neither is whether its state is final.
func (p *Replayed) Against(s Stored, d *Definition) *Difference {
	c := &comparison{}
	last := p.Seq
	differ(c, last, "state", s.State, p.State)
	differ(c, last, "revision", s.Revision, p.Revision)
	differ(c, p.revised, "digest", s.Digest, p.Digest)
	differ(c, last, "changed_at", moment(s.ChangedAt), moment(p.ChangedAt))
	known := p.Requester != 0 // a row is left that says what it is
	if known {
		differ(c, 1, "kind", s.Kind, p.Kind)
		differ(c, 1, "definition", s.Definition, p.Definition)
	}
	if d != nil {
		if info, ok := d.State(p.State); ok {
			differ(c, last, "final", s.Final, info.Final)
		}
	}
	if s.Erased && !p.Partial() {
		c.found(last, "it counts as erased, but the audit still tells all of it")
	}
	if !s.Own {
		if known {
			c.found(1, "the request is missing")
		}
		p.compareBody(c, s)
		return c.first
	}
	if !known && !p.Partial() {
		c.found(1, "there is a request of which the audit tells nothing")
	}
	if known {
		differ(c, 1, "requester", s.Requester, p.Requester)
		differ(c, 1, "submitted_by", s.SubmittedBy, p.SubmittedBy)
	}
	if !p.erased[p.revised] {
		p.compareRevision(c, s)
	}
	if p.hidden < last {
		differ(c, last, "step", s.Step, p.Step)
	}
	p.compareTurns(c, s)
	p.compareBooking(c, s)
	p.compareLedger(c, s)
	p.compareCharges(c, s)
	return c.first
}

// compareBody compares a task or a plan with what its last change left.
func (p *Replayed) compareBody(c *comparison, s Stored) {
	switch {
	case s.BodyOf != "" && s.BodyOf != s.Kind:
		c.found(1, fmt.Sprintf("kind is %s, and it has the row of a %s", readable(s.Kind), s.BodyOf))
		return
	case !s.Bodied:
		return
	case s.Body == nil:
		c.found(1, "its own row is missing")
		return
	}
	differ(c, p.Seq, "open", s.Open, !s.Final)
	if p.kinded {
		differ(c, 1, "kind", s.Kind, p.Kind)
		differ(c, 1, "definition", s.Definition, p.Definition)
	}
	p.compareClaims(c, s)
	if p.OtherAt < p.hidden || p.OtherAt == 0 {
		return // an erased row may have changed it
	}
	var stored, told any
	if json.Unmarshal(s.Body, &stored) != nil || json.Unmarshal(p.Other, &told) != nil || !reflect.DeepEqual(stored, told) {
		c.found(p.OtherAt, "it is not what the audit says")
	}
}

// compareRevision compares what was sent.
func (p *Replayed) compareRevision(c *comparison, s Stored) {
	differ(c, p.revised, "sent_by", s.SentBy, p.SentBy)
	differ(c, p.revised, "submitted_at", moment(s.SubmittedAt), moment(p.SubmittedAt))
	if p.hidden < p.revised { // nothing that is erased can have amended it
		for _, name := range keysOfBoth(s.Form, p.Form) {
			stored, here := s.Form[name]
			if told, there := p.Form[name]; here != there || stored != told {
				c.found(p.revised, fmt.Sprintf("the form's %q is not what the audit says", name))
			}
		}
	}
	for _, name := range keysOfBoth(s.Measures, p.Measures) {
		_, here := s.Measures[name]
		if _, there := p.Measures[name]; here != there {
			c.found(p.revised, fmt.Sprintf("the measure %q is not one that the audit says", name))
		}
		differ(c, p.revised, fmt.Sprintf("measure %q", name), s.Measures[name], p.Measures[name])
	}
	if len(s.Steps)+len(p.Steps) > 0 && !reflect.DeepEqual(s.Steps, p.Steps) {
		c.found(p.revised, "the steps are not those that the audit says")
	}
}

func (p *Replayed) compareTurns(c *comparison, s Stored) {
	for _, told := range p.Turns {
		seq := p.turns[told.Key()]
		if seq < p.hidden {
			continue
		}
		what := fmt.Sprintf("the turn of person %d (step %d, revision %d)", told.Person, told.Step, told.Revision)
		t := s.Turn(told.Key())
		if t == nil {
			c.found(seq, what+" is missing")
			continue
		}
		differ(c, seq, what+": state", t.State, told.State)
		differ(c, seq, what+": for", t.For, told.For)
		differ(c, seq, what+": why", t.Why, told.Why)
		differ(c, seq, what+": opened_at", moment(t.OpenedAt), moment(told.OpenedAt))
		differ(c, seq, what+": decided_at", moment(t.DecidedAt), moment(told.DecidedAt))
		differ(c, seq, what+": decided_seq", t.DecidedSeq, told.DecidedSeq)
		differ(c, seq, what+": nudged_at", moment(t.NudgedAt), moment(told.NudgedAt))
		if t.Comment != told.Comment {
			c.found(seq, what+": comment is not what the audit says")
		}
	}
	if p.Partial() {
		return // an erased row may have opened others
	}
	for _, t := range s.Turns {
		if p.Turn(t.Key()) == nil {
			c.found(p.Seq, fmt.Sprintf("no audit tells the turn of person %d (step %d, revision %d)", t.Person, t.Step, t.Revision))
		}
	}
}

func (p *Replayed) compareBooking(c *comparison, s Stored) {
	if p.held < p.hidden {
		return // an erased row may have changed it
	}
	seq := max(p.held, 1)
	switch b := s.Booking; {
	case p.Hold == nil && b == nil:
	case p.Hold == nil && p.held == 0:
		c.found(seq, "there is a booking that no audit tells")
	case p.Hold == nil:
		c.found(seq, "there is a booking, the audit says that it was released")
	case b == nil:
		c.found(seq, "the booking is missing")
	default:
		differ(c, seq, "booking: half-days", b.Span, p.Hold.Span)
		differ(c, seq, "booking: away", b.Away, p.Hold.Away)
		differ(c, seq, "booking: unit", b.Unit, p.Hold.Unit)
		if !slices.Equal(b.Shares, p.Hold.Shares) {
			c.found(seq, "booking: dates and amounts are not what the audit says")
		}
		differ(c, p.Seq, "booking: approved", b.Used, p.Used)
		if p.Requester != 0 {
			differ(c, seq, "booking: person", b.Person, p.Requester)
		}
	}
}

func (p *Replayed) compareLedger(c *comparison, s Stored) {
	stored := map[int][]StoredEntry{}
	for _, e := range s.Ledger {
		stored[e.Seq] = append(stored[e.Seq], e)
	}
	for _, seq := range keysOfBoth(stored, p.postings) {
		told := p.postings[seq]
		switch {
		case p.erased[seq]:
			continue
		case seq > p.Seq || len(told.entries) == 0:
			c.found(seq, "there is a ledger entry that no audit tells")
			continue
		case len(stored[seq]) != len(told.entries):
			differ(c, seq, "the count of ledger entries", len(stored[seq]), len(told.entries))
			continue
		}
		for i, e := range stored[seq] {
			what := fmt.Sprintf("ledger entry %d: ", i+1)
			differ(c, seq, what+"kind", e.Kind, told.entries[i].Kind)
			differ(c, seq, what+"unit", e.Unit, told.entries[i].Unit)
			differ(c, seq, what+"lot", e.Lot, told.entries[i].Lot)
			differ(c, seq, what+"date", e.Date, told.entries[i].Date)
			differ(c, seq, what+"amount", e.Minutes, told.entries[i].Minutes)
			differ(c, seq, what+"at", moment(e.At), moment(told.at))
			if p.Requester != 0 {
				differ(c, seq, what+"person", e.Person, p.Requester)
			}
		}
	}
}

func (p *Replayed) compareCharges(c *comparison, s Stored) {
	if told := slices.SortedFunc(slices.Values(p.Charges), byLine); p.charged >= p.hidden {
		if len(told) != len(s.Charges) {
			differ(c, max(p.charged, 1), "the count of charges", len(s.Charges), len(told))
		}
		for i, charge := range s.Charges[:min(len(told), len(s.Charges))] {
			what := fmt.Sprintf("the charge of line %d: ", told[i].Line)
			differ(c, p.charged, what+"line", charge.Line, told[i].Line)
			differ(c, p.charged, what+"heading", charge.Heading, told[i].Heading)
			differ(c, p.charged, what+"date", charge.Date, told[i].Date)
			differ(c, p.charged, what+"amount", charge.Amount, told[i].Amount)
			differ(c, p.charged, what+"base", charge.Base, told[i].Base)
			if p.Requester != 0 {
				differ(c, p.charged, what+"person", charge.Person, p.Requester)
			}
		}
	}
	p.compareClaims(c, s)
}

func (p *Replayed) compareClaims(c *comparison, s Stored) {
	if p.claimed < p.hidden {
		return
	}
	if told, stored := slices.Sorted(slices.Values(p.Claims)), slices.Sorted(slices.Values(s.Claims)); !slices.Equal(told, stored) {
		c.found(max(p.claimed, 1), "the keys that it has claimed are not those that the audit says")
	}
}

// comparison keeps the first difference.
type comparison struct{ first *Difference }

func (c *comparison) found(seq int, what string) {
	if c.first == nil {
		c.first = &Difference{Seq: seq, What: what}
	}
}

// differ compares one thing.
func differ[T comparable](c *comparison, seq int, what string, stored, told T) {
	if stored != told {
		c.found(seq, fmt.Sprintf("%s is %s, the audit says %s", what, readable(stored), readable(told)))
	}
}

// readable writes a value so that nothing in it steers a terminal.
func readable(v any) string {
	if value := reflect.ValueOf(v); value.Kind() == reflect.String {
		return fmt.Sprintf("%q", value.String())
	}
	return fmt.Sprint(v)
}

// moment writes a time for comparing, whatever its zone; "" is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// keysOfBoth lists the keys of two maps, in order.
func keysOfBoth[K interface{ ~string | ~int }, V, W any, A ~map[K]V, B ~map[K]W](a A, b B) []K {
	all := map[K]bool{}
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return slices.Sorted(maps.Keys(all))
}

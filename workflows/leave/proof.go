package leave

import (
	"time"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// proofMorning is the hour, at the requester's place, at which a proof that is due is asked for.
const proofMorning = 9

// fits keeps the place for a proof out of the forms of types that never want one.
func (k rules) fits(field string, form workflows.Form, requester workflows.Person) bool {
	if field != "proof" {
		return true
	}
	for _, o := range k.options(requester) {
		if o.Named(form["type"]) {
			t, _ := k.typeIn(requester.Country, o.Value)
			return t.ProofAbove != nil
		}
	}
	return false
}

// needsProof tells whether the type wants a proof of a leave as long as this. It was measured when it was asked for.
func (l leave) needsProof(r workflows.Request) bool {
	return l.Type.ProofAbove != nil &&
		workflows.Minutes(r.Measures[MeasureMinutes]) > workflows.Minutes(*l.Type.ProofAbove)*workflows.StandardDay
}

// lacksProof tells whether a proof is wanted and none has been handed in.
func (l leave) lacksProof(r workflows.Request) bool {
	return l.needsProof(r) && len(workflows.FileIDs(r.Form["proof"])) == 0
}

// proofDue is the last day on which the proof may come: so many days after the last one of the leave.
func (l leave) proofDue() workflows.Date { return l.To.AddDays(value(l.Type.ProofWithin)) }

// proofAskedFor is when a proof that is still missing is asked for.
func (l leave) proofAskedFor(requester workflows.Person) time.Time {
	return l.proofDue().At(proofMorning*60, requester.Location())
}

// proofRow names the files that were handed in, or says by when some are wanted. A request that came to nothing needs none.
func (k rules) proofRow(l leave, r workflows.Request, f workflows.Facts) (workflows.Row, bool) {
	row := workflows.Row{Label: "leave.label.proof", Args: workflows.Args{"Due": l.proofDue().String()}}
	switch ids := workflows.FileIDs(r.Form["proof"]); {
	case len(ids) > 0:
		var names []string
		for _, id := range ids {
			names = append(names, f.Files[id].Name)
		}
		row.Text, row.Args = "leave.proof_files", workflows.Args{"Names": names}
	case f.Today(f.Org.Person(r.Requester)).After(l.proofDue()):
		row.Text, row.Tone = "leave.proof_overdue", workflows.Bad
	default:
		row.Text, row.Tone = "leave.proof_needed", workflows.Warn
	}
	info, _ := k.definition.State(r.State)
	return row, row.Text == "leave.proof_files" || l.needsProof(r) && (!info.Final || r.State == approval.StateApproved)
}

// offers keeps a button away where nobody needs it: a proof is handed in later only where one is wanted.
func (k rules) offers(event workflows.Event, r workflows.Request, f workflows.Facts) bool {
	if event != approval.Attach {
		return true
	}
	l, fault := k.readForm(r.Form, f.Org.Person(r.Requester))
	return fault == nil && l.needsProof(r) && len(workflows.FileIDs(r.Form["proof"])) < workflows.MaxFiles
}

// awaitProof sets the clock for a proof that is still to come when the leave is approved.
func (k rules) awaitProof(r workflows.Request, f workflows.Facts, d *workflows.Decision) error {
	requester := f.Org.Person(r.Requester)
	l, fault := k.readForm(r.Form, requester)
	if fault != nil || !l.lacksProof(r) {
		return nil // a form that can no longer be read was good when it was sent
	}
	d.Due = append(d.Due, workflows.Due{Kind: approval.DueChase, Key: string(r.ID), At: l.proofAskedFor(requester), Subject: r.ID,
		Party: r.Requester.Party()})
	return nil
}

// proofMissing lets a proof be asked for only while it is missing, and not before its day where the requester is now.
func (k rules) proofMissing(r workflows.Request, f workflows.Facts) []*workflows.Error {
	args := workflows.Args{"Number": r.Number}
	if len(workflows.FileIDs(r.Form["proof"])) > 0 {
		return []*workflows.Error{workflows.Refuse(workflows.NotNow, "request.not_now", args)}
	}
	requester := f.Org.Person(r.Requester)
	l, fault := k.readForm(r.Form, requester)
	if at := l.proofAskedFor(requester); fault == nil && f.Now.Before(at) {
		return []*workflows.Error{workflows.RefuseUntil(at, "request.not_now", args)}
	}
	return nil
}

// chaseProof asks the requester for the proof on the day on which it is due, and lets whoever approved know.
func (k rules) chaseProof(r workflows.Request, f workflows.Facts, d *workflows.Decision) error {
	requester := f.Org.Person(r.Requester)
	l, fault := k.readForm(r.Form, requester)
	if fault != nil {
		return fault
	}
	args := workflows.Args{"Number": r.Number, "Due": l.proofDue().String(), "Requester": requester.Name}
	d.Notices = append(d.Notices, workflows.Notice{Party: r.Requester.Party(), Text: "leave.chase", Args: args})
	if last := r.LastDecision(); last != nil {
		d.Notices = append(d.Notices, workflows.Notice{Party: last.Person.Party(), Text: "leave.chased", Args: args})
	}
	return nil
}

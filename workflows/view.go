package workflows

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// View is a request as one party may see it, in machine forms. Whoever shows it makes sentences, cards and buttons of it, and decides
// nothing.
type View struct {
	Subject
	Relation Relation // of the viewer
	Title    Row
	Gist     Row    // what it is about, in a line
	Icon     string // names the icon of what it asks for; empty: the kind's
	Of       string // whose it is; empty: the viewer's own
	Status   Row    // where it stands
	Rows     []Row  // what the decision needs
	Comment  Row    // what the last decision said of this revision; without a text: nothing
	Steps    []StepView
	Offers   []Offer  // what the viewer can do now, in the order of the definition
	Files    int      // how many files were handed in with it
	Again    bool     // nothing came of it, and the viewer may ask anew for what it asked for
	Faults   []*Error // of a draft: what has to be mended before it can be sent

	listed []string // the fields of lines
}

// Listed tells whether a field is one of the lines of the request's list.
func (v View) Listed(field string) bool { return slices.Contains(v.listed, field) }

// StepView is a step of a route: who decides, and how far it is.
type StepView struct {
	Mode   Mode
	Places [][]string // the names of those of whom any may decide in each place
	Notes  []Row      // what is to be said beside it
	Tone   Tone       // quiet: not yet; wait: it is their turn; good, bad, warn: decided
}

// Offer is something that a viewer can do.
type Offer struct {
	Event Event
	Style Style
	Opens bool // it has to bring something, so that a form opens first
	sends bool // it begins the route, so that nothing may be left to mend
}

// View gives a request as somebody may see it; false when to them there is none.
func (k *Kind) View(r Request, viewer Actor, f Facts) (View, bool) {
	relation := k.Relation(r, viewer)
	if relation == ToNobody {
		return View{}, false
	}
	if r.Erased {
		return View{Subject: r.Subject, Relation: relation, Title: k.Named(r), Status: ended(r)}, true
	}
	var v View
	if k.IsDraft(r) {
		r, v.Steps, v.Faults = k.asSent(r, f)
		for _, in := range Every(k.Fields) {
			if in.Line > 0 {
				v.listed = append(v.listed, in.Base)
			}
		}
	} else {
		v.Steps = stepViews(r.Steps, r, f.Org)
	}
	v.Subject, v.Relation, v.Title, v.Status = r.Subject, relation, k.Named(r), k.status(r, viewer.Party.Person(), f.Org)
	v.Rows, v.Files = k.Show(r, f, relation), len(k.FilesOf(r.Form))
	v.Again = relation.Owns() && k.Lost != nil && k.Lost(r.State)
	if r.Filed() {
		v.Rows = append([]Row{filedRow(r, f.Org)}, v.Rows...)
	}
	v.Gist = k.InLine(r)
	if k.Icon != nil {
		v.Icon = k.Icon(r)
	}
	if relation != ToRequester {
		v.Of = f.Org.Person(r.Requester).Name
	}
	info, _ := k.State(r.State)
	v.Rows = k.WithChanges(v.Rows, r, f.Org.Person(r.Requester))
	switch last := r.LastDecision(); {
	case last == nil || last.Comment == "":
	case last.Revision == r.Revision:
		v.Comment = quoted(last.Comment)
		v.Comment.Label, v.Comment.Tone = "label."+string(last.State), Warn
	case last.Revision == r.Revision-1 && last.State == TurnReturned && info.Routed: // what this revision answers
		v.Comment = quoted(last.Comment)
		v.Comment.Label = "label.returned_before"
	}
	v.Offers = k.OffersTo(viewer, r, f)
	if len(v.Faults) > 0 {
		v.Offers = slices.DeleteFunc(v.Offers, func(o Offer) bool { return o.sends })
	}
	return v, true
}

// OffersTo lists what somebody can do with a request, by what it is and whom it asks.
func (k *Kind) OffersTo(viewer Actor, r Request, f Facts) []Offer {
	if r.Erased {
		return nil
	}
	info, _ := k.State(r.State)
	waits := info.Routed && k.Relation(r, viewer).Owns() // for others: nothing is urgent for whoever asks
	var list []Offer
	for _, t := range k.Offered(r, viewer, f) {
		o := Offer{Event: t.Event, Style: k.Moves[t.Event].Style, Opens: t.Form || len(t.Asks) > 0, sends: k.sends(t)}
		if waits {
			o.Style = ""
		}
		list = append(list, o)
	}
	return list
}

// nothing stands where a revision said something and another does not.
var nothing = Row{Text: "row.nothing"}

// WithChanges adds to the rows of a request that waits to be decided what those of its terms said in the revision before, and the rows that
// are gone.
func (k *Kind) WithChanges(rows []Row, r Request, requester Person) []Row {
	info, _ := k.State(r.State)
	if !info.Routed || r.Before == nil || k.Terms == nil || len(rows) == 0 || !r.askedBefore() {
		return rows
	}
	before := r
	before.Form, before.Measures = r.Before.Form, r.Before.Measures
	earlier := k.Terms(before, requester)
	old, now := byLabel(earlier), byLabel(k.Terms(r, requester))
	rows = slices.Clone(rows)
	if is, was := k.FilesOf(r.Form), k.FilesOf(before.Form); !slices.Equal(is, was) {
		row, old := filesRow(len(is)), filesRow(len(was))
		row.Was = &old
		rows = append(rows, row)
	}
	for i, row := range rows {
		was, there := old[row.Label]
		if _, term := now[row.Label]; !term || row.Label == "" || reflect.DeepEqual(was, now[row.Label]) {
			continue
		}
		if !there {
			was = nothing
		}
		rows[i].Was = &was
	}
	for _, was := range earlier {
		if _, there := now[was.Label]; !there && was.Label != "" {
			rows = append(rows, Row{Label: was.Label, Text: nothing.Text, Was: &was})
		}
	}
	return rows
}

// filesRow says how many files were handed in.
func filesRow(count int) Row {
	return Row{Label: "label.files", Text: "row.files", Args: Args{"Count": count}}
}

func byLabel(rows []Row) map[string]Row {
	list := map[string]Row{}
	for _, row := range rows {
		list[row.Label] = row
	}
	return list
}

// Shown is what the audit keeps of a view with its viewer's decision: the rows, as JSON; nil when they have none to make.
func (v View) Shown() []byte {
	if v.Relation != ToApprover {
		return nil
	}
	rows, err := json.Marshal(v.Rows)
	if err != nil {
		panic(fmt.Sprintf("workflows: rows are plain data: %v", err))
	}
	return rows
}

// decided is how a decision is meant.
var decided = map[TurnState]Tone{TurnApproved: Good, TurnRejected: Bad, TurnReturned: Warn}

// asSent is a draft as it would be if it were sent now, with the route and every fault that this would meet.
func (k *Kind) asSent(r Request, f Facts) (Request, []StepView, []*Error) {
	p := k.Preview(r, r.Form, f)
	sent := p.Request
	sent.Form = r.Form
	sent.Before = nil
	return sent, p.Steps, p.Faults
}

// status says where a request stands, to somebody.
func (k *Kind) status(r Request, viewer PersonID, org Org) Row {
	if k.IsDraft(r) {
		return Row{Text: "status.draft", Tone: Wait}
	}
	if info, _ := k.State(r.State); info.Routed {
		if r.OpenTurn(viewer) != nil {
			return Row{Text: "status.yours", Tone: Wait}
		}
		return Row{Text: "status.waiting", Args: Args{"Names": names(r.Open(), org)}, Tone: Wait}
	}
	if last := r.LastDecision(); last != nil && k.Decided(r.State) { // when, the step's own line says
		return Row{Text: "status." + string(last.State), Args: decider(*last, org), Tone: decided[last.State]}
	}
	row := ended(r)
	if info, _ := k.State(r.State); info.Tone != "" {
		row.Tone = info.Tone
	}
	return row
}

func ended(r Request) Row {
	return Row{Text: "status.ended", Tone: Quiet,
		Args: Args{"Kind": string(r.Kind), "State": string(r.State), "At": r.ChangedAt.Format(time.RFC3339)}}
}

// Named names a request in a line: by its title, or where that was erased, as one that was.
func (k *Kind) Named(r Request) Row {
	if r.Erased {
		return Row{Text: "request.erased_title", Args: Args{"Kind": string(r.Kind) + ".name"}}
	}
	return k.Title(r)
}

// InLine says in a line what a request is about.
func (k *Kind) InLine(r Request) Row {
	if r.Erased || k.Gist == nil {
		return k.Named(r)
	}
	return k.Gist(r)
}

// decider names who decided, and in whose place.
func decider(t Turn, org Org) Args {
	return Args{"By": org.Person(t.Person).Name, "For": org.Person(t.For).Name}
}

func names(turns []Turn, org Org) []string {
	var list []string
	for _, t := range turns {
		if name := org.Person(t.Person).Name; !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// stepViews shows the steps of a route with what has become of each in the request's turns.
func stepViews(steps []Step, r Request, org Org) []StepView {
	var list []StepView
	for i, step := range steps {
		s := StepView{Mode: step.Mode, Tone: Quiet}
		for j, slot := range step.Slots {
			var people []string
			for _, person := range slot.People {
				people = append(people, org.Person(person).Name)
			}
			s.Places = append(s.Places, people)
			for _, note := range slot.Notes {
				s.Notes = append(s.Notes, Row{Text: note.Text, Args: Args{"Name": org.Person(note.Person).Name}})
			}
			for _, t := range r.Turns {
				if t.Revision == r.Revision && t.Step == i && t.Slot == j {
					s.turn(t, slot, org)
				}
			}
		}
		list = append(list, s)
	}
	return list
}

// turn adds what is worth saying of a turn beside its step, and the tone that it gives the step.
func (s *StepView) turn(t Turn, slot Slot, org Org) {
	switch {
	case t.State == TurnClosed:
		return
	case t.State == TurnOpen:
		s.Tone = Wait
		switch {
		case !t.NudgedAt.IsZero():
			s.Notes = append(s.Notes, Row{Text: "step.nudged", Args: Args{"At": t.NudgedAt.Format(time.RFC3339)}})
		case t.Why != "":
			names := Args{"Name": org.Person(t.Person).Name, "For": org.Person(t.For).Name}
			s.Notes = append(s.Notes, Row{Text: "why." + t.Why, Args: names})
		}
		return
	}
	args := Args{"By": "", "For": ""}
	if len(slot.People) > 1 || slot.People[0] != t.Person { // else the step's own line has the name
		args = decider(t, org)
	}
	args["At"] = t.DecidedAt.Format(time.RFC3339)
	s.Notes = append(s.Notes, Row{Text: "step." + string(t.State), Args: args})
	s.Tone = decided[t.State]
}

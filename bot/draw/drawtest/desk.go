package drawtest

import (
	"context"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

// The people: Lin asks, Zhou decides, Chen after him.
var (
	Lin = workflows.Person{ID: 4, No: "E004", Name: "林小雨 Lin Xiaoyu", Manager: 11, Department: "Key Accounts", Country: "CN",
		Zone: "Asia/Shanghai", Language: "zh", HiredOn: workflows.Date{Year: 2020, Month: 3, Day: 2}, Active: true}
	Zhou = workflows.Person{ID: 11, No: "E011", Name: "周凯 Zhou Kai", Manager: 1, Department: "Key Accounts", Country: "CN",
		Zone: "Asia/Shanghai", Language: "en", Active: true}
	Chen = workflows.Person{ID: 1, No: "E001", Name: "陈立 Chen Li", Department: "Management", Country: "CN",
		Zone: "Asia/Shanghai", Language: "zh", Active: true}
)

// What is drawn is this request, and each of its revisions has this digest.
const (
	Subject workflows.SubjectID = "01930a5d-ac96-774b-bcce-b302099a8057"
	Number  string              = "LV-1042"
	Digest  string              = "hZ3_-x09QbA"
)

// Now is when everything is drawn, a Tuesday.
var Now = time.Date(2026, 11, 24, 5, 29, 0, 0, time.UTC)

// Days is a form that is all right: three days of annual leave, of the ten that Lin has.
func Days(reason string) workflows.Form {
	return workflows.Form{"type": "annual", "from": "2026-12-01", "to": "2026-12-03", "reason": reason}
}

// Desk is where one request is made and looked at.
type Desk struct {
	t      testing.TB
	policy *policy.Policy
	words  *texts.Texts
	kind   *workflows.Kind
	Loaded engine.Loaded
	told   []workflows.Notice // by the last act
}

// New makes a desk on which nothing lies yet.
func New(t testing.TB) *Desk {
	t.Helper()
	p := policy.Default()
	words, err := texts.New(p.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := p.Kind("leave")
	year := workflows.Date{Year: 2026, Month: 1, Day: 1}
	lot := workflows.Lot{ID: 7, Unit: "leave:annual", From: year, Granted: 10 * workflows.StandardDay, Left: 10 * workflows.StandardDay}
	facts := workflows.Facts{Now: Now, Org: workflows.NewOrg(Lin, Zhou, Chen), Patterns: p.Patterns(),
		Ledgers: []workflows.Ledger{{Unit: lot.Unit, Lots: []workflows.Lot{lot}}}}
	d := &Desk{t: t, policy: p, words: words, kind: kind, Loaded: engine.Loaded{Kind: kind, Facts: facts}}
	d.Loaded.Request = workflows.Request{Requester: Lin.ID, SubmittedBy: Lin.ID, SentBy: Lin.ID}
	d.Loaded.Request.Ref = workflows.Ref{Kind: kind.Kind, ID: Subject}
	return d
}

// Submitted makes a desk on which Lin's request lies.
func Submitted(t testing.TB, form workflows.Form) *Desk {
	t.Helper()
	d := New(t)
	d.Act(Lin, workflows.Act{Event: approval.Submit, Form: form})
	return d
}

// Print writes for somebody, in a language that need not be theirs.
func (d *Desk) Print(p workflows.Person, lang string) *texts.Printer {
	return d.words.For(lang, p.Zone, Now)
}

// Act does something to the request, as the engine would.
func (d *Desk) Act(p workflows.Person, act workflows.Act) {
	d.t.Helper()
	act.Digest = d.Loaded.Request.Digest
	d.Decide(workflows.PersonActor(p, "web"), act)
}

// Decide has the request decided on by any actor.
func (d *Desk) Decide(actor workflows.Actor, act workflows.Act) {
	d.t.Helper()
	decision, err := d.kind.Decide(d.Loaded.Request, act, actor, d.Loaded.Facts)
	if err != nil {
		d.t.Fatal(err)
	}
	d.Loaded.Request, d.told = decision.Request, decision.Notices
	d.Loaded.Request.Number, d.Loaded.Request.Digest = Number, Digest
	account := &d.Loaded.Facts.Ledgers[0]
	switch {
	case decision.Released:
		*account = account.Without(Subject)
	case decision.Hold != nil:
		*account = account.With(workflows.Booking{Subject: Subject, Shares: decision.Hold.Shares})
	}
}

// Away has a colleague away on a day of the request's.
func (d *Desk) Away() {
	d.t.Helper()
	day := workflows.Date{Year: 2026, Month: 12, Day: 2}
	span, err := workflows.NewSpan(day, workflows.AM, day, workflows.PM)
	if err != nil {
		d.t.Fatal(err)
	}
	d.Loaded.Facts.Team = []workflows.Busy{{Person: 5, Name: "Maya Ortiz", Approved: true, Span: span}}
}

// See draws the request for somebody, with the facts of a decision; false when to them there is none.
func (d *Desk) See(viewer workflows.Person, print *texts.Printer) (bot.Card, []byte, bool) {
	v, visible := d.Loaded.View(workflows.PersonActor(viewer, ""))
	if !visible {
		return bot.Card{}, nil, false
	}
	return draw.Card(v, print), v.Shown(), true
}

// Card draws the request for one to whom it is something.
func (d *Desk) Card(viewer workflows.Person, lang string) bot.Card {
	d.t.Helper()
	card, _, visible := d.See(viewer, d.Print(viewer, lang))
	if !visible {
		d.t.Fatalf("%s sees no request", viewer.Name)
	}
	return card
}

// Displays are those of the program, with the one request that lies here.
func (d *Desk) Displays() draw.Displays { return draw.NewDisplays(store{d}) }

// store gives what lies on the desk, as the engine gives what is stored.
type store struct{ desk *Desk }

func (s store) Kinds() []*workflows.Kind { return s.desk.policy.Kinds() }

func (s store) Load(_ context.Context, id workflows.SubjectID) (engine.Loaded, error) {
	if id != s.desk.Loaded.Request.ID {
		return engine.Loaded{}, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	return s.desk.Loaded, nil
}

func (s store) LoadConcerned(ctx context.Context, ids []workflows.SubjectID) (map[workflows.SubjectID]engine.Loaded, error) {
	loaded := map[workflows.SubjectID]engine.Loaded{}
	for _, id := range ids {
		if l, err := s.Load(ctx, id); err == nil {
			loaded[id] = l
		}
	}
	return loaded, nil
}

// Told draws what the last act tells somebody.
func (d *Desk) Told(p workflows.Person, lang string) bot.Message {
	d.t.Helper()
	var list []draw.About
	for _, n := range d.told {
		if n.Party == p.ID.Party() {
			list = append(list, draw.About{Notice: n, Subject: d.Loaded.Request.Ref})
		}
	}
	if len(list) == 0 {
		d.t.Fatalf("%s is told nothing", p.Name)
	}
	print := d.Print(p, lang)
	said, err := d.Displays().Notices(d.t.Context(), list, print)
	if err != nil {
		d.t.Fatal(err)
	}
	return draw.Notices(said, print)
}

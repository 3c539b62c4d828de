package draw_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	tom  = workflows.Person{ID: 1, No: "E003", Name: "Tom Baker", Manager: 2, Department: "Sales", Country: "DE", Zone: "Europe/Berlin", Language: "en", Active: true}
	zhou = workflows.Person{ID: 2, No: "E011", Name: "周凯 Zhou Kai", Manager: 3, Department: "Sales", Country: "CN", Zone: "Asia/Shanghai", Language: "zh", Active: true}
	bo   = workflows.Person{ID: 3, No: "E001", Name: "Bo Sun", Department: "Board", Country: "DE", Zone: "Europe/Berlin", Language: "en", Active: true}
	now  = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
)

// request is Tom's, and digest that of its every revision.
const (
	request workflows.SubjectID = "01890a5d-ac96-774b-bcce-b302099a8057"
	digest  string              = "rev1rev1rev"
)

// scene is a request of Tom's as it comes about, press by press.
type scene struct {
	t    *testing.T
	kind *workflows.Kind
	view engine.Loaded
}

// card draws the request for somebody, with the facts of a decision; false when to them there is none.
func (s *scene) card(viewer workflows.Person, print *texts.Printer) (bot.Card, []byte, bool) {
	v, visible := s.view.View(workflows.PersonActor(viewer, ""))
	if !visible {
		return bot.Card{}, nil, false
	}
	return draw.Card(v, print), v.Shown(), true
}

func newScene(t *testing.T, form workflows.Form) *scene {
	kind, _ := policy.Default().Kind("leave")
	year := workflows.Date{Year: 2026, Month: 1, Day: 1}
	lot := workflows.Lot{ID: 7, Unit: "leave:annual", From: year, Granted: 10 * 480, Left: 10 * 480}
	s := &scene{t: t, kind: kind, view: engine.Loaded{Kind: kind, Facts: workflows.Facts{Now: now, Org: workflows.NewOrg(tom, zhou, bo),
		Ledgers: []workflows.Ledger{{Unit: lot.Unit, Lots: []workflows.Lot{lot}}}}}}
	subject := workflows.Subject{Ref: workflows.Ref{Kind: "leave", ID: request}}
	s.view.Request = workflows.Request{Subject: subject, Requester: tom.ID, SubmittedBy: tom.ID}
	s.act(tom, workflows.Act{Event: approval.Submit, Form: form})
	return s
}

func (s *scene) act(p workflows.Person, act workflows.Act) {
	s.t.Helper()
	act.Digest = s.view.Request.Digest
	s.decide(workflows.PersonActor(p, "web"), act)
}

func (s *scene) decide(actor workflows.Actor, act workflows.Act) {
	s.t.Helper()
	d, err := s.kind.Decide(s.view.Request, act, actor, s.view.Facts)
	if err != nil {
		s.t.Fatal(err)
	}
	s.view.Request = d.Request
	s.view.Request.Number, s.view.Request.Digest = "LV-1", digest
	account := &s.view.Facts.Ledgers[0]
	switch {
	case d.Released:
		*account = account.Without(request)
	case d.Hold != nil:
		*account = account.With(workflows.Booking{Subject: request, Shares: d.Hold.Shares})
	}
}

var days = workflows.Form{"type": "annual", "from": "2026-12-01", "to": "2026-12-03", "reason": "family"}

// Cards as people read them, in both languages, for the requester and the approver, at each turn of a request.
func TestCards(t *testing.T) {
	words, err := texts.New(policy.Default().Kinds())
	if err != nil {
		t.Fatal(err)
	}
	scenes := map[string]func(s *scene){
		"pending":  func(*scene) {},
		"approved": func(s *scene) { s.act(zhou, workflows.Act{Event: approval.Approve}) },
		"rejected": func(s *scene) {
			s.act(zhou, workflows.Act{Event: approval.Reject, Comment: "The fair is that week.\n请改期"})
		},
		"returned": func(s *scene) {
			s.act(zhou, workflows.Act{Event: approval.Return, Comment: "Only until Wednesday, please"})
		},
		"resubmitted": func(s *scene) {
			s.act(zhou, workflows.Act{Event: approval.Return, Comment: "Only the Wednesday, please"})
			s.act(tom, workflows.Act{Event: approval.Edit, Form: workflows.Form{"type": "annual", "from": "2026-12-02", "to": "2026-12-02", "reason": "family\nin Leipzig"}})
		},
		"edited": func(s *scene) { // while it waits, and to another type, without a reason
			s.act(tom, workflows.Act{Event: approval.Edit, Form: workflows.Form{"type": "sick", "from": "2026-12-01", "to": "2026-12-03"}})
		},
		"withdrawn": func(s *scene) { s.act(tom, workflows.Act{Event: approval.Withdraw}) },
		"busy": func(s *scene) {
			s.view.Facts.Team = []workflows.Busy{{Person: 9, Name: "林小雨 Lin Xiaoyu", Number: "LV-9", Span: workflows.Span{Start: 2 * 20788, End: 2 * 20789}, Approved: true}}
		},
		"hostile": func(s *scene) { s.view.Request.Form["reason"] = "\u202Egnp.exe <b>x</b> {{.Number}} \u200B" },
	}
	for name, play := range scenes {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, days)
			play(s)
			var b strings.Builder
			for _, viewer := range []workflows.Person{tom, zhou} {
				for _, language := range workflows.Languages {
					card, _, _ := s.card(viewer, words.For(language, viewer.Zone, now))
					fmt.Fprintf(&b, "--- %s, %s ---\n%s\n", viewer.Name, language, read(card))
				}
			}
			golden(t, filepath.Join("testdata", "cards", name+".txt"), b.String())
		})
	}
}

// A card that a newer one replaces is a line that says so, whatever has become of the request: it is not open, and nothing on it can be pressed.
func TestReplacedCards(t *testing.T) {
	words, err := texts.New(policy.Default().Kinds())
	if err != nil {
		t.Fatal(err)
	}
	s := newScene(t, days)
	for language, want := range map[string]string{"en": "replaced by the card below", "zh": "已由下方卡片替代"} {
		print := words.For(language, "UTC", now)
		card, _, _ := s.card(zhou, print)
		got := draw.Replaced(card, print)
		if got.Title != "" || got.Who != "" || len(got.Lines)+len(got.Steps)+len(got.Actions) > 0 || !got.Folded || got.Number != "LV-1" ||
			got.Status != (bot.Status{Text: want, Tone: workflows.Quiet}) || got.Fallback != "LV-1 · "+want {
			t.Errorf("%s: %+v", language, got)
		}
	}
}

// A reminder says what it is about and has the buttons of the decision, of the revision that it tells of; each goes once it is done with. What
// a lock screen may not show of a type it does not say.
func TestRemindersSayWhatTheyAreAbout(t *testing.T) {
	kinds := policy.Default().Kinds()
	words, err := texts.New(kinds)
	if err != nil {
		t.Fatal(err)
	}
	print := words.For("en", "Asia/Shanghai", now)
	remind := workflows.Notice{Party: zhou.ID.Party(), Text: "notice.remind", While: workflows.WhileOpen, Tone: workflows.Warn,
		Args: workflows.Args{"Number": "LV-1", "Requester": tom.Name, "Since": now.Format(time.RFC3339)}}
	for kindOf, want := range map[string]string{"annual": "Annual leave", "sick": "Leave"} {
		s := newScene(t, workflows.Form{"type": kindOf, "from": "2026-12-01", "to": "2026-12-03", "reason": "a secret"})
		displays := draw.NewDisplays(shelf{kinds, s.view})
		about, holds, err := displays.Notice(t.Context(), s.view.Request.Ref, remind, print)
		if err != nil || !holds {
			t.Fatalf("it holds: %v, %v", holds, err)
		}
		alone := draw.Notices([]draw.About{about}, print)
		for _, said := range []string{tom.Name, "LV-1", "Tue 1 Dec – Thu 3 Dec", want + " · 3 days"} {
			if !strings.Contains(alone.Text, said) {
				t.Errorf("%q is missing in %q", said, alone.Text)
			}
		}
		if strings.Contains(alone.Text, "secret") || kindOf == "sick" && strings.Contains(strings.ToLower(alone.Text), "sick") {
			t.Errorf("a lock screen shows %q", alone.Text)
		}
		var names []string
		for _, a := range alone.Actions {
			names = append(names, a.Name)
			if decides := a.Name != bot.ShowAction; a.Once != decides || decides && a.Digest != digest || a.Subject != request {
				t.Errorf("the button %+v", a)
			}
		}
		if got := strings.Join(names, " "); got != "approve reject return show" {
			t.Errorf("the buttons are %s", got)
		}

		other := about
		other.Subject.ID, other.Subject.Number = "01890a5d-ac96-774b-bcce-b302099a8058", "LV-2"
		list := draw.Notices([]draw.About{about, other}, print)
		if len(list.Items) != 2 {
			t.Fatalf("the digest is %+v", list)
		}
		item := list.Items[0]
		if item.Text != "Tue 1 Dec – Thu 3 Dec · "+want+" · 3 days" || !strings.HasPrefix(item.Detail, tom.Name+" · LV-1 · since ") {
			t.Errorf("a line of the digest is %q, %q", item.Text, item.Detail)
		}
		if a := item.Actions; len(a) != 2 || a[0].Name != "approve" || !a[0].Once || a[0].Digest != digest || a[1].Name != bot.ShowAction {
			t.Errorf("its buttons are %+v", a)
		}
	}
}

// read sets a card out as a chat would.
func read(c bot.Card) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s  %s\n", c.Icon, c.Number, c.Title)
	if c.Who != "" {
		fmt.Fprintf(&b, "   %s\n", c.Who)
	}
	fmt.Fprintf(&b, "   (%s) %s\n", c.Status.Tone, c.Status.Text)
	for _, l := range c.Lines {
		quote := ""
		if l.Typed {
			quote = "> "
		}
		fmt.Fprintf(&b, "   %s: %s%s\n", l.Label, quote, strings.ReplaceAll(l.Text, "\n", "\n   > "))
	}
	for i, s := range c.Steps {
		fmt.Fprintf(&b, "   %d. (%s) %s  %s\n", i+1, s.Tone, s.Text, s.Note)
	}
	for _, a := range c.Actions {
		fmt.Fprintf(&b, "   [%s]", a.Label)
	}
	fmt.Fprintf(&b, "\n   fallback: %s\n", c.Fallback)
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update renews it):\n%s", name, diff)
	}
}

// I4: the facts kept with a decision are what the card showed, and only somebody who can decide has them.
func TestFactsAreThoseShown(t *testing.T) {
	words, err := texts.New(policy.Default().Kinds())
	if err != nil {
		t.Fatal(err)
	}
	s := newScene(t, days)
	if _, facts, _ := s.card(tom, words.For("en", "UTC", now)); facts != nil {
		t.Errorf("the requester's card carries facts of a decision: %s", facts)
	}
	card, facts, _ := s.card(zhou, words.For("zh", "UTC", now))
	var rows []workflows.Row
	if err := json.Unmarshal(facts, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 || len(rows) != len(card.Lines) {
		t.Errorf("%d facts for %d lines", len(rows), len(card.Lines))
	}
	again, _, _ := s.card(zhou, words.For("zh", "UTC", now))
	again.Seq = 99
	if again.Hash() != card.Hash() {
		t.Error("a change that cannot be seen changes the hash")
	}
}

// A card is for whoever the request is something to. Nobody else learns that there is one, and only who acts has buttons.
func TestCardsAreForThoseWhomTheyConcern(t *testing.T) {
	words, err := texts.New(policy.Default().Kinds())
	if err != nil {
		t.Fatal(err)
	}
	print := words.For("en", "UTC", now)
	colleague := workflows.Person{ID: 4, No: "E004", Name: "Maya Ortiz", Manager: zhou.ID, Department: tom.Department, Active: true}
	hr := workflows.Person{ID: 5, No: "E008", Name: "Priya Nair", Roles: []string{"hr"}, Active: true}
	pending := func(*scene) {}
	moved := func(s *scene) { // from zhou to bo, so that it still waits
		s.decide(workflows.OperatorActor("root"), workflows.Act{Event: approval.Reassign, Person: bo.No, Comment: "zhou is at the fair"})
	}
	for name, test := range map[string]struct {
		viewer           workflows.Person
		play             func(*scene)
		visible, decides bool
	}{
		"a stranger":                      {workflows.Person{}, pending, false, false},
		"a colleague":                     {colleague, pending, false, false},
		"hr, who has left":                {left(hr), pending, false, false},
		"an approver, who has left":       {left(zhou), pending, false, false},
		"hr":                              {hr, pending, true, false},
		"an approver":                     {zhou, pending, true, true},
		"a past approver, as it waits":    {zhou, moved, true, false},
		"the approver in their place":     {bo, moved, true, true},
		"a past approver, when it is out": {zhou, func(s *scene) { s.act(zhou, workflows.Act{Event: approval.Approve}) }, true, false},
	} {
		s := newScene(t, days)
		test.play(s)
		card, facts, visible := s.card(test.viewer, print)
		if visible != test.visible || (len(card.Actions) > 0) != test.decides || (facts != nil) != test.decides {
			t.Errorf("%s: visible %v, buttons %v, facts %s", name, visible, card.Actions, facts)
		}
		if want := (bot.Card{}); !visible && !cmp.Equal(card, want) {
			t.Errorf("%s is not to see it, and gets %+v", name, card)
		}
		if visible && (card.Who != tom.Name || card.Number != "LV-1" || card.Subject != request) {
			t.Errorf("%s sees %+v", name, card)
		}
		for _, a := range card.Actions {
			if a.Subject != request || a.Digest != digest {
				t.Errorf("%s: the button %s is of %q, revision %q", name, a.Name, a.Subject, a.Digest)
			}
		}
	}
}

func left(p workflows.Person) workflows.Person {
	p.Active = false
	return p
}

// shelf shows one request.
type shelf struct {
	kinds []*workflows.Kind
	view  engine.Loaded
}

func (s shelf) Kinds() []*workflows.Kind { return s.kinds }

func (s shelf) Load(_ context.Context, id workflows.SubjectID) (engine.Loaded, error) {
	if id != s.view.Request.ID {
		return engine.Loaded{}, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	return s.view, nil
}

func TestDisplays(t *testing.T) {
	kinds := policy.Default().Kinds()
	words, err := texts.New(kinds)
	if err != nil {
		t.Fatal(err)
	}
	s := newScene(t, days)
	displays, print := draw.NewDisplays(shelf{kinds, s.view}), words.For("en", "UTC", now)
	leave, order := s.view.Request.Ref, workflows.Ref{Kind: "order", ID: request, Number: "SO-1"}
	gone := workflows.Ref{Kind: "leave", ID: "01890a5d-ac96-774b-bcce-b302099a8058", Number: "LV-2"}
	contact := workflows.Party{Kind: workflows.ContactParty, ID: int64(zhou.ID)} // whose number happens to be an approver's

	for name, test := range map[string]struct {
		viewer  workflows.Party
		visible bool
	}{"an approver": {zhou.ID.Party(), true}, "somebody of no part in it": {bo.ID.Party(), false}, "a contact": {contact, false}} {
		if _, _, visible, err := displays.Card(t.Context(), leave, test.viewer, print); err != nil || visible != test.visible {
			t.Errorf("%s: visible %v, %v", name, visible, err)
		}
	}
	for name, test := range map[string]struct {
		subject workflows.Ref
		to      workflows.Party
		while   string
		want    bool
	}{
		"what waits for them":                  {leave, zhou.ID.Party(), workflows.WhileOpen, true},
		"what waits for somebody else":         {leave, bo.ID.Party(), workflows.WhileOpen, false},
		"what waits for a contact":             {leave, contact, workflows.WhileOpen, false},
		"what is gone":                         {gone, zhou.ID.Party(), workflows.WhileOpen, false},
		"a while that requests do not know":    {leave, zhou.ID.Party(), "blue moon", false},
		"what always holds":                    {gone, zhou.ID.Party(), "", true},
		"what always holds, of another kind":   {order, zhou.ID.Party(), "", true},
		"what always holds, and is about none": {workflows.Ref{}, zhou.ID.Party(), "", true},
	} {
		_, got, err := displays.Notice(t.Context(), test.subject, workflows.Notice{Party: test.to, While: test.while}, print)
		if err != nil || got != test.want {
			t.Errorf("a notice of %s holds: %v, %v", name, got, err)
		}
	}

	// Nothing defaults to being a request.
	card, _, visible, err := displays.Card(t.Context(), order, zhou.ID.Party(), print)
	if err == nil || visible || !cmp.Equal(card, bot.Card{}) {
		t.Errorf("an order, which nothing shows, is drawn as %+v, visible %v, %v", card, visible, err)
	}
	_, holds, err := displays.Notice(t.Context(), order, workflows.Notice{Party: zhou.ID.Party(), While: workflows.WhileOpen}, print)
	if err == nil || holds {
		t.Errorf("a notice of an order, which nothing shows, holds: %v, %v", holds, err)
	}
}

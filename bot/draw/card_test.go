package draw_test

import (
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
	"github.com/nod-chat/nod/bot/draw/drawtest"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Cards as people read them, in both languages, for the requester and the approver, at each turn of a request.
func TestCards(t *testing.T) {
	scenes := map[string]func(s *drawtest.Desk){
		"pending":  func(*drawtest.Desk) {},
		"approved": func(s *drawtest.Desk) { s.Act(drawtest.Zhou, workflows.Act{Event: approval.Approve}) },
		"rejected": func(s *drawtest.Desk) {
			s.Act(drawtest.Zhou, workflows.Act{Event: approval.Reject, Comment: "The fair is that week.\n请改期"})
		},
		"returned": func(s *drawtest.Desk) {
			s.Act(drawtest.Zhou, workflows.Act{Event: approval.Return, Comment: "Only until Wednesday, please"})
		},
		"resubmitted": func(s *drawtest.Desk) {
			s.Act(drawtest.Zhou, workflows.Act{Event: approval.Return, Comment: "Only the Wednesday, please"})
			s.Act(drawtest.Lin, workflows.Act{Event: approval.Edit,
				Form: workflows.Form{"type": "annual", "from": "2026-12-02", "to": "2026-12-02", "reason": "family\nin Leipzig"}})
		},
		"edited": func(s *drawtest.Desk) { // while it waits, and to another type, without a reason
			s.Act(drawtest.Lin, workflows.Act{Event: approval.Edit, Form: workflows.Form{"type": "sick", "from": "2026-12-01", "to": "2026-12-03"}})
		},
		"withdrawn": func(s *drawtest.Desk) { s.Act(drawtest.Lin, workflows.Act{Event: approval.Withdraw}) },
		"busy":      (*drawtest.Desk).Away,
		"hostile":   func(s *drawtest.Desk) { s.Loaded.Request.Form["reason"] = "\u202Egnp.exe <b>x</b> {{.Number}} \u200B" },
	}
	for name, play := range scenes {
		t.Run(name, func(t *testing.T) {
			s := drawtest.Submitted(t, drawtest.Days("family"))
			play(s)
			var b strings.Builder
			for _, viewer := range []workflows.Person{drawtest.Lin, drawtest.Zhou} {
				for _, language := range workflows.Languages {
					fmt.Fprintf(&b, "--- %s, %s ---\n%s\n", viewer.Name, language, read(s.Card(viewer, language)))
				}
			}
			golden(t, filepath.Join("testdata", "cards", name+".txt"), b.String())
		})
	}
}

// A card that a newer one replaces is a line that says so, whatever has become of the request: it is not open, and nothing on it can be pressed.
func TestReplacedCards(t *testing.T) {
	d := drawtest.Submitted(t, drawtest.Days("family"))
	for language, want := range map[string]string{"en": "replaced by the card below", "zh": "已由下方卡片替代"} {
		got := draw.Replaced(d.Card(drawtest.Zhou, language), d.Print(drawtest.Zhou, language))
		if got.Title != "" || got.Who != "" || len(got.Lines)+len(got.Steps)+len(got.Actions) > 0 || !got.Folded || got.Number != drawtest.Number ||
			got.Status != (bot.Status{Text: want, Tone: workflows.Quiet}) || got.Fallback != drawtest.Number+" · "+want {
			t.Errorf("%s: %+v", language, got)
		}
	}
}

// A reminder says what it is about and has the buttons of the decision, of the revision that it tells of; each goes once it is done with. What
// a lock screen may not show of a type it does not say.
func TestRemindersSayWhatTheyAreAbout(t *testing.T) {
	lin, zhou := drawtest.Lin, drawtest.Zhou
	remind := workflows.Notice{Party: zhou.ID.Party(), Text: "notice.remind", While: workflows.WhileOpen, Tone: workflows.Warn,
		Args: workflows.Args{"Number": drawtest.Number, "Requester": lin.Name, "Since": drawtest.Now.Format(time.RFC3339)}}
	for kindOf, want := range map[string]string{"annual": "Annual leave", "sick": "Leave"} {
		d := drawtest.Submitted(t, workflows.Form{"type": kindOf, "from": "2026-12-01", "to": "2026-12-03", "reason": "a secret"})
		print := d.Print(zhou, "en")
		displays := d.Displays()
		about, still, err := holds(t, displays, draw.About{Notice: remind, Subject: d.Loaded.Request.Ref}, print)
		if err != nil || !still {
			t.Fatalf("it holds: %v, %v", still, err)
		}
		alone := draw.Notices([]draw.About{about}, print)
		for _, said := range []string{lin.Name, strings.ToLower(want), "Tue 1 – Thu 3 Dec (3 days)"} {
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
			if decides := a.Name != bot.ShowAction; a.Once != decides || decides && a.Digest != drawtest.Digest || a.Subject != drawtest.Subject {
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
		if item.Text != "Tue 1 – Thu 3 Dec · "+want+" · 3 days" || !strings.HasPrefix(item.Detail, lin.Name+" · "+drawtest.Number+" · ") {
			t.Errorf("a line of the digest is %q, %q", item.Text, item.Detail)
		}
		if a := item.Actions; len(a) != 2 || a[0].Name != "approve" || !a[0].Once || a[0].Digest != drawtest.Digest || a[1].Name != bot.ShowAction {
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
	s := drawtest.Submitted(t, drawtest.Days("family"))
	if _, facts, _ := s.See(drawtest.Lin, words.For("en", "UTC", drawtest.Now)); facts != nil {
		t.Errorf("the requester's card carries facts of a decision: %s", facts)
	}
	card, facts, _ := s.See(drawtest.Zhou, words.For("zh", "UTC", drawtest.Now))
	var rows []workflows.Row
	if err := json.Unmarshal(facts, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 || len(rows) != len(card.Lines) {
		t.Errorf("%d facts for %d lines", len(rows), len(card.Lines))
	}
	again, _, _ := s.See(drawtest.Zhou, words.For("zh", "UTC", drawtest.Now))
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
	print := words.For("en", "UTC", drawtest.Now)
	colleague := workflows.Person{ID: 6, No: "E004", Name: "Maya Ortiz", Manager: drawtest.Zhou.ID, Department: drawtest.Lin.Department, Active: true}
	hr := workflows.Person{ID: 5, No: "E008", Name: "Priya Nair", Roles: []string{"hr"}, Active: true}
	pending := func(*drawtest.Desk) {}
	moved := func(s *drawtest.Desk) { // from drawtest.Zhou to drawtest.Chen, so that it still waits
		s.Decide(workflows.OperatorActor("root"), workflows.Act{Event: approval.Reassign, Person: drawtest.Chen.No, Comment: "zhou is at the fair"})
	}
	for name, test := range map[string]struct {
		viewer           workflows.Person
		play             func(*drawtest.Desk)
		visible, decides bool
	}{
		"a stranger":                      {workflows.Person{}, pending, false, false},
		"a colleague":                     {colleague, pending, false, false},
		"hr, who has left":                {left(hr), pending, false, false},
		"an approver, who has left":       {left(drawtest.Zhou), pending, false, false},
		"hr":                              {hr, pending, true, false},
		"an approver":                     {drawtest.Zhou, pending, true, true},
		"a past approver, as it waits":    {drawtest.Zhou, moved, true, false},
		"the approver in their place":     {drawtest.Chen, moved, true, true},
		"a past approver, when it is out": {drawtest.Zhou, func(s *drawtest.Desk) { s.Act(drawtest.Zhou, workflows.Act{Event: approval.Approve}) }, true, false},
	} {
		s := drawtest.Submitted(t, drawtest.Days("family"))
		test.play(s)
		card, facts, visible := s.See(test.viewer, print)
		if visible != test.visible || (len(card.Actions) > 0) != test.decides || (facts != nil) != test.decides {
			t.Errorf("%s: visible %v, buttons %v, facts %s", name, visible, card.Actions, facts)
		}
		if want := (bot.Card{}); !visible && !cmp.Equal(card, want) {
			t.Errorf("%s is not to see it, and gets %+v", name, card)
		}
		if visible && (card.Who != drawtest.Lin.Name || card.Number != drawtest.Number || card.Subject != drawtest.Subject) {
			t.Errorf("%s sees %+v", name, card)
		}
		for _, a := range card.Actions {
			if a.Subject != drawtest.Subject || a.Digest != drawtest.Digest {
				t.Errorf("%s: the button %s is of %q, revision %q", name, a.Name, a.Subject, a.Digest)
			}
		}
	}
}

func left(p workflows.Person) workflows.Person {
	p.Active = false
	return p
}

// holds tells whether a notice does.
func holds(t *testing.T, d draw.Displays, n draw.About, print *texts.Printer) (draw.About, bool, error) {
	t.Helper()
	list, err := d.Notices(t.Context(), []draw.About{n}, print)
	if err != nil {
		return draw.About{}, false, err
	}
	return list[0], !list[0].Past, nil
}

func TestDisplays(t *testing.T) {
	kinds := policy.Default().Kinds()
	words, err := texts.New(kinds)
	if err != nil {
		t.Fatal(err)
	}
	s := drawtest.Submitted(t, drawtest.Days("family"))
	displays, print := s.Displays(), words.For("en", "UTC", drawtest.Now)
	leave, order := s.Loaded.Request.Ref, workflows.Ref{Kind: "order", ID: drawtest.Subject, Number: "SO-1"}
	gone := workflows.Ref{Kind: "leave", ID: "01890a5d-ac96-774b-bcce-b302099a8058", Number: "LV-2"}
	contact := workflows.Party{Kind: workflows.ContactParty, ID: int64(drawtest.Zhou.ID)} // whose number happens to be an approver's

	for name, test := range map[string]struct {
		viewer  workflows.Party
		visible bool
	}{"an approver": {drawtest.Zhou.ID.Party(), true}, "somebody of no part in it": {drawtest.Chen.ID.Party(), false}, "a contact": {contact, false}} {
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
		"what waits for them":                  {leave, drawtest.Zhou.ID.Party(), workflows.WhileOpen, true},
		"what waits for somebody else":         {leave, drawtest.Chen.ID.Party(), workflows.WhileOpen, false},
		"what waits for a contact":             {leave, contact, workflows.WhileOpen, false},
		"what is gone":                         {gone, drawtest.Zhou.ID.Party(), workflows.WhileOpen, false},
		"a while that requests do not know":    {leave, drawtest.Zhou.ID.Party(), "blue moon", false},
		"what always holds":                    {gone, drawtest.Zhou.ID.Party(), "", true},
		"what always holds, of another kind":   {order, drawtest.Zhou.ID.Party(), "", true},
		"what always holds, and is about none": {workflows.Ref{}, drawtest.Zhou.ID.Party(), "", true},
	} {
		_, got, err := holds(t, displays, draw.About{Notice: workflows.Notice{Party: test.to, While: test.while}, Subject: test.subject}, print)
		if err != nil || got != test.want {
			t.Errorf("a notice of %s holds: %v, %v", name, got, err)
		}
	}

	// Nothing defaults to being a request.
	card, _, visible, err := displays.Card(t.Context(), order, drawtest.Zhou.ID.Party(), print)
	if err == nil || visible || !cmp.Equal(card, bot.Card{}) {
		t.Errorf("an order, which nothing shows, is drawn as %+v, visible %v, %v", card, visible, err)
	}
	waits := workflows.Notice{Party: drawtest.Zhou.ID.Party(), While: workflows.WhileOpen}
	_, still, err := holds(t, displays, draw.About{Notice: waits, Subject: order}, print)
	if err == nil || still {
		t.Errorf("a notice of an order, which nothing shows, holds: %v, %v", still, err)
	}
}

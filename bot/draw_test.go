package bot_test

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
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
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

// scene is a request of Tom's as it comes about, press by press.
type scene struct {
	t    *testing.T
	kind *workflows.Kind
	view engine.View
}

func newScene(t *testing.T, form workflows.Form) *scene {
	kind, _ := policy.Default().Kind("leave")
	s := &scene{t: t, kind: kind, view: engine.View{Kind: kind, Facts: workflows.Facts{Now: now, Org: workflows.NewOrg(tom, zhou, bo),
		Lots: []workflows.Lot{{ID: 7, Unit: "leave:annual", From: workflows.Date{Year: 2026, Month: 1, Day: 1}, Granted: 10 * 480, Left: 10 * 480}}}}}
	s.view.Request = workflows.Request{ID: "1", Kind: "leave", Requester: tom.ID, SubmittedBy: tom.ID}
	s.act(tom, workflows.Act{Event: workflows.Submit, Form: form})
	return s
}

func (s *scene) act(p workflows.Person, act workflows.Act) {
	s.t.Helper()
	act.Revision = s.view.Request.Revision
	d, err := s.kind.Decide(s.view.Request, act, workflows.Actor{Person: p, Platform: "web"}, s.view.Facts)
	if err != nil {
		s.t.Fatal(err)
	}
	s.view.Request = d.Request
	s.view.Request.Number = "LV-1"
	for _, e := range d.Entries {
		s.view.Facts.Lots[0].Left += e.Minutes
		s.view.Facts.Reserved = append(s.view.Facts.Reserved, e)
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
		"approved": func(s *scene) { s.act(zhou, workflows.Act{Event: workflows.Approve}) },
		"rejected": func(s *scene) {
			s.act(zhou, workflows.Act{Event: workflows.Reject, Comment: "The fair is that week.\n请改期"})
		},
		"returned": func(s *scene) {
			s.act(zhou, workflows.Act{Event: workflows.Return, Comment: "Only until Wednesday, please"})
		},
		"withdrawn": func(s *scene) { s.act(tom, workflows.Act{Event: workflows.Withdraw}) },
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
					card, _ := bot.Draw(s.view, viewer, words.For(language, viewer.Zone, now))
					fmt.Fprintf(&b, "--- %s, %s ---\n%s\n", viewer.Name, language, read(card))
				}
			}
			golden(t, filepath.Join("testdata", "cards", name+".txt"), b.String())
		})
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
	if _, facts := bot.Draw(s.view, tom, words.For("en", "UTC", now)); facts != nil {
		t.Errorf("the requester's card carries facts of a decision: %s", facts)
	}
	card, facts := bot.Draw(s.view, zhou, words.For("zh", "UTC", now))
	var rows []workflows.Row
	if err := json.Unmarshal(facts, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 || len(rows) != len(card.Lines) {
		t.Errorf("%d facts for %d lines", len(rows), len(card.Lines))
	}
	folded := card.Fold()
	if len(folded.Actions) != 0 || len(folded.Lines) != 0 || folded.Title != card.Title {
		t.Errorf("folded: %+v", folded)
	}
	again, _ := bot.Draw(s.view, zhou, words.For("zh", "UTC", now))
	again.Seq = 99
	if again.Hash() != card.Hash() {
		t.Error("a change that cannot be seen changes the hash")
	}
}

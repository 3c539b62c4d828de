package web

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/bot"
	cards "github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/draw/drawtest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a drawing with the one that was looked at.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = regexp.MustCompile(`\n\s*\n+`).ReplaceAllString(strings.TrimSpace(got), "\n") + "\n"
	file := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update after a look at it):\n%s", name, diff)
	}
}

var drawn = time.Date(2026, 11, 24, 5, 29, 0, 0, time.UTC)

func TestDrawnCards(t *testing.T) {
	s := newStage(t)
	for _, lang := range workflows.Languages {
		reader := colleague("E011")
		reader.Language = lang
		draw := func(name string, b body) {
			t.Helper()
			p := s.frame(reader).post(Stored{ID: 12, Change: 34, PostedAt: drawn, Body: []byte(marshal(b))}, 40)
			html, err := s.fragment("post", p)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+lang, html)
		}
		desk := drawtest.Submitted(t, drawtest.Days("</blockquote><b>Approved</b>"))
		desk.Away()
		card := desk.Card(drawtest.Zhou, lang)
		draw("card-approver", body{Card: &card})
		card = desk.Card(drawtest.Lin, lang)
		draw("card-requester", body{Card: &card})
		list := desk.List(lang, "approvals")
		draw("list", body{Message: &list})
		desk.Act(drawtest.Zhou, workflows.Act{Event: approval.Approve})
		card = desk.Card(drawtest.Zhou, lang)
		draw("card-decided", body{Card: &card})
		card = cards.Replaced(card, desk.Print(drawtest.Zhou, lang))
		draw("card-folded", body{Card: &card})
		notice := desk.Told(drawtest.Lin, lang)
		draw("notice", body{Message: &notice})
	}
}

func TestDrawnForms(t *testing.T) {
	s := newStage(t)
	for _, lang := range []string{"en", "zh"} {
		me := colleague("E003")
		me.Language = lang
		draw := func(name string, f bot.Form, with func(*formView)) {
			t.Helper()
			view := s.frame(me).form(f, opener{}, false)
			with(&view)
			html, err := s.fragment("dialog", view)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+lang, html)
		}
		desk := drawtest.New(t)
		draw("form", desk.Form(lang, "n-1", drawtest.Days("</textarea><b>")), func(v *formView) { v.Kept = keptYes })
		faulty := desk.Refused(lang, "n-1", workflows.Form{"type": "annual", "to": "2026-12-03"}, workflows.Refuse(workflows.Invalid, "span.taken", nil))
		draw("form-faults", faulty, func(v *formView) { v.Kept = keptOff })
		asked := drawtest.Submitted(t, drawtest.Days("family"))
		some := asked.PressRefused(drawtest.Lin, lang, "n-2", approval.Attach, workflows.Form{"proof": asked.Hold("1", `诊断 <b>.pdf`)},
			workflows.Fault("proof", "file.type", workflows.Args{"Name": "virus.pdf"}))
		draw("form-files", some, func(*formView) {})
		some.Fields[0].Max, some.Fields[0].Fault = 1, ""
		draw("form-files-full", some, func(*formView) {})
	}
}

// Every text that a template or a file here names exists, in both languages, and no other does.
func TestWordsAreComplete(t *testing.T) {
	w := LoadWords()
	named := map[string]bool{}
	files, _ := filepath.Glob("*.go")
	more, _ := filepath.Glob("templates/*.html")
	key := regexp.MustCompile(`"(web\.[a-z0-9_.]+)"`)
	for _, file := range append(files, more...) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(content), -1) {
			named[strings.TrimSuffix(m[1], ".")] = true
		}
	}
	for _, step := range []string{"hour", "morning", "week"} {
		named["web.clock."+step], named["web.clock."+step+"_hint"] = true, true
	}
	for _, part := range []string{"title", "who", "status", "dates", "dates_text", "balance", "balance_text", "away", "away_text", "approve", "return", "reject"} {
		named["web.sample."+part] = true
	}
	delete(named, "web.clock")
	delete(named, "web.sample")
	have := map[string]bool{} // in both languages, or there would be no words
	for _, key := range w.Keys() {
		if have[key] = strings.HasPrefix(key, "web."); have[key] && !named[key] {
			t.Errorf("%s is a text that nothing uses", key)
		}
	}
	for key := range named {
		if !have[key] {
			t.Errorf("the texts lack %s", key)
		}
	}
}

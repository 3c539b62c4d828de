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
	"github.com/nod-chat/nod/workflows"
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
	for _, lang := range []string{"en", "zh"} {
		approver, requester := colleague("E011"), colleague("E003")
		approver.Language, requester.Language = lang, lang
		r := &request{id: subject("LV-1042"), number: "LV-1042", requester: "E003", manager: "E011", state: "pending", seq: 3,
			form: map[string]string{"from": "2026-12-01", "to": "2026-12-03", "reason": in(lang, "My sister gets married.", "妹妹结婚")}}
		draw := func(name string, viewer workflows.Person, b body) {
			t.Helper()
			p := s.frame(viewer).post(Stored{ID: 12, Change: 34, PostedAt: drawn, Body: []byte(marshal(b))}, 40)
			html, err := s.fragment("post", p)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+lang, html)
		}
		card := s.office.card(r, approver)
		draw("card-approver", approver, body{Card: &card})
		card = s.office.card(r, requester)
		draw("card-requester", requester, body{Card: &card})
		r.state, r.seq = "approved", 4
		card = s.office.card(r, approver)
		draw("card-decided", approver, body{Card: &card})
		card.Folded = true
		draw("card-folded", approver, body{Card: &card})
		draw("list", approver, body{Message: &bot.Message{Text: in(lang, "Waiting for you", "待您审批"), Tone: workflows.Warn,
			Items: []bot.Item{{Text: "LV-1042", Detail: in(lang, "since Tue", "周二起"), Tone: workflows.Wait,
				Actions: []bot.Action{{Name: "show", Label: in(lang, "Show", "查看"), Number: r.number, Subject: r.id, Opens: true}}}}}})
	}
}

func TestDrawnForms(t *testing.T) {
	s := newStage(t)
	for _, lang := range []string{"en", "zh"} {
		me := colleague("E003")
		me.Language = lang
		state := bot.FormState{Form: "form:leave", Nonce: "n-1", Values: map[string]string{"type": "annual", "from": "2026-12-01", "to": "2026-12-03", "reason": "</textarea><b>"}}
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
		draw("form", s.office.form(me, state, false), func(v *formView) { v.Kept = keptYes })
		state.Values["from"] = ""
		faulty := s.office.form(me, state, true)
		faulty.Fault = in(lang, "These days are taken already.", "这些日期已被占用。")
		draw("form-faults", faulty, func(v *formView) { v.Kept = keptOff })
		proof := bot.FormField{Name: "proof", Label: in(lang, "Proof", "证明材料"), Asks: workflows.AskFiles, Required: true, Max: 2,
			Value: "00000000-0000-7000-8000-000000000001", Files: []bot.FormFile{{ID: "00000000-0000-7000-8000-000000000001", Name: `诊断 <b>.pdf`}},
			Fault: in(lang, "virus.pdf is neither a PDF nor a photo.", "virus.pdf 既不是 PDF 也不是照片。")}
		some := bot.Form{ID: "form:attach", Nonce: "n-2", Number: "LV-1042", Subject: subject("LV-1042"), Digest: rev1,
			Title: in(lang, "Proof for LV-1042", "LV-1042 的证明材料"),
			Send:  in(lang, "Hand in proof", "补交材料"), Cancel: in(lang, "Cancel", "取消"), Fields: []bot.FormField{proof}}
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
	for lang, texts := range w {
		for key := range named {
			if texts[key] == "" {
				t.Errorf("%s lacks %s", lang, key)
			}
		}
		for key := range texts {
			if !named[key] {
				t.Errorf("%s has %s, which nothing uses", lang, key)
			}
		}
	}
}

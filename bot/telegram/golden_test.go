package telegram

import (
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/draw/drawtest"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

var renew = flag.Bool("update", false, "write the golden files anew")

// golden compares a drawing with the one that was looked at, and has the server take it.
func (s *drawing) golden(name string, d drawn) {
	s.t.Helper()
	if len(d.unfit) > 0 {
		s.t.Errorf("%s: buttons are missing: %v", name, d.unfit)
	}
	if _, err := s.chat.post(s.t.Context(), telegramtest.UserID("lin"), d, false, 0); err != nil {
		s.t.Errorf("%s: %v", name, err)
	}
	var b strings.Builder
	b.WriteString(d.text + "\n\n")
	for _, row := range d.keys {
		for _, k := range row {
			fmt.Fprintf(&b, "[%s]", k.Text)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for _, row := range d.keys {
		for _, k := range row {
			if !strings.Contains(k.Data, "|.nop|") {
				fmt.Fprintf(&b, "%s = %s %s\n", k.Text, k.Data, k.Style)
			}
		}
	}
	got := regexp.MustCompile(`[ ]+\n`).ReplaceAllString(b.String(), "\n")
	file := filepath.Join("testdata", name+".html")
	if *renew {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		s.t.Errorf("%s (-want +got; -update after a look at it):\n%s", name, diff)
	}
}

type drawing struct {
	t     *testing.T
	chat  *Chat
	words *texts.Texts
}

func newDrawing(t *testing.T) *drawing {
	t.Helper()
	frame, err := fs.Sub(Texts, "texts")
	if err != nil {
		t.Fatal(err)
	}
	w, err := texts.New(nil, frame)
	if err != nil {
		t.Fatal(err)
	}
	server := telegramtest.New(telegramtest.Options{})
	server.Meet("lin", nil)
	api := httptest.NewServer(server)
	t.Cleanup(func() { server.Close(); api.Close() })
	chat, err := New(Config{Words: w, Token: telegramtest.Token, APIURL: api.URL, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return &drawing{t: t, chat: chat, words: w}
}

// view draws for the year's end: Christmas, a weekend that is worked, the days off of a person.
func (s *drawing) view(lang string) view {
	return view{
		say:   func(key string, args map[string]any) string { return s.words.Say(lang, key, args) },
		today: workflows.Date{Year: 2026, Month: 11, Day: 24},
		off: func(from, to workflows.Date) map[workflows.Date]string {
			off := map[workflows.Date]string{}
			for d := from; !d.After(to); d = d.AddDays(1) {
				if w := d.Weekday(); (w == time.Saturday || w == time.Sunday) && d.Day != 20 {
					off[d] = ""
				}
				if d.Month == 12 && (d.Day == 25 || d.Day == 26) {
					off[d] = in(lang, "Christmas", "圣诞节")
				}
			}
			return off
		},
	}
}

// What is drawn is about these.
const (
	subject workflows.SubjectID = "01890a5d-ac96-774b-bcce-b302099a8057"
	another workflows.SubjectID = "01890a5d-ac96-774b-bcce-b302099a8058"
	digest                      = "rev3rev3rev"
)

func in(lang, en, zh string) string {
	if lang == "zh" {
		return zh
	}
	return en
}

// hostile is a reason that means something to Telegram, or would like to.
const hostile = "My sister gets married, see https://evil.example.\n<b>Approved</b> by @boss & /approve #now"

func TestDrawnCards(t *testing.T) {
	s := newDrawing(t)
	for _, lang := range workflows.Languages {
		d := drawtest.Submitted(t, drawtest.Days(hostile))
		d.Away()
		s.golden("card."+lang, drawCard(d.Card(drawtest.Zhou, lang)))
		s.golden("list."+lang, drawMessage(d.List(lang, "approvals"), nil))
		d.Act(drawtest.Zhou, workflows.Act{Event: approval.Reject, Comment: "see http://x.example"})
		s.golden("notice."+lang, drawMessage(d.Told(drawtest.Lin, lang), nil))
		d = drawtest.Submitted(t, drawtest.Days(hostile))
		d.Act(drawtest.Zhou, workflows.Act{Event: approval.Approve})
		decided := d.Card(drawtest.Zhou, lang)
		s.golden("card-decided."+lang, drawCard(decided))
		s.golden("card-folded."+lang, drawCard(draw.Replaced(decided, d.Print(drawtest.Zhou, lang))))
	}
}

const nonce = "4a1c"

// leaveForm is a form that has just been opened.
func leaveForm(t testing.TB, lang string) bot.Form {
	t.Helper()
	return drawtest.New(t).Form(lang, nonce, workflows.Form{})
}

func TestDrawnForms(t *testing.T) {
	s := newDrawing(t)
	for _, lang := range workflows.Languages {
		v, desk := s.view(lang), drawtest.New(t)
		d := &dialog{Form: leaveForm(t, lang), Field: "type"}
		s.golden("form-choice."+lang, v.question(d, month{}))
		d.Field = "from"
		s.golden("form-date."+lang, v.question(d, month{}))
		d.Form, d.Field = desk.Form(lang, nonce, workflows.Form{"type": "annual", "from": "2026-12-26", "to": "2026-12-27"}), "to"
		s.golden("form-date-chosen."+lang, v.question(d, month{}))
		values := drawtest.Days(in(lang, "My sister gets married.\nDecided: yes </blockquote><b>x", "妹妹结婚\n审批人：同意"))
		d.Form, d.Field, d.Single = desk.Form(lang, nonce, values), "reason", true // from behind ✏️
		s.golden("form-text."+lang, v.question(d, month{}))
		d.Field = ""
		s.golden("form-summary."+lang, v.summary(d))
		d.Form = desk.Refused(lang, nonce, workflows.Form{"type": "annual", "from": "2026-12-07", "to": "2026-12-01"},
			workflows.Refuse(workflows.Invalid, "span.taken", nil))
		s.golden("form-faults."+lang, v.summary(d))
		asked := drawtest.Submitted(t, drawtest.Days("family"))
		reject := &dialog{Field: "comment", Form: asked.Pressed(drawtest.Zhou, lang, "4a1d", approval.Reject)}
		s.golden("form-reject."+lang, v.question(reject, month{}))
		reject.Form.Fields[0].Value, reject.Field = in(lang, "too many away", "人手不足"), ""
		s.golden("form-reject-summary."+lang, v.summary(reject))
		values = drawtest.Days("a cold")
		values["type"] = "sick"
		d.Form, d.Field = desk.Form(lang, nonce, values), "proof"
		s.golden("form-files."+lang, v.question(d, month{}))
		values["proof"] = desk.Hold("1", in(lang, "doctor's <b>note</b>.pdf", "诊断 <b>证明</b>.pdf")) + " " + desk.Hold("2", "photo-1042.jpg")
		d.Form = desk.Refused(lang, nonce, values, workflows.Fault("proof", "file.type", workflows.Args{"Name": "virus.pdf"}))
		s.golden("form-files-held."+lang, v.question(d, month{}))
		d.Field, d.Single = "type", false // what was sent meanwhile is seen at any question
		s.golden("form-files-meanwhile."+lang, v.question(d, month{}))
		d.Form, d.Field = desk.Form(lang, nonce, values), ""
		s.golden("form-files-summary."+lang, v.summary(d))
		s.golden("form-closed."+lang, s.chat.closed(lang, d, "telegram.cancelled"))
	}
}

// Months that begin on a Monday, end on a Sunday, or have 29 days are drawn whole: each day once, in its column.
func TestMonthsAreWhole(t *testing.T) {
	v := newDrawing(t).view("en")
	for _, m := range []month{{2026, 6}, {2026, 2}, {2024, 2}, {2027, 2}, {2026, 11}, {2021, 2}, {1900, 1}, {2199, 12}} {
		d := &dialog{Form: leaveForm(t, "en"), Field: "from"}
		rows, _ := v.calendar(d, d.Form.Fields[1], m)
		day, n := m.first(), 0
		for _, row := range rows[3:] {
			if len(row) != 7 {
				t.Errorf("%s: a week of %d days", m, len(row))
			}
			for column, k := range row {
				b, err := readData(k.Data)
				if err != nil {
					t.Fatalf("%s: %v", m, err)
				}
				if b.step == "nop" {
					continue
				}
				if b.value != day.String() || (int(day.Weekday())+6)%7 != column {
					t.Errorf("%s: %s stands in column %d for %s", m, b.value, column, day)
				}
				day, n = day.AddDays(1), n+1
			}
		}
		if want := m.add(1).first().AddDays(-1).Day; n != want {
			t.Errorf("%s has %d days, want %d", m, n, want)
		}
	}
}

// Every text that a file here names exists in both languages, and no other does.
func TestWordsAreComplete(t *testing.T) {
	frame, err := fs.Sub(Texts, "texts")
	if err != nil {
		t.Fatal(err)
	}
	w, err := texts.New(nil, frame) // says what is there in one language only
	if err != nil {
		t.Fatal(err)
	}
	have, named := map[string]bool{}, map[string]bool{}
	for _, key := range w.Keys() {
		if strings.HasPrefix(key, "telegram.") {
			have[key] = true
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range regexp.MustCompile(`"(telegram\.[a-z0-9_.]*[a-z])"`).FindAllStringSubmatch(string(content), -1) {
			named[m[1]] = true
		}
	}
	for key := range named {
		if !have[key] {
			t.Errorf("the texts lack %s", key)
		}
	}
	for key := range have {
		if !named[key] {
			t.Errorf("%s is a text that nothing uses", key)
		}
	}
	for _, lang := range []string{"en", "zh"} {
		for key, want := range map[string]int{"weekdays": 7, "months": 12} {
			if n := len(strings.Fields(w.Say(lang, "telegram.calendar."+key, nil))); n != want {
				t.Errorf("%s in %s has %d words, want %d", key, lang, n, want)
			}
		}
	}
}

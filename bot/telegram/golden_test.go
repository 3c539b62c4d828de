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
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
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

func TestDrawnCards(t *testing.T) {
	s := newDrawing(t)
	for _, lang := range []string{"en", "zh"} {
		card := bot.Card{Subject: subject, Number: "LV-1042", Kind: "leave", Revision: 3, Seq: 5, Icon: "🌴",
			Title: in(lang, "Annual leave · 3 days", "年假 · 3 天"), Who: "林小雨 Lin Xiaoyu",
			Status: bot.Status{Text: in(lang, "Waits for you", "待你审批"), Tone: workflows.Wait},
			Lines: []bot.Line{
				{Label: in(lang, "Dates", "请假时间"), Text: in(lang, "Tue 1 Dec – Thu 3 Dec · 3 days", "12月1日 周二 – 12月3日 周四 · 3 天")},
				{Label: in(lang, "Balance", "余额"), Text: in(lang, "7 days → 4 days", "7 天 → 4 天")},
				{Label: in(lang, "Also away", "团队情况"), Text: in(lang, "Maya Ortiz", "同期休假：Maya Ortiz"), Tone: workflows.Warn},
				{Label: in(lang, "Reason", "请假事由"), Text: in(lang, "My sister gets married, see https://evil.example.\n<b>Approved</b> by @boss & /approve #now", "妹妹结婚，见 https://evil.example。\n<b>已同意</b>"), Typed: true},
			},
			Steps: []bot.StepLine{{Text: "Zhou Kai", Tone: workflows.Wait}, {Text: in(lang, "Zhao Lei or Sun Mei", "Zhao Lei 或 Sun Mei"), Note: in(lang, "Zhou Kai has left, so their manager decides.", "周凯已离职"), Tone: workflows.Quiet}},
			Actions: []bot.Action{
				{Name: "approve", Label: in(lang, "Approve", "同意"), Style: workflows.Primary},
				{Name: "reject", Label: in(lang, "Reject", "拒绝"), Style: workflows.Danger, Opens: true},
				{Name: "return", Label: in(lang, "Return", "退回"), Opens: true},
			}}
		for i := range card.Actions {
			a := &card.Actions[i]
			a.Number, a.Subject, a.Digest = card.Number, subject, digest
		}
		show := func(number string, of workflows.SubjectID) *bot.Action {
			return &bot.Action{Name: "show", Label: in(lang, "Show", "查看"), Number: number, Subject: of, Opens: true}
		}
		s.golden("card."+lang, drawCard(card))
		decided := card
		decided.Status = bot.Status{Text: in(lang, "Approved by Zhou Kai", "Zhou Kai 已同意"), Tone: workflows.Good}
		decided.Steps = []bot.StepLine{{Text: "Zhou Kai", Note: in(lang, "approved, Tue 24 Nov, 13:29 (Shanghai)", "11月24日 周二 13:29（上海）同意"), Tone: workflows.Good}}
		decided.Actions = nil
		s.golden("card-decided."+lang, drawCard(decided))
		s.golden("card-folded."+lang, drawCard(decided.Fold()))
		s.golden("list."+lang, drawMessage(bot.Message{Text: in(lang, "2 requests wait for you, the oldest first", "2 个申请待你审批，最早的在前"), Items: []bot.Item{
			{Text: "LV-1042 · " + card.Title, Detail: in(lang, "Lin Xiaoyu · since Tue 24 Nov, 13:29 (Shanghai)", "林小雨 · 11月24日 周二 13:29（上海）起"),
				Actions: []bot.Action{*show("LV-1042", subject)}},
			{Text: "LV-1043 · " + card.Title, Tone: workflows.Warn, Actions: []bot.Action{*show("LV-1043", another)}},
		}}, nil))
		s.golden("notice."+lang, drawMessage(bot.Message{Text: in(lang, "Zhou Kai rejected your request LV-1042: “see http://x.example”. /requests shows it.", "Zhou Kai 拒绝了你的申请 LV-1042：“见 http://x.example”。/requests 可查看。"), Tone: workflows.Bad,
			Actions: []bot.Action{*show("LV-1042", subject)}}, map[string]bool{"/requests": true}))
	}
}

func leaveForm(lang string) bot.Form {
	return bot.Form{ID: "form:leave", Title: in(lang, "Ask for leave", "请假申请"), Nonce: "4a1c", Live: true, Fields: []bot.FormField{
		{Name: "type", Label: in(lang, "Type", "请假类型"), Asks: workflows.AskChoice, Value: "annual", Required: true,
			Options: []bot.FormOption{{Value: "annual", Label: in(lang, "Annual leave", "年假")}, {Value: "annual_company", Label: in(lang, "Company annual leave", "公司年假")},
				{Value: "sick", Label: in(lang, "Sick leave", "病假")}, {Value: "personal", Label: in(lang, "Personal leave", "事假")}, {Value: "comp", Label: in(lang, "Time off in lieu", "调休")}}},
		{Name: "from", Label: in(lang, "First day", "开始日期"), Asks: workflows.AskDate, Required: true},
		{Name: "from_part", Label: in(lang, "Starts in the", "开始时段"), Asks: workflows.AskHalf, Value: "am",
			Options: []bot.FormOption{{Value: "am", Label: in(lang, "morning", "上午")}, {Value: "pm", Label: in(lang, "afternoon", "下午")}}},
		{Name: "to", Label: in(lang, "Last day", "结束日期"), Asks: workflows.AskDate, Required: true},
		{Name: "reason", Label: in(lang, "Reason", "请假事由"), Asks: workflows.AskLong, Max: 1000, Hint: in(lang, "Whoever decides reads it.", "审批人会看到。")},
	}}
}

func TestDrawnForms(t *testing.T) {
	s := newDrawing(t)
	for _, lang := range []string{"en", "zh"} {
		v := s.view(lang)
		d := &dialog{Form: leaveForm(lang), Field: "type"}
		s.golden("form-choice."+lang, v.question(d, month{}))
		d.Field = "from"
		s.golden("form-date."+lang, v.question(d, month{}))
		d.Form.Fields[1].Value, d.Form.Fields[1].Shown, d.Field = "2026-12-24", in(lang, "Thu 24 Dec", "12月24日 周四"), "to"
		d.Form.Fields[3].Value, d.Form.Fields[3].Shown = "2026-12-26", in(lang, "Sat 26 Dec", "12月26日 周六")
		d.Form.Fields[3].Fault = in(lang, "These are days off.", "均为休息日。")
		s.golden("form-date-chosen."+lang, v.question(d, month{}))
		d.Form.Fields[3].Fault = ""
		d.Field = "reason"
		s.golden("form-text."+lang, v.question(d, month{}))
		d.Form.Fields[4].Value = in(lang, "My sister gets married.\nDecided: yes </blockquote><b>x", "妹妹结婚\n审批人：同意")
		d.Field = ""
		d.Form.Preview = []bot.Line{{Label: d.Form.Fields[0].Label, Text: d.Form.Fields[0].Options[0].Label}, {Label: d.Form.Fields[4].Label, Text: "twice", Typed: true}, {Label: in(lang, "Balance", "余额"), Text: in(lang, "7 days → 5 days", "7 天 → 5 天")}}
		d.Form.Steps = []bot.StepLine{{Text: "Zhou Kai", Tone: workflows.Quiet}}
		s.golden("form-summary."+lang, v.summary(d))
		d.Form.Fault = in(lang, "Part of these dates is taken.", "部分日期已被占用。")
		d.Form.Fields[1].Fault = in(lang, "Too soon.", "太早。")
		d.Form.Fields[4].Value = ""
		s.golden("form-faults."+lang, v.summary(d))
		reject := &dialog{Field: "comment", Form: bot.Form{ID: "form:reject", Title: in(lang, "Reject LV-1042", "拒绝 LV-1042"), Nonce: "4a1d",
			Number: "LV-1042", Subject: subject, Digest: digest, Danger: true,
			Fields: []bot.FormField{{Name: "comment", Label: in(lang, "Reason", "理由"), Asks: workflows.AskLong, Required: true,
				Hint: in(lang, "The requester reads it.", "申请人会看到。")}}}}
		s.golden("form-reject."+lang, v.question(reject, month{}))
		reject.Form.Fields[0].Value, reject.Field = in(lang, "too many away", "人手不足"), ""
		s.golden("form-reject-summary."+lang, v.summary(reject))
		files := bot.FormField{Name: "proof", Label: in(lang, "Proof", "证明材料"), Asks: workflows.AskFiles, Max: 5, Hint: in(lang, "As a doctor's note.", "如病假条。")}
		d.Form = leaveForm(lang)
		d.Form.Fields, d.Field = append(d.Form.Fields, files), "proof"
		s.golden("form-files."+lang, v.question(d, month{}))
		held := &d.Form.Fields[5]
		held.Value = "00000000-0000-7000-8000-000000000001 00000000-0000-7000-8000-000000000002"
		held.Files = []bot.FormFile{{ID: "00000000-0000-7000-8000-000000000001", Name: in(lang, "doctor's <b>note</b>.pdf", "诊断 <b>证明</b>.pdf")}, {ID: "00000000-0000-7000-8000-000000000002", Name: "photo-1042.jpg"}}
		held.Fault = in(lang, "virus.pdf is neither a PDF nor a photo.", "virus.pdf 既不是 PDF 也不是照片。")
		s.golden("form-files-held."+lang, v.question(d, month{}))
		d.Field = "type" // what was sent meanwhile is seen at any question
		s.golden("form-files-meanwhile."+lang, v.question(d, month{}))
		d.Field, held.Fault = "", ""
		s.golden("form-files-summary."+lang, v.summary(d))
		s.golden("form-closed."+lang, s.chat.closed(lang, d, "telegram.cancelled"))
	}
}

// Months that begin on a Monday, end on a Sunday, or have 29 days are drawn whole: each day once, in its column.
func TestMonthsAreWhole(t *testing.T) {
	v := newDrawing(t).view("en")
	for _, m := range []month{{2026, 6}, {2026, 2}, {2024, 2}, {2027, 2}, {2026, 11}, {2021, 2}, {1900, 1}, {2199, 12}} {
		d := &dialog{Form: leaveForm("en"), Field: "from"}
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

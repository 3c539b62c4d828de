package telegram_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/workflows"
)

// leave is a bot that takes leave requests, each nonce once.
type leave struct {
	*answers
	forms int
	sent  map[string]map[string]string
	down  bool
	zh    bool // it speaks Chinese
}

// date shows a date with its weekday, as bot does.
func (l *leave) date(d workflows.Date) string {
	if l.zh {
		return fmt.Sprintf("%d月%d日 周%c", d.Month, d.Day, []rune("日一二三四五六")[d.Weekday()])
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Format("Mon 2 Jan")
}

func newLeave(s *stage) *leave {
	l := &leave{answers: s.bot, sent: map[string]map[string]string{}}
	s.bot.answer = l.reply
	return l
}

func (l *leave) form(values map[string]string, nonce string) bot.Form {
	f := bot.Form{ID: "form:leave", Title: "Ask for leave", Nonce: nonce, Live: true, Send: "Send", Cancel: "Cancel", Fields: []bot.FormField{
		{Name: "type", Label: "Type", Asks: workflows.AskChoice, Value: "annual", Required: true, Options: []bot.FormOption{{Value: "annual", Label: "Annual leave"}, {Value: "sick", Label: "Sick leave"}}},
		{Name: "from", Label: "First day", Asks: workflows.AskDate, Required: true},
		{Name: "to", Label: "Last day", Asks: workflows.AskDate, Required: true},
		{Name: "reason", Label: "Reason", Asks: workflows.AskLong},
	}}
	for i := range f.Fields {
		field := &f.Fields[i]
		if v, ok := values[field.Name]; ok {
			field.Value = v
		}
		if field.Asks == workflows.AskDate && field.Value != "" {
			if d, err := workflows.ParseDate(field.Value); err != nil {
				field.Fault = "Write the date as 2026-11-30."
			} else if field.Shown = l.date(d); d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
				field.Fault = "This is a day off."
			}
		}
		if field.Name == "type" && field.Value != "annual" && field.Value != "sick" {
			field.Fault = "This is not one of the choices."
		}
	}
	f.Preview = []bot.Line{{Label: "Balance", Text: "7 days → 4 days"}}
	f.Steps = []bot.StepLine{{Text: "Zhou Kai"}}
	return f
}

func (l *leave) reply(ctx context.Context, u bot.Update, r bot.Reply) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch c := u.Content.(type) {
	case bot.Command:
		switch c.Name {
		case "leave":
			l.forms++
			values := map[string]string{}
			for i, word := range strings.Fields(c.Args) {
				values[[]string{"type", "from", "to", "reason"}[min(i, 3)]] = word
			}
			return r.Open(ctx, l.form(values, fmt.Sprintf("nonce-%d", l.forms)))
		case "cancel":
			if err := r.Done(ctx); err != nil {
				return err
			}
			return r.Tell(ctx, bot.Message{Text: "Nothing is open any more."})
		}
		return r.Tell(ctx, bot.Message{Text: "I do not know /" + c.Name})
	case bot.Said:
		if c.Text == "sick" {
			l.forms++
			return r.Open(ctx, l.form(map[string]string{"type": "sick"}, fmt.Sprintf("nonce-%d", l.forms)))
		}
		return r.Tell(ctx, bot.Message{Text: "heard " + c.Text})
	case bot.Recalculation:
		if l.down {
			_ = r.Tell(ctx, bot.Message{Text: "Not saved.", Tone: workflows.Warn})
			return workflows.Refuse(workflows.Unavailable, "storage.unavailable", nil)
		}
		return r.Update(ctx, l.form(c.Values, c.Nonce))
	case bot.Submission:
		if c.Form == "form:reject" {
			if err := r.Done(ctx); err != nil {
				return err
			}
			return r.Tell(ctx, bot.Message{Text: "You rejected LV-7: " + c.Values["comment"]})
		}
		if l.down {
			_ = r.Tell(ctx, bot.Message{Text: "Not saved.", Tone: workflows.Warn})
			return workflows.Refuse(workflows.Unavailable, "storage.unavailable", nil)
		}
		f := l.form(c.Values, c.Nonce)
		for i, field := range f.Fields {
			if field.Required && field.Value == "" {
				f.Fields[i].Fault = "Please fill this in."
			}
		}
		if slices.ContainsFunc(f.Fields, func(field bot.FormField) bool { return field.Fault != "" }) {
			return r.Update(ctx, f)
		}
		text := "LV-8 is sent."
		if _, again := l.sent[u.Cause.Key]; again {
			text = "That had arrived already, and counted once. " + text
		}
		l.sent[u.Cause.Key] = c.Values
		if err := r.Done(ctx); err != nil {
			return err
		}
		return r.Tell(ctx, bot.Message{Text: text, Tone: workflows.Good})
	case bot.Press:
		return r.Open(ctx, bot.Form{ID: "form:reject", Title: "Reject LV-7", Nonce: "reject-1", Number: "LV-7", Subject: subject,
			Digest: digest, Danger: true,
			Fields: []bot.FormField{{Name: "comment", Label: "Reason", Asks: workflows.AskLong, Required: true}}})
	}
	return nil
}

func (s *stage) typed(text string) { s.t.Helper(); s.must(s.driver.Type(s.t.Context(), "lin", text)) }
func (s *stage) pressed(label string) {
	s.t.Helper()
	s.must(s.driver.PressLabel(s.t.Context(), "lin", label))
}

func (s *stage) asks(field string) {
	s.t.Helper()
	got, err := s.driver.Step("lin")
	s.must(err)
	if got != field {
		s.t.Fatalf("the form asks for %q, want %q\n%s", got, field, s.screen("lin"))
	}
}

// card tells how many messages of the bot Lin has.
func (s *stage) cards() int {
	n := 0
	for _, m := range s.server.Messages(telegramtest.UserID("lin")) {
		if m.From == telegramtest.BotID {
			n++
		}
	}
	return n
}

func TestFormStepByStep(t *testing.T) {
	for name, m := range map[string]mode{"webhook": webhook, "polling": polling} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, m, telegramtest.Options{}, nil)
			l := newLeave(s)
			s.typed("/leave")
			s.asks("type")
			if form := s.screen("lin").Form; !strings.Contains(form.Text, "1 of 3") {
				t.Errorf("the first step reads\n%s", form.Text)
			}
			s.pressed("Sick leave")
			s.asks("from")
			s.pressed("◀ Back")
			s.asks("type")
			s.pressed("Next ▶")
			s.pressed("▶")
			s.asks("from")
			s.pressed("December 2026") // does nothing, and is answered
			s.pressed("(5)")
			s.asks("from")
			if form := s.screen("lin").Form; form.Faults["from"] != "This is a day off." {
				t.Errorf("faults: %v", form.Faults)
			}
			s.typed("next week")
			s.asks("from")
			if form := s.screen("lin").Form; form.Faults["from"] != "Write the date as 2026-11-30." {
				t.Errorf("faults: %v", form.Faults)
			}
			s.typed("2026-12-01")
			s.asks("to")
			s.pressed("3") // the page is that of the first day
			s.asks("")     // what need not be said stands behind ✏️
			form := s.screen("lin").Form
			if form.Values["type"] != "sick" || !strings.Contains(form.Text, "Tue 1 Dec") || !strings.Contains(form.Text, "Thu 3 Dec") {
				t.Errorf("what is filled in reads\n%s\n%v", form.Text, form.Values)
			}
			if !strings.Contains(form.Text, "7 days → 4 days") || !strings.Contains(form.Text, "Zhou Kai") {
				t.Errorf("the summary reads\n%s", form.Text)
			}
			s.typed("and now?")
			if !s.screen("lin").Says("Press Submit") {
				t.Error("who types at the summary is not told what to do")
			}
			before := s.cards()
			s.pressed("✏️ Reason")
			s.asks("reason")
			s.pressed("◀ Back")
			s.asks("")
			s.pressed("✏️ Reason")
			s.typed("flu\nand a cough")
			s.asks("")
			if s.cards() != before {
				t.Error("the form is not one message")
			}
			for _, m := range s.server.Messages(telegramtest.UserID("lin")) {
				if strings.HasPrefix(m.Text, "flu") {
					t.Error("the typed answer stays below the form")
				}
			}
			s.pressed("Submit")
			screen := s.screen("lin")
			if screen.Form != nil || !screen.Says("LV-8 is sent.") || s.cards() != before {
				t.Errorf("at the end\n%s", screen)
			}
			want := map[string]string{"type": "sick", "from": "2026-12-01", "to": "2026-12-03", "reason": "flu\nand a cough"}
			if got := l.sent["form:nonce-1"]; !maps.Equal(got, want) {
				t.Errorf("sent %v", l.sent)
			}
			s.answered()
			s.quiet()
		})
	}
}

// The one-line form gives the summary at once; one that lacks something is asked for that alone.
func TestFormInOneLine(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	newLeave(s)
	s.typed("/leave annual 2026-12-01 2026-12-03 family")
	s.asks("")
	s.pressed("Cancel")
	if screen := s.screen("lin"); screen.Form != nil || !screen.Says("nothing was sent") {
		t.Errorf("after Cancel\n%s", screen)
	}
	s.typed("/leave sick 2026-12-01")
	s.asks("to")
	s.pressed("2")
	s.asks("")
}

func TestReasonOfARejection(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	newLeave(s)
	reference := s.post("lin", card("LV-7"))
	s.must(s.driver.Press(t.Context(), "lin", reference, "reject", 1))
	s.asks("comment")
	s.typed("too many are away")
	s.asks("")
	s.pressed("Submit")
	if !s.screen("lin").Says("You rejected LV-7: too many are away") {
		t.Errorf("Lin sees\n%s", s.screen("lin"))
	}
	s.answered()
}

// A press of Submit that comes again, later and under a new id, is the same cause, and is told what became of it.
func TestSubmitSentAgain(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	l := newLeave(s)
	s.typed("/leave annual 2026-12-01 2026-12-03")
	m := s.server.Messages(telegramtest.UserID("lin"))
	form := m[len(m)-1]
	submit := form.Keyboard[0][0].Data
	for range 3 {
		u, err := s.server.Tap("lin", form.ID, submit)
		s.must(err)
		s.must(s.driver.Taken(t.Context(), u))
	}
	if len(l.sent) != 1 {
		t.Errorf("sent %v", l.sent)
	}
	if !s.screen("lin").Says("counted once") {
		t.Errorf("Lin sees\n%s", s.screen("lin"))
	}
	u, err := s.server.Tap("lin", form.ID, form.Keyboard[1][0].Data) // a change of what has been sent
	s.must(err)
	s.must(s.driver.Taken(t.Context(), u))
	if screen := s.screen("lin"); screen.Form != nil || !screen.Says("not open any more") {
		t.Errorf("Lin sees\n%s", screen)
	}
	s.answered()
}

func TestCancelLeavesTheForm(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	newLeave(s)
	s.typed("/leave")
	s.typed("/cancel")
	screen := s.screen("lin")
	if screen.Form != nil || !screen.Says("Nothing is open any more.") || !screen.Says("Closed.") {
		t.Errorf("Lin sees\n%s", screen)
	}
	s.typed("hello")
	if !s.screen("lin").Says("heard hello") {
		t.Error("a form that was left still takes answers")
	}
}

func TestANewerFormTakesThePlace(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	newLeave(s)
	s.typed("/leave")
	old := s.server.Messages(telegramtest.UserID("lin"))[1]
	s.typed("/leave sick 2026-12-01 2026-12-02")
	s.asks("")
	if screen := s.screen("lin"); !screen.Says("A newer form is open below.") {
		t.Errorf("Lin sees\n%s", screen)
	}
	u, err := s.server.Tap("lin", old.ID, old.Keyboard[0][0].Data)
	s.must(err)
	s.must(s.driver.Taken(t.Context(), u))
	if toasts := s.server.Toasts("lin"); len(toasts) != 1 || !toasts[0].Alert {
		t.Errorf("toasts: %v", toasts)
	}
	s.asks("")
}

// Whoever deletes the form's message gets it again, with all that was filled in.
func TestFormWhoseMessageIsDeleted(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	newLeave(s)
	s.typed("/leave")
	s.pressed("Sick leave")
	list := s.server.Messages(telegramtest.UserID("lin"))
	s.server.Delete(telegramtest.UserID("lin"), list[len(list)-1].ID)
	s.typed("2026-12-01")
	s.asks("to")
	if form := s.screen("lin").Form; !strings.Contains(form.Text, "Type: Sick leave") {
		t.Errorf("the form reads\n%s", form.Text)
	}
}

// I7: FLUSHALL costs the form that was not sent, and its owner is told, by a press as by a line.
func TestI7FlushedRedis(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	newLeave(s)
	s.typed("/leave")
	s.drafts.flush()
	s.pressed("Sick leave")
	if screen := s.screen("lin"); screen.Form != nil || !screen.Says("not open any more") {
		t.Errorf("Lin sees\n%s", screen)
	}
	s.typed("/leave annual 2026-12-01 2026-12-03 family")
	s.pressed("Submit")
	if !s.screen("lin").Says("LV-8 is sent.") {
		t.Error("afterwards nothing can be sent")
	}
	s.answered()
}

// I7: while Redis is down, forms go on from rows in Postgres, the short way and the long.
func TestI7RedisIsDown(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	l := newLeave(s)
	s.drafts.set(true)
	s.typed("/leave annual 2026-12-01 2026-12-03 family")
	s.pressed("Submit")
	if !s.screen("lin").Says("LV-8 is sent.") || len(l.sent) != 1 {
		t.Errorf("Lin sees\n%s", s.screen("lin"))
	}
	s.typed("/leave")
	s.pressed("Sick leave")
	s.drafts.set(false) // it comes back, and knows nothing of this form
	s.typed("2026-12-01")
	s.asks("to")
	s.pressed("3")
	s.pressed("Submit")
	if len(l.sent) != 2 {
		t.Errorf("sent %v", l.sent)
	}
	s.answered()
}

// A form that lies in Redis while Redis is away is out of reach, not lost: its owner is told, and goes on when it is back.
func TestI7RedisGoesAwayMeanwhile(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	newLeave(s)
	s.typed("/leave")
	s.drafts.set(true)
	s.pressed("Sick leave")
	if toasts := s.server.Toasts("lin"); len(toasts) != 1 || !strings.Contains(toasts[0].Text, "cannot be reached right now") || !toasts[0].Alert {
		t.Errorf("toasts: %v", toasts)
	}
	s.typed("2026-12-01")
	if !s.screen("lin").Says("cannot be reached right now") {
		t.Error("a typed answer vanishes")
	}
	s.asks("type")
	s.drafts.set(false)
	s.pressed("Sick leave")
	s.asks("from")
	s.answered()
}

// With neither Redis nor Postgres there is no form, and its owner is told so.
func TestNoPlaceForForms(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	newLeave(s)
	s.drafts.set(true)
	s.rows.set(true)
	s.typed("/leave")
	if screen := s.screen("lin"); screen.Form != nil || !screen.Says("none was opened") {
		t.Errorf("Lin sees\n%s", screen)
	}
}

// A restart in the middle of a form is not noticed.
func TestFormOutlivesARestart(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	l := newLeave(s)
	s.typed("/leave")
	s.pressed("Sick leave")
	s.must(s.chat.Close(t.Context()))
	s.start(webhook)
	s.typed("2026-12-01")
	s.asks("to")
	s.pressed("3")
	s.pressed("Submit")
	if len(l.sent) != 1 || !s.screen("lin").Says("LV-8 is sent.") {
		t.Errorf("Lin sees\n%s", s.screen("lin"))
	}
}

// What a form is about is kept with it, in Redis or Postgres, and comes with its sending, also after a restart.
func TestFormKeepsWhatItIsAbout(t *testing.T) {
	for name, down := range map[string]bool{"in Redis": false, "in Postgres": true} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, webhook, telegramtest.Options{}, nil)
			newLeave(s)
			s.drafts.set(down)
			s.must(s.driver.Press(t.Context(), "lin", s.post("lin", card("LV-7")), "reject", 1))
			s.must(s.chat.Close(t.Context()))
			s.start(webhook)
			s.typed("too many are away")
			s.pressed("Submit")
			heard := s.bot.updates()
			sent, ok := heard[len(heard)-1].Content.(bot.Submission)
			if !ok || sent.Form != "form:reject" || sent.Subject != subject || sent.Digest != digest {
				t.Errorf("heard %#v", heard[len(heard)-1].Content)
			}
			s.answered()
		})
	}
}

// A form that an older program kept knows its request by number only, so sent now it would ask for something new. It is not open any more.
func TestFormOfAnOlderProgram(t *testing.T) {
	for name, place := range map[string]func(s *stage) *drafts{
		"in Redis": func(s *stage) *drafts { return s.drafts }, "in Postgres": func(s *stage) *drafts { return s.rows },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, webhook, telegramtest.Options{}, nil)
			newLeave(s)
			s.must(place(s).Save(t.Context(), "telegram/"+s.driver.Address("lin").User, "open", []byte(
				`{"Form":{"ID":"form:leave","Title":"Change LV-7","Nonce":"n","Number":"LV-7","Revision":3,"Fields":[{"Name":"reason"}]},
				"Field":"reason"}`)))
			s.typed("a better reason")
			if !s.screen("lin").Says("heard a better reason") {
				t.Errorf("Lin sees\n%s", s.screen("lin"))
			}
			s.typed("/leave")
			s.asks("type")
		})
	}
}

// Not saved: the form stays and can be sent again.
func TestFormThatWasNotSavedStays(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	l := newLeave(s)
	s.typed("/leave annual 2026-12-01 2026-12-03 family")
	l.down = true
	s.pressed("Submit")
	s.pressed("✏️ Type")
	s.pressed("Sick leave")
	s.asks("type")
	if toasts := s.server.Toasts("lin"); len(toasts) != 2 || toasts[0].Text != "Not saved." {
		t.Errorf("toasts: %v", toasts)
	}
	l.down = false
	s.pressed("✓ Sick leave")
	s.asks("")
	s.pressed("Submit")
	if len(l.sent) != 1 || l.sent["form:nonce-1"]["type"] != "sick" {
		t.Errorf("sent %v", l.sent)
	}
	s.answered()
}

// An answer whose card could not be drawn is not taken for the next answer when it is tried again.
func TestTypedAnswerIsTakenOnce(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	newLeave(s)
	s.typed("/leave")
	s.pressed("Next ▶")
	s.server.Fail("editMessageText", telegramtest.Fault{HTML: true})
	s.typed("2026-12-01")
	s.asks("to")
	if form := s.screen("lin").Form; !strings.Contains(form.Text, "Tue 1 Dec") || len(form.Faults) > 0 {
		t.Errorf("the form reads\n%s", form.Text)
	}
}

// A line that opened a form which could not be drawn is not taken for the answer to its question when it is tried again.
func TestLineThatOpensAFormAnswersNothing(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	newLeave(s)
	s.server.Fail("sendMessage", telegramtest.Fault{HTML: true})
	s.typed("sick")
	s.asks("type")
	if form := s.screen("lin").Form; len(form.Faults) > 0 || strings.Contains(form.Text, "⚠️") {
		t.Errorf("the form reads\n%s", form.Text)
	}
	s.typed("sick") // typed anew, it is an answer
	s.asks("from")
}

// Telegram asks for a moment while somebody fills a form in: the moment is waited for.
func TestFormWaitsForAMoment(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	newLeave(s)
	s.typed("/leave")
	s.server.Fail("editMessageText", telegramtest.Fault{Status: 429, RetryAfter: 1, Description: "Too Many Requests: retry after 1"})
	s.pressed("Sick leave")
	s.asks("from")
	s.answered()
}

func TestFormsInChinese(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	newLeave(s).zh = true
	user := s.driver.Address("lin").User
	s.people.set(user, workflows.Person{ID: 1, Name: "林", Language: "zh", Zone: "Asia/Shanghai", Active: true})
	s.typed("/leave")
	s.pressed("下一步 ▶")
	s.pressed("明天")
	s.asks("to")
	s.pressed("27")
	if form := s.screen("lin").Form; !strings.Contains(form.Text, "11月25日 周三") || !strings.Contains(form.Text, "审批人") {
		t.Errorf("the form reads\n%s", form.Text)
	}
	s.pressed("提交")
	if !s.screen("lin").Says("LV-8 is sent.") {
		t.Errorf("Lin sees\n%s", s.screen("lin"))
	}
}

// daysOff has a holiday.
type daysOff struct{ err error }

func (d daysOff) DaysOff(_ context.Context, p workflows.Person, language string, from, to workflows.Date) (map[workflows.Date]string, error) {
	if d.err != nil {
		return nil, d.err
	}
	return map[workflows.Date]string{{Year: 2026, Month: 11, Day: 26}: "Thanksgiving " + language + " " + p.Name}, nil
}

func TestCalendarIsThePersons(t *testing.T) {
	for name, days := range map[string]daysOff{"theirs": {}, "out of reach": {errDown}} {
		s := newStage(t, polling, telegramtest.Options{}, func(c *telegram.Config) { c.Days = days })
		newLeave(s)
		s.typed("/leave")
		s.pressed("Next ▶")
		if days.err == nil {
			if form := s.screen("lin").Form; !strings.Contains(form.Text, "26: Thanksgiving en LIN") {
				t.Errorf("the form reads\n%s", form.Text)
			}
			s.pressed("(26)")
		} else {
			s.pressed("(28)") // the weekend is known without a calendar
		}
		if _, err := s.driver.Step("lin"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is too long for a button's data is kept apart, so that whoever is asked which form they mean gets it with what they wrote.
func TestLongWordsOfAButtonAreKeptApart(t *testing.T) {
	const line = "equipment 明天请假，申请两台显示器，放在三楼的会议室里，旧的已经不能用了"
	for name, down := range map[string]bool{"kept": false, "no place": true} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, webhook, telegramtest.Options{}, nil)
			var pressed []bot.Action
			s.bot.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
				if p, ok := u.Content.(bot.Press); ok {
					pressed = append(pressed, p.Action)
					return r.Tell(ctx, bot.Message{Text: "opened"})
				}
				return r.Tell(ctx, bot.Message{Text: "Which form?", Actions: []bot.Action{
					{Name: bot.CommandAction, Args: "leave x", Opens: true, Label: "Leave"},
					{Name: bot.CommandAction, Args: line, Opens: true, Label: "Equipment"},
				}})
			}
			s.drafts.set(down)
			s.rows.set(down)
			s.typed("/which")
			s.pressed("Equipment")
			want := bot.Action{Name: bot.CommandAction, Args: line, Opens: true}
			if down {
				want.Args = "equipment"
			}
			s.answered()
			if len(pressed) != 1 || pressed[0] != want {
				t.Errorf("the bot hears of %+v", pressed)
			}
		})
	}
}

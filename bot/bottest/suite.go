package bottest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

// Suite checks that an adapter carries updates to the bot and its answers back as every chat must. open makes an empty chat whose users
// lin and mallory exist, answered by b.
func Suite(t *testing.T, open func(t *testing.T, b Bot) Driver) {
	tests := []struct {
		name string
		test func(t *testing.T, s *stage)
	}{
		{"a command arrives with its words", commandArrives},
		{"a line arrives as it was typed, and becomes a request with one Send", lineIsSent},
		{"a form opens, is worked out again and is sent once", formIsSentOnce},
		{"what a card will show is not told above it", cardTells},
		{"faults stand at their fields", faultsAtFields},
		{"a form with fifty lines", fiftyLines},
		{"files come with a form, each once", filesCome},
		{"a line of a list has files of its own", filesOfLines},
		{"files come without a form, with what stands under them", filesAlone},
		{"files are given out to who asked", filesGivenOut},
		{"a picture is shown to who asked", pictureShown},
		{"a picture that cannot be shown leaves the text, and is said to be missing", pictureBroken},
		{"a button brings back what it was drawn with", buttonBringsAction},
		{"a double click is one cause", doubleClick},
		{"a private answer is private", privateAnswer},
		{"a page of a list takes the place of the one before", pageTurns},
		{"what is done with goes from a notice", spentButtonGoes},
		{"a card that was replaced does not look open", replacedCard},
		{"a post is made once for its key", postOnce},
		{"what another replica has taken over is not sent", takenOver},
		{"an edit changes a message in place", editInPlace},
		{"a message that is gone is named", editMissing},
		{"typed text is inert", inertText},
		{"long text fits", longText},
		{"Chinese is whole", chinese},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &stage{t: t, ctx: t.Context()}
			s.Driver = open(t, s)
			test.test(t, s)
		})
	}
}

// stage is a bot that does what a test says and remembers what it was told.
type stage struct {
	Driver
	t      *testing.T
	ctx    context.Context
	mu     sync.Mutex
	heard  []bot.Update
	answer func(u bot.Update, r bot.Reply) error
}

func (s *stage) Handle(ctx context.Context, u bot.Update, r bot.Reply) error {
	s.mu.Lock()
	s.heard = append(s.heard, u)
	answer := s.answer
	s.mu.Unlock()
	if answer == nil {
		return r.Tell(ctx, bot.Message{Text: "heard"})
	}
	return answer(u, r)
}

func (s *stage) updates() []bot.Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]bot.Update(nil), s.heard...)
}

func (s *stage) last() bot.Update {
	s.t.Helper()
	list := s.updates()
	if len(list) == 0 {
		s.t.Fatal("the bot heard nothing")
	}
	return list[len(list)-1]
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) screen(user string) Screen {
	s.t.Helper()
	screen, err := s.Screen(s.ctx, user)
	s.must(err)
	return screen
}

// wait looks at a screen until it is as it should be: adapters may show what was sent a moment later.
func (s *stage) wait(user, what string, ok func(Screen) bool) Screen {
	s.t.Helper()
	return Await(s.ctx, s.t, s.Driver, user, what, ok)
}

// Await looks at a user's screen until ok holds, for ten seconds at most.
func Await(ctx context.Context, t testing.TB, d Driver, user, what string, ok func(Screen) bool) (screen Screen) {
	t.Helper()
	seen := within(func() bool {
		t.Helper()
		var err error
		if screen, err = d.Screen(ctx, user); err != nil {
			t.Fatal(err)
		}
		return ok(screen)
	})
	if !seen {
		t.Fatalf("%s does not see %s; they see\n%s", user, what, screen)
	}
	return screen
}

// Eventually looks until ok holds, for ten seconds at most.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	if !within(ok) {
		t.Fatalf("waited in vain: %s", what)
	}
}

// within looks until ok holds, and is false after ten seconds.
func within(ok func() bool) bool {
	look, late := time.NewTicker(5*time.Millisecond), time.After(10*time.Second)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-late:
			return false
		}
	}
	return true
}

func (s Screen) String() string {
	var b strings.Builder
	for _, m := range s.Messages {
		b.WriteString("— " + m.Number + " " + m.Text + "\n")
		for _, button := range m.Buttons {
			b.WriteString("  [" + button.Label + "]")
		}
		b.WriteString("\n")
	}
	for _, m := range s.Private {
		b.WriteString("(private) " + m.Text + "\n")
	}
	if s.Form != nil {
		b.WriteString("form " + s.Form.Title + "\n" + s.Form.Text + "\n")
	}
	return b.String()
}

const sampleSubject workflows.SubjectID = "01890a5d-ac96-774b-bcce-b302099a8057"

func sampleCard() bot.Card {
	return bot.Card{Subject: sampleSubject, Number: "LV-7", Kind: "leave", Revision: 3, Seq: 5,
		Icon: "🌴", Title: "Annual leave · 3 days", Who: "林小雨 Lin Xiaoyu",
		Status: bot.Status{Text: "Waits for you", Tone: workflows.Wait},
		Lines:  []bot.Line{{Label: "When", Text: "Tue 1 – Thu 3 Dec · 3 days"}, {Label: "Reason", Text: "family", Typed: true}},
		Steps:  []bot.StepLine{{Text: "Zhou Kai", Tone: workflows.Wait}},
		Actions: []bot.Action{
			{Name: "approve", Label: "Approve", Style: workflows.Primary, Number: "LV-7", Subject: sampleSubject, Digest: "rev3rev3rev"},
			{Name: "reject", Label: "Reject", Style: workflows.Danger, Number: "LV-7", Subject: sampleSubject, Digest: "rev3rev3rev",
				Opens: true},
		},
		Fallback: "LV-7: Lin Xiaoyu, Annual leave · 3 days. Waits for you"}
}

func sampleForm() bot.Form {
	return bot.Form{ID: "form:leave", Title: "Ask for leave", Nonce: "n-1", Live: true, Send: "Send", Cancel: "Cancel", Change: "Change",
		Fields: []bot.FormField{
			{Name: "type", Label: "Type", Asks: workflows.AskChoice, Value: "annual", Shown: "Annual leave", Required: true,
				Options: []bot.FormOption{{Value: "annual", Label: "Annual leave"}, {Value: "sick", Label: "Sick leave"}}},
			{Name: "from", Label: "First day", Asks: workflows.AskDate, Value: "2026-12-01", Shown: "Tue 1 Dec", Required: true},
			{Name: "from_part", Label: "Starts in the", Asks: workflows.AskHalf, Value: "am", Shown: "morning",
				Options: []bot.FormOption{{Value: "am", Label: "morning"}, {Value: "pm", Label: "afternoon"}}},
			{Name: "reason", Label: "Reason", Asks: workflows.AskLong, Max: 2000},
		},
		Preview: []bot.Line{{Label: "Balance", Text: "7 days → 4 days"}},
		Steps:   []bot.StepLine{{Text: "Zhou Kai", Tone: workflows.Quiet}}}
}

func (s *stage) post(user string, c bot.Card) string {
	s.t.Helper()
	reference, err := s.Sender().Post(s.ctx, s.Address(user), deliver.Post{Key: "card-" + c.Number, Card: &c})
	s.must(err)
	return reference
}

func commandArrives(t *testing.T, s *stage) {
	s.must(s.Type(s.ctx, "lin", "/leave annual 2026-12-01 家事"))
	u := s.last()
	if c, ok := u.Content.(bot.Command); !ok || c.Name != "leave" || strings.TrimSpace(c.Args) != "annual 2026-12-01 家事" {
		t.Errorf("the bot heard %#v", u.Content)
	}
	if to := s.Address("lin"); u.Cause.Platform != to.Platform || u.Cause.Team != to.Team || u.Cause.User != to.User || u.Cause.Key == "" {
		t.Errorf("from %+v, want %+v and a key", u.Cause, to)
	}
	s.must(s.Type(s.ctx, "lin", "/leave annual 2026-12-01 家事"))
	if again := s.last(); again.Cause.Key == u.Cause.Key {
		t.Error("two commands typed one after the other are two causes")
	}
}

// cardTells: when a form from a command is sent and a card follows that shows the same, nothing stays above the card.
func cardTells(t *testing.T, s *stage) {
	s.answer = func(u bot.Update, r bot.Reply) error {
		if _, ok := u.Content.(bot.Submission); ok {
			if err := r.Done(s.ctx); err != nil {
				return err
			}
			if err := r.Tell(s.ctx, bot.Message{Text: "LV-8 is sent.", Carded: true}); err != nil {
				return err
			}
			return r.Tell(s.ctx, bot.Message{Text: "And this no card says."})
		}
		return r.Open(s.ctx, sampleForm())
	}
	s.must(s.Type(s.ctx, "lin", "/leave"))
	s.wait("lin", "the form", func(x Screen) bool { return x.Form != nil })
	s.must(s.Send(s.ctx, "lin", 1))
	screen := s.wait("lin", "what no card says", func(x Screen) bool { return x.Form == nil && x.Says("And this no card says.") })
	for _, m := range slices.Concat(screen.Messages, screen.Private) {
		if !m.Passing && (strings.Contains(m.Text, "LV-8 is sent.") || strings.Contains(m.Text, sampleForm().Title)) {
			t.Errorf("this stays above the card: %q", m.Text)
		}
	}
}

// lineIsSent: what was understood of a line is before its writer, in a form or as a message, and one Send is all that it takes.
func lineIsSent(t *testing.T, s *stage) {
	s.answer = func(u bot.Update, r bot.Reply) error {
		if _, ok := u.Content.(bot.Submission); ok {
			if err := r.Done(s.ctx); err != nil {
				return err
			}
			return r.Tell(s.ctx, bot.Message{Text: "LV-8 is sent."})
		}
		f := sampleForm()
		f.Intro = "This is what I understood."
		return r.Open(s.ctx, f)
	}
	const line = "年假  next Tuesday & <b>"
	s.must(s.Type(s.ctx, "lin", line))
	if got, ok := s.last().Content.(bot.Said); !ok || got.Text != line || len(got.Uploads) > 0 {
		t.Errorf("the bot heard %#v", s.last().Content)
	}
	shows := func(x Screen, text string) bool {
		return x.Says(text) || x.Form != nil && strings.Contains(x.Form.Text, text)
	}
	screen := s.wait("lin", "what was understood", func(x Screen) bool { return shows(x, "This is what I understood.") })
	for _, want := range []string{"Balance", "7 days → 4 days", "Zhou Kai", "First day"} {
		if !shows(screen, want) {
			t.Errorf("%q is not shown:\n%s", want, screen)
		}
	}
	s.must(s.Send(s.ctx, "lin", 2))
	keys := map[string]bool{}
	for _, u := range s.updates() {
		if c, ok := u.Content.(bot.Submission); ok {
			keys[u.Cause.Key] = true
			if c.Form != "form:leave" || c.Nonce != "n-1" ||
				c.Values["type"] != "annual" || c.Values["from"] != "2026-12-01" || c.Values["from_part"] != "am" {
				t.Errorf("sent %+v", c)
			}
		}
	}
	if len(keys) != 1 {
		t.Errorf("sent twice, it has the causes %v", keys)
	}
	screen = s.wait("lin", "the answer in its place", func(x Screen) bool { return x.Form == nil && x.Says("LV-8 is sent.") })
	for _, m := range screen.Messages {
		if len(m.Buttons) > 0 {
			t.Errorf("what is sent can still be pressed:\n%s", screen)
		}
	}
}

func formIsSentOnce(t *testing.T, s *stage) {
	s.answer = func(u bot.Update, r bot.Reply) error {
		f := sampleForm()
		switch c := u.Content.(type) {
		case bot.Recalculation:
			for i := range f.Fields {
				f.Fields[i].Value = c.Values[f.Fields[i].Name]
			}
			f.Preview[0].Text = "7 days → 5 days"
			return r.Update(s.ctx, f)
		case bot.Submission:
			if err := r.Done(s.ctx); err != nil {
				return err
			}
			return r.Tell(s.ctx, bot.Message{Text: "LV-8 is sent."})
		}
		return r.Open(s.ctx, f)
	}
	s.must(s.Type(s.ctx, "lin", "/leave"))
	form := s.wait("lin", "the form", func(x Screen) bool { return x.Form != nil }).Form
	if form.Title != "Ask for leave" ||
		form.Values["type"] != "annual" || form.Values["from"] != "2026-12-01" || form.Values["from_part"] != "am" {
		t.Errorf("the form is %+v", form)
	}
	for _, want := range []string{"Balance", "7 days → 4 days", "Zhou Kai", "First day"} {
		if !strings.Contains(form.Text, want) {
			t.Errorf("the form does not show %q:\n%s", want, form.Text)
		}
	}
	s.must(s.Change(s.ctx, "lin", map[string]string{"type": "sick", "from_part": "pm", "reason": "发烧\nand a cough"}))
	form = s.wait("lin", "the new balance", func(x Screen) bool {
		return x.Form != nil && strings.Contains(x.Form.Text, "7 days → 5 days")
	}).Form
	if form.Values["type"] != "sick" || form.Values["reason"] != "发烧\nand a cough" {
		t.Errorf("what was filled in became %+v", form.Values)
	}
	s.must(s.Send(s.ctx, "lin", 2))
	keys := map[string]bool{}
	for _, u := range s.updates() {
		if c, ok := u.Content.(bot.Submission); ok {
			keys[u.Cause.Key] = true
			if c.Form != "form:leave" || c.Nonce != "n-1" ||
				c.Values["type"] != "sick" || c.Values["from_part"] != "pm" || c.Values["reason"] != "发烧\nand a cough" {
				t.Errorf("sent %+v", c)
			}
		}
	}
	if len(keys) != 1 {
		t.Errorf("one form sent twice has the causes %v", keys)
	}
	s.wait("lin", "the answer in place of the form", func(x Screen) bool { return x.Form == nil && x.Says("LV-8 is sent.") })
}

func faultsAtFields(t *testing.T, s *stage) {
	s.answer = func(u bot.Update, r bot.Reply) error {
		f := sampleForm()
		if _, ok := u.Content.(bot.Submission); !ok {
			return r.Open(s.ctx, f)
		}
		f.Fault = "Something of the whole is wrong."
		f.Fields[1].Fault = "These are days off."
		return r.Update(s.ctx, f)
	}
	s.must(s.Type(s.ctx, "lin", "/leave"))
	s.must(s.Send(s.ctx, "lin", 1))
	form := s.wait("lin", "the fault", func(x Screen) bool { return x.Form != nil && len(x.Form.Faults) > 0 }).Form
	if form.Faults["from"] != "These are days off." || form.Faults[""] != "Something of the whole is wrong." {
		t.Errorf("faults: %v", form.Faults)
	}
}

func buttonBringsAction(t *testing.T, s *stage) {
	card := sampleCard()
	reference := s.post("lin", card)
	s.wait("lin", "the card", func(x Screen) bool { m, ok := x.Message("LV-7"); return ok && m.Has("approve") && m.Has("reject") })
	for _, want := range card.Actions {
		s.must(s.Press(s.ctx, "lin", reference, want.Name, 1))
		p, ok := s.last().Content.(bot.Press)
		if !ok || p.Action.Name != want.Name || p.Action.Subject != want.Subject ||
			p.Action.Digest != want.Digest || p.Action.Opens != want.Opens {
			t.Errorf("the bot heard %#v, want %#v", s.last().Content, want)
		}
	}
}

func doubleClick(t *testing.T, s *stage) {
	reference := s.post("lin", sampleCard())
	s.must(s.Press(s.ctx, "lin", reference, "approve", 2))
	s.must(s.Press(s.ctx, "lin", reference, "reject", 1))
	approve, reject := map[string]bool{}, map[string]bool{}
	for _, u := range s.updates() {
		if u.Content.(bot.Press).Action.Name == "approve" {
			approve[u.Cause.Key] = true
		} else {
			reject[u.Cause.Key] = true
		}
	}
	if len(approve) != 1 || len(reject) != 1 {
		t.Errorf("causes of a double click: %v, of another button: %v", approve, reject)
	}
	for key := range approve {
		if reject[key] {
			t.Errorf("two buttons share the cause %s", key)
		}
	}
}

func privateAnswer(t *testing.T, s *stage) {
	s.answer = func(u bot.Update, r bot.Reply) error {
		return r.Tell(s.ctx, bot.Message{Text: "only for you", Items: []bot.Item{{Text: "LV-7 · Annual leave", Detail: "waiting",
			Actions: []bot.Action{{Name: "show", Label: "Show", Number: "LV-7", Opens: true}}}}})
	}
	s.must(s.Type(s.ctx, "lin", "/requests"))
	screen := s.wait("lin", "the answer", func(x Screen) bool { return x.Says("only for you") && x.Says("LV-7 · Annual leave") })
	for _, m := range screen.Messages {
		if strings.Contains(m.Text, "only for you") {
			t.Error("a private answer was posted as a message")
		}
	}
	if s.screen("mallory").Says("only for you") {
		t.Error("somebody else reads a private answer")
	}
}

func pageTurns(t *testing.T, s *stage) {
	page := func(text, label, args string) bot.Message {
		return bot.Message{Text: text, Items: []bot.Item{{Text: "Mon 21 – Wed 23 Dec · Annual leave · 3 days", Detail: "LV-7",
			Actions: []bot.Action{{Name: "show", Label: "Show", Number: "LV-7", Subject: sampleSubject, Opens: true}}}},
			Actions: []bot.Action{{Name: "command", Label: label, Args: args}}}
	}
	s.answer = func(u bot.Update, r bot.Reply) error {
		p, pressed := u.Content.(bot.Press)
		switch {
		case !pressed:
			return r.Tell(s.ctx, page("1–20 of 24", "Next page", "approvals after LV-7"))
		case p.Action.Args == "approvals after LV-7":
			m := page("21–24 of 24", "Previous page", "approvals before LV-8")
			m.Replaces = true
			return r.Tell(s.ctx, m)
		}
		m := page("1–20 of 24", "Next page", "approvals after LV-7")
		m.Replaces = true
		return r.Tell(s.ctx, m)
	}
	turn := func(from string) {
		t.Helper()
		x := s.wait("lin", from, func(x Screen) bool { return x.Says(from) })
		for _, m := range append(x.Messages, x.Private...) {
			if strings.Contains(m.Text, from) {
				s.must(s.Press(s.ctx, "lin", m.Reference, "command", 1))
				return
			}
		}
	}
	s.must(s.Type(s.ctx, "lin", "/approvals"))
	turn("1–20 of 24")
	s.wait("lin", "the second page in place of the first", func(x Screen) bool { return x.Says("21–24 of 24") && !x.Says("1–20 of 24") })
	turn("21–24 of 24")
	s.wait("lin", "the first page again", func(x Screen) bool { return x.Says("1–20 of 24") && !x.Says("21–24 of 24") })
}

func spentButtonGoes(t *testing.T, s *stage) {
	const other workflows.SubjectID = "01890a5d-ac96-774b-bcce-b302099a8058"
	item := func(number string, subject workflows.SubjectID) bot.Item {
		return bot.Item{Text: "Annual leave · 3 days", Detail: number, Actions: []bot.Action{
			{Name: "approve", Label: "Approve", Number: number, Subject: subject, Digest: "rev3rev3rev", Once: true},
			{Name: "show", Label: "Show", Number: number, Subject: subject, Opens: true}}}
	}
	m := bot.Message{Text: "⏰ Two requests wait", Tone: workflows.Warn, Items: []bot.Item{item("LV-7", sampleSubject), item("LV-8", other)}}
	reference, err := s.Sender().Post(s.ctx, s.Address("lin"), deliver.Post{Key: "reminder", Message: &m})
	s.must(err)
	s.answer = func(u bot.Update, r bot.Reply) error {
		a := u.Content.(bot.Press).Action
		if !a.Once {
			t.Errorf("what stands there once came back as %+v", a)
		}
		return r.Spent(s.ctx, a.Subject)
	}
	offered := func(want string) func(Screen) bool {
		return func(x Screen) bool {
			var names []string
			for _, b := range x.Messages[0].Buttons {
				names = append(names, b.Action)
			}
			return strings.Join(names, " ") == want && strings.Contains(x.Messages[0].Text, "Two requests wait") &&
				strings.Contains(x.Messages[0].Text, "LV-8")
		}
	}
	s.wait("lin", "both", offered("approve show approve show"))
	s.must(s.Press(s.ctx, "lin", reference, "approve", 1))
	s.wait("lin", "the other, and where to look at the first", offered("show approve show"))
	s.must(s.Press(s.ctx, "lin", reference, "approve", 2))
	s.wait("lin", "where to look at both", offered("show show"))
}

func replacedCard(t *testing.T, s *stage) {
	card := sampleCard()
	reference := s.post("lin", card)
	replaced := card.Fold()
	replaced.Title, replaced.Who, replaced.Status = "", "", bot.Status{Text: "replaced by the card below", Tone: workflows.Quiet}
	replaced.Fallback = "LV-7 · replaced by the card below"
	s.must(s.Sender().Edit(s.ctx, s.Address("lin"), reference, deliver.Post{Key: "card-LV-7", Card: &replaced}))
	screen := s.wait("lin", "the replaced card", func(x Screen) bool { return len(x.Messages) == 1 && x.Messages[0].Folded })
	text := strings.Join(strings.Fields(screen.Messages[0].Text), " ")
	for _, gone := range []string{"⏳", "Waits for you", "Annual leave", "Lin Xiaoyu"} {
		if strings.Contains(text, gone) {
			t.Errorf("%q is still there: %s", gone, text)
		}
	}
	said := strings.Contains(text, "LV-7") && strings.Contains(text, "replaced by the card below")
	if buttons := screen.Messages[0].Buttons; !said || len(buttons) > 0 {
		t.Errorf("the replaced card reads %q, with %v", text, buttons)
	}
}

// Hostile is what people type to make trouble; all of it must be read as it was typed, or as visible escapes.
var Hostile = []string{
	`<script>alert(1)</script>`, `<!channel> <@U123> <https://evil.example|Approve>`, `<b>bold</b> &amp; "quotes" 'single'`,
	`*bold* _it_ ~s~ [x](https://evil.example)`,
	`{{.Number}} ${x} %s %d`, `=1+1`, `'; DROP TABLE requests; --`, `../../etc/passwd`, `</textarea><img src=x onerror=alert(1)>`,
}

func inertText(t *testing.T, s *stage) {
	for i, text := range Hostile {
		card := sampleCard()
		card.Number = "LV-" + strings.Repeat("1", i+1)
		card.Lines = []bot.Line{{Label: "Reason", Text: text, Typed: true}}
		s.post("lin", card)
		screen := s.wait("lin", "the card", func(x Screen) bool { _, ok := x.Message(card.Number); return ok })
		m, _ := screen.Message(card.Number)
		if !strings.Contains(m.Text, text) {
			t.Errorf("%q is read as\n%s", text, m.Text)
		}
		if len(m.Buttons) != len(card.Actions) {
			t.Errorf("%q made or hid a button: %v", text, m.Buttons)
		}
	}
}

func longText(t *testing.T, s *stage) {
	card := sampleCard()
	card.Lines = []bot.Line{{Label: "Reason", Text: strings.Repeat("很长的理由 ", 400), Typed: true}}
	s.post("lin", card)
	m, _ := s.wait("lin", "the card", func(x Screen) bool { _, ok := x.Message("LV-7"); return ok }).Message("LV-7")
	if !strings.Contains(m.Text, "很长的理由") || strings.Contains(m.Text, "\uFFFD") {
		t.Error("a long reason is lost or cut within a character")
	}
	if !m.Has("approve") {
		t.Error("a long reason costs the buttons")
	}
}

func chinese(t *testing.T, s *stage) {
	card := sampleCard()
	card.Title, card.Status.Text = "年假 · 3 天", "待你审批"
	card.Actions[0].Label, card.Actions[1].Label = "同意", "拒绝"
	s.post("lin", card)
	m, _ := s.wait("lin", "the card", func(x Screen) bool { return x.Says("待你审批") }).Message("LV-7")
	if !strings.Contains(m.Text, "年假 · 3 天") || m.Buttons[0].Label != "同意" || m.Buttons[1].Label != "拒绝" {
		t.Errorf("the card reads %+v", m)
	}
}

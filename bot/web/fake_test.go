package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// LoadWords reads the frame's words, as the program does.
var LoadWords = sync.OnceValue(func() *texts.Texts {
	frame, err := fs.Sub(Texts, "texts")
	if err != nil {
		panic(err)
	}
	words, err := texts.New(nil, frame)
	if err != nil {
		panic(err)
	}
	return words
})

// said is a text without arguments in English.
func said(key string) string { return LoadWords().Say("en", key, nil) }

func dayName(lang string, t time.Time) string {
	return LoadWords().Say(lang, "web.day", map[string]any{"Day": t.Format(time.DateOnly)})
}

// company is the sample company as far as these tests need it.
var company = []workflows.Person{
	{ID: 1, No: "E001", Name: "陈立 Chen Li", Title: "General Manager", Department: "Management", Zone: "Asia/Shanghai", Language: "zh"},
	{ID: 3, No: "E003", Name: "Tom Baker", Manager: 11, Title: "Account Executive", Department: "Key Accounts", Zone: "Europe/Berlin", Language: "en"},
	{ID: 4, No: "E004", Name: "林小雨 Lin Xiaoyu", Manager: 11, Title: "Sales Representative", Department: "Key Accounts", Zone: "Asia/Shanghai", Language: "zh"},
	{ID: 5, No: "E005", Name: "Maya Ortiz", Manager: 11, Title: "Account Executive", Department: "Key Accounts", Zone: "America/New_York", Language: "en"},
	{ID: 6, No: "E006", Name: "Jonas Weber", Manager: 12, Title: "Logistics Planner", Department: "Operations", Zone: "Europe/Berlin", Language: "en"},
	{ID: 7, No: "E007", Name: "王磊 Wang Lei", Manager: 12, Title: "Order Desk", Department: "Operations", Zone: "Asia/Shanghai", Language: "zh"},
	{ID: 8, No: "E008", Name: "Priya Nair", Manager: 13, Title: "HR Business Partner", Department: "People", Zone: "Europe/Berlin", Language: "en"},
	{ID: 11, No: "E011", Name: "周凯 Zhou Kai", Manager: 1, Title: "Head of Key Accounts", Department: "Key Accounts", Zone: "Asia/Shanghai", Language: "en"},
	{ID: 12, No: "E012", Name: "Anna Schmidt", Manager: 1, Title: "Head of Operations", Department: "Operations", Zone: "Europe/Berlin", Language: "en"},
	{ID: 13, No: "E013", Name: "何静 He Jing", Manager: 1, Title: "Head of People", Department: "People", Zone: "Asia/Shanghai", Language: "zh"},
}

func colleague(no string) workflows.Person {
	i := slices.IndexFunc(company, func(p workflows.Person) bool { return p.No == no })
	return company[i]
}

// memory is a Store that forgets.
type memory struct {
	people []workflows.Person
	mu     sync.Mutex
	posts  []memoryPost
	change int64
	reads  map[string]int64
	moved  time.Duration
}

type memoryPost struct {
	Stored
	user, key string
}

// NewMemory makes a Store that forgets.
func NewMemory(people []workflows.Person) *memory {
	return &memory{people: people, reads: map[string]int64{}}
}

func (m *memory) WebPeople(context.Context) ([]workflows.Person, error) { return m.people, nil }

func (m *memory) WebPost(_ context.Context, user, key string, body []byte, at time.Time) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.posts {
		if p.key == key {
			return p.ID, nil
		}
	}
	m.change++
	p := memoryPost{user: user, key: key, Stored: Stored{ID: int64(len(m.posts) + 1), Change: m.change, Body: body, PostedAt: at}}
	m.posts = append(m.posts, p)
	return p.ID, nil
}

func (m *memory) WebEdit(_ context.Context, user string, id int64, body []byte, _ time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.posts {
		if p := &m.posts[i]; p.ID == id && p.user == user {
			m.change++
			p.Body, p.Change, p.Edited = body, m.change, true
			return true, nil
		}
	}
	return false, nil
}

func (m *memory) WebFind(_ context.Context, user, key string) (int64, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.posts {
		if p.key == key && p.user == user {
			return p.ID, true, nil
		}
	}
	return 0, false, nil
}

func (m *memory) WebHistory(ctx context.Context, user string, limit int) ([]Stored, error) {
	list, err := m.WebSince(ctx, user, 0, 1000)
	slices.SortFunc(list, func(a, b Stored) int { return int(a.ID - b.ID) })
	return list[max(0, len(list)-limit):], err
}

func (m *memory) WebSince(_ context.Context, user string, change int64, limit int) ([]Stored, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Stored
	for _, p := range m.posts {
		if p.user == user && p.Change > change {
			list = append(list, p.Stored)
		}
	}
	slices.SortFunc(list, func(a, b Stored) int { return int(a.Change - b.Change) })
	return list[:min(limit, len(list))], nil
}

func (m *memory) WebRead(_ context.Context, user string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reads[user], nil
}

func (m *memory) WebMarkRead(_ context.Context, user string, change int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads[user] = max(change, m.reads[user])
	return nil
}

func (m *memory) WebUnread(context.Context) (map[string]int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	counts := map[string]int{}
	for _, p := range m.posts {
		if p.Change > m.reads[p.user] {
			counts[p.user]++
		}
	}
	return counts, nil
}

func (m *memory) WebMoveClock(_ context.Context, by time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moved += by
	return nil
}

// drawer keeps drafts; broken, it behaves like a Redis or a Postgres that is away.
type drawer struct {
	mu     sync.Mutex
	kept   map[string][]byte
	broken bool
}

func newDrawer() *drawer { return &drawer{kept: map[string][]byte{}} }

var errAway = errors.New("connection refused")

func (d *drawer) Save(_ context.Context, owner, form string, state []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return errAway
	}
	d.kept[owner+form] = state
	return nil
}

func (d *drawer) Load(_ context.Context, owner, form string) ([]byte, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return nil, false, errAway
	}
	state, ok := d.kept[owner+form]
	return state, ok, nil
}

func (d *drawer) Drop(_ context.Context, owner, form string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return errAway
	}
	delete(d.kept, owner+form)
	return nil
}

func (d *drawer) SaveDraft(ctx context.Context, owner, form string, state []byte) error {
	return d.Save(ctx, owner, form, state)
}

func (d *drawer) LoadDraft(ctx context.Context, owner, form string) ([]byte, bool, error) {
	return d.Load(ctx, owner, form)
}

func (d *drawer) DropDraft(ctx context.Context, owner, form string) error {
	return d.Drop(ctx, owner, form)
}

// frozen is a clock that stands still until it is moved.
type frozen struct {
	mu     sync.Mutex
	at     time.Time
	offset time.Duration
}

func (f *frozen) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at.Add(f.offset)
}

func (f *frozen) Offset() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.offset
}

func (f *frozen) Set(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.offset = d
}

// office plays bot, engine and delivery for one kind of request, well enough to be looked at.
type office struct {
	chat *Chat

	mu       sync.Mutex
	causes   []workflows.Cause
	answered map[string]bool
	requests map[workflows.SubjectID]*request
	hook     func(bot.Update, bot.Reply) bool // true: answered
}

type request struct {
	id                         workflows.SubjectID
	number, requester, manager string
	form                       map[string]string
	state                      string // pending, approved, rejected, returned, withdrawn
	seq                        int
	references                 map[string]string
}

// subject is the ID of the request with a number: in these tests there is never another one.
func subject(number string) workflows.SubjectID {
	digits := strings.TrimPrefix(number, "LV-")
	return workflows.SubjectID("01890a5d-ac96-774b-bcce-" + strings.Repeat("0", 12-len(digits)) + digits)
}

const rev1 = "rev1rev1rev" // the digest of every request's only revision

type stage struct {
	*Chat
	office *office
	memory *memory
	drawer *drawer // Redis
	rows   *drawer // Postgres
	clock  *frozen
}

func newStage(t testing.TB) *stage {
	o := &office{answered: map[string]bool{}, requests: map[workflows.SubjectID]*request{}}
	s := &stage{office: o, memory: NewMemory(company), drawer: newDrawer(), rows: newDrawer(), clock: &frozen{at: time.Date(2026, 11, 24, 5, 29, 0, 0, time.UTC)}}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	s.Chat = New(Config{Store: s.memory, Bot: o, Drafts: &chat.Drafts{Fast: s.drawer, Slow: s.rows, Log: log}, Clock: s.clock, Words: LoadWords(), Log: log})
	o.chat = s.Chat
	return s
}

// serve serves the chat until the test ends: first the streams end, which the server waits for.
func (s *stage) serve(t testing.TB) *httptest.Server {
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		s.Close()
		server.Close()
	})
	return server
}

func in(lang, en, zh string) string {
	if lang == "zh" {
		return zh
	}
	return en
}

func (o *office) Commands(lang string) []bot.CommandHelp {
	return []bot.CommandHelp{
		{Name: "leave", Usage: "[type] [from] [to] [reason]", Help: in(lang, "Ask for leave", "申请休假")},
		{Name: "approvals", Usage: "", Help: in(lang, "What waits for me", "待我审批")},
		{Name: "requests", Usage: "[NUMBER]", Help: in(lang, "My requests", "我的申请")},
		{Name: "balance", Usage: "", Help: in(lang, "Days I have left", "假期余额")},
		{Name: "away", Usage: "", Help: in(lang, "Who is away", "谁在休假")},
		{Name: "help", Usage: "", Help: in(lang, "What I can do", "我能做什么")},
		{Name: "expense", Usage: "", Help: in(lang, "Claim an expense", "报销")},
		{Name: "tasks", Usage: "", Help: in(lang, "My tasks", "我的任务")},
		{Name: "delegate", Usage: "", Help: in(lang, "Name a stand-in", "设置代理")},
		{Name: "settings", Usage: "", Help: in(lang, "Language and quiet hours", "语言和免打扰")},
	}
}

func (o *office) Handle(ctx context.Context, u bot.Update, reply bot.Reply) error {
	o.answer(ctx, u, reply)
	return nil
}

func (o *office) answer(ctx context.Context, u bot.Update, reply bot.Reply) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.causes = append(o.causes, u.Cause)
	if o.hook != nil && o.hook(u, reply) {
		return
	}
	me := colleague(u.Cause.User)
	say := func(text string, tone workflows.Tone) { _ = reply.Tell(ctx, bot.Message{Text: text, Tone: tone}) }
	switch content := u.Content.(type) {
	case bot.Command:
		o.command(ctx, me, content, reply, say)
	case bot.Recalculation:
		_ = reply.Update(ctx, o.form(me, content.FormState, false))
	case bot.Press:
		r := o.requests[content.Action.Subject]
		if r == nil || r.state != "pending" && content.Action.Name != "show" {
			say(in(me.Language, "This is decided already.", "此申请已有结果。"), workflows.Warn)
			return
		}
		switch content.Action.Name {
		case "reject", "return":
			state := bot.FormState{Form: "form:" + content.Action.Name, Nonce: newID(), Number: r.number, Subject: r.id, Digest: rev1}
			_ = reply.Open(ctx, o.form(me, state, false))
		case "show":
			card := o.card(r, me)
			card.Actions = nil
			_ = reply.Tell(ctx, bot.Message{Card: &card})
		case "nudge":
			say(in(me.Language, "Zhou Kai has been reminded.", "已提醒周凯。"), workflows.Good)
		case "approve":
			o.decide(ctx, r, "approved")
			say(in(me.Language, "You approved "+r.number+".", "您已同意 "+r.number+"。"), workflows.Good)
		case "withdraw":
			o.decide(ctx, r, "withdrawn")
			say(in(me.Language, "You withdrew "+r.number+".", "您已撤回 "+r.number+"。"), workflows.Good)
		}
	case bot.Submission:
		o.submission(ctx, me, u, content.FormState, reply, say)
	}
}

func (o *office) submission(ctx context.Context, me workflows.Person, u bot.Update, s bot.FormState, reply bot.Reply, say func(string, workflows.Tone)) {
	f := o.form(me, s, true)
	for _, field := range f.Fields {
		if field.Fault != "" {
			_ = reply.Update(ctx, f)
			return
		}
	}
	_ = reply.Done(ctx)
	if o.answered[u.Cause.Key] {
		say(in(me.Language, "This was sent already.", "已提交过。"), "")
		return
	}
	o.answered[u.Cause.Key] = true
	if s.Form != "form:leave" {
		r := o.requests[s.Subject]
		o.decide(ctx, r, strings.TrimPrefix(s.Form, "form:")+"ed")
		say(in(me.Language, "Done: "+r.number+".", "已处理 "+r.number+"。"), workflows.Good)
		return
	}
	number := fmt.Sprintf("LV-%d", 1042+len(o.requests))
	r := &request{
		id: subject(number), number: number, requester: me.No, manager: "E011", form: maps.Clone(s.Values), state: "pending", seq: 1,
		references: map[string]string{},
	}
	o.requests[r.id] = r
	say(in(me.Language, "Sent: "+r.number+" waits for Zhou Kai.", "已提交：等待周凯审批 "+r.number+"。"), workflows.Good)
	o.show(ctx, r)
}

func (o *office) command(ctx context.Context, me workflows.Person, c bot.Command, reply bot.Reply, say func(string, workflows.Tone)) {
	l := me.Language
	switch c.Name {
	case "leave":
		values := map[string]string{"type": "annual"}
		if words := strings.Fields(c.Args); len(words) >= 3 {
			values = map[string]string{"type": words[0], "from": words[1], "to": words[2], "reason": strings.Join(words[3:], " ")}
		}
		_ = reply.Open(ctx, o.form(me, bot.FormState{Form: "form:leave", Nonce: newID(), Values: values}, false))
	case "requests", "approvals":
		m := bot.Message{Text: in(l, "Waiting for you", "待您审批")}
		if c.Name == "requests" {
			m.Text = in(l, "Your requests", "您的申请")
		}
		for _, id := range slices.Sorted(maps.Keys(o.requests)) {
			r := o.requests[id]
			if (c.Name == "requests") != (r.requester == me.No) || c.Name == "approvals" && (r.manager != me.No || r.state != "pending") {
				continue
			}
			card := o.card(r, me)
			m.Items = append(m.Items, bot.Item{Text: card.Title + " · " + r.number, Detail: card.Lines[0].Text + " · " + card.Status.Text, Tone: card.Status.Tone,
				Actions: []bot.Action{{Name: "show", Label: in(l, "Show", "查看"), Number: r.number, Subject: r.id, Opens: true}}})
		}
		if len(m.Items) == 0 {
			m.Text = in(l, "Nothing is waiting. Enjoy the quiet.", "没有待办，清静一会儿吧。")
		}
		_ = reply.Tell(ctx, m)
	case "balance":
		_ = reply.Tell(ctx, bot.Message{Text: in(l, "Your balances on Tue 24 Nov", "截至11月24日 周二的余额"), Items: []bot.Item{
			{Text: in(l, "Annual leave", "年假"), Detail: in(l, "7 days left of 12 · 2 days expire on Thu 31 Dec", "剩余7天，共12天 · 2天将于12月31日 周四到期"), Tone: workflows.Good},
			{Text: in(l, "Time off in lieu", "调休"), Detail: in(l, "½ day", "半天"), Tone: workflows.Warn},
		}})
	case "help":
		text := in(l, "Here is what you can ask me:", "您可以这样问我：")
		for _, h := range o.Commands(l) {
			text += "\n/" + h.Name + "  " + h.Help
		}
		say(text, "")
	case "silence":
	default:
		say(in(l, "I do not know /"+c.Name+". Try /help.", "没有 /"+c.Name+" 这个命令。试试 /help。"), workflows.Warn)
	}
}

func (o *office) decide(ctx context.Context, r *request, state string) {
	r.state, r.seq = state, r.seq+1
	o.show(ctx, r)
	if state == "approved" {
		l := colleague(r.requester).Language
		_, _ = o.chat.Post(ctx, deliver.Address{Platform: Platform, Team: Team, User: r.requester}, deliver.Post{
			Key: "notice:" + r.number, Message: &bot.Message{Text: in(l, "Zhou Kai approved "+r.number+". Have a good time off.", "周凯同意了 "+r.number+"。祝休假愉快。"), Tone: workflows.Good}})
	}
}

func (o *office) show(ctx context.Context, r *request) {
	for _, no := range []string{r.requester, r.manager} {
		card := o.card(r, colleague(no))
		to := deliver.Address{Platform: Platform, Team: Team, User: no}
		p := deliver.Post{Key: "card:" + r.number + ":" + no, Card: &card}
		if old := r.references[no]; old != "" {
			_ = o.chat.Edit(ctx, to, old, p)
			continue
		}
		r.references[no], _ = o.chat.Post(ctx, to, p)
	}
}

func span(lang, from, to string) (text string, days int) {
	a, errA := time.Parse(time.DateOnly, from)
	b, errB := time.Parse(time.DateOnly, to)
	if errA != nil || errB != nil || b.Before(a) {
		return "", 0
	}
	for d := a; !d.After(b); d = d.AddDate(0, 0, 1) {
		if d.Weekday() != time.Saturday && d.Weekday() != time.Sunday {
			days++
		}
	}
	if a.Equal(b) {
		return dayName(lang, a) + " · " + in(lang, "1 day", "1天"), days
	}
	return dayName(lang, a) + " – " + dayName(lang, b) + " · " + in(lang, fmt.Sprintf("%d days", days), fmt.Sprintf("%d天", days)), days
}

func (o *office) card(r *request, viewer workflows.Person) bot.Card {
	l := viewer.Language
	dates, days := span(l, r.form["from"], r.form["to"])
	c := bot.Card{Subject: r.id, Number: r.number, Kind: "leave", Revision: 1, Seq: r.seq, Icon: "🌴",
		Title: in(l, fmt.Sprintf("Annual leave · %d days", days), fmt.Sprintf("年假 · %d天", days))}
	c.Status = map[string]bot.Status{
		"pending":   {Text: in(l, "Waiting for Zhou Kai", "等待周凯审批"), Tone: workflows.Wait},
		"approved":  {Text: in(l, "Approved", "已同意"), Tone: workflows.Good},
		"rejected":  {Text: in(l, "Rejected", "已拒绝"), Tone: workflows.Bad},
		"returned":  {Text: in(l, "Returned", "已退回"), Tone: workflows.Warn},
		"withdrawn": {Text: in(l, "Withdrawn", "已撤回"), Tone: workflows.Quiet},
	}[r.state]
	c.Lines = []bot.Line{
		{Label: in(l, "Dates", "日期"), Text: dates},
		{Label: in(l, "Balance", "余额"), Text: in(l, fmt.Sprintf("7 days → %d days", 7-days), fmt.Sprintf("7天 → %d天", 7-days))},
	}
	if viewer.No == r.manager {
		c.Who = colleague(r.requester).Name + in(l, " · Account Executive", " · 客户经理")
		c.Lines = append(c.Lines, bot.Line{Label: in(l, "Also away", "同时休假"), Text: in(l, "Maya Ortiz, Wed 2 Dec", "Maya Ortiz，12月2日 周三"), Tone: workflows.Warn})
	}
	if reason := r.form["reason"]; reason != "" {
		c.Lines = append(c.Lines, bot.Line{Label: in(l, "Reason", "事由"), Text: reason, Typed: true})
	}
	step := bot.StepLine{Text: in(l, "周凯 Zhou Kai (manager)", "周凯 Zhou Kai（主管）"), Note: in(l, "since Tue 24 Nov 13:29", "11月24日 周二 13:29 起"), Tone: workflows.Wait}
	switch r.state {
	case "approved":
		step.Tone, step.Note = workflows.Good, in(l, "approved Tue 24 Nov 13:29", "11月24日 周二 13:29 同意")
	case "rejected", "returned":
		step.Tone, step.Note = workflows.Bad, c.Status.Text
	case "withdrawn":
		step.Tone, step.Note = workflows.Quiet, ""
	}
	c.Steps = []bot.StepLine{step, {Text: in(l, "HR is informed", "抄送人事"), Tone: workflows.Quiet}}
	c.Fallback = r.number + ": " + c.Title + ", " + c.Status.Text
	if r.state == "pending" {
		a := func(name, label string, style workflows.Style, opens bool) bot.Action {
			return bot.Action{Name: name, Label: label, Style: style, Number: r.number, Subject: r.id, Digest: rev1, Opens: opens}
		}
		if viewer.No == r.manager {
			c.Actions = []bot.Action{
				a("approve", in(l, "Approve", "同意"), workflows.Primary, false),
				a("return", in(l, "Return", "退回"), "", true),
				a("reject", in(l, "Reject", "拒绝"), workflows.Danger, true),
			}
		} else {
			c.Actions = []bot.Action{
				a("nudge", in(l, "Nudge", "催办"), "", false),
				a("withdraw", in(l, "Withdraw", "撤回"), workflows.Danger, false),
			}
		}
	}
	return c
}

func (o *office) form(me workflows.Person, s bot.FormState, strict bool) bot.Form {
	l, v := me.Language, s.Values
	f := bot.Form{ID: s.Form, Nonce: s.Nonce, Number: s.Number, Subject: s.Subject, Digest: s.Digest, Cancel: in(l, "Cancel", "取消")}
	need := func(value string) string {
		if strict && strings.TrimSpace(value) == "" {
			return in(l, "Please fill this in.", "请填写。")
		}
		return ""
	}
	switch s.Form {
	case "form:reject", "form:return":
		f.Title, f.Send, f.Danger = in(l, "Reject "+s.Number, "拒绝 "+s.Number), in(l, "Reject", "拒绝"), true
		if s.Form == "form:return" {
			f.Title, f.Send, f.Danger = in(l, "Return "+s.Number, "退回 "+s.Number), in(l, "Return", "退回"), false
		}
		f.Intro = in(l, "Tom Baker will read your reason.", "对方会看到您的理由。")
		f.Fields = []bot.FormField{{Name: "comment", Label: in(l, "Reason", "理由"), Asks: workflows.AskLong, Required: true, Max: 500, Value: v["comment"], Fault: need(v["comment"])}}
		return f
	}
	f.Title, f.Send, f.Live = in(l, "Ask for leave", "申请休假"), in(l, "Send to Zhou Kai", "提交给周凯"), true
	half := []bot.FormOption{{Value: "am", Label: in(l, "Morning", "上午")}, {Value: "pm", Label: in(l, "Afternoon", "下午")}}
	part := func(name, normally string) string {
		if v[name] != "" {
			return v[name]
		}
		return normally
	}
	f.Fields = []bot.FormField{
		{Name: "type", Label: in(l, "Type", "类型"), Asks: workflows.AskChoice, Required: true, Value: v["type"], Options: []bot.FormOption{
			{Value: "annual", Label: in(l, "Annual leave", "年假")}, {Value: "sick", Label: in(l, "Sick leave", "病假")}, {Value: "comp", Label: in(l, "Time off in lieu", "调休")}}},
		{Name: "from", Label: in(l, "First day", "开始日期"), Asks: workflows.AskDate, Required: true, Value: v["from"], Fault: need(v["from"])},
		{Name: "from_part", Label: in(l, "Begins in the", "从何时起"), Asks: workflows.AskHalf, Value: part("from_part", "am"), Options: half},
		{Name: "to", Label: in(l, "Last day", "结束日期"), Asks: workflows.AskDate, Value: v["to"], Hint: in(l, "Empty: one day", "不填即一天")},
		{Name: "to_part", Label: in(l, "Up to the", "到何时止"), Asks: workflows.AskHalf, Value: part("to_part", "pm"), Options: half},
		{Name: "reason", Label: in(l, "Reason", "事由"), Asks: workflows.AskLong, Value: v["reason"], Max: 500},
	}
	to := v["to"]
	if to == "" {
		to = v["from"]
	}
	dates, days := span(l, v["from"], to)
	switch {
	case days > 0:
		f.Preview = []bot.Line{
			{Label: in(l, "You take", "休假"), Text: dates},
			{Label: in(l, "Balance", "余额"), Text: in(l, fmt.Sprintf("7 days → %d days", 7-days), fmt.Sprintf("7天 → %d天", 7-days)), Tone: workflows.Good},
			{Label: in(l, "Also away", "同时休假"), Text: in(l, "Maya Ortiz, Wed 2 Dec", "Maya Ortiz，12月2日 周三"), Tone: workflows.Warn},
		}
		f.Steps = []bot.StepLine{{Text: in(l, "周凯 Zhou Kai (manager)", "周凯 Zhou Kai（主管）"), Tone: workflows.Wait}, {Text: in(l, "HR is informed", "抄送人事"), Tone: workflows.Quiet}}
	case v["from"] != "" && v["to"] != "":
		f.Fields[3].Fault = in(l, "The last day is before the first. Choose a later one.", "结束日期早于开始日期，请重新选择。")
	}
	return f
}

func marshal(v any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(true)
	_ = encoder.Encode(v)
	return strings.TrimSpace(b.String())
}

// play fills the chats with a few days of company life.
func (s *stage) play() {
	ctx := context.Background()
	say := func(key, user string, en, zh string, tone workflows.Tone) {
		_, _ = s.Post(ctx, deliver.Address{User: user}, deliver.Post{Key: key, Message: &bot.Message{Text: in(colleague(user).Language, en, zh), Tone: tone}})
	}
	s.clock.Set(-44 * time.Hour)
	say("n1", "E003", "Welcome to nod, Tom. Type / to see what I can do.", "", "")
	folded := bot.Card{Number: "LV-1031", Icon: "🤒", Title: "Sick leave · 1 day", Status: bot.Status{Text: "Approved", Tone: workflows.Good}, Folded: true, Fallback: "LV-1031: Sick leave, approved"}
	_, _ = s.Post(ctx, deliver.Address{User: "E003"}, deliver.Post{Key: "c1", Card: &folded})
	s.clock.Set(-20 * time.Hour)
	send := func(user, from, to, reason string) {
		var r reply
		cause := workflows.Cause{ChatUser: workflows.ChatUser{User: user}, Key: "form:" + reason}
		values := map[string]string{"type": "annual", "from": from, "to": to, "reason": reason}
		state := bot.FormState{Form: "form:leave", Nonce: "n", Values: values}
		_ = s.office.Handle(ctx, bot.Update{Cause: cause, Content: bot.Submission{FormState: state}}, &r)
	}
	send("E004", "2026-12-07", "2026-12-08", "回老家看望父母")
	s.office.mu.Lock()
	s.office.decide(ctx, s.office.requests[subject("LV-1042")], "approved")
	s.office.mu.Unlock()
	s.clock.Set(0)
	send("E003", "2026-12-01", "2026-12-03", "My sister gets married in Hamburg.")
	say("n2", "E011", "Reminder: LV-1043 of Tom Baker has been waiting for you since yesterday.", "", workflows.Warn)
}

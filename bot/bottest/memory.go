package bottest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

// Bot answers updates.
type Bot interface {
	Handle(ctx context.Context, u bot.Update, reply bot.Reply) error
}

// Memory is a whole chat in memory: its server, its users' screens, and the adapter between it and the bot.
type Memory struct {
	bot Bot

	mu       sync.Mutex
	users    map[string]*memoryUser
	posts    int
	updates  int
	refuse   func(p deliver.Post) error // makes sends fail, nil: none
	loseNext bool                       // the next post arrives, and its answer does not
}

type memoryUser struct {
	messages []*memoryMessage
	private  []*memoryMessage
	form     *bot.Form
}

// all are the messages that a user sees, and the answers that only they see.
func (u *memoryUser) all() []*memoryMessage { return append(slices.Clone(u.messages), u.private...) }

type memoryMessage struct {
	reference string
	post      deliver.Post
}

// Platform and Team are the names under which users of the chat in memory are bound.
const (
	Platform = "memory"
	Team     = "test"
)

// NewMemory opens an empty chat. Connect gives it its bot.
func NewMemory() *Memory { return &Memory{users: map[string]*memoryUser{}} }

// Connect makes b answer what users do.
func (m *Memory) Connect(b Bot) { m.bot = b }

// Refuse makes every send fail as f says; nil lets them through again.
func (m *Memory) Refuse(f func(p deliver.Post) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = f
}

// LoseAnswer lets the next post arrive but loses the answer to it.
func (m *Memory) LoseAnswer() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loseNext = true
}

func (m *Memory) Sender() deliver.Sender { return m }

func (m *Memory) Address(user string) deliver.Address {
	return deliver.Address{Platform: Platform, Team: Team, User: user}
}

// user finds a user; m.mu is held.
func (m *Memory) user(name string) *memoryUser {
	u := m.users[name]
	if u == nil {
		u = &memoryUser{}
		m.users[name] = u
	}
	return u
}

func (m *Memory) Post(ctx context.Context, to deliver.Address, p deliver.Post) (string, error) {
	if err := p.Mine(ctx); err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		if err := m.refuse(p); err != nil {
			return "", err
		}
	}
	m.posts++
	msg := &memoryMessage{reference: fmt.Sprint(m.posts), post: p}
	u := m.user(to.User)
	u.messages = append(u.messages, msg)
	if m.loseNext {
		m.loseNext = false
		return "", deliver.ErrLost
	}
	return msg.reference, nil
}

func (m *Memory) Edit(ctx context.Context, to deliver.Address, reference string, p deliver.Post) error {
	if err := p.Mine(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		if err := m.refuse(p); err != nil {
			return err
		}
	}
	for _, msg := range m.user(to.User).messages {
		if msg.reference == reference {
			msg.post = p
			return nil
		}
	}
	return deliver.ErrMissing
}

func (m *Memory) Find(_ context.Context, to deliver.Address, p deliver.Post) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, msg := range m.user(to.User).messages {
		if msg.post.Key == p.Key {
			return msg.reference, true, nil
		}
	}
	return "", false, nil
}

// Delete takes a message away, as its reader might.
func (m *Memory) Delete(user, reference string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.user(user)
	u.messages = slices.DeleteFunc(u.messages, func(msg *memoryMessage) bool { return msg.reference == reference })
}

func (m *Memory) Type(ctx context.Context, user, text string) error {
	typed, ok := strings.CutPrefix(text, "/")
	if !ok {
		return m.deliver(ctx, user, m.key(), bot.Said{Text: text})
	}
	name, args, _ := strings.Cut(typed, " ")
	return m.deliver(ctx, user, m.key(), bot.Command{Name: name, Args: args})
}

func (m *Memory) key() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.updates++
	return fmt.Sprintf("update:%d", m.updates)
}

func (m *Memory) deliver(ctx context.Context, user, key string, content bot.Content) error {
	cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: Platform, Team: Team, User: user}, Key: key}
	return m.bot.Handle(ctx, bot.Update{Cause: cause, Content: content}, &memoryReply{m, user, ""})
}

func (m *Memory) Press(ctx context.Context, user, reference, action string, times int) error {
	pressed, err := m.find(user, reference, action)
	if err != nil {
		return err
	}
	key := m.key()
	cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: Platform, Team: Team, User: user}, Key: key}
	return together(times, func() error {
		return m.bot.Handle(ctx, bot.Update{Cause: cause, Content: bot.Press{Action: pressed}}, &memoryReply{m, user, reference})
	})
}

// PressOld presses a button as it was drawn at some time before, as a client that kept it could.
func (m *Memory) PressOld(ctx context.Context, user string, a bot.Action) error {
	return m.deliver(ctx, user, m.key(), bot.Press{Action: a})
}

func (m *Memory) find(user, reference, action string) (bot.Action, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, msg := range m.user(user).all() {
		if msg.reference != reference {
			continue
		}
		for _, a := range actionsOf(msg.post) {
			if a.Name == action {
				return a, nil
			}
		}
	}
	return bot.Action{}, fmt.Errorf("%s sees no button %s on message %s", user, action, reference)
}

// Action gives a button of a message whole, for pressing it later.
func (m *Memory) Action(user, reference, action string) (bot.Action, error) {
	return m.find(user, reference, action)
}

func (m *Memory) Change(ctx context.Context, user string, values map[string]string) error {
	f, err := m.openForm(user)
	if err != nil {
		return err
	}
	m.mu.Lock()
	for i := range f.Fields {
		if v, ok := values[f.Fields[i].Name]; ok {
			f.Fields[i].Value = v
		}
	}
	state, live := f.State(), f.Live
	m.mu.Unlock()
	if !live {
		return nil
	}
	return m.deliver(ctx, user, m.key(), bot.Recalculation{FormState: state})
}

func (m *Memory) Attach(ctx context.Context, user, field string, files ...File) error {
	f, err := m.openForm(user)
	if err != nil {
		return err
	}
	m.mu.Lock()
	state := f.State()
	m.mu.Unlock()
	state.Uploads = uploads(field, files)
	return m.deliver(ctx, user, m.key(), bot.Recalculation{FormState: state})
}

func (m *Memory) SendFiles(ctx context.Context, user, text string, files ...File) error {
	return m.deliver(ctx, user, m.key(), bot.Said{Text: text, Uploads: uploads("", files)})
}

func uploads(field string, files []File) (list []bot.Upload) {
	for _, file := range files {
		list = append(list, bot.Upload{Field: field, Name: file.Name, Size: int64(len(file.Content)),
			Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file.Content)), nil }})
	}
	return list
}

func (m *Memory) TakeOut(ctx context.Context, user, field, name string) error {
	f, err := m.openForm(user)
	if err != nil {
		return err
	}
	m.mu.Lock()
	state, found := f.State(), false
	for _, shown := range f.Fields {
		for _, file := range shown.Files {
			if shown.Name == field && file.Name == name {
				ids := slices.DeleteFunc(strings.Fields(shown.Value), func(id string) bool { return id == file.ID })
				state.Values[field], found = strings.Join(ids, " "), true
			}
		}
	}
	m.mu.Unlock()
	if !found {
		return fmt.Errorf("%s sees no file %s in %s", user, name, field)
	}
	return m.deliver(ctx, user, m.key(), bot.Recalculation{FormState: state})
}

func (m *Memory) List(ctx context.Context, user string, do bot.LineEvent, line int) error {
	f, err := m.openForm(user)
	if err != nil {
		return err
	}
	m.mu.Lock()
	listed, state := f.List != nil, f.State()
	m.mu.Unlock()
	if !listed {
		return fmt.Errorf("%s has a form open that has no list", user)
	}
	return m.deliver(ctx, user, m.key(), bot.Recalculation{FormState: state, Do: do, Line: line})
}

func (m *Memory) Send(ctx context.Context, user string, times int) error {
	f, err := m.openForm(user)
	if err != nil {
		return err
	}
	m.mu.Lock()
	state := f.State()
	m.mu.Unlock()
	return together(times, func() error { return m.deliver(ctx, user, "form:"+state.Nonce, bot.Submission{FormState: state}) })
}

func (m *Memory) openForm(user string) (*bot.Form, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f := m.user(user).form; f != nil {
		return f, nil
	}
	return nil, fmt.Errorf("%s has no form open", user)
}

// together does the same thing times times at the same moment and gives the first error.
func together(times int, do func() error) error {
	errs := make(chan error, times)
	for range times {
		go func() { errs <- do() }()
	}
	var first error
	for range times {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (m *Memory) Screen(ctx context.Context, user string) (Screen, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.user(user)
	var s Screen
	for _, msg := range u.messages {
		s.Messages = append(s.Messages, shown(ctx, msg.reference, msg.post))
	}
	for _, p := range u.private {
		s.Private = append(s.Private, shown(ctx, p.reference, p.post))
	}
	if u.form != nil {
		s.Form = shownForm(*u.form)
	}
	return s, nil
}

func actionsOf(p deliver.Post) []bot.Action {
	switch {
	case p.Card != nil:
		return p.Card.Actions
	case p.Message != nil:
		list := p.Message.Actions
		for _, item := range p.Message.Items {
			list = append(list[:len(list):len(list)], item.Actions...)
		}
		return list
	}
	return nil
}

func shown(ctx context.Context, reference string, p deliver.Post) Shown {
	s := Shown{Reference: reference}
	if c := p.Card; c != nil {
		s.Number, s.Folded, s.Text = c.Number, c.Folded, cardText(*c)
	}
	if m := p.Message; m != nil {
		lines := []string{m.Text}
		for _, item := range m.Items {
			lines = append(lines, item.Text, item.Detail)
		}
		if m.Card != nil {
			lines = append(lines, cardText(*m.Card))
		}
		for _, a := range m.Files {
			if content, err := a.Open(ctx); err == nil {
				s.Files = append(s.Files, File{a.Name, content})
			}
		}
		if p := m.Picture; p != nil {
			if _, _, err := p.Size(); err != nil {
				lines = append(lines, "The picture cannot be shown.")
			} else {
				s.Pictures = append(s.Pictures, Picture{p.PNG, p.Alt})
			}
		}
		s.Text, s.Passing = strings.Join(lines, "\n"), m.Carded
	}
	for _, a := range actionsOf(p) {
		s.Buttons = append(s.Buttons, Button{Action: a.Name, Label: a.Label})
	}
	return s
}

func cardText(c bot.Card) string {
	lines := []string{c.Number + " " + c.Title, c.Who, c.Status.Text}
	for _, l := range c.Lines {
		lines = append(lines, l.Label+": "+l.Text)
	}
	for _, step := range c.Steps {
		lines = append(lines, step.Text+" "+step.Note)
	}
	return strings.Join(lines, "\n")
}

func shownForm(f bot.Form) *ShownForm {
	s := &ShownForm{Title: f.Title, Values: map[string]string{}, Faults: map[string]string{}, Files: map[string][]string{}}
	if f.Fault != "" {
		s.Faults[""] = f.Fault
	}
	lines := []string{f.Intro}
	for _, field := range f.Fields {
		s.Values[field.Name] = field.Value
		if field.Fault != "" {
			s.Faults[field.Name] = field.Fault
		}
		for _, file := range field.Files {
			s.Files[field.Name] = append(s.Files[field.Name], file.Name)
		}
		lines = append(lines, field.Label, field.Hint)
	}
	if f.List != nil {
		s.Open = f.List.Open
		for _, l := range f.List.Lines {
			s.Lines = append(s.Lines, l.Text)
			lines = append(lines, l.Text, l.Fault)
		}
	}
	for _, l := range f.Preview {
		lines = append(lines, l.Label+": "+l.Text)
	}
	for _, step := range f.Steps {
		lines = append(lines, step.Text+" "+step.Note)
	}
	s.Text = strings.Join(lines, "\n")
	return s
}

type memoryReply struct {
	chat    *Memory
	user    string
	pressed string // the message in which a button was pressed; empty: it was none
}

func (r *memoryReply) Open(_ context.Context, f bot.Form) error { return r.set(&f) }

func (r *memoryReply) Update(_ context.Context, f bot.Form) error { return r.set(&f) }

func (r *memoryReply) Done(context.Context) error { return r.set(nil) }

func (r *memoryReply) set(f *bot.Form) error {
	r.chat.mu.Lock()
	defer r.chat.mu.Unlock()
	r.chat.user(r.user).form = f
	return nil
}

func (r *memoryReply) Tell(_ context.Context, m bot.Message) error {
	r.chat.mu.Lock()
	defer r.chat.mu.Unlock()
	u, post := r.chat.user(r.user), deliver.Post{Message: &m}
	for _, msg := range u.private {
		if m.Replaces && msg.reference == r.pressed {
			msg.post = post
			return nil
		}
	}
	u.private = append(u.private, &memoryMessage{reference: fmt.Sprintf("private:%d", len(u.private)+1), post: post})
	return nil
}

func (r *memoryReply) Spent(_ context.Context, subject workflows.SubjectID) error {
	r.chat.mu.Lock()
	defer r.chat.mu.Unlock()
	for _, msg := range r.chat.user(r.user).all() {
		if msg.reference == r.pressed && msg.post.Message != nil {
			left := msg.post.Message.Spent(subject)
			msg.post.Message = &left
		}
	}
	return nil
}

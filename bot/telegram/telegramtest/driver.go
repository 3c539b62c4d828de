package telegramtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
)

// Driver is people's hands and eyes: it types, presses and reads as they do, on messages as they are shown. Of the adapter it knows how the
// data of a button begins: a version, then the action's name, "|" between them; the steps of a form have names that begin with a dot, then
// the form's token, the field's name and a value.
type Driver struct {
	*Server
	sender deliver.Sender
}

// NewDriver makes a driver; sender is the adapter's.
func NewDriver(s *Server, sender deliver.Sender) *Driver { return &Driver{Server: s, sender: sender} }

var _ bottest.Driver = (*Driver)(nil)

// patience is how long a user looks at a spinning button.
const patience = 10 * time.Second

// field is what a user has learned of one input.
type field struct {
	name    string
	options map[string]string // value by label
}

// Sender is the adapter's.
func (d *Driver) Sender() deliver.Sender { return d.sender }

// Address is where a user's messages go: in a private chat the chat's id is the user's.
func (d *Driver) Address(user string) deliver.Address {
	d.mu.Lock()
	defer d.mu.Unlock()
	return deliver.Address{Platform: "telegram", User: strconv.FormatInt(d.user(user).ID, 10)}
}

// Taken waits until the bot has acknowledged an update.
func (d *Driver) Taken(ctx context.Context, u *Update) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-u.Done():
		if u.Dropped() {
			return fmt.Errorf("update %d was dropped", u.ID)
		}
		return nil
	case <-late.C:
		return fmt.Errorf("the bot has not acknowledged update %d in %s", u.ID, patience)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Type sends a line.
func (d *Driver) Type(ctx context.Context, user, text string) error {
	return d.Taken(ctx, d.Say(user, text))
}

// Press presses the first button of a message that has the action. Several presses at the same moment are one query, since clients send no
// second one while the first is unanswered (seen, not documented); with a webhook the update is delivered several times, as when Telegram
// did not get the answer. Tap makes a query of its own each time.
func (d *Driver) Press(ctx context.Context, user, reference, action string, times int) error {
	return d.PressNth(ctx, user, reference, action, 0, times)
}

// PressNth presses the n-th of the buttons with one action, as in a list.
func (d *Driver) PressNth(ctx context.Context, user, reference, action string, n, times int) error {
	id, _ := strconv.Atoi(reference)
	d.mu.Lock()
	m := d.message(UserID(user), id)
	if m == nil {
		d.mu.Unlock()
		return fmt.Errorf("%s does not see the message %s", user, reference)
	}
	for _, b := range buttons(m) {
		if name, _ := split(b.Data); name == action {
			if n--; n < 0 {
				u := d.tap(d.user(user), m, b.Data)
				d.mu.Unlock()
				return d.taken(ctx, u, times)
			}
		}
	}
	d.mu.Unlock()
	return fmt.Errorf("%s sees no button %s on the message %s", user, action, reference)
}

// PressLabel presses the button of the newest message that has one with this label.
func (d *Driver) PressLabel(ctx context.Context, user, label string) error {
	d.mu.Lock()
	for i := len(d.messages) - 1; i >= 0; i-- {
		m := d.messages[i]
		if m.Chat != UserID(user) || m.Deleted {
			continue
		}
		for _, b := range buttons(m) {
			if b.Text == label {
				u := d.tap(d.user(user), m, b.Data)
				d.mu.Unlock()
				return d.Taken(ctx, u)
			}
		}
	}
	d.mu.Unlock()
	return fmt.Errorf("%s sees no button %q", user, label)
}

func (d *Driver) taken(ctx context.Context, u *Update, times int) error {
	d.mu.Lock()
	hook := d.hook
	d.mu.Unlock()
	var again sync.WaitGroup
	failed := make([]error, max(times-1, 0))
	if hook.url != "" {
		for i := range failed {
			again.Go(func() {
				if status, _, err := d.Push(hook.url, hook.secret, u.Body); err != nil || status/100 != 2 {
					failed[i] = fmt.Errorf("the repeated update was answered %d, %v", status, err)
				}
			})
		}
	}
	err := d.Taken(ctx, u)
	again.Wait()
	return errors.Join(append(failed, err)...)
}

func buttons(m *Message) []Button { return slices.Concat(m.Keyboard...) }

// split takes a button's data apart: the action's name and what follows.
func split(data string) (name string, rest []string) {
	parts := strings.SplitN(data, "|", 5)
	if len(parts) < 2 {
		return "", nil
	}
	return parts[1], parts[2:]
}

func part(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// isForm tells whether a message is a form: its buttons are steps of one.
func isForm(m *Message) bool {
	return slices.ContainsFunc(buttons(m), func(b Button) bool {
		name, _ := split(b.Data)
		return strings.HasPrefix(name, ".")
	})
}

// form finds the user's open form, the newest; d.mu is held.
func (d *Driver) form(user string) *Message {
	for i := len(d.messages) - 1; i >= 0; i-- {
		if m := d.messages[i]; m.Chat == UserID(user) && !m.Deleted && isForm(m) {
			return m
		}
	}
	return nil
}

// step is what the open form asks for: a field's name, "" at the summary.
func step(m *Message) string {
	asked := ""
	for _, b := range buttons(m) {
		name, rest := split(b.Data)
		if name == ".send" {
			return ""
		}
		if name == ".drop" {
			asked = part(rest, 1)
		}
	}
	return asked
}

// press presses a step of the open form.
func (d *Driver) press(ctx context.Context, user string, times int, want func(name string, rest []string) bool) error {
	d.mu.Lock()
	m := d.form(user)
	if m == nil {
		d.mu.Unlock()
		return fmt.Errorf("%s has no form open", user)
	}
	for _, b := range buttons(m) {
		if name, rest := split(b.Data); want(name, rest) {
			u := d.tap(d.user(user), m, b.Data)
			d.mu.Unlock()
			return d.taken(ctx, u, times)
		}
	}
	defer d.mu.Unlock()
	return fmt.Errorf("%s finds no such button on the form\n%s", user, m.Text)
}

// Step tells which field the open form asks for, "" at the summary.
func (d *Driver) Step(user string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.form(user)
	if m == nil {
		return "", fmt.Errorf("%s has no form open", user)
	}
	return step(m), nil
}

// Change fills in fields: it answers each question of the form as it comes, keeps what it has nothing new for, and at the summary changes
// what is left.
func (d *Driver) Change(ctx context.Context, user string, values map[string]string) error {
	left := map[string]string{}
	for name, value := range values {
		left[name] = value
	}
	for turn := 0; ; turn++ {
		if turn > 100 {
			return fmt.Errorf("the form goes round in circles, with %v still to fill in", left)
		}
		asked, err := d.Step(user)
		if err != nil {
			return err
		}
		value, mine := left[asked]
		switch {
		case asked != "" && mine:
			delete(left, asked)
			if err := d.answer(ctx, user, asked, value); err != nil {
				return err
			}
		case len(left) == 0:
			return nil
		case asked != "":
			if err := d.press(ctx, user, 1, func(name string, _ []string) bool { return name == ".keep" }); err != nil {
				return err
			}
		default:
			edit := func(name string, rest []string) bool {
				_, wanted := left[part(rest, 1)]
				return name == ".edit" && wanted
			}
			line := func(name string, rest []string) bool {
				return name == ".edit_line" && slices.ContainsFunc(slices.Collect(maps.Keys(left)), func(name string) bool {
					return lineOf(name) == part(rest, 2)
				})
			}
			if d.press(ctx, user, 1, edit) == nil {
				continue
			}
			if err := d.press(ctx, user, 1, line); err != nil {
				return err
			}
		}
	}
}

// answer presses the choice that has a value, else types it.
func (d *Driver) answer(ctx context.Context, user, asked, value string) error {
	chosen := false
	d.mu.Lock()
	if m := d.form(user); m != nil {
		d.learn(user, m)
		chosen = slices.ContainsFunc(buttons(m), func(b Button) bool {
			name, rest := split(b.Data)
			return name == ".set" && part(rest, 1) == asked && part(rest, 2) == value
		})
	}
	d.mu.Unlock()
	if chosen {
		return d.press(ctx, user, 1, func(name string, rest []string) bool { return name == ".set" && part(rest, 2) == value })
	}
	if value == "" {
		return d.press(ctx, user, 1, func(name string, _ []string) bool { return name == ".clear" || name == ".keep" })
	}
	return d.Type(ctx, user, value)
}

// Send goes to the end of the open form and presses Submit.
func (d *Driver) Send(ctx context.Context, user string, times int) error {
	for turn := 0; ; turn++ {
		asked, err := d.Step(user)
		if err != nil {
			return err
		}
		if asked == "" {
			return d.press(ctx, user, times, func(name string, _ []string) bool { return name == ".send" })
		}
		if turn > 100 {
			return fmt.Errorf("the form never ends; it asks for %s", asked)
		}
		if err := d.press(ctx, user, 1, func(name string, _ []string) bool { return name == ".keep" }); err != nil {
			return err
		}
	}
}

// Attach sends files to the open form: at the question for the field when the way to it is free, else at the question that holds it up, or
// at the summary. Pictures go as photos, anything else as documents, several as an album. It waits until the form stands below them.
func (d *Driver) Attach(ctx context.Context, user, field string, files ...bottest.File) error {
	for turn := 0; turn < 100; turn++ {
		asked, err := d.Step(user)
		if err != nil {
			return err
		}
		if asked == "" || asked == field || d.press(ctx, user, 1, func(name string, _ []string) bool { return name == ".keep" }) != nil {
			break
		}
	}
	var list []Media
	for _, f := range files {
		list = append(list, Media{Name: f.Name, Body: f.Content})
	}
	if !slices.ContainsFunc(files, func(f bottest.File) bool { return !strings.HasPrefix(http.DetectContentType(f.Content), "image/") }) {
		for i := range list {
			list[i].Photo = true
		}
	}
	updates, err := d.Hand(user, list...)
	if err != nil {
		return err
	}
	for _, u := range updates {
		if err := d.Taken(ctx, u); err != nil {
			return err
		}
	}
	return d.below(ctx, user)
}

// TakeOut takes a file out of a field of the open form: at the question for the field, it presses the button that names the file.
func (d *Driver) TakeOut(ctx context.Context, user, field, name string) error {
	for range 100 {
		asked, err := d.Step(user)
		switch {
		case err != nil:
			return err
		case asked == field:
			return d.pressText(ctx, user, "🗑 "+name)
		case asked != "":
			err = d.press(ctx, user, 1, func(name string, _ []string) bool { return name == ".keep" })
		default:
			err = d.press(ctx, user, 1, func(name string, rest []string) bool {
				return name == ".edit" && part(rest, 1) == field || name == ".edit_line" && part(rest, 2) == lineOf(field)
			})
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("the form never asks for %s", field)
}

// pressText presses the button of the open form that reads so.
func (d *Driver) pressText(ctx context.Context, user, text string) error {
	d.mu.Lock()
	if m := d.form(user); m != nil {
		for _, b := range buttons(m) {
			if b.Text == text {
				u := d.tap(d.user(user), m, b.Data)
				d.mu.Unlock()
				return d.Taken(ctx, u)
			}
		}
	}
	d.mu.Unlock()
	return fmt.Errorf("%s sees no button %q on the form", user, text)
}

// SendFiles sends documents, several as an album whose first has the text under it.
func (d *Driver) SendFiles(ctx context.Context, user, text string, files ...bottest.File) error {
	var list []Media
	for i, f := range files {
		list = append(list, Media{Name: f.Name, Body: f.Content})
		if i == 0 {
			list[i].Caption = text
		}
	}
	updates, err := d.Hand(user, list...)
	if err != nil {
		return err
	}
	for _, u := range updates {
		if err := d.Taken(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// below waits until the user's form, if there is one, stands below what they sent.
func (d *Driver) below(ctx context.Context, user string) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		d.mu.Lock()
		form, sent := d.form(user), 0
		for _, m := range d.messages {
			if m.Chat == UserID(user) && m.From != BotID {
				sent = m.ID
			}
		}
		changed := d.changed
		d.mu.Unlock()
		if form == nil || form.ID > sent {
			return nil
		}
		select {
		case <-changed:
		case <-late.C:
			return fmt.Errorf("the form of %s stays above the files in %s", user, patience)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// learn remembers what a form shows about its fields: their names, which its buttons carry, and the values behind labels; d.mu is held.
func (d *Driver) learn(user string, m *Message) {
	known := d.user(user).learned
	asked := question(m)
	for _, b := range buttons(m) {
		name, rest := split(b.Data)
		switch name {
		case ".edit":
			label := strings.TrimPrefix(b.Text, "✏️ ")
			f := known[label]
			f.name = part(rest, 1)
			known[label] = f
		case ".set", ".keep", ".drop", ".rm":
			if asked == "" || part(rest, 1) == "" {
				continue
			}
			f := known[asked]
			f.name = part(rest, 1)
			if name == ".set" {
				if f.options == nil {
					f.options = map[string]string{}
				}
				f.options[strings.TrimPrefix(b.Text, "✓ ")] = part(rest, 2)
			}
			known[asked] = f
		}
	}
}

const (
	asking  = "👉 "
	warning = "⚠️ "
	nothing = "—"
	clip    = "📎 "
)

// question is the label of the field that a form asks for.
func question(m *Message) string {
	for _, line := range strings.Split(m.Text, "\n") {
		if label, ok := strings.CutPrefix(line, asking); ok {
			return label
		}
	}
	return ""
}

// Screen is what the user sees. What the bot sent with a sound is a message; what it sent silently is an answer to something that the user
// has just done, and so are the toasts.
func (d *Driver) Screen(_ context.Context, user string) (bottest.Screen, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var screen bottest.Screen
	open := d.form(user)
	type private struct {
		seq   int
		shown bottest.Shown
	}
	var answers []private
	for _, m := range d.messages {
		if m.Chat != d.user(user).ID || m.Deleted || m.From != BotID {
			continue
		}
		switch {
		case m == open:
			d.learn(user, m)
			screen.Form = d.shownForm(user, m)
		case m.Silent:
			answers = append(answers, private{m.seq, d.shown(m)})
		default:
			screen.Messages = append(screen.Messages, d.shown(m))
		}
	}
	for _, t := range d.toasts {
		if t.User == UserID(user) && t.Text != "" {
			answers = append(answers, private{t.seq, bottest.Shown{Text: t.Text, Passing: true}})
		}
	}
	slices.SortStableFunc(answers, func(a, b private) int { return a.seq - b.seq })
	for _, a := range answers {
		screen.Private = append(screen.Private, a.shown)
	}
	return screen, nil
}

// A card names its number, ready to be copied, at the end of its title or, folded, in its only line.
var numberShape = regexp.MustCompile(`^[A-Z]{2}-\d+$`)

func (d *Driver) shown(m *Message) bottest.Shown {
	s := bottest.Shown{Reference: strconv.Itoa(m.ID), Text: m.Text}
	if f, ok := d.files[m.File]; ok && m.media["photo"] != nil {
		s.Pictures = []bottest.Picture{{Content: f.Body}}
	} else if ok {
		s.Files = []bottest.File{{Name: f.Name, Content: f.Body}}
	}
	first, _, several := strings.Cut(m.Text, "\n")
	for _, e := range m.Entities {
		if e.Type == "code" && e.Offset < units(first) && numberShape.MatchString(e.In(m.Text)) {
			s.Number, s.Folded = e.In(m.Text), !several
			break
		}
	}
	for _, b := range buttons(m) {
		name, _ := split(b.Data)
		s.Buttons = append(s.Buttons, bottest.Button{Action: name, Label: b.Text})
	}
	return s
}

// shownForm reads a form: its title is bold, and so is each label; a text that somebody typed stands in a quotation.
func (d *Driver) shownForm(user string, m *Message) *bottest.ShownForm {
	f := &bottest.ShownForm{Values: map[string]string{}, Faults: map[string]string{}, Files: map[string][]string{}, Text: m.Text}
	current := map[string]string{} // machine values that the buttons carry
	for _, b := range buttons(m) {
		if name, rest := split(b.Data); name == ".edit" && len(rest) > 2 {
			current[rest[1]] = rest[2]
		}
	}
	readLines(f, m)
	fault := func(name, line string) {
		if text, ok := strings.CutPrefix(line, warning); ok && f.Faults[name] == "" {
			f.Faults[name] = text
		}
	}
	byOffset := func(from int) string { // the text from a UTF-16 offset on
		return Entity{Offset: from, Length: units(m.Text) - from}.In(m.Text)
	}
	var bold []Entity
	for _, e := range m.Entities {
		if e.Type == "bold" {
			bold = append(bold, e)
		}
	}
	seen := map[string]bool{}
	for i, e := range bold {
		text, rest := e.In(m.Text), byOffset(e.Offset+e.Length)
		if i == 0 {
			f.Title = text
			end := units(m.Text)
			if len(bold) > 1 {
				end = bold[1].Offset
			}
			head := Entity{Offset: e.Offset, Length: end - e.Offset}.In(m.Text)
			for _, line := range strings.Split(head, "\n") {
				fault("", line)
			}
			continue
		}
		if strings.HasSuffix(Entity{Offset: 0, Length: e.Offset}.In(m.Text), asking) {
			name := d.user(user).learned[text].name
			lines := strings.Split(rest, "\n")
			for _, line := range lines[1:] {
				fault(name, line)
				if file, ok := strings.CutPrefix(line, clip); ok {
					f.Files[name] = append(f.Files[name], file)
				}
			}
			continue
		}
		known, ok := d.user(user).learned[text]
		if strings.HasSuffix(Entity{Offset: 0, Length: e.Offset}.In(m.Text), warning) { // below the line that is open
			name := lineName.ReplaceAllString(known.name, "")
			if f.Open > 1 {
				name += "_" + strconv.Itoa(f.Open)
			}
			line, _, _ := strings.Cut(rest, "\n")
			f.Faults[name] = strings.TrimPrefix(line, ": ")
			continue
		}
		if !ok || seen[known.name] || !strings.HasPrefix(rest, ":") {
			continue
		}
		seen[known.name] = true
		rest = strings.TrimPrefix(rest, ":")
		after := e.Offset + e.Length + 1
		value, quoted := "", false
		for _, q := range m.Entities {
			if strings.HasSuffix(q.Type, "blockquote") && (q.Offset == after || q.Offset == after+1) {
				value, quoted = q.In(m.Text), true
				rest = byOffset(q.Offset + q.Length)
			}
		}
		lines := strings.Split(rest, "\n")
		if !quoted {
			value = strings.TrimSpace(lines[0])
		}
		if value == nothing {
			value = ""
		}
		if names, ok := strings.CutPrefix(value, clip); ok {
			f.Files[known.name] = strings.Split(names, " "+clip)
		}
		if machine, ok := known.options[value]; ok {
			value = machine
		}
		if machine, ok := current[known.name]; ok {
			value = machine
		}
		f.Values[known.name] = value
		if len(lines) > 1 {
			fault(known.name, lines[1])
		}
	}
	return f
}

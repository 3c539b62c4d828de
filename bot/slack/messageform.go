package slack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

// A message form is a form as a message: a line brings no trigger, so that no dialog can be opened for what was understood of it. Its
// buttons carry what is filled in, and so outlive a restart, Redis and the night. What is too much for a button is kept as a draft.

// The action_ids of a message form's buttons; docs/slack.md names them.
const (
	sendButton   = "send"
	changeButton = "change"
	cancelButton = "cancel_draft"
)

// formButton is what a button of a message form brings back.
type formButton struct {
	Form    string              `json:"f"`
	Nonce   string              `json:"n"`
	Number  string              `json:"r,omitempty"` // for showing only
	Subject workflows.SubjectID `json:"i,omitempty"`
	Digest  string              `json:"g,omitempty"`
	Line    int                 `json:"l,omitempty"` // that is open, of a form with a list
	Values  map[string]string   `json:"s,omitempty"`
	Apart   bool                `json:"a,omitempty"` // Values lie in Drafts
}

func (b formButton) state() bot.FormState {
	return bot.FormState{Form: b.Form, Nonce: b.Nonce, Number: b.Number, Subject: b.Subject, Digest: b.Digest, Line: b.Line,
		Values: b.Values}
}

// buttonValue writes a form for the buttons of its message.
func (c *Chat) buttonValue(ctx context.Context, team, user string, s bot.FormState) (string, error) {
	b := formButton{Form: s.Form, Nonce: s.Nonce, Number: s.Number, Subject: s.Subject, Digest: s.Digest, Line: s.Line,
		Values: map[string]string{}}
	for name, value := range s.Values {
		if value != "" {
			b.Values[name] = value
		}
	}
	text := chat.Encode(b)
	if utf8.RuneCountInString(text) <= maxButtonValue {
		return text, nil
	}
	if err := c.Drafts.Save(ctx, draftOwner(team, user), draftName(s.Nonce), []byte(text)); err != nil {
		return "", err
	}
	b.Values, b.Apart = nil, true
	return chat.Encode(b), nil
}

func draftOwner(team, user string) string { return Platform + "/" + team + "/" + user }
func draftName(nonce string) string       { return "draft:" + nonce }

// filledIn gives what is filled in, which a button carries or which lies in the draft that it names.
func (c *Chat) filledIn(ctx context.Context, team, user string, b formButton) (bot.FormState, error) {
	if !b.Apart {
		return b.state(), nil
	}
	state, found, err := c.Drafts.Load(ctx, draftOwner(team, user), draftName(b.Nonce))
	if err != nil {
		return bot.FormState{}, err
	}
	kept, err := readFormButton(string(state))
	if !found || err != nil {
		return bot.FormState{}, errDraftLost
	}
	return kept.state(), nil
}

func readFormButton(value string) (formButton, error) {
	var b formButton
	if err := chat.Decode(value, &b); err != nil {
		return b, err
	}
	if !strings.HasPrefix(b.Form, "form:") {
		return b, errors.New("this is no form")
	}
	return b, chat.CheckState(b.state())
}

// isOfMessageForm tells whether a button is one of a message form. A request's own may have the same name, and says whose it is.
func (b blockAction) isOfMessageForm() bool {
	if !slices.Contains([]string{sendButton, changeButton, cancelButton}, b.ID) {
		return false
	}
	a, err := b.action()
	return err != nil || a.Subject == ""
}

// messageForm answers a button of a message form. What it carries is read again by the engine as if it had just been filled in.
func (c *Chat) messageForm(ctx context.Context, team string, in interaction, act blockAction) answer {
	place := in.Container.Channel + ":" + in.Container.Message
	r := &reply{chat: c, team: team, user: in.User.ID, meta: meta{Respond: in.Respond, Message: place}}
	v, err := readFormButton(act.Value)
	if err != nil {
		c.Log.WarnContext(ctx, "a button came back that is none of ours", "user", in.User.ID, "action", act.ID)
		return answer{taken: r.Tell(ctx, bot.Message{Text: c.say("slack.lost"), Tone: workflows.Warn}) == nil}
	}
	u := bot.Update{Cause: cause(team, in.User.ID, "press", in.Container.Message, act.ID, act.At)}
	switch act.ID {
	case cancelButton:
		u.Content = bot.Command{Name: "cancel"}
		return c.press(ctx, u, r)
	case changeButton:
		r.trigger = in.Trigger
		return c.opening(ctx, r, func(ctx context.Context) error {
			state, err := c.filledIn(ctx, team, in.User.ID, v)
			if err != nil {
				return r.tellLost(ctx, err)
			}
			u.Content = bot.Recalculation{FormState: state}
			return c.handle(ctx, u, r)
		})
	}
	state, err := c.filledIn(ctx, team, in.User.ID, v)
	if err != nil {
		return answer{taken: r.tellLost(ctx, err) == nil}
	}
	u.Cause, u.Content = cause(team, in.User.ID, "form", place, state.Nonce), bot.Submission{FormState: state}
	return c.press(ctx, u, r)
}

// tellLost tells the owner of a message form that what they had written is gone, or out of reach for the moment.
func (r *reply) tellLost(ctx context.Context, err error) error {
	if !errors.Is(err, errDraftLost) {
		r.chat.Log.ErrorContext(ctx, "a draft could not be looked up", "error", err)
		return r.Tell(ctx, bot.Message{Text: r.chat.say("slack.failed"), Tone: workflows.Warn})
	}
	gone := r.chat.draftLost()
	if r.view.id != "" {
		r.endInPlace(ctx, []bot.Message{gone})
		return r.Tell(ctx, gone)
	}
	return r.tellInPlace(ctx, []bot.Message{gone})
}

// asMessage shows a form as a message, in the place of the one that it is about or as a new one.
func (r *reply) asMessage(ctx context.Context, f bot.Form) error {
	value, err := r.chat.buttonValue(ctx, r.team, r.user, f.State())
	if err != nil {
		return err
	}
	d := drawMessageForm(f, value)
	if r.meta.Message != "" {
		err = r.replace(ctx, d)
	}
	if r.meta.Message == "" || slices.Contains(missingCodes, code(err)) {
		err = r.chat.postDirectly(ctx, r.user, d)
	}
	if err == nil {
		r.set(func() { r.sent, r.done = true, false })
	}
	return err
}

// postDirectly posts into a user's direct channel.
func (c *Chat) postDirectly(ctx context.Context, user string, d drawing) error {
	return c.inChannel(ctx, user, c.api.openChannel, func(channel string) error {
		return c.inTurn(ctx, channel, func() error {
			_, err := c.api.post(ctx, channel, d)
			return err
		})
	})
}

// inTurn sends to a channel what somebody waits for, so that it waits for its turn rather than coming back to it.
func (c *Chat) inTurn(ctx context.Context, channel string, send func() error) error {
	for {
		err := c.Pace.Turn(ctx, c.channelLimit(channel))
		if err == nil {
			err = send()
		}
		var retry deliver.RetryAfter
		var early deliver.NotYet
		switch {
		case errors.As(err, &retry):
		case errors.As(err, &early):
			retry.Wait = early.Wait
		default:
			return err
		}
		if left, ok := ctx.Deadline(); ok && time.Until(left) < retry.Wait || c.Pause(ctx, retry.Wait) != nil {
			return err
		}
	}
}

// replace puts something else in the message form's place.
func (r *reply) replace(ctx context.Context, d drawing) error {
	channel, ts, _ := strings.Cut(r.meta.Message, ":")
	err := r.chat.api.update(ctx, channel, ts, d)
	if err != nil && r.meta.Respond != "" && !slices.Contains(missingCodes, code(err)) {
		err = r.chat.api.respond(ctx, r.meta.Respond, d, true)
	}
	return err
}

// tellInPlace puts what came of a message form in its place, so that nothing of it can be pressed any more. Where that fails, it is told
// beside it.
func (r *reply) tellInPlace(ctx context.Context, told []bot.Message) error {
	var d drawing
	var texts []string
	for _, m := range told {
		m := drawMessage(m, maxMessageBlocks/len(told))
		texts, d.blocks = append(texts, m.text), append(d.blocks, m.blocks...)
	}
	d.text = strings.Join(texts, "\n")
	err := r.replace(ctx, d)
	if err == nil {
		r.set(func() { r.sent = true })
		return nil
	}
	r.chat.Log.WarnContext(ctx, "a message form keeps its buttons", "error", err)
	return r.tellPrivately(ctx, told[len(told)-1])
}

// endInPlace does the same where there is nobody to hand an error to.
func (r *reply) endInPlace(ctx context.Context, told []bot.Message) {
	if len(told) == 0 {
		told = []bot.Message{{Text: r.chat.say("slack.nothing"), Tone: workflows.Good}}
	}
	if err := r.tellInPlace(ctx, told); err != nil {
		r.chat.Log.ErrorContext(ctx, "what came of a message form could not be told", "error", err)
	}
}

// drawMessageForm draws a form as a message whose buttons carry value. What cannot be sent yet has no button for it.
func drawMessageForm(f bot.Form, value string) drawing {
	head := []slackapi.Block{slackapi.NewHeaderBlock(plain(f.Title, maxHeader))}
	if f.Intro != "" {
		head = append(head, section(f.Intro))
	}
	if faults := formFaults(f); len(faults) > 0 {
		head = append(head, section(strings.Join(faults, "\n")))
	}
	tail := append(stepBlocks(f.Steps), slackapi.NewActionBlock("", messageFormButtons(f, value)...))
	var list []string
	if f.List != nil { // no line is open where there are no inputs
		list = rows(f.List.Lines, 0, maxAll/2)
		tail = append(rowBlocks(list), tail...)
	}
	lines := formLines(f)
	blocks := append(head, lineBlocks(lines, maxMessageBlocks-len(head)-len(tail), maxAll-runes(head)-runes(tail))...)
	text := f.Title
	for _, l := range lines {
		text += "\n" + l.Label + ": " + l.Text
	}
	text = strings.Join(append([]string{text}, list...), "\n")
	return drawing{text: escape.Replace(cut(text, maxFallback)), blocks: append(blocks, tail...)}
}

func formFaults(f bot.Form) []string {
	var faults []string
	for _, sentence := range []string{f.Missing, f.Fault} {
		if sentence != "" {
			faults = append(faults, toned(workflows.Warn, sentence))
		}
	}
	for _, field := range f.Fields {
		if field.Fault != "" && (field.Value != "" || !field.Required) { // what is missing is said already
			faults = append(faults, toned(workflows.Warn, field.Label+": "+field.Fault))
		}
	}
	return faults
}

// formLines are what is filled in, and what would follow from it.
func formLines(f bot.Form) []bot.Line {
	var lines []bot.Line
	for _, field := range f.Fields {
		if field.Value != "" && field.Line == 0 { // a line of a list stands there as a whole
			lines = append(lines, bot.Line{Label: field.Label, Text: chat.Shown(field), Typed: true})
		}
	}
	return append(lines, chat.News(f)...)
}

func messageFormButtons(f bot.Form, value string) []slackapi.BlockElement {
	button := func(id, label string) *slackapi.ButtonBlockElement {
		return slackapi.NewButtonBlockElement(id, value, plain(label, maxButtonText))
	}
	send, change, drop := button(sendButton, f.Send), button(changeButton, f.Change), button(cancelButton, f.Cancel)
	if !f.Ready() {
		change.Style = slackapi.StylePrimary
		return []slackapi.BlockElement{change, drop}
	}
	send.Style = slackapi.StylePrimary
	return []slackapi.BlockElement{send, change, drop}
}

package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

// A draft is a form as a message: a line brings no trigger, so that no dialog can be opened for what was understood of it. Its buttons carry the form, and
// so outlive a restart, Redis and the night.

// The action_ids of a draft's buttons; docs/slack.md names them.
const (
	sendDraft   = "send"
	changeDraft = "change"
	cancelDraft = "cancel_draft"
)

// Drafts keeps what is filled in where a button is too small for it, as bytes under their owner and a name. A row may be forgotten a day after it was
// saved.
type Drafts interface {
	SaveDraft(ctx context.Context, owner, form string, state []byte) error
	LoadDraft(ctx context.Context, owner, form string) (state []byte, found bool, err error)
}

// carried is what a button of a draft brings back.
type carried struct {
	Form    string              `json:"f"`
	Nonce   string              `json:"n"`
	Number  string              `json:"r,omitempty"` // for showing only
	Subject workflows.SubjectID `json:"i,omitempty"`
	Digest  string              `json:"g,omitempty"`
	Values  map[string]string   `json:"s,omitempty"`
	Apart   bool                `json:"a,omitempty"` // Values lie in Drafts
}

// carry writes a form for the buttons of its draft.
func (c *Chat) carry(ctx context.Context, team, user string, s bot.FormState) (string, error) {
	v := carried{Form: s.Form, Nonce: s.Nonce, Number: s.Number, Subject: s.Subject, Digest: s.Digest, Values: map[string]string{}}
	for name, value := range s.Values {
		if value != "" {
			v.Values[name] = value
		}
	}
	text := encode(v)
	if utf8.RuneCountInString(text) <= maxButtonValue {
		return text, nil
	}
	if c.Drafts == nil {
		return "", errors.New("keep a draft: there is no place for it")
	}
	if err := c.Drafts.SaveDraft(ctx, draftOwner(team, user), draftName(s.Nonce), []byte(text)); err != nil {
		return "", fmt.Errorf("keep a draft: %w", err)
	}
	v.Values, v.Apart = nil, true
	return encode(v), nil
}

func draftOwner(team, user string) string { return Platform + "/" + team + "/" + user }
func draftName(nonce string) string       { return "draft:" + nonce }

var errDraftLost = errors.New("a draft is not kept any more")

// fetched gives the form that a button carries, or names.
func (c *Chat) fetched(ctx context.Context, team, user string, v carried) (bot.FormState, error) {
	if v.Apart {
		lost := error(errDraftLost)
		if c.Drafts != nil {
			state, found, err := c.Drafts.LoadDraft(ctx, draftOwner(team, user), draftName(v.Nonce))
			if kept, faulty := readCarried(string(state)); err == nil && found && faulty == nil {
				v, lost = kept, nil
			} else if err != nil {
				lost = fmt.Errorf("look up a draft: %w", err)
			}
		}
		if lost != nil {
			return bot.FormState{}, lost
		}
	}
	return bot.FormState{Form: v.Form, Nonce: v.Nonce, Number: v.Number, Subject: v.Subject, Digest: v.Digest, Values: v.Values}, nil
}

func readCarried(value string) (carried, error) {
	var v carried
	if err := decode(value, &v); err != nil {
		return v, err
	}
	if !strings.HasPrefix(v.Form, "form:") || v.Nonce == "" {
		return v, errors.New("this is no form")
	}
	return v, nil
}

func isDraft(action string) bool {
	return slices.Contains([]string{sendDraft, changeDraft, cancelDraft}, action)
}

// drafted answers a button of a draft. What it carries is read again by the engine as if it had just been filled in.
func (c *Chat) drafted(ctx context.Context, team string, in interaction, act blockAction) answer {
	place := in.Container.Channel + ":" + in.Container.Message
	r := &reply{chat: c, team: team, user: in.User.ID, meta: meta{Respond: in.Respond, Draft: place}}
	v, err := readCarried(act.Value)
	if err != nil {
		c.Log.WarnContext(ctx, "a button came back that is none of ours", "user", in.User.ID, "action", act.ID)
		return answer{taken: r.Tell(ctx, bot.Message{Text: c.say("slack.lost"), Tone: workflows.Warn}) == nil}
	}
	u := bot.Update{Cause: cause(team, in.User.ID, "press", in.Container.Message, act.ID, act.At)}
	switch act.ID {
	case cancelDraft:
		u.Content = bot.Command{Name: "cancel"}
		return c.press(ctx, u, r)
	case changeDraft:
		r.trigger = in.Trigger
		return c.opening(ctx, r, func(ctx context.Context) error {
			state, err := c.fetched(ctx, team, in.User.ID, v)
			if err != nil {
				return r.lost(ctx, err)
			}
			u.Content = bot.Recalculation{FormState: state}
			return c.handle(ctx, u, r)
		})
	}
	state, err := c.fetched(ctx, team, in.User.ID, v)
	if err != nil {
		return answer{taken: r.lost(ctx, err) == nil}
	}
	u.Cause, u.Content = cause(team, in.User.ID, "form", place, state.Nonce), bot.Submission{FormState: state}
	return c.press(ctx, u, r)
}

// lost tells the owner of a draft that what they had written is gone, or out of reach for the moment.
func (r *reply) lost(ctx context.Context, err error) error {
	if !errors.Is(err, errDraftLost) {
		r.chat.Log.ErrorContext(ctx, "a draft could not be looked up", "error", err)
		return r.Tell(ctx, bot.Message{Text: r.chat.say("slack.failed"), Tone: workflows.Warn})
	}
	gone := bot.Message{Text: r.chat.say("slack.draft_lost"), Tone: workflows.Warn}
	if r.view.id != "" {
		r.settled(ctx, []bot.Message{gone})
		return r.Tell(ctx, gone)
	}
	return r.settle(ctx, []bot.Message{gone})
}

// draft shows a form as a message, in the place of the draft that it is about or as a new one.
func (r *reply) draft(ctx context.Context, f bot.Form) error {
	value, err := r.chat.carry(ctx, r.team, r.user, f.State())
	if err != nil {
		return err
	}
	d := drawDraft(f, value)
	if r.meta.Draft != "" {
		err = r.replace(ctx, d)
	}
	if r.meta.Draft == "" || slices.Contains(missingCodes, code(err)) {
		err = r.chat.postDraft(ctx, r.user, d)
	}
	if err == nil {
		r.set(func() { r.sent, r.done = true, false })
	}
	return err
}

// postDraft posts into a user's direct channel.
func (c *Chat) postDraft(ctx context.Context, user string, d drawing) error {
	channel, err := c.channel(ctx, user, c.api.openChannel)
	if err != nil {
		return err
	}
	return c.inTurn(ctx, channel, func() error {
		_, err := c.api.post(ctx, channel, d)
		return err
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

// replace puts something else in the draft's place.
func (r *reply) replace(ctx context.Context, d drawing) error {
	channel, ts, _ := strings.Cut(r.meta.Draft, ":")
	err := r.chat.api.update(ctx, channel, ts, d)
	if err != nil && r.meta.Respond != "" && !slices.Contains(missingCodes, code(err)) {
		err = r.chat.api.respond(ctx, r.meta.Respond, d, true)
	}
	return err
}

// settle puts what came of a draft in its place, so that nothing of it can be pressed any more. Where that fails, it is told beside it.
func (r *reply) settle(ctx context.Context, told []bot.Message) error {
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
	r.chat.Log.WarnContext(ctx, "a draft keeps its buttons", "error", err)
	return r.tellPrivately(ctx, told[len(told)-1])
}

// settled does the same where there is nobody to hand an error to.
func (r *reply) settled(ctx context.Context, told []bot.Message) {
	if len(told) == 0 {
		told = []bot.Message{{Text: r.chat.say("slack.nothing"), Tone: workflows.Good}}
	}
	if err := r.settle(ctx, told); err != nil {
		r.chat.Log.ErrorContext(ctx, "what came of a draft could not be told", "error", err)
	}
}

// drawDraft draws a form as a message whose buttons carry value. What cannot be sent yet has no button for it.
func drawDraft(f bot.Form, value string) drawing {
	head := []slackapi.Block{slackapi.NewHeaderBlock(plain(f.Title, maxHeader))}
	if f.Intro != "" {
		head = append(head, section(f.Intro))
	}
	if faults := draftFaults(f); len(faults) > 0 {
		head = append(head, section(strings.Join(faults, "\n")))
	}
	tail := append(stepBlocks(f.Steps), slackapi.NewActionBlock("", draftButtons(f, value)...))
	lines := draftLines(f)
	blocks := append(head, lineBlocks(lines, maxMessageBlocks-len(head)-len(tail), maxAll-runes(head)-runes(tail))...)
	said := f.Title
	for _, l := range lines {
		said += "\n" + l.Label + ": " + l.Text
	}
	return drawing{text: escape.Replace(cut(said, maxFallback)), blocks: append(blocks, tail...)}
}

func draftFaults(f bot.Form) []string {
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

// draftLines are what is filled in, and what would follow from it unless that says the same.
func draftLines(f bot.Form) []bot.Line {
	var lines []bot.Line
	for _, field := range f.Fields {
		if field.Value != "" {
			lines = append(lines, bot.Line{Label: field.Label, Text: field.Shown, Typed: true})
		}
	}
	for _, l := range f.Preview {
		if !slices.ContainsFunc(lines, func(have bot.Line) bool { return have.Label == l.Label && have.Text == l.Text }) {
			lines = append(lines, l)
		}
	}
	return lines
}

func draftButtons(f bot.Form, value string) []slackapi.BlockElement {
	button := func(id, label string) *slackapi.ButtonBlockElement {
		return slackapi.NewButtonBlockElement(id, value, plain(label, maxButtonText))
	}
	send, change, drop := button(sendDraft, f.Send), button(changeDraft, f.Change), button(cancelDraft, f.Cancel)
	if !f.Ready() {
		change.Style = slackapi.StylePrimary
		return []slackapi.BlockElement{change, drop}
	}
	send.Style = slackapi.StylePrimary
	return []slackapi.BlockElement{send, change, drop}
}

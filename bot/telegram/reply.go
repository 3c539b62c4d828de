package telegram

import (
	"context"
	"slices"
	"sync"
	"time"

	tg "github.com/go-telegram/bot"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// mostToast is https://core.telegram.org/bots/api#answercallbackquery.
const mostToast = 200

// patientWith is for how long a reply, whose reader is waiting, is held back when Telegram asks for it.
const patientWith = 3 * time.Second

// reply answers one update. A press is answered exactly once: by the first short text, else empty after a while or at the end, because its
// button spins until then.
type reply struct {
	c    *Chat
	in   *incoming
	args string // of a typed command

	dialog  *dialog // the form that the update is about
	ending  *dialog // a form that is done; its message still stands
	looking bool    // a recalculation: the form is not drawn by Update
	looked  bool    // it came
	hold    bool    // answers wait for the end
	held    []bot.Message
	unsaved error // why what was pressed was not saved
	failed  error // something could not be told
	told    bool  // something was

	mu       sync.Mutex
	answered bool
	timer    *time.Timer
}

func newReply(c *Chat, in *incoming, ctx context.Context) *reply {
	r := &reply{c: c, in: in}
	if in.query != "" {
		r.mu.Lock() // the timer may be faster than the assignment
		defer r.mu.Unlock()
		r.timer = time.AfterFunc(c.Times.Answer, func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Times.Handling)
			defer cancel()
			r.answer(ctx, "", false)
		})
	}
	return r
}

func (r *reply) language(ctx context.Context) string {
	return r.c.reader(ctx, r.in.user, r.in.app).language
}

// answer ends the spinning of a pressed button, once. It tells whether the text was shown.
func (r *reply) answer(ctx context.Context, text string, alert bool) bool {
	r.mu.Lock()
	if r.in.query == "" || r.answered {
		r.mu.Unlock()
		return false
	}
	r.answered = true
	r.mu.Unlock()
	r.timer.Stop()
	_, err := r.c.api.AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{CallbackQueryID: r.in.query, Text: text,
		ShowAlert: alert && text != ""})
	if err != nil {
		if !says(err, lateWords) { // too late is nobody's fault, and the button spins no more
			r.c.Log.WarnContext(ctx, "a press could not be answered", "error", err)
		}
		return false
	}
	return true
}

// Open shows a form, in a message of its own.
func (r *reply) Open(ctx context.Context, f bot.Form) error {
	r.answer(ctx, "", false)
	return r.c.open(ctx, r, f)
}

// Update redraws the form that the update came from.
func (r *reply) Update(ctx context.Context, f bot.Form) error {
	if r.dialog == nil || token(f.Nonce) != r.dialog.token() {
		return r.c.open(ctx, r, f)
	}
	r.dialog.Form = f
	if r.looking {
		r.looked = true
		return nil
	}
	r.dialog.sum() // it shows every fault at its field
	return r.c.keepAndShow(ctx, r, r.dialog, month{})
}

// Done takes the form away: what is told next stands in its place.
func (r *reply) Done(ctx context.Context) error {
	d := r.dialog
	if d == nil { // a command that leaves the form
		var err error
		if d, err = r.c.load(ctx, r.in.user, ""); err != nil || d == nil {
			return nil // there is nothing to take away, or it is out of reach and will be forgotten
		}
	}
	if d.Ended {
		return nil
	}
	d.Ended = true
	if err := r.c.save(ctx, r.in.user, d); err != nil {
		r.c.Log.WarnContext(ctx, "a form that is done could not be put away", "error", err)
	}
	r.ending = d
	return nil
}

// Tell gives a private answer.
func (r *reply) Tell(ctx context.Context, m bot.Message) error {
	if r.hold {
		r.held = append(r.held, m)
		return nil
	}
	return r.tell(ctx, m)
}

// Spent takes buttons off the message in which one was pressed.
func (r *reply) Spent(ctx context.Context, subject workflows.SubjectID) error {
	if !r.in.private || r.in.message == 0 {
		return nil
	}
	rows := [][]key{}
	for _, row := range r.in.keys {
		left := slices.DeleteFunc(slices.Clone(row), func(k key) bool {
			b, err := readData(k.Data)
			return err == nil && b.action.Spent(subject)
		})
		if len(left) > 0 {
			rows = append(rows, left)
		}
	}
	p := &tg.EditMessageReplyMarkupParams{ChatID: r.in.chat, MessageID: r.in.message}
	if len(rows) > 0 {
		p.ReplyMarkup = markup(rows)
	}
	err := r.c.patiently(ctx, func() error { _, err := r.c.api.EditMessageReplyMarkup(ctx, p); return err })
	if says(err, sameWords) || says(err, missingWords) {
		return nil
	}
	return err
}

func (r *reply) say(ctx context.Context, key string, args map[string]any) error {
	return r.tell(ctx, bot.Message{Text: r.c.Words.Say(r.language(ctx), key, args), Tone: workflows.Warn})
}

// tell answers. What comes of each picture of an album alike is told once: for their sender they are one message.
func (r *reply) tell(ctx context.Context, m bot.Message) error {
	once := r.in.album + m.Text
	alike := r.in.album != "" && m.Card == nil && m.Picture == nil && len(m.Items)+len(m.Actions)+len(m.Files) == 0
	if _, told := r.c.albums.find(once); told && alike {
		r.told = true
		return nil
	}
	tell := r.toldAs
	if m.Picture != nil && r.in.private { // nothing of anybody's is shown in a group
		tell = r.tellPicture
	}
	err := tell(ctx, m)
	if err == nil && alike {
		r.c.albums.keep(once, "")
	}
	if err != nil {
		r.failed = err
	} else {
		r.told = true
		if r.in.private { // nothing of anybody's is given out in a group
			r.sendFiles(ctx, m.Files)
		}
	}
	return err
}

func (r *reply) toldAs(ctx context.Context, m bot.Message) error {
	m.Actions = r.c.apart(ctx, r.in.user, m.Actions)
	d := drawMessage(m, r.c.commandWords())
	if m.Carded && r.ending != nil && r.in.query != "" && r.ending.Message != 0 {
		// The card stands below in a moment, so the form leaves nothing behind but a word that goes by itself.
		if err := r.c.patiently(ctx, func() error { return r.c.remove(ctx, r.in.chat, r.ending.Message) }); err == nil {
			r.ending = nil
			r.answer(ctx, m.Text, false)
			return nil
		}
	}
	if r.ending != nil && r.in.query != "" && r.ending.Message != 0 {
		if err := r.c.patiently(ctx, func() error { return r.c.edit(ctx, r.in.chat, r.ending.Message, d) }); err == nil {
			r.ending = nil
			return nil
		}
	}
	if m.Replaces && r.in.query != "" && r.in.private && r.in.message != 0 {
		r.answer(ctx, "", false)
		err := r.c.patiently(ctx, func() error { return r.c.edit(ctx, r.in.chat, r.in.message, d) })
		if err == nil || !says(err, missingWords) {
			return err
		}
	}
	if len(m.Files) > 0 {
		r.answer(ctx, "", false) // files take their time, and what is said of them stays above them
	}
	short := m.Card == nil && len(m.Items) == 0 && len(m.Actions) == 0 && units(m.Text) <= mostToast
	if short && r.answer(ctx, m.Text, m.Tone == workflows.Warn || m.Tone == workflows.Bad) {
		return nil
	}
	if !r.in.private { // nothing of anybody's is said in a group
		return nil
	}
	return r.c.patiently(ctx, func() error { _, err := r.c.post(ctx, r.in.chat, d, true, 0); return err })
}

// finish answers a press that had no answer, tells what was held back, and puts away a form that is done.
func (r *reply) finish(ctx context.Context) {
	held := r.held
	r.held, r.hold = nil, false
	for _, m := range held {
		if err := r.tell(ctx, m); err != nil {
			r.c.Log.WarnContext(ctx, "an answer could not be told", "error", err)
		}
	}
	if d := r.ending; d != nil && d.Message != 0 {
		r.ending = nil
		err := r.c.edit(ctx, r.in.chat, d.Message, r.c.closed(r.language(ctx), d, "telegram.closed"))
		if err != nil && !says(err, missingWords) {
			r.c.Log.WarnContext(ctx, "a form that is done could not be closed", "error", err)
		}
	}
	if r.timer != nil {
		r.timer.Stop()
		r.answer(ctx, "", false)
	}
}

// fail tells that an update could not be handled, unless the bot has said so in its own words. It tells whether the sender knows.
func (r *reply) fail(ctx context.Context) bool {
	if len(r.held) > 0 { // the bot's own words come with finish
		held := r.held
		r.held, r.hold = nil, false
		for _, m := range held {
			_ = r.tell(ctx, m)
		}
		return r.failed == nil
	}
	r.hold = false
	return r.say(ctx, "telegram.failed", nil) == nil
}

// patiently does something once more when Telegram asks for a moment. Its reader waits for it, so it is only a moment.
func (c *Chat) patiently(ctx context.Context, do func() error) error {
	err := do()
	wait, ok := retryAfter(err)
	if !ok || wait > patientWith {
		return err
	}
	if c.Pause(ctx, wait) != nil {
		return err
	}
	return do()
}

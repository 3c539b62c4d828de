package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-telegram/bot/models"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

const (
	tries     = 3               // after so many failures an update is dead
	firstWait = time.Second     // before the second try, then twice that
	tooLate   = 5 * time.Second // no further try when so much time has passed: somebody waits for a word
)

// goneButton is the bot's sentence for who presses a button that cannot be read: an older program posted it, or it was made up.
const goneButton = "request.gone"

// linkCommand is the bot's command that binds a chat user by a code.
const linkCommand = "link"

// update is what is read of an update: the library's type also reads kinds that are not wanted here, and fails on those it does not know
// yet.
type update struct {
	ID       int64         `json:"update_id"`
	Message  *message      `json:"message"`
	Edited   *message      `json:"edited_message"`
	Callback *callback     `json:"callback_query"`
	Member   *memberUpdate `json:"my_chat_member"`
}

type message struct {
	ID   int          `json:"message_id"`
	From *models.User `json:"from"`
	Chat chatRef      `json:"chat"`
	Text string       `json:"text"`
	Date int64        `json:"date"`      // seconds
	Edit int64        `json:"edit_date"` // seconds; 0: it is as it was sent

	Entities []entity    `json:"entities"`
	Photo    []photoSize `json:"photo"`
	Document *document   `json:"document"`
	Caption  string      `json:"caption"`
	Marks    []entity    `json:"caption_entities"`
	Album    string      `json:"media_group_id"`

	Markup keyboard `json:"reply_markup"`
}

// editSeen is for how long after it was sent a message's sender may expect that a change of it is read.
const editSeen = 15 * time.Minute

type chatRef struct {
	ID   int64           `json:"id"`
	Type models.ChatType `json:"type"`
}

type callback struct {
	ID      string      `json:"id"`
	From    models.User `json:"from"`
	Message *message    `json:"message"`
	Data    string      `json:"data"`
}

type memberUpdate struct {
	Chat chatRef     `json:"chat"`
	From models.User `json:"from"`
	New  struct {
		Status string `json:"status"`
	} `json:"new_chat_member"`
}

// incoming is one update, read.
type incoming struct {
	id      int64
	chat    int64
	user    int64
	app     string // the language of the user's app
	private bool
	human   bool
	query   string  // of a press
	data    string  // of a press
	keys    [][]key // that stand under the message of a press
	message int     // that was written, or whose button was pressed; 0: too old to be known
	text    string
	hasText bool     // a message with text
	edited  bool     // it is a message that was sent before, changed since
	marks   []entity // of the text, or of the caption
	file    *document
	caption string // of the file
	album   string // that the file is part of
	redraw  bool   // no update: the open form is drawn again
	again   bool   // it was given up before: nobody waits at the button that was pressed
	member  string
	nothing bool // nothing is to be done
}

func read(body []byte) (*incoming, error) {
	var u update
	if err := json.Unmarshal(body, &u); err != nil {
		return nil, fmt.Errorf("read an update: %w", err)
	}
	in := &incoming{id: u.ID}
	switch {
	case u.Callback != nil:
		from := u.Callback.From
		in.query, in.data, in.user, in.app, in.human = u.Callback.ID, u.Callback.Data, from.ID, from.LanguageCode, !from.IsBot
		in.chat = in.user
		if m := u.Callback.Message; m != nil {
			in.message, in.chat, in.keys = m.ID, m.Chat.ID, m.Markup.Rows
			in.private = m.Chat.Type == models.ChatTypePrivate
		}
	case u.Message != nil || u.Edited != nil:
		m := u.Message
		if m == nil {
			m, in.edited = u.Edited, true
			// a changed picture is not asked for again, nor is an old message
			in.nothing = m.Text == "" || time.Duration(m.Edit-m.Date)*time.Second > editSeen
		}
		in.chat, in.message, in.text, in.hasText = m.Chat.ID, m.ID, m.Text, m.Text != ""
		in.file, in.caption, in.album = m.file(), m.Caption, m.Album
		in.marks = append(m.Entities, m.Marks...)
		in.private = m.Chat.Type == models.ChatTypePrivate
		if m.From != nil {
			in.user, in.app, in.human = m.From.ID, m.From.LanguageCode, !m.From.IsBot
		}
	case u.Member != nil:
		in.chat, in.user, in.member = u.Member.Chat.ID, u.Member.From.ID, u.Member.New.Status
		in.private = u.Member.Chat.Type == models.ChatTypePrivate
	default:
		in.nothing = true
	}
	in.private = in.private && in.chat == in.user
	return in, nil
}

// take has an update handled, in its turn. The job that it gives is over when the update is done with or has to come again.
func (c *Chat) take(body []byte) *job { return c.start(&job{body: body, done: make(chan struct{})}) }

// Retry handles an update once more that was given up before. An error says why that failed again, and its sender hears nothing of it:
// they were told at the time. One that was handled after all, though it did not look so, changes nothing, by its cause.
func (c *Chat) Retry(ctx context.Context, body []byte) error {
	j := c.start(&job{body: body, again: true, done: make(chan struct{})})
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Chat) start(j *job) *job {
	body := j.body
	id, ok := readID(body)
	if !ok {
		c.Log.Error("Telegram sent something that is no update", "bytes", len(body))
		if j.again {
			j.err = errors.New("it is no update")
		}
		close(j.done)
		return j
	}
	j.id = id
	if j.in, j.fault = read(body); j.fault == nil {
		j.lane, j.in.again = j.in.chat, j.again
	}
	return c.lanes.put(j, c.work)
}

// work does all that is done for one update. It is done with when it was handled, or when it failed for good and that is known to somebody:
// its sender, who was told, or the administrator, for whom it is kept.
func (c *Chat) work(j *job) {
	switch {
	case j.again && j.fault != nil:
		j.err = j.fault
		return
	case j.again:
		_, j.err = c.once(j.in, false)
		return
	case j.fault != nil:
		j.err = c.giveUp(j, j.fault)
		return
	}
	began := time.Now()
	for try := 1; ; try++ {
		last := try == tries || time.Since(began) > tooLate
		told, err := c.once(j.in, last)
		if err == nil {
			return
		}
		c.Log.Error("an update from Telegram was not handled", "update", j.id, "try", try, "error", err)
		if last {
			if unkept := c.giveUp(j, err); unkept != nil && !told {
				j.err = unkept
			}
			return
		}
		if c.Pause(c.stopping, firstWait<<(try-1)) != nil {
			j.err = err
			return
		}
	}
}

// giveUp keeps an update that failed for good.
func (c *Chat) giveUp(j *job, why error) error {
	c.Log.Error("an update from Telegram is given up", "update", j.id, "error", why)
	if c.Unhandled == nil || j.body == nil { // a drawing that fails loses nothing
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.stopping), c.Times.Handling)
	defer cancel()
	if err := c.Unhandled.KeepUnhandled(ctx, Platform, c.key(j.id), j.body, why.Error()); err != nil {
		return fmt.Errorf("keep update %d for the administrator: %w", j.id, err)
	}
	c.Alarm.Alert(ctx, "alert.letter", Platform, map[string]any{"Platform": Platform})
	return nil
}

// key is the cause of an update: the bot's id and the update's.
func (c *Chat) key(update int64) string { return fmt.Sprintf("%d:%d", c.id, update) }

func (c *Chat) cause(in *incoming, key string) workflows.Cause {
	return workflows.Cause{ChatUser: chatUser(in.user), Key: key}
}

// once handles an update. Whatever happens, a press is answered. told says whether the sender heard of a failure.
func (c *Chat) once(in *incoming, last bool) (told bool, err error) {
	// What was begun is brought to its end also while the program stops.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.stopping), c.Times.Handling)
	defer cancel()
	r := newReply(c, in, ctx)
	r.hold = in.again // an answer to what fails again is not shown
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Times.Handling)
		defer cancel()
		if err == nil && !r.told {
			err = r.unsaved // whose sender knows nothing of it, so that it is tried again
		}
		if err != nil && last {
			told = r.fail(late)
		}
		if err == nil || last {
			r.finish(late)
		}
		if err == nil && r.failed != nil && !r.told && !errors.Is(outcome(r.failed), deliver.ErrGone) {
			err = fmt.Errorf("tell an answer: %w", r.failed) // handled again, it hears the same answer: its cause is known
		}
	}()
	return false, c.route(ctx, in, r)
}

// route finds out what an update is about. An error means: surely not saved, try again.
func (c *Chat) route(ctx context.Context, in *incoming, r *reply) error {
	switch {
	case in.nothing || !in.human && in.member == "":
		return nil
	case in.redraw:
		return c.redraw(ctx, in, r)
	case in.member != "":
		return c.membership(ctx, in)
	case in.query != "":
		return c.pressed(ctx, in, r)
	case !in.private:
		return c.inGroup(ctx, in)
	case in.edited: // what it said was answered, and may be decided by now
		return r.say(ctx, "telegram.edited", nil)
	case in.file != nil:
		return c.fileSent(ctx, in, r)
	case !in.hasText:
		return r.say(ctx, "telegram.unread", nil)
	}
	in.text, in.marks = c.readEntities(ctx, in.text, in.marks), nil
	content, args := written(in.text)
	if _, line := content.(bot.Said); line {
		if taken, err := c.typed(ctx, in, r); taken || err != nil {
			return err
		}
	}
	return c.hear(ctx, in, r, content, args)
}

// written reads what was typed, or stands under a picture. args are the words behind the first.
func written(text string) (content bot.Content, args string) {
	content = bot.ReadTyped(text)
	command, ok := content.(bot.Command)
	if !ok {
		return content, chat.Command(text).Args
	}
	command, _ = chat.Addressed(command)
	if command.Name == "start" {
		return started(command.Args), command.Args
	}
	return command, command.Args
}

// addressed reads a caption: a command in it as it is typed elsewhere, without the name of the bot that groups want.
func addressed(caption string) (text, args string) {
	content, args := written(caption)
	if command, ok := content.(bot.Command); ok {
		return strings.TrimSpace("/" + command.Name + " " + command.Args), args
	}
	return strings.TrimSpace(caption), args
}

// hear hands what was typed to the bot.
func (c *Chat) hear(ctx context.Context, in *incoming, r *reply, content bot.Content, args string) error {
	defer c.forget(in.user) // what was typed may have bound them to somebody else
	r.hold = true           // an answer to a try that failed is not shown: there will be another
	r.args = args
	return c.Bot.Handle(ctx, bot.Update{Cause: c.cause(in, c.key(in.id)), Content: content, Language: in.app}, r)
}

// pressed handles a press of a button.
func (c *Chat) pressed(ctx context.Context, in *incoming, r *reply) error {
	if !in.private {
		// Nothing with buttons is posted in groups, so this was made up, or the message is too old to be told. All anonymous administrators
		// of a group share one user id besides.
		return r.say(ctx, "telegram.private_short", nil)
	}
	b, err := readData(in.data)
	if err != nil {
		c.Log.WarnContext(ctx, "a button was pressed that cannot be read", "error", err)
		return r.say(ctx, goneButton, nil)
	}
	if b.step != "" {
		return c.stepPressed(ctx, in, r, b)
	}
	if b.action.Args, err = c.whole(ctx, in.user, b.action.Args); err != nil {
		c.Log.WarnContext(ctx, "what a button stands for was not found", "error", err)
		return r.say(ctx, goneButton, nil)
	}
	content := bot.Press{Action: b.action}
	if c.Bot.OpensForm(content) {
		r.answer(ctx, "", false) // the form is the answer
	}
	return c.press(ctx, bot.Update{Cause: c.cause(in, c.key(in.id)), Content: content, Language: in.app}, in, r)
}

// press hands to the bot what was pressed. What was not saved is acknowledged once it was told: its sender decides whether to press again.
// An error is for the administrator who handed it in once more.
func (c *Chat) press(ctx context.Context, u bot.Update, in *incoming, r *reply) error {
	if r.unsaved = c.Bot.Handle(ctx, u, r); r.unsaved == nil {
		return nil
	}
	c.Log.WarnContext(ctx, "a press was not saved", "update", in.id, "error", r.unsaved)
	if in.again {
		return r.unsaved
	}
	return nil
}

// inGroup answers a command in a group by saying where it belongs. Nothing else in a group is for us.
func (c *Chat) inGroup(ctx context.Context, in *incoming) error {
	if in.edited {
		return nil
	}
	command, ok := bot.ReadTyped(in.text).(bot.Command)
	if _, to := chat.Addressed(command); !ok || to == "" || !strings.EqualFold(to, c.name(ctx)) { // not by name: it may be for any bot
		return nil
	}
	text := chat.InBoth(c.Words, "telegram.private", map[string]any{"Bot": c.name(ctx)})
	if _, err := c.post(ctx, in.chat, drawn{text: escape(text)}, true, in.message); err != nil {
		c.Log.WarnContext(ctx, "a group could not be answered", "error", err)
	}
	return nil
}

// membership hears of a user who blocked the bot, or came back.
func (c *Chat) membership(ctx context.Context, in *incoming) error {
	if !in.private || c.Presence == nil {
		return nil
	}
	reachable := in.member != "kicked" && in.member != "left"
	return c.Presence.Reachable(ctx, chatUser(in.user), reachable, c.Now())
}

// started is what /start means, which a client sends when somebody opens the bot: with the payload of the link by which they came, the code
// that binds them.
func started(payload string) bot.Command {
	if payload == "" {
		return bot.Command{Name: "help"}
	}
	return bot.Command{Name: linkCommand, Args: payload}
}

package telegram

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/nod-chat/nod/bot/deliver"
)

// Telegram has no idempotency key, and a bot cannot read a chat's history (tdlib/telegram-bot-api#126). So a post whose answer was lost
// cannot be found again, and the choice is the same for cards and notices: at least once. A card that was posted twice is harmless, since
// the buttons of the copy that is edited no more mean the same and are answered by what is stored; a notice that was sent twice is read
// twice; one that was lost would be missed.

// draw draws a post.
func (c *Chat) draw(p deliver.Post) (drawn, error) {
	switch {
	case p.Card != nil:
		return drawCard(*p.Card), nil
	case p.Message != nil:
		return drawMessage(*p.Message, c.commandWords()), nil
	}
	return drawn{}, errors.New("a post without content")
}

// Post sends a card or a notice, with a sound.
func (c *Chat) Post(ctx context.Context, to deliver.Address, p deliver.Post) (string, error) {
	chat, err := strconv.ParseInt(to.User, 10, 64)
	if err != nil {
		return "", deliver.ErrGone
	}
	d, err := c.draw(p)
	if err != nil {
		return "", err
	}
	if err := c.Pace.Turn(ctx, c.limits(chat)...); err != nil {
		return "", err
	}
	if err := p.Mine(ctx); err != nil {
		return "", err
	}
	reference := ""
	id, err := c.post(ctx, chat, d, false, 0)
	var moved *tg.MigrateError
	if errors.As(err, &moved) { // the group has become a supergroup, which has another id
		chat = int64(moved.MigrateToChatID)
		id, err = c.post(ctx, chat, d, false, 0)
		reference = strconv.FormatInt(chat, 10) + "/"
	}
	if err != nil {
		return "", outcome(err)
	}
	reference += strconv.Itoa(id)
	c.posts.keep(p.Key, reference)
	return reference, nil
}

// Edit replaces what was posted. There is no age limit for a bot's own messages.
func (c *Chat) Edit(ctx context.Context, to deliver.Address, reference string, p deliver.Post) error {
	chat, err := strconv.ParseInt(to.User, 10, 64)
	if err != nil {
		return deliver.ErrGone
	}
	if elsewhere, rest, ok := strings.Cut(reference, "/"); ok {
		if chat, err = strconv.ParseInt(elsewhere, 10, 64); err != nil {
			return deliver.ErrMissing
		}
		reference = rest
	}
	id, err := strconv.ParseInt(reference, 10, 32) // Telegram's message ids are 32 bits
	if err != nil {
		return deliver.ErrMissing
	}
	d, err := c.draw(p)
	if err != nil {
		return err
	}
	if err := c.Pace.Turn(ctx, c.limits(chat)...); err != nil { // edits count as messages do
		return err
	}
	if err := p.Mine(ctx); err != nil {
		return err
	}
	return outcome(c.edit(ctx, chat, int(id), d))
}

// Find knows only the posts whose answer this process got; of others nothing can be found out.
func (c *Chat) Find(_ context.Context, _ deliver.Address, p deliver.Post) (string, bool, error) {
	reference, ok := c.posts.find(p.Key)
	return reference, ok, nil
}

// post sends a message. silent: its reader is looking already.
func (c *Chat) post(ctx context.Context, chat int64, d drawn, silent bool, replyTo int) (int, error) {
	c.fits(ctx, d)
	p := &tg.SendMessageParams{ChatID: chat, Text: strings.ToValidUTF8(d.text, "�"), ParseMode: models.ParseModeHTML,
		LinkPreviewOptions: noPreview, DisableNotification: silent}
	if len(d.keys) > 0 { // a keyboard without rows is refused
		p.ReplyMarkup = markup(d.keys)
	}
	if replyTo != 0 {
		p.ReplyParameters = &models.ReplyParameters{MessageID: replyTo, AllowSendingWithoutReply: true}
	}
	m, err := c.api.SendMessage(ctx, p)
	if err != nil {
		c.hold(ctx, chat, err)
		return 0, err
	}
	return m.ID, nil
}

// edit replaces a message; without keys its keyboard goes.
func (c *Chat) edit(ctx context.Context, chat int64, id int, d drawn) error {
	c.fits(ctx, d)
	p := &tg.EditMessageTextParams{ChatID: chat, MessageID: id, Text: strings.ToValidUTF8(d.text, "�"), ParseMode: models.ParseModeHTML,
		LinkPreviewOptions: noPreview}
	if len(d.keys) > 0 {
		p.ReplyMarkup = markup(d.keys)
	}
	if _, err := c.api.EditMessageText(ctx, p); err != nil && !says(err, sameWords) {
		c.hold(ctx, chat, err)
		return err
	}
	return nil
}

// remove takes a message away; one that is gone already is.
func (c *Chat) remove(ctx context.Context, chat int64, id int) error {
	if _, err := c.api.DeleteMessage(ctx, &tg.DeleteMessageParams{ChatID: chat, MessageID: id}); err != nil && !says(err, deletedWords) {
		c.hold(ctx, chat, err)
		return err
	}
	return nil
}

func (c *Chat) fits(ctx context.Context, d drawn) {
	if len(d.unfit) > 0 {
		c.Log.ErrorContext(ctx, "buttons were left away: their data is longer than 64 bytes, or names no subject", "actions", d.unfit)
	}
}

type keyboard struct {
	Rows [][]key `json:"inline_keyboard"`
}

func markup(rows [][]key) keyboard { return keyboard{rows} }

var noPreview = &models.LinkPreviewOptions{IsDisabled: tg.True()}

// memory keeps the references of the newest posts, by key.
type memory struct {
	mu    sync.Mutex
	posts map[string]string
	order []string
}

const rememberedPosts = 10000

func (m *memory) keep(key, reference string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.posts == nil {
		m.posts = map[string]string{}
	}
	if _, ok := m.posts[key]; !ok {
		m.order = append(m.order, key)
	}
	m.posts[key] = reference
	if len(m.order) > rememberedPosts {
		delete(m.posts, m.order[0])
		m.order = m.order[1:]
	}
}

func (m *memory) find(key string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	reference, ok := m.posts[key]
	return reference, ok
}

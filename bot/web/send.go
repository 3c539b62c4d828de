package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

// body is a stored message: one of the two.
type body struct {
	Card    *bot.Card    `json:"card,omitempty"`
	Message *bot.Message `json:"message,omitempty"`
}

func encode(p deliver.Post) ([]byte, error) {
	b, err := json.Marshal(body{Card: p.Card, Message: p.Message})
	if err != nil {
		return nil, fmt.Errorf("encode post %s: %w", p.Key, err)
	}
	return b, nil
}

// Post stores a message and shows it to whoever has the chat open. The same post again is the same message, so that a lost answer does no
// harm.
func (c *Chat) Post(ctx context.Context, to deliver.Address, p deliver.Post) (string, error) {
	b, err := encode(p)
	if err != nil {
		return "", err
	}
	if err := p.Mine(ctx); err != nil {
		return "", err
	}
	id, err := c.Store.WebPost(ctx, to.User, p.Key, b, c.Clock.Now())
	if err != nil {
		return "", fmt.Errorf("post %s: %w", p.Key, err)
	}
	c.hub.wake(to.User)
	return strconv.FormatInt(id, 10), nil
}

// Edit replaces a message.
func (c *Chat) Edit(ctx context.Context, to deliver.Address, reference string, p deliver.Post) error {
	id, err := strconv.ParseInt(reference, 10, 64)
	if err != nil {
		return deliver.ErrMissing
	}
	b, err := encode(p)
	if err != nil {
		return err
	}
	if err := p.Mine(ctx); err != nil {
		return err
	}
	found, err := c.Store.WebEdit(ctx, to.User, id, b, c.Clock.Now())
	switch {
	case err != nil:
		return fmt.Errorf("edit %s: %w", reference, err)
	case !found:
		return deliver.ErrMissing
	}
	c.hub.wake(to.User)
	return nil
}

// takeButtons takes the buttons about a subject that stand there once off a message, which its reader may have before them for long.
func (c *Chat) takeButtons(ctx context.Context, p workflows.Person, message string, subject workflows.SubjectID) {
	id, err := strconv.ParseInt(strings.TrimPrefix(message, "m"), 10, 64)
	if err != nil { // an answer, which goes with its page
		return
	}
	stored, err := c.Store.WebHistory(ctx, p.No, shown)
	i := slices.IndexFunc(stored, func(m Stored) bool { return m.ID == id })
	if err == nil && i >= 0 {
		var b body
		if err = json.Unmarshal(stored[i].Body, &b); err == nil && b.Message != nil {
			left := b.Message.Spent(subject)
			err = c.Edit(ctx, deliver.Address{User: p.No}, strconv.FormatInt(id, 10), deliver.Post{Message: &left})
		}
	}
	if err != nil {
		c.Log.WarnContext(ctx, "a notice keeps its buttons", "error", err)
	}
}

// Find looks a post up by its key.
func (c *Chat) Find(ctx context.Context, to deliver.Address, p deliver.Post) (string, bool, error) {
	id, found, err := c.Store.WebFind(ctx, to.User, p.Key)
	if err != nil || !found {
		return "", false, err
	}
	return strconv.FormatInt(id, 10), true, nil
}

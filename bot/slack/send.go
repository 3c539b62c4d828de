package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot/deliver"
)

// What Slack says when a chat will not take messages any more, and when a message cannot be edited any more:
// docs.slack.dev/reference/methods, conversations.open, chat.postMessage, chat.update.
var (
	goneCodes = []string{"user_disabled", "user_not_found", "users_not_found", "user_not_visible", "invalid_user_combination",
		"cannot_dm_bot", "channel_not_found", "is_archived", "not_in_channel", "is_inactive"}
	missingCodes = []string{"message_not_found", "cant_update_message", "edit_window_closed"}
	refusedCodes = []string{"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments"}
)

// Post sends a message to a person's direct channel. Its reference is the channel's id and the message's timestamp: an edit wants both, and
// the channel's id is not the user's.
func (c *Chat) Post(ctx context.Context, to deliver.Address, p deliver.Post) (string, error) {
	reference := ""
	err := c.inChannel(ctx, to.User, c.openPaced, func(channel string) error {
		ts, err := c.postPaced(ctx, channel, p)
		reference = channel + ":" + ts
		return err
	})
	if err != nil {
		return "", c.known(ctx, to, err)
	}
	return reference, nil
}

// postPaced posts when it is its turn.
func (c *Chat) postPaced(ctx context.Context, channel string, p deliver.Post) (ts string, err error) {
	post := func(d drawing) error {
		return c.paced(ctx, func() error {
			if err := p.Mine(ctx); err != nil {
				return err
			}
			ts, err = c.api.post(ctx, channel, d)
			return err
		}, c.limit("chat.postMessage"), c.channelLimit(channel))
	}
	err = post(draw(p))
	if slices.Contains(refusedCodes, code(err)) {
		// A fault of ours. The person gets the sentence and the buttons, the operator what Slack said.
		c.Log.ErrorContext(ctx, "Slack refused a drawing, so a plain one was sent", "key", p.Key, "error", err)
		err = post(drawPlain(p))
	}
	return ts, err
}

// Edit replaces a message. Slack minds no edit that changes nothing.
func (c *Chat) Edit(ctx context.Context, to deliver.Address, reference string, p deliver.Post) error {
	channel, ts, ok := strings.Cut(reference, ":")
	if !ok {
		return deliver.ErrMissing
	}
	c.remember(to.User, channel)
	update := func(d drawing) error {
		return c.paced(ctx, func() error {
			if err := p.Mine(ctx); err != nil {
				return err
			}
			return c.api.update(ctx, channel, ts, d)
		}, c.limit("chat.update"))
	}
	err := update(draw(p))
	if slices.Contains(refusedCodes, code(err)) {
		c.Log.ErrorContext(ctx, "Slack refused a drawing, so a plain one was sent", "key", p.Key, "error", err)
		err = update(drawPlain(p))
	}
	return c.known(ctx, to, err)
}

const (
	findPage  = 200
	findPages = 5 // the newest thousand messages of one person's channel with the bot
)

// Find looks a post up in the channel's history by the key in its metadata, newest first. An ephemeral message is not there, and none is
// sent that way.
func (c *Chat) Find(ctx context.Context, to deliver.Address, p deliver.Post) (reference string, found bool, err error) {
	err = c.inChannel(ctx, to.User, c.openPaced, func(channel string) error {
		reference, found, err = c.find(ctx, channel, p)
		return err
	})
	if err != nil {
		return "", false, c.known(ctx, to, err)
	}
	return reference, found, nil
}

func (c *Chat) find(ctx context.Context, channel string, p deliver.Post) (reference string, found bool, err error) {
	cursor := ""
	for range findPages {
		var page []posted
		var next string
		err := c.paced(ctx, func() (err error) {
			page, next, err = c.api.history(ctx, channel, cursor, findPage)
			return err
		}, c.limit("conversations.history"))
		if err != nil {
			return "", false, err
		}
		for _, m := range page {
			var payload struct {
				Key string `json:"key"`
			}
			if m.Metadata.Type != cardEvent && m.Metadata.Type != noticeEvent {
				continue
			}
			if json.Unmarshal(m.Metadata.Payload, &payload) == nil && payload.Key == p.Key {
				return channel + ":" + m.TS, true, nil
			}
		}
		if next == "" {
			break
		}
		cursor = next
	}
	return "", false, nil
}

// known turns an error of the Web API into what deliver knows.
func (c *Chat) known(ctx context.Context, to deliver.Address, err error) error {
	switch at := code(err); {
	case err == nil:
		return nil
	case slices.Contains(missingCodes, at):
		return deliver.ErrMissing
	case slices.Contains(goneCodes, at):
		c.forget(ctx, to.User)
		return fmt.Errorf("%w: %s", deliver.ErrGone, at)
	}
	c.alertOfCredentials(ctx, err)
	var retry deliver.RetryAfter
	if errors.As(err, &retry) {
		return retry
	}
	return err
}

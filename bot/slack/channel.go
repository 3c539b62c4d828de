package slack

import (
	"context"
	"errors"

	"github.com/nod-chat/nod/workflows"
)

// Channels remember the direct channel of each user who is bound, beyond a restart: asking for all of them again takes hours in a large
// company, at the rate that Slack allows.
type Channels interface {
	// Channel gives a user's; empty: none is known.
	Channel(ctx context.Context, u workflows.ChatUser) (string, error)
	// KeepChannel keeps it; empty forgets it.
	KeepChannel(ctx context.Context, u workflows.ChatUser, channel string) error
}

// opening asks Slack for a user's direct channel.
type opening func(ctx context.Context, user string) (channel string, err error)

// inChannel does something in the direct channel between the bot and a user, which stays the same for ever: Slack is asked for one that
// nobody remembers, and once more when it does not know the one that was remembered.
func (c *Chat) inChannel(ctx context.Context, user string, open opening, do func(channel string) error) error {
	channel, remembered, err := c.channel(ctx, user, open)
	if err != nil {
		return err
	}
	err = do(channel)
	if !remembered || code(err) != "channel_not_found" {
		return err
	}
	c.forget(ctx, user)
	if channel, _, err = c.channel(ctx, user, open); err != nil {
		return err
	}
	return do(channel)
}

func (c *Chat) channel(ctx context.Context, user string, open opening) (id string, remembered bool, err error) {
	c.mu.Lock()
	id = c.channels[user]
	c.mu.Unlock()
	if id != "" {
		return id, true, nil
	}
	who, known := c.bindable(user)
	if known {
		if id, err = c.Channels.Channel(ctx, who); err != nil {
			c.Log.WarnContext(ctx, "a direct channel could not be looked up, so Slack is asked for it", "user", user, "error", err)
		}
		if id != "" {
			c.remember(user, id)
			return id, true, nil
		}
	}
	if id, err = open(ctx, user); err != nil {
		return "", false, err
	}
	c.remember(user, id)
	if known {
		c.keepChannel(ctx, who, id)
	}
	return id, false, nil
}

// inDirectChannel tells whether somebody asked in their direct channel with the bot. One that nobody remembers is not asked for.
func (r *reply) inDirectChannel(ctx context.Context) bool {
	channel, _, err := r.chat.channel(ctx, r.user, func(context.Context, string) (string, error) { return "", errUnknownChannel })
	return err == nil && r.place == channel
}

var errUnknownChannel = errors.New("a direct channel that nobody remembers")

// bindable names a user as a binding does, once the workspace is known; not ok: nothing is remembered of them.
func (c *Chat) bindable(user string) (u workflows.ChatUser, ok bool) {
	team := c.at().Team
	return workflows.ChatUser{Platform: Platform, Team: team, User: user}, c.Channels != nil && team != ""
}

func (c *Chat) remember(user, channel string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.channels) > remembered {
		clear(c.channels)
	}
	c.channels[user] = channel
}

func (c *Chat) forget(ctx context.Context, user string) {
	c.mu.Lock()
	delete(c.channels, user)
	c.mu.Unlock()
	if who, known := c.bindable(user); known {
		c.keepChannel(ctx, who, "")
	}
}

func (c *Chat) keepChannel(ctx context.Context, who workflows.ChatUser, channel string) {
	if err := c.Channels.KeepChannel(ctx, who, channel); err != nil {
		c.Log.WarnContext(ctx, "a direct channel could not be kept, so Slack will be asked for it again", "user", who.User, "error", err)
	}
}

// openPaced asks for a channel when nobody waits for it.
func (c *Chat) openPaced(ctx context.Context, user string) (id string, err error) {
	err = c.paced(ctx, func() (err error) {
		id, err = c.api.openChannel(ctx, user)
		return err
	}, c.limit("conversations.open"))
	return id, err
}

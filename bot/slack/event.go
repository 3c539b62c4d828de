package slack

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// event answers an event. A retry is as good as the first try: after a downtime it is the only delivery.
func (c *Chat) event(ctx context.Context, team string, in envelope) answer {
	if in.Type == "url_verification" {
		return answer{taken: true, payload: map[string]string{"challenge": in.Challenge}}
	}
	if in.Type != "event_callback" {
		return taken
	}
	// One event comes again with another id at times, so the key is what happened, where there is one; the id is only for what has no
	// place.
	key := "event:" + in.Team + ":" + in.ID
	if place := eventPlace(in); place != "" {
		key = "event:" + in.Team + ":" + place + ":" + in.Event.Type
	}
	return c.turns.once(key, func() bool { return c.seen.has(key) }, func() answer {
		a := c.handleEvent(ctx, team, in, key)
		if a.taken {
			c.seen.add(key)
		}
		return a
	})
}

func eventPlace(in envelope) string {
	channel := ""
	_ = json.Unmarshal(in.Event.Channel, &channel)
	ts := in.Event.TS
	if ts == "" {
		ts = in.Event.At
	}
	if channel == "" || ts == "" {
		return ""
	}
	return channel + ":" + ts
}

func (c *Chat) handleEvent(ctx context.Context, team string, in envelope, key string) answer {
	e := in.Event
	user := e.userID()
	switch e.Type {
	case "message":
		if !c.isLine(ctx, in) {
			return taken
		}
		channel, _, _ := strings.Cut(eventPlace(in), ":")
		return c.line(ctx, team, user, channel, key, c.readMarkup(ctx, e.Text), e.handedIn())
	case "app_home_opened":
		if e.Tab != "home" || user == "" {
			return taken
		}
		return answer{taken: c.publishHome(ctx, team, user, e.View.Hash) == nil}
	case "user_change":
		var u slackapi.User
		if err := json.Unmarshal(e.User, &u); err != nil {
			c.Log.ErrorContext(ctx, "a changed user could not be read", "event", in.ID)
			return taken
		}
		if err := c.changed(ctx, &u); err != nil {
			c.Log.ErrorContext(ctx, "a changed user could not be saved", "user", u.ID, "error", err)
			return answer{}
		}
	case "app_uninstalled", "tokens_revoked":
		c.Alarm.Alert(ctx, "alert.slack.uninstalled", "", nil)
		c.Log.ErrorContext(ctx, "the app was taken off the workspace, or its tokens revoked: install it again and set SLACK_BOT_TOKEN",
			"team", in.Team)
	}
	return taken
}

// isLine tells whether an event is something that a person wrote to the bot: its own posts come back as events, too.
func (c *Chat) isLine(ctx context.Context, in envelope) bool {
	e := in.Event
	if e.Type != "message" || e.ChannelType != "im" || e.Bot != "" || !slices.Contains([]string{"", "file_share"}, e.Subtype) {
		return false
	}
	if len(e.handedIn()) > 0 {
		c.knowItself(ctx)
	}
	return e.userID() != "" && e.userID() != c.itself()
}

func (c *Chat) itself() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.self
}

const maxLine = 4000 // characters; more is in no form of ours, which then says so

// line answers a line that somebody wrote to the bot, or files that they sent with or without one. A message brings no trigger, so a form
// becomes a message form. A slash that Slack left in it, as the full-width one, makes it a command.
func (c *Chat) line(ctx context.Context, team, user, channel, key, text string, files []slackFile) answer {
	text = cut(strings.TrimSpace(text), maxLine)
	content := bot.ReadTyped(text)
	switch {
	case len(files) > 0:
		content = bot.Said{Text: text, Uploads: c.uploadsOf("", files)}
	case text == "":
		return taken
	}
	u := bot.Update{Cause: workflows.Cause{ChatUser: chatUser(team, user), Key: key}, Content: content}
	err := c.handle(ctx, u, &reply{chat: c, team: team, user: user, place: channel})
	return answer{taken: err == nil}
}

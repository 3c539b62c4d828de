package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// openSlack joins the workspace of the bot token.
func (s *service) openSlack(ctx context.Context, c Config, mux *http.ServeMux) {
	members := slackMembers{store: s.store, clock: s.clock}
	config := slackConfig(c)
	config.Bot, config.Binder = observed{s.bot, s.metrics}, members
	config.Alarm, config.Words, config.Log = s.alarm, s.texts, slog.Default()
	config.Drafts, config.Submissions, config.Bodies = s.drafts, s.store, s.bodies
	config.Pace = s.pace
	chat := slack.New(config)
	at, err := askSlack(ctx, chat)
	if err != nil { // Slack's bad day is no reason to stop serving the others; it is asked again with the first thing that happens
		slog.Error("Slack does not accept the bot token, or does not answer", "error", err)
	}
	slog.Info("Slack is on", "team", at.Team, "http", c.SlackSigningSecret != "", "socket", c.SlackAppToken != "")
	s.senders[slack.Platform] = chat
	if c.SlackSigningSecret != "" {
		mux.Handle("/slack/", chat.Handler())
	}
	if c.SlackAppToken != "" {
		s.intakes = append(s.intakes, func(ctx context.Context) error {
			if err := chat.RunSocket(ctx); err != nil {
				slog.Error("Socket Mode has ended; Slack is not served any more", "error", err)
			}
			return nil // the other chats go on
		})
		s.checks = append(s.checks, check{name: "slack", question: chat.Ready, more: func() string { return chat.Socket().String() }})
	}
	s.closers = append(s.closers, chat.Close)
	s.loops = append(s.loops, chat.RunSubmissions, func(ctx context.Context) error {
		findMembers(ctx, s.store, chat, members, s.deliverer.Wake)
		return nil
	})
}

func slackConfig(c Config) slack.Config {
	return slack.Config{BotToken: c.SlackBotToken.Reveal(), SigningSecret: c.SlackSigningSecret.Reveal(),
		AppToken: c.SlackAppToken.Reveal(), TeamID: c.SlackTeamID, APIURL: c.SlackAPIURL, Prefix: c.SlackPrefix}
}

// askSlack asks whom the token belongs to.
func askSlack(ctx context.Context, chat *slack.Chat) (slack.Installation, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	at, err := chat.Check(ctx)
	if err != nil {
		return at, fmt.Errorf("%w; check SLACK_BOT_TOKEN and SLACK_TEAM_ID, or unset them to run without Slack", err)
	}
	return at, nil
}

// slackMembers keeps which employees the members of the workspace are.
type slackMembers struct {
	store *storage.Store
	clock *workflows.Clock
}

// Bound tells whether a member is known.
func (m slackMembers) Bound(ctx context.Context, team, user string) (bool, error) {
	return m.store.Bound(ctx, workflows.ChatUser{Platform: slack.Platform, Team: team, User: user})
}

// Bind makes a member known by their verified address. Nobody with that address is no fault; a second member with it is refused, and
// storage has the administrators told, because one of the two is not who they seem.
func (m slackMembers) Bind(ctx context.Context, who slack.Member) error {
	err := m.store.BindByEmail(ctx, workflows.ChatUser{Platform: slack.Platform, Team: who.Team, User: who.User}, who.Email, m.clock.Now())
	if errors.Is(err, &workflows.Error{Code: workflows.Unknown}) {
		return nil
	}
	return err
}

// Changed ends what a member is known as when they are no full, live member any more; their buttons are dead from that moment.
func (m slackMembers) Changed(ctx context.Context, who slack.Member) error {
	if who.Live {
		return nil
	}
	return m.store.Unbind(ctx, workflows.ChatUser{Platform: slack.Platform, Team: who.Team, User: who.User}, false, m.clock.Now())
}

const (
	searchEvery = 2 * time.Second
	searchAgain = 10 * time.Minute // after the workspace did not know an address
)

// findMembers looks up people who are asked to decide something and never wrote to the bot, by their address, so that their cards reach
// them.
func findMembers(ctx context.Context, store *storage.Store, chat *slack.Chat, members slackMembers, found func()) {
	tick := time.NewTicker(searchEvery)
	defer tick.Stop()
	unknown := map[workflows.PersonID]time.Time{} // until when not to ask again
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		people, err := store.Unreached(ctx, slack.Platform)
		if err != nil {
			slog.Error("looking for people to find in Slack failed", "error", err)
			continue
		}
		for _, p := range people {
			if time.Now().Before(unknown[p.ID]) {
				continue
			}
			member, ok, err := chat.Lookup(ctx, p.Email)
			if err != nil {
				slog.Warn("somebody could not be looked up in Slack", "person", p.No, "error", err)
				break // the rest of them when Slack answers again
			}
			if ok {
				err = members.Bind(ctx, member)
			}
			if !ok || err != nil {
				unknown[p.ID] = time.Now().Add(searchAgain)
				continue
			}
			found()
		}
	}
}

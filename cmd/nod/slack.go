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
	config.Drafts, config.Submissions, config.Channels, config.Bodies = s.drafts, s.store, s.store, s.bodies
	config.Pace = s.pace
	config.Looked = s.health.add(duty{name: "slack.submissions", interval: 2 * time.Second, needed: true}).did
	chat := slack.New(config)
	at, err := askSlack(ctx, chat)
	if err != nil { // Slack's bad day is no reason to stop serving the others; it is asked again with the first thing that happens
		slog.Error("Slack does not accept the bot token, or does not answer", "error", err)
	}
	if errors.Is(err, slack.ErrOrgWide) { // whoever writes reads it too
		s.alarm.Alert(ctx, "alert.slack.org_wide", "", nil)
	}
	slog.Info("Slack is on", "team", at.Team, "http", c.SlackSigningSecret != "", "socket", c.SlackAppToken != "")
	s.senders[slack.Platform] = chat
	if c.SlackSigningSecret != "" {
		mux.Handle("/slack/", chat.Handler())
	}
	s.sends(slack.Platform)
	if c.SlackAppToken != "" {
		socket := duty{name: "slack.socket"}
		if c.SlackSigningSecret == "" {
			socket.platform = slack.Platform // nothing comes in by any other way
		}
		s.health.ask(s.health.add(socket), chat.Ready)
		s.intakes = append(s.intakes, func(ctx context.Context) error {
			if err := chat.RunSocket(ctx); err != nil {
				slog.Error("Socket Mode has ended; Slack is not served any more", "error", err)
			}
			return nil // the other chats go on
		})
		s.checks = append(s.checks, check{name: "slack", question: chat.Ready, more: func() string { return chat.Socket().String() }})
	}
	s.closers = append(s.closers, chat.Close)
	s.retryDead(slack.Platform, chat.Retry)
	s.loops = append(s.loops, chat.RunSubmissions)
	search := memberSearch{store: s.store, workspace: chat, bind: members.byAddress, again: map[workflows.PersonID]time.Time{}}
	s.repeat(duty{name: "slack.search", interval: searchEvery}, func(ctx context.Context) error {
		found, err := search.look(ctx, time.Now())
		if found > 0 {
			s.deliverer.Wake()
		}
		return err
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
	if errors.Is(err, slack.ErrOrgWide) {
		return at, err
	}
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
	return m.store.Bound(ctx, slackUser(team, user))
}

// NameOf gives the name of the employee who a member is.
func (m slackMembers) NameOf(ctx context.Context, team, user string) (string, error) {
	p, err := m.store.BoundPerson(ctx, slackUser(team, user))
	return p.Name, err
}

func slackUser(team, user string) workflows.ChatUser {
	return workflows.ChatUser{Platform: slack.Platform, Team: team, User: user}
}

// byAddress makes a member known by their verified address; a second member with it is refused, and storage has the administrators told,
// because one of the two is not who they seem.
func (m slackMembers) byAddress(ctx context.Context, who slack.Member) error {
	return m.store.BindByEmail(ctx, slackUser(who.Team, who.User), who.Email, m.clock.Now())
}

// Bind does so for somebody who writes. That nobody has the address is no fault: they are a stranger.
func (m slackMembers) Bind(ctx context.Context, who slack.Member) error {
	err := m.byAddress(ctx, who)
	if errors.Is(err, &workflows.Error{Code: workflows.Unknown}) {
		return nil
	}
	return err
}

// Changed ends what a user is known as when they are gone from the workspace, when an address made them known and they are no full member
// any more, or when the workspace has verified another address; their buttons are dead from that moment. A guest whom a code made known
// stays so.
func (m slackMembers) Changed(ctx context.Context, who slack.Member) error {
	user, now := slackUser(who.Team, who.User), m.clock.Now()
	switch {
	case who.Gone:
		return m.store.Unbind(ctx, user, now)
	case who.Live:
		return m.store.AddressIs(ctx, user, who.Email, now)
	}
	return m.store.UnbindAddress(ctx, user, now)
}

package slack

import (
	"context"
	"errors"
	"fmt"
	"sync"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/workflows"
)

// Member is what the workspace says of one of its users. Only a live full member with a verified address is ever given to Bind.
type Member struct {
	Team  string // the workspace in which they are what follows
	User  string
	Email string // verified by the workspace
	Live  bool   // a full member who is there: no bot, guest, stranger or deactivated account
	Gone  bool   // deactivated, or not of the workspace
}

// Binder keeps which employee a Slack user is. It decides; what it refuses, bot tells the user.
type Binder interface {
	// Bound tells whether a user is bound already.
	Bound(ctx context.Context, team, user string) (bool, error)
	// NameOf gives the name of the person that a user is bound to; Unknown when there is none.
	NameOf(ctx context.Context, team, user string) (string, error)
	// Bind binds a live member to the one active person with their address, if there is one and nobody else holds them. A refusal says why
	// not.
	Bind(ctx context.Context, m Member) error
	// Changed tells what a member is now: one who is gone loses their binding, one who is not live any more, or has another address, that
	// which an address made.
	Changed(ctx context.Context, m Member) error
}

// member reads a user as Slack shows them: what they are in the workspace. Whatever is not certain counts against them.
func (w workspace) member(u *slackapi.User) Member {
	m := Member{Team: w.Team, User: u.ID}
	const helper = "USLACKBOT" // has no is_bot
	m.Live = w.has(u) && u.ID != helper && !u.Deleted && !u.IsBot && !u.IsAppUser && !u.IsWorkflowBot && !u.IsConnectorBot &&
		!u.IsInvitedUser && !u.IsRestricted && !u.IsUltraRestricted && !u.IsStranger
	m.Gone = u.Deleted || !w.has(u)
	if m.Live && u.IsEmailConfirmed {
		m.Email = u.Profile.Email
	}
	return m
}

// bind sees to it that a user of the workspace is bound if they can be, before their update is answered. It gives the Binder's refusal.
// What goes wrong is logged and no more: the update is refused then, because its sender is unknown.
func (c *Chat) bind(ctx context.Context, team, user string) (refusal error) {
	home, err := c.home(ctx)
	if c.Binder == nil || err != nil || team != home.Team || user == "" {
		if err != nil {
			c.Log.WarnContext(ctx, "the workspace is not known yet, so nobody new is bound", "error", err)
		}
		return nil
	}
	key := team + ":" + user
	if c.bound.has(key) {
		return nil
	}
	if c.tried.has(key) {
		return c.told.of(key)
	}
	if c.isBound(ctx, team, user) && c.isStill(ctx, home, user) {
		c.bound.add(key)
		return nil
	}
	u, err := c.api.user(ctx, user)
	if err != nil {
		c.alertOfCredentials(ctx, err)
		c.Log.WarnContext(ctx, "who a Slack user is could not be looked up", "user", user, "error", err)
		return nil
	}
	c.speaks(key, u.Locale)
	m := home.member(u)
	if m.Email != "" && m.User == user {
		err = c.Binder.Bind(ctx, m)
	}
	if err != nil && !errors.As(err, new(*workflows.Error)) {
		c.Log.WarnContext(ctx, "a Slack user could not be bound", "user", user, "error", err)
		return nil
	}
	if c.isBound(ctx, team, user) {
		c.bound.add(key)
		c.verified.add(key)
		return nil
	}
	c.tried.add(key) // a stranger who presses on costs no look-up each time
	c.told.keep(key, err)
	return err
}

func (c *Chat) isBound(ctx context.Context, team, user string) bool {
	yes, err := c.Binder.Bound(ctx, team, user)
	return err == nil && yes
}

// isStill asks the workspace from time to time whether somebody bound still is who they were, since the event that tells of a change may
// have been lost. While Slack cannot be asked, what was known holds. It is false when they are not bound any more.
func (c *Chat) isStill(ctx context.Context, home workspace, user string) bool {
	key := home.Team + ":" + user
	if c.verified.has(key) {
		return true
	}
	u, err := c.api.user(ctx, user)
	if err == nil {
		err = c.Binder.Changed(ctx, home.member(u))
	}
	if err != nil {
		c.Log.WarnContext(ctx, "whether a Slack user still is who they were could not be looked up", "user", user, "error", err)
		return true
	}
	c.verified.add(key)
	return c.isBound(ctx, home.Team, user)
}

// refused keeps why users could not be bound, for as long as they are not tried again.
type refused struct {
	mu  sync.Mutex
	why map[string]error
}

func (r *refused) keep(key string, why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.why == nil || len(r.why) >= remembered {
		r.why = map[string]error{}
	}
	delete(r.why, key)
	if why != nil {
		r.why[key] = why
	}
}

func (r *refused) of(key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.why[key]
}

// speaks remembers the language of somebody's app, which users.info brings.
func (c *Chat) speaks(key, locale string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.locales) > remembered {
		clear(c.locales)
	}
	c.locales[key] = locale
}

// locale gives the language of somebody's app as far as it was seen: only of those whom nobody knew when they came, which is when it
// matters.
func (c *Chat) locale(team, user string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.locales[team+":"+user]
}

// Lookup finds the live member with an address, as an approver's who never wrote to the bot.
func (c *Chat) Lookup(ctx context.Context, email string) (m Member, found bool, err error) {
	home, err := c.home(ctx)
	if err != nil {
		return m, false, err
	}
	u, err := c.api.userByEmail(ctx, email)
	if code(err) == "users_not_found" {
		return m, false, nil
	}
	if err != nil {
		c.alertOfCredentials(ctx, err)
		return m, false, fmt.Errorf("look a member up: %w", err)
	}
	m = home.member(u)
	return m, m.Email != "", nil
}

// Colleague is what the workspace knows of a live full member, for somebody who begins a people file.
type Colleague struct {
	Name, Email, Title string
	Zone               string // IANA name
	Locale             string // as en-US or zh-CN
}

// Colleagues lists the live full members whose address the workspace has verified.
func (c *Chat) Colleagues(ctx context.Context) ([]Colleague, error) {
	home, err := c.home(ctx)
	if err != nil {
		return nil, err
	}
	users, err := c.api.users(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the workspace: %w", err)
	}
	var list []Colleague
	for _, u := range users {
		if m := home.member(&u); m.Email != "" {
			list = append(list, Colleague{Name: u.RealName, Email: m.Email, Title: u.Profile.Title, Zone: u.TZ, Locale: u.Locale})
		}
	}
	return list, nil
}

// changed passes on what the workspace says of a user who changed. Somebody who is not live any more loses their buttons with that.
func (c *Chat) changed(ctx context.Context, u *slackapi.User) error {
	home, err := c.home(ctx)
	if err != nil || c.Binder == nil {
		return err
	}
	m := home.member(u)
	key := m.Team + ":" + m.User
	c.bound.drop(key)
	c.tried.drop(key)
	c.verified.drop(key)
	c.ours.drop(m.User)
	c.others.drop(m.User)
	if err := c.Binder.Changed(ctx, m); err != nil || !u.Deleted || u.TeamID == "" || u.TeamID == home.Team {
		return err
	}
	// somebody from elsewhere is known, by a code, as one from there
	return c.Binder.Changed(ctx, Member{Team: u.TeamID, User: u.ID, Gone: true})
}

package slack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// workspace is the one whose people are employees. In Slack Enterprise Grid an organisation has many, a user has one ID in all of them,
// and what arrives names now this workspace of theirs, now that one, now the organisation: docs.slack.dev/enterprise. Whether somebody is
// ours is asked here and nowhere else.
type workspace struct {
	Team    string // T…; empty: not known yet
	Org     string // E…, the organisation that it belongs to; empty: none
	OrgWide bool   // the token is that of an installation for the whole organisation
	asked   bool   // Slack has said what it is
}

// has tells whether the workspace is one of a user's.
func (w workspace) has(u *slackapi.User) bool {
	return w.Team != "" && (u.TeamID == w.Team || slices.Contains(u.Enterprise.Teams, w.Team))
}

// origin is what an arrival says of where it comes from.
type origin struct {
	Team    string // the sender's: a workspace or an organisation; empty: it does not say
	User    string // the sender; empty: nobody
	OrgWide bool   // it comes from an installation for a whole organisation
}

// In a command the workspace is the one in which it was typed.
func (in command) origin() origin { return origin{in.Team, in.User, bool(in.OrgWide)} }

// The team of an interaction is null when the app is installed for the whole organisation.
func (in interaction) origin() origin {
	return origin{cmp.Or(in.User.Team, in.Team.ID), in.User.ID, bool(in.OrgWide)}
}

// In a channel shared with another company the team of a message is the channel's, and that of its writer stands beside it. The workspace
// around an event may be any that sees it; the one that the app is installed in stands among the authorizations.
func (in envelope) origin() origin {
	o := origin{Team: cmp.Or(in.Event.UserTeam, in.Event.Team), User: in.Event.userID()}
	if len(in.Authorizations) > 0 {
		o.Team = cmp.Or(o.Team, in.Authorizations[0].Team)
		o.OrgWide = bool(in.Authorizations[0].OrgWide)
	}
	o.Team = cmp.Or(o.Team, in.Team)
	return o
}

// at gives what is known of the workspace without asking.
func (c *Chat) at() workspace {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.place
}

// home gives the workspace whose people are employees, and asks Slack for it when it is not configured and not known yet.
func (c *Chat) home(ctx context.Context) (workspace, error) {
	if at := c.at(); at.Team != "" {
		return at, nil
	}
	_, err := c.Check(ctx)
	return c.at(), err
}

// Installation is what auth.test says.
type Installation struct {
	Team     string
	TeamName string
	Org      string // of Enterprise Grid; empty: none
	OrgWide  bool   // the app is installed for the whole organisation
	BotUser  string
	Scopes   []string // of the bot token; nil: Slack did not say
}

// ErrOrgWide is that the app was installed for a whole organisation. Who is an employee is told by membership of one workspace, so such an
// installation would let in people whom nobody meant.
var ErrOrgWide = errors.New("the app is installed for a whole Enterprise Grid organisation, and nod serves one workspace: remove that " +
	"installation, switch Org Level Apps off, install the app in the workspace itself, and set SLACK_BOT_TOKEN to the token from there")

// Check asks Slack whom the bot token belongs to, and remembers it. A token of another workspace than the configured one is a fault, as
// is one of a whole organisation (ErrOrgWide).
func (c *Chat) Check(ctx context.Context) (Installation, error) {
	in, err := c.api.authTest(ctx)
	if err != nil {
		c.alertOfCredentials(ctx, err)
		return in, fmt.Errorf("ask Slack whom SLACK_BOT_TOKEN belongs to: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.place.OrgWide = in.OrgWide
	switch {
	case in.OrgWide:
		return in, ErrOrgWide
	case c.TeamID != "" && c.TeamID != in.Team:
		return in, fmt.Errorf("SLACK_BOT_TOKEN belongs to the workspace %s, not to SLACK_TEAM_ID %s", in.Team, c.TeamID)
	}
	c.place, c.self = workspace{Team: in.Team, Org: in.Org, asked: true}, in.BotUser
	return in, nil
}

// senderTeam gives the team under which a sender is known: ours when they are of the workspace, also where an arrival names another team
// of theirs, else the one that it names. Outside an organisation, which is where Slack names one team only, it asks nobody.
func (c *Chat) senderTeam(ctx context.Context, o origin) string {
	at := c.at()
	if o.User == "" || o.Team == at.Team || at.Team == "" {
		return o.Team
	}
	ctx, cancel := context.WithTimeout(ctx, c.Times.Opening/2) // a dialog may have to be opened afterwards
	defer cancel()
	if !at.asked {
		if _, err := c.Check(ctx); err != nil {
			c.Log.WarnContext(ctx, "it is not known whether the workspace belongs to an organisation", "error", err)
		}
		at = c.at()
	}
	if at.Org == "" || c.Binder == nil {
		return cmp.Or(o.Team, at.Team)
	}
	if c.isOurs(ctx, at, o.User) {
		return at.Team
	}
	return cmp.Or(o.Team, at.Org)
}

// isOurs asks whether a user of the organisation is of the workspace, at most once in a while of one user. Whoever is bound here was; that
// they still are is looked at with the binding. Of whom Slack does not say in time it is not believed.
func (c *Chat) isOurs(ctx context.Context, at workspace, user string) bool {
	switch {
	case c.ours.has(user):
		return true
	case c.others.has(user):
		return false
	case c.isBound(ctx, at.Team, user):
		c.ours.add(user)
		return true
	}
	u, err := c.api.user(ctx, user)
	if err != nil {
		c.alertOfCredentials(ctx, err)
		c.Log.WarnContext(ctx, "whether a user of the organisation is of the workspace could not be looked up", "user", user, "error", err)
		return false
	}
	if at.has(u) {
		c.ours.add(user)
		return true
	}
	c.others.add(user)
	return false
}

// refuseOrgWide answers what an installation for a whole organisation brings: with a sentence where somebody waits for an answer, and with
// nothing done.
func (c *Chat) refuseOrgWide(ctx context.Context, in arrival) answer {
	c.Alarm.Alert(ctx, "alert.slack.org_wide", "", nil)
	c.Log.ErrorContext(ctx, ErrOrgWide.Error())
	m := bot.Message{Text: c.say("slack.org_wide"), Tone: workflows.Warn}
	r := &reply{chat: c, user: in.origin().User}
	switch in := in.(type) {
	case command:
		if in.SSLCheck == "1" {
			return taken
		}
		r.meta.Respond = in.Respond
	case interaction:
		r.meta.Respond = in.Respond
		if in.Type == "view_submission" && in.View != nil {
			return answer{taken: true, payload: c.notSaved(in.View.inputs(), meta{}, m.Text)}
		}
	case envelope:
		if in.Event.Type == "app_home_opened" && r.user != "" {
			return answer{taken: c.publish(ctx, r.user, in.Event.View.Hash, []bot.Message{m}) == nil}
		}
		if !c.isLine(ctx, in) {
			return taken
		}
	}
	if r.user == "" {
		return taken
	}
	return answer{taken: r.Tell(ctx, m) == nil}
}

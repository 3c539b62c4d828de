package slack_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
)

const org = "E0LANTERN"

// senders are users as an organisation's workspace meets them, each with the team under which they are known, and whether their address makes them
// somebody.
var senders = []struct {
	what  string
	user  slacktest.User
	team  string
	bound bool
}{
	{"of the workspace", slacktest.User{Team: slacktest.TeamID}, slacktest.TeamID, true},
	{"without a team, in the workspace", slacktest.User{Teams: []string{slacktest.TeamID}}, slacktest.TeamID, true},
	{"from another workspace first, in this one too", slacktest.User{Team: "T0OTHER", Teams: []string{"T0OTHER", slacktest.TeamID}}, slacktest.TeamID, true},
	{"of another workspace of the organisation", slacktest.User{Team: "T0OTHER", Teams: []string{"T0OTHER"}}, "T0OTHER", false},
	{"without a team, in another workspace", slacktest.User{Teams: []string{"T0OTHER"}}, org, false},
	{"of another company", slacktest.User{Team: "T0FAR", Stranger: true}, "T0FAR", false},
	{"of another company's organisation", slacktest.User{Team: "E0FAR", Stranger: true}, "E0FAR", false},
	{"a guest of the workspace", slacktest.User{Teams: []string{slacktest.TeamID}, Guest: true}, slacktest.TeamID, false},
	{"deactivated", slacktest.User{Teams: []string{slacktest.TeamID}, Deleted: true}, slacktest.TeamID, false},
}

// arrivals are the ways in which something comes from a user.
var arrivals = map[string]func(h *house) error{
	"a command": func(h *house) error { return h.Type(h.t.Context(), "kim", "/requests") },
	"a line":    func(h *house) error { return h.Type(h.t.Context(), "kim", "annual leave tomorrow") },
	"a press": func(h *house) error {
		ref, err := h.chat.Post(h.t.Context(), h.Address("kim"), post("k", sample()))
		if err != nil {
			return err
		}
		return h.Press(h.t.Context(), "kim", ref, "approve", 1)
	},
	"a form": func(h *house) error {
		if err := h.Type(h.t.Context(), "kim", "/leave"); err != nil {
			return err
		}
		return h.Send(h.t.Context(), "kim", 1)
	},
	"an opened home": func(h *house) error { return h.OpenHome(h.t.Context(), "kim") },
}

// inOrganisation is a house whose workspace belongs to an organisation, with one more user: kim, whose ID begins with a W as those of an organisation may.
func inOrganisation(t *testing.T, kim slacktest.User) (*house, *desk, *binder) {
	t.Helper()
	d, b := new(desk), &binder{bound: map[string]bool{}}
	d.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
		if c, ok := u.Content.(bot.Command); ok && c.Name == "leave" {
			f := form()
			f.Fields = f.Fields[:2]
			return r.Open(ctx, f)
		}
		if strings.HasPrefix(u.Cause.Key, "home:") {
			return r.Tell(ctx, bot.Message{Text: "heard"})
		}
		return nil // Slack opens no direct channel with some of them
	}
	h := open(t, d, false, func(c *slack.Config) { c.Binder = b })
	h.Reinstall(org, false)
	kim.ID, kim.Name, kim.Email, kim.Confirmed = slacktest.UserID("kim"), "kim", "lin@lantern.example", true
	h.Add(kim)
	_, err := h.chat.Check(t.Context())
	h.must(err)
	return h, d, b
}

// TestWhoseArrival: each way of coming in, from each sort of user, is heard under the right team, and binds whom it should and nobody else.
func TestWhoseArrival(t *testing.T) {
	for _, s := range senders {
		for what, arrive := range arrivals {
			t.Run(s.what+"/"+what, func(t *testing.T) {
				h, d, b := inOrganisation(t, s.user)
				if err := arrive(h); err != nil {
					if (s.user.Deleted || s.user.Stranger) && what == "a press" {
						return // Slack delivers no card to them
					}
					t.Fatal(err)
				}
				h.settle()
				for _, u := range d.updates() {
					want := s.team
					_, typed := u.Content.(bot.Command)
					switch {
					case what == "an opened home": // names nobody's team: who is not bound is unknown there, whoever they are
						want = slacktest.TeamID
					case typed && want == org: // a command is typed in one workspace, which it names
						want = "T0OTHER"
					}
					if u.Cause.Team != want || u.Cause.User != slacktest.UserID("kim") {
						t.Errorf("%T comes from %s in %s, want %s", u.Content, u.Cause.User, u.Cause.Team, want)
					}
				}
				if len(d.updates()) == 0 {
					t.Error("nothing was heard")
				}
				if b.bound[slacktest.UserID("kim")] != s.bound {
					t.Errorf("bound is %v, want %v: %q", !s.bound, s.bound, b.took())
				}
			})
		}
	}
}

// TestWhoIsOursCostsOneLookUp: in an organisation whoever is looked up is not looked up for each press.
func TestWhoIsOursCostsOneLookUp(t *testing.T) {
	for _, s := range senders {
		h, _, _ := inOrganisation(t, s.user)
		for range 5 {
			h.must(h.Type(t.Context(), "kim", "hello"))
		}
		if n := len(h.Calls("users.info")); n > 2 {
			t.Errorf("%s: %d look-ups", s.what, n)
		}
	}
}

// TestWorkspaceIsAskedLate: where Slack did not answer when the program began, the first of the organisation's users has it asked again.
func TestWorkspaceIsAskedLate(t *testing.T) {
	d, b := new(desk), &binder{bound: map[string]bool{}}
	h := open(t, d, false, func(c *slack.Config) { c.Binder = b })
	h.Reinstall(org, false)
	h.Add(slacktest.User{ID: slacktest.UserID("kim"), Email: "lin@lantern.example", Confirmed: true, Teams: []string{slacktest.TeamID}})
	h.Next("auth.test", slacktest.Fault{Status: 500})
	h.must(h.Type(t.Context(), "kim", "hello"))
	if u := d.last(t); u.Cause.Team != org || b.bound[u.Cause.User] {
		t.Errorf("while Slack does not answer somebody is taken for one of ours: %+v", u.Cause)
	}
	h.must(h.Type(t.Context(), "kim", "hello"))
	if u := d.last(t); u.Cause.Team != slacktest.TeamID || !b.bound[u.Cause.User] {
		t.Errorf("%+v", u.Cause)
	}
}

// TestChangedInOrganisation: a change of somebody whose workspaces hold this one ends nothing; leaving it does, whichever team is theirs then.
func TestChangedInOrganisation(t *testing.T) {
	kim := slacktest.UserID("kim")
	for what, c := range map[string]struct {
		change func(*slacktest.User)
		want   []string
	}{
		"a new name":            {func(u *slacktest.User) { u.Name = "Kim" }, []string{"changed T0NOD U0KIM lin@lantern.example live"}},
		"a second workspace":    {func(u *slacktest.User) { u.Team, u.Teams = "T0OTHER", []string{"T0OTHER", slacktest.TeamID} }, []string{"changed T0NOD U0KIM lin@lantern.example live"}},
		"away to another":       {func(u *slacktest.User) { u.Team, u.Teams = "T0OTHER", []string{"T0OTHER"} }, []string{"changed T0NOD U0KIM  gone"}},
		"away to none":          {func(u *slacktest.User) { u.Teams = []string{} }, []string{"changed T0NOD U0KIM  gone"}},
		"a guest from now on":   {func(u *slacktest.User) { u.Guest = true }, []string{"changed T0NOD U0KIM"}},
		"deactivated":           {func(u *slacktest.User) { u.Deleted = true }, []string{"changed T0NOD U0KIM  gone"}},
		"deactivated elsewhere": {func(u *slacktest.User) { u.Team, u.Teams, u.Deleted = "T0OTHER", nil, true }, []string{"changed T0NOD U0KIM  gone", "changed T0OTHER U0KIM  gone"}},
	} {
		t.Run(what, func(t *testing.T) {
			h, _, b := inOrganisation(t, slacktest.User{Teams: []string{slacktest.TeamID}})
			h.must(h.Type(t.Context(), "kim", "hello"))
			if !b.bound[kim] {
				t.Fatal("not bound")
			}
			b.took()
			h.Alter(kim, c.change)
			all := h.SendEvent(t.Context(), h.EventPayload(map[string]any{"type": "user_change", "user": h.UserJSON(kim), "event_ts": "1.1"}), nil)
			if got := b.took(); !all[0].OK() || !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
			h.clock.move(2 * time.Hour) // the event may be lost: what they are is looked at again then
			h.must(h.Type(t.Context(), "kim", "hello"))
			if got := b.took(); !slices.Contains(got, c.want[0]) {
				t.Errorf("later: %q, want %q", got, c.want)
			}
		})
	}
}

// TestFoundInOrganisation: who is looked up by an address, or listed for a people file, is of the workspace.
func TestFoundInOrganisation(t *testing.T) {
	for _, s := range senders {
		h, _, _ := inOrganisation(t, s.user)
		h.Alter(slacktest.UserID("kim"), func(u *slacktest.User) { u.Email = "kim@lantern.example" })
		m, found, err := h.chat.Lookup(t.Context(), "kim@lantern.example")
		if err != nil || found != s.bound || found && m.Team != slacktest.TeamID {
			t.Errorf("%s: found is %v (%+v, %v)", s.what, found, m, err)
		}
		list, err := h.chat.Colleagues(t.Context())
		listed := slices.ContainsFunc(list, func(c slack.Colleague) bool { return c.Email == "kim@lantern.example" })
		if err != nil || listed != s.bound {
			t.Errorf("%s: listed is %v, %v", s.what, listed, err)
		}
	}
}

// TestOrgWide: an installation for a whole organisation is refused at the start and at whatever arrives from it, with a sentence; nothing is heard and nobody
// bound.
func TestOrgWide(t *testing.T) {
	sentence := "install it in your workspace itself"
	for what, arrive := range arrivals {
		t.Run(what, func(t *testing.T) {
			h, d, b := inOrganisation(t, slacktest.User{Teams: []string{slacktest.TeamID}})
			form := what == "a form"
			if form { // it was open when the app was installed anew
				h.must(h.Type(t.Context(), "kim", "/leave"))
				h.settle()
				arrive = func(h *house) error { return h.Send(h.t.Context(), "kim", 1) }
			}
			heard := len(d.updates())
			b.took()
			h.Reinstall(org, true)
			h.must(arrive(h))
			h.settle()
			if asked := b.took(); len(d.updates()) != heard || len(asked) != 0 {
				t.Errorf("it was heard: %+v %q", d.updates(), asked)
			}
			screen := h.screen("kim")
			shown := h.Home("kim").Text
			for _, m := range append(screen.Messages, screen.Private...) {
				shown += m.Text
			}
			if screen.Form != nil {
				shown += fmt.Sprint(screen.Form.Faults)
			}
			if !strings.Contains(shown, sentence) {
				t.Errorf("nobody is told: %s", shown)
			}
		})
	}
	h, d, _ := inOrganisation(t, slacktest.User{Teams: []string{slacktest.TeamID}})
	h.Reinstall(org, true)
	if _, err := h.chat.Check(t.Context()); !errors.Is(err, slack.ErrOrgWide) {
		t.Errorf("at the start: %v", err)
	}
	payload := h.CommandPayload(slacktest.UserID("kim"), slacktest.DirectChannel(slacktest.UserID("kim")), "requests", "")
	delete(payload, "is_enterprise_install") // the token says it all the same
	if o := h.SendCommand(t.Context(), payload); !o.OK() || len(d.updates()) != 0 {
		t.Errorf("%+v, heard %d", o, len(d.updates()))
	}
}

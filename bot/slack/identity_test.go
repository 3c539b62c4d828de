package slack_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/workflows"
)

// binder remembers what it was asked.
type binder struct {
	mu    sync.Mutex
	calls []string
	bound map[string]bool
	fail  bool
}

func (b *binder) Bound(_ context.Context, team, user string) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, "bound? "+team+" "+user)
	if b.fail {
		return false, errBroken
	}
	return b.bound[user], nil
}

func (b *binder) NameOf(_ context.Context, _, user string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.fail:
		return "", errBroken
	case b.bound[user] && user == "U0LIN":
		return "Lin Xiaoyun", nil
	}
	return "", workflows.Refuse(workflows.Unknown, "person.unknown", nil)
}

func (b *binder) Bind(_ context.Context, m slack.Member) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, fmt.Sprintf("bind %s %s %s", m.Team, m.User, m.Email))
	if b.fail {
		return errBroken
	}
	if m.Email == "lin@lantern.example" {
		b.bound[m.User] = true
	}
	return nil
}

func (b *binder) Changed(_ context.Context, m slack.Member) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	is := map[bool]string{true: "live"}[m.Live] + map[bool]string{true: "gone"}[m.Gone]
	b.calls = append(b.calls, strings.TrimSpace(fmt.Sprintf("changed %s %s %s %s", m.Team, m.User, m.Email, is)))
	if b.fail {
		return errBroken
	}
	return nil
}

func (b *binder) took() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.calls
	b.calls = nil
	return list
}

func withBinder(t *testing.T) (*house, *binder) {
	b := &binder{bound: map[string]bool{}}
	return open(t, new(desk), false, func(c *slack.Config) { c.Binder = b }), b
}

func TestBinding(t *testing.T) {
	h, b := withBinder(t)
	h.must(h.Type(t.Context(), "lin", "/requests"))
	if got := b.took(); !slices.Equal(got, []string{"bound? T0NOD U0LIN", "bind T0NOD U0LIN lin@lantern.example", "bound? T0NOD U0LIN"}) {
		t.Errorf("at first: %q", got)
	}
	h.must(h.Type(t.Context(), "lin", "/requests"))
	if got := b.took(); len(got) != 0 {
		t.Errorf("afterwards it costs nothing: %q", got)
	}
	h.clock.move(11 * time.Minute)
	h.must(h.Type(t.Context(), "lin", "/requests"))
	if got := b.took(); !slices.Equal(got, []string{"bound? T0NOD U0LIN"}) {
		t.Errorf("later: %q", got)
	}
	if n := len(h.Calls("users.info")); n != 1 {
		t.Errorf("%d look-ups", n)
	}
}

// TestWhoIsNotBound: each of these would be somebody else's hand on a manager's buttons.
func TestWhoIsNotBound(t *testing.T) {
	users := map[string]slacktest.User{
		"a guest":                        {Guest: true, Email: "lin@lantern.example", Confirmed: true},
		"a bot":                          {Bot: true, Email: "lin@lantern.example", Confirmed: true},
		"deactivated":                    {Deleted: true, Email: "lin@lantern.example", Confirmed: true},
		"a stranger":                     {Stranger: true, Email: "lin@lantern.example", Confirmed: true},
		"of another workspace":           {Team: "T0OTHER", Email: "lin@lantern.example", Confirmed: true},
		"with an address nobody checked": {Email: "lin@lantern.example"},
		"without an address":             {Confirmed: true},
	}
	for name, u := range users {
		t.Run(name, func(t *testing.T) {
			h, b := withBinder(t)
			u.ID = "U0EVIL"
			h.Add(u)
			h.must(h.Type(t.Context(), "evil", "/requests"))
			for _, call := range b.took() {
				if call != "bound? T0NOD U0EVIL" {
					t.Errorf("the binder was asked to %s", call)
				}
			}
			before := len(h.Calls("users.info"))
			h.must(h.Type(t.Context(), "evil", "/requests"))
			if n := len(h.Calls("users.info")) - before; n != 0 {
				t.Error("pressing on costs a look-up each time")
			}
		})
	}
}

// TestStrangersLanguage: the look-up that finds nobody brings the language of their app. Of people from elsewhere nothing is looked up.
func TestStrangersLanguage(t *testing.T) {
	d, b := new(desk), &binder{bound: map[string]bool{}}
	h := open(t, d, false, func(c *slack.Config) { c.Binder = b })
	h.Add(slacktest.User{ID: "U0WANG", Name: "wang", Email: "wang@elsewhere.example", Confirmed: true, Locale: "zh-CN"})
	h.Add(slacktest.User{ID: "U0EVIL", Name: "evil", Team: "T0OTHER", Locale: "zh-CN"})
	for _, line := range []string{"hello", "/requests", "/leave"} {
		for user, want := range map[string]string{"wang": "zh-CN", "evil": ""} {
			h.must(h.Type(t.Context(), user, line))
			h.settle()
			if u := d.last(t); u.Language != want {
				t.Errorf("%s of %s comes in %q", line, user, u.Language)
			}
		}
	}
	h.must(h.OpenHome(t.Context(), "wang"))
	if u := d.last(t); u.Language != "zh-CN" {
		t.Errorf("their App Home is asked for in %q", u.Language)
	}
}

// TestBindingFails: whatever goes wrong, nobody is bound, and the update is still answered.
func TestBindingFails(t *testing.T) {
	h, b := withBinder(t)
	b.fail = true
	h.must(h.Type(t.Context(), "lin", "/requests"))
	b.fail = false
	h.Next("users.info", slacktest.Fault{Status: 500})
	h.must(h.Type(t.Context(), "lin", "/requests"))
	if b.bound["U0LIN"] {
		t.Error("bound")
	}
	h.must(h.Type(t.Context(), "lin", "/requests"))
	if !b.bound["U0LIN"] {
		t.Error("not bound once it works again")
	}
}

// TestTokensTeam: when no workspace is configured it is the token's own.
func TestTokensTeam(t *testing.T) {
	b := &binder{bound: map[string]bool{}}
	h := open(t, new(desk), false, func(c *slack.Config) { c.Binder, c.TeamID = b, "" })
	h.Next("auth.test", slacktest.Fault{Status: 500})
	h.must(h.Type(t.Context(), "lin", "/requests"))
	if len(b.took()) != 0 {
		t.Error("somebody is bound though the workspace is not known")
	}
	h.must(h.Type(t.Context(), "lin", "/requests"))
	if got := b.took(); len(got) != 3 {
		t.Errorf("%q", got)
	}
	h = open(t, new(desk), false, func(c *slack.Config) { c.TeamID = "T0OTHER" })
	if _, err := h.chat.Check(t.Context()); err == nil {
		t.Error("a token of another workspace is fine")
	}
	h = open(t, new(desk), false, func(c *slack.Config) { c.BotToken = "xoxb-wrong" })
	if _, err := h.chat.Check(t.Context()); err == nil {
		t.Error("a wrong token is fine")
	}
}

func TestLookup(t *testing.T) {
	h, _ := withBinder(t)
	m, found, err := h.chat.Lookup(t.Context(), "LIN@lantern.example")
	if err != nil || !found || m.User != "U0LIN" || m.Team != slacktest.TeamID {
		t.Errorf("%+v %v %v", m, found, err)
	}
	if _, found, err = h.chat.Lookup(t.Context(), "nobody@lantern.example"); err != nil || found {
		t.Errorf("%v %v", found, err)
	}
	h.Alter("U0LIN", func(u *slacktest.User) { u.Confirmed = false })
	if _, found, err = h.chat.Lookup(t.Context(), "lin@lantern.example"); err != nil || found {
		t.Errorf("an address that nobody checked: %v %v", found, err)
	}
	h.Next("users.lookupByEmail", slacktest.Fault{Status: 500})
	if _, _, err = h.chat.Lookup(t.Context(), "lin@lantern.example"); err == nil {
		t.Error("a failure counts as nobody")
	}
}

// TestDeactivated: Slack tells that somebody has left. Their buttons die with that, and not with their next press.
func TestDeactivated(t *testing.T) {
	h, b := withBinder(t)
	h.must(h.Type(t.Context(), "lin", "/requests"))
	b.took()
	changed := func(change func(*slacktest.User)) []slacktest.Outcome {
		h.Alter("U0LIN", change)
		return h.SendEvent(t.Context(), h.EventPayload(map[string]any{"type": "user_change", "user": h.UserJSON("U0LIN"), "event_ts": "1.1"}), nil)
	}
	if all := changed(func(u *slacktest.User) { u.Deleted = true }); len(all) != 1 || !all[0].OK() {
		t.Errorf("%+v", all)
	}
	if got := b.took(); !slices.Equal(got, []string{"changed T0NOD U0LIN  gone"}) {
		t.Errorf("%q", got)
	}
	h.must(h.Type(t.Context(), "lin", "/requests"))
	if got := b.took(); len(got) == 0 {
		t.Error("what was remembered of them still holds")
	}
	b.fail = true
	if all := changed(func(u *slacktest.User) { u.Deleted = false }); len(all) != 4 {
		t.Errorf("what was not saved does not come again: %+v", all)
	}
}

// I3: the event that tells of another address may never arrive, as after a long downtime. Who is bound is looked at again from time to
// time, and while Slack cannot be asked stays who they were.
func TestI3WhoIsBoundIsLookedAtAgain(t *testing.T) {
	h, b := withBinder(t)
	b.bound["U0LIN"] = true
	h.Next("users.info", slacktest.Fault{Status: 500})
	for _, want := range [][]string{
		{"bound? T0NOD U0LIN"}, // Slack does not answer
		{"bound? T0NOD U0LIN", "changed T0NOD U0LIN lin@lantern.example live", "bound? T0NOD U0LIN"},
		{"bound? T0NOD U0LIN"}, // within the hour
	} {
		h.must(h.Type(t.Context(), "lin", "/requests"))
		if got := b.took(); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		h.clock.move(11 * time.Minute)
	}
}

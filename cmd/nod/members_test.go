package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/workflows"
)

// unreached are people whom no chat reaches, in the order of their IDs.
type unreached []workflows.Person

func (u *unreached) Unreached(_ context.Context, _ string, after workflows.PersonID, limit int) ([]workflows.Person, error) {
	var some []workflows.Person
	for _, p := range *u {
		if p.ID > after && len(some) < limit {
			some = append(some, p)
		}
	}
	return some, nil
}

// directory is a workspace that counts how often it was asked for an address.
type directory struct {
	asked   map[string]int
	members map[string]string // the address that a member has verified, by the one that finds them
	broken  string            // finding whom fails
}

func (d *directory) Lookup(_ context.Context, email string) (slack.Member, bool, error) {
	d.asked[email]++
	if email == d.broken {
		return slack.Member{}, false, errors.New("Slack does not answer")
	}
	verified, ok := d.members[email]
	return slack.Member{User: "U" + email, Email: verified}, ok, nil
}

// I14: of 131 people whom no chat reaches each is looked for, once in ten minutes: those whom the workspace does not know, at one of whom
// it stumbles, one whom it finds by an address that is not theirs, and one whose binding is refused.
func TestI14EverybodyIsLookedFor(t *testing.T) {
	var people unreached
	for n := range 131 {
		people = append(people, workflows.Person{ID: workflows.PersonID(n + 1), Email: fmt.Sprintf("p%d@example.com", n+1)})
	}
	d := &directory{asked: map[string]int{}, broken: "p3@example.com", members: map[string]string{"p7@example.com": "other@example.com",
		"p50@example.com": "p50@example.com", "p131@example.com": "P131@example.com"}}
	bound := map[string]bool{}
	search := memberSearch{store: &people, workspace: d, again: map[workflows.PersonID]time.Time{}, bind: func(_ context.Context, m slack.Member) error {
		if m.Email == "p50@example.com" {
			return workflows.Refuse(workflows.NotYours, "identity.taken", nil)
		}
		bound[m.Email] = true
		people = people[:len(people)-1]
		return nil
	}}
	now, found := time.Now(), 0
	for tick := range 30 { // a minute less one look
		some, err := search.look(t.Context(), now.Add(time.Duration(tick)*searchEvery))
		if found += some; (err != nil) != (tick == 0) {
			t.Errorf("look %d: %v", tick, err)
		}
	}
	if found != 1 || len(bound) != 1 || !bound["P131@example.com"] {
		t.Errorf("%d found, bound are %v", found, bound)
	}
	for n := range 131 {
		if email := fmt.Sprintf("p%d@example.com", n+1); d.asked[email] != 1 {
			t.Errorf("%s was looked for %d times", email, d.asked[email])
		}
	}
	d.broken = ""
	search.look(t.Context(), now.Add(searchRetry))
	search.look(t.Context(), now.Add(searchRetry+searchEvery))
	if d.asked["p3@example.com"] != 2 || d.asked["p4@example.com"] != 1 {
		t.Errorf("after a minute: %v", d.asked)
	}
	for tick := range 4 {
		search.look(t.Context(), now.Add(searchAgain+time.Minute+time.Duration(tick)*searchEvery))
	}
	if d.asked["p4@example.com"] != 2 || d.asked["p130@example.com"] != 2 {
		t.Errorf("after ten minutes: %v", d.asked)
	}
}

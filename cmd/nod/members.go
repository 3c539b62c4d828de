package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/workflows"
)

const (
	searchEvery = 2 * time.Second
	searchAgain = 10 * time.Minute // after the workspace did not know an address, or what it knows bound nobody
	searchRetry = time.Minute      // after the workspace gave no answer
	searchSome  = 100              // people of one look at the database
)

// memberSearch looks up people who are asked to decide something, have a task or take part in a plan, and administrators, who never
// wrote to the bot, by their address, so that their cards and alerts reach them. Each look goes on where the last one stopped, so that
// everybody has their turn.
type memberSearch struct {
	store interface {
		Unreached(ctx context.Context, platform string, after workflows.PersonID, limit int) ([]workflows.Person, error)
	}
	workspace interface {
		Lookup(ctx context.Context, email string) (m slack.Member, found bool, err error)
	}
	// bind makes a member known; nil: they are now.
	bind func(ctx context.Context, m slack.Member) error

	after workflows.PersonID               // who was looked for last
	again map[workflows.PersonID]time.Time // when whoever was not found is looked for again
}

// sameAddress tells whether a member has verified a person's address: Slack may find somebody by another one, and binding them would reach
// somebody else.
func sameAddress(m slack.Member, p workflows.Person) bool { return strings.EqualFold(m.Email, p.Email) }

// look searches for some people and counts whom it found. It ends when the workspace does not answer, with that as its error; whoever it
// was asked for is put off too, so that an address at which it stumbles holds up nobody else.
func (s *memberSearch) look(ctx context.Context, now time.Time) (found int, err error) {
	people, err := s.store.Unreached(ctx, slack.Platform, s.after, searchSome)
	if err != nil {
		return 0, fmt.Errorf("look for people to find in Slack: %w", err)
	}
	for _, p := range people {
		s.after = p.ID
		if now.Before(s.again[p.ID]) {
			continue
		}
		member, ok, err := s.workspace.Lookup(ctx, p.Email)
		if err != nil {
			s.again[p.ID] = now.Add(searchRetry)
			return found, fmt.Errorf("look %s up in Slack: %w", p.No, err)
		}
		if ok && sameAddress(member, p) && s.bind(ctx, member) == nil {
			delete(s.again, p.ID)
			found++
			continue
		}
		s.again[p.ID] = now.Add(searchAgain)
	}
	if len(people) < searchSome {
		s.after = 0
	}
	return found, nil
}

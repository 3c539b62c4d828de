package bottest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

func postOnce(t *testing.T, s *stage) {
	card := sampleCard()
	p := deliver.Post{Key: "card-LV-7", Card: &card}
	if _, found, err := s.Sender().Find(s.ctx, s.Address("lin"), p); err != nil || found {
		t.Fatalf("before it was posted: found %v, %v", found, err)
	}
	reference := s.post("lin", card)
	got, found, err := s.Sender().Find(s.ctx, s.Address("lin"), p)
	if err != nil || !found || got != reference {
		t.Errorf("found %v %q, %v; want %q", found, got, err, reference)
	}
	s.wait("lin", "one card", func(x Screen) bool { return len(x.Messages) == 1 })
}

// takenOver: a sender asks for its claim when all else is done, and sends nothing that is another's by then, nor when it cannot know.
func takenOver(t *testing.T, s *stage) {
	card := sampleCard()
	reference := s.post("lin", card)
	card.Status = bot.Status{Text: "Approved by Zhou Kai", Tone: workflows.Good}
	for _, why := range []error{deliver.ErrTaken, context.DeadlineExceeded} {
		asked := 0
		p := deliver.Post{Key: "card-LV-8", Card: &card, Claim: func(context.Context) error { asked++; return why }}
		if _, err := s.Sender().Post(s.ctx, s.Address("lin"), p); !errors.Is(err, why) {
			t.Errorf("a post that is another's: %v", err)
		}
		if err := s.Sender().Edit(s.ctx, s.Address("lin"), reference, p); !errors.Is(err, why) {
			t.Errorf("an edit that is another's: %v", err)
		}
		if asked != 2 {
			t.Errorf("it asked %d times whether it is its own", asked)
		}
	}
	screen := s.wait("lin", "the card", func(x Screen) bool { return len(x.Messages) > 0 })
	if len(screen.Messages) != 1 || screen.Says("Approved by Zhou Kai") {
		t.Errorf("it was sent all the same: %s", screen)
	}
}

func editInPlace(t *testing.T, s *stage) {
	card := sampleCard()
	reference := s.post("lin", card)
	card.Status, card.Actions, card.Seq = bot.Status{Text: "Approved by Zhou Kai", Tone: workflows.Good}, nil, 6
	s.must(s.Sender().Edit(s.ctx, s.Address("lin"), reference, deliver.Post{Key: "card-LV-7", Card: &card}))
	screen := s.wait("lin", "the outcome", func(x Screen) bool { return x.Says("Approved by Zhou Kai") })
	m, _ := screen.Message("LV-7")
	if len(screen.Messages) != 1 || m.Reference != reference || len(m.Buttons) != 0 || strings.Contains(m.Text, "Waits for you") {
		t.Errorf("after the edit: %s", screen)
	}
	s.must(s.Sender().Edit(s.ctx, s.Address("lin"), reference, deliver.Post{Key: "card-LV-7", Card: &card})) // nothing new: no error
	folded := card.Fold()
	s.must(s.Sender().Edit(s.ctx, s.Address("lin"), reference, deliver.Post{Key: "card-LV-7", Card: &folded}))
	s.wait("lin", "the folded card", func(x Screen) bool { return len(x.Messages) == 1 && x.Messages[0].Folded && !x.Says("Tue 1") })
}

func editMissing(t *testing.T, s *stage) {
	card := sampleCard()
	reference := s.post("lin", card)
	err := s.Sender().Edit(s.ctx, s.Address("lin"), reference+"99", deliver.Post{Key: "card-LV-7", Card: &card})
	if err != deliver.ErrMissing {
		t.Errorf("editing a message that is not there: %v, want Missing", err)
	}
}

package draw_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

// slow loads a request when it is let.
type slow struct {
	loads atomic.Int64
	let   chan struct{}
}

func (s *slow) Kinds() []*workflows.Kind { return policy.Default().Kinds() }

func (s *slow) Load(context.Context, workflows.SubjectID) (engine.Loaded, error) {
	s.loads.Add(1)
	<-s.let
	return engine.Loaded{}, errors.New("loaded once")
}

func (s *slow) LoadConcerned(context.Context, []workflows.SubjectID) (map[workflows.SubjectID]engine.Loaded, error) {
	return nil, errors.New("no notice is shown here")
}

// The cards that a commit leaves are drawn at the same moment, and from one view; those of another request, or of a later moment, are not.
func TestCardsOfACommitShareAView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &slow{let: make(chan struct{})}
		d := draw.NewDisplays(v)
		drawn := make(chan error, 3)
		card := func(id string) {
			_, _, _, err := d.Card(t.Context(), workflows.Ref{Kind: "leave", ID: workflows.SubjectID(id)}, workflows.PersonID(1).Party(), nil)
			drawn <- err
		}
		go card("a")
		go card("a")
		go card("b")
		synctest.Wait()
		if n := v.loads.Load(); n != 2 {
			t.Errorf("two cards of one request and one of another load %d times, want 2", n)
		}
		close(v.let)
		for range 3 {
			if err := <-drawn; err == nil || err.Error() != "loaded once" {
				t.Error(err)
			}
		}
		go card("a")
		if <-drawn; v.loads.Load() != 3 {
			t.Error("what is drawn later is not loaded anew")
		}
	})
}

package chat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
)

// Fast keeps drafts where they are at hand and may vanish, as bytes under their owner and a name.
type Fast interface {
	Save(ctx context.Context, owner, name string, state []byte) error
	Load(ctx context.Context, owner, name string) (state []byte, found bool, err error)
	Drop(ctx context.Context, owner, name string) error
}

// Slow keeps them while Fast does not answer. A row may be forgotten a day after it was saved.
type Slow interface {
	SaveDraft(ctx context.Context, owner, name string, state []byte) error
	LoadDraft(ctx context.Context, owner, name string) (state []byte, found bool, err error)
	DropDraft(ctx context.Context, owner, name string) error
}

// Drafts keeps forms that are not sent yet: in Fast, and in Slow while that does not answer. All of it may be lost; that costs a form which
// was not sent, and whoever finds it missing tells its owner. Nil keeps nothing.
type Drafts struct {
	Fast Fast         // nil: only Slow keeps them
	Slow Slow         // nil: only Fast keeps them
	Log  *slog.Logger // nil: the usual one

	mu sync.Mutex
	// Drafts of which Fast may hold an older state, since it did not answer when they were saved or dropped. Only this process knows of
	// them: another, or this one after a restart, takes what Fast has for the newest.
	outdated map[draftKey]bool
}

type draftKey struct{ owner, name string }

const mostOutdated = 10_000

var errNoPlace = errors.New("there is no place for drafts")

// Save keeps a draft for a day from now.
func (d *Drafts) Save(ctx context.Context, owner, name string, state []byte) error {
	if d == nil {
		return fmt.Errorf("keep a draft: %w", errNoPlace)
	}
	key, fault := draftKey{owner, name}, errNoPlace
	if d.Fast != nil {
		if fault = d.Fast.Save(ctx, owner, name, state); fault == nil {
			d.dropOlder(ctx, key)
			return nil
		}
		d.log().WarnContext(ctx, "a draft is kept in the slower place", "error", fault)
	}
	if d.Slow != nil {
		if fault = d.Slow.SaveDraft(ctx, owner, name, state); fault == nil {
			if d.Fast != nil {
				d.mark(key)
			}
			return nil
		}
	}
	return fmt.Errorf("keep a draft: %w", fault)
}

// dropOlder takes away what Slow had of a draft that Fast has again: left there, it would be found once Fast has forgotten the newer one.
func (d *Drafts) dropOlder(ctx context.Context, key draftKey) {
	if !d.unmark(key) || d.Slow == nil {
		return
	}
	if err := d.Slow.DropDraft(ctx, key.owner, key.name); err != nil {
		d.log().WarnContext(ctx, "an older draft was not dropped", "error", err)
	}
}

// Load finds the newest state of a draft. An error means that it may be in a place that does not answer.
func (d *Drafts) Load(ctx context.Context, owner, name string) (state []byte, found bool, err error) {
	return d.find(ctx, draftKey{owner, name}, nil)
}

// Find finds a state that fits, the newest first: for whoever keeps one draft after the other under a name and knows which of them is
// meant.
func (d *Drafts) Find(ctx context.Context, owner, name string, fits func(state []byte) bool) (state []byte, found bool, err error) {
	return d.find(ctx, draftKey{owner, name}, fits)
}

func (d *Drafts) find(ctx context.Context, key draftKey, fits func(state []byte) bool) (state []byte, found bool, err error) {
	if d == nil {
		return nil, false, nil
	}
	outdated := d.marked(key)
	var places []func(ctx context.Context, owner, name string) ([]byte, bool, error)
	if d.Slow != nil {
		places = append(places, d.Slow.LoadDraft)
	}
	switch {
	case d.Fast != nil && !outdated:
		places = slices.Insert(places, 0, d.Fast.Load)
	case d.Fast != nil && fits != nil: // another process may have kept there the one that is meant
		places = append(places, d.Fast.Load)
	}
	var fault error
	for _, load := range places {
		state, found, err := load(ctx, key.owner, key.name)
		if err == nil && found && (fits == nil || fits(state)) {
			return state, true, nil
		}
		if err != nil && fault == nil {
			fault = fmt.Errorf("look up a draft: %w", err)
		}
		if err != nil && outdated { // what the other place has is older
			break
		}
	}
	return nil, false, fault
}

// Drop forgets a draft in both places. One that a place did not take note of is not found again by this process, and is forgotten within a
// day.
func (d *Drafts) Drop(ctx context.Context, owner, name string) error {
	if d == nil {
		return nil
	}
	key := draftKey{owner, name}
	var fast, slow error
	if d.Fast != nil {
		if fast = d.Fast.Drop(ctx, owner, name); fast != nil {
			d.mark(key)
		} else {
			d.unmark(key)
		}
	}
	if d.Slow != nil {
		slow = d.Slow.DropDraft(ctx, owner, name)
	}
	if err := errors.Join(fast, slow); err != nil {
		return fmt.Errorf("drop a draft: %w", err)
	}
	return nil
}

func (d *Drafts) marked(key draftKey) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.outdated[key]
}

func (d *Drafts) mark(key draftKey) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.outdated == nil || len(d.outdated) >= mostOutdated { // at worst an older state is found
		d.outdated = map[draftKey]bool{}
	}
	d.outdated[key] = true
}

func (d *Drafts) unmark(key draftKey) (was bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was = d.outdated[key]
	delete(d.outdated, key)
	return was
}

func (d *Drafts) log() *slog.Logger {
	if d.Log == nil {
		return slog.Default()
	}
	return d.Log
}

package workflows

import (
	"context"
	"sync/atomic"
	"time"
)

// Clock is the one source of business time. It follows the database's clock, so that replicas whose machines disagree have the same time,
// and is ahead of it by an offset, which lets reminders, gates and expiry be shown and tested without waiting. Signatures, tokens and
// leases use the machine's own clock. The zero Clock tells the machine's time.
type Clock struct {
	Machine func() time.Time // nil: time.Now

	skew   atomic.Int64
	offset atomic.Int64
	moved  atomic.Pointer[chan struct{}]
}

// Now is the business time, to the microsecond that Postgres keeps.
func (c *Clock) Now() time.Time {
	return c.machine().Add(c.Skew() + c.Offset()).UTC().Truncate(time.Microsecond)
}

func (c *Clock) machine() time.Time {
	if c.Machine != nil {
		return c.Machine()
	}
	return time.Now()
}

// Skew is how far the clock that this one follows is ahead of the machine's.
func (c *Clock) Skew() time.Duration { return time.Duration(c.skew.Load()) }

// Follow asks another clock for its time and tells that from then on. The answer counts as given half-way between question and receipt.
// An error leaves everything as it was.
func (c *Clock) Follow(ctx context.Context, ask func(context.Context) (time.Time, error)) error {
	asked := c.machine()
	at, err := ask(ctx)
	if err != nil {
		return err
	}
	trip := c.machine().Sub(asked)
	c.skew.Store(int64(at.Sub(asked.Add(trip / 2).Round(0)))) // Round: by the wall, since at has no monotonic reading
	return nil
}

// Offset is how far business time is ahead of the clock that it follows.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }

// Set changes the offset and wakes whoever waits for Moved.
func (c *Clock) Set(offset time.Duration) {
	c.offset.Store(int64(offset))
	if old := c.moved.Swap(nil); old != nil {
		close(*old)
	}
}

// Moved gives a channel that is closed at the next Set.
func (c *Clock) Moved() <-chan struct{} {
	for {
		if p := c.moved.Load(); p != nil {
			return *p
		}
		ch := make(chan struct{})
		if c.moved.CompareAndSwap(nil, &ch) {
			return ch
		}
	}
}

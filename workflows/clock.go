package workflows

import (
	"sync/atomic"
	"time"
)

// Clock is the one source of business time. Its offset lets reminders, gates and expiry be shown and tested without waiting; signatures,
// tokens and leases use the machine's own clock. The zero Clock tells the machine's time.
type Clock struct {
	offset atomic.Int64
	moved  atomic.Pointer[chan struct{}]
}

// Now is the business time, to the microsecond that Postgres keeps.
func (c *Clock) Now() time.Time {
	return time.Now().Add(c.Offset()).UTC().Truncate(time.Microsecond)
}

// Offset is how far business time is ahead of the machine's.
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

package deliver

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// kind is what waits in a lane. In a chat, posts go before edits and those before notices that were claimed with them.
type kind int

const (
	posts kind = iota
	edits
	notices
)

// lane is one kind of item of one platform. Lanes do not wait for one another: neither does a platform for one that is throttled, nor a
// card that is to be posted for a mass that is to be edited. A lane claims no more than it can send soon, half of it the oldest and half
// the newest, so that what has just happened is not kept waiting by a heap, and nothing waits for ever.
type lane struct {
	platform string
	kind     kind

	chats int       // being written to for it, but for those that are slow
	most  int       // chats at a time: fewer while the platform is throttled
	until time.Time // it rests
	odd   bool      // whose turn an odd place is
}

// chat is what waits for a chat that is being written to: its messages go out one after the other.
type chat struct {
	waiting []waiting
	binding []int64
	left    func() // gives up its place in its lane, once
}

type waiting struct {
	lane *lane
	item *item
	done func()
}

// item is a card or notice that is claimed.
type item struct {
	to      Address
	binding int64
	claimed time.Time
	send    func(ctx context.Context) error
	back    func(ctx context.Context) error // not tried
}

const (
	// chats of a lane written to at the same time: enough for 20 a second at 0.3 s each, and not much for the pool of connections
	places = 6
	slow   = time.Second // a chat that takes longer keeps no other from being written to
)

// open gives the lanes of all platforms, and one for notices to people whom no chat reaches.
func (d *Deliverer) open() []*lane {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lanes == nil {
		for platform := range d.senders {
			for _, k := range []kind{posts, edits, notices} {
				d.lanes = append(d.lanes, &lane{platform: platform, kind: k, most: places})
			}
		}
		d.lanes = append(d.lanes, &lane{kind: notices, most: places})
	}
	return d.lanes
}

// busy lists the chats that are being written to or rest.
func (d *Deliverer) busy() []int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []int64
	for _, c := range d.chats {
		list = append(list, c.binding...)
	}
	now := time.Now()
	for binding, until := range d.rests {
		if until.Before(now) {
			delete(d.rests, binding)
			continue
		}
		list = append(list, binding)
	}
	return list
}

// room says how much a lane may claim now.
func (d *Deliverer) room(l *lane, busy []int64) (workflows.Claim, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	free := l.most - l.chats
	now := time.Now()
	if free <= 0 || now.Before(l.until) {
		return workflows.Claim{}, false
	}
	if l.platform == "" { // nobody waits for those
		l.until = now.Add(poll)
	}
	c := workflows.Claim{Platform: l.platform, Oldest: free / 2, Newest: free / 2, Busy: busy}
	if free%2 == 1 {
		if l.odd = !l.odd; l.odd {
			c.Newest++
		} else {
			c.Oldest++
		}
	}
	return c, true
}

// add has a claimed item sent, after what waits for its chat already.
func (d *Deliverer) add(ctx context.Context, l *lane, it *item, done func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.chats[it.to]
	if c == nil {
		l.chats++
		c = &chat{left: sync.OnceFunc(func() {
			d.mu.Lock()
			l.chats--
			d.mu.Unlock()
			d.Wake()
		})}
		d.chats[it.to] = c
		go d.write(ctx, it.to, c)
	}
	c.waiting = append(c.waiting, waiting{l, it, done})
	if !slices.Contains(c.binding, it.binding) {
		c.binding = append(c.binding, it.binding)
	}
}

// write sends what waits for a chat, until nothing does.
func (d *Deliverer) write(ctx context.Context, to Address, c *chat) {
	for more := true; more; {
		d.mu.Lock()
		next := c.waiting[0]
		c.waiting = c.waiting[1:]
		d.mu.Unlock()
		timer := time.AfterFunc(slow, c.left)
		d.one(ctx, next.lane, next.item)
		timer.Stop()
		d.mu.Lock()
		if more = len(c.waiting) > 0; !more {
			delete(d.chats, to)
		}
		d.mu.Unlock()
		if !more {
			c.left()
			d.Wake() // for what came meanwhile and was not claimed, as the chat was busy
		}
		next.done()
	}
}

// rest keeps from claiming what would have to be given back again. A lane that was throttled claims less at a time.
func (d *Deliverer) rest(l *lane, binding int64, n NotYet) {
	d.mu.Lock()
	defer d.mu.Unlock()
	until := time.Now().Add(n.Wait)
	if !n.Wide {
		d.rests[binding] = until
		return
	}
	l.most = max(l.most/2, 1)
	if until.After(l.until) {
		l.until = until
	}
}

// widen lets a lane claim more again.
func (d *Deliverer) widen(l *lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l.most = min(l.most+1, places)
}

// untilRested is how long there is nothing to look for.
func (d *Deliverer) untilRested() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	pause := poll
	for _, l := range d.lanes {
		if left := l.until.Sub(now); left > 0 {
			pause = min(pause, left)
		}
	}
	for _, until := range d.rests {
		if left := until.Sub(now); left > 0 {
			pause = min(pause, left)
		}
	}
	return pause
}

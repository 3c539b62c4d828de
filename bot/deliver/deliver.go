// Package deliver sends what transactions left to be sent: cards, which are posted once and then edited in place whenever their request
// changes, and notices, which are sent once. It draws the newest state at the moment of sending, so nothing goes out for a state that has
// passed.
//
// Any number of deliverers may work over one database: each claims what it sends, and looks at its claim again before it sends. lane.go
// says how much at a time and in which order, pace.go keeps all of them together below a platform's limits. A platform is a Sender; to add
// one, write it.
package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// Outbox is what waits to be sent.
type Outbox interface {
	ClaimPosts(ctx context.Context, c workflows.Claim) ([]workflows.CardItem, error)
	ClaimEdits(ctx context.Context, c workflows.Claim) ([]workflows.CardItem, error)
	CardShown(ctx context.Context, c workflows.CardShown, now time.Time) error
	CardUntried(ctx context.Context, c workflows.CardItem) error
	RetryCard(ctx context.Context, id string, after time.Duration, lost, missing bool) error
	ClaimNotices(ctx context.Context, c workflows.Claim) ([]workflows.NoticeItem, error)
	NoticesSent(ctx context.Context, list []workflows.NoticeItem, now time.Time) error
	NoticeUntried(ctx context.Context, n workflows.NoticeItem) error
	RetryNotice(ctx context.Context, id string, after time.Duration, lost bool) error
	DropCard(ctx context.Context, id string) error
	// HoldsCard and HoldsNotices tell whether what was claimed is still this replica's to send.
	HoldsCard(ctx context.Context, c workflows.CardItem) (bool, error)
	HoldsNotices(ctx context.Context, list []workflows.NoticeItem) (bool, error)
	Reroute(ctx context.Context, binding int64) error
	ChatGone(ctx context.Context, binding int64, now time.Time) error
}

// Deliverer sends what is due to be sent.
type Deliverer struct {
	// hears of every send that was put off because the platform takes no more at the moment; nil: nobody does
	Throttled func(platform string)
	// hears how each look for something to send went; nil: nobody does
	Looked func(error)
	// hear, by platform, whether what was tried got through: nil, also when a chat takes nothing more, or the reason
	Sent map[string]func(error)

	outbox   Outbox
	displays draw.Displays
	now      func() time.Time // by the business clock
	texts    *texts.Texts
	senders  map[string]Sender // by platform
	wake     chan struct{}

	mu    sync.Mutex
	lanes []*lane
	chats map[Address]*chat   // those that are being written to
	rests map[int64]time.Time // bindings of chats that take nothing until then
}

// New makes a deliverer for the platforms that have a sender by the time that it begins.
func New(outbox Outbox, displays draw.Displays, now func() time.Time, t *texts.Texts, senders map[string]Sender) *Deliverer {
	return &Deliverer{outbox: outbox, displays: displays, now: now, texts: t, senders: senders, wake: make(chan struct{}, 1),
		Sent: map[string]func(error){}, chats: map[Address]*chat{}, rests: map[int64]time.Time{}}
}

// Wake has a running deliverer look at once.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

const (
	breath   = 50 * time.Millisecond // between two looks
	poll     = time.Second           // for what other replicas stored
	sendTime = 10 * time.Second      // with stale, well within the lease of a claimed item
	stale    = 15 * time.Second      // what has waited for longer behind others of its chat is given back
	backTime = 2 * time.Second       // to give something back
	noChat   = 10 * time.Minute      // until somebody whom no chat reaches is tried again
)

// Run sends until ctx ends.
func (d *Deliverer) Run(ctx context.Context) error {
	var rounds sync.WaitGroup
	defer rounds.Wait()
	for {
		n, sent, err := d.begin(ctx)
		if d.Looked != nil && ctx.Err() == nil {
			d.Looked(err)
		}
		if err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "looking for messages to send failed", "error", err)
		}
		if n > 0 {
			rounds.Go(sent.Wait)
		}
		if !wait(ctx, breath, nil) || !wait(ctx, d.untilRested(), d.wake) {
			return nil
		}
	}
}

// wait waits for so long, or until it is woken; it is false when ctx has ended.
func wait(ctx context.Context, pause time.Duration, woken <-chan struct{}) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-woken:
	}
	return true
}

// Round claims and sends once, and tells how many items it claimed.
func (d *Deliverer) Round(ctx context.Context) (int, error) {
	n, sent, err := d.begin(ctx)
	sent.Wait()
	return n, err
}

// begin claims what there is room for and begins to send it; sent is over when all of it is.
func (d *Deliverer) begin(ctx context.Context) (n int, sent *sync.WaitGroup, err error) {
	sent = &sync.WaitGroup{}
	busy := d.busy()
	for _, l := range d.open() {
		claim, ok := d.room(l, busy)
		if !ok {
			continue
		}
		items, err := d.claim(ctx, l, claim)
		if err != nil {
			return n, sent, err // what was claimed before is sent all the same
		}
		for _, it := range items {
			n++
			sent.Add(1)
			d.add(ctx, l, it, sent.Done)
		}
	}
	return n, sent, nil
}

// claim claims items for a lane.
func (d *Deliverer) claim(ctx context.Context, l *lane, c workflows.Claim) ([]*item, error) {
	var items []*item
	claimed := time.Now()
	if l.kind == notices {
		list, err := d.outbox.ClaimNotices(ctx, c)
		for _, whole := range bundles(list) {
			to := whole[0].To
			it := &item{to: to.ChatUser, binding: to.Binding, claimed: claimed}
			it.send = func(ctx context.Context) error { return d.sendBundle(ctx, it.to, whole) }
			it.back = func(ctx context.Context) error {
				return whole.each(func(n workflows.NoticeItem) error { return d.outbox.NoticeUntried(ctx, n) })
			}
			items = append(items, it)
		}
		return items, err
	}
	claim := d.outbox.ClaimPosts
	if l.kind == edits {
		claim = d.outbox.ClaimEdits
	}
	list, err := claim(ctx, c)
	for _, c := range list {
		it := &item{to: c.To.ChatUser, binding: c.To.Binding, claimed: claimed}
		it.send = func(ctx context.Context) error { return d.card(ctx, it.to, c) }
		it.back = func(ctx context.Context) error { return d.outbox.CardUntried(ctx, c) }
		items = append(items, it)
	}
	return items, err
}

// one sends one item. One that fails, even by a panic while it is drawn, holds up no other: its lease runs out and it is tried again.
func (d *Deliverer) one(ctx context.Context, l *lane, it *item) {
	if ctx.Err() != nil || time.Since(it.claimed) > stale {
		d.giveBack(ctx, it)
		return
	}
	sending, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(ctx, "a message could not be drawn", "panic", p)
		}
	}()
	err := it.send(sending)
	var notYet NotYet
	if errors.As(err, &notYet) {
		d.rest(l, it.binding, notYet)
		d.throttled(it.to.Platform)
		d.giveBack(ctx, it)
		return
	}
	d.widen(l)
	if errors.Is(err, ErrTaken) {
		slog.InfoContext(ctx, "a message was left to another replica, which took it over")
		return
	}
	if sent := d.Sent[it.to.Platform]; sent != nil && ctx.Err() == nil {
		sent(err)
	}
	if err != nil && sending.Err() == nil {
		slog.ErrorContext(ctx, "a message was not sent; it will be tried again", "error", err)
	}
}

// giveBack lets others have an item that was not tried.
func (d *Deliverer) giveBack(ctx context.Context, it *item) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), backTime)
	defer cancel()
	if err := it.back(ctx); err != nil {
		slog.WarnContext(ctx, "a message could not be given back; it will be tried again when its lease has run out", "error", err)
	}
}

func (d *Deliverer) throttled(platform string) {
	if d.Throttled != nil {
		d.Throttled(platform)
	}
}

func (d *Deliverer) card(ctx context.Context, to Address, item workflows.CardItem) error {
	if item.To.Ended { // what stands there may be somebody else's to see by now
		return d.outbox.DropCard(ctx, item.ID)
	}
	sender := d.senders[item.To.Platform]
	print := d.texts.For(item.To.Language, item.To.Zone, d.now()).Spelling(bot.Spelling(sender))
	card, facts, visible, err := d.displays.Card(ctx, item.Subject, item.To.Party, print)
	if err != nil {
		return err
	}
	if !visible {
		return d.outbox.DropCard(ctx, item.ID)
	}
	if item.Folded {
		card, facts = draw.Replaced(card, print), nil
	}
	shown := workflows.CardShown{ID: item.ID, Reference: item.Reference, Seq: card.Seq, Revision: card.Revision, Hash: card.Hash(),
		Facts: facts, Attempts: item.Attempts}
	p := Post{Key: item.ID, Card: &card, Claim: held(func(ctx context.Context) (bool, error) { return d.outbox.HoldsCard(ctx, item) })}
	unsure := item.Reference == "" && (item.Lost || item.Attempts > 1) // an earlier try may have been posted
	if unsure {
		reference, found, err := sender.Find(ctx, to, p)
		if err != nil {
			return d.cardFailed(ctx, item, err)
		}
		if found {
			item.Reference, shown.Reference = reference, reference
			item.Redraw = true
		}
	}
	switch {
	case item.Reference == "" && item.Folded: // never posted, and already superseded
	case item.Reference == "":
		shown.Reference, err = sender.Post(ctx, to, p)
	case item.Hash != shown.Hash || item.Redraw:
		err = sender.Edit(ctx, to, item.Reference, p)
	}
	if err != nil {
		return d.cardFailed(ctx, item, err)
	}
	return d.outbox.CardShown(context.WithoutCancel(ctx), shown, d.now())
}

// held asks whether a claim still holds, as a Sender wants to know it.
func held(holds func(ctx context.Context) (bool, error)) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		yes, err := holds(ctx)
		switch {
		case err != nil && ctx.Err() != nil:
			return NotYet{} // its sender has no more time
		case err != nil:
			return fmt.Errorf("look whether a claim still holds: %w", err)
		case !yes:
			return ErrTaken
		}
		return nil
	}
}

func (d *Deliverer) cardFailed(ctx context.Context, item workflows.CardItem, err error) error {
	ctx = context.WithoutCancel(ctx)
	var retry RetryAfter
	switch {
	case errors.As(err, new(NotYet)), errors.Is(err, ErrTaken):
		return err
	case errors.Is(err, ErrGone):
		return d.outbox.ChatGone(ctx, item.To.Binding, d.now())
	case errors.Is(err, ErrMissing):
		return d.outbox.RetryCard(ctx, item.ID, 0, false, true)
	case errors.As(err, &retry):
		d.throttled(item.To.Platform)
		return d.outbox.RetryCard(ctx, item.ID, retry.Wait, false, false)
	}
	return errors.Join(err, d.outbox.RetryCard(ctx, item.ID, later(item.Attempts), errors.Is(err, ErrLost), false))
}

// later is how long a failed send waits: from a second to five minutes, spread so that a platform's recovery is not met by everyone at
// once.
func later(attempts int) time.Duration {
	wait := time.Second << min(attempts, 8)
	return wait/2 + rand.N(wait/2+1)
}

// Package deliver sends what transactions left to be sent: cards, which are posted once and then edited in place whenever their request changes, and
// notices, which are sent once. It draws the newest state at the moment of sending, so nothing goes out for a state that has passed.
//
// Any number of deliverers may work over one database: each claims what it sends for half a minute. A platform is a Sender; to add one, write it.
package deliver

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// Outbox is what waits to be sent.
type Outbox interface {
	ClaimCards(ctx context.Context, limit int) ([]workflows.CardItem, error)
	CardShown(ctx context.Context, c workflows.CardShown, now time.Time) error
	RetryCard(ctx context.Context, id string, after time.Duration, lost, missing bool) error
	ClaimNotices(ctx context.Context, limit int) ([]workflows.NoticeItem, error)
	NoticeSent(ctx context.Context, id string, now time.Time) error
	RetryNotice(ctx context.Context, id string, after time.Duration, lost bool) error
	ChatGone(ctx context.Context, binding int64, now time.Time) error
}

// Views loads requests for showing.
type Views interface {
	View(ctx context.Context, number string) (engine.View, error)
	Now() time.Time
}

// Deliverer sends what is due to be sent.
type Deliverer struct {
	outbox  Outbox
	views   Views
	texts   *texts.Texts
	senders map[string]Sender // by platform
	wake    chan struct{}

	mu    sync.Mutex
	chats map[Address][]func()     // what waits for a chat that is being written to
	slots map[string]chan struct{} // by platform: who may write now
}

// New makes a deliverer for the platforms that have a sender.
func New(outbox Outbox, views Views, t *texts.Texts, senders map[string]Sender) *Deliverer {
	return &Deliverer{outbox: outbox, views: views, texts: t, senders: senders, wake: make(chan struct{}, 1),
		chats: map[Address][]func(){}, slots: map[string]chan struct{}{}}
}

// Wake has a running deliverer look at once.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

const (
	batch    = 50                     // items claimed in a round
	parallel = 4                      // chats of a platform written to at the same time; the pool of database connections is small
	slow     = time.Second            // a chat that takes longer keeps no other from being written to
	patience = 250 * time.Millisecond // a round that takes longer is left to end by itself
	sendTime = 10 * time.Second       // with stale, well within the lease of a claimed item
	stale    = 15 * time.Second       // what has waited for longer behind others is left to be claimed again
	poll     = time.Second            // for what other replicas stored
	noChat   = 10 * time.Minute       // until somebody whom no chat reaches is tried again
)

// Run sends until ctx ends.
func (d *Deliverer) Run(ctx context.Context) error {
	var rounds sync.WaitGroup
	defer rounds.Wait()
	for {
		n, sent, err := d.begin(ctx)
		if err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "looking for messages to send failed", "error", err)
		}
		pause, woken := poll, d.wake
		if n > 0 {
			done := make(chan struct{})
			rounds.Go(func() { sent.Wait(); close(done) })
			if err == nil {
				pause, woken = patience, done
			}
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		case <-woken:
		}
		timer.Stop()
	}
}

// Round claims and sends one batch, and tells how many items it held.
func (d *Deliverer) Round(ctx context.Context) (int, error) {
	n, sent, err := d.begin(ctx)
	sent.Wait()
	return n, err
}

// begin claims one batch and begins to send it; sent is over when all of it is.
func (d *Deliverer) begin(ctx context.Context) (n int, sent *sync.WaitGroup, err error) {
	sent = &sync.WaitGroup{}
	claimed := time.Now()
	cards, err := d.outbox.ClaimCards(ctx, batch)
	if err != nil {
		return 0, sent, err
	}
	notices, err := d.outbox.ClaimNotices(ctx, batch) // what was claimed before is sent even if this fails
	// One chat's messages go out one after the other, cards before notices; chats do not wait for one another.
	chats := map[Address][]func(){}
	add := func(to Address, send func(context.Context) error) {
		sent.Add(1)
		chats[to] = append(chats[to], func() {
			defer sent.Done()
			if time.Since(claimed) < stale {
				d.one(ctx, to, send)
			}
		})
	}
	for _, c := range cards {
		to := Address{c.Platform, c.Team, c.User}
		add(to, func(ctx context.Context) error { return d.card(ctx, to, c) })
	}
	for _, n := range notices {
		to := Address{n.Platform, n.Team, n.User}
		add(to, func(ctx context.Context) error { return d.notice(ctx, to, n) })
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for to, sends := range chats {
		waiting, busy := d.chats[to]
		d.chats[to] = append(waiting, sends...)
		if !busy {
			go d.write(to)
		}
	}
	return len(cards) + len(notices), sent, err
}

// write makes the sends of one chat, until none is left.
func (d *Deliverer) write(to Address) {
	for {
		d.mu.Lock()
		waiting := d.chats[to]
		if len(waiting) == 0 {
			delete(d.chats, to)
			d.mu.Unlock()
			return
		}
		d.chats[to] = waiting[1:]
		d.mu.Unlock()
		waiting[0]()
	}
}

// slot waits for its turn on a platform. What is slow gives it back before it is over.
func (d *Deliverer) slot(platform string) (free func()) {
	d.mu.Lock()
	slots := d.slots[platform]
	if slots == nil {
		slots = make(chan struct{}, parallel)
		d.slots[platform] = slots
	}
	d.mu.Unlock()
	slots <- struct{}{}
	once := sync.OnceFunc(func() { <-slots })
	timer := time.AfterFunc(slow, once)
	return func() { timer.Stop(); once() }
}

// one sends one item. One that fails, even by a panic while it is drawn, holds up no other: its lease runs out and it is tried again.
func (d *Deliverer) one(ctx context.Context, to Address, send func(context.Context) error) {
	defer d.slot(to.Platform)()
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(ctx, "a message could not be drawn", "panic", p)
		}
	}()
	if err := send(ctx); err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "a message was not sent; it will be tried again", "error", err)
	}
}

func (d *Deliverer) card(ctx context.Context, to Address, item workflows.CardItem) error {
	sender := d.senders[item.Platform]
	if sender == nil {
		return d.outbox.RetryCard(ctx, item.ID, time.Minute, false, false)
	}
	v, err := d.views.View(ctx, item.Number)
	if err != nil {
		return err
	}
	viewer := v.Facts.Org.Person(item.Person)
	card, facts := bot.Draw(v, viewer, d.texts.ForPerson(viewer, d.views.Now()).Spelling(bot.Spelling(sender)))
	if item.Folded {
		card, facts = card.Fold(), nil
	}
	shown := workflows.CardShown{ID: item.ID, Reference: item.Reference, Seq: card.Seq, Revision: card.Revision, Hash: card.Hash(), Facts: facts,
		Attempts: item.Attempts}
	p := Post{Key: item.ID, Card: &card}
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
	return d.outbox.CardShown(context.WithoutCancel(ctx), shown, d.views.Now())
}

func (d *Deliverer) cardFailed(ctx context.Context, item workflows.CardItem, err error) error {
	ctx = context.WithoutCancel(ctx)
	var retry RetryAfter
	switch {
	case errors.Is(err, ErrGone):
		return d.outbox.ChatGone(ctx, item.Binding, d.views.Now())
	case errors.Is(err, ErrMissing):
		return d.outbox.RetryCard(ctx, item.ID, 0, false, true)
	case errors.As(err, &retry):
		return d.outbox.RetryCard(ctx, item.ID, retry.Wait, false, false)
	}
	return errors.Join(err, d.outbox.RetryCard(ctx, item.ID, later(item.Attempts), errors.Is(err, ErrLost), false))
}

func (d *Deliverer) notice(ctx context.Context, to Address, item workflows.NoticeItem) error {
	if (item.Notice.Text == "notice.remind" || item.Notice.Text == "notice.nudge") && !item.Open { // it no longer holds
		return d.outbox.NoticeSent(ctx, item.ID, d.views.Now())
	}
	if item.Platform == "" {
		return d.outbox.RetryNotice(ctx, item.ID, noChat, false)
	}
	sender := d.senders[item.Platform]
	if sender == nil {
		return d.outbox.RetryNotice(ctx, item.ID, time.Minute, false)
	}
	m := bot.DrawNotice(item.Notice, item.Number, d.texts.For(item.Language, item.Zone, d.views.Now()).Spelling(bot.Spelling(sender)))
	p := Post{Key: item.ID, Message: &m}
	if item.Lost || item.Attempts > 1 {
		_, found, err := sender.Find(ctx, to, p)
		if err != nil {
			return d.noticeFailed(ctx, item, err)
		}
		if found {
			return d.outbox.NoticeSent(ctx, item.ID, d.views.Now())
		}
	}
	if _, err := sender.Post(ctx, to, p); err != nil {
		return d.noticeFailed(ctx, item, err)
	}
	return d.outbox.NoticeSent(context.WithoutCancel(ctx), item.ID, d.views.Now())
}

func (d *Deliverer) noticeFailed(ctx context.Context, item workflows.NoticeItem, err error) error {
	ctx = context.WithoutCancel(ctx)
	var retry RetryAfter
	switch {
	case errors.Is(err, ErrGone): // another chat of the person may take it
		return errors.Join(d.outbox.ChatGone(ctx, item.Binding, d.views.Now()), d.outbox.RetryNotice(ctx, item.ID, 0, false))
	case errors.As(err, &retry):
		return d.outbox.RetryNotice(ctx, item.ID, retry.Wait, false)
	}
	return errors.Join(err, d.outbox.RetryNotice(ctx, item.ID, later(item.Attempts), errors.Is(err, ErrLost)))
}

// later is how long a failed send waits: from a second to five minutes, spread so that a platform's recovery is not met by everyone at once.
func later(attempts int) time.Duration {
	wait := time.Second << min(attempts, 8)
	return wait/2 + rand.N(wait/2+1)
}

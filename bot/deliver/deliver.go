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
	"time"

	"golang.org/x/sync/errgroup"

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
}

// New makes a deliverer for the platforms that have a sender.
func New(outbox Outbox, views Views, t *texts.Texts, senders map[string]Sender) *Deliverer {
	return &Deliverer{outbox: outbox, views: views, texts: t, senders: senders, wake: make(chan struct{}, 1)}
}

// Wake has a running deliverer look at once.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

const (
	batch    = 50               // items claimed in a round
	parallel = 4                // chats written to at the same time; the pool of database connections is small
	sendTime = 10 * time.Second // well within the lease of a claimed item
	poll     = time.Second      // for what other replicas stored
	noChat   = 10 * time.Minute // until somebody whom no chat reaches is tried again
)

// Run sends until ctx ends.
func (d *Deliverer) Run(ctx context.Context) error {
	for {
		n, err := d.Round(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			slog.ErrorContext(ctx, "looking for messages to send failed", "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		timer := time.NewTimer(poll)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		case <-d.wake:
		}
		timer.Stop()
	}
}

// Round claims and sends one batch, and tells how many items it held.
func (d *Deliverer) Round(ctx context.Context) (int, error) {
	cards, err := d.outbox.ClaimCards(ctx, batch)
	if err != nil {
		return 0, err
	}
	notices, err := d.outbox.ClaimNotices(ctx, batch)
	if err != nil {
		return len(cards), err
	}
	// One chat's messages go out one after the other, cards before notices; chats do not wait for one another.
	chats := map[Address][]func(context.Context) error{}
	for _, c := range cards {
		to := Address{c.Platform, c.Team, c.User}
		chats[to] = append(chats[to], func(ctx context.Context) error { return d.card(ctx, to, c) })
	}
	for _, n := range notices {
		to := Address{n.Platform, n.Team, n.User}
		chats[to] = append(chats[to], func(ctx context.Context) error { return d.notice(ctx, to, n) })
	}
	var g errgroup.Group
	g.SetLimit(parallel)
	for _, sends := range chats {
		g.Go(func() error {
			for _, send := range sends {
				d.one(ctx, send)
			}
			return nil
		})
	}
	return len(cards) + len(notices), g.Wait()
}

// one sends one item. One that fails, even by a panic while it is drawn, holds up no other: its lease runs out and it is tried again.
func (d *Deliverer) one(ctx context.Context, send func(context.Context) error) {
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
	card, facts := bot.Draw(v, viewer, d.texts.ForPerson(viewer, d.views.Now()))
	if item.Folded {
		card, facts = card.Fold(), nil
	}
	shown := workflows.CardShown{ID: item.ID, Reference: item.Reference, Seq: card.Seq, Revision: card.Revision, Hash: card.Hash(), Facts: facts}
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
	case errors.Is(err, Gone):
		return d.outbox.ChatGone(ctx, item.Binding, d.views.Now())
	case errors.Is(err, Missing):
		return d.outbox.RetryCard(ctx, item.ID, 0, false, true)
	case errors.As(err, &retry):
		return d.outbox.RetryCard(ctx, item.ID, retry.Wait, false, false)
	}
	return errors.Join(err, d.outbox.RetryCard(ctx, item.ID, later(item.Attempts), errors.Is(err, Lost), false))
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
	m := bot.DrawNotice(item.Notice, item.Number, d.texts.For(item.Language, item.Zone, d.views.Now()))
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
	case errors.Is(err, Gone): // another chat of the person may take it
		return errors.Join(d.outbox.ChatGone(ctx, item.Binding, d.views.Now()), d.outbox.RetryNotice(ctx, item.ID, 0, false))
	case errors.As(err, &retry):
		return d.outbox.RetryNotice(ctx, item.ID, retry.Wait, false)
	}
	return errors.Join(err, d.outbox.RetryNotice(ctx, item.ID, later(item.Attempts), errors.Is(err, Lost)))
}

// later is how long a failed send waits: from a second to five minutes, spread so that a platform's recovery is not met by everyone at once.
func later(attempts int) time.Duration {
	wait := time.Second << min(attempts, 8)
	return wait/2 + rand.N(wait/2+1)
}

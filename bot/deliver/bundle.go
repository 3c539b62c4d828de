package deliver

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// bundle is what goes to somebody as one message: a notice, or all of a digest.
type bundle []workflows.NoticeItem

// bundles puts notices together that go as one. The order within a bundle, and with it its key, is the same whenever it is tried again.
func bundles(list []workflows.NoticeItem) []bundle {
	slices.SortStableFunc(list, func(a, b workflows.NoticeItem) int { return cmp.Compare(a.ID, b.ID) })
	var all []bundle
	type digest struct {
		to   workflows.Party
		text string
	}
	at := map[digest]int{}
	for _, n := range list {
		of := digest{n.Notice.Party, n.Notice.Text}
		i, begun := at[of]
		if !n.Notice.Digest || !begun {
			if n.Notice.Digest {
				at[of] = len(all)
			}
			all = append(all, bundle{n})
			continue
		}
		all[i] = append(all[i], n)
	}
	return all
}

func (l bundle) each(do func(n workflows.NoticeItem) error) error {
	var err error
	for _, n := range l {
		err = errors.Join(err, do(n))
	}
	return err
}

// stillHolds takes out of a bundle what no longer holds: a reminder of what has been decided meanwhile. Of the rest it gives what there is
// to say.
func (d *Deliverer) stillHolds(ctx context.Context, l bundle, print *texts.Printer) (
	still, past bundle, said []draw.About, err error,
) {
	list := make([]draw.About, len(l))
	for i, n := range l {
		list[i] = draw.About{Notice: n.Notice, Subject: n.Subject}
	}
	if list, err = d.displays.Notices(ctx, list, print); err != nil {
		return nil, nil, nil, err
	}
	for i, about := range list {
		if about.Past {
			past = append(past, l[i])
		} else {
			still, said = append(still, l[i]), append(said, about)
		}
	}
	return still, past, said, nil
}

func (d *Deliverer) sendBundle(ctx context.Context, to Address, whole bundle) error {
	if whole[0].To.Ended && whole[0].Notice.While != workflows.WhileEnded {
		return errors.Join(d.outbox.Reroute(ctx, whole[0].To.Binding),
			whole.each(func(n workflows.NoticeItem) error { return d.outbox.RetryNotice(ctx, n.ID, 0, false) }))
	}
	sender := d.senders[to.Platform]
	print := d.texts.For(whole[0].To.Language, whole[0].To.Zone, d.now()).Spelling(bot.Spelling(sender))
	l, past, said, err := d.stillHolds(ctx, whole, print)
	if err != nil {
		return err
	}
	if err := d.sent(ctx, past); err != nil || len(l) == 0 {
		return err
	}
	if to.Platform == "" {
		return l.each(func(n workflows.NoticeItem) error { return d.outbox.RetryNotice(ctx, n.ID, noChat, false) })
	}
	unsure := slices.ContainsFunc(l, func(n workflows.NoticeItem) bool { return n.Lost || n.Attempts > 1 })
	m := draw.Notices(said, print)
	p := Post{Key: l[0].ID, Message: &m, Claim: held(func(ctx context.Context) (bool, error) { return d.outbox.HoldsNotices(ctx, l) })}
	if unsure {
		_, found, err := sender.Find(ctx, to, p)
		if err != nil {
			return d.bundleFailed(ctx, l, err)
		}
		if found {
			return d.sent(ctx, l)
		}
	}
	if _, err := sender.Post(ctx, to, p); err != nil {
		return d.bundleFailed(ctx, l, err)
	}
	return d.sent(context.WithoutCancel(ctx), l)
}

func (d *Deliverer) sent(ctx context.Context, l bundle) error {
	return d.outbox.NoticesSent(ctx, l, d.now())
}

func (d *Deliverer) bundleFailed(ctx context.Context, l bundle, err error) error {
	ctx = context.WithoutCancel(ctx)
	var retry RetryAfter
	switch {
	case errors.As(err, new(NotYet)), errors.Is(err, ErrTaken):
		return err
	case errors.Is(err, ErrGone) && l[0].Notice.While == workflows.WhileEnded: // there is nobody left to tell
		return d.sent(ctx, l)
	case errors.Is(err, ErrGone): // another chat of the person may take it
		return errors.Join(d.outbox.ChatGone(ctx, l[0].To.Binding, d.now()),
			l.each(func(n workflows.NoticeItem) error { return d.outbox.RetryNotice(ctx, n.ID, 0, false) }))
	case errors.As(err, &retry):
		d.throttled(l[0].To.Platform)
		return l.each(func(n workflows.NoticeItem) error { return d.outbox.RetryNotice(ctx, n.ID, retry.Wait, false) })
	}
	wait := later(l[0].Attempts)
	return errors.Join(err, l.each(func(n workflows.NoticeItem) error {
		return d.outbox.RetryNotice(ctx, n.ID, wait, errors.Is(err, ErrLost))
	}))
}

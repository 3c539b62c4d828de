package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	tg "github.com/go-telegram/bot"
)

const (
	// blocked is how long to wait before asking again while an earlier update is not done: within half a second of asking for the same,
	// Telegram gives one update only (telegram-bot-api, process_get_updates_query).
	blocked   = 600 * time.Millisecond
	mostPause = 30 * time.Second
	mostList  = 100             // updates of one answer
	farewell  = 2 * time.Second // for the last acknowledgement
)

// RunPolling fetches updates until ctx ends. It removes a webhook that is set, without dropping what waits. Only one process may do so at a
// time; a second one makes Telegram end the first's call with 409, which is logged, told by Status, and tried again.
//
// The offset, which acknowledges all that is before it, is the end of the longest prefix of updates that are done.
func (c *Chat) RunPolling(ctx context.Context) error {
	if err := c.removeWebhook(ctx); err != nil {
		return err
	}
	p := prefix{}
	defer func() { c.acknowledge(&p) }()
	failed := time.Duration(0)
	for ctx.Err() == nil {
		list, err := c.api.getUpdates(ctx, p.offset, mostList, c.Times.Poll)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			failed = min(max(2*failed, time.Second), mostPause)
			pause := failed
			if wait, ok := retryAfter(err); ok {
				pause = wait
			}
			c.received(err.Error())
			c.polled(err)
			if errors.Is(err, tg.ErrorConflict) {
				c.Log.ErrorContext(ctx, "another program receives this bot's updates too; stop it, or give one of the two another token",
					"error", err)
				c.Alarm.Alert(ctx, "alert.telegram.conflict", "", nil)
			} else {
				c.Log.WarnContext(ctx, "updates could not be fetched from Telegram", "error", err, "again_in", pause)
			}
			if c.Pause(ctx, pause) != nil {
				return nil
			}
			continue
		}
		failed, p.told = 0, p.offset
		c.received("")
		c.polled(nil)
		for _, body := range list {
			p.add(c.take(body))
		}
		if p.wait(ctx) {
			continue
		}
		return nil
	}
	return nil
}

func (c *Chat) polled(err error) {
	if c.Polled != nil {
		c.Polled(err)
	}
}

// acknowledge tells Telegram at the end what is done, so that it does not come again to whoever polls next. What is under way is waited
// for.
func (c *Chat) acknowledge(p *prefix) {
	if len(p.jobs) > 0 {
		timer := time.NewTimer(c.Times.Handling)
		defer timer.Stop()
		select {
		case <-c.lanes.idle():
		case <-timer.C:
		}
		p.move()
	}
	if p.offset == p.told {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if _, err := c.api.getUpdates(ctx, p.offset, 1, 0); err != nil {
		c.Log.Warn("the last updates were not acknowledged; they will come again", "error", err)
	}
}

func (c *Chat) removeWebhook(ctx context.Context) error {
	for failed := time.Second; ctx.Err() == nil; failed = min(2*failed, mostPause) {
		info, err := c.api.GetWebhookInfo(ctx)
		if err == nil && info.URL != "" {
			_, err = c.api.DeleteWebhook(ctx, &tg.DeleteWebhookParams{})
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, tg.ErrorUnauthorized) || errors.Is(err, tg.ErrorNotFound):
			c.Alarm.Alert(ctx, "alert.telegram.token", "", nil)
			return fmt.Errorf("Telegram does not know TELEGRAM_BOT_TOKEN: %w", err)
		}
		c.received(err.Error())
		c.polled(err)
		c.Log.WarnContext(ctx, "Telegram's webhook could not be looked at", "error", err)
		if c.Pause(ctx, failed) != nil {
			return nil
		}
	}
	return nil
}

// prefix knows which updates were fetched and which of them are done.
type prefix struct {
	jobs   []*job // fetched and not acknowledged, in Telegram's order
	offset int64
	told   int64 // the offset that Telegram knows
}

func (p *prefix) add(j *job) {
	if j.id == 0 {
		return // it had no number
	}
	for i, old := range p.jobs {
		if old.id == j.id {
			p.jobs[i] = j // tried anew
			return
		}
	}
	p.jobs = append(p.jobs, j)
}

// wait moves the offset behind the longest prefix of updates that are done. It waits for all that were fetched, but only so long: more may
// have arrived for others. It is false when ctx has ended.
func (p *prefix) wait(ctx context.Context) bool {
	timer := time.NewTimer(blocked)
	defer timer.Stop()
	for {
		p.move()
		if len(p.jobs) == 0 {
			return ctx.Err() == nil
		}
		next := p.jobs[0].done
		if p.failed() { // it comes again, not sooner than it may be asked for
			p.jobs, next = nil, nil
		}
		select {
		case <-next:
		case <-timer.C:
			return ctx.Err() == nil
		case <-ctx.Done():
			return false
		}
	}
}

// failed tells whether the first update is over and not done with.
func (p *prefix) failed() bool {
	select {
	case <-p.jobs[0].done:
		return p.jobs[0].err != nil
	default:
		return false
	}
}

func (p *prefix) move() {
	for len(p.jobs) > 0 {
		select {
		case <-p.jobs[0].done:
		default:
			return
		}
		if p.jobs[0].err != nil {
			return
		}
		p.offset = p.jobs[0].id + 1
		p.jobs = p.jobs[1:]
	}
}

// readID reads an update's number, also of one that is unreadable otherwise.
func readID(body []byte) (int64, bool) {
	var u struct {
		ID *int64 `json:"update_id"`
	}
	if json.Unmarshal(body, &u) != nil || u.ID == nil {
		return 0, false
	}
	return *u.ID, true
}

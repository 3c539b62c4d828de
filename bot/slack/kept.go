package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// A form that is not saved when Slack has to be answered lies in the database before its sender reads "still saving", and until they have
// read the outcome. What a program leaves behind that was killed, any other takes up under the same cause: what was saved is not saved
// again.

// Submissions keep such forms.
type Submissions interface {
	// KeepSubmission keeps a form, which nobody can claim for the time of the lease. place is the dialog that waits for its outcome.
	KeepSubmission(ctx context.Context, c workflows.Cause, place string, body []byte, lease time.Duration) error
	// ClaimSubmissions gives forms that nobody has, and has them for the time of the lease.
	ClaimSubmissions(ctx context.Context, platform string, limit int, lease time.Duration) ([]workflows.Submission, error)
	DelaySubmission(ctx context.Context, c workflows.Cause, place string, wait time.Duration) error
	DropSubmission(ctx context.Context, c workflows.Cause, place string) error
	// KeepUnhandled keeps one for the administrator.
	KeepUnhandled(ctx context.Context, platform, key string, body []byte, why string) error
}

const (
	mostTries = 5 // so often a form is taken up
	atATime   = 4 // so many at a time, since each takes a connection to the database
)

// keepSubmission keeps a form without what is drawn of it, and without its response_url: with that, anybody can write in the bot's name.
func (c *Chat) keepSubmission(ctx context.Context, by workflows.Cause, place string, v *view, m meta) error {
	if c.Submissions == nil {
		return nil
	}
	m.Respond = ""
	kept := view{ID: v.ID, Root: v.Root, Type: v.Type, Hash: v.Hash, Callback: v.Callback, Meta: m.String(), State: v.State}
	body, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("write down a form: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.Times.Keeping)
	defer cancel()
	return c.Submissions.KeepSubmission(ctx, by, place, body, c.Times.Lease)
}

// hold keeps a form from being taken up by others, until release. What holds it too long holds it no more.
func (c *Chat) hold(by workflows.Cause, place string) (release func()) {
	if c.Submissions == nil {
		return func() {}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*c.Times.Handling)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		tick := time.NewTicker(max(c.Times.Lease/3, time.Millisecond))
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := c.Submissions.DelaySubmission(ctx, by, place, c.Times.Lease); err != nil && ctx.Err() == nil {
				c.Log.WarnContext(ctx, "a form may be taken up a second time", "error", err) // which does no harm
			}
		}
	})
	return func() {
		cancel()
		renewing.Wait()
	}
}

// dropSubmission forgets a form whose sender knows the outcome. Where that fails they hear it once more.
func (c *Chat) dropSubmission(ctx context.Context, by workflows.Cause, place string) {
	if c.Submissions == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Times.Handling)
	defer cancel()
	if err := c.Submissions.DropSubmission(ctx, by, place); err != nil {
		c.Log.WarnContext(ctx, "a form whose outcome was told is still kept", "error", err)
	}
}

// RunSubmissions takes up what others have left, until ctx ends; what it has begun it finishes.
func (c *Chat) RunSubmissions(ctx context.Context) error {
	if c.Submissions == nil {
		return nil
	}
	tick := time.NewTicker(c.Times.Search)
	defer tick.Stop()
	for {
		err := c.takeUpAll(ctx)
		if err != nil && ctx.Err() == nil {
			c.Log.WarnContext(ctx, "forms that wait to be saved could not be looked for", "error", err)
		}
		if c.Looked != nil && ctx.Err() == nil {
			c.Looked(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (c *Chat) takeUpAll(ctx context.Context) error {
	for ctx.Err() == nil {
		list, err := c.Submissions.ClaimSubmissions(ctx, Platform, atATime, c.Times.Lease)
		if err != nil || len(list) == 0 {
			return err
		}
		var all sync.WaitGroup
		for _, s := range list {
			all.Go(func() { c.takeUp(context.WithoutCancel(ctx), s) })
		}
		all.Wait()
	}
	return nil
}

// takeUp sends a form once more, and tells its sender what came of it. What cannot be done is tried again later, and at last given up.
func (c *Chat) takeUp(ctx context.Context, s workflows.Submission) {
	defer c.recovered(ctx, "a form that was taken up")
	r, state, err := c.readKept(s)
	if err != nil {
		c.giveUp(ctx, r, s, err)
		return
	}
	saved, told, err := c.sendAgain(ctx, r, s, state)
	switch {
	case saved && told:
		c.dropSubmission(ctx, s.Cause, s.Place)
	case s.Tries < mostTries:
		c.delay(ctx, s, err)
	case saved:
		c.giveUp(ctx, nil, s, err)
	default:
		c.giveUp(ctx, r, s, err)
	}
}

// readKept reads a form as it was kept, and gives whom its outcome is told to.
func (c *Chat) readKept(s workflows.Submission) (r *reply, state bot.FormState, err error) {
	r = &reply{chat: c, team: s.Cause.Team, user: s.Cause.User, later: true}
	var v view
	if err = json.Unmarshal(s.Body, &v); err == nil {
		state, r.meta, err = c.sentState(&v)
	}
	if err != nil {
		err = fmt.Errorf("read a form that was kept: %w", err)
	}
	return r, state, err
}

// letter is a form that was given up, as the administrator has it.
type letter struct {
	Cause workflows.Cause
	Place string
	Form  json.RawMessage
}

// Retry sends a form once more that was given up, and tells its sender what came of it. An error says why that failed again; its sender
// hears nothing of it.
func (c *Chat) Retry(ctx context.Context, body []byte) error {
	var l letter
	if err := json.Unmarshal(body, &l); err != nil {
		return fmt.Errorf("read a form that was given up: %w", err)
	}
	s := workflows.Submission{Cause: l.Cause, Place: l.Place, Body: l.Form}
	r, state, err := c.readKept(s)
	if err != nil {
		return err
	}
	_, _, err = c.sendAgain(ctx, r, s, state)
	return err
}

// sendAgain tells whether there is an outcome now, and whether its sender was told. err is what was in the way.
func (c *Chat) sendAgain(ctx context.Context, r *reply, s workflows.Submission, state bot.FormState) (saved, told bool, err error) {
	defer c.hold(s.Cause, s.Place)()
	defer r.finish(ctx, nil)
	out := &submitted{Speller: c}
	sending, cancel := context.WithTimeout(ctx, c.Times.Handling)
	defer cancel()
	if err = c.send(sending, s.Cause, state, r.meta, out); err != nil && !errors.Is(err, errDraftLost) {
		return false, false, err
	}
	if !r.outcome(ctx, viewRef{external: s.Place}, out, err) {
		return true, false, errUntold
	}
	return true, true, nil
}

var errUntold = errors.New("the outcome could not be told")

// delay has a form wait, each time longer.
func (c *Chat) delay(ctx context.Context, s workflows.Submission, why error) {
	c.Log.WarnContext(ctx, "a form that was taken up has to wait", "user", s.Cause.User, "try", s.Tries, "error", why)
	ctx, cancel := context.WithTimeout(ctx, c.Times.Handling)
	defer cancel()
	if err := c.Submissions.DelaySubmission(ctx, s.Cause, s.Place, c.Times.Search<<s.Tries); err != nil {
		c.Log.WarnContext(ctx, "a form waits until its lease has run out", "error", err)
	}
}

// giveUp keeps a form for the administrator and tells its sender, unless they cannot be told. As long as it cannot be kept, it is taken up
// again.
func (c *Chat) giveUp(ctx context.Context, r *reply, s workflows.Submission, why error) {
	c.Log.ErrorContext(ctx, "a form is given up", "user", s.Cause.User, "error", why)
	ctx, cancel := context.WithTimeout(ctx, c.Times.Handling)
	defer cancel()
	body, err := json.Marshal(letter{s.Cause, s.Place, s.Body})
	if err == nil {
		err = c.Submissions.KeepUnhandled(ctx, Platform, s.Cause.Key+"/"+s.Place, body, why.Error())
	}
	if err != nil {
		c.Log.ErrorContext(ctx, "a form could not be kept for the administrator", "error", err)
		return
	}
	c.Alarm.Alert(ctx, "alert.letter", Platform, map[string]any{"Platform": Platform})
	if r != nil {
		out := &submitted{Speller: c, told: []bot.Message{{Text: c.say("slack.given_up"), Tone: workflows.Bad}}}
		r.outcome(ctx, viewRef{external: s.Place}, out, nil)
	}
	c.dropSubmission(ctx, s.Cause, s.Place)
}

package slack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

// shown is what stands in the dialog that belongs to a reply.
type shown int

const (
	showsNothing shown = iota
	showsLoading
	showsForm
	showsAnswer
)

// reply gives bot's answers back to the one who asked. What Slack wants for that, a trigger, a view, a response_url, rides in it.
type reply struct {
	chat       *Chat
	team, user string
	trigger    string // opens one view; empty: none, or used
	meta       meta
	view       viewRef       // the dialog; zero: none is open
	inDialog   bool          // answers go into a dialog, since where the button is nobody reads anything
	current    func() bool   // of a recalculation: no later one was seen
	do         bot.LineEvent // of a recalculation: what it did to the form's list

	mu    sync.Mutex
	shows shown
	told  []bot.Message // what stands in the dialog
	done  bool          // the form was taken away
	sent  bool          // something reached the sender
}

// openLoading opens the view that waits, or makes the dialog in which a button was pressed wait.
func (r *reply) openLoading(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.chat.Times.Opening)
	defer cancel()
	v := r.chat.standing(loadingView, r.chat.say("slack.loading"), r.meta)
	var err error
	if r.view.id != "" {
		r.view, err = r.chat.api.updateView(ctx, r.view, v)
	} else {
		trigger := r.trigger
		r.trigger = ""
		r.view, err = r.chat.api.openView(ctx, trigger, v)
	}
	if err != nil {
		r.view = viewRef{}
		return err
	}
	r.view.hash = "" // nobody else changes it
	r.set(func() { r.shows, r.sent = showsLoading, true })
	return nil
}

func (r *reply) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

func (r *reply) state() (shown, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shows, r.done
}

func (r *reply) reached() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent
}

// Spell writes a command as it is typed in Slack.
func (r *reply) Spell(command string) string { return r.chat.Spell(command) }

func (r *reply) Open(ctx context.Context, f bot.Form) error { return r.form(ctx, f) }

func (r *reply) Update(ctx context.Context, f bot.Form) error { return r.form(ctx, f) }

func (r *reply) form(ctx context.Context, f bot.Form) error {
	if r.view.id == "" && r.trigger == "" {
		return r.asMessage(ctx, f)
	}
	carried, err := r.chat.carried(ctx, r.team, r.user, f, r.meta, r.do)
	if err != nil {
		return err
	}
	v := formView(f, carried)
	switch {
	case r.view.id != "":
		_, err = r.chat.api.updateView(ctx, r.view, v)
		if code(err) == "hash_conflict" && (r.current == nil || r.current()) {
			// Something else was drawn since the user changed this. They have changed nothing later, so this is the newest all the same.
			at := r.view
			at.hash = ""
			_, err = r.chat.api.updateView(ctx, at, v)
		}
		if c := code(err); c == "not_found" || c == "hash_conflict" {
			err = nil // closed by its owner, or drawn newer already
		}
	default:
		trigger := r.trigger
		r.trigger = ""
		r.view, err = r.chat.api.openView(ctx, trigger, v)
		r.view.hash = ""
	}
	if err == nil {
		r.set(func() { r.shows, r.sent, r.done, r.told = showsForm, true, false, nil })
	}
	return err
}

// Done takes the form away. A view cannot be closed from here, so that it shows what is told next, and so does a message form.
func (r *reply) Done(context.Context) error {
	r.set(func() { r.done = true })
	return nil
}

func (r *reply) Tell(ctx context.Context, m bot.Message) error {
	m = r.sendFilesApart(m)
	shows, done := r.state()
	if r.view.id != "" && (shows == showsLoading || shows == showsAnswer || done) {
		r.set(func() { r.told = append(r.told, m) })
		_, err := r.chat.api.updateView(ctx, viewRef{id: r.view.id}, r.chat.answered(r.told, r.meta))
		if code(err) != "not_found" { // when they have closed it, they hear it outside
			if err == nil {
				r.set(func() { r.shows, r.sent = showsAnswer, true })
			}
			return err
		}
	}
	if r.view.id == "" && r.meta.Message != "" && done {
		r.set(func() { r.told = append(r.told, m) })
		return r.tellInPlace(ctx, r.told)
	}
	return r.tellPrivately(ctx, m)
}

// tellPrivately answers where the user is, if Slack gave an address for that, and else in the direct channel; only they see it.
func (r *reply) tellPrivately(ctx context.Context, m bot.Message) error {
	d := drawMessage(m, maxMessageBlocks)
	if r.meta.Respond != "" {
		err := r.chat.api.respond(ctx, r.meta.Respond, d, false)
		if err == nil {
			r.set(func() { r.sent = true })
			return nil
		}
		if errors.Is(err, deliver.ErrLost) { // perhaps shown; a second time does no harm, silence does
			r.chat.Log.WarnContext(ctx, "an answer may have been lost", "error", err)
		}
	}
	channel, err := r.chat.channel(ctx, r.user, r.chat.api.openChannel)
	if err != nil {
		return err
	}
	if err := r.chat.api.ephemeral(ctx, channel, r.user, d); err != nil {
		return err
	}
	r.set(func() { r.sent = true })
	return nil
}

// finish leaves no dialog waiting for what will not come, and draws the App Home again where that was where somebody pressed.
func (r *reply) finish(ctx context.Context, err error) {
	ctx = context.WithoutCancel(ctx)
	shows, done := r.state()
	if r.view.id != "" && (shows == showsLoading || done && shows == showsForm) {
		m := bot.Message{Text: r.chat.say("slack.nothing"), Tone: workflows.Good}
		if err != nil || shows == showsLoading && !done {
			m = bot.Message{Text: r.chat.say("slack.failed"), Tone: workflows.Warn}
		}
		if err := r.Tell(ctx, m); err != nil {
			r.chat.Log.ErrorContext(ctx, "a dialog was left waiting", "error", err)
		}
	}
	if r.view.id == "" && r.meta.Message != "" && done && len(r.told) == 0 {
		r.endInPlace(ctx, nil)
	}
	if r.meta.Home {
		if err := r.chat.publishHome(ctx, r.team, r.user, ""); err != nil {
			r.chat.Log.WarnContext(ctx, "an App Home is not up to date", "error", err)
		}
	}
}

// submitted collects what bot answers to a form until the form's sender has to be answered: Slack takes the whole outcome in one go. What
// comes later goes into the view that stands in for it.
type submitted struct {
	bot.Speller
	mu     sync.Mutex
	form   *bot.Form
	meta   meta  // that rides in the view of form
	unkept error // why form cannot be drawn again
	done   bool
	told   []bot.Message
}

// carry makes what rides in the view of the form that is to be shown again.
func (s *submitted) carry(make func(bot.Form) (meta, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.form != nil {
		s.meta, s.unkept = make(*s.form)
	}
}

func (s *submitted) Open(_ context.Context, f bot.Form) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.form, s.done = &f, false
	return nil
}

func (s *submitted) Update(ctx context.Context, f bot.Form) error { return s.Open(ctx, f) }

func (s *submitted) Done(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.form, s.done = nil, true
	return nil
}

func (s *submitted) Tell(_ context.Context, m bot.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, m)
	return nil
}

// viewAnswer is a response to view_submission: docs.slack.dev/surfaces/modals.
type viewAnswer struct {
	Action string            `json:"response_action"`
	Errors map[string]string `json:"errors,omitempty"`
	View   any               `json:"view,omitempty"`
}

func (c *Chat) submission(ctx context.Context, team string, in interaction) answer {
	root := in.View.Root
	if root == "" {
		root = in.View.ID
	}
	state, m, err := formState(in.View)
	if err != nil {
		told := []bot.Message{c.formLost(ctx, in)}
		return answer{taken: true, payload: viewAnswer{Action: "update", View: c.answered(told, m)}}
	}
	if state.Uploads = c.uploads(in.View); len(state.Uploads) > 0 {
		m.Round++
	}
	if m.Message != "" { // sent here and from the message, it is one
		root = m.Message
	}
	u := bot.Update{Cause: cause(team, in.User.ID, "form", root, state.Nonce)}
	out := &submitted{Speller: c}
	r := &reply{chat: c, team: team, user: in.User.ID, meta: m}
	done := make(chan error, 1)
	late := make(chan viewRef, 1) // where an outcome goes that did not come in time
	c.inBackground(func(ctx context.Context) {
		whole, err := c.withHeld(ctx, team, in.User.ID, state, m)
		if err == nil {
			u.Content = bot.Submission{FormState: whole}
			err = c.handle(ctx, u, out)
		} else {
			c.Log.WarnContext(ctx, "a form came without its lines", "user", in.User.ID, "error", err)
		}
		out.carry(func(f bot.Form) (meta, error) { return c.carried(ctx, team, in.User.ID, f, m, "") })
		done <- err
		if at, ok := <-late; ok {
			r.outcome(ctx, at, out, err)
		}
		r.finish(ctx, nil)
	})
	timer := time.NewTimer(c.Times.Submission)
	defer timer.Stop()
	select {
	case err := <-done:
		a, tell := c.outcome(out, in.View.inputs(), r.meta, err)
		close(late)
		if out.done && m.Message != "" {
			c.inBackground(func(ctx context.Context) { r.endInPlace(ctx, tell) })
		} else if len(tell) > 0 {
			c.inBackground(func(ctx context.Context) {
				for _, m := range tell {
					if err := r.Tell(ctx, m); err != nil {
						c.Log.ErrorContext(ctx, "the outcome of a form could not be told", "error", err)
					}
				}
			})
		}
		return a
	case <-timer.C:
		// Until Slack has put this view up, its external id is unknown there: that is how the outcome, when it comes, knows that it is not
		// too early.
		v := c.standing(savingView, c.say("slack.saving"), r.meta)
		v.ExternalID = "saving:" + in.View.ID + ":" + in.View.Hash
		late <- viewRef{external: v.ExternalID}
		close(late)
		return answer{taken: true, payload: viewAnswer{Action: "update", View: v}}
	}
}

// outcome makes the answer to a form that was sent, and gives what is told beside it once the form is gone.
func (c *Chat) outcome(out *submitted, inputs []string, m meta, err error) (answer, []bot.Message) {
	out.mu.Lock()
	defer out.mu.Unlock()
	switch {
	case errors.Is(err, errDraftLost):
		return answer{taken: true, payload: viewAnswer{Action: "update", View: c.answered([]bot.Message{c.draftLost()}, m)}}, nil
	case out.form != nil:
		if faults, ok := fieldFaults(*out.form, inputs); ok && len(out.told) == 0 {
			return answer{taken: true, payload: viewAnswer{Action: "errors", Errors: faults}}, nil
		}
		f := *out.form
		for _, t := range out.told {
			f.Fault = strings.TrimPrefix(f.Fault+"\n"+t.Text, "\n")
		}
		faults := c.faultsOnly(f, inputs, m)
		if out.unkept != nil { // what stands there still has its lines
			return answer{taken: true, payload: faults}, nil
		}
		return answer{taken: true, payload: viewAnswer{Action: "update", View: formView(f, out.meta)}, small: faults}, nil
	case out.done:
		return answer{taken: true, payload: viewAnswer{Action: "clear"}}, out.told
	case len(out.told) > 0 && len(inputs) > 0: // not saved: the form stays, with the sentence at its first field
		var sentences []string
		for _, t := range out.told {
			sentences = append(sentences, t.Text)
		}
		faults := map[string]string{inputs[0]: cut(strings.Join(sentences, "\n"), maxText)}
		return answer{taken: true, payload: viewAnswer{Action: "errors", Errors: faults}}, nil
	case len(out.told) > 0:
		return answer{taken: true, payload: viewAnswer{Action: "update", View: c.answered(out.told, m)}}, nil
	case err != nil:
		return answer{}, nil // Slack says that it failed
	}
	return answer{taken: true, payload: viewAnswer{Action: "clear"}}, nil
}

// faultsOnly says what is wrong with a form without drawing it again.
func (c *Chat) faultsOnly(f bot.Form, inputs []string, m meta) viewAnswer {
	faults := map[string]string{}
	rest := f.Fault
	for _, field := range f.Fields {
		switch {
		case field.Fault == "":
		case blockOf(inputs, field.Name) != "":
			faults[blockOf(inputs, field.Name)] = cut(field.Fault, 500)
		default:
			rest += "\n" + field.Label + ": " + field.Fault
		}
	}
	for _, fault := range faultyLines(f) {
		rest += "\n" + fault
	}
	if len(inputs) == 0 {
		return viewAnswer{Action: "update", View: c.standing(answerView, cut(rest, maxText), m)}
	}
	if rest != "" {
		faults[inputs[0]] = strings.TrimSpace(cut(rest, 1000) + "\n" + faults[inputs[0]])
	}
	if len(faults) == 0 {
		faults[inputs[0]] = c.say("slack.failed")
	}
	return viewAnswer{Action: "errors", Errors: faults}
}

// fieldFaults gives the faults as errors at inputs; false when they cannot all stand there, or there are none.
func fieldFaults(f bot.Form, inputs []string) (map[string]string, bool) {
	faults := map[string]string{}
	for _, field := range f.Fields {
		if field.Fault == "" {
			continue
		}
		at := blockOf(inputs, field.Name)
		if at == "" {
			return nil, false
		}
		faults[at] = cut(field.Fault, maxText)
	}
	return faults, f.Fault == "" && len(faults) > 0 && len(faultyLines(f)) == 0
}

// outcome puts what came of a form into the view that stands in for it, as soon as Slack shows that.
func (r *reply) outcome(ctx context.Context, at viewRef, out *submitted, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.chat.Times.Handling)
	defer cancel()
	out.mu.Lock()
	form, carried, told, done := out.form, out.meta, slices.Clone(out.told), out.done
	if out.unkept != nil || errors.Is(err, errDraftLost) {
		form, told = nil, append(told, r.chat.draftLost())
	}
	out.mu.Unlock()
	for i := range told {
		told[i] = r.sendFilesApart(told[i])
	}
	if done && r.meta.Message != "" {
		r.endInPlace(ctx, told)
	}
	view := r.chat.answered(told, r.meta)
	switch {
	case form != nil:
		for _, t := range told {
			form.Fault = strings.TrimPrefix(form.Fault+"\n"+t.Text, "\n")
		}
		view = formView(*form, carried)
	case len(told) == 0 && err != nil:
		view = r.chat.standing(answerView, r.chat.say("slack.failed"), r.meta)
	case len(told) == 0:
		view = r.chat.standing(answerView, r.chat.say("slack.nothing"), r.meta)
	}
	wait := 100 * time.Millisecond
	for {
		_, err := r.chat.api.updateView(ctx, at, view)
		if err == nil {
			return
		}
		if c := code(err); c != "not_found" && c != "ratelimited" || wait > 4*time.Second {
			break
		}
		if r.chat.Pause(ctx, wait) != nil {
			break
		}
		wait *= 2
	}
	for _, t := range told { // they have closed it
		if err := r.tellPrivately(ctx, t); err != nil {
			r.chat.Log.ErrorContext(ctx, "the outcome of a form could not be told", "error", err)
		}
	}
}

package slack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	slackapi "github.com/slack-go/slack"

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
	view       viewRef        // the dialog; zero: none is open
	inDialog   bool           // answers go into a dialog, since where the button is nobody reads anything
	current    func() bool    // of a recalculation: no later one was seen
	do         bot.LineEvent  // of a recalculation: what it did to the form's list
	pressed    string         // the message in which a button was pressed, as channel:ts; empty: it was none
	around     pressedMessage // what stands in it
	place      string         // the channel where they asked; empty: it is not known
	later      bool           // long after they asked: answers are messages that stay, since nobody looks where they asked

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
	shows, done := r.state()
	m, whole := r.sendApart(ctx, m, !done)
	if whole {
		return nil
	}
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
	if m.Replaces && r.pressed != "" && r.meta.Respond != "" {
		err := r.chat.api.respond(ctx, r.meta.Respond, drawMessage(m, maxMessageBlocks), true)
		if err == nil {
			r.set(func() { r.sent = true })
			return nil
		}
		r.chat.Log.WarnContext(ctx, "a list stays as it is, and goes on below it", "error", err)
	}
	return r.tellPrivately(ctx, m)
}

// Spent takes buttons off the message in which one was pressed.
func (r *reply) Spent(ctx context.Context, subject workflows.SubjectID) error {
	channel, ts, ok := strings.Cut(r.pressed, ":")
	if !ok || len(r.around.Blocks.BlockSet) == 0 {
		return nil
	}
	err := r.chat.api.update(ctx, channel, ts, drawing{text: r.around.Text, blocks: withoutSpent(r.around.Blocks.BlockSet, subject)})
	if slices.Contains(missingCodes, code(err)) {
		return nil
	}
	return err
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
	if r.later {
		return r.chat.postDirectly(ctx, r.user, d)
	}
	err := r.chat.inChannel(ctx, r.user, r.chat.api.openChannel, func(channel string) error {
		return r.chat.api.ephemeral(ctx, channel, r.user, d)
	})
	if err != nil {
		return err
	}
	r.set(func() { r.sent = true })
	return nil
}

// behind keeps what a press has its sender told until the press is done.
type behind struct {
	*reply
	calls []func(ctx context.Context) error
}

func (b *behind) Tell(_ context.Context, m bot.Message) error {
	b.calls = append(b.calls, func(ctx context.Context) error { return b.reply.Tell(ctx, m) })
	return nil
}

func (b *behind) Spent(_ context.Context, subject workflows.SubjectID) error {
	b.calls = append(b.calls, func(ctx context.Context) error { return b.reply.Spent(ctx, subject) })
	return nil
}

// Open shows a form behind what was told before it.
func (b *behind) Open(ctx context.Context, f bot.Form) error {
	b.tell(ctx)
	return b.reply.Open(ctx, f)
}

func (b *behind) Update(ctx context.Context, f bot.Form) error {
	b.tell(ctx)
	return b.reply.Update(ctx, f)
}

// tell makes the calls, in their order.
func (b *behind) tell(ctx context.Context) {
	for _, call := range b.calls {
		if err := call(ctx); err != nil {
			b.chat.Log.ErrorContext(ctx, "an answer could not be told", "error", err)
		}
	}
	b.calls = nil
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

func (s *submitted) Spent(context.Context, workflows.SubjectID) error { return nil } // a form is no button

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
	state, m, err := c.sentState(in.View)
	if err != nil {
		told := []bot.Message{c.formLost(ctx, in)}
		return answer{taken: true, payload: viewAnswer{Action: "update", View: c.answered(told, m)}}
	}
	if m.Message != "" { // sent here and from the message, it is one
		root = m.Message
	}
	by := cause(team, in.User.ID, "form", root, state.Nonce)
	out := &submitted{Speller: c}
	r := &reply{chat: c, team: team, user: in.User.ID, meta: m}
	done := make(chan error, 1)
	late := make(chan dialogWaits, 1) // where an outcome goes that did not come in time; zero: it was said that there is none
	unkept, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	c.inBackground(func(ctx context.Context) {
		defer giveUp()
		sending, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(unkept, cancel)()
		err := c.send(sending, by, state, m, out)
		done <- err
		switch waits, ok := <-late; {
		case !ok: // it came in time
		case waits.release == nil:
			r.afterAll(ctx, out)
		default:
			defer waits.release()
			if r.outcome(ctx, waits.at, out, err) {
				c.dropSubmission(ctx, by, waits.at.external)
			}
		}
		r.finish(ctx, nil)
	})
	answered := func(err error) answer {
		close(late)
		a, tell := c.outcome(out, in.View.inputs(), r.meta, err)
		c.tellBeside(r, out, tell)
		return a
	}
	timer := time.NewTimer(c.Times.Submission)
	defer timer.Stop()
	select {
	case err := <-done:
		return answered(err)
	case <-timer.C:
	}
	// Until Slack has put this view up, its external id is unknown there: that is how the outcome, when it comes, knows that it is not too
	// early.
	v := c.standing(savingView, c.say("slack.saving"), r.meta)
	v.ExternalID = "saving:" + in.View.ID + ":" + in.View.Hash
	if err = c.keepSubmission(ctx, by, v.ExternalID, in.View, m); err == nil {
		late <- dialogWaits{viewRef{external: v.ExternalID}, c.hold(by, v.ExternalID)}
		return answer{taken: true, payload: viewAnswer{Action: "update", View: v}}
	}
	// Nothing may be called saved that lies in no database. What was begun is broken off, so that there is an outcome to tell.
	c.Log.ErrorContext(ctx, "a form could not be kept while it is being saved", "user", in.User.ID, "error", err)
	giveUp()
	timer.Reset(c.Times.BreakingOff)
	select {
	case err := <-done:
		return answered(err)
	case <-timer.C:
		late <- dialogWaits{}
		return answer{taken: true, payload: c.notSaved(in.View.inputs(), r.meta, c.say("slack.not_saved"))}
	}
}

// dialogWaits is a dialog in which "still saving" stands, and what is to be called when nobody waits for its form any more.
type dialogWaits struct {
	at      viewRef
	release func()
}

// tellBeside tells what does not go into the answer to a form.
func (c *Chat) tellBeside(r *reply, out *submitted, tell []bot.Message) {
	if out.done && r.meta.Message != "" {
		c.inBackground(func(ctx context.Context) { r.endInPlace(ctx, tell) })
	} else if len(tell) > 0 {
		c.inBackground(func(ctx context.Context) {
			for _, m := range tell {
				if m.Carded {
					continue
				}
				if err := r.Tell(ctx, m); err != nil {
					c.Log.ErrorContext(ctx, "the outcome of a form could not be told", "error", err)
				}
			}
		})
	}
}

// sentState reads a form that was sent, with the files that were chosen in it.
func (c *Chat) sentState(v *view) (bot.FormState, meta, error) {
	state, m, err := formState(v)
	if err != nil {
		return state, m, err
	}
	c.takeFiles(v, &state, &m)
	return state, m, nil
}

// send hands a form that was sent to bot, whose answer out collects.
func (c *Chat) send(ctx context.Context, by workflows.Cause, state bot.FormState, m meta, out *submitted) error {
	whole, err := c.withHeld(ctx, by.Team, by.User, state, m)
	if err == nil {
		err = c.handle(ctx, bot.Update{Cause: by, Content: bot.Submission{FormState: whole}}, out)
	} else {
		c.Log.WarnContext(ctx, "a form came without its lines", "user", by.User, "error", err)
	}
	out.carry(func(f bot.Form) (meta, error) { return c.carried(ctx, by.Team, by.User, f, m, "") })
	return err
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
	case len(out.told) > 0 && len(inputs) > 0:
		var sentences []string
		for _, t := range out.told {
			sentences = append(sentences, t.Text)
		}
		return answer{taken: true, payload: c.notSaved(inputs, m, strings.Join(sentences, "\n"))}, nil
	case len(out.told) > 0:
		return answer{taken: true, payload: viewAnswer{Action: "update", View: c.answered(out.told, m)}}, nil
	case err != nil:
		return answer{}, nil // Slack says that it failed
	}
	return answer{taken: true, payload: viewAnswer{Action: "clear"}}, nil
}

// notSaved leaves the form as it is, with a sentence at its first field; a form without any gives way to it.
func (c *Chat) notSaved(inputs []string, m meta, sentence string) viewAnswer {
	if len(inputs) == 0 {
		return viewAnswer{Action: "update", View: c.standing(answerView, sentence, m)}
	}
	return viewAnswer{Action: "errors", Errors: map[string]string{inputs[0]: cut(sentence, maxText)}}
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

// outcome puts what came of a form into the view that stands in for it, as soon as Slack shows that, or says it outside when its owner has
// closed it. It tells whether they were told.
func (r *reply) outcome(ctx context.Context, at viewRef, out *submitted, err error) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.chat.Times.Handling)
	defer cancel()
	out.mu.Lock()
	form, carried, told, done := out.form, out.meta, slices.Clone(out.told), out.done
	if out.unkept != nil || errors.Is(err, errDraftLost) {
		form, told = nil, append(told, r.chat.draftLost())
	}
	out.mu.Unlock()
	for i := range told {
		told[i], _ = r.sendApart(ctx, told[i], false)
	}
	if done && r.meta.Message != "" {
		r.endInPlace(ctx, told)
	}
	var view slackapi.ModalViewRequest
	switch {
	case form != nil:
		for _, t := range told {
			form.Fault = strings.TrimPrefix(form.Fault+"\n"+t.Text, "\n")
		}
		view = formView(*form, carried)
	case len(told) == 0 && err != nil:
		told = []bot.Message{{Text: r.chat.say("slack.failed"), Tone: workflows.Warn}}
	case len(told) == 0:
		told = []bot.Message{{Text: r.chat.say("slack.nothing"), Tone: workflows.Good}}
	}
	if form == nil {
		view = r.chat.answered(told, r.meta)
	}
	if r.showOutcome(ctx, at, view) {
		return true
	}
	if form != nil {
		err := r.asMessage(ctx, *form)
		if err != nil {
			r.chat.Log.ErrorContext(ctx, "what is wrong with a form could not be told", "error", err)
		}
		return err == nil
	}
	reached := true
	for _, t := range told {
		if err := r.tellPrivately(ctx, t); err != nil {
			r.chat.Log.ErrorContext(ctx, "the outcome of a form could not be told", "error", err)
			reached = false
		}
	}
	return reached
}

// showOutcome draws into the view that stands in for an outcome. It waits for Slack to put that up, unless it was put up long ago.
func (r *reply) showOutcome(ctx context.Context, at viewRef, view slackapi.ModalViewRequest) bool {
	wait := 100 * time.Millisecond
	for {
		_, err := r.chat.api.updateView(ctx, at, view)
		if err == nil {
			return true
		}
		if c := code(err); c != "not_found" && c != "ratelimited" || wait > 4*time.Second || r.later {
			return false
		}
		if r.chat.Pause(ctx, wait) != nil {
			return false
		}
		wait *= 2
	}
}

// afterAll tells whoever was told that nothing was saved that it was.
func (r *reply) afterAll(ctx context.Context, out *submitted) {
	out.mu.Lock()
	told, done := slices.Clone(out.told), out.done
	out.mu.Unlock()
	if !done {
		return
	}
	if r.meta.Message != "" {
		r.endInPlace(ctx, told)
		return
	}
	for _, m := range told {
		if err := r.tellPrivately(ctx, m); err != nil {
			r.chat.Log.ErrorContext(ctx, "that a form was saved after all could not be told", "error", err)
		}
	}
}

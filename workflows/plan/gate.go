package plan

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// callGate says on the morning of a phase's last day what is still missing, to whom it is missing from.
func (c *change) callGate() error {
	phase, _ := c.p.phase(c.s)
	progress := c.progress(phase)
	progress.Reminded = progress.Rounds + 1
	if c.p.last(c.s, phase, c.p.hours(c.f.Facts)) != c.f.Today(c.f.Org.Person(c.p.Newcomer)) {
		return nil // it is over by now
	}
	gate := c.s.Template.Phases[phase]
	args := workflows.Args{"Phase": gate.Name}
	if _, ok := c.p.tested(c.s, phase); !ok {
		c.tell(c.p.Newcomer, workflows.Notice{Text: "notice.plan_test_due", Args: args, Tone: workflows.Wait, While: gate.Code})
	}
	if !c.p.signed(c.s, phase) {
		for _, id := range signers(c.view) {
			c.tell(id, workflows.Notice{Text: "notice.plan_sign_due", Args: args, Tone: workflows.Wait, While: gate.Code})
		}
	}
	return nil
}

// settleGate goes on to the next phase as soon as all is there and the last day has come.
func (c *change) settleGate(phase int) error {
	if !c.p.complete(c.s, phase) || c.f.Now.Before(c.p.last(c.s, phase, c.p.hours(c.f.Facts)).At(morning, c.zone())) {
		return nil
	}
	return c.through(phase, through)
}

// closeGate ends a phase on the evening of its last day: it is passed, or extended once, or its manager decides.
func (c *change) closeGate() error {
	phase, _ := c.p.phase(c.s)
	if c.p.complete(c.s, phase) {
		return c.through(phase, through)
	}
	gate := c.s.Template.Phases[phase].Gate
	if gate.Extend > 0 && c.p.Phases[phase].Rounds == 0 {
		return c.longer(phase, again)
	}
	if err := c.fire(undecided); err != nil {
		return err
	}
	c.p.Revision++
	c.p.Waiting = 0
	c.p.ChangedAt = c.f.Now // from when the manager's clock runs
	for _, id := range deciders(c.view) {
		c.card(id)
		c.tell(id, workflows.Notice{Text: "notice.plan_decide", Args: c.missing(phase), Tone: workflows.Warn, While: string(c.p.State)})
	}
	return nil
}

// missing are what a text may say of what a gate lacks.
func (c *view) missing(phase int) workflows.Args {
	last, tested := c.p.tested(c.s, phase)
	args := workflows.Args{"Phase": c.s.Template.Phases[phase].Name, "Tested": tested, "Signed": c.p.signed(c.s, phase),
		"Scored": last != nil, "Score": 0, "Days": 0}
	if last != nil {
		args["Score"] = last.Score
	}
	return args
}

// through leads to the next phase, or to the end.
func (c *change) through(phase int, event workflows.Event) error {
	progress := c.progress(phase)
	progress.PassedOn = c.f.Today(c.f.Org.Person(c.p.Newcomer))
	if end := c.end(phase); event == Pass && end.Before(progress.PassedOn) { // what was waited for is not the next phase's to lose
		progress.Extended += progress.PassedOn.Days() - end.Days()
	}
	if err := c.fire(event); err != nil {
		return err
	}
	c.p.Revision++
	args := workflows.Args{"Phase": c.s.Template.Phases[phase].Name, "Next": workflows.Words{}}
	text := "notice.plan_through"
	if next, _ := c.p.phase(c.s); next >= 0 {
		args["Next"] = c.s.Template.Phases[next].Name
	} else {
		text = "notice.plan_passed"
	}
	for _, id := range c.crew() {
		c.tell(id, workflows.Notice{Text: text, Args: args, Tone: workflows.Good})
	}
	if !c.p.Open() {
		c.card(c.p.Newcomer)
	}
	return nil
}

// end is the calendar day with which a phase ends as it is extended by now.
func (c *change) end(phase int) workflows.Date {
	return c.p.Start.AddDays(c.s.Template.Phases[phase].To + c.p.shift(phase+1) - 1)
}

// longer extends a phase: what follows comes later by as many days, and the test can be tried again.
func (c *change) longer(phase int, event workflows.Event) error {
	days := max(c.s.Template.Phases[phase].Gate.Extend, 1)
	args := c.missing(phase)
	progress := c.progress(phase)
	progress.Extended += days
	progress.Rounds++
	// A phase whose days had been over for a while, since nobody decided, gets its days from now on.
	today := c.f.Today(c.f.Org.Person(c.p.Newcomer))
	if end := c.end(phase); end.Before(today.AddDays(days)) {
		progress.Extended += today.AddDays(days).Days() - end.Days()
	}
	if err := c.fire(event); err != nil {
		return err
	}
	c.p.Revision++
	args["Days"], args["Until"] = days, c.p.last(c.s, phase, c.p.hours(c.f.Facts)).String()
	for _, id := range c.crew() {
		c.tell(id, workflows.Notice{Text: "notice.plan_extended", Args: args, Tone: workflows.Warn})
	}
	return nil
}

// signers are those who sign a phase off now.
func signers(c *view) []workflows.PersonID {
	phase, _ := c.p.phase(c.s)
	if phase < 0 {
		return nil
	}
	return c.p.acting(c.s.Template.Phases[phase].Gate.SignOff, c.f.Facts)
}

// verdicts are what can be said of a phase.
var verdicts = []workflows.Option{{Value: "yes", Text: "plan.verdict.yes"}, {Value: "no", Text: "plan.verdict.no"}}

func signAsks(c *view) (workflows.Asking, bool) {
	phase, _ := c.p.phase(c.s)
	if phase < 0 {
		return workflows.Asking{}, false
	}
	args := c.missing(phase)
	args["Newcomer"] = c.f.Org.Person(c.p.Newcomer).Name
	return workflows.Asking{Kind: Kind, Event: SignOff, Style: workflows.Primary, Intro: workflows.Row{Text: "plan.sign_intro", Args: args},
		Fields: []workflows.Field{
			{Name: "verdict", Type: workflows.Choice, From: "plan.verdicts", Required: true},
			{Name: "comment", Type: workflows.Long, Max: 500},
		}, Options: map[string]workflows.Options{"plan.verdicts": func(workflows.Person) []workflows.Option { return verdicts }}}, true
}

func signFits(c *view) error {
	phase, decides := c.p.phase(c.s)
	if phase < 0 || decides || c.p.signed(c.s, phase) {
		return workflows.Refuse(workflows.NotNow, "plan.nothing_to_sign", workflows.Args{"Number": c.p.Number})
	}
	return nil
}

// sign notes what the mentor says of a phase.
func sign(c *change) error {
	phase, _ := c.p.phase(c.s)
	c.signer = c.p.Mentor
	if c.s.Template.Phases[phase].Gate.SignOff == Manager {
		c.signer = c.p.Manager
	}
	progress := c.progress(phase)
	if c.form["verdict"] == "no" {
		if c.form["comment"] == "" {
			return workflows.Fault("comment", "field.required", nil)
		}
		progress.Refused = c.form["comment"]
		c.out.Told.Args = workflows.Args{"Signed": false}
		args := workflows.Args{"Phase": c.s.Template.Phases[phase].Name, "By": c.actor.Person.Name, "Comment": progress.Refused}
		for _, id := range append(slices.Clone(deciders(c.view)), c.p.Newcomer) {
			c.tell(id, workflows.Notice{Text: "notice.plan_refused", Args: args, Tone: workflows.Warn})
		}
		return nil
	}
	progress.Signed, progress.SignedAt, progress.Refused = c.actor.Party.Person(), c.f.Now, ""
	c.out.Told.Args = workflows.Args{"Signed": true}
	return c.settleGate(phase)
}

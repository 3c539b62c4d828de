package plan

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/nod-chat/nod/workflows"
)

// Template is what a plan is made of, as a company writes it in its policy.
type Template struct {
	Code     string          `yaml:"code" json:"code"`
	Name     workflows.Words `yaml:"name" json:"name"`
	Roles    []string        `yaml:"roles" json:"roles,omitempty"`       // it is for new hires with one of them; none: with any
	Tiers    []string        `yaml:"tiers" json:"tiers,omitempty"`       // and of one of these; none: of any
	Feedback []int           `yaml:"feedback" json:"feedback,omitempty"` // on which days the new hire is asked two questions
	Before   []Item          `yaml:"before" json:"before,omitempty"`     // what is to be ready before day 1
	Phases   []Phase         `yaml:"phases" json:"phases"`
}

// Fits tells whether the template is for somebody: for those with one of its roles and of one of its tiers, as far as it names any.
func (t Template) Fits(p workflows.Person) bool {
	return (len(t.Roles) == 0 || slices.ContainsFunc(t.Roles, p.Has)) && (len(t.Tiers) == 0 || slices.Contains(t.Tiers, p.Tier))
}

// Phase is a stretch of a plan that ends at a gate.
type Phase struct {
	Code  string          `yaml:"code" json:"code"`
	Name  workflows.Words `yaml:"name" json:"name"`
	From  int             `yaml:"from" json:"from"` // calendar days, the first is 1
	To    int             `yaml:"to" json:"to"`
	Tasks []Item          `yaml:"tasks" json:"tasks,omitempty"`
	Gate  Gate            `yaml:"gate" json:"gate"`
}

// Gate is what has to be given at the end of a phase.
type Gate struct {
	Test    string `yaml:"test" json:"test,omitempty"`         // the code of a test; empty: none
	SignOff Role   `yaml:"sign_off" json:"sign_off,omitempty"` // mentor or manager; empty: nobody signs
	Extend  int    `yaml:"extend" json:"extend,omitempty"`     // by how many days, once; 0: the manager decides at once
}

// Item is a task of a template.
type Item struct {
	Code      string            `yaml:"code" json:"code"`
	Day       int               `yaml:"day" json:"day"` // calendar day; 0 is the day before day 1
	Owner     Role              `yaml:"owner" json:"owner"`
	Title     workflows.Words   `yaml:"title" json:"title"`
	Note      workflows.Words   `yaml:"note" json:"note,omitzero"`
	Link      string            `yaml:"link" json:"link,omitempty"`
	HandIn    bool              `yaml:"hand_in" json:"hand_in,omitempty"`
	Checklist []workflows.Words `yaml:"checklist" json:"checklist,omitempty"`
}

// Role is who does a task of a template, or signs.
type Role string

// The roles of a plan. IT and HR are whoever holds those roles in the company.
const (
	Newcomer Role = "newcomer"
	Mentor   Role = "mentor"
	Manager  Role = "manager"
	IT       Role = "it"
	HR       Role = "hr"
)

var roles = []Role{Newcomer, Mentor, Manager, IT, HR}

// Test is a short test in the chat.
type Test struct {
	Code      string          `yaml:"code" json:"code"`
	Name      workflows.Words `yaml:"name" json:"name"`
	Pass      int             `yaml:"pass" json:"pass"`         // per cent
	Draw      int             `yaml:"draw" json:"draw"`         // how many questions of the pool are asked
	Attempts  int             `yaml:"attempts" json:"attempts"` // in a phase; an extension gives them again
	Wait      int             `yaml:"wait" json:"wait"`         // hours between two attempts
	Questions []Question      `yaml:"questions" json:"questions"`
}

// Question is one of a test's pool: one with options, of which one or several are right, or one for a whole number.
type Question struct {
	Ask     workflows.Words   `yaml:"ask" json:"ask"`
	Options []workflows.Words `yaml:"options" json:"options,omitempty"`
	Right   []int             `yaml:"right" json:"right,omitempty"` // of the options, from 1; all of them have to be named
	Number  *int64            `yaml:"number" json:"number,omitempty"`
	Within  int64             `yaml:"within" json:"within,omitempty"` // how far off the number may be
}

// The bounds of templates: what a chat can show, and what a plan can be.
const (
	maxItems     = 200
	maxPhases    = 12
	maxDay       = 400
	minDay       = -60
	maxChecklist = 10
	maxOptions   = 8
	maxDraw      = 20
	maxWords     = 400
	maxTitle     = 120
	maxNumber    = 1_000_000_000
)

var code = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// checker finds what is wrong with templates, each fault with its place.
type checker struct {
	fault func(place, sentence string)
	tests map[string]bool
}

// Check tells fault of everything that reading the file could not know to be wrong, with the place as in templates[0].phases[1].code.
func Check(templates []Template, tests []Test, fault func(place, sentence string)) {
	c := checker{fault: fault, tests: map[string]bool{}}
	for i, t := range tests {
		place := fmt.Sprintf("tests[%d]", i)
		c.code(place, t.Code, c.tests, "test")
		c.test(place, t)
	}
	if len(templates) == 0 {
		fault("templates", "there is no template, so no plan could begin; write at least one")
	}
	seen := map[string]bool{}
	for i, t := range templates {
		place := fmt.Sprintf("templates[%d]", i)
		c.code(place, t.Code, seen, "template")
		c.template(place, t)
	}
}

func (c checker) code(place, value string, seen map[string]bool, what string) {
	switch {
	case !code.MatchString(value):
		c.fault(place+".code", fmt.Sprintf("%q is no code; write lowercase letters, digits and hyphens, as in sales-30", value))
	case seen[value]:
		c.fault(place+".code", fmt.Sprintf("another %s is called %q already; each needs a code of its own", what, value))
	}
	seen[value] = true
}

func (c checker) words(place string, w workflows.Words, most int) {
	for _, in := range []struct{ language, text string }{{"en", w.En}, {"zh", w.Zh}} {
		switch n := utf8.RuneCountInString(in.text); {
		case n == 0:
			c.fault(place, fmt.Sprintf("the text in %s is missing; write both: {en: …, zh: …}", in.language))
		case n > most:
			c.fault(place+"."+in.language, fmt.Sprintf("it has %d characters; at most %d can be shown", n, most))
		}
	}
}

func (c checker) template(place string, t Template) {
	c.words(place+".name", t.Name, 60)
	if len(t.Phases) == 0 || len(t.Phases) > maxPhases {
		c.fault(place+".phases", fmt.Sprintf("there are %d phases; a plan has from 1 to %d", len(t.Phases), maxPhases))
	}
	items := map[string]bool{}
	for i, item := range t.Before {
		at := fmt.Sprintf("%s.before[%d]", place, i)
		c.code(at, item.Code, items, "task of this template")
		c.item(at, item)
		if item.Day > 0 || item.Day < minDay {
			c.fault(at+".day", fmt.Sprintf("day %d is not before the first day; write 0 for the day before it, down to %d", item.Day,
				minDay))
		}
	}
	phases, next, last := map[string]bool{}, 1, 0
	for i, p := range t.Phases {
		at := fmt.Sprintf("%s.phases[%d]", place, i)
		c.code(at, p.Code, phases, "phase")
		c.words(at+".name", p.Name, 40)
		if slices.Contains(reserved, workflows.State(p.Code)) {
			c.fault(at+".code", fmt.Sprintf("%q is a state of every plan; call the phase otherwise", p.Code))
		}
		if p.From != next {
			c.fault(at+".from", fmt.Sprintf("the phase begins on day %d; the one before it ends on day %d, so write %d", p.From, next-1,
				next))
		}
		if p.To < p.From || p.To > maxDay {
			c.fault(at+".to", fmt.Sprintf("day %d is no end for a phase that begins on day %d; write one from %d to %d", p.To, p.From,
				p.From, maxDay))
		}
		next, last = p.To+1, p.To
		for j, item := range p.Tasks {
			in := fmt.Sprintf("%s.tasks[%d]", at, j)
			c.code(in, item.Code, items, "task of this template")
			c.item(in, item)
			if item.Day < p.From || item.Day > p.To {
				c.fault(in+".day", fmt.Sprintf("day %d is not within the phase, which is from day %d to %d", item.Day, p.From, p.To))
			}
		}
		c.gate(at+".gate", p.Gate)
	}
	if len(items) > maxItems {
		c.fault(place, fmt.Sprintf("it has %d tasks; a plan has at most %d", len(items), maxItems))
	}
	for i, day := range t.Feedback {
		if day < 1 || day > last {
			c.fault(fmt.Sprintf("%s.feedback[%d]", place, i), fmt.Sprintf("day %d is not in the plan, which ends on day %d", day, last))
		}
	}
}

func (c checker) gate(place string, g Gate) {
	if g.Test != "" && !c.tests[g.Test] {
		c.fault(place+".test", fmt.Sprintf("there is no test %q; write it under tests, or leave this out", g.Test))
	}
	if !slices.Contains([]Role{"", Mentor, Manager}, g.SignOff) {
		c.fault(place+".sign_off", fmt.Sprintf("%q cannot sign off; write mentor or manager, or leave it out", g.SignOff))
	}
	if g.Extend < 0 || g.Extend > 90 {
		c.fault(place+".extend", fmt.Sprintf("a phase cannot be extended by %d days; write a number from 0 to 90", g.Extend))
	}
}

func (c checker) item(place string, item Item) {
	c.words(place+".title", item.Title, maxTitle)
	if !item.Note.Empty() {
		c.words(place+".note", item.Note, maxWords)
	}
	if !slices.Contains(roles, item.Owner) {
		c.fault(place+".owner", fmt.Sprintf("%q does no task; write newcomer, mentor, manager, it or hr", item.Owner))
	}
	if u, err := url.Parse(item.Link); item.Link != "" && (err != nil || u.Scheme != "https" || u.Host == "" || len(item.Link) > 500) {
		c.fault(place+".link", "write a whole address that begins with https://, of at most 500 characters")
	}
	if len(item.Checklist) > maxChecklist {
		c.fault(place+".checklist", fmt.Sprintf("it has %d entries; at most %d can be shown", len(item.Checklist), maxChecklist))
	}
	for i, w := range item.Checklist {
		c.words(fmt.Sprintf("%s.checklist[%d]", place, i), w, maxTitle)
	}
}

func (c checker) test(place string, t Test) {
	c.words(place+".name", t.Name, 60)
	if t.Pass < 1 || t.Pass > 100 {
		c.fault(place+".pass", fmt.Sprintf("%d is no pass mark; write a percentage from 1 to 100", t.Pass))
	}
	if t.Draw < 1 || t.Draw > maxDraw || t.Draw > len(t.Questions) {
		c.fault(place+".draw", fmt.Sprintf("%d questions cannot be drawn from %d; write a number from 1 to %d", t.Draw, len(t.Questions),
			min(maxDraw, max(len(t.Questions), 1))))
	}
	if t.Attempts < 1 || t.Attempts > 20 {
		c.fault(place+".attempts", fmt.Sprintf("%d attempts are too few or too many; write a number from 1 to 20", t.Attempts))
	}
	if t.Wait < 0 || t.Wait > 7*24 {
		c.fault(place+".wait", fmt.Sprintf("%d hours are too few or too many; write a number from 0 to %d", t.Wait, 7*24))
	}
	for i, q := range t.Questions {
		c.question(fmt.Sprintf("%s.questions[%d]", place, i), q)
	}
}

func (c checker) question(place string, q Question) {
	c.words(place+".ask", q.Ask, 300)
	switch {
	case q.Number != nil && (len(q.Options) > 0 || len(q.Right) > 0):
		c.fault(place, "a question has options or a number, not both")
	case q.Number != nil:
		if *q.Number < 0 || *q.Number > maxNumber {
			c.fault(place+".number", fmt.Sprintf("%d cannot be typed; ask for a whole number from 0 to %d", *q.Number, maxNumber))
		}
		if q.Within < 0 {
			c.fault(place+".within", "how far off the number may be is not below zero")
		}
		return
	case len(q.Options) < 2 || len(q.Options) > maxOptions:
		c.fault(place+".options", fmt.Sprintf("there are %d options; write from 2 to %d, or a number", len(q.Options), maxOptions))
	case len(q.Right) == 0:
		c.fault(place+".right", "no option is right; name at least one by its number, the first being 1")
	}
	for i, o := range q.Options {
		c.words(fmt.Sprintf("%s.options[%d]", place, i), o, 75)
	}
	seen := map[int]bool{}
	for i, n := range q.Right {
		if n < 1 || n > len(q.Options) || seen[n] {
			c.fault(fmt.Sprintf("%s.right[%d]", place, i), fmt.Sprintf("%d is no option, or is there twice; write numbers from 1 to %d", n,
				len(q.Options)))
		}
		seen[n] = true
	}
}

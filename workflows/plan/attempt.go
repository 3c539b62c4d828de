package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// drawn are the questions of an attempt, as places in the test's pool. They hang on the plan, the phase and the attempt alone, so that a
// form that opens, and opens again, asks the same without anything being stored; each attempt draws anew.
func (p Plan) drawn(t Test, phase int) []int {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d/%s", p.ID, phase, len(p.Phases[phase].Attempts), t.Code))
	r := rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
	return r.Perm(len(t.Questions))[:min(t.Draw, len(t.Questions))]
}

// letters name the options of a question of which several are right.
const letters = "ABCDEFGH"

func questionName(i int) string { return fmt.Sprintf("q%d", i+1) }

// testAsks are the questions of the next attempt: what is right is not among what leaves for the chat.
func testAsks(c *view) (workflows.Asking, bool) {
	phase, _ := c.p.phase(c.s)
	if phase < 0 {
		return workflows.Asking{}, false
	}
	t, ok := c.s.test(c.s.Template.Phases[phase].Gate.Test)
	if !ok {
		return workflows.Asking{}, false
	}
	a := workflows.Asking{Kind: Kind, Event: BeginTest, Style: workflows.Primary, Options: map[string]workflows.Options{},
		Title: t.Name.Row(), Intro: workflows.Row{Text: "plan.test_intro", Args: workflows.Args{"Count": t.Draw, "Pass": t.Pass,
			"Attempt": c.p.tries(phase) + 1, "Attempts": t.Attempts}}}
	for i, n := range c.p.drawn(t, phase) {
		q := t.Questions[n]
		f := workflows.Field{Name: questionName(i), Required: true}
		label := workflows.Row{Text: "plan.question", Args: workflows.Args{"N": i + 1, "Ask": q.Ask}}
		switch {
		case q.Number != nil:
			f.Type, f.Min, f.Max = workflows.Number, 0, maxNumber
			label.Text = "plan.question_number"
		case len(q.Right) > 1:
			f.Type, f.Max = workflows.Text, 40
			label.Text = "plan.question_several"
			label.Args["Options"] = lettered(q.Options)
		default:
			f.Type, f.From = workflows.Choice, f.Name
			options := make([]workflows.Option, len(q.Options))
			for j, o := range q.Options {
				row := o.Row()
				options[j] = workflows.Option{Value: fmt.Sprint(j + 1), Label: &row}
			}
			a.Options[f.Name] = func(workflows.Person) []workflows.Option { return options }
		}
		f.Label = &label
		a.Fields = append(a.Fields, f)
	}
	return a, true
}

// lettered are options one below the other, each with its letter, in each language.
func lettered(options []workflows.Words) workflows.Words {
	var w workflows.Words
	for i, o := range options {
		w.En += fmt.Sprintf("\n%c  %s", letters[i], o.En)
		w.Zh += fmt.Sprintf("\n%c  %s", letters[i], o.Zh)
	}
	return w
}

// right tells whether an answer, in machine form, is right.
func (q Question) right(answer string) bool {
	switch {
	case q.Number != nil:
		var n int64
		if _, err := fmt.Sscan(answer, &n); err != nil {
			return false
		}
		return n >= *q.Number-q.Within && n <= *q.Number+q.Within
	case len(q.Right) > 1:
		var named []int
		for _, r := range strings.ToUpper(workflows.Folded(answer)) {
			if i := strings.IndexRune(letters[:len(q.Options)], r); i >= 0 && !slices.Contains(named, i+1) {
				named = append(named, i+1)
			} else if i < 0 && !strings.ContainsRune(" ,;、，.", r) {
				return false
			}
		}
		slices.Sort(named)
		return slices.Equal(named, slices.Sorted(slices.Values(q.Right)))
	}
	return answer == fmt.Sprint(q.Right[0])
}

// tries is how many attempts of a phase count in its present round.
func (p Plan) tries(phase int) int {
	n := 0
	for _, a := range p.Phases[phase].Attempts {
		if a.Round == p.Phases[phase].Rounds {
			n++
		}
	}
	return n
}

// testFits tells whether the new hire can take the test of their phase now.
func testFits(c *view) error {
	args := workflows.Args{"Number": c.p.Number}
	phase, decides := c.p.phase(c.s)
	if phase < 0 || decides {
		return workflows.Refuse(workflows.NotNow, "plan.no_test", args)
	}
	t, ok := c.s.test(c.s.Template.Phases[phase].Gate.Test)
	last, passed := c.p.tested(c.s, phase)
	switch {
	case !ok || passed:
		return workflows.Refuse(workflows.NotNow, "plan.no_test", args)
	case c.p.tries(phase) >= t.Attempts:
		return workflows.Refuse(workflows.NotNow, "plan.no_attempts", args)
	case last != nil:
		if at := last.At.Add(time.Duration(t.Wait) * time.Hour); c.f.Now.Before(at) {
			args["At"] = at.Format(time.RFC3339)
			return workflows.RefuseUntil(at, "plan.test_later", args)
		}
	}
	return nil
}

// takeTest scores an attempt.
func takeTest(c *change) error {
	phase, _ := c.p.phase(c.s)
	t, _ := c.s.test(c.s.Template.Phases[phase].Gate.Test)
	drawn := c.p.drawn(t, phase)
	attempt := Attempt{At: c.f.Now, Round: c.p.Phases[phase].Rounds}
	right := 0
	var missed []workflows.Words
	for i, n := range drawn {
		if t.Questions[n].right(c.form[questionName(i)]) {
			right++
			continue
		}
		attempt.Missed = append(attempt.Missed, n)
		missed = append(missed, t.Questions[n].Ask)
	}
	attempt.Score = right * 100 / len(drawn)
	attempt.Passed = attempt.Score >= t.Pass
	progress := c.progress(phase)
	progress.Attempts = append(slices.Clip(progress.Attempts), attempt)
	c.p.Revision++
	left := t.Attempts - c.p.tries(phase)
	args := workflows.Args{"Score": attempt.Score, "Right": right, "Asked": len(drawn), "Pass": t.Pass, "Passed": attempt.Passed,
		"Left":   left,
		"Missed": listed(missed), "Test": t.Name, "Phase": c.s.Template.Phases[phase].Name}
	c.out.Told.Args = args
	n := workflows.Notice{Text: "notice.plan_tested", Args: args, Tone: workflows.Good}
	if !attempt.Passed {
		n.Tone = workflows.Warn
	}
	for _, id := range c.p.acting(Mentor, c.f.Facts) {
		c.tell(id, n)
	}
	return c.settleGate(phase)
}

// listed are texts one below the other, in each language.
func listed(list []workflows.Words) workflows.Words {
	var w workflows.Words
	for _, o := range list {
		w.En += "\n• " + o.En
		w.Zh += "\n• " + o.Zh
	}
	return w
}

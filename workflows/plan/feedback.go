package plan

import (
	"slices"
	"strconv"

	"github.com/nod-chat/nod/workflows"
)

// ask asks the new hire two questions.
func (c *change) ask(day int) error {
	c.p.Asked = append(slices.Clip(c.p.Asked), day)
	c.tell(c.p.Newcomer, workflows.Notice{Text: "notice.plan_feedback", Args: workflows.Args{"Day": day}})
	return nil
}

// unanswered is the day of which the new hire was asked and has not answered, the latest first; 0: none.
func (p Plan) unanswered() int {
	for i := len(p.Asked) - 1; i >= 0; i-- {
		if !slices.ContainsFunc(p.Feedback, func(a Answer) bool { return a.Day == p.Asked[i] }) {
			return p.Asked[i]
		}
	}
	return 0
}

func feedbackFits(c *view) error {
	if c.p.unanswered() == 0 {
		return workflows.Refuse(workflows.NotNow, "plan.not_asked", workflows.Args{"Number": c.p.Number})
	}
	return nil
}

// ratings are what can be answered, 5 being the best.
var ratings = []workflows.Option{{Value: "5", Text: "plan.rating.5"}, {Value: "4", Text: "plan.rating.4"}, {Value: "3",
	Text: "plan.rating.3"},
	{Value: "2", Text: "plan.rating.2"}, {Value: "1", Text: "plan.rating.1"}}

func feedbackAsks(c *view) (workflows.Asking, bool) {
	return workflows.Asking{Kind: Kind, Event: Feedback, Fields: []workflows.Field{
		{Name: "rating", Type: workflows.Choice, From: "plan.ratings", Required: true},
		{Name: "words", Type: workflows.Long, Max: 1000},
	}, Options: map[string]workflows.Options{"plan.ratings": func(workflows.Person) []workflows.Option { return ratings }}}, true
}

// answer keeps what the new hire said. hr reads it, and nobody else.
func answer(c *change) error {
	day := c.p.unanswered()
	rating, _ := strconv.Atoi(c.form["rating"])
	c.p.Feedback = append(slices.Clip(c.p.Feedback), Answer{Day: day, Rating: rating, Words: c.form["words"]})
	for i, id := range c.p.Who(HR, c.f.Facts) {
		if i == 0 {
			c.tell(id, workflows.Notice{Text: "notice.plan_answered", Args: workflows.Args{"Day": day, "Rating": rating,
				"Words": c.form["words"]}})
		}
	}
	return nil
}

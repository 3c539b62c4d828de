package engine

import (
	"context"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// likely is how many people are named when several could be meant.
const likely = 4

// Whom finds whom somebody means by what they typed, among those for whom they may act: see workflows.MayActFor. Of several they have to
// say which. Where they may act for nobody else any name is refused alike, and a manager hears the same of a stranger as of a name that
// nobody has: neither learns who works here.
func (e *Engine) Whom(ctx context.Context, asker workflows.Person, typed string) ([]workflows.Person, error) {
	found, err := e.store.FindPeopleOf(ctx, asker, typed, likely)
	if err != nil || len(found) > 0 {
		return found, err
	}
	text := "person.not_found"
	if !asker.Has("hr") {
		own, err := e.store.PeopleOf(ctx, asker, 2)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(own, func(p workflows.Person) bool { return p.ID != asker.ID }) {
			return nil, workflows.Refuse(workflows.NotYours, "request.not_for_them", nil)
		}
		text = "person.not_below"
	}
	return nil, workflows.Fault(workflows.ForField, text, workflows.Args{"Value": workflows.Cut(typed, 40)})
}

// PeopleOf lists those for whom somebody may act, themselves among them; all is false when there are more than most.
func (e *Engine) PeopleOf(ctx context.Context, asker workflows.Person, most int) (list []workflows.Person, all bool, err error) {
	list, err = e.store.PeopleOf(ctx, asker, most+1)
	return list[:min(len(list), most)], len(list) <= most, err
}

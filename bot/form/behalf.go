package form

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// mostListed is of how many people one is chosen; of more, one is typed.
const mostListed = 20

// requested finds for whom the form of a new request is, by what stands in its place for that: empty, for whoever fills it in. A part of a
// name shows whom it means, and sends nothing: sending says that whoever is meant has been seen.
func (m Maker) requested(ctx context.Context, filled Filled, sending bool) (Filled, *workflows.Error, error) {
	typed := strings.TrimSpace(filled.State.Values[workflows.ForField])
	switch {
	case filled.State.Subject != "" || filled.ofPress():
		return filled, nil, nil // it says so itself
	case typed == "" || strings.EqualFold(typed, m.Person.No):
		filled.Requester = m.Person
		return filled, nil, nil
	case !filled.Kind.ForOthers:
		return filled, workflows.Fault(workflows.ForField, "request.only_own", nil), nil
	}
	found, err := m.Engine.Whom(ctx, m.Person, typed)
	var refusal *workflows.Error
	args := workflows.Args{"Value": workflows.Cut(typed, 40)}
	switch {
	case errors.As(err, &refusal) && refusal.Code != workflows.Unavailable:
		return filled, workflows.Fault(workflows.ForField, refusal.Text, refusal.Args), nil
	case err != nil:
		return filled, nil, err
	case len(found) > 1:
		for _, p := range found {
			names, _ := args["Names"].([]string)
			args["Names"] = append(names, p.Titled())
		}
		return filled, workflows.Fault(workflows.ForField, "person.several", args), nil
	}
	if sending && !found[0].Called(typed) {
		args["Name"] = found[0].Titled()
		return filled, workflows.Fault(workflows.ForField, "person.exactly", args), nil
	}
	filled.Requester = found[0]
	return filled, nil, nil
}

// forField makes the input that says for whom a new request is; false: whoever fills it in can ask for nobody else. What was typed for
// nobody who could be found stands in it as it was.
func (m Maker) forField(ctx context.Context, k *workflows.Kind, state bot.FormState) (bot.FormField, bool, error) {
	if !k.ForOthers || state.Subject != "" {
		return bot.FormField{}, false, nil
	}
	people, all, err := m.Engine.PeopleOf(ctx, m.Person, mostListed)
	if err != nil || all && len(people) < 2 {
		return bot.FormField{}, false, err
	}
	f := bot.FormField{Name: workflows.ForField, Label: m.Print.Of(k.Kind, "field.for", nil), Asks: workflows.AskLine, Max: 100,
		Steers: true}
	self := m.Print.Text("for.self", nil)
	f.Value, f.Shown = state.Values[workflows.ForField], state.Values[workflows.ForField]
	if !all {
		f.Hint = m.Print.Text("hint.for", nil)
		if m.requester.ID != 0 {
			f.Value, f.Shown = "", self
			if m.requester.ID != m.Person.ID {
				f.Value, f.Shown = m.requester.Titled(), m.requester.Titled()
			}
		}
		return f, true, nil
	}
	f.Asks, f.Required, f.Options = workflows.AskChoice, true, []bot.FormOption{{Value: m.Person.No, Label: self}}
	for _, p := range people {
		if p.ID != m.Person.ID {
			f.Options = append(f.Options, bot.FormOption{Value: p.No, Label: workflows.Inert(p.Titled())})
		}
	}
	f.Value = cmp.Or(m.requester.No, f.Value)
	for _, o := range f.Options {
		if o.Value == f.Value {
			f.Shown = o.Label
		}
	}
	return f, true, nil
}

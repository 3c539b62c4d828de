package draw

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/singleflight"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// Display is how one sort of subject is shown: requests are here, other sorts bring their own.
type Display interface {
	// Card draws a subject for a party, with the facts that it shows; false: to them there is no such thing.
	Card(ctx context.Context, subject workflows.Ref, viewer workflows.Party, print *texts.Printer) (
		card bot.Card, facts []byte, visible bool, err error)
	// Notices adds to notices what there is to say of their subjects and to do about them now, and which are past.
	Notices(ctx context.Context, list []About, print *texts.Printer) ([]About, error)
}

// Displays has the display of each kind of subject.
type Displays map[workflows.KindName]Display

// Viewer loads requests for showing.
type Viewer interface {
	Kinds() []*workflows.Kind
	Load(ctx context.Context, id workflows.SubjectID) (engine.Loaded, error)
	// LoadConcerned loads many requests with those whom they ask, and no other facts; what is gone is not among them.
	LoadConcerned(ctx context.Context, ids []workflows.SubjectID) (map[workflows.SubjectID]engine.Loaded, error)
}

// NewDisplays shows requests of every kind, and other sorts of subjects; more are added to it.
func NewDisplays(v Viewer, sorts ...engine.Sort) Displays {
	d := Displays{}
	for _, s := range sorts {
		d[s.Kind()] = subjects{s}
	}
	shown := requests{v, &singleflight.Group{}}
	for _, k := range v.Kinds() {
		d[k.Kind] = shown
	}
	return d
}

func (d Displays) of(subject workflows.Ref) (Display, error) {
	display, ok := d[subject.Kind]
	if !ok {
		return nil, fmt.Errorf("%s is a %q, which nothing shows", subject.Number, subject.Kind)
	}
	return display, nil
}

// Card draws a subject of any kind.
func (d Displays) Card(ctx context.Context, subject workflows.Ref, viewer workflows.Party, print *texts.Printer) (
	bot.Card, []byte, bool, error,
) {
	display, err := d.of(subject)
	if err != nil {
		return bot.Card{}, nil, false, err
	}
	return display.Card(ctx, subject, viewer, print)
}

// Notices adds to notices what there is to say of their subjects, and which are past. One that is about none is not, nor one about what
// nothing shows that always holds: they say all that they have to say by themselves.
func (d Displays) Notices(ctx context.Context, list []About, print *texts.Printer) ([]About, error) {
	list = slices.Clone(list)
	of := map[workflows.KindName][]int{} // where those about a kind stand
	for i, n := range list {
		_, shown := d[n.Subject.Kind]
		switch {
		case n.While == workflows.WhileAlone:
			list[i].Subject = workflows.Ref{}
		case n.While == workflows.WhileEnded, n.While == "" && !shown:
		default:
			of[n.Subject.Kind] = append(of[n.Subject.Kind], i)
		}
	}
	for _, places := range of {
		display, err := d.of(list[places[0]].Subject)
		if err != nil {
			return nil, err
		}
		var own []About
		for _, i := range places {
			own = append(own, list[i])
		}
		own, err = display.Notices(ctx, own, print)
		if err != nil {
			return nil, err
		}
		for n, i := range places {
			list[i] = own[n]
			list[i].Past = own[n].Past && own[n].While != "" // what has no While always holds
		}
	}
	return list, nil
}

// requests shows requests of every kind. Cards of one that are drawn at the same moment, as those that a commit leaves, are drawn from one
// view. It may be older than what the last of them was claimed for: then that is drawn again, as whatever changes while it is sent.
type requests struct {
	Viewer
	views *singleflight.Group
}

func (q requests) load(ctx context.Context, id workflows.SubjectID) (engine.Loaded, error) {
	loaded, err, _ := q.views.Do(string(id), func() (any, error) { return q.Load(ctx, id) })
	if err != nil {
		return engine.Loaded{}, err
	}
	return loaded.(engine.Loaded), nil
}

func (q requests) Card(ctx context.Context, subject workflows.Ref, viewer workflows.Party, print *texts.Printer) (
	bot.Card, []byte, bool, error,
) {
	loaded, err := q.load(ctx, subject.ID)
	if err != nil {
		return bot.Card{}, nil, false, err
	}
	v, visible := loaded.View(workflows.PersonActor(loaded.Facts.Org.Person(viewer.Person()), ""))
	if !visible {
		return bot.Card{}, nil, false, nil
	}
	if v.Erased {
		return Card(v, print).Fold(), nil, true, nil
	}
	return Card(v, print), v.Shown(), true, nil
}

// Notices: one of a decision holds as long as its request asks its party. To say what it is about and to decide takes no facts but the
// people.
func (q requests) Notices(ctx context.Context, list []About, print *texts.Printer) ([]About, error) {
	var ids []workflows.SubjectID
	for _, n := range list {
		ids = append(ids, n.Subject.ID)
	}
	slices.Sort(ids)
	loaded, err := q.LoadConcerned(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	for i, n := range list {
		l, found := loaded[n.Subject.ID]
		if found {
			list[i].Gist = l.Kind.InLine(l.Request)
		}
		switch {
		case n.While == "":
		case !found || n.While != workflows.WhileOpen || l.Request.OpenTurn(n.Party.Person()) == nil:
			list[i].Past = true
		default:
			approver := workflows.PersonActor(l.Facts.Org.Person(n.Party.Person()), "")
			list[i].Actions = once(offers(l.Request.Subject, l.Kind.OffersTo(approver, l.Request, l.Facts), print))
		}
	}
	return list, nil
}

// once makes buttons go when they were pressed.
func once(actions []bot.Action) []bot.Action {
	for i := range actions {
		actions[i].Once = true
	}
	return actions
}

// subjects shows subjects of one sort beside requests.
type subjects struct{ engine.Sort }

func (q subjects) Card(ctx context.Context, subject workflows.Ref, viewer workflows.Party, print *texts.Printer) (
	bot.Card, []byte, bool, error,
) {
	v, err := q.View(ctx, subject.ID, workflows.Person{ID: viewer.Person()})
	switch {
	case errors.Is(err, &workflows.Error{Code: workflows.NotFound}):
		return bot.Card{}, nil, false, nil
	case err != nil:
		return bot.Card{}, nil, false, err
	case v.Erased:
		return Card(v, print).Fold(), nil, true, nil
	}
	return Card(v, print), nil, true, nil
}

// Notices: one holds as long as its subject is in the state that it names, and is something to its party.
func (q subjects) Notices(ctx context.Context, list []About, print *texts.Printer) ([]About, error) {
	for i, n := range list {
		if n.While == "" {
			continue
		}
		v, err := q.View(ctx, n.Subject.ID, workflows.Person{ID: n.Party.Person()})
		switch {
		case errors.Is(err, &workflows.Error{Code: workflows.NotFound}):
			list[i].Past = true
		case err != nil:
			return nil, err
		case v.Erased, n.While != string(v.State):
			list[i].Past = true
		default:
			list[i].Gist, list[i].Actions = v.Gist, once(offers(v.Subject, v.Offers, print))
		}
	}
	return list, nil
}

package draw

import (
	"context"
	"errors"
	"fmt"

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
	// Notice gives a notice with what there is to say of its subject and to do about it now; false: its While no longer holds for its
	// party.
	Notice(ctx context.Context, subject workflows.Ref, n workflows.Notice, print *texts.Printer) (about About, holds bool, err error)
}

// Displays has the display of each kind of subject.
type Displays map[workflows.KindName]Display

// Viewer loads requests for showing.
type Viewer interface {
	Kinds() []*workflows.Kind
	Load(ctx context.Context, id workflows.SubjectID) (engine.Loaded, error)
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

// Notice gives a notice with what there is to say of its subject; false: it no longer holds. One that says nothing of that does, and says
// all that it has to say by itself.
func (d Displays) Notice(ctx context.Context, subject workflows.Ref, n workflows.Notice, print *texts.Printer) (About, bool, error) {
	if n.While == "" || n.While == workflows.WhileEnded {
		return About{Notice: n, Subject: subject}, true, nil
	}
	if n.While == workflows.WhileAlone {
		return About{Notice: n}, true, nil
	}
	display, err := d.of(subject)
	if err != nil {
		return About{}, false, err
	}
	return display.Notice(ctx, subject, n, print)
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

func (q requests) Notice(ctx context.Context, subject workflows.Ref, n workflows.Notice, print *texts.Printer) (About, bool, error) {
	loaded, err := q.load(ctx, subject.ID)
	if errors.Is(err, &workflows.Error{Code: workflows.NotFound}) {
		return About{}, false, nil
	}
	if err != nil || n.While != workflows.WhileOpen || loaded.Request.OpenTurn(n.Party.Person()) == nil {
		return About{}, false, err
	}
	about := About{Notice: n, Subject: subject, Gist: loaded.Kind.InLine(loaded.Request)}
	if v, visible := loaded.View(workflows.PersonActor(loaded.Facts.Org.Person(n.Party.Person()), "")); visible {
		about.Actions = offers(v, print)
	}
	for i := range about.Actions {
		about.Actions[i].Once = true
	}
	return about, true, nil
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

// Notice: one holds as long as its subject is in the state that it names, and is something to its party.
func (q subjects) Notice(ctx context.Context, subject workflows.Ref, n workflows.Notice, print *texts.Printer) (About, bool, error) {
	v, err := q.View(ctx, subject.ID, workflows.Person{ID: n.Party.Person()})
	if errors.Is(err, &workflows.Error{Code: workflows.NotFound}) {
		return About{}, false, nil
	}
	if err != nil || v.Erased || n.While != string(v.State) {
		return About{}, false, err
	}
	about := About{Notice: n, Subject: subject, Gist: v.Gist, Actions: offers(v, print)}
	for i := range about.Actions {
		about.Actions[i].Once = true
	}
	return about, true, nil
}

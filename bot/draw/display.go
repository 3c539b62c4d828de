package draw

import (
	"context"
	"errors"
	"fmt"

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
	// Holds tells whether a notice's While still holds for its party.
	Holds(ctx context.Context, subject workflows.Ref, n workflows.Notice) (bool, error)
}

// Displays has the display of each kind of subject.
type Displays map[workflows.KindName]Display

// Viewer loads requests for showing.
type Viewer interface {
	Kinds() []*workflows.Kind
	Load(ctx context.Context, id workflows.SubjectID) (engine.Loaded, error)
}

// NewDisplays shows requests of every kind; others are added to it.
func NewDisplays(v Viewer) Displays {
	d := Displays{}
	for _, k := range v.Kinds() {
		d[k.Kind] = requests{v}
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

// Holds tells whether a notice still holds. One that says nothing of it does.
func (d Displays) Holds(ctx context.Context, subject workflows.Ref, n workflows.Notice) (bool, error) {
	if n.While == "" || n.While == workflows.WhileEnded {
		return true, nil
	}
	display, err := d.of(subject)
	if err != nil {
		return false, err
	}
	return display.Holds(ctx, subject, n)
}

// requests shows requests of every kind.
type requests struct{ Viewer }

func (q requests) Card(ctx context.Context, subject workflows.Ref, viewer workflows.Party, print *texts.Printer) (
	bot.Card, []byte, bool, error,
) {
	loaded, err := q.Load(ctx, subject.ID)
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

func (q requests) Holds(ctx context.Context, subject workflows.Ref, n workflows.Notice) (bool, error) {
	loaded, err := q.Load(ctx, subject.ID)
	if errors.Is(err, &workflows.Error{Code: workflows.NotFound}) {
		return false, nil
	}
	if err != nil || n.While != workflows.WhileOpen {
		return false, err
	}
	return loaded.Request.OpenTurn(n.Party.Person()) != nil, nil
}

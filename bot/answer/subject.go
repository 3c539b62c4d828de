package answer

import (
	"context"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// sort finds the sort that a subject is of; false: it is a request.
func (x *exchange) sort(ctx context.Context, id workflows.SubjectID) (engine.Sort, bool, error) {
	kind, err := x.engine.KindOfSubject(ctx, id)
	if err != nil {
		return nil, false, err
	}
	sort, ok := x.engine.SortNamed(kind)
	return sort, ok, nil
}

// view gives a subject of any sort as the person may see it. To whoever it is nothing to, there is none.
func (x *exchange) view(ctx context.Context, id workflows.SubjectID) (workflows.View, error) {
	sort, ok, err := x.sort(ctx, id)
	if err != nil {
		return workflows.View{}, err
	}
	if ok {
		return sort.View(ctx, id, x.person)
	}
	loaded, err := x.visible(ctx, id)
	if err != nil {
		return workflows.View{}, err
	}
	v, _ := loaded.View(x.actor())
	return v, nil
}

// show answers with a copy of a subject's card, below a text if there is one.
func (x *exchange) show(ctx context.Context, id workflows.SubjectID, text string) error {
	v, err := x.view(ctx, id)
	if err != nil {
		return err
	}
	card := draw.Card(v, x.print)
	return x.reply.Tell(ctx, bot.Message{Text: text, Card: &card})
}

// files gives out what was handed in with a subject, to whoever may see it.
func (x *exchange) files(ctx context.Context, id workflows.SubjectID) error {
	number, ids, held, err := x.handedIn(ctx, id)
	if err != nil {
		return err
	}
	args := workflows.Args{"Number": number}
	m := bot.Message{Text: x.print.Text("files.list", args)}
	for _, id := range ids {
		f, ok := held[id]
		if !ok {
			continue
		}
		m.Files = append(m.Files, bot.Attachment{ID: id, Name: workflows.Inert(f.Name), Type: f.Type, Size: f.Size,
			Open: func(ctx context.Context) ([]byte, error) { return x.directory.FileContent(ctx, id) }})
	}
	if len(m.Files) == 0 {
		m.Text = x.print.Text("files.none", args)
	}
	return x.reply.Tell(ctx, m)
}

// handedIn lists what was handed in with a subject.
func (x *exchange) handedIn(ctx context.Context, id workflows.SubjectID) (
	number string, ids []string, held map[string]workflows.File, err error,
) {
	sort, ok, err := x.sort(ctx, id)
	switch {
	case err != nil:
		return "", nil, nil, err
	case !ok:
		v, err := x.visible(ctx, id)
		if err != nil {
			return "", nil, nil, err
		}
		return v.Request.Number, v.Kind.FilesOf(v.Request.Form), v.Facts.Files, nil
	}
	v, err := sort.View(ctx, id, x.person)
	if err != nil {
		return "", nil, nil, err
	}
	if ids, err = sort.Files(ctx, id, x.person); err == nil {
		held, err = x.directory.Files(ctx, ids)
	}
	return v.Number, ids, held, err
}

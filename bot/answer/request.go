package answer

import (
	"context"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// visible loads a request that is something to the person. To everyone else there is no such request.
func (x *exchange) visible(ctx context.Context, id workflows.SubjectID) (engine.Loaded, error) {
	v, err := x.engine.Load(ctx, id)
	if err != nil {
		return v, err
	}
	if v.Kind.Relation(v.Request, x.actor()) == workflows.ToNobody {
		return v, workflows.Refuse(workflows.NotFound, "request.not_found", workflows.Args{"Number": v.Request.Number})
	}
	return v, nil
}

// again opens the form of a new request, filled in from one of which nothing came. That one keeps its files: each belongs to one request.
func (x *exchange) again(ctx context.Context, id workflows.SubjectID) error {
	loaded, err := x.visible(ctx, id)
	if err != nil {
		return err
	}
	args := workflows.Args{"Number": loaded.Request.Number}
	if v, _ := loaded.View(x.actor()); !v.Again {
		return workflows.Refuse(workflows.NotYours, "request.not_again", args)
	}
	k, ok := x.engine.Current(loaded.Request.Kind)
	if !ok {
		return workflows.Refuse(workflows.NotFound, "kind.not_found", nil)
	}
	values, intro := loaded.Kind.WithoutFiles(loaded.Request.Form), "form.again"
	var names []string
	for _, id := range loaded.Kind.FilesOf(loaded.Request.Form) {
		if f, ok := loaded.Facts.Files[id]; ok {
			names = append(names, f.Name)
		}
	}
	if len(names) > 0 {
		intro, args["Names"] = "form.again_files", names
	}
	f, err := x.forms().New(ctx, k, loaded.Facts.Org.Person(loaded.Request.Requester), values, x.print.Text(intro, args))
	if err != nil {
		return err
	}
	return x.reply.Open(ctx, f)
}

package promises

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// whole has each press that is decided by those whom its request concerns decided once more with all of the company that its route may
// name: it must come to the same. So every test here holds that nothing is missed by what is not loaded. It looks past the program's own
// connections.
type whole struct {
	*storage.Store
	company *company
	beside  *storage.Store
}

func (w whole) ChangeRequest(ctx context.Context, c workflows.Change, decide workflows.Decide) (workflows.Answer, error) {
	if !c.Wants.Concerned {
		return w.Store.ChangeRequest(ctx, c, decide)
	}
	return w.Store.ChangeRequest(ctx, c, func(r workflows.Request, actor workflows.Actor, f workflows.Facts) (workflows.Decision, error) {
		wants := c.Wants
		wants.Concerned = false
		all, err := w.beside.Facts(context.WithoutCancel(ctx), r.ID, r.Requester, wants, c.Now)
		if err == nil {
			all.Shown = f.Shown
			if diff := cmp.Diff(came(decide(r, actor, all)), came(decide(r, actor, f))); diff != "" {
				w.company.Errorf("%s, with the whole company (-) and with those whom it concerns (+)\n%s", r.Number, diff)
			}
		}
		return decide(r, actor, f)
	})
}

// RequestsConcerned has what is said of each request, and what those whom it asks can do with it, looked at once more with all facts.
func (w whole) RequestsConcerned(ctx context.Context, ids []workflows.SubjectID, now time.Time) (
	[]workflows.Request, []workflows.Facts, error,
) {
	list, facts, err := w.Store.RequestsConcerned(ctx, ids, now)
	for i, r := range list {
		all, err := w.company.engine.Load(context.WithoutCancel(ctx), r.ID)
		if err != nil || all.Request.Seq != r.Seq { // somebody was faster
			continue
		}
		for _, turn := range r.Turns {
			says := func(r workflows.Request, f workflows.Facts) string {
				f.Patterns = all.Facts.Patterns
				approver := workflows.PersonActor(f.Org.Person(turn.Person), "")
				return fmt.Sprintf("%+v\n%+v", all.Kind.InLine(r), all.Kind.OffersTo(approver, r, f))
			}
			if diff := cmp.Diff(says(all.Request, all.Facts), says(r, facts[i])); diff != "" {
				w.company.Errorf("%s, with all facts (-) and with those whom it concerns (+)\n%s", r.Number, diff)
			}
		}
	}
	return list, facts, err
}

// came writes down what a decision came to.
func came(d workflows.Decision, err error) string {
	body, wrong := json.MarshalIndent(d, "", " ")
	return fmt.Sprintf("%s\n%v %v", body, err, wrong)
}

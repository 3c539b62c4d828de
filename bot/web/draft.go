package web

import (
	"context"
	"encoding/json"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// How a draft is, as the form says it.
const (
	keptYes = "kept"
	keptOff = "off"
)

func owner(p workflows.Person) string { return Platform + "/" + Team + "/" + p.No }

func (c *Chat) saveDraft(ctx context.Context, p workflows.Person, s bot.FormState) string {
	if c.Drafts == nil {
		return keptOff
	}
	state, err := json.Marshal(s)
	if err == nil {
		err = c.Drafts.Save(ctx, owner(p), s.Form, state)
	}
	if err != nil {
		c.Log.Warn("a draft was not kept", "form", s.Form, "error", err)
		return keptOff
	}
	return keptYes
}

func (c *Chat) loadDraft(ctx context.Context, p workflows.Person, form string) (s bot.FormState, found bool, err error) {
	state, found, err := c.Drafts.Load(ctx, owner(p), form)
	if err == nil && found {
		err = json.Unmarshal(state, &s)
	}
	if err != nil {
		c.Log.Warn("a draft was not found again", "form", form, "error", err)
	}
	return s, found && err == nil, err
}

// dropDraft forgets a draft. When that fails it goes by itself within a day.
func (c *Chat) dropDraft(ctx context.Context, p workflows.Person, form string) {
	if err := c.Drafts.Drop(ctx, owner(p), form); err != nil {
		c.Log.Warn("a draft was not dropped", "form", form, "error", err)
	}
}

// withDraft gives the form with what its owner had filled in before, worked out again. It keeps its own nonce: the draft's may have been
// sent.
func (c *Chat) withDraft(ctx context.Context, p workflows.Person, f bot.Form) (bot.Form, bool) {
	s, found, err := c.loadDraft(ctx, p, f.ID)
	if err != nil || !found || s.Form != f.ID || s.Subject != f.Subject || s.Digest != f.Digest {
		return f, false
	}
	s.Nonce = f.Nonce
	r := c.handle(ctx, bot.Update{Cause: cause(p, "look", newID()), Content: bot.Recalculation{FormState: s}})
	if r.form == nil {
		return f, false
	}
	return *r.form, true
}

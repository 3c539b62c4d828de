package web

import (
	"context"
	"errors"
	"sync"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// reply collects what bot answers until the response is written.
type reply struct {
	mu       sync.Mutex
	form     *bot.Form
	opened   bool // the form is a new one
	done     bool
	told     []bot.Message
	spent    []workflows.SubjectID // whose buttons are to go from the message
	restored bool                  // the form holds a draft
	broken   bool
	late     bool
	ended    bool
}

var errAnswered = errors.New("the response has been written already")

func (r *reply) add(change func()) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return errAnswered
	}
	change()
	return nil
}

func (r *reply) Open(_ context.Context, f bot.Form) error {
	return r.add(func() { r.form, r.opened, r.done = &f, true, false })
}

func (r *reply) Update(_ context.Context, f bot.Form) error {
	return r.add(func() { r.form, r.done = &f, false })
}

func (r *reply) Done(context.Context) error {
	return r.add(func() { r.form, r.done = nil, true })
}

func (r *reply) Tell(_ context.Context, m bot.Message) error {
	if m.Carded {
		return nil
	}
	return r.add(func() { r.told = append(r.told, m) })
}

func (r *reply) Spent(_ context.Context, subject workflows.SubjectID) error {
	return r.add(func() { r.spent = append(r.spent, subject) })
}

func (r *reply) broke() { _ = r.add(func() { r.broken = true }) }

// end closes the reply; from now on it can be read without the lock.
func (r *reply) end(late bool) {
	_ = r.add(func() { r.late, r.ended = late, true })
}

func (r *reply) finished() bool { return r.done }

func (r *reply) silent() bool { return r.form == nil && !r.done && len(r.told) == 0 }

// opener is what opened a form: a typed line or a button. It comes back when the person wants to start over.
type opener struct {
	Text                 string
	Message, Seq, Action string
}

// answer is the response to a post: fragments that the page puts in their places.
type answer struct {
	frame
	Posts  []post    // added below the others
	Turned []post    // each in the place of the private answer whose button was pressed
	Form   *formView // opened, or redrawn in place
	Close  bool      // the dialog
	Note   string    // shown in the open dialog
	Tone   workflows.Tone
	Kept   string // how the draft is
	Once   string // the composer's next id
	From   string // nonce of the form that was sent; empty: it was no form
	Listed bool   // the form's list was acted on
	Toast  string // said in passing
}

// show turns what bot answered into fragments. keepsDraft: a form that opens takes the values of its draft.
func (c *Chat) show(ctx context.Context, p workflows.Person, out *answer, r *reply, from opener, keepsDraft bool) {
	told := r.told
	switch {
	case r.late:
		told = append(told, bot.Message{Text: out.T("web.late"), Tone: workflows.Warn})
	case r.broken:
		told = append(told, bot.Message{Text: out.T("web.broken"), Tone: workflows.Bad})
	case r.silent():
		told = append(told, bot.Message{Text: out.T("web.silent"), Tone: workflows.Warn})
	}
	if r.form != nil {
		form := *r.form
		restored := r.restored
		if r.opened && keepsDraft {
			form, restored = c.withDraft(ctx, p, form)
		}
		view := out.form(form, from, out.From != "" && !r.opened && form.Nonce == out.From)
		view.Restored = restored
		view.caret(out.Listed)
		if out.Kept == "" && c.Drafts == nil {
			out.Kept = keptOff
		}
		view.Kept = out.Kept
		out.Form = &view
	}
	out.Close = r.done
	// Beneath an open dialog nobody would see an answer.
	inDialog := out.Form != nil || out.From != "" && !r.done
	for _, m := range told {
		m, image := c.image(p, out.frame, m, !inDialog)
		switch {
		case !inDialog && m.Replaces && isPrivate(from.Message):
			turned := out.tellAt(from.Message, m)
			turned.Turned, turned.Message.Image = true, image
			out.Turned = append(out.Turned, turned)
		case !inDialog:
			answer := out.tell(m)
			answer.Message.Image = image
			for _, a := range m.Files {
				answer.Message.Files = append(answer.Message.Files, fileView{a, "/chat/" + p.No + "/file/" + c.links.add(p.No, a)})
			}
			out.Posts = append(out.Posts, answer)
		case out.Note == "":
			out.Note, out.Tone = m.Text, m.Tone
		default:
			out.Note += "\n" + m.Text
		}
	}
}

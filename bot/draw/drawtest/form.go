package drawtest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/form"
	"github.com/nod-chat/nod/workflows"
)

// maker makes Lin's forms, or whoever else's p is.
func (d *Desk) maker(p workflows.Person, lang string) form.Maker {
	return form.Maker{Engine: d, Files: d, Directory: nobody{}, Person: p, Print: d.Print(p, lang)}
}

// Form is Lin's form for leave when it has just been filled in like this. nonce is its own, so that it is the same each time.
func (d *Desk) Form(lang, nonce string, values workflows.Form) bot.Form {
	d.t.Helper()
	f, err := d.maker(Lin, lang).Recalculated(d.t.Context(), d.filled(nonce, values), nil)
	return d.made(f, err)
}

// Understood is Lin's form as it opens for what was understood of a line.
func (d *Desk) Understood(lang, nonce string, values workflows.Form) bot.Form {
	d.t.Helper()
	m := d.maker(Lin, lang)
	f, err := m.New(d.t.Context(), d.kind, Lin, values, m.Print.Text("form.understood", nil))
	f.Nonce = nonce
	return d.made(f, err)
}

// Refused is Lin's form as it comes back with what is wrong with it, and with more, as of its files.
func (d *Desk) Refused(lang, nonce string, values workflows.Form, more ...*workflows.Error) bot.Form {
	d.t.Helper()
	preview, _ := d.Preview(d.t.Context(), Lin, Lin, d.kind.Kind, "", values)
	f, err := d.maker(Lin, lang).Refused(d.t.Context(), d.filled(nonce, values), append(preview.Faults, more...))
	return d.made(f, err)
}

// Pressed is the form that a press opens on the request.
func (d *Desk) Pressed(p workflows.Person, lang, nonce string, event workflows.Event) bot.Form {
	d.t.Helper()
	f, err := d.maker(p, lang).Pressed(d.t.Context(), d.Loaded, event, Digest)
	f.Nonce = nonce
	return d.made(f, err)
}

// PressRefused is the form of a press as it comes back.
func (d *Desk) PressRefused(
	p workflows.Person, lang, nonce string, event workflows.Event, values workflows.Form, faults ...*workflows.Error,
) bot.Form {
	d.t.Helper()
	state := bot.FormState{Form: "form:" + string(event), Nonce: nonce, Number: Number, Subject: Subject, Digest: Digest, Values: values}
	filled, err := form.Read(state, d.Loaded)
	if err != nil {
		d.t.Fatal(err)
	}
	f, err := d.maker(p, lang).Refused(d.t.Context(), filled, faults)
	return d.made(f, err)
}

func (d *Desk) made(f bot.Form, err error) bot.Form {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	return f
}

func (d *Desk) filled(nonce string, values workflows.Form) form.Filled {
	d.t.Helper()
	state := bot.FormState{Form: "form:" + string(d.kind.Kind), Nonce: nonce, Values: values}
	filled, err := form.ReadNew(state, func(workflows.KindName) (*workflows.Kind, bool) { return d.kind, true })
	if err != nil {
		d.t.Fatal(err)
	}
	filled.Requester = Lin
	return filled
}

// Now is when everything is drawn.
func (d *Desk) Now() time.Time { return Now }

// Preview works a form out, as the engine does.
func (d *Desk) Preview(_ context.Context, by, requester workflows.Person, name workflows.KindName, id workflows.SubjectID,
	raw workflows.Form) (workflows.Preview, error) {
	r := workflows.Request{Requester: requester.ID, SubmittedBy: by.ID}
	r.Kind = name
	if id != "" {
		r = d.Loaded.Request
	}
	r.SentBy = by.ID
	return d.kind.Preview(r, raw, d.Loaded.Facts), nil
}

// Whom and PeopleOf are of a company where everybody asks for themselves alone.
func (d *Desk) Whom(_ context.Context, asker workflows.Person, _ string) ([]workflows.Person, error) {
	return []workflows.Person{asker}, nil
}

func (d *Desk) PeopleOf(_ context.Context, asker workflows.Person, _ int) ([]workflows.Person, bool, error) {
	return []workflows.Person{asker}, true, nil
}

// Hold gives Lin a file that a form may hold, with an ID that ends in n.
func (d *Desk) Hold(n, name string) (id string) {
	id = "00000000-0000-7000-8000-" + strings.Repeat("0", 12-len(n)) + n
	if d.Loaded.Facts.Files == nil {
		d.Loaded.Facts.Files = map[string]workflows.File{}
	}
	d.Loaded.Facts.Files[id] = workflows.File{ID: id, Owner: Lin.ID, Name: name}
	return id
}

func (d *Desk) Files(context.Context, []string) (map[string]workflows.File, error) {
	return d.Loaded.Facts.Files, nil
}

func (d *Desk) KeepFile(context.Context, workflows.File, []byte) (string, error) {
	return "", errors.New("nothing is uploaded here")
}

// nobody is a directory for forms that name neither people nor customers.
type nobody struct{}

func (nobody) FindPeople(context.Context, string, int) ([]workflows.Person, error) { return nil, nil }

func (nobody) FindAccounts(context.Context, string, int) ([]workflows.Account, error) {
	return nil, nil
}

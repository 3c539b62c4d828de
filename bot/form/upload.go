package form

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// Keep stores what was uploaded with a form and gives the form with the IDs among its values. What cannot be taken is a fault of its
// field; the rest is taken. do is what happens to the form's list next: what was uploaded for a line that goes is left alone.
func (m Maker) Keep(ctx context.Context, filled Filled, do bot.LineEvent) (Filled, []*workflows.Error) {
	var faults []*workflows.Error
	values := map[string]string{}
	maps.Copy(values, filled.State.Values) // the caller's stay as they are
	for _, u := range filled.State.Uploads {
		in, ok := filled.fileInput(u.Field)
		if !ok || do == bot.RemoveLine && in.Line > 0 && in.Line == filled.State.Line {
			continue // the form has no such place, or will not have it
		}
		name := in.Name
		ids := workflows.FileIDs(values[name])
		if len(ids) >= in.MostFiles() {
			faults = append(faults, workflows.Fault(name, "file.many", workflows.Args{"Max": in.MostFiles()}))
			continue
		}
		id, says, fault := m.store(ctx, filled.reads(in), u)
		if fault != nil {
			faults = append(faults, fault)
		}
		if id == "" {
			continue
		}
		filled.say(values, in.Line, says)
		if !slices.Contains(ids, id) {
			values[name] = strings.Join(append(ids, id), " ")
		}
	}
	keepRefused(values, filled.State.Uploads, faults)
	filled.State.Values, filled.State.Uploads = values, nil
	return filled, faults
}

// reads is the kind whose files at an input say something of their line; nil: they say nothing.
func (f Filled) reads(in workflows.Input) *workflows.Kind {
	if f.Kind == nil || f.asking != nil || in.Line == 0 {
		return nil
	}
	return f.Kind
}

// say fills in what a file says of its line. What stands there stays, and an amount is not taken into another currency.
func (f Filled) say(values map[string]string, line int, says workflows.Form) {
	list, ok := listOf(f.fields())
	if !ok || len(says) == 0 {
		return
	}
	fits := func(in workflows.Input) bool {
		if in.Currency == "" {
			return true
		}
		currency := values[workflows.LineName(in.Currency, line)]
		return currency == "" || currency == says[in.Currency]
	}
	for _, in := range list.LineInputs(line) {
		if value := says[in.Base]; value != "" && values[in.Name] == "" && in.Type != workflows.Files && fits(in) {
			values[in.Name] = value
		}
	}
}

// store keeps an upload, with what it says of its line as a kind reads it; nil: nobody reads it. The fault of one that is kept says why it
// says nothing; one that is not kept has no ID.
func (m Maker) store(ctx context.Context, k *workflows.Kind, u bot.Upload) (id string, says workflows.Form, fault *workflows.Error) {
	content, err := fetch(ctx, u)
	if err != nil {
		return "", nil, m.uploadFault(ctx, u, err)
	}
	f, err := workflows.ReadFile(u.Name, content)
	if err != nil {
		return "", nil, m.uploadFault(ctx, u, err)
	}
	if k != nil && k.ReadFile != nil {
		if says, f.Key, fault = k.ReadFile(content); fault != nil {
			fault = workflows.Fault(u.Field, fault.Text, workflows.Args{"Name": workflows.Cut(u.Name, 60)})
			if says == nil {
				return "", nil, fault
			}
		}
	}
	made, err := uuid.NewV7()
	if err != nil {
		return "", nil, m.uploadFault(ctx, u, fmt.Errorf("make a file id: %w", err))
	}
	f.ID, f.Owner = made.String(), m.Person.ID
	if id, err = m.Files.KeepFile(ctx, f, content); err != nil {
		return "", nil, m.uploadFault(ctx, u, err)
	}
	return id, says, fault
}

// fetch gets the content of an upload. One that says that it is too large is not fetched; one that is larger than it says is read no
// further.
func fetch(ctx context.Context, u bot.Upload) ([]byte, error) {
	if u.Size > workflows.MaxFileSize {
		return nil, workflows.FileTooLarge(u.Name)
	}
	body, err := u.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, workflows.MaxFileSize+1))
}

// uploadFault puts what is wrong with an upload at its field. What is no refusal is logged, and the sender reads that it did not arrive.
func (m Maker) uploadFault(ctx context.Context, u bot.Upload, err error) *workflows.Error {
	var refusal *workflows.Error
	if errors.As(err, &refusal) && refusal.Code != workflows.Unavailable {
		return workflows.Fault(u.Field, refusal.Text, refusal.Args)
	}
	slog.ErrorContext(ctx, "a file could not be taken", "platform", m.Platform, "person", m.Person.No, "error", err)
	return workflows.Fault(u.Field, "form.files_failed", workflows.Args{"Name": workflows.Cut(u.Name, 60)})
}

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
		id, _, err := m.store(ctx, u)
		if err != nil {
			faults = append(faults, m.uploadFault(ctx, u, err))
			continue
		}
		if !slices.Contains(ids, id) {
			values[name] = strings.Join(append(ids, id), " ")
		}
	}
	keepRefused(values, filled.State.Uploads, faults)
	filled.State.Values, filled.State.Uploads = values, nil
	return filled, faults
}

func (m Maker) store(ctx context.Context, u bot.Upload) (id string, content []byte, err error) {
	if content, err = fetch(ctx, u); err != nil {
		return "", nil, err
	}
	f, err := workflows.ReadFile(u.Name, content)
	if err != nil {
		return "", nil, err
	}
	made, err := uuid.NewV7()
	if err != nil {
		return "", nil, fmt.Errorf("make a file id: %w", err)
	}
	f.ID, f.Owner = made.String(), m.Person.ID
	id, err = m.Files.KeepFile(ctx, f, content)
	return id, content, err
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

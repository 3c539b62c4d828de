package bot

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

	"github.com/nod-chat/nod/workflows"
)

// Files is where what people hand in lies.
type Files interface {
	// KeepFile stores a file and gives its ID.
	KeepFile(ctx context.Context, f workflows.File, content []byte) (id string, err error)
	// Files finds files; those that do not exist are left out.
	Files(ctx context.Context, ids []string) (map[string]workflows.File, error)
	FileContent(ctx context.Context, id string) ([]byte, error)
}

// Upload is a file that came with a form and is not stored yet.
type Upload struct {
	Field string // of the form
	Name  string // as its sender calls it
	Size  int64  // bytes, as the platform says; 0: it does not
	// Open fetches the content. Its error holds no address and no token.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// FormFile is a file that a form holds.
type FormFile struct {
	ID   string
	Name string // safe to show
}

// Attachment is a file that is given out with a message.
type Attachment struct {
	ID   string `json:"id"`
	Name string `json:"name"` // safe to show, and to store under
	Type string `json:"type"` // a media type; files are downloaded, never shown as part of a page
	Size int64  `json:"size"` // bytes

	Open func(ctx context.Context) ([]byte, error) `json:"-"`
}

// keepFiles stores what was uploaded with a form and puts the IDs into its values. What cannot be taken is a fault of its field; the rest is taken.
func (c *chat) keepFiles(ctx context.Context, fields []workflows.Field, state *FormState) []*workflows.Error {
	var faults []*workflows.Error
	values := map[string]string{}
	maps.Copy(values, state.Values) // the caller's stay as they are
	for _, u := range state.Uploads {
		i := slices.IndexFunc(fields, func(f workflows.Field) bool { return f.Type == workflows.Files && f.Name == u.Field })
		if i < 0 {
			continue // the form has no such place
		}
		name := fields[i].Name
		ids := workflows.FileIDs(values[name])
		if len(ids) >= fields[i].MostFiles() {
			faults = append(faults, workflows.Fault(name, "file.many", workflows.Args{"Max": fields[i].MostFiles()}))
			continue
		}
		id, err := c.keepFile(ctx, u)
		if err != nil {
			faults = append(faults, c.fileFault(ctx, name, u, err))
			continue
		}
		if !slices.Contains(ids, id) {
			values[name] = strings.Join(append(ids, id), " ")
		}
	}
	state.Values, state.Uploads = values, nil
	return faults
}

func (c *chat) keepFile(ctx context.Context, u Upload) (string, error) {
	content, err := u.read(ctx)
	if err != nil {
		return "", err
	}
	f, err := workflows.ReadFile(u.Name, content)
	if err != nil {
		return "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make a file id: %w", err)
	}
	f.ID, f.Owner = id.String(), c.person.ID
	return c.directory.KeepFile(ctx, f, content)
}

// read fetches an upload. One that says that it is too large is not fetched; one that is larger than it says is read no further.
func (u Upload) read(ctx context.Context) ([]byte, error) {
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

// fileFault puts what is wrong with an upload at its field. What is no refusal is logged, and the sender reads that it did not arrive.
func (c *chat) fileFault(ctx context.Context, field string, u Upload, err error) *workflows.Error {
	var refusal *workflows.Error
	if errors.As(err, &refusal) && refusal.Code != workflows.Unavailable {
		return workflows.Fault(field, refusal.Text, refusal.Args)
	}
	slog.ErrorContext(ctx, "a file could not be taken", "platform", c.cause.Platform, "person", c.person.No, "error", err)
	return workflows.Fault(field, "form.files_failed", workflows.Args{"Name": workflows.Cut(u.Name, 60)})
}

// formFiles names the files that a field holds.
func formFiles(value string, facts map[string]workflows.File) []FormFile {
	var list []FormFile
	for _, id := range workflows.FileIDs(value) {
		if f, ok := facts[id]; ok {
			list = append(list, FormFile{ID: id, Name: workflows.Inert(f.Name)})
		}
	}
	return list
}

// files gives out what was handed in with a request, to whoever may see it.
func (c *chat) files(ctx context.Context, id workflows.SubjectID) error {
	v, err := c.visible(ctx, id)
	if err != nil {
		return err
	}
	args := workflows.Args{"Number": v.Request.Number}
	m := Message{Text: c.text("files.list", args)}
	for _, id := range v.Kind.FilesOf(v.Request.Form) {
		f, ok := v.Facts.Files[id]
		if !ok {
			continue
		}
		m.Files = append(m.Files, Attachment{ID: id, Name: workflows.Inert(f.Name), Type: f.Type, Size: f.Size, Open: func(ctx context.Context) ([]byte, error) {
			return c.directory.FileContent(ctx, id)
		}})
	}
	if len(m.Files) == 0 {
		m.Text = c.text("files.none", args)
	}
	return c.reply.Tell(ctx, m)
}

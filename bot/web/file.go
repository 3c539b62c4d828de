package web

import (
	"context"
	"errors"
	"hash/fnv"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/workflows"
)

const (
	inFile = "nod.file." // begins the name of the input that files are chosen with; the field's name follows
	// inFiles is that of the composer, whose files go to no field.
	inFiles = inFile + "said"
	// maxUpload is the size of a form with its files: as many as a field takes, and what stands around them.
	maxUpload = workflows.MaxFiles*workflows.MaxFileSize + maxBody
	// inMemory is how much of that is held in memory; the rest waits in a file of the system's.
	inMemory = 1 << 20
)

// uploads tells whether a request may be as large as files are.
func uploads(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data" && (bringsForm(r) || strings.HasSuffix(r.URL.Path, "/command"))
}

// bringsForm tells whether a request brings what is filled in.
func bringsForm(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/recalculate") || strings.HasSuffix(r.URL.Path, "/submit")
}

// uploaded lists the files that came with a form.
func uploaded(r *http.Request) []bot.Upload {
	if r.MultipartForm == nil {
		return nil
	}
	var list []bot.Upload
	for input, files := range r.MultipartForm.File {
		field, ok := strings.CutPrefix(input, inFile)
		if !ok || !chat.IsField(field) {
			continue
		}
		for _, f := range files {
			if f.Size > 0 || f.Filename != "" { // an input in which nothing was chosen sends an empty one
				list = append(list, upload(field, f))
			}
		}
	}
	slices.SortStableFunc(list, func(a, b bot.Upload) int { return strings.Compare(a.Field, b.Field) })
	return list
}

// handedIn lists the files that were sent with a line.
func handedIn(r *http.Request) (list []bot.Upload, names []string) {
	for _, u := range uploaded(r) {
		if inFile+u.Field == inFiles {
			u.Field = ""
			list, names = append(list, u), append(names, workflows.Inert(u.Name))
		}
	}
	return list, names
}

func upload(field string, f *multipart.FileHeader) bot.Upload {
	return bot.Upload{Field: field, Name: f.Filename, Size: f.Size, Open: func(context.Context) (io.ReadCloser, error) { return f.Open() }}
}

// links are what somebody has been given a link to. A link lives as long as the answer that it stands in: until the page is loaded again,
// or this program is, or many others were given.
type links[T any] struct {
	most  int
	mu    sync.Mutex
	given map[string]linked[T]
	order []string
}

type linked[T any] struct {
	to  string
	has T
}

const maxFiles = 500

// add keeps something for a user and makes the last part of its link.
func (g *links[T]) add(to string, has T) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.given == nil {
		g.given = map[string]linked[T]{}
	}
	if len(g.order) >= g.most {
		delete(g.given, g.order[0])
		g.order = g.order[1:]
	}
	token := newID()
	g.given[token], g.order = linked[T]{to, has}, append(g.order, token)
	return token
}

// find gives what a user has been given under a link; to anybody else there is no such thing.
func (g *links[T]) find(to, token string) (has T, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l, ok := g.given[token]
	if !ok || l.to != to {
		return has, false
	}
	return l.has, true
}

// file gives out a file, to be stored and never to be shown as part of a page.
func (c *Chat) file(w http.ResponseWriter, r *http.Request) {
	p, ok := c.person(w, r, r.PathValue("no"))
	if !ok {
		return
	}
	given, ok := c.links.find(p.No, r.PathValue("token"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	content, err := given.Open(r.Context())
	var refusal *workflows.Error
	switch {
	case errors.As(err, &refusal) && refusal.Code == workflows.NotFound:
		http.NotFound(w, r)
		return
	case err != nil:
		c.fail(w, "give out a file", err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": given.Name}))
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // the browser has gone: nobody to tell
}

// fileView is a file that was given out, as the template draws it.
type fileView struct {
	bot.Attachment
	Link string
}

// Weight is the file's size in words.
func (f fileView) Weight() string { return weight(f.Size) }

func weight(bytes int64) string {
	if bytes >= 1<<20 {
		return strconv.FormatInt((bytes+1<<19)>>20, 10) + " MB"
	}
	return strconv.FormatInt(max(1, (bytes+512)>>10), 10) + " kB"
}

// FileInput is the id of the input that files are chosen with. It is another one whenever what the field holds or its fault is another, so
// that a redrawn form has an empty input: a browser keeps what was chosen otherwise, and it would be sent twice.
func (v fieldView) FileInput() string {
	h := fnv.New32a()
	h.Write([]byte(v.Value + "\n" + v.Fault))
	return v.ID() + "-" + strconv.FormatUint(uint64(h.Sum32()), 36)
}

// Room tells whether the field takes another file.
func (v fieldView) Room() bool { return len(v.Files) < v.Max }

// Accepts lists what a browser offers to choose from. What is in a file is judged elsewhere.
func (frame) Accepts() string { return accepts }

// Accepts is the same for a field.
func (fieldView) Accepts() string { return accepts }

var accepts = strings.Join(workflows.FileEndings(), ",")

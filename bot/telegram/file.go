package telegram

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// Photos and documents are taken into the form that is open, whatever it asks for at that moment: people send the doctor's note when they
// have it. The messages that bring them stay in the chat, unlike typed answers: the form shows a file's name only, and the picture itself
// is its sender's to keep. So that the form is still the last message, it is drawn anew below them and the old one goes.

const (
	albumTime = 800 * time.Millisecond // for the rest of an album, whose pictures are updates of their own
	mostFed   = 50                     // updates of files that a form remembers
)

// photoSize is one of the sizes in which Telegram keeps a photo: https://core.telegram.org/bots/api#photosize.
type photoSize struct {
	ID     string `json:"file_id"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Size   int64  `json:"file_size"`
}

// document is a file that was sent as it is: https://core.telegram.org/bots/api#document.
type document struct {
	ID   string `json:"file_id"`
	Name string `json:"file_name"`
	Size int64  `json:"file_size"`
}

// file gives what a message brings to be handed in: a document, or a photo in the best size that may be taken. Nil: neither.
func (m *message) file() *document {
	if m.Document != nil {
		return m.Document
	}
	if len(m.Photo) == 0 {
		return nil
	}
	best := slices.MaxFunc(m.Photo, func(a, b photoSize) int {
		if fits := a.Size <= workflows.MaxFileSize; fits != (b.Size <= workflows.MaxFileSize) {
			if fits {
				return 1
			}
			return -1
		}
		return a.Width*a.Height - b.Width*b.Height
	})
	// Telegram keeps no name of a photo; the message's number tells several apart.
	return &document{ID: best.ID, Name: fmt.Sprintf("photo-%d.jpg", m.ID), Size: best.Size}
}

// forFiles finds the field that a file is meant for: the one that is asked for, if it takes any, else the form's; -1 when there is none.
func (d *dialog) forFiles() int {
	if i := d.at(d.Field); i >= 0 && d.Form.Fields[i].Asks == workflows.AskFiles {
		return i
	}
	name, ok := d.Form.ForFiles()
	if !ok {
		return -1
	}
	return d.at(name)
}

// fileSent takes a file into the open form. Without one, the bot is given it with its caption; of an album, each picture by itself.
func (c *Chat) fileSent(ctx context.Context, in *incoming, r *reply) error {
	d, err := c.load(ctx, in.user, "")
	switch {
	case err != nil:
		return r.say(ctx, "telegram.unreachable", nil)
	case d == nil || d.Ended:
		text, args := addressed(c.readEntities(ctx, in.caption, in.marks))
		return c.hear(ctx, in, r, bot.Said{Text: text, Uploads: []bot.Upload{c.upload(in, "")}}, args)
	}
	r.dialog = d
	if i := d.forFiles(); i < 0 {
		return r.say(ctx, "telegram.no_place", nil)
	} else if !slices.Contains(d.Fed, in.id) { // one that comes again adds nothing
		if !c.add(ctx, in, r, d, i) {
			return nil
		}
	}
	if in.album == "" && !c.lanes.waits(in.chat) {
		return c.keepAndShow(ctx, r, d, month{})
	}
	if err := c.save(ctx, in.user, d); err != nil {
		c.Log.ErrorContext(ctx, "a form could not be kept", "error", err)
		return r.say(ctx, "telegram.unkept", nil)
	}
	// With a webhook the next picture of an album comes only when this one is acknowledged, so the form is drawn after that, once for all
	// of them.
	c.lanes.putOff(&job{id: in.id, lane: in.chat, in: &incoming{id: in.id, chat: in.chat, user: in.user, app: in.app, private: true,
		human: true, redraw: true}})
	return nil
}

// upload is the file of a message, for a form's field or for none.
func (c *Chat) upload(in *incoming, field string) bot.Upload {
	return bot.Upload{Field: field, Name: in.file.Name, Size: in.file.Size,
		Open: func(ctx context.Context) (body io.ReadCloser, err error) {
			err = c.patiently(ctx, func() error { body, err = c.api.download(ctx, *in.file); return err })
			return body, err
		}}
}

// add has the bot store a file and put it into the form. It is false when the form has not come back: the bot has said why, or the form is
// done.
func (c *Chat) add(ctx context.Context, in *incoming, r *reply, d *dialog, i int) bool {
	name, before := d.Form.Fields[i].Name, ""
	if in.album != "" && in.album == d.Album {
		before = d.Form.Fields[i].Fault // of an earlier picture of the album, which nobody has read yet
	}
	state := d.Form.State()
	state.Uploads = []bot.Upload{c.upload(in, name)}
	if !c.workedOut(ctx, in, r, bot.Recalculation{FormState: state}) || r.ending != nil {
		return false
	}
	if i = d.at(name); i >= 0 {
		f := &d.Form.Fields[i]
		if f.Fault == "" {
			f.Fault = before
		} else if !strings.Contains(before, f.Fault) {
			f.Fault = strings.TrimSpace(before + " " + f.Fault)
		}
		if f.Fault == "" && len(d.Form.Fields) == 1 {
			d.Field = "" // nothing else is asked for; more can be sent to the summary
		}
	}
	d.Fed, d.Album, d.Below = append(d.Fed, in.id), in.album, max(d.Below, in.message)
	if len(d.Fed) > mostFed {
		d.Fed = d.Fed[1:]
	}
	return true
}

// redraw draws the open form once its files have arrived.
func (c *Chat) redraw(ctx context.Context, in *incoming, r *reply) error {
	d, err := c.load(ctx, in.user, "")
	if err != nil || d == nil || d.Ended { // it was sent, or dropped, and says so itself
		return err
	}
	r.dialog = d
	return c.show(ctx, r, d, month{}) // it is kept already, and may have changed since in another program
}

// removeFile takes a file out of a field. A press that comes again finds it gone already.
func (c *Chat) removeFile(ctx context.Context, in *incoming, r *reply, d *dialog, i int, which string) error {
	f := &d.Form.Fields[i]
	f.Files = slices.DeleteFunc(f.Files, func(file bot.FormFile) bool { return fileKey(file.ID) == which })
	ids := slices.DeleteFunc(workflows.FileIDs(f.Value), func(id string) bool { return fileKey(id) == which })
	f.Value, f.Fault, d.Field = strings.Join(ids, " "), "", f.Name
	if d.Form.Live {
		c.workedOut(ctx, in, r, bot.Recalculation{FormState: d.Form.State()})
		if r.ending != nil {
			return nil
		}
	}
	return c.keepAndShow(ctx, r, d, month{})
}

// fileKey names a file among a field's few in a button, where its whole ID has no room.
func fileKey(id string) string { return id[strings.LastIndexByte(id, '-')+1:] }

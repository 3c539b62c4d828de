package bottest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// deposit is where the bot of a test keeps files, as the real one does: it gives them IDs, and puts those into the form.
type deposit struct {
	mu    sync.Mutex
	files []File
}

func (d *deposit) id(i int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", i) }

func (d *deposit) keep(ctx context.Context, state *bot.FormState) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range state.Uploads {
		content, err := read(ctx, u)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(d.files, func(f File) bool { return bytes.Equal(f.Content, content) })
		if at < 0 {
			at = len(d.files)
			d.files = append(d.files, File{u.Name, content})
		}
		if ids := strings.Fields(state.Values[u.Field]); !slices.Contains(ids, d.id(at)) {
			state.Values[u.Field] = strings.Join(append(ids, d.id(at)), " ")
		}
	}
	state.Uploads = nil
	return nil
}

// draw puts what the form holds into it.
func (d *deposit) draw(f *bot.Form, values map[string]string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range f.Fields {
		field := &f.Fields[i]
		field.Value = values[field.Name]
		if field.Asks != workflows.AskFiles {
			continue
		}
		for _, id := range strings.Fields(field.Value) {
			for at, file := range d.files {
				if d.id(at) == id {
					field.Files = append(field.Files, bot.FormFile{ID: id, Name: file.Name})
				}
			}
		}
	}
}

func filesCome(t *testing.T, s *stage) {
	d := &deposit{}
	sent := map[string]string{}
	s.answer = func(u bot.Update, r bot.Reply) error {
		f := sampleForm()
		f.Fields = append(f.Fields, bot.FormField{Name: "proof", Label: "Proof", Asks: workflows.AskFiles, Max: 3})
		switch c := u.Content.(type) {
		case bot.Recalculation:
			if err := d.keep(s.ctx, &c.FormState); err != nil {
				return err
			}
			d.draw(&f, c.Values)
			return r.Update(s.ctx, f)
		case bot.Submission:
			if err := d.keep(s.ctx, &c.FormState); err != nil {
				return err
			}
			s.mu.Lock()
			sent[c.Nonce] = c.Values["proof"]
			s.mu.Unlock()
			if err := r.Done(s.ctx); err != nil {
				return err
			}
			return r.Tell(s.ctx, bot.Message{Text: "LV-8 is sent."})
		}
		return r.Open(s.ctx, f)
	}
	s.must(s.Type(s.ctx, "lin", "/leave"))
	s.wait("lin", "the form", func(x Screen) bool { return x.Form != nil })
	// A chat that cannot take SVG must not try to be clever: what is in a file is the bot's to judge.
	note, scan := File{"诊断 note.pdf", []byte("%PDF-1.4 note")}, File{"scan.png", []byte("\x89PNG\r\n\x1a\n scan")}
	s.must(s.Attach(s.ctx, "lin", "proof", note, scan))
	s.must(s.Send(s.ctx, "lin", 1))
	s.wait("lin", "the answer", func(x Screen) bool { return x.Form == nil && x.Says("LV-8 is sent.") })
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.files) != 2 || !slices.ContainsFunc(d.files, func(f File) bool { return bytes.Equal(f.Content, note.Content) }) ||
		!slices.ContainsFunc(d.files, func(f File) bool { return bytes.Equal(f.Content, scan.Content) }) {
		t.Errorf("the bot was given %q", d.files)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := strings.Fields(sent["n-1"]); len(got) != 2 || !slices.Contains(got, d.id(0)) || !slices.Contains(got, d.id(1)) {
		t.Errorf("the form was sent with %q", sent["n-1"])
	}
}

// filesAlone: files that are sent while no form is open arrive with what stands under them, which is said once, however many updates the
// chat makes of them; and so does what is told of them alike.
func filesAlone(t *testing.T, s *stage) {
	var got []File
	var under []string
	s.answer = func(u bot.Update, r bot.Reply) error {
		said, ok := u.Content.(bot.Said)
		switch _, sent := u.Content.(bot.Submission); {
		case sent:
			return r.Done(s.ctx)
		case !ok:
			return r.Open(s.ctx, sampleForm())
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		under = append(under, said.Text)
		for _, upload := range said.Uploads {
			content, err := read(s.ctx, upload)
			if err != nil || upload.Field != "" {
				t.Errorf("%+v: %v", upload, err)
			}
			got = append(got, File{upload.Name, content})
		}
		return r.Tell(s.ctx, bot.Message{Text: "These are with me."})
	}
	s.must(s.Type(s.ctx, "lin", "/leave")) // a form that was sent is open no more
	s.wait("lin", "the form", func(x Screen) bool { return x.Form != nil })
	s.must(s.Send(s.ctx, "lin", 1))
	s.wait("lin", "no form", func(x Screen) bool { return x.Form == nil })
	note, bill := File{"note.pdf", []byte("%PDF-1.4 note")}, File{"发票 bill.pdf", []byte("%PDF-1.4 bill")}
	for _, caption := range []string{"客户午餐 & <b>", ""} {
		s.mu.Lock()
		got, under = nil, nil
		s.mu.Unlock()
		s.must(s.SendFiles(s.ctx, "lin", caption, note, bill))
		s.wait("lin", "the answer", func(x Screen) bool { return x.Says("These are with me.") })
		s.mu.Lock()
		same := func(a, b File) bool { return a.Name == b.Name && bytes.Equal(a.Content, b.Content) }
		if !slices.EqualFunc(got, []File{note, bill}, same) || strings.Join(under, "") != caption {
			t.Errorf("the bot was given %q under %q", got, under)
		}
		s.mu.Unlock()
	}
	told := 0
	for _, m := range s.screen("lin").Private {
		told += strings.Count(m.Text, "These are with me.")
	}
	if told > 2 {
		t.Errorf("twice two files were sent, and lin is told %d times", told)
	}
}

// read gives the content of an upload.
func read(ctx context.Context, u bot.Upload) ([]byte, error) {
	body, err := u.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

func filesGivenOut(t *testing.T, s *stage) {
	content := []byte("%PDF-1.4 诊断")
	s.answer = func(u bot.Update, r bot.Reply) error {
		return r.Tell(s.ctx, bot.Message{Text: "Handed in with LV-7:", Files: []bot.Attachment{{
			ID: "00000000-0000-7000-8000-000000000001", Name: "诊断 note.pdf", Type: "application/pdf", Size: int64(len(content)),
			Open: func(context.Context) ([]byte, error) { return content, nil },
		}}})
	}
	s.must(s.Type(s.ctx, "lin", "/requests LV-7"))
	screen := s.wait("lin", "the file", func(x Screen) bool { return x.Says("Handed in with LV-7:") && len(x.Files()) == 1 })
	if f := screen.Files()[0]; f.Name != "诊断 note.pdf" || !bytes.Equal(f.Content, content) {
		t.Errorf("lin was given %q with %q", f.Name, f.Content)
	}
	if len(s.screen("mallory").Files()) > 0 {
		t.Error("somebody else was given the file")
	}
}

package bottest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

func photoOf(line int) string { return workflows.LineName("photo", line) }

// notTaken stands among a form's values behind the name of the input whose last file was not taken.
const notTaken = "_refused"

// takeIn stores what came with a form, as the real bot does: all but what is neither a PDF nor a PNG, which stays said, and what is meant
// for a line that goes.
func (d *deposit) takeIn(ctx context.Context, state *bot.FormState, do bot.LineEvent) error {
	var sound []bot.Upload
	for _, u := range state.Uploads {
		if do == bot.RemoveLine && u.Field == photoOf(state.Line) {
			continue
		}
		content, err := read(ctx, u)
		if err != nil {
			return err
		}
		delete(state.Values, u.Field+notTaken)
		if bytes.HasPrefix(content, []byte("%PDF-")) || bytes.HasPrefix(content, []byte("\x89PNG")) {
			sound = append(sound, u)
		} else {
			state.Values[u.Field+notTaken] = u.Name
		}
	}
	state.Uploads = sound
	return d.keep(ctx, state)
}

func noPhoto(name string) string { return name + " is no photo." }

// inLines gives each line of a form photos of its own, and says at one for which a file was not taken that it was not.
func (d *deposit) inLines(f *bot.Form, values map[string]string) {
	list := f.List
	for i := range list.Lines {
		l := &list.Lines[i]
		input, fault := photoOf(l.ID), ""
		if name := values[input+notTaken]; name != "" {
			fault, f.Held[input+notTaken] = noPhoto(name), name
		}
		field := bot.FormField{Name: input, Line: l.ID, Label: "Photos", Asks: workflows.AskFiles, Max: 3, Fault: fault}
		drawn := bot.Form{Fields: []bot.FormField{field}}
		d.draw(&drawn, values)
		for _, file := range drawn.Fields[0].Files {
			l.Text += " · " + file.Name
		}
		if l.ID == list.Open {
			behind := slices.IndexFunc(f.Fields, func(field bot.FormField) bool { return field.Line == 0 })
			f.Fields = slices.Insert(f.Fields, behind, drawn.Fields[0])
			continue
		}
		f.Held[input] = values[input]
		if fault != "" {
			l.Fault, l.Sendable = fault, true
		}
	}
}

// filesOfLines: what is chosen belongs to the line that was open then, is there again when it is, and is taken out of no other; a file that
// is not taken says so and stays said, and keeps nobody from sending the form.
func filesOfLines(t *testing.T, s *stage) {
	d := &deposit{}
	var mu sync.Mutex
	var sent map[string]string
	form := func(state bot.FormState, do bot.LineEvent, line int) (bot.Form, error) {
		if err := d.takeIn(s.ctx, &state, do); err != nil {
			return bot.Form{}, err
		}
		if do == bot.RemoveLine {
			delete(state.Values, photoOf(state.Line))
			delete(state.Values, photoOf(state.Line)+notTaken)
		}
		list := after(state, do, line)
		f := list.form()
		d.inLines(&f, list.values)
		return f, nil
	}
	s.answer = func(u bot.Update, r bot.Reply) error {
		switch c := u.Content.(type) {
		case bot.Recalculation:
			f, err := form(c.FormState, c.Do, c.Line)
			if err != nil {
				return err
			}
			return r.Update(s.ctx, f)
		case bot.Submission:
			f, err := form(c.FormState, "", 0)
			if err != nil {
				return err
			}
			if !f.Ready() {
				return r.Update(s.ctx, f)
			}
			mu.Lock()
			sent = f.State().Values
			mu.Unlock()
			if err := r.Done(s.ctx); err != nil {
				return err
			}
			return r.Tell(s.ctx, bot.Message{Text: "SU-1 is sent."})
		}
		f, err := form(bot.FormState{Line: 1, Values: map[string]string{}}, "", 0)
		if err != nil {
			return err
		}
		return r.Open(s.ctx, f)
	}
	awaits := func(what string, ok func(f *ShownForm) bool) {
		t.Helper()
		s.wait("lin", what, func(x Screen) bool { return x.Form != nil && ok(x.Form) })
	}
	opens := func(do bot.LineEvent, line, open int) {
		t.Helper()
		s.must(s.List(s.ctx, "lin", do, line))
		awaits(fmt.Sprintf("line %d open", open), func(f *ShownForm) bool { return f.Open == open })
	}
	reads := func(line int, names ...string) {
		t.Helper()
		awaits(fmt.Sprintf("line %d with %q", line, names), func(f *ShownForm) bool {
			_, shown, _ := strings.Cut(f.Lines[line-1], " · ")
			return shown == strings.Join(names, " · ") || strings.HasPrefix(shown, strings.Join(names, " · ")+" ⚠️")
		})
	}
	said := func(name string) func(f *ShownForm) bool {
		return func(f *ShownForm) bool {
			all := f.Text + strings.Join(f.Lines, "\n")
			for _, fault := range f.Faults {
				all += "\n" + fault
			}
			return strings.Contains(all, noPhoto(name))
		}
	}
	note, scan := File{"note.pdf", []byte("%PDF-1.4 note")}, File{"scan.png", []byte("\x89PNG\r\n\x1a\n scan")}
	bill, fake := File{"bill.pdf", []byte("%PDF-1.4 bill")}, File{"fake.pdf", []byte("<html>")}

	s.must(s.Type(s.ctx, "lin", "/leave")) // a command that opens a form everywhere
	s.wait("lin", "the form", func(x Screen) bool { return x.Form != nil })
	s.must(s.Change(s.ctx, "lin", map[string]string{itemOf(1): "pen", quantityOf(1): "1"}))
	opens(bot.AddLine, 0, 2)
	s.must(s.Change(s.ctx, "lin", map[string]string{itemOf(2): "ink", quantityOf(2): "2"}))
	s.must(s.Attach(s.ctx, "lin", photoOf(2), note, scan))
	opens(bot.EditLine, 1, 1)
	reads(2, "note.pdf", "scan.png")
	reads(1)

	// One that is not taken is said at its line, also while another one is open.
	s.must(s.Attach(s.ctx, "lin", photoOf(1), fake))
	opens(bot.EditLine, 2, 2)
	awaits("what is wrong with the file of line 1", said("fake.pdf"))
	s.must(s.TakeOut(s.ctx, "lin", photoOf(2), "note.pdf"))
	opens(bot.EditLine, 1, 1)
	awaits("what is wrong with the file of this line", said("fake.pdf"))
	reads(2, "scan.png")
	s.must(s.Attach(s.ctx, "lin", photoOf(1), bill))
	opens(bot.EditLine, 2, 2)
	reads(1, "bill.pdf")
	awaits("nothing wrong", func(f *ShownForm) bool { return !said("fake.pdf")(f) })

	// What is wrong with one keeps nobody from sending the form, and a line takes its files along.
	s.must(s.Attach(s.ctx, "lin", photoOf(2), fake))
	opens(bot.AddLine, 0, 3)
	s.must(s.Attach(s.ctx, "lin", photoOf(3), note))
	s.must(s.List(s.ctx, "lin", bot.RemoveLine, 3))
	awaits("two lines", func(f *ShownForm) bool { return len(f.Lines) == 2 })
	awaits("what is wrong with the file of line 2", said("fake.pdf"))
	s.must(s.Send(s.ctx, "lin", 1))
	s.wait("lin", "the answer in place of the form", func(x Screen) bool { return x.Form == nil && x.Says("SU-1 is sent.") })

	mu.Lock()
	defer mu.Unlock()
	for line, want := range map[int]File{1: bill, 2: scan} {
		at := slices.IndexFunc(d.files, func(f File) bool { return bytes.Equal(f.Content, want.Content) })
		if at < 0 || sent[photoOf(line)] != d.id(at) {
			t.Errorf("line %d was sent with %q of %q, want %s", line, sent[photoOf(line)], d.files, want.Name)
		}
	}
	for name, value := range sent {
		if strings.HasPrefix(name, "photo_3") && value != "" {
			t.Errorf("%s=%q was sent, of a line that is gone", name, value)
		}
	}
}

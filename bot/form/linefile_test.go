package form_test

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/form"
	"github.com/nod-chat/nod/workflows"
)

func upload(field, name, content string) bot.Upload {
	return bot.Upload{Field: field, Name: name, Size: int64(len(content)),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

// worked is a form that came back with uploads, worked out again after something was done to its list.
func (s *shop) worked(t *testing.T, state bot.FormState, do bot.LineEvent, line int, uploads ...bot.Upload) bot.Form {
	t.Helper()
	filled := s.filled(t, state.Values, state.Line)
	filled.State.Uploads = uploads
	filled, faults := s.Keep(t.Context(), filled, do)
	f, err := s.Recalculated(t.Context(), form.Listed(filled, do, line), faults)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func names(f bot.FormField) (list []string) {
	for _, file := range f.Files {
		list = append(list, file.Name)
	}
	return list
}

func wantFiles(t *testing.T, f bot.Form, input string, want ...string) {
	t.Helper()
	if got := names(field(t, f, input)); !slices.Equal(got, want) {
		t.Errorf("%s holds %q, want %q", input, got, want)
	}
}

// A file belongs to the line that was open when it was chosen, whatever is opened next. It is held while another line is, and goes with its
// own.
func TestFilesOfLines(t *testing.T) {
	s := newShop(t, photo)
	f := s.worked(t, bot.FormState{Values: two(), Line: 1}, bot.EditLine, 3, upload("photo", "chair.pdf", "%PDF-chair"))
	chair := f.Held["photo"]
	if len(workflows.FileIDs(chair)) != 1 || f.List.Open != 3 {
		t.Fatalf("line 1 holds %q, line %d is open", chair, f.List.Open)
	}
	wantFiles(t, f, "photo_3")
	if got := f.List.Lines[0].Text; got != "2 × chair, 1 file" {
		t.Errorf("line 1 reads %q", got)
	}
	f = s.worked(t, f.State(), "", 0, upload("photo_3", "desk.pdf", "%PDF-desk"), upload("photo_3", "drawer.pdf", "%PDF-drawer"))
	wantFiles(t, f, "photo_3", "desk.pdf", "drawer.pdf")
	if f.Held["photo"] != chair {
		t.Errorf("line 1 holds %q, want %q", f.Held["photo"], chair)
	}
	f = s.worked(t, f.State(), "", 0, upload("photo_3", "third.pdf", "%PDF-third"))
	wantFiles(t, f, "photo_3", "desk.pdf", "drawer.pdf")
	if got := field(t, f, "photo_3").Fault; got != "There is room for 2 at most. Leave some files out." {
		t.Errorf("a third file: %q", got)
	}
	// One photo of two things is one file in both lines.
	f = s.worked(t, f.State(), bot.EditLine, 1, upload("photo", "again.pdf", "%PDF-desk"))
	wantFiles(t, f, "photo", "chair.pdf", "desk.pdf")
	if got := s.kind.FilesOf(f.State().Values); len(got) != 3 {
		t.Errorf("the form holds %v", got)
	}
	if left := s.kind.WithoutFiles(f.State().Values); len(s.kind.FilesOf(left)) > 0 || left["item_3"] != "desk" || len(s.kind.FilesOf(f.State().Values)) != 3 {
		t.Errorf("without its files: %v", left)
	}
	// What is chosen for a line as it goes is not stored.
	before := len(s.held)
	f = s.worked(t, f.State(), bot.RemoveLine, 1, upload("photo", "late.pdf", "%PDF-late"))
	if len(s.held) != before || f.State().Values["photo"] != "" || f.List.Open != 3 {
		t.Errorf("%d files are kept, and the form is %+v", len(s.held), f.State())
	}
	wantFiles(t, f, "photo_3", "desk.pdf", "drawer.pdf")
}

// A line that is nothing but a file is a line: it stays when another one is opened.
func TestALineOfAFile(t *testing.T) {
	s := newShop(t, photo)
	f := s.worked(t, bot.FormState{Values: two(), Line: 4}, bot.AddLine, 0, upload("photo_4", "lamp.pdf", "%PDF-lamp"))
	if f.List.Open != 5 || !slices.Equal(ids(f.List), []int{1, 3, 4, 5}) || len(workflows.FileIDs(f.Held["photo_4"])) != 1 {
		t.Errorf("%v, %d open, line 4 holds %q", ids(f.List), f.List.Open, f.Held["photo_4"])
	}
	if got := f.List.Lines[2].Text; got != "1 · 1 file" { // the kind's own words want an item
		t.Errorf("line 4 reads %q", got)
	}
}

// Whatever an upload says it is for: what is no place of this form for files takes none.
func TestNoPlaceForAFile(t *testing.T) {
	s := newShop(t, photo)
	for _, name := range []string{"item", "item_3", "photo_2", "photo_4", "photo_999", "things", "", "photo_1"} {
		if f := s.worked(t, bot.FormState{Values: two(), Line: 1}, "", 0, upload(name, "x.pdf", "%PDF-x")); len(s.held) > 0 {
			t.Errorf("%q took a file: %v", name, f.State().Values)
		}
	}
}

// What is wrong with a file stays said at its line while another one is open, and keeps nobody from sending the form. It goes with its
// line: a new one of the same number says nothing.
func TestARefusedFileOfALineStaysSaid(t *testing.T) {
	const said = "fake.pdf is neither a PDF nor a photo"
	s := newShop(t, photo)
	values := maps.Clone(two())
	values["size"] = "l"
	f := s.worked(t, bot.FormState{Values: values, Line: 3}, "", 0, upload("photo_3", "fake.pdf", "<html>"))
	if got := field(t, f, "photo_3").Fault; !strings.HasPrefix(got, said) || !f.Ready() {
		t.Errorf("line 3 is open: %q, ready %v", got, f.Ready())
	}
	for _, do := range []bot.LineEvent{bot.EditLine, "", ""} {
		f = s.worked(t, f.State(), do, 1)
		if got := f.List.Lines[1].Fault; !strings.HasPrefix(got, said) || !f.Ready() || f.Fault != "" || field(t, f, "photo").Fault != "" {
			t.Errorf("line 1 is open: at line 3 %q, ready %v", got, f.Ready())
		}
	}
	f = s.worked(t, f.State(), bot.EditLine, 3)
	if got := field(t, f, "photo_3").Fault; !strings.HasPrefix(got, said) {
		t.Errorf("line 3 is open again: %q", got)
	}
	gone := s.worked(t, f.State(), bot.RemoveLine, 3)
	gone.Held["item_3"] = "lamp"
	gone = s.worked(t, gone.State(), bot.EditLine, 3)
	if got := field(t, gone, "photo_3").Fault; got != "" {
		t.Errorf("a new line 3 says %q", got)
	}
	f = s.worked(t, f.State(), "", 0, upload("photo_3", "good.pdf", "%PDF-good"))
	if got := field(t, f, "photo_3").Fault; got != "" {
		t.Errorf("after a good one: %q", got)
	}
	// Chosen at the moment in which another line is opened.
	f = s.worked(t, f.State(), bot.EditLine, 1, upload("photo_3", "fake.pdf", "<html>"))
	if got := f.List.Lines[1].Fault; !strings.HasPrefix(got, said) || !f.Ready() {
		t.Errorf("refused as line 1 was opened: %q, ready %v", got, f.Ready())
	}
}

// A file that has to be there is not at fault before the form is sent.
func TestAFileThatIsStillMissing(t *testing.T) {
	required := photo
	required.Required = true
	s := newShop(t, required)
	f := s.worked(t, bot.FormState{Values: map[string]string{"item": "chair", "size": "l"}, Line: 1}, "", 0)
	if got := field(t, f, "photo").Fault; got != "" || f.Missing != "Still missing: Photos." {
		t.Errorf("at the field %q, and %q", got, f.Missing)
	}
	f = s.worked(t, f.State(), bot.AddLine, 0)
	if got := f.List.Lines[0].Fault; got != "Please fill this in." {
		t.Errorf("at the line that was left %q", got)
	}
}

// What a file says of its line stands in the form where nobody has said otherwise, and its key lies with it, whatever is typed then. A file
// that the kind does not take is not kept.
func TestAFileSaysWhatItIs(t *testing.T) {
	s := newShop(t, photo, workflows.Field{Name: "price", Type: workflows.Amount, Currency: "money"}, workflows.Field{Name: "money", Type: workflows.Choice, From: "sizes"})
	s.kind.ReadFile = func(content []byte) (workflows.Form, string, *workflows.Error) {
		switch string(content) {
		case "%PDF-red":
			return nil, "", workflows.Refuse(workflows.Invalid, "file.type", nil)
		case "%PDF-bill":
			return workflows.Form{"item": "lamp", "price": "12.00", "money": "l", "photo": "forged", "note": "no part of a line"}, "invoice:7", nil
		}
		return workflows.Form{}, "", nil
	}
	key := func(id string) string { return s.held[id].Key }
	for _, c := range []struct {
		typed map[string]string
		want  string // item, price, money
	}{
		{map[string]string{"size": "l"}, "lamp 12.00 l"},
		{map[string]string{"size": "l", "item": "desk"}, "desk 12.00 l"},
		{map[string]string{"size": "l", "price": "13"}, "lamp 13 l"},
		{map[string]string{"size": "l", "money": "s<\u202e"}, "lamp  s<\u202e"},
	} {
		got := s.worked(t, bot.FormState{Values: c.typed, Line: 1}, "", 0, upload("photo", "bill.pdf", "%PDF-bill")).State().Values
		if is := got["item"] + " " + got["price"] + " " + got["money"]; is != c.want || got["note"] != "" || key(got["photo"]) != "invoice:7" {
			t.Errorf("%v becomes %v, with the key %q", c.typed, got, key(got["photo"]))
		}
	}
	f := s.worked(t, bot.FormState{Values: two(), Line: 3}, "", 0, upload("photo_3", "bill.pdf", "%PDF-bill"))
	if got := f.State().Values; got["price_3"] != "12.00" || got["price"] != "" || got["item_3"] != two()["item_3"] {
		t.Errorf("the other line: %v", got)
	}
	before := len(s.held)
	f = s.worked(t, bot.FormState{Values: two(), Line: 1}, "", 0, upload("photo", "red.pdf", "%PDF-red"), upload("offers", "bill.pdf", "%PDF-bill"))
	if got := f.State().Values; got["photo"] != "" || !strings.HasPrefix(field(t, f, "photo").Fault, "red.pdf is neither") || len(s.held) != before || got["price"] != "" {
		t.Errorf("%d files are kept, and the form is %v", len(s.held)-before, got)
	}
}

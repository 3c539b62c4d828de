package answer_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

func handedIn(name, content string) bot.Upload {
	return bot.Upload{Name: name, Size: int64(len(content)),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

// Files that come with no form begin a draft claim, a line each, with what was said under them; what is a command there is answered besides.
func TestFilesAlone(t *testing.T) {
	b, added := newBotThat(t)
	for under, want := range map[string]struct {
		told []string
		line workflows.Form
	}{
		"":                      {[]string{"Kept in EX-7"}, workflows.Form{}},
		"lunch 86.50 yesterday": {[]string{"Kept in EX-7"}, workflows.Form{"category": "meal", "amount": "86.50", "currency": "CNY", "date": "2026-11-24"}},
		"/help":                 {[]string{"/leave [type]", "Kept in EX-7"}, workflows.Form{}},
		"帮助":                    {[]string{"/leave [type]", "Kept in EX-7"}, workflows.Form{}},
	} {
		*added = nil
		h := new(heard)
		said := bot.Said{Text: under, Uploads: []bot.Upload{handedIn("note.pdf", "%PDF-x"), handedIn("more.pdf", "%PDF-y"), handedIn("fake.pdf", "<html>")}}
		if err := b.Handle(t.Context(), from("E003", "", said), h); err != nil || h.form != nil {
			t.Errorf("%q: %v, told %q", under, err, h.told)
			continue
		}
		for _, text := range append(want.told, "fake.pdf is neither") {
			if !strings.Contains(strings.Join(h.told, "\n"), text) {
				t.Errorf("%q is answered with %q, want %q", under, h.told, text)
			}
		}
		if len(*added) != 1 {
			t.Fatalf("%q adds %v", under, *added)
		}
		form := (*added)[0]
		if len(workflows.FileIDs(form["receipt"])) != 1 || len(workflows.FileIDs(form["receipt_2"])) != 1 || form["receipt_3"] != "" {
			t.Errorf("%q adds %v", under, form)
		}
		delete(form, "receipt")
		delete(form, "receipt_2")
		if diff := cmp.Diff(want.line, form); diff != "" {
			t.Errorf("%q (-want +got):\n%s", under, diff)
		}
	}
	// To somebody who is nobody yet there is nothing to hand in, but a code under a picture links them.
	h := new(heard)
	if _ = b.Handle(t.Context(), from("nobody", "en", bot.Said{Uploads: []bot.Upload{handedIn("x.pdf", "%PDF-")}}), h); len(h.told) != 1 ||
		!strings.Contains(h.told[0], "link CODE") {
		t.Errorf("a stranger reads %q", h.told)
	}
}

// What stands under files may open a form, which they go into; what is wrong with one is said there.
func TestFilesUnderWhichAFormOpens(t *testing.T) {
	b := newBot(t)
	for _, under := range []string{"sick leave tomorrow, flu", "/leave sick 2026-12-01"} {
		h := new(heard)
		said := bot.Said{Text: under, Uploads: []bot.Upload{handedIn("note.pdf", "%PDF-x"), handedIn("fake.pdf", "<html>")}}
		if err := b.Handle(t.Context(), from("E003", "", said), h); err != nil || h.form == nil || len(h.told) > 0 {
			t.Fatalf("%q: %v, told %q", under, err, h.told)
		}
		i := slices.IndexFunc(h.form.Fields, func(f bot.FormField) bool { return f.Name == "proof" })
		if i < 0 {
			t.Fatalf("%q opens %+v", under, h.form)
		}
		proof := h.form.Fields[i]
		if len(workflows.FileIDs(proof.Value)) != 1 || !strings.HasPrefix(proof.Fault, "fake.pdf is neither") || !strings.Contains(h.form.Intro+h.form.Title, "eave") {
			t.Errorf("%q: %+v", under, proof)
		}
		if h.form.Held["proof_refused"] == "" {
			t.Errorf("%q: what is wrong with it is forgotten with the next change", under)
		}
	}
	h := new(heard)
	if err := b.Handle(t.Context(), from("E003", "", bot.Said{Text: "/leave annual 2026-12-01", Uploads: []bot.Upload{handedIn("note.pdf", "%PDF-x")}}), h); err != nil || h.form == nil {
		t.Fatalf("%v, told %q", err, h.told)
	}
	if _, takes := h.form.ForFiles(); !takes && !slices.ContainsFunc(h.told, func(m string) bool { return strings.Contains(m, "this form takes no files") }) {
		t.Errorf("a form without a place for files: told %q", h.told)
	}
}

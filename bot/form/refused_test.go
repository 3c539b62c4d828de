package form_test

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// What is wrong with a file stays said while the rest of the form is filled in, in whatever language it is read by then, until another file
// is chosen; and it keeps nobody from sending the form without the file.
func TestAFileThatIsRefusedStaysSaid(t *testing.T) {
	s := newShop(t)
	upload := func(name string, content []byte) bot.Upload {
		return bot.Upload{Field: "offers", Name: name, Size: int64(len(content)),
			Open: func(context.Context) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader(string(content))), nil
			}}
	}
	large := upload("large.pdf", nil)
	large.Size = workflows.MaxFileSize + 1
	for want, u := range map[string]bot.Upload{
		"fake.pdf is neither a PDF nor a photo": upload("fake.pdf", []byte("<html>not what it is called</html>")),
		"empty.pdf is empty":                    upload("empty.pdf", nil),
		"large.pdf is larger than 10 MB":        large,
	} {
		filled := s.filled(t, map[string]string{"item": "chair", "size": "l"}, 1)
		filled.State.Uploads = []bot.Upload{u}
		for again := range 3 { // worked out again and again, by what comes back
			kept, faults := s.Keep(t.Context(), filled, "")
			if again > 0 && len(faults) > 0 {
				t.Fatalf("nothing was chosen, and %v", faults)
			}
			f, err := s.Recalculated(t.Context(), kept, faults)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(f.Fields, func(field bot.FormField) bool { return field.Name == "offers" })
			if !strings.HasPrefix(f.Fields[i].Fault, want) || f.Fault != "" {
				t.Errorf("time %d: the field says %q, want %q; the form %q", again, f.Fields[i].Fault, want, f.Fault)
			}
			if !f.Ready() {
				t.Errorf("time %d: it cannot be sent without the file: %+v", again, f)
			}
			filled = s.filled(t, f.State().Values, f.State().Line)
		}
		filled.State.Uploads = []bot.Upload{upload("other.pdf", nil)}
		kept, faults := s.Keep(t.Context(), filled, "")
		f, err := s.Recalculated(t.Context(), kept, faults)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range f.Fields {
			if field.Name == "offers" && !strings.HasPrefix(field.Fault, "other.pdf is empty") {
				t.Errorf("after another choice the field says %q", field.Fault)
			}
		}
	}

	// What comes back may be anything: it says nothing but what can be wrong with a file.
	for _, forged := range []string{"x", `{"text":"error.internal"}`, `{"text":"file.type"}`, `{"text":"file.type","args":{"Name":7}}`, "{"} {
		values := map[string]string{"item": "chair", "size": "l", "offers_refused": forged}
		f, err := s.Recalculated(t.Context(), s.filled(t, maps.Clone(values), 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range f.Fields {
			if field.Name == "offers" && strings.Contains(field.Fault, "went wrong") {
				t.Errorf("%s says %q", forged, field.Fault)
			}
		}
	}
}

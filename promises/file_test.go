package promises

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/workflows"
)

var note = bottest.File{Name: "诊断 note.pdf", Content: []byte("%PDF-1.4 fever")}

// withProof sends a sick leave with files, and delivers what follows.
func (c *company) withProof(user, args string, files ...bottest.File) string {
	c.Helper()
	c.must(c.chat.Type(c.Context(), user, "/leave "+args))
	c.must(c.chat.Attach(c.Context(), user, "proof", files...))
	c.must(c.chat.Send(c.Context(), user, 1))
	if s := c.screen(user); s.Form != nil {
		c.Fatalf("%s's request was refused: %v", user, s.Form.Faults)
	}
	number := value[string](c, `SELECT s.number FROM requests r JOIN subjects s ON s.id = r.id ORDER BY r.submitted_at DESC, r.id DESC LIMIT 1`)
	c.settle()
	return number
}

// I3: a file is its owner's and theirs who decide. Mallory, who forges the button and guesses at files, learns nothing and cannot use any.
func TestI3FilesAreForThoseWhoDecide(t *testing.T) {
	c := open(t)
	number := c.withProof("tom", "sick 2026-11-25 2026-11-30 flu", note)
	c.press("zhou", number, "files")
	files := c.screen("zhou").Files()
	if len(files) != 1 || files[0].Name != note.Name || !bytes.Equal(files[0].Content, note.Content) {
		t.Errorf("zhou was given %q", files)
	}
	c.must(c.chat.PressOld(t.Context(), "mallory", c.button("zhou", number, "files")))
	c.wantTold("mallory", "There is no request "+number)
	if len(c.screen("mallory").Files()) > 0 {
		t.Error("mallory was given the proof")
	}

	id := value[string](c, "SELECT id::text FROM files")
	c.must(c.chat.Type(t.Context(), "mallory", "/leave sick 2026-11-25 2026-11-30"))
	for _, forged := range []string{id, "00000000-0000-7000-8000-000000000000", "../../etc/passwd", id + " " + id} {
		c.must(c.chat.Change(t.Context(), "mallory", map[string]string{"proof": forged}))
		c.must(c.chat.Send(t.Context(), "mallory", 1))
		s := c.screen("mallory")
		if s.Form == nil || s.Form.Faults["proof"] == "" || len(s.Form.Files["proof"]) > 0 {
			t.Fatalf("mallory's form with %q: %s", forged, s)
		}
	}
	c.must(c.chat.PressOld(t.Context(), "mallory", c.button("tom", number, "attach")))
	c.wantTold("mallory", number)
	if n := value[int](c, "SELECT count(*) FROM requests"); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// I5, I6: a proof that comes later is a change of its own: once however often it is sent, told to whoever decides, and nothing that was signed is void.
func TestI5ProofThatComesLater(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "sick 2026-11-25 2026-11-30 flu")
	approve := c.button("zhou", number, "approve")
	handIn := func(content string, times int) {
		t.Helper()
		c.press("tom", number, "attach")
		c.must(c.chat.Attach(t.Context(), "tom", "proof", bottest.File{Name: "note.pdf", Content: []byte(content)}))
		c.must(c.chat.Send(t.Context(), "tom", times))
		c.settle()
	}
	handIn("%PDF-1.4 one", 3)
	c.must(c.chat.PressOld(t.Context(), "zhou", approve)) // the card of before
	c.settle()
	c.wantState(number, "approved")
	handIn("%PDF-1.4 two", 1)
	c.wantEvents(number, "submit", "attach", "approve", "attach")
	if n := value[int](c, "SELECT count(*) FROM notices WHERE text = 'notice.attach' AND sent_at IS NOT NULL"); n != 2 {
		t.Errorf("zhou was told %d times, want 2", n)
	}
	if n := value[int](c, "SELECT count(*) FROM files WHERE subject_id IS NOT NULL"); n != 2 {
		t.Errorf("%d files belong to the request, want 2", n)
	}
	c.press("zhou", number, "files")
	if files := c.screen("zhou").Files(); len(files) != 2 {
		t.Errorf("zhou was given %q", files)
	}
	c.press("tom", number, "attach")
	c.must(c.chat.Send(t.Context(), "tom", 1)) // nothing chosen
	if s := c.screen("tom"); s.Form == nil || s.Form.Faults["proof"] == "" {
		t.Errorf("nothing was handed in: %s", s)
	}
}

// I4: an edit with other files is a new revision; files that were removed stay in the store for the audit, and belong to nobody else.
func TestI4EditedFilesVoidApprovals(t *testing.T) {
	c := open(t)
	number := c.withProof("tom", "sick 2026-11-25 2026-11-30 flu", note)
	old := c.button("zhou", number, "approve")
	c.decide("zhou", number, "return", "the other page, please")
	c.press("tom", number, "edit")
	if held := c.screen("tom").Form.Files["proof"]; len(held) != 1 || held[0] != note.Name {
		t.Errorf("the form to edit holds %q", held)
	}
	c.must(c.chat.Change(t.Context(), "tom", map[string]string{"proof": ""}))
	c.must(c.chat.Attach(t.Context(), "tom", "proof", bottest.File{Name: "page2.pdf", Content: []byte("%PDF-1.4 page 2")}))
	c.must(c.chat.Send(t.Context(), "tom", 1))
	c.settle()
	c.must(c.chat.PressOld(t.Context(), "zhou", old))
	c.wantState(number, "pending")
	c.press("zhou", number, "files")
	if files := c.screen("zhou").Files(); len(files) != 1 || files[0].Name != "page2.pdf" {
		t.Errorf("zhou was given %q", files)
	}
	c.press("zhou", number, "approve")
	c.settle()
	c.wantState(number, "approved")
}

// Bad files are refused at the field, each with its sentence, and nothing of them is stored; the good ones beside them are kept.
func TestBadFilesAreRefusedAtTheField(t *testing.T) {
	c := open(t)
	c.must(c.chat.Type(t.Context(), "tom", "/leave sick 2026-11-25 2026-11-30"))
	for _, bad := range []struct {
		file bottest.File
		said string
	}{
		{bottest.File{Name: "empty.pdf"}, "empty.pdf is empty"},
		{bottest.File{Name: "virus.pdf", Content: []byte("MZ\x90")}, "virus.pdf is neither a PDF nor a photo"},
		{bottest.File{Name: "x.svg", Content: []byte("<svg/>")}, "x.svg is neither"},
		{bottest.File{Name: "big.pdf", Content: append([]byte("%PDF-"), make([]byte, workflows.MaxFileSize)...)}, "big.pdf is larger than 10 MB"},
		{bottest.File{Name: "../../\u202Efdp.exe", Content: []byte("PK")}, `\u202Efdp.exe is neither`},
	} {
		c.must(c.chat.Attach(t.Context(), "tom", "proof", bad.file, bottest.File{Name: "good.pdf", Content: []byte("%PDF-1.4 good")}))
		s := c.screen("tom")
		if s.Form == nil || !bytes.Contains([]byte(s.Form.Faults["proof"]), []byte(bad.said)) {
			t.Errorf("%q: %v", bad.file.Name, s.Form.Faults)
		}
		if held := s.Form.Files["proof"]; len(held) != 1 || held[0] != "good.pdf" {
			t.Errorf("beside %q the form holds %q", bad.file.Name, held)
		}
	}
	var many []bottest.File
	for i := range 6 {
		many = append(many, bottest.File{Name: fmt.Sprintf("%d.pdf", i), Content: fmt.Appendf(nil, "%%PDF-1.4 %d", i)})
	}
	c.must(c.chat.Attach(t.Context(), "tom", "proof", many...))
	if s := c.screen("tom"); len(s.Form.Files["proof"]) != workflows.MaxFiles || s.Form.Faults["proof"] == "" {
		t.Errorf("seven files: %q, %v", s.Form.Files["proof"], s.Form.Faults)
	}
}

// What is handed in for forms that are never sent is bounded, and goes after two days.
func TestUnsentFilesAreBounded(t *testing.T) {
	c := open(t)
	tom := value[int64](c, "SELECT id FROM people WHERE employee_no = 'tom'")
	keep := func(i int) error {
		_, err := c.store.KeepFile(t.Context(), workflows.File{ID: fmt.Sprintf("00000000-0000-7000-8000-%012d", i), Owner: workflows.PersonID(tom), Name: "x.pdf",
			Type: "application/pdf", Size: 9}, fmt.Appendf(nil, "%%PDF-%04d", i))
		return err
	}
	const atMost = 2 * workflows.MaxLines // two of the longest lists, with a file in each line
	n := 0
	for ; n <= atMost; n++ {
		if err := keep(n); err != nil {
			if !errors.Is(err, &workflows.Error{Code: workflows.TooSoon}) {
				t.Fatal(err)
			}
			break
		}
	}
	if n == 0 || n > atMost {
		t.Fatalf("%d files were kept", n)
	}
	id, err := c.store.KeepFile(t.Context(), workflows.File{ID: "00000000-0000-7000-8000-999999999999", Owner: workflows.PersonID(tom), Name: "again.pdf", Type: "application/pdf",
		Size: 9}, []byte("%PDF-0000"))
	if err != nil || id != "00000000-0000-7000-8000-000000000000" {
		t.Errorf("the same file once more: %s, %v", id, err)
	}
	c.exec("UPDATE files SET added_at = now() - interval '3 days'")
	c.must(c.store.Prune(t.Context(), c.clock.Now()))
	if left := value[int](c, "SELECT count(*) FROM files"); left != 0 {
		t.Errorf("%d files are left", left)
	}
	number := c.withProof("tom", "sick 2026-11-25 2026-11-30", note)
	c.exec("UPDATE files SET added_at = now() - interval '3 days'")
	c.must(c.store.Prune(t.Context(), c.clock.Now()))
	if left := value[int](c, "SELECT count(*) FROM files"); left != 1 {
		t.Errorf("what belongs to %s was removed", number)
	}
}

// A file belongs to one request. hr files for two people at the same moment and puts the same note into both: one of the two is
// refused, and never both take it.
func TestOneFileForTwoRequests(t *testing.T) {
	c := open(t)
	hana, err := c.store.PersonByNo(t.Context(), "hana")
	c.must(err)
	for i := range 5 {
		id := fmt.Sprintf("01890a5d-ac96-774b-bcce-b302099a80%02d", i)
		_, err := c.store.KeepFile(t.Context(), workflows.File{ID: id, Owner: hana.ID, Name: "note.pdf", Type: "application/pdf", Size: 9}, fmt.Appendf(nil, "%%PDF-1.4 %d", i))
		c.must(err)
		var both sync.WaitGroup
		errs := make([]error, 2)
		for j, no := range []string{"tom", "lin"} {
			both.Go(func() {
				person, err := c.store.PersonByNo(t.Context(), no)
				if err == nil {
					form := workflows.Form{"type": "sick", "from": day(i), "proof": id}
					_, err = c.engine.Submit(t.Context(), by("hana", fmt.Sprint("for ", no, i)), "leave", person, form)
				}
				errs[j] = err
			})
		}
		both.Wait()
		refused := &workflows.Error{Code: workflows.Invalid, Text: "file.unknown"}
		if (errs[0] == nil) == (errs[1] == nil) || errs[0] != nil && !errors.Is(errs[0], refused) || errs[1] != nil && !errors.Is(errs[1], refused) {
			t.Errorf("the file went to both, or to none: %v and %v", errs[0], errs[1])
		}
	}
	c.settle()
}

package storage_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

func keep(t *testing.T, s *storage.Store, owner workflows.PersonID, content string) string {
	t.Helper()
	f := workflows.File{ID: uuid.NewString(), Owner: owner, Name: "a.pdf", Type: "application/pdf", Size: int64(len(content))}
	id, err := s.KeepFile(t.Context(), f, []byte(content))
	if err != nil {
		t.Error(err)
	}
	return id
}

// A file belongs to the first form with it that was sent, for ever. Until then the same file of the same person is one, however often it
// comes.
func TestFilesBelongToOneSubject(t *testing.T) {
	s, owner := bound(t)
	lin, tom := person(t, s, "E1").ID, person(t, s, "E2").ID
	id := keep(t, s, lin, "certificate")
	if again := keep(t, s, lin, "certificate"); again != id {
		t.Errorf("the same file waits twice: %s and %s", id, again)
	}
	if toms := keep(t, s, tom, "certificate"); toms == id {
		t.Error("two people share a file")
	}
	with := func(key string, ids ...string) workflows.SubjectID {
		a, err := submit(t.Context(), s, by("E1", key), func(_ workflows.Facts, d *workflows.Decision) { d.Files = ids })
		must(t, err)
		return a.ID
	}
	first := with("first", id)
	with("second", id)
	later := keep(t, s, lin, "certificate")
	if later == id {
		t.Error("what belongs to a request is given to another")
	}
	files, err := s.Files(t.Context(), []string{id, later, uuid.NewString()})
	must(t, err)
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("certificate")))
	want := map[string]workflows.File{
		id:    {ID: id, Owner: lin, Subject: first, Name: "a.pdf", Type: "application/pdf", Size: 11, Hash: sum},
		later: {ID: later, Owner: lin, Name: "a.pdf", Type: "application/pdf", Size: 11, Hash: sum},
	}
	if len(files) != 2 || files[id] != want[id] || files[later] != want[later] {
		t.Errorf("files are %+v, want %+v", files, want)
	}
	if content, err := s.FileContent(t.Context(), id); err != nil || string(content) != "certificate" {
		t.Errorf("the content is %q (%v)", content, err)
	}
	_, err = owner.Exec(t.Context(), `
INSERT INTO files (id, person_id, name, type, size, sha256, content, added_at)
SELECT gen_random_uuid(), person_id, name, type, size, sha256, content, added_at FROM files WHERE id = $1`, later)
	violates(t, err, "files_waiting")
}

// A form that is sent twice at the same moment brings its file twice: the second finds it only when it stores it.
func TestTheSameFileAtOnce(t *testing.T) {
	s, owner := bound(t)
	lin := person(t, s, "E1").ID
	under, err := owner.Begin(t.Context())
	must(t, err)
	id := uuid.NewString()
	_, err = under.Exec(t.Context(), `
INSERT INTO files (id, person_id, name, type, size, sha256, content, added_at)
VALUES ($1, $2, 'a.pdf', 'application/pdf', 11, sha256('certificate'), 'certificate', now())`, id, int64(lin))
	must(t, err)
	kept := make(chan string, 1)
	go func() { kept <- keep(t, s, lin, "certificate") }()
	waits(t, owner, kept)
	must(t, under.Commit(t.Context()))
	if got := <-kept; got != id {
		t.Errorf("stored as %q, the same file waits as %s", got, id)
	}
}

// What another request has claimed of a file, its content or its key, is told with the file; the key comes to a file that waits already
// without one, and what has a key keeps it.
func TestFilesAreClaimedByTheirKey(t *testing.T) {
	s, _ := bound(t)
	lin, tom := person(t, s, "E1").ID, person(t, s, "E2").ID
	keyed := func(owner workflows.PersonID, content, key string) string {
		t.Helper()
		id, err := s.KeepFile(t.Context(), workflows.File{ID: uuid.NewString(), Owner: owner, Name: "a.pdf", Type: "application/pdf", Size: 1, Key: key}, []byte(content))
		must(t, err)
		return id
	}
	pdf, ofd, other := keyed(lin, "pdf", ""), keyed(tom, "ofd", "invoice:7"), keyed(tom, "other", "")
	if again := keyed(lin, "pdf", "invoice:7"); again != pdf {
		t.Errorf("the same file is %s and %s", pdf, again)
	}
	keyed(lin, "pdf", "invoice:8")
	a, err := submit(t.Context(), s, by("E1", "claim"), func(_ workflows.Facts, d *workflows.Decision) {
		d.Files, d.Claims = []string{pdf}, []string{"invoice:7"}
	})
	must(t, err)
	files, err := s.Files(t.Context(), []string{pdf, ofd, other})
	must(t, err)
	if files[pdf].Key != "invoice:7" || files[ofd].Key != "invoice:7" || files[other].Key != "" {
		t.Errorf("the keys are %q, %q and %q", files[pdf].Key, files[ofd].Key, files[other].Key)
	}
	if by := files[ofd].Claimed; by == nil || by.Number != a.Number || by.Requester != lin || files[other].Claimed != nil {
		t.Errorf("claimed by %+v and %+v, want %s", by, files[other].Claimed, a.Number)
	}
}

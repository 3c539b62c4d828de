package storage_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
)

// I5: subjects are read some at a time, so that memory does not grow with them. However many there are, none is left out, none is read
// twice, and somebody who waits hears how far it is.
func TestI5ManySubjectsAreVerified(t *testing.T) {
	const orders = 450 // more than two readings
	db := storagetest.New(t)
	s := storagetest.Connect(t, db)
	apply(t, people(t, s, peopleHeader, "E1,Lin,lin@example.com,,,,,DE,Europe/Berlin,en,"))
	must(t, s.Bind(t.Context(), person(t, s, "E1").ID.Party(), memory("E1"), importedAt))
	for i := range orders {
		placed, err := order{number: fmt.Sprint(i)}.change(t, s, fmt.Sprint("place ", i), "")
		must(t, err)
		_, err = order{}.change(t, s, fmt.Sprint("pay ", i), placed.ID)
		must(t, err)
	}
	owner := dial(t, db.Owner)
	exec(t, owner, "UPDATE subjects SET state = 'lost' WHERE number IN ('0', '224', '449')")
	exec(t, owner, "INSERT INTO audit_values (subject_id, seq) VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff', 1)") // of no subject
	var heard []int
	verdict, err := s.VerifyAudit(t.Context(), storage.Verification{Progress: func(n int) { heard = append(heard, n) }})
	must(t, err)
	var named []string
	for _, b := range verdict.Broken {
		named = append(named, b.String()+": "+b.Why)
	}
	slices.Sort(named)
	lost := `: state is "lost", the audit says "paid"`
	want := []string{"0 seq 2" + lost, "224 seq 2" + lost, "449 seq 2" + lost, "ffffffff-ffff-ffff-ffff-ffffffffffff seq 1: there are values without a row"}
	if !slices.Equal(named, want) {
		t.Errorf("named are %q, want %q", named, want)
	}
	if verdict.Records != 2*orders || verdict.Subjects != orders+1 || !slices.Equal(heard, []int{400, 800, 900}) {
		t.Errorf("%d records of %d subjects were read; heard was %v", verdict.Records, verdict.Subjects, heard)
	}
}

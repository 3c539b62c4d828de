package promises

import (
	"encoding/hex"
	"slices"
	"testing"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// I5: an owner of the database takes records away, or writes them anew, and makes all the rest fit, hashes included. Nothing in the database
// shows that any more; the heads that somebody kept elsewhere do. What only grew since is as it should be.
func TestI5KeptHeadsShowWhatAnOwnerDid(t *testing.T) {
	c := open(t)
	shortened := c.ask("tom", "annual 2026-12-01")
	c.press("zhou", shortened, "approve")
	rewritten := c.ask("lin", "annual 2026-12-02 a long journey")
	grown := c.ask("tom", "annual 2026-12-03")
	gone := c.ask("lin", "annual 2026-12-04")
	renamed := c.ask("tom", "annual 2026-12-07")
	var kept []storage.Head
	c.must(c.store.Heads(t.Context(), func(h storage.Head) error { kept = append(kept, h); return nil }))
	lost := func() []string {
		t.Helper()
		verdict, err := c.store.VerifyAudit(t.Context(), storage.Verification{})
		c.must(err)
		for _, b := range verdict.Broken {
			t.Errorf("the owner did it badly: %s: %s", b, b.Why)
		}
		list, err := c.store.LostHeads(t.Context(), kept)
		c.must(err)
		return list
	}
	c.press("zhou", grown, "approve")
	c.settle()
	if list := lost(); len(kept) != 5 || list != nil {
		t.Fatalf("of %d heads there are lost %q", len(kept), list)
	}

	c.exec("ALTER TABLE audit DISABLE TRIGGER ALL")
	c.exec("ALTER TABLE audit_values DISABLE TRIGGER ALL")
	id, _ := c.subject(shortened) // the approval never was
	c.exec("DELETE FROM audit WHERE subject_id = $1 AND seq = 2", string(id))
	c.exec("DELETE FROM audit_values WHERE subject_id = $1 AND seq = 2", string(id))
	c.exec("UPDATE subjects s SET state = a.to_state, seq = 1, final = false, changed_at = a.at, audit_hash = a.hash FROM audit a WHERE s.id = $1 AND a.subject_id = s.id", string(id))
	c.exec("UPDATE turns SET state = 'open', decided_at = NULL, decided_seq = NULL WHERE request_id = $1", string(id))
	c.exec("UPDATE bookings SET approved = false WHERE subject_id = $1", string(id))

	row := c.audit(rewritten)[0] // they gave another reason
	was := row.Hash
	row.Values.Change.Form["reason"] = "a wedding"
	c.must(row.Seal(nil, row.Salt))
	c.exec("UPDATE audit SET digest = $2, hash = $3 WHERE subject_id = $1", string(row.Subject), row.Digest, row.Hash)
	c.exec("UPDATE audit_values SET body = $2 WHERE subject_id = $1", string(row.Subject), string(row.Body))
	c.exec("UPDATE subjects SET digest = $2, audit_hash = $2 WHERE id = $1", string(row.Subject), row.Hash)
	c.exec(`UPDATE requests SET form = form || '{"reason": "a wedding"}' WHERE id = $1`, string(row.Subject))

	id, _ = c.subject(gone) // they never asked
	for _, table := range []string{"audit", "audit_values", "causes", "cards", "due", "bookings"} {
		c.exec("DELETE FROM "+table+" WHERE subject_id = $1", string(id))
	}
	c.exec("DELETE FROM notices WHERE about = $1", string(id))
	c.exec("DELETE FROM turns WHERE request_id = $1", string(id))
	c.exec("DELETE FROM requests WHERE id = $1", string(id))
	c.exec("DELETE FROM subjects WHERE id = $1", string(id))

	c.exec("UPDATE subjects SET number = 'LV-9' WHERE number = $1", renamed)

	want := []string{
		"LV-1 was shortened: it had 2 records, and has 1",
		"LV-2 was rewritten: the hash of record 1 is " + hex.EncodeToString(row.Hash) + ", and was " + hex.EncodeToString(was),
		"LV-4 is gone: it had 1 record",
		`LV-5 (leave) is called "LV-9" (leave) now`,
	}
	if list := lost(); !slices.Equal(list, want) {
		t.Errorf("lost are\n%q, want\n%q", list, want)
	}
	if r := c.request(rewritten); r.Form["reason"] != "a wedding" || r.State != workflows.State("pending") {
		t.Errorf("the rewritten request is %+v", r)
	}
}

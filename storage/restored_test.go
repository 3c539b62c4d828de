package storage_test

import (
	"testing"
	"time"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// I4, I6: a backup is put in the place of the database. What waited for a chat then has gone out since and does not go out again, what no
// chat took still waits, a reminder comes a day later at the same hour, an expiry happens, and numbers go on behind a gap. The role that
// serves may do all of it, in either set-up.
func TestI6RestoredBackup(t *testing.T) {
	for what, db := range map[string]storagetest.Database{"one role": storagetest.New(t), "two roles": storagetest.NewSplit(t)} {
		t.Run(what, func(t *testing.T) {
			first(t, db) // with a card to be posted and a notice for E1
			s, owner := storagetest.Connect(t, db), dial(t, db.Owner)
			lin, now := person(t, s, "E1"), time.Date(2026, 12, 3, 10, 0, 0, 0, time.UTC)
			exec(t, owner, `
INSERT INTO notices (id, about, seq, party_kind, party_id, text, next_at) SELECT gen_random_uuid(), gen_random_uuid(), 1, 'person', id, 'notice.close', now()
  FROM people WHERE employee_no = 'E2';
DELETE FROM due;
INSERT INTO due (kind, key, slot, at) VALUES ('turn', 'first look', 0, '2026-12-01 08:59Z'), ('turn', 'reminder', 1, '2026-12-01 09:00Z'),
  ('turn', 'this morning', 2, '2026-12-03 09:00Z'), ('turn', 'later', 3, '2026-12-04 09:00Z'), ('chase', 'proof', 0, '2026-12-02 09:00Z'),
  ('expire', 'request', 0, '2026-12-02 00:00Z')`)
			if n, err := s.Restored(t.Context(), []workflows.DueSort{{Kind: "turn", From: 1}, {Kind: "chase"}}, now); err != nil || n != 0 {
				t.Errorf("%d cards, %v", n, err)
			}
			unsent := value[string](t, owner, "SELECT string_agg(text, ' ') FROM notices WHERE sent_at IS NULL")
			if unsent != "notice.close" {
				t.Errorf("what goes out is %q", unsent)
			}
			if value[int](t, owner, "SELECT count(*) FROM cards WHERE reference IS NULL AND NOT lost") > 0 {
				t.Error("a card may be posted twice")
			}
			same(t, "due", []string{value[string](t, owner, `
SELECT string_agg(key || ' ' || to_char(at AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), ', ' ORDER BY id) FROM due`)},
				"first look 12-01 08:59, reminder 12-04 09:00, this morning 12-04 09:00, later 12-04 09:00, proof 12-04 09:00, request 12-02 00:00")
			a, err := submit(t.Context(), s, by("E2", "second"), nil)
			must(t, err)
			if a.Number != "TX-1002" {
				t.Errorf("the next request is %s", a.Number)
			}
			items, err := s.ClaimNotices(t.Context(), workflows.Claim{Platform: "memory", Oldest: 9})
			if must(t, err); len(items) > 0 {
				t.Errorf("%s is sent %+v", lin.No, items)
			}
		})
	}
}

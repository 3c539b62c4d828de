package storage_test

import (
	"testing"

	"github.com/nod-chat/nod/workflows"
)

// With one of a digest come the others of the same text and party that wait, and nothing else; they have gathered for a moment before.
func TestDigestsGoTogether(t *testing.T) {
	s, owner := bound(t)
	lin, tom := person(t, s, "E1").ID.Party(), person(t, s, "E2").ID.Party()
	_, err := submit(t.Context(), s, by("E1", "new"), func(_ workflows.Facts, d *workflows.Decision) {
		d.Notices = []workflows.Notice{{Party: lin, Text: "digest.a", Digest: true}, {Party: lin, Text: "digest.b", Digest: true},
			{Party: tom, Text: "digest.a", Digest: true}}
	})
	must(t, err)
	for _, key := range []string{"second", "third"} {
		_, err := submit(t.Context(), s, by("E1", key), func(_ workflows.Facts, d *workflows.Decision) {
			d.Notices = []workflows.Notice{{Party: lin, Text: "digest.a", Digest: true}}
		})
		must(t, err)
	}
	one := workflows.Claim{Platform: "memory", Oldest: 1, Newest: 1}
	early, err := s.ClaimNotices(t.Context(), one)
	must(t, err)
	exec(t, owner, "UPDATE notices SET next_at = now() - interval '1 hour' WHERE party_id = $1 AND text = 'digest.a'", lin.ID)
	claimed, err := s.ClaimNotices(t.Context(), one)
	must(t, err)
	if len(early) != 0 || len(claimed) != 3 {
		t.Errorf("claimed are %d at once and %d after a moment, want none and 3", len(early), len(claimed))
	}
	for _, n := range claimed {
		if n.Notice.Text != "digest.a" || n.Notice.Party != lin || !n.Notice.Digest {
			t.Errorf("claimed is %+v", n)
		}
	}
}

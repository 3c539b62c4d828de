package storage_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// heap fills an outbox: ten thousand cards that have waited since so many seconds, half of them to be posted and half to be edited, and
// as many notices. They go to the chats 1 to 100 of Slack.
const heap = `
INSERT INTO people (employee_no, name, email, country, timezone, language, hired_on)
SELECT 'p' || i, 'P' || i, 'p' || i || '@example.com', 'DE', 'Europe/Berlin', 'en', '2020-01-01' FROM generate_series(1, 100) i;
INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at)
SELECT 'person', p.id, 'slack', 'T', p.employee_no, now() FROM people p;
INSERT INTO subjects (id, number, kind, state, final, revision, digest, seq, changed_at, audit_hash)
SELECT gen_random_uuid(), 'LV-' || i, 'leave', 'pending', false, 1, '', 1, now(), '' FROM generate_series(1, 100) i;
INSERT INTO cards (id, subject_id, binding_id, platform, wanted, reference, next_at)
SELECT gen_random_uuid(), s.id, b.id, b.platform, 1, CASE WHEN row_number() OVER () % 2 = 0 THEN 'D:1' END,
       now() - row_number() OVER () * interval '1 second'
  FROM subjects s, bindings b;
INSERT INTO notices (id, about, seq, party_kind, party_id, text, binding_id, platform, next_at)
SELECT gen_random_uuid(), s.id, 1, b.party_kind, b.party_id, 'notice.nudge', b.id, b.platform,
       now() - row_number() OVER () * interval '1 second'
  FROM subjects s, bindings b;`

func heaped(t *testing.T) (storagetest.Database, *pgx.Conn) {
	t.Helper()
	db := storagetest.New(t)
	owner := dial(t, db.Owner)
	exec(t, owner, heap)
	return db, owner
}

// Of a heap the oldest and the newest are claimed, each once; chats that are busy are left out, and so is what belongs to another
// platform.
func TestClaimsTakeFromBothEnds(t *testing.T) {
	db, owner := heaped(t)
	s := storagetest.Connect(t, db)
	ages := func(ids []string, table string) (old, young int) {
		t.Helper()
		for _, id := range ids {
			age := value[float64](t, owner, "SELECT extract(epoch FROM now() - next_at)::float8 FROM ages WHERE id = $1::uuid", id)
			switch {
			case age > 9500:
				old++
			case age < 500: // the newest of all may be of a chat that is busy
				young++
			default:
				t.Errorf("%s: one from the middle, %.0f s old", table, age)
			}
		}
		return old, young
	}
	exec(t, owner, "CREATE TABLE ages AS SELECT id, next_at FROM cards UNION ALL SELECT id, next_at FROM notices")
	var busy []int64
	if err := owner.QueryRow(t.Context(), "SELECT array_agg(id) FROM bindings WHERE user_id IN ('p1', 'p2', 'p3')").Scan(&busy); err != nil {
		t.Fatal(err)
	}
	claims := map[string]func(c workflows.Claim) []string{
		"posts": func(c workflows.Claim) (ids []string) {
			items, err := s.ClaimPosts(t.Context(), c)
			for _, item := range items {
				if ids = append(ids, item.ID); item.Reference != "" || isBusy(item.To.User) {
					t.Errorf("posts: %+v", item)
				}
			}
			return check(t, ids, err)
		},
		"edits": func(c workflows.Claim) (ids []string) {
			items, err := s.ClaimEdits(t.Context(), c)
			for _, item := range items {
				if ids = append(ids, item.ID); item.Reference == "" || isBusy(item.To.User) {
					t.Errorf("edits: %+v", item)
				}
			}
			return check(t, ids, err)
		},
		"notices": func(c workflows.Claim) (ids []string) {
			items, err := s.ClaimNotices(t.Context(), c)
			for _, item := range items {
				if ids = append(ids, item.ID); isBusy(item.To.User) {
					t.Errorf("notices: %+v", item)
				}
			}
			return check(t, ids, err)
		},
	}
	for name, claim := range claims {
		if n := len(claim(workflows.Claim{Platform: "telegram", Oldest: 5, Newest: 5})); n != 0 {
			t.Errorf("%s: %d of another platform", name, n)
		}
		if old, young := ages(claim(workflows.Claim{Platform: "slack", Oldest: 3, Newest: 2, Busy: busy}), name); old != 3 || young != 2 {
			t.Errorf("%s: %d old and %d young ones, want 3 and 2", name, old, young)
		}
		if old, young := ages(claim(workflows.Claim{Platform: "slack", Newest: 1, Busy: busy}), name); old != 0 || young != 1 {
			t.Errorf("%s: %d old and %d young ones, want the newest", name, old, young)
		}
		if old, young := ages(claim(workflows.Claim{Platform: "slack", Oldest: 1, Busy: busy}), name); old != 1 || young != 0 {
			t.Errorf("%s: %d old and %d young ones, want the oldest", name, old, young)
		}
	}
}

func isBusy(user string) bool { return user == "p1" || user == "p2" || user == "p3" }

func check(t *testing.T, ids []string, err error) []string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// What was given back untried is as if it had never been claimed, its age too, unless another has claimed it meanwhile. What has changed
// meanwhile is new.
func TestUntried(t *testing.T) {
	db, owner := heaped(t)
	s := storagetest.Connect(t, db)
	want := func(what, table, id string, attempts int, old, waits bool) {
		t.Helper()
		var gotAttempts int
		var gotOld, gotWaits bool
		sql := "SELECT attempts, next_at < now() - interval '9000 seconds', next_at > now() FROM " + table + " WHERE id = $1"
		if err := owner.QueryRow(t.Context(), sql, id).Scan(&gotAttempts, &gotOld, &gotWaits); err != nil {
			t.Fatal(err)
		}
		if gotAttempts != attempts || gotOld != old || gotWaits != waits {
			t.Errorf("%s: %d attempts, old %v, waits %v", what, gotAttempts, gotOld, gotWaits)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	one := workflows.Claim{Platform: "slack", Oldest: 1}
	cards, err := s.ClaimPosts(t.Context(), one)
	must(err)
	nudges, err := s.ClaimNotices(t.Context(), one)
	must(err)
	if len(cards) != 1 || len(nudges) != 1 {
		t.Fatal(cards, nudges)
	}
	card, nudge := cards[0], nudges[0]
	want("a card that is claimed", "cards", card.ID, 1, false, true)
	card.Attempts, nudge.Attempts = 2, 2
	must(s.CardUntried(t.Context(), card))
	must(s.NoticeUntried(t.Context(), nudge))
	want("a card that another has claimed", "cards", card.ID, 1, false, true)
	want("a notice that another has claimed", "notices", nudge.ID, 1, false, true)
	card.Attempts, nudge.Attempts = 1, 1
	must(s.CardUntried(t.Context(), card))
	must(s.NoticeUntried(t.Context(), nudge))
	want("a card that was given back", "cards", card.ID, 0, true, false)
	want("a notice that was given back", "notices", nudge.ID, 0, true, false)
	cards, err = s.ClaimPosts(t.Context(), one)
	must(err)
	_, err = owner.Exec(t.Context(), "UPDATE cards SET wanted = wanted + 1 WHERE id = $1", card.ID)
	must(err)
	must(s.CardUntried(t.Context(), cards[0]))
	want("a card that changed meanwhile", "cards", card.ID, 0, false, false)
}

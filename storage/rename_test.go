package storage_test

import (
	"testing"

	"github.com/nod-chat/nod/storage/storagetest"
)

// Somebody's new name comes onto the cards of what is open and concerns them, as requester, as approver now or of a step to come; cards of what
// is closed, of others, and those that nobody has seen yet stay as they are. What else changes about a person draws nothing.
func TestImportRedrawsAfterARename(t *testing.T) {
	db := storagetest.New(t)
	s, owner := storagetest.Connect(t, db), dial(t, db.Owner)
	line := func(name, title string) string {
		return "E3," + name + ",e3@lantern.example,,Sales," + title + ",,DE,Europe/Berlin,en,2020-01-01"
	}
	apply(t, people(t, s, peopleHeader, "E1,Zhou,e1@lantern.example,,Sales,,,DE,Europe/Berlin,en,2020-01-01", line("Tom Baker", ""),
		"E4,Lin,e4@lantern.example,,Sales,,,DE,Europe/Berlin,en,2020-01-01"))
	exec(t, owner, `
INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at)
SELECT 'person', p.id, 'slack', 'T', p.employee_no, now() FROM people p;
INSERT INTO subjects (id, number, kind, state, final, revision, digest, seq, changed_at, audit_hash)
SELECT gen_random_uuid(), 'LV-' || i, 'leave', 'pending', i = 5, 1, '', 1, now(), '' FROM generate_series(1, 5) i;
INSERT INTO requests (id, requester_id, submitted_by_id, form, measures, steps, step, submitted_at)
SELECT s.id, p.id, p.id, '{}', '{}', CASE WHEN s.number = 'LV-3' THEN jsonb_build_array(jsonb_build_object('slots', jsonb_build_array(jsonb_build_object(
       'people', jsonb_build_array(tom.id))))) ELSE '[]' END, 0, now()
  FROM subjects s, people p, people tom
 WHERE tom.employee_no = 'E3' AND p.employee_no = CASE WHEN s.number IN ('LV-1', 'LV-5') THEN 'E3' ELSE 'E4' END;
INSERT INTO turns (request_id, revision, step, slot, person_id, state, opened_at, nr)
SELECT s.id, 1, 0, 0, p.id, 'open', now(), 0 FROM subjects s, people p WHERE s.number = 'LV-2' AND p.employee_no = 'E3';
INSERT INTO cards (id, subject_id, binding_id, platform, wanted, shown, reference, next_at)
SELECT gen_random_uuid(), s.id, b.id, b.platform, 1, 1, 'D:1', now() FROM subjects s, bindings b WHERE b.user_id = 'E1'`)
	waiting := func() string {
		return value[string](t, owner, `SELECT coalesce(string_agg(s.number, ' ' ORDER BY s.number), '')
		   FROM cards c JOIN subjects s ON s.id = c.subject_id WHERE c.wanted > c.shown`)
	}
	apply(t, people(t, s, peopleHeader, line("Tom Baker", "Account Executive")))
	if got := waiting(); got != "" {
		t.Errorf("a new title has %s drawn", got)
	}
	apply(t, people(t, s, peopleHeader, line("Tom Miller", "Account Executive")))
	if got := waiting(); got != "LV-1 LV-2 LV-3" {
		t.Errorf("a new name has %s drawn", got)
	}
}

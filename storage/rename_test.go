package storage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
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

// So it does onto those of open tasks and of plans under way, whatever part in them its bearer has.
func TestImportRedrawsTasksAndPlansAfterARename(t *testing.T) {
	h := openHouse(t)
	p := h.begin("nia", "lin", "kai", "2026-03-03")
	h.give(p, "product", "accounts", "ian", "2026-03-04") // whose card comes on its day
	helped := h.add("tom", "tom", "call Huaxin", "2026-03-04", h.helped(false, "ivo"))
	added := h.add("kai", "tom", "visit Huaxin", "2026-03-04", func(t *task.Task) { t.About = h.id("ada") })
	over := h.press("tom", h.add("tom", "tom", "write to Huaxin", "2026-03-04").ID, task.Done, nil)
	h.posts()
	items, _ := h.edits()
	h.drawn(items)
	number := func(id workflows.SubjectID) string {
		return value[string](t, h.owner, "SELECT number FROM subjects WHERE id = '"+string(id)+"'")
	}
	for no, want := range map[string][]workflows.SubjectID{
		"nia": {p.ID}, "lin": {p.ID}, "kai": {p.ID, added.ID}, "ian": {p.ID}, "ivo": {helped.ID}, "tom": {helped.ID, added.ID}, "ada": {added.ID}, "mei": {p.ID}, "wei": nil,
	} {
		line := value[string](t, h.owner, "SELECT p.employee_no || ',Renamed,' || p.email || ',' || coalesce(m.employee_no, '') || ',,,' || array_to_string(p.roles, ';')"+
			" || ',' || p.country || ',' || p.timezone || ',en,' FROM people p LEFT JOIN people m ON m.id = p.manager_id WHERE p.employee_no = '"+no+"'")
		apply(t, people(t, h.s, peopleHeader, line))
		items, users := h.edits()
		var got, wanted []string
		for _, user := range users {
			got = append(got, strings.Fields(user)[1])
		}
		for _, id := range want {
			wanted = append(wanted, number(id))
		}
		slices.Sort(got)
		slices.Sort(wanted)
		same(t, no+" has another name", slices.Compact(got), wanted...)
		h.drawn(items)
	}
	if number(over.ID) == "" {
		t.Error("the task that is done is gone")
	}
}

package storage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// Pages are what memory holds; whoever reads an export sees none of them: everybody and every request is there once, in order.
func TestExportsWholePages(t *testing.T) {
	db := storagetest.New(t)
	s := storagetest.Connect(t, db)
	exec(t, dial(t, db.Owner), `
		INSERT INTO people (employee_no, name, country, timezone) SELECT 'P' || n, 'Person ' || n, 'US', 'UTC' FROM generate_series(1, 1001) n;
		INSERT INTO lots (person_id, unit, valid_from, valid_until, reason, key) SELECT id, 'leave:annual', '2026-01-01', '2026-12-31', '', 'k' || id FROM people;
		INSERT INTO ledger (person_id, unit, lot_id, kind, date, amount, at) SELECT person_id, unit, id, 'grant', valid_from, 4800, now() FROM lots;
		INSERT INTO subjects (id, number, kind, state, final, revision, digest, seq, changed_at, audit_hash)
		SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'LV-' || n, 'leave', 'pending', false, 1, '', 1, now(), '' FROM generate_series(1, 1001) n;
		INSERT INTO requests (id, requester_id, submitted_by_id, form, measures, steps, step, submitted_at)
		SELECT s.id, p.id, p.id, '{"type": "annual"}', '{"minutes": 480}', '[]', 0, timestamptz '2026-01-01 00:00Z' + right(s.number, 1)::int * interval '1 day'
		  FROM subjects s JOIN people p ON p.employee_no = 'P' || substr(s.number, 4)`)
	n := 0
	must(t, s.ExportBalances(t.Context(), workflows.Date{}, workflows.Date{}, func(l storage.BalanceLine) error {
		n++
		if want := fmt.Sprint("P", n, " 10 10"); fmt.Sprint(l.Person.No, " ", l.Granted.Days(), " ", l.Left.Days()) != want {
			t.Fatalf("%+v, want %s", l, want)
		}
		return nil
	}))
	if n != 1001 {
		t.Errorf("%d lines of balances", n)
	}
	n = 0
	must(t, s.ExportRequests(t.Context(), time.Time{}, time.Time{}, func(r storage.ExportedRequest) error {
		n++
		if r.Number != fmt.Sprint("LV-", n) || r.Requester.No != fmt.Sprint("P", n) || r.Form["type"] != "annual" {
			t.Fatalf("%+v is request %d", r, n)
		}
		return nil
	}))
	if n != 1001 {
		t.Errorf("%d requests", n)
	}
	n = 0
	day := func(d int) time.Time { return time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC) }
	must(t, s.ExportRequests(t.Context(), day(3), day(5), func(r storage.ExportedRequest) error { n++; return nil }))
	if n != 200 { // those that end in 2 or 3
		t.Errorf("%d requests of two days", n)
	}
	full := fmt.Errorf("no room")
	if err := s.ExportRequests(t.Context(), time.Time{}, time.Time{}, func(storage.ExportedRequest) error { return full }); err != full {
		t.Errorf("a line that cannot be written: %v", err)
	}
}

// A correction that two grants share is one line again, as it was imported; what is settled counts as used, and what nothing pays for is a
// line of its own.
func TestExportsLinesAsTheyCame(t *testing.T) {
	db := storagetest.New(t)
	s := storagetest.Connect(t, db)
	apply(t, people(t, s, company...))
	lines := []string{"E003,annual,3,2026-01-01,2026-12-31,a", "E003,annual,4,2026-01-01,2026-12-31,b", "E003,annual,-5,2026-01-01,2026-12-31,too much", "E003,sick,2,2020-01-01,2020-12-31,"}
	apply(t, balances(t, s, lines...))
	exec(t, dial(t, db.Owner), `
		INSERT INTO ledger (person_id, unit, lot_id, kind, date, amount, at) SELECT person_id, unit, id, 'settle', '2020-12-31', -480, now() FROM lots WHERE unit = 'leave:sick';
		INSERT INTO ledger (person_id, unit, kind, date, amount, at) SELECT id, 'leave:comp', 'settle', '2020-12-31', -240, now() FROM people WHERE employee_no = 'E003';
		UPDATE books SET closed_on = '2020-12-31'`)
	got := func(from, until string) (list []string) {
		date := func(s string) (d workflows.Date) {
			must(t, d.UnmarshalText([]byte(s)))
			return d
		}
		must(t, s.ExportBalances(t.Context(), date(from), date(until), func(l storage.BalanceLine) error {
			text := fmt.Sprint(l.Person.No, " ", l.Unit, " ", l.Granted.Days(), " ", l.From, "..", l.Until, " ", l.Reason)
			if l.IsGrant {
				text += fmt.Sprint(" used ", l.Used.Days(), ", left ", l.Left.Days())
			}
			list = append(list, text)
			return nil
		}))
		return list
	}
	same(t, "all", got("", ""), "E003 leave:annual 3 2026-01-01..2026-12-31 a used 0, left 2", "E003 leave:annual 4 2026-01-01..2026-12-31 b used 0, left 0",
		"E003 leave:annual -5 2026-01-01..2026-12-31 too much", "E003 leave:sick 2 2020-01-01..2020-12-31  used 1, left 0", "E003 leave:comp 0 ..  used 0, left -0.5")
	same(t, "2020", got("2020-06-01", "2020-06-30"), "E003 leave:sick 2 2020-01-01..2020-12-31  used 1, left 0", "E003 leave:comp 0 ..  used 0, left -0.5")
	if again := apply(t, balances(t, s, lines[:3]...)); again.Changed > 0 {
		t.Errorf("imported again: %q", again.Lines)
	}
}

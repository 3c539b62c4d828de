package storage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// claimsOf inserts a person with as many claims of two lines, ten a day up to 2026-11-30; each tenth of them is open and approved.
const claimsOf = `
INSERT INTO people (employee_no, name, country, timezone) VALUES ('p1', 'P1', 'CN', 'UTC');
INSERT INTO definitions (hash, kind, body, added_at) VALUES ('d', 'expense', '{}', now()), ('e', 'leave', '{}', now());
INSERT INTO subjects (id, number, kind, definition, state, final, revision, digest, seq, changed_at, audit_hash)
SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'EX-' || n, 'expense', 'd', CASE WHEN n > %[1]d - 10 THEN 'approved' ELSE 'paid' END, n <= %[1]d - 10, 1, '', 1, now(), ''
  FROM generate_series(1, %[1]d) n;
INSERT INTO requests (id, requester_id, submitted_by_id, form, measures, steps, step, submitted_at)
SELECT s.id, p.id, p.id, '{"currency": "CNY"}', '{"total": 300}', '[]', 0, now() FROM subjects s, people p;
INSERT INTO charges (subject_id, line, person_id, heading, date, amount, currency, base)
SELECT s.id, l, p.id, 'meal', date '2026-11-30' - (%[1]d - substr(s.number, 4)::int) / 10, 100 * l, 'CNY', 100 * l FROM subjects s, people p, generate_series(1, 2) l`

// Every line of a period comes once, by date, also where a page ends within a day and within a claim.
func TestExportsChargesOfAPeriod(t *testing.T) {
	db := storagetest.New(t)
	s := storagetest.Connect(t, db)
	exec(t, dial(t, db.Owner), fmt.Sprintf(claimsOf, 1005)) // 2,010 lines
	all := func(from, to workflows.Date) (lines []string) {
		t.Helper()
		last := workflows.Date{}
		must(t, s.ExportCharges(t.Context(), from, to, func(c storage.ExportedCharge) error {
			if c.Date.Before(last) || c.Requester.No != "p1" || c.Request.Measures["total"] != 300 || c.Amount.Minor != int64(100*c.Line) || c.Amount.Currency != "CNY" {
				t.Fatalf("after %s comes %+v", last, c)
			}
			last = c.Date
			lines = append(lines, fmt.Sprint(c.Request.Number, " ", c.Line))
			return nil
		}))
		if distinct := slices.Compact(slices.Sorted(slices.Values(lines))); len(distinct) != len(lines) {
			t.Errorf("%d lines, %d of them different", len(lines), len(distinct))
		}
		return lines
	}
	day := func(d int) workflows.Date { return workflows.Date{Year: 2026, Month: time.November, Day: d} }
	for _, c := range []struct {
		from, to workflows.Date
		want     int
	}{{workflows.Date{}, workflows.Date{}, 2010}, {day(1), day(30), 600}, {day(30), day(30), 20}, {day(30), workflows.Date{}, 20}, {workflows.Date{}, day(29), 1990},
		{day(30).AddDays(1), workflows.Date{}, 0}} {
		if got := all(c.from, c.to); len(got) != c.want {
			t.Errorf("from %s to %s: %d lines, want %d", c.from, c.to, len(got), c.want)
		}
	}
	full := fmt.Errorf("no room")
	if err := s.ExportCharges(t.Context(), workflows.Date{}, workflows.Date{}, func(storage.ExportedCharge) error { return full }); err != full {
		t.Errorf("a line that cannot be written: %v", err)
	}
	open, err := s.OpenRequests(t.Context(), "expense", []workflows.State{"approved", "payment_failed"})
	must(t, err)
	if len(open) != 10 || open[0].Number != "EX-996" || open[0].Request.Requester != open[0].Requester.ID || open[0].Requester.No != "p1" {
		t.Errorf("%d are open, the first is %+v", len(open), open[:min(len(open), 1)])
	}
}

// A page of a period, and what is open, cost the same after twenty times as many claims.
func TestExportsReadNoMoreThanTheirPeriod(t *testing.T) {
	texts := constants(t, ".")
	given := map[string]pgx.NamedArgs{
		"sqlExportCharges": {"date": "'2026-11-01'", "subject": "'00000000-0000-0000-0000-000000000000'", "line": "0", "to": "'2026-11-30'", "limit": "500"},
		"sqlOpenRequests":  {"kind": "'expense'", "states": "'{approved,payment_failed}'"},
	}
	want := map[string]int{"sqlExportCharges": 500, "sqlOpenRequests": 10}
	measured := func(claims int) (pages map[string]int, plans map[string]string) {
		conn := planning(t)
		exec(t, conn, fmt.Sprintf(claimsOf, claims))
		pages, plans = map[string]int{}, map[string]string{}
		for _, when := range []string{"uncounted", "counted"} {
			if when == "counted" {
				exec(t, conn, "VACUUM ANALYZE")
			}
			for name, args := range given {
				n, rows, plan := explain(t, conn, texts[name], args)
				if rows != want[name] {
					t.Fatalf("%s gives %d rows", name, rows)
				}
				if name == "sqlExportCharges" && !strings.Contains(plan, `"charges_date"`) {
					t.Errorf("it does not go along charges_date, %s: %s", when, plan)
				}
				pages[name+" "+when], plans[name+" "+when] = n, plan
			}
		}
		return pages, plans
	}
	few, _ := measured(1000)
	many, plans := measured(20_000)
	for name, n := range many {
		t.Logf("%s: %d pages of 1,000 claims, %d of 20,000", name, few[name], n)
		if n > 2*few[name]+50 {
			t.Errorf("%s: %d pages of 1,000 claims, %d of 20,000\n%s", name, few[name], n, plans[name])
		}
	}
}

// What a payments file says is read as spreadsheets write it; an amount, a currency or a date that it does not say is a fault.
func TestReadPayments(t *testing.T) {
	read := func(lines ...string) (storage.PaymentFile, []string) {
		got, faults := table.Read(strings.NewReader("claim_no,paid_on,amount,currency,reference,failed\n"+strings.Join(lines, "\n")), storage.PaymentColumns)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		file, faults := storage.ReadPayments(got)
		var said []string
		for _, f := range faults {
			said = append(said, f.String())
		}
		return file, said
	}
	file, faults := read(`EX-1,2026/11/30,"1.205,50",CNY, B  1 ,`, `EX-2,46356,¥38,CNY,'=B,no such account`, `ＥＸ－3,30-Nov-26,1.2E+03,JPY,,`)
	if len(faults) > 0 || len(file.Lines) != 3 || len(file.Warnings) != 1 {
		t.Fatalf("%+v, %q", file, faults)
	}
	for i, want := range []string{`{2 EX-1  2026-11-30 1205.50 CNY B 1 }`, `{3 EX-2  2026-11-30 38.00 CNY =B no such account}`, `{4 EX-3  2026-11-30 1200 JPY  }`} {
		if got := fmt.Sprint(file.Lines[i]); got != want {
			t.Errorf("line %d is %s, want %s", i+2, got, want)
		}
	}
	for line, want := range map[string]string{
		"EX-1,2026-11-30,544.5055,CNY,,": `line 2: amount: "544.5055" has more decimals than CNY has.`,
		"EX-1,2026-11-30,NaN,CNY,,":      `line 2: amount: "NaN" is no amount; write it as 1234.50.`,
		"EX-1,2026-11-30,1E+30,CNY,,":    `line 2: amount: "1E+30" is too large to be meant.`,
		"EX-1,2026-11-30,12 EUR,CNY,,":   `line 2: amount: "12 EUR" names another currency than CNY.`,
		"EX-1,2026-11-30,1,cny,,":        `line 2: currency: "cny" is no currency; write its three capital letters, as CNY.`,
		"EX-1,01.11.2026,1,CNY,,":        `line 2: paid_on: "01.11.2026" can be 2026-11-01 or 2026-01-11; write it as 2026-11-30 (year, month, day). A spreadsheet does so in a column of the form yyyy-mm-dd.`,
		"EX-1,9999-12-31,1,CNY,,":        `line 2: paid_on: "9999-12-31" is too far away to be meant.`,
	} {
		if _, faults := read(line); len(faults) != 1 || faults[0] != want {
			t.Errorf("%s: %q, want %q", line, faults, want)
		}
	}
}

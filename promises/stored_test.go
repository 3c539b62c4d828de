package promises

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
)

// tampering is a statement that the serving role may run, and what the audit's verification says to it.
type tampering struct{ sql, want string }

// notTold are the columns that no audit tells.
var notTold = map[string]string{
	"subjects.id": "a key: other rows keep it where it is", "requests.id": "likewise",
	"subjects.number": "the database gives it, in the same moment",
	"turns.nr":        "the order in which turns are shown",
	"ledger.id":       "nothing refers to it", "ledger.nr": "the order of entries of one change",
	"ledger.reason": "an import's, which is no change of a request", "ledger.key": "likewise",
	"charges.subject_id": "moved, it is missing where it was: charges.line", "claims.subject_id": "likewise: claims.key",
}

// I5: somebody holds the password that the program serves with, and changes what is stored instead of the audit, which is out of their
// reach. Whatever column they choose, the verification names it, and nothing else.
func TestI5WhatIsStoredIsHeldAgainstTheAudit(t *testing.T) {
	c := openOn(t, storagetest.NewSplit(t))
	// LV-1 has all that a request can have, LV-2 comes to nothing, LV-3 closes tom's books of that year two years later.
	number := c.edited("a family matter")
	c.press("tom", number, "nudge")
	c.settle()
	c.press("zhou", number, "approve")
	c.settle()
	c.press("lin", c.ask("lin", "annual 2026-12-07"), "withdraw")
	c.settle()
	c.at(time.Date(2028, time.February, 1, 9, 0, 0, 0, time.UTC))
	c.exec(`WITH lot AS (INSERT INTO lots (person_id, unit, valid_from, valid_until, key)
			SELECT id, 'leave:annual', '2028-01-01', '2028-12-31', 'next' FROM people WHERE employee_no = 'tom' RETURNING id, person_id, unit)
		INSERT INTO ledger (person_id, unit, lot_id, kind, date, amount, at) SELECT person_id, unit, id, 'grant', '2028-01-01', 4800, now() FROM lot`)
	c.ask("tom", "annual 2028-03-06")
	c.at(time.Date(2028, time.February, 1, 10, 0, 0, 0, time.UTC))
	c.claimed(note)
	if n := value[int](c, "SELECT count(*) FROM ledger WHERE subject_id IS NOT NULL"); n != 1 {
		t.Fatalf("%d entries were settled", n)
	}

	serving, err := pgx.Connect(t.Context(), c.db.URL)
	c.must(err)
	defer serving.Close(context.Background())
	restore := c.keep()
	named := func() []string {
		t.Helper()
		verdict, err := c.store.VerifyAudit(t.Context(), storage.Verification{})
		c.must(err)
		var list []string
		for _, b := range verdict.Broken {
			list = append(list, fmt.Sprintf("%s: %s", b, b.Why))
		}
		return list
	}
	of := func(table, key, number, change string) string {
		return fmt.Sprintf("UPDATE %s SET %s WHERE %s = (SELECT id FROM subjects WHERE number = '%s')", table, change, key, number)
	}
	subject := func(change string) string { return "UPDATE subjects SET " + change + " WHERE number = 'LV-1'" }
	request := func(change string) string { return of("requests", "id", "LV-1", change) }
	decided := func(change string) string { return of("turns", "request_id", "LV-1", change) + " AND revision = 2" }
	booking := func(change string) string { return of("bookings", "subject_id", "LV-1", change) }
	charge := func(change string) string { return of("charges", "subject_id", "EX-1", change) + " AND line = 1" }
	entry := func(change string) string { return of("ledger", "subject_id", "LV-3", change) }
	const turn = "LV-1 seq 5: the turn of person 2 (step 0, revision 2)"
	tests := map[string]tampering{
		"subjects.kind":       {subject("kind = 'equipment'"), `LV-1 seq 1: kind is "equipment", the audit says "leave"`},
		"subjects.definition": {subject("definition = 'x'"), `LV-1 seq 1: definition is "x", the audit says "`},
		"subjects.state":      {subject("state = 'rejected'"), `LV-1 seq 5: state is "rejected", the audit says "approved"`},
		"subjects.final":      {"UPDATE subjects SET final = true WHERE number = 'LV-3'", "LV-3 seq 1: final is true, the audit says false"},
		"subjects.erased":     {subject("erased = true"), "LV-1 seq 5: it counts as erased, but the audit still tells all of it"},
		"subjects.revision":   {subject("revision = 3"), "LV-1 seq 5: revision is 3, the audit says 2"},
		"subjects.digest":     {subject("digest = sha256('x')"), "LV-1 seq 3: digest is "},
		"subjects.seq":        {subject("seq = 6"), "LV-1 seq 6: the row is missing"},
		"subjects.changed_at": {subject("changed_at = changed_at + interval '1 microsecond'"), "LV-1 seq 5: changed_at is "},
		"subjects.audit_hash": {subject("audit_hash = sha256('x')"), "LV-1 seq 5: the row is not the one that its subject was left with"},

		"requests.requester_id":    {request("requester_id = 5"), "LV-1 seq 1: requester is 5, the audit says 4"},
		"requests.submitted_by_id": {request("submitted_by_id = 5"), "LV-1 seq 1: submitted_by is 5, the audit says 4"},
		"requests.sent_by_id":      {request("sent_by_id = 5"), "LV-1 seq 3: sent_by is 5, the audit says 4"},
		"requests.form":            {request(`form = form || '{"to": "2026-12-24"}'`), `LV-1 seq 3: the form's "to" is not what the audit says`},
		"requests.measures":        {request(`measures = measures || '{"minutes": 1}'`), `LV-1 seq 3: measure "minutes" is 1, the audit says 480`},
		"requests.steps":           {request(`steps = jsonb_set(steps, '{0,slots,0,people}', '[6]')`), "LV-1 seq 3: the steps are not those that the audit says"},
		"requests.step":            {request("step = 1"), "LV-1 seq 5: step is 1, the audit says 0"},
		"requests.submitted_at":    {request("submitted_at = submitted_at - interval '1 day'"), "LV-1 seq 3: submitted_at is "},

		"turns.request_id":  {decided("request_id = (SELECT id FROM subjects WHERE number = 'LV-2')"), turn + " is missing"},
		"turns.revision":    {decided("revision = 7"), turn + " is missing"},
		"turns.step":        {decided("step = 7"), turn + " is missing"},
		"turns.slot":        {decided("slot = 7"), turn + " is missing"},
		"turns.person_id":   {decided("person_id = 6"), turn + " is missing"},
		"turns.for_id":      {decided("for_id = 1"), turn + ": for is 1, the audit says 0"},
		"turns.why":         {decided("why = 'away'"), turn + `: why is "away", the audit says ""`},
		"turns.state":       {decided("state = 'rejected'"), turn + `: state is "rejected", the audit says "approved"`},
		"turns.comment":     {decided("comment = 'gladly'"), turn + ": comment is not what the audit says"},
		"turns.opened_at":   {decided("opened_at = opened_at - interval '1 day'"), turn + ": opened_at is "},
		"turns.decided_at":  {decided("decided_at = decided_at - interval '1 day'"), turn + ": decided_at is "},
		"turns.decided_seq": {decided("decided_seq = decided_seq + 1"), turn + ": decided_seq is "},
		"turns.nudged_at":   {decided("nudged_at = NULL"), turn + `: nudged_at is "", the audit says "2026-`},

		"bookings.subject_id": {booking("subject_id = (SELECT id FROM subjects WHERE number = 'LV-2')"), "LV-1 seq 3: the booking is missing"},
		"bookings.person_id":  {booking("person_id = 5"), "LV-1 seq 3: booking: person is 5, the audit says 4"},
		"bookings.halves":     {booking("halves = int4range(1, 2)"), "LV-1 seq 3: booking: half-days is {1 2}, the audit says {"},
		"bookings.away":       {booking("away = false"), "LV-1 seq 3: booking: away is false, the audit says true"},
		"bookings.unit":       {booking("unit = 'leave:sick'"), `LV-1 seq 3: booking: unit is "leave:sick", the audit says "leave:annual"`},
		"bookings.dates":      {booking("dates = '{2026-12-02}'"), "LV-1 seq 3: booking: dates and amounts are not what the audit says"},
		"bookings.amounts":    {booking("amounts = '{1}'"), "LV-1 seq 3: booking: dates and amounts are not what the audit says"},
		"bookings.approved":   {booking("approved = false"), "LV-1 seq 5: booking: approved is false, the audit says true"},

		"charges.line":      {charge("line = 7"), "EX-1 seq 5: the charge of line 1: line is 2, the audit says 1"},
		"charges.person_id": {charge("person_id = 5"), "EX-1 seq 5: the charge of line 1: person is 5, the audit says 4"},
		"charges.heading":   {charge("heading = 'other'"), `EX-1 seq 5: the charge of line 1: heading is "other", the audit says "meal"`},
		"charges.date":      {charge("date = '2026-01-01'"), "EX-1 seq 5: the charge of line 1: date is 2026-01-01, the audit says "},
		"charges.amount":    {charge("amount = 1"), "EX-1 seq 5: the charge of line 1: amount is "},
		"charges.currency":  {charge("currency = 'EUR'"), "EX-1 seq 5: the charge of line 1: amount is "},
		"charges.base":      {charge("base = 1"), "EX-1 seq 5: the charge of line 1: base is 1, the audit says 6000"},
		"claims.key":        {"UPDATE claims SET key = 'file:other'", "EX-1 seq 3: the keys that it has claimed are not those that the audit says"},

		"ledger.person_id":  {entry("person_id = 5"), "LV-3 seq 1: ledger entry 1: person is 5, the audit says 4"},
		"ledger.unit":       {entry("unit = 'leave:sick'"), `LV-3 seq 1: ledger entry 1: unit is "leave:sick", the audit says "leave:annual"`},
		"ledger.lot_id":     {entry("lot_id = NULL"), "LV-3 seq 1: ledger entry 1: lot is 0, the audit says "},
		"ledger.kind":       {entry("kind = 'adjust'"), `LV-3 seq 1: ledger entry 1: kind is "adjust", the audit says "settle"`},
		"ledger.date":       {entry("date = '2026-12-30'"), "LV-3 seq 1: ledger entry 1: date is 2026-12-30, the audit says 2026-12-31"},
		"ledger.amount":     {entry("amount = -1"), "LV-3 seq 1: ledger entry 1: amount is -1, the audit says -480"},
		"ledger.at":         {entry("at = at - interval '1 day'"), "LV-3 seq 1: ledger entry 1: at is "},
		"ledger.subject_id": {entry("subject_id = NULL, seq = NULL"), "LV-3 seq 1: the count of ledger entries is 0, the audit says 1"},
		"ledger.seq":        {entry("seq = 2"), "LV-3 seq 1: the count of ledger entries is 0, the audit says 1"},

		"books.closed_on": {"UPDATE books SET closed_on = '2027-12-31' WHERE person_id = 4", "LV-3 seq 1: the books of tom are closed through 2027-12-31, the audit says 2026-12-31"},
		"books that are open again": {"UPDATE books SET closed_on = NULL WHERE person_id = 4",
			"LV-3 seq 1: the books of person 4 are not closed, the audit says through 2026-12-31"},
		"books that nobody closed": {"UPDATE books SET closed_on = '2027-12-31' WHERE person_id = 5", "the books of hana: closed through 2027-12-31, which no audit tells"},
		"a booking that was released": {`INSERT INTO bookings (subject_id, person_id, halves) SELECT id, 3, int4range(1, 3) FROM subjects WHERE number = 'LV-2'`,
			"LV-2 seq 2: there is a booking, the audit says that it was released"},
		"a booking that is gone": {"DELETE FROM bookings WHERE NOT approved", "LV-3 seq 1: the booking is missing"},
		"a turn that nobody opened": {`INSERT INTO turns (request_id, revision, step, slot, person_id, state, opened_at, nr)
			SELECT id, 2, 0, 0, 6, 'open', now(), 9 FROM subjects WHERE number = 'LV-1'`, "LV-1 seq 5: no audit tells the turn of person 6 (step 0, revision 2)"},
		"a turn that is gone": {"DELETE FROM turns WHERE revision = 1 AND state = 'returned'", "LV-1 seq 2: the turn of person 2 (step 0, revision 1) is missing"},
		"an entry that no change wrote": {`INSERT INTO ledger (person_id, unit, kind, date, amount, subject_id, seq, at)
			SELECT 4, 'leave:annual', 'adjust', '2026-12-01', 48000, id, 2, now() FROM subjects WHERE number = 'LV-1'`, "LV-1 seq 2: there is a ledger entry that no audit tells"},
		"an entry of a change to come": {`INSERT INTO ledger (person_id, unit, kind, date, amount, subject_id, seq, at)
			SELECT 4, 'leave:annual', 'adjust', '2026-12-01', 48000, id, 99, now() FROM subjects WHERE number = 'LV-1'`, "LV-1 seq 99: there is a ledger entry that no audit tells"},
		"an entry that is gone": {"DELETE FROM ledger WHERE kind = 'settle'", "LV-3 seq 1: the count of ledger entries is 0, the audit says 1"},
		"a request that is gone": {`WITH gone AS (DELETE FROM turns t USING subjects s WHERE s.id = t.request_id AND s.number = 'LV-2')
			DELETE FROM requests r USING subjects s WHERE s.id = r.id AND s.number = 'LV-2'`, "LV-2 seq 1: the request is missing"},
		"another name in a form":   {request(`form = form || '{"x": ""}'`), `LV-1 seq 3: the form's "x" is not what the audit says`},
		"another measure":          {request(`measures = measures || '{"x": 0}'`), `LV-1 seq 3: the measure "x" is not one that the audit says`},
		"a state that steers":      {subject(`state = E'\x1b[2K\u202e'`), `LV-1 seq 5: state is "\x1b[2K\u202e", the audit says "approved"`},
		"what people wrote stays ": {request(`form = form || '{"reason": "none"}'`), `LV-1 seq 3: the form's "reason" is not what the audit says`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			by := serving
			if strings.Contains(test.sql, "DELETE FROM requests") { // which takes more rights than it has
				by = c.owner
			}
			if tag, err := by.Exec(t.Context(), test.sql); err != nil {
				t.Fatal(err)
			} else if tag.RowsAffected() == 0 {
				t.Fatal("it changed nothing")
			}
			list := named()
			restore()
			// What is moved from one subject to another is missing here and too much there.
			if len(list) == 0 || !strings.HasPrefix(list[0], test.want) || len(list) > 1 && !strings.Contains(test.sql, "= (SELECT id FROM subjects WHERE number = 'LV-2')") {
				t.Errorf("named are\n%s\nwant %s", strings.Join(list, "\n"), test.want)
			}
			if strings.Contains(strings.Join(list, "\n"), "family") {
				t.Errorf("what somebody wrote is told: %v", list)
			}
			if left := named(); left != nil {
				t.Fatalf("changed back, there is still %v", left)
			}
		})
	}

	columns := map[string]bool{}
	for _, name := range strings.Fields(value[string](c, `SELECT string_agg(table_name || '.' || column_name, ' ') FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name IN ('subjects', 'requests', 'turns', 'bookings', 'ledger', 'charges', 'claims')`)) {
		if _, ok := tests[name]; !ok && notTold[name] == "" {
			columns[name] = true
		}
	}
	if diff := cmp.Diff(map[string]bool{}, columns); diff != "" {
		t.Errorf("a column is compared by no test, and nothing says why:\n%s", diff)
	}
}

// I5, I15: what stood in a row whose values were erased is not compared, and everything else still is. It is said how many that concerns.
func TestI5WhatWasErasedIsComparedInPart(t *testing.T) {
	c := open(t)
	c.press("zhou", c.edited("divorce"), "approve")
	c.ask("lin", "annual 2026-12-02")
	c.exec("UPDATE audit_values SET salt = NULL, body = NULL WHERE seq = 3")
	restore := c.keep()
	for _, test := range []tampering{
		{"UPDATE requests SET form = form || '{\"reason\": \"\"}' WHERE requester_id = 4", ""},
		{"UPDATE requests SET measures = '{}' WHERE requester_id = 4", ""},
		{"UPDATE bookings SET away = false WHERE person_id = 4", ""},
		{"UPDATE books SET closed_on = '2025-12-31' WHERE person_id = 4", ""},
		{"UPDATE turns SET comment = '' WHERE comment <> ''", ""},
		{"UPDATE subjects SET state = 'rejected' WHERE number = 'LV-1'", `LV-1 seq 4: state is "rejected", the audit says "approved"`},
		{"UPDATE subjects SET digest = sha256('x') WHERE number = 'LV-1'", "LV-1 seq 3: digest is "},
		{"UPDATE requests SET requester_id = 5 WHERE requester_id = 4", "LV-1 seq 1: requester is 5, the audit says 4"},
		{"UPDATE requests SET step = 1 WHERE requester_id = 4", "LV-1 seq 4: step is 1, the audit says 0"},
		{"UPDATE turns SET state = 'rejected' WHERE revision = 2", `LV-1 seq 4: the turn of person 2 (step 0, revision 2): state is "rejected", the audit says "approved"`},
		{"UPDATE requests SET form = form || '{\"reason\": \"\"}' WHERE requester_id = 3", `LV-2 seq 1: the form's "reason" is not what the audit says`},
		{"UPDATE books SET closed_on = '2025-12-31' WHERE person_id = 3", "the books of lin: closed through 2025-12-31, which no audit tells"},
	} {
		c.exec(test.sql)
		verdict, err := c.store.VerifyAudit(t.Context(), storage.Verification{})
		c.must(err)
		named := ""
		for _, b := range verdict.Broken {
			named += fmt.Sprintf("%s: %s", b, b.Why)
		}
		if !strings.HasPrefix(named, test.want) || test.want == "" && named != "" || len(verdict.Broken) > 1 {
			t.Errorf("%s: named is %q, want %q", test.sql, named, test.want)
		}
		if verdict.Partial != 1 || verdict.Subjects != 2 || verdict.Records != 5 {
			t.Errorf("the verdict is %+v", verdict)
		}
		fast, err := c.store.VerifyAudit(t.Context(), storage.Verification{Fast: true})
		c.must(err)
		if len(fast.Broken) > 0 || fast.Records != 5 {
			t.Errorf("%s: the hashes alone say %+v", test.sql, fast)
		}
		restore()
	}
}

// keep remembers what is stored of all subjects, and gives what puts it back.
func (c *company) keep() (restore func()) {
	c.Helper()
	for _, table := range []string{"subjects", "requests", "turns", "bookings", "ledger", "charges", "claims", "books"} {
		c.exec("CREATE TABLE kept_" + table + " AS SELECT * FROM " + table)
	}
	return func() {
		for _, table := range []string{"turns", "bookings", "ledger", "charges", "claims", "requests"} {
			c.exec("DELETE FROM " + table)
		}
		c.exec(`UPDATE subjects s SET kind = k.kind, definition = k.definition, state = k.state, final = k.final, revision = k.revision, digest = k.digest,
			seq = k.seq, changed_at = k.changed_at, audit_hash = k.audit_hash, erased = k.erased FROM kept_subjects k WHERE k.id = s.id`)
		c.exec("UPDATE books b SET closed_on = k.closed_on FROM kept_books k WHERE k.person_id = b.person_id")
		for _, table := range []string{"requests", "turns", "bookings", "ledger", "charges", "claims"} {
			c.exec("INSERT INTO " + table + " OVERRIDING SYSTEM VALUE SELECT * FROM kept_" + table)
		}
	}
}

package storage_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

const peopleHeader = "employee_no,name,email,manager_no,department,title,roles,country,timezone,language,hired_on"

var importedAt = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

func sheet(t *testing.T, columns []table.Column, lines ...string) table.Table {
	t.Helper()
	read, faults := table.Read(strings.NewReader(strings.Join(lines, "\n")), columns)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return read
}

func people(t *testing.T, s *storage.Store, lines ...string) storage.Import {
	return s.ImportPeople(sheet(t, storage.PeopleColumns, lines...), storage.PeopleRules{Patterns: []string{"mornings"}}, importedAt)
}

func balances(t *testing.T, s *storage.Store, lines ...string) storage.Import {
	lines = append([]string{"employee_no,leave_type,days,valid_from,valid_until,reason"}, lines...)
	units := func(p workflows.Person) (units []workflows.Unit) {
		for _, code := range map[string][]string{"CN": {"annual", "comp"}, "US": {"annual", "sick"}}[p.Country] {
			alias := map[string][]string{"annual": {"年假"}}[code]
			units = append(units, workflows.Unit{Ledger: "leave:" + code, Option: workflows.Option{Value: code, Alias: alias}})
		}
		return units
	}
	return s.ImportBalances(sheet(t, storage.BalanceColumns, lines...), units, importedAt)
}

func calendar(t *testing.T, s *storage.Store, lines ...string) storage.Import {
	return s.ImportCalendar(sheet(t, storage.CalendarColumns, append([]string{"country,date,kind,name"}, lines...)...))
}

// apply imports what must have no fault.
func apply(t *testing.T, i storage.Import) storage.Plan {
	t.Helper()
	plan, err := i.Apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Faults) > 0 {
		t.Fatal(plan.Faults)
	}
	return plan
}

// refused checks the faults of an import, of which no step may store anything.
func refused(t *testing.T, i storage.Import, want ...string) {
	t.Helper()
	for name, step := range map[string]func(context.Context) (storage.Plan, error){"plan": i.Plan, "apply": i.Apply} {
		plan, err := step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range plan.Faults {
			got = append(got, f.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

var company = []string{peopleHeader,
	"E003,Tom Baker,Tom.Baker@lantern.example,E011,Key Accounts,Rep,sales,US,America/New_York,en,2025-03-01",
	"E011,周凯 Zhou Kai,kai@lantern.example,E001,Key Accounts,Lead,sales;mentor,CN,Asia/Shanghai,zh,2020-01-06",
	"E001,林小雨 Lin Xiaoyu,lin@lantern.example,,Board,CEO,director;admin,CN,Asia/Shanghai,zh,",
}

func TestImportPeople(t *testing.T) {
	s := storagetest.Open(t)
	first := people(t, s, company...)
	plan, err := first.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "plan", plan.Lines,
		"line 2: new: E003 Tom Baker, manager E011",
		"line 3: new: E011 周凯 Zhou Kai, manager E001",
		"line 4: new: E001 林小雨 Lin Xiaoyu, no manager")
	if list, err := s.ActivePeople(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("planning stored %v (%v)", list, err)
	}
	apply(t, first)
	tom, err := s.PersonByNo(t.Context(), "E003")
	if err != nil {
		t.Fatal(err)
	}
	kai, err := s.PersonByNo(t.Context(), "E011")
	if err != nil {
		t.Fatal(err)
	}
	if tom.Manager != kai.ID || tom.Email != "tom.baker@lantern.example" || !slices.Equal(kai.Roles, []string{"mentor", "sales"}) {
		t.Errorf("stored %+v and %+v", tom, kai)
	}
	if again := apply(t, people(t, s, company...)); again.Changed > 0 || again.Unchanged != 3 {
		t.Errorf("the same file changes %q", again.Lines)
	}

	// A file may be short: other people stay, and so does what its columns do not speak of.
	plan = apply(t, people(t, s, peopleHeader+",tier,pattern,active", "E003,Tom Baker,tom.baker@lantern.example,E001,Key Accounts,Rep,sales,DE,Europe/Berlin,en,2025-03-01,new,mornings,"))
	same(t, "change", plan.Lines, `line 2: change: E003 Tom Baker: manager_no "E011" → "E001", country "US" → "DE", timezone "America/New_York" → "Europe/Berlin", tier "" → "new", pattern "" → "mornings"`)
	same(t, "stays", plan.Stays, "E001 林小雨 Lin Xiaoyu", "E011 周凯 Zhou Kai")
	apply(t, people(t, s, company[0], company[1]))
	if tom, err = s.PersonByNo(t.Context(), "E003"); err != nil || tom.Tier != "new" || tom.Pattern != "mornings" || tom.Manager != kai.ID {
		t.Errorf("stored %+v (%v)", tom, err)
	}
}

func TestImportPeopleRefuses(t *testing.T) {
	s := storagetest.Open(t)
	refused(t, people(t, s, peopleHeader+",first_employed_on,tier,active,pattern",
		",a,,,,,,DE,Europe/Berlin,en,,,,,",
		"E1,,,,,,,DE,Europe/Berlin,en,,,,,",
		"E2,\u200B,nobody,E99,,,Admin;hr,XX,Mars/Base,fr,01/11/2026,2025-02-29,expert!,maybe,nights",
		"E2,a,,,,,,DE,Europe/Berlin,en,,,,,",
		"E 3,\"a\nb\",,,,,,de,Local,zh,2025-01-01,2025-01-02,,,",
	),
		"line 2: employee_no: This cell is empty; fill it in.",
		"line 3: name: This cell is empty; fill it in.",
		"line 4: name: This cell is empty; fill it in.",
		`line 4: email: "nobody" is no e-mail address; write it as name@example.com.`,
		`line 4: roles: "Admin" is no role; write roles in lower case with ; between them, as hr;sales.`,
		`line 4: country: "XX" is no country; write its two capital letters, as CN, DE or US.`,
		`line 4: timezone: "Mars/Base" is no time zone; write its name in the tz database, as Asia/Shanghai.`,
		`line 4: language: "fr" is not known; write one of en, zh.`,
		`line 4: hired_on: "01/11/2026" can be 2026-11-01 or 2026-01-11; write it as 2026-11-30 (year, month, day). A spreadsheet does so in a column of the form yyyy-mm-dd.`,
		`line 4: first_employed_on: There is no such day as "2025-02-29".`,
		`line 4: tier: "expert!" is not known; write one of new, senior, expert.`,
		`line 4: active: "maybe" is not known; write one of true, false.`,
		`line 4: pattern: "nights" is not known; write one of mornings.`,
		`line 4: manager_no: "E99" is nobody's number, neither in this file nor among the people stored.`,
		`line 5: employee_no: "E2" is in line 4 already; keep one of the two lines.`,
		`line 6: employee_no: "E 3" holds a space or a hidden sign; write it without.`,
		"line 6: name: Write it on one line.",
		`line 6: country: "de" is no country; write its two capital letters, as CN, DE or US.`,
		`line 6: timezone: "Local" is no time zone; write its name in the tz database, as Asia/Shanghai.`,
		"line 6: first_employed_on: 2025-01-02 is after hired_on, 2025-01-01; it is the first day of the person's working life.",
	)
	if list, err := s.ActivePeople(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("a refused file stored %v (%v)", list, err)
	}
}

// What a spreadsheet makes of a file's cells is read, and what it takes away is asked about, both numbers named.
func TestImportWhatSpreadsheetsWrite(t *testing.T) {
	s := storagetest.Open(t)
	header := strings.ReplaceAll(peopleHeader, ",", ";") + ";first_employed_on;active"
	apply(t, people(t, s, "sep=;", header,
		"0018;Ann Li;ann@x.example;;Sales;Rep;hr;CN;Asia/Shanghai;zh;2026/1/5;5-Jan-20;TRUE",
		"００１９;Bo Wu;bo@x.example;'0018;Sales;;;CN;Asia/Shanghai;zh;46027;2020年1月5日;是",
		"E3;O'Neil;;0018;Sales;;;ＤＥ;Europe/Berlin;en;24.12.2026;;FALSCH"))
	for no, want := range map[string]string{"0018": "2026-01-05 2020-01-05 true", "0019": "2026-01-05 2020-01-05 true", "E3": "2026-12-24  false"} {
		p, err := s.PersonByNo(t.Context(), no)
		if got := fmt.Sprint(p.HiredOn, " ", p.FirstEmployedOn, " ", p.Active); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", no, got, err, want)
		}
	}
	eaten := "a spreadsheet takes leading zeros away, unless the column has the form Text"
	line := func(no, manager string) string { return no + ",Ann Li,," + manager + ",,,,DE,Europe/Berlin,en," }
	plan, err := people(t, s, peopleHeader, line("18", ""), line("020", "0018"), line("20", "0018"), line("0018", "")).Plan(t.Context())
	must(t, err)
	same(t, "warnings", table.Told(plan.Warnings), `line 2: "18" would be new beside 0018 Ann Li: the same person? `+eaten, `line 4: "20" would be new beside 020 Ann Li: the same person? `+eaten,
		"nobody active holds the role admin; a request for which no approver is found could not be sent")
	refused(t, people(t, s, peopleHeader, line("E9", "18"), line("1.2E+11", "")),
		`line 2: manager_no: "18" is nobody's number, neither in this file nor among the people stored. Is 0018 Ann Li meant? If so: `+eaten+".",
		`line 3: employee_no: "1.2E+11" is what a spreadsheet makes of a long number; give the column the format Text there and write the number in full.`)
	refused(t, balances(t, s, "18,annual,1,2026-01-01,,", "E77,annual,1,2026-01-01,,"),
		`line 2: employee_no: "18" is nobody's number; import people first. Is 0018 Ann Li meant? If so: `+eaten+".",
		`line 3: employee_no: "E77" is nobody's number; import people first.`)
	refused(t, accounts(t, s, "A1,x,TRUE,18,en,UTC"),
		`line 2: rep_no: "18" is nobody's number; import people first, or leave the cell empty. Is 0018 Ann Li meant? If so: `+eaten+".")
	apply(t, accounts(t, s, "0777,x,TRUE,0018,en,UTC"))
	plan, err = accounts(t, s, "777,x,否,'0018,en,UTC").Plan(t.Context())
	must(t, err)
	same(t, "warnings", table.Told(plan.Warnings), `line 2: "777" would be new beside 0777 x: the same account? `+eaten)
	apply(t, balances(t, s, `0018,年假,"2,5",2026/1/5,46387,１`, "'0018,annual,1.2E+01,20260105,31-Dec-26,2"))
	p, err := s.PersonByNo(t.Context(), "0018")
	must(t, err)
	ledgers, err := s.Ledgers(t.Context(), p.ID, importedAt)
	must(t, err)
	var lots []string
	for _, l := range ledgers[0].Lots {
		lots = append(lots, fmt.Sprint(l.Unit, " ", l.From, " ", l.Until, " ", l.Granted))
	}
	same(t, "lots", lots, "leave:annual 2026-01-05 2026-12-31 1200", "leave:annual 2026-01-05 2026-12-31 5760")
}

// Managers may not form a circle, neither in the file alone nor with people who are stored.
func TestImportRefusesCircles(t *testing.T) {
	s := storagetest.Open(t)
	line := func(no, manager string) string {
		return no + "," + no + ",," + manager + ",,,,DE,Europe/Berlin,en,"
	}
	refused(t, people(t, s, peopleHeader, line("E0", "E1"), line("E1", "E2"), line("E2", "E3"), line("E3", "E1"), line("E4", "E4")),
		"line 3: manager_no: The managers form a circle: E1 → E2 → E3 → E1; give one of them another manager, or none.",
		"line 6: manager_no: The managers form a circle: E4 → E4; give one of them another manager, or none.")
	apply(t, people(t, s, peopleHeader, line("E1", "E2"), line("E2", "E3"), line("E3", "")))
	refused(t, people(t, s, peopleHeader, line("E5", ""), line("E3", "E1")),
		"line 3: manager_no: The managers form a circle: E3 → E1 → E2 → E3; give one of them another manager, or none.")
	// Turned round in one file it is no circle.
	apply(t, people(t, s, peopleHeader, line("E1", ""), line("E2", "E1"), line("E3", "E2")))
}

// An e-mail address names one active person, however it is written; it may pass from one to another within a file.
func TestImportEmails(t *testing.T) {
	s := storagetest.Open(t)
	line := func(no, email, active string) string {
		return no + "," + no + "," + email + ",,,,,DE,Europe/Berlin,en,," + active
	}
	header := peopleHeader + ",active"
	apply(t, people(t, s, header, line("E1", "a@x.example", ""), line("E2", "b@x.example", ""), line("E3", "c@x.example", "false")))
	refused(t, people(t, s, header, line("E4", "A@X.example", ""), line("E5", "d@x.example", "true"), line("E6", "D@x.example", "true"), line("E7", "d@x.example", "false")),
		"line 2: email: a@x.example is the address of E1 E1 (stored) already; active people need one each.",
		"line 4: email: d@x.example is the address of E5 E5 (line 3) already; active people need one each.")
	apply(t, people(t, s, header, line("E2", "a@x.example", ""), line("E1", "b@x.example", ""), line("E8", "c@x.example", "")))
	refused(t, people(t, s, header, line("E3", "c@x.example", "true")),
		"line 2: email: c@x.example is the address of E8 E8 (stored) already; active people need one each.")
	apply(t, people(t, s, header, line("E3", "c@x.example", "true"), line("E8", "c@x.example", "false")))
}

// Whoever leaves is known to no chat from that moment on, and is named, so that their turns can move.
func TestImportDeactivates(t *testing.T) {
	s := storagetest.Open(t)
	apply(t, people(t, s, company...))
	kai, err := s.PersonByNo(t.Context(), "E011")
	if err != nil {
		t.Fatal(err)
	}
	kaisChat := workflows.ChatUser{Platform: "web", Team: "lantern", User: "E011"}
	if err := s.Bind(t.Context(), kai.ID.Party(), kaisChat, importedAt); err != nil {
		t.Fatal(err)
	}
	leaves := people(t, s, company[0]+",active", company[1]+",true", company[2]+",false")
	plan := apply(t, leaves)
	if !slices.Equal(plan.Deactivated, []workflows.PersonID{kai.ID}) {
		t.Errorf("deactivated %v, want %v", plan.Deactivated, kai.ID)
	}
	same(t, "warnings", table.Told(plan.Warnings), "line 2: the manager of E003 Tom Baker, E011 周凯 Zhou Kai, is not active; whoever is above decides instead")
	// Coming back does not bring an old binding back.
	if plan = apply(t, people(t, s, company[0]+",active", company[2]+",true")); len(plan.Deactivated) > 0 {
		t.Errorf("deactivated %v", plan.Deactivated)
	}
	if p, err := s.BoundPerson(t.Context(), kaisChat); err == nil {
		t.Errorf("the chat user is still %+v", p)
	}
}

// I3: an address that is somebody's no more keeps nobody bound who was recognised by it: it may be another's now. The plan says so.
// Whoever brought a code stays, and so does whoever's address is only missing from the file.
func TestI3ImportEndsChatsByOldAddresses(t *testing.T) {
	s := storagetest.Open(t)
	apply(t, people(t, s, company...))
	ctx := t.Context()
	must(t, s.BindByEmail(ctx, slack("U3"), "tom.baker@lantern.example", importedAt))
	must(t, s.BindByEmail(ctx, slack("U11"), "kai@lantern.example", importedAt))
	code, err := s.LinkCode(ctx, "E003", "telegram")
	must(t, err)
	_, err = s.Redeem(ctx, once(telegram("33")), code, importedAt)
	must(t, err)
	is := func(u workflows.ChatUser, no string) {
		t.Helper()
		p, err := s.BoundPerson(ctx, u)
		if no == "" {
			wantCode(t, err, workflows.Unknown)
		} else if err != nil || p.No != no {
			t.Errorf("%+v is %+v, %v", u, p, err)
		}
	}
	line := func(i int, old, with string) string { return strings.Replace(company[i], old, with, 1) }

	missing := people(t, s, company[0], line(1, "Tom.Baker@lantern.example", ""), line(2, "kai@lantern.example", "KAI@lantern.example"))
	same(t, "missing", apply(t, missing).Lines, `line 2: change: E003 Tom Baker: email "tom.baker@lantern.example" → ""`)
	is(slack("U3"), "E003")
	is(slack("U11"), "E011")

	changed := people(t, s, company[0], line(1, "Tom.Baker@lantern.example", "tom@lantern.example"))
	want := []string{`line 2: change: E003 Tom Baker: email "" → "tom@lantern.example"`,
		"line 2: ends the slack chat of E003 Tom Baker, which was linked by the address tom.baker@lantern.example; it can be linked anew"}
	plan, err := changed.Plan(ctx)
	must(t, err)
	same(t, "plan", plan.Lines, want...)
	is(slack("U3"), "E003")
	same(t, "apply", apply(t, changed).Lines, want...)
	is(slack("U3"), "")
	is(telegram("33"), "E003")
	must(t, s.BindByEmail(ctx, slack("U3"), "tom@lantern.example", importedAt))
	is(slack("U3"), "E003")
}

func TestImportBalances(t *testing.T) {
	s := storagetest.Open(t)
	apply(t, people(t, s, company...))
	lines := []string{
		"E003,annual,10,2026-01-01,2026-12-31,2026",
		"E003,annual,2.5,2026-01-01,,carried",
		"E011,comp,0.125,2026-11-01,2026-11-01,an hour",
		"E003,annual,10.0,2026-01-01,2026-12-31,2026",
		"E003,annual,3,2026-06-01,2026-06-02,too much",
	}
	plan := apply(t, balances(t, s, lines...))
	same(t, "plan", plan.Lines,
		"line 2: grant: E003 Tom Baker 10 days of annual from 2026-01-01 until 2026-12-31",
		"line 3: grant: E003 Tom Baker 2.5 days of annual from 2026-01-01 with no end",
		"line 4: grant: E011 周凯 Zhou Kai 0.125 days of comp from 2026-11-01 until 2026-11-01",
		"line 5: skip: E003 Tom Baker 10.0 days of annual from 2026-01-01 until 2026-12-31, the same line: it stands in line 2",
		"line 6: grant: E003 Tom Baker 3 days of annual from 2026-06-01 until 2026-06-02")
	same(t, "warnings", table.Told(plan.Warnings), "line 6: 3 days are more than the 2 days from 2026-06-01 until 2026-06-02")
	held := func() (list []string) {
		for _, no := range []string{"E003", "E011"} {
			p, err := s.PersonByNo(t.Context(), no)
			if err != nil {
				t.Fatal(err)
			}
			accounts, err := s.Ledgers(t.Context(), p.ID, importedAt)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range accounts {
				for _, l := range a.Lots {
					list = append(list, fmt.Sprintf("%s %s %s..%s %d %d %s", no, l.Unit, l.From, l.Until, l.Granted, l.Left, l.Reason))
				}
			}
		}
		return list
	}
	want := []string{
		"E003 leave:annual 2026-06-01..2026-06-02 1440 1440 too much",
		"E003 leave:annual 2026-01-01..2026-12-31 4800 4800 2026",
		"E003 leave:annual 2026-01-01.. 1200 1200 carried",
		"E011 leave:comp 2026-11-01..2026-11-01 60 60 an hour",
	}
	same(t, "balances", held(), want...)
	if plan = apply(t, balances(t, s, lines...)); plan.Changed > 0 || plan.Unchanged != 5 {
		t.Errorf("the second time it changes %q", plan.Lines)
	}
	same(t, "balances after the second time", held(), want...)
	// Another reason makes another grant, and a sign in it makes no other column.
	apply(t, balances(t, s, `E003,annual,10,2026-01-01,2026-12-31,"2026"",""x"`))
	if got := held(); len(got) != 5 {
		t.Errorf("balances are %q", got)
	}
}

func TestImportBalancesRefuses(t *testing.T) {
	s := storagetest.Open(t)
	apply(t, people(t, s, company...))
	days := func(s string) string { return "E003,annual," + s + ",2026-01-01,2026-12-31," }
	number := func(line int, days string) string {
		return fmt.Sprintf(`line %d: days: "%s" is no number of days; write digits with a point, as 10 or 2.5.`, line, days)
	}
	refused(t, balances(t, s,
		"E099,annual,1,2026-01-01,2026-12-31,",
		"E003,comp,1,2026-01-01,2026-12-31,",
		"E003,annual,1,,2026-12-31,",
		"E003,annual,1,2026-01-02,2026-01-01,",
		days(""), days("NaN"), days("-5"), days("+5"), days("1e3"), days("0x10"), days(".5"), days("5."), days(`"1,250"`), days("１x"), days("99999999999999999999"), days("1.0000000"),
		days("0"), days("0.0"), days("3660.5"), days("0.333"), days("--5"), days("-0"), days("-3661"), days("-"),
	),
		`line 2: employee_no: "E099" is nobody's number; import people first.`,
		`line 3: leave_type: "comp" is not known; write one of annual, sick.`,
		"line 4: valid_from: The first day on which the grant can be used is missing.",
		"line 5: valid_until: 2026-01-01 is before valid_from, 2026-01-02; it is the last day on which the grant can be used.",
		number(6, ""), number(7, "NaN"), "line 8: reason: A negative number of days corrects a grant and needs a reason; say why.", number(9, "+5"), number(10, "1e3"), number(11, "0x10"), number(12, ".5"), number(13, "5."),
		number(14, "1,250"), number(15, "１x"), number(16, "99999999999999999999"), number(17, "1.0000000"),
		"line 18: days: A grant of no days changes nothing; delete the line.",
		"line 19: days: A grant of no days changes nothing; delete the line.",
		`line 20: days: "3660.5" days are more than can be meant; at most 3660.`,
		`line 21: days: "0.333" days are no whole number of minutes; write halves, as 2.5, or quarters.`,
		number(22, "--5"), "line 23: days: A grant of no days changes nothing; delete the line.", `line 24: days: "-3661" days are more than can be meant; at most 3660.`,
		number(25, "-"),
	)
}

// A mistyped 100 is undone by a line with the days that were too many, below zero, and why: for the same days as the grant, no more than was
// granted, once, and also in the same file as the grant. Nothing that was written is changed.
func TestImportBalancesCorrects(t *testing.T) {
	db := storagetest.New(t)
	s := storagetest.Connect(t, db)
	owner := dial(t, db.Owner)
	apply(t, people(t, s, company...))
	apply(t, balances(t, s, "E003,annual,100,2026-01-01,2026-12-31,2026", "E003,annual,5,2026-01-01,2027-03-31,carried"))
	held := func() (list []string) {
		p := person(t, s, "E003")
		ledgers, err := s.Ledgers(t.Context(), p.ID, importedAt)
		must(t, err)
		for _, l := range ledgers[0].Lots {
			list = append(list, fmt.Sprint(l.From, "..", l.Until, " ", l.Granted.Days(), " ", l.Left.Days(), " ", l.Reason))
		}
		return list
	}
	correction := "E003,annual,-90,2026-01-01,2026-12-31,typed 100"
	plan := apply(t, balances(t, s, correction))
	same(t, "lines", plan.Lines, "line 2: correction: E003 Tom Baker -90 days of annual from 2026-01-01 until 2026-12-31")
	same(t, "balances", plan.Balances, "E003 Tom Baker, annual: 105 days → 15 days")
	want := []string{"2026-01-01..2026-12-31 10 10 2026", "2026-01-01..2027-03-31 5 5 carried"}
	same(t, "held", held(), want...)
	again := apply(t, balances(t, s, correction, strings.Replace(correction, "-90", "-90.0", 1)))
	same(t, "again", again.Lines, "line 2: skip: E003 Tom Baker -90 days of annual from 2026-01-01 until 2026-12-31, the same line: it was imported before",
		"line 3: skip: E003 Tom Baker -90.0 days of annual from 2026-01-01 until 2026-12-31, the same line: it was imported before")
	same(t, "held", held(), want...)
	must(t, owner.QueryRow(t.Context(), "SELECT array_agg(kind || ' ' || amount || ' ' || reason ORDER BY id) FROM ledger").Scan(&want))
	same(t, "entries", want, "grant 48000 ", "grant 2400 ", "adjust -43200 typed 100")

	refused(t, balances(t, s, "E003,annual,-11,2026-01-01,2026-12-31,x", "E003,annual,-1,2026-01-01,,x", "E003,sick,-1,2026-01-01,2026-12-31,x",
		"E003,annual,-6,2026-01-01,2026-12-31,a", "E003,annual,-6,2026-01-01,2026-12-31,b"),
		`line 2: days: "-11" days are to be taken off, but 10 days of annual were granted to E003 Tom Baker from 2026-01-01 until 2026-12-31; correct no more than that, and write the same days as the grant.`,
		`line 3: days: "-1" days are to be taken off, but 0 days of annual were granted to E003 Tom Baker from 2026-01-01 with no end; correct no more than that, and write the same days as the grant.`,
		`line 4: days: "-1" days are to be taken off, but 0 days of sick were granted to E003 Tom Baker from 2026-01-01 until 2026-12-31; correct no more than that, and write the same days as the grant.`,
		`line 6: days: "-6" days are to be taken off, but 4 days of annual were granted to E003 Tom Baker from 2026-01-01 until 2026-12-31; correct no more than that, and write the same days as the grant.`)

	// In one file with the grant, and over two grants of the same days.
	plan = apply(t, balances(t, s, "E003,annual,3,2026-01-01,2026-12-31,more", "E003,annual,-12,2026-01-01,2026-12-31,all but one"))
	same(t, "balances", plan.Balances, "E003 Tom Baker, annual: 15 days → 6 days")
	same(t, "held", held(), "2026-01-01..2026-12-31 1 1 2026", "2026-01-01..2026-12-31 0 0 more", "2026-01-01..2027-03-31 5 5 carried")
}

// What is booked stays booked when the grant beneath it is taken away, and the plan names the requests that are not covered any more.
func TestImportBalancesCorrectsBelowWhatIsBooked(t *testing.T) {
	db := storagetest.New(t)
	s := storagetest.Connect(t, db)
	apply(t, people(t, s, company...))
	apply(t, balances(t, s, "E003,annual,10,2026-01-01,2026-12-31,2026"))
	exec(t, dial(t, db.Owner), `
		INSERT INTO subjects (id, number, kind, state, final, revision, digest, seq, changed_at, audit_hash)
		SELECT ('00000000-0000-7000-8000-00000000000' || n)::uuid, 'LV-' || n, 'leave', 'approved', true, 1, '', 1, now(), '' FROM generate_series(1, 2) n;
		INSERT INTO bookings (subject_id, person_id, halves, unit, dates, amounts, approved)
		SELECT s.id, p.id, int4range(41120 + 10 * right(s.number, 1)::int, 41126 + 10 * right(s.number, 1)::int), 'leave:annual',
		       ARRAY[date '2026-04-20' + 5 * right(s.number, 1)::int, date '2026-04-21' + 5 * right(s.number, 1)::int], '{480, 480}', true
		  FROM subjects s, people p WHERE p.employee_no = 'E003'`)
	plan := apply(t, balances(t, s, "E003,annual,-7,2026-01-01,2026-12-31,typed 10"))
	same(t, "balances", plan.Balances, "E003 Tom Baker, annual: 6 days → -1 day; not covered any more: LV-2")
	same(t, "warnings", table.Told(plan.Warnings), "line 2: E003 Tom Baker then owes 1 day of annual, which stay booked")
}

// A grant that ends in a period which is settled would change nothing, so it is refused; one that goes on beyond it is taken.
func TestImportBalancesOfAClosedPeriod(t *testing.T) {
	db := storagetest.New(t)
	s := storagetest.Connect(t, db)
	apply(t, people(t, s, company...))
	exec(t, dial(t, db.Owner), "UPDATE books SET closed_on = '2024-12-31'")
	refused(t, balances(t, s, "E003,annual,5,2024-01-01,2024-12-31,"),
		"line 2: valid_until: The accounts of E003 Tom Baker are closed through 2024-12-31, so a grant that ends by then changes nothing; give it a later end.")
	apply(t, balances(t, s, "E003,annual,5,2024-01-01,2025-03-31,"))
}

// A grant and a press that looks at the same person's books wait for one another; a press that looks at somebody else's does not.
func TestImportBalancesWaitsForThePersonsBooks(t *testing.T) {
	db := storagetest.New(t)
	s := storagetest.Connect(t, db)
	apply(t, people(t, s, company...))
	conn, err := pgx.Connect(t.Context(), db.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	press, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = press.Exec(t.Context(), "SELECT FROM books WHERE person_id = (SELECT id FROM people WHERE employee_no = 'E003') FOR NO KEY UPDATE")
	must(t, err)
	apply(t, balances(t, s, "E011,annual,1,2026-01-01,2026-12-31,"))
	done := make(chan error, 1)
	go func() {
		_, err := balances(t, s, "E003,annual,1,2026-01-01,2026-12-31,").Apply(t.Context())
		done <- err
	}()
	waits(t, conn, done)
	if err := press.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestImportCalendar(t *testing.T) {
	s := storagetest.Open(t)
	apply(t, calendar(t, s, "CN,2027-01-01,statutory,元旦", "DE,2027-01-01,statutory,Neujahr"))
	plan := apply(t, calendar(t, s, "CN,2027-01-02,workday,", "CN,2027-01-01,rest,元旦", "DE,2027-01-01,statutory,Neujahr"))
	same(t, "plan", plan.Lines,
		`line 2: new: CN 2027-01-02: workday ""`,
		`line 3: change: CN 2027-01-01: statutory "元旦" → rest "元旦"`)
	if plan.Unchanged != 1 {
		t.Errorf("%d lines are unchanged, want 1", plan.Unchanged)
	}
	refused(t, calendar(t, s, "CN,2027-01-03,rest,a", "DE,2027-01-03,rest,a", "CN,2027-01-03,workday,b", "CN,,rest,", "CN,2027-02-29,holiday,"),
		"line 4: date: CN 2027-01-03 stands in line 2 and in line 4; keep one of the two.",
		"line 5: date: The date is missing.",
		`line 6: date: There is no such day as "2027-02-29".`,
		`line 6: kind: "holiday" is not known; write one of workday, rest, statutory.`)
	if plan = apply(t, calendar(t, s, "DE,2027-01-03,rest,a")); plan.Changed != 1 {
		t.Errorf("a refused file was stored: %q", plan.Lines)
	}
}

// Two administrators who import at the same moment get one of the two orders, never a mixture: here it would be a circle.
func TestImportsWaitForOneAnother(t *testing.T) {
	s := storagetest.Open(t)
	line := func(no, manager string) string {
		return no + "," + no + ",," + manager + ",,,,DE,Europe/Berlin,en,"
	}
	apply(t, people(t, s, peopleHeader, line("E1", ""), line("E2", "")))
	results := make(chan int, 2)
	for _, i := range []storage.Import{people(t, s, peopleHeader, line("E1", "E2")), people(t, s, peopleHeader, line("E2", "E1"))} {
		go func() {
			plan, err := i.Apply(t.Context())
			if err != nil {
				t.Error(err)
			}
			results <- len(plan.Faults)
		}()
	}
	if faults := <-results + <-results; faults != 1 {
		t.Errorf("%d faults, want the one of whoever came second", faults)
	}
}

func accounts(t *testing.T, s *storage.Store, lines ...string) storage.Import {
	return s.ImportAccounts(sheet(t, storage.AccountColumns, append([]string{"account_no,name,ka,rep_no,language,timezone"}, lines...)...))
}

func TestImportAccounts(t *testing.T) {
	s := storagetest.Open(t)
	apply(t, people(t, s, company...))
	plan := apply(t, accounts(t, s, "KA-1024,华信集团 Huaxin,true,E003,zh,Asia/Shanghai", "A7,50% Off_Ltd,false,,en,Europe/Berlin"))
	want := []string{"line 2: new: KA-1024 华信集团 Huaxin, looked after by E003 Tom Baker", "line 3: new: A7 50% Off_Ltd, looked after by nobody"}
	if !slices.Equal(plan.Lines, want) {
		t.Errorf("%q", plan.Lines)
	}
	plan = apply(t, accounts(t, s, "KA-1024,华信集团 Huaxin,true,E003,zh,Asia/Shanghai"))
	if plan.Unchanged != 1 || plan.Changed != 0 || !slices.Equal(plan.Stays, []string{"A7 50% Off_Ltd"}) {
		t.Errorf("again: %+v", plan)
	}
	plan = apply(t, accounts(t, s, "KA-1024,华信 Huaxin,false,E011,en,Asia/Shanghai"))
	if want := []string{"line 2: change: KA-1024 华信 Huaxin: name \"华信集团 Huaxin\" → \"华信 Huaxin\", no key account, looked after by E011 周凯 Zhou Kai, language zh → en"}; !slices.Equal(plan.Lines, want) {
		t.Errorf("%q", plan.Lines)
	}
	plan, err := accounts(t, s, ",x,true,,en,UTC", "K 1,,perhaps,E999,de,Mars/Phobos", "K2,x,true,,en,UTC", "K2,x,true,,en,UTC").Apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var faults []string
	for _, f := range plan.Faults {
		faults = append(faults, f.String())
	}
	for _, want := range []string{"line 2: account_no: This cell is empty", "line 3: account_no:", "line 3: name:", "line 3: ka:", "line 3: rep_no:", "line 3: language:",
		"line 3: timezone:", "line 5: account_no: K2 stands in line 4 and in line 5"} {
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.HasPrefix(f, want) }) {
			t.Errorf("no fault %q in %q", want, faults)
		}
	}
	found := func(typed string) (numbers []string) {
		list, err := s.FindAccounts(t.Context(), typed, 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			numbers = append(numbers, a.No)
		}
		return numbers
	}
	for typed, want := range map[string][]string{"ka-1024": {"KA-1024"}, "huaxin": {"KA-1024"}, "华信": {"KA-1024"}, "50%": {"A7"}, "off_": {"A7"}, "%": {"A7"}, "_": {"A7"},
		"nobody": nil, `\`: nil, "f": {"A7"}, "": {"A7", "KA-1024"}} {
		if got := found(typed); !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", typed, got, want)
		}
	}
	list, err := s.FindPeople(t.Context(), "baker", 5)
	if err != nil || len(list) != 1 || list[0].No != "E003" {
		t.Errorf("baker finds %+v, %v", list, err)
	}
	f, err := s.Facts(t.Context(), "", list[0].ID, workflows.Wants{Accounts: []string{"KA-1024", "none"}}, importedAt)
	if err != nil || len(f.Accounts) != 1 || f.Accounts["KA-1024"].Rep == 0 || f.Accounts["KA-1024"].Name != "华信 Huaxin" {
		t.Errorf("facts have %+v, %v", f.Accounts, err)
	}
}

// A bank account is for finance: it is stored, kept where a file leaves the column out, and named in no line of a plan, fault or warning.
func TestImportBankAccounts(t *testing.T) {
	s := storagetest.Open(t)
	header := peopleHeader + ",bank_account"
	line := func(no, account string) string { return no + "," + no + ",,,,,admin,DE,Europe/Berlin,en,," + account }
	told := func(plan storage.Plan) string {
		list := append(slices.Clone(plan.Lines), table.Told(append(slices.Clone(plan.Warnings), plan.Faults...))...)
		return strings.Join(list, "\n")
	}
	const german, chinese = "DE89 3704 0044 0532 0130 00", "招商银行 6225-8812-3456-7890"
	plan := apply(t, people(t, s, header, line("E1", german), line("E2", "'６２２５８８１２３４５６７８９"), line("E3", ""), line("E4", chinese)))
	if text := told(plan); strings.Contains(text, "3704") || strings.Contains(text, "6225") {
		t.Error(text)
	}
	one, two, three, four := person(t, s, "E1").ID, person(t, s, "E2").ID, person(t, s, "E3").ID, person(t, s, "E4").ID
	have := func(want map[workflows.PersonID]string) {
		t.Helper()
		got, err := s.BankAccounts(t.Context(), []workflows.PersonID{one, two, three})
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("the accounts are %v, %v; want %v", got, err, want)
		}
	}
	have(map[workflows.PersonID]string{one: german, two: "622588123456789"})
	if got, err := s.BankAccounts(t.Context(), []workflows.PersonID{four}); err != nil || got[four] != chinese {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := s.BankAccounts(t.Context(), nil); err != nil || len(got) > 0 {
		t.Errorf("of nobody %v, %v", got, err)
	}
	apply(t, people(t, s, peopleHeader, "E1,E1,,,Board,,admin,DE,Europe/Berlin,en,"))
	have(map[workflows.PersonID]string{one: german, two: "622588123456789"})
	plan = apply(t, people(t, s, header, line("E1", ""), line("E2", "6225881234567890"), line("E3", "")))
	have(map[workflows.PersonID]string{two: "6225881234567890"})
	same(t, "changes", plan.Lines, `line 2: change: E1 E1: department "Board" → "", another bank_account`, "line 3: change: E2 E2: another bank_account")
	same(t, "warnings", table.Told(plan.Warnings),
		"line 3: the bank account of E2 E2 ends in zeros behind fifteen digits, as a spreadsheet leaves a longer number; see that it is right")
	refused(t, people(t, s, header, line("E1", "6.22588E+18"), line("E2", "DE89/3704"), line("E3", strings.Repeat("9", 61)), line("E4", "=1+1"), line("E5", "\"1234\n5678\"")),
		"line 2: bank_account: The number was shortened by a spreadsheet; give the column the format Text there and write it in full.",
		"line 3: bank_account: An account has letters, digits, spaces and hyphens only; write it without other signs.",
		"line 4: bank_account: The account is too long; at most 60 characters fit.",
		"line 5: bank_account: An account has letters, digits, spaces and hyphens only; write it without other signs.",
		"line 6: bank_account: An account has letters, digits, spaces and hyphens only; write it without other signs.")
}

// I3: two people swap addresses in one file: neither chat goes on deciding as the other, and both are named in the plan. An address that
// is only missing from its person's line ends the chat all the same once it is somebody else's. The users of the chats are told there,
// and the administrators in theirs.
func TestI3AddressThatIsSomebodyElses(t *testing.T) {
	s, owner := bound(t)
	ctx := t.Context()
	exec(t, owner, `UPDATE people SET country = 'DE', timezone = 'Europe/Berlin';
		UPDATE people SET email = 'lin@example.com' WHERE employee_no = 'E1'; UPDATE people SET email = 'tom@example.com', roles = '{admin}'
		WHERE employee_no = 'E2'`)
	must(t, s.BindByEmail(ctx, slack("U1"), "lin@example.com", importedAt))
	must(t, s.BindByEmail(ctx, slack("U2"), "tom@example.com", importedAt))
	lin, tom := person(t, s, "E1"), person(t, s, "E2")
	line := func(p workflows.Person, email string) string {
		return fmt.Sprintf("%s,%s,%s,,,,%s,DE,Europe/Berlin,en,", p.No, p.Name, email, strings.Join(p.Roles, ";"))
	}
	ends := func(plan storage.Plan) (list []string) {
		for _, l := range plan.Lines {
			if strings.Contains(l, "ends the") {
				list = append(list, l)
			}
		}
		return list
	}
	swap := people(t, s, peopleHeader, line(lin, "tom@example.com"), line(tom, "lin@example.com"))
	want := []string{
		"line 2: ends the slack chat of " + lin.No + " " + lin.Name + ", which was linked by the address lin@example.com; it can be linked anew",
		"line 3: ends the slack chat of " + tom.No + " " + tom.Name + ", which was linked by the address tom@example.com; it can be linked anew"}
	plan, err := swap.Plan(ctx)
	must(t, err)
	same(t, "plan", ends(plan), want...)
	same(t, "apply", ends(apply(t, swap)), want...)
	for _, user := range []string{"U1", "U2"} {
		if yes, err := s.Bound(ctx, slack(user)); err != nil || yes {
			t.Errorf("%s is still bound: %v, %v", user, yes, err)
		}
	}
	told := func(platform string) (list []string) {
		items, err := s.ClaimNotices(ctx, workflows.Claim{Platform: platform, Oldest: 20})
		must(t, err)
		for _, n := range items {
			list = append(list, n.To.User+" "+n.Notice.Text)
			must(t, s.NoticesSent(ctx, []workflows.NoticeItem{n}, importedAt))
		}
		slices.Sort(list)
		return list
	}
	same(t, "told in the chats", told("slack"), "U1 notice.address", "U2 notice.address")
	same(t, "told the administrator", told("memory"), "E2 alert.address", "E2 alert.address")

	must(t, s.BindByEmail(ctx, slack("U1"), "lin@example.com", importedAt)) // who is tom by now
	if p, err := s.BoundPerson(ctx, slack("U1")); err != nil || p.No != tom.No {
		t.Errorf("U1 is %+v, %v", p, err)
	}
	same(t, "missing", ends(apply(t, people(t, s, peopleHeader, line(tom, "")))))
	taken := ends(apply(t, people(t, s, peopleHeader, line(lin, "lin@example.com"))))
	same(t, "taken", taken, "line 2: ends the slack chat of "+tom.No+" "+tom.Name+
		", which was linked by the address lin@example.com; it can be linked anew")
}

// I4: a number that changes name and address at once would give another person what is somebody's. Whoever confirms that it is the same
// person is believed; a new name alone, a new address alone, and an address that is missing need no confirmation.
func TestI4NumberOfAnotherPerson(t *testing.T) {
	s := storagetest.Open(t)
	apply(t, people(t, s, peopleHeader, "E1,Lin Xiaoyu,lin@example.com,,,,admin,DE,Europe/Berlin,en,"))
	other := "E1,Ann Li,ann@example.com,,,,admin,DE,Europe/Berlin,en,"
	refused(t, people(t, s, peopleHeader, other), "line 2: employee_no: E1 Lin Xiaoyu (lin@example.com) would become Ann Li "+
		"(ann@example.com): another person? A new person needs a number of their own. If it is the same person, add -same E1.")
	for _, fine := range []string{"E1,Lin Baker,lin@example.com,,,,admin,DE,Europe/Berlin,en,", "E1,lin baker,l.baker@example.com,,,,admin,DE,Europe/Berlin,en,",
		"E1,Lin Xiaoyu,,,,,admin,DE,Europe/Berlin,en,"} {
		apply(t, people(t, s, peopleHeader, fine))
	}
	refused(t, people(t, s, peopleHeader, other), "line 2: employee_no: E1 Lin Xiaoyu (no address) would become Ann Li "+
		"(ann@example.com): another person? A new person needs a number of their own. If it is the same person, add -same E1.")
	same := s.ImportPeople(sheet(t, storage.PeopleColumns, peopleHeader, other), storage.PeopleRules{SamePerson: []string{"E1"}}, importedAt)
	apply(t, same)
	if p := person(t, s, "E1"); p.Name != "Ann Li" {
		t.Errorf("E1 is %+v", p)
	}
}

// Whatever stands in a file: it has faults, each with a line of its own, or the database takes all of it, and imported once more it changes nothing.
func FuzzImport(f *testing.F) {
	const peopleMore = ",first_employed_on,tier,active,pattern,bank_account"
	for _, rows := range []string{
		"E9,李静 Li Jing,li@example.com,E1,Sales,Rep,hr;sales,CN,Asia/Shanghai,zh,2020-01-01,2019-01-01,senior,true,mornings,6225 8812-34",
		"E1,boss,,,Board,,admin,DE,Europe/Berlin,en,,,,,,\nE2,\"a\nb\",x@y,E2,,,,US,America/New_York,en,2024-02-30,,,no,,1.2E+18",
		"E3,x,\"\"\"a b\"\"@example.com\",E4,,,,CN,UTC,zh,,,,,,\nE4,y,,E3,,,,CN,UTC,zh,1900-01-01,,,,,",
		"E1,annual,5,2026-01-01,2026-12-31,carried over\nE1,annual,0.5,2026-01-01,,\nE1,comp,99999999999999999999,2026-01-01,2025-01-01,x", "E1,annual,-3,2026-01-01,,back", "E1,annual,5,2026-01-01,,a\nE1,annual,-3,2026-01-01,,back\nE1,annual,-2,2026-01-01,,\"=x\"",
		"CN,2026-10-01,statutory,国庆节\nCN,2026-10-10,workday,\nDE,2026-10-03,rest,x", "KA-1,华信,true,E1,zh,Asia/Shanghai\nKA-2,\u202E,false,,en,UTC", "A,b,true,E404,xx,Mars",
	} {
		for kind := range byte(4) {
			f.Add(kind, rows)
		}
	}
	s := storagetest.Open(f)
	units := func(workflows.Person) []workflows.Unit {
		return []workflows.Unit{{Ledger: "leave:annual", Option: workflows.Option{Value: "annual"}}, {Ledger: "leave:comp", Option: workflows.Option{Value: "comp"}}}
	}
	kinds := []struct {
		columns []table.Column
		header  string
		make    func(t table.Table) storage.Import
	}{
		{storage.PeopleColumns, peopleHeader + peopleMore, func(t table.Table) storage.Import {
			return s.ImportPeople(t, storage.PeopleRules{Patterns: []string{"mornings"}}, importedAt)
		}},
		{storage.BalanceColumns, "employee_no,leave_type,days,valid_from,valid_until,reason", func(t table.Table) storage.Import { return s.ImportBalances(t, units, importedAt) }},
		{storage.CalendarColumns, "country,date,kind,name", s.ImportCalendar},
		{storage.AccountColumns, "account_no,name,ka,rep_no,language,timezone", s.ImportAccounts},
	}
	first, faults := table.Read(strings.NewReader(peopleHeader+"\nE1,boss,,,Board,,admin,DE,Europe/Berlin,en,2020-01-01"), storage.PeopleColumns)
	if plan, err := kinds[0].make(first).Apply(f.Context()); len(faults) > 0 || err != nil || len(plan.Faults) > 0 {
		f.Fatal(faults, err, plan.Faults)
	}
	f.Fuzz(func(t *testing.T, kind byte, rows string) {
		if len(rows) > 1000 {
			return
		}
		k := kinds[int(kind)%len(kinds)]
		read, faults := table.Read(strings.NewReader(k.header+"\n"+rows), k.columns)
		if len(faults) > 0 {
			return
		}
		plan, err := k.make(read).Apply(t.Context())
		if err != nil {
			t.Fatalf("%s\n%q: %v", k.header, rows, err)
		}
		for _, fault := range plan.Faults {
			if fault.Line < 1 || fault.Line > strings.Count(rows, "\n")+strings.Count(rows, "\r")+2 || fault.Sentence == "" || !utf8.ValidString(fault.String()) {
				t.Errorf("%q: %+v", rows, fault)
			}
		}
		if len(plan.Faults) > 0 {
			return
		}
		if again, err := k.make(read).Apply(t.Context()); err != nil || again.Changed > 0 || len(again.Faults) > 0 {
			t.Errorf("%s\n%q once more: %q, %v, %v", k.header, rows, again.Lines, again.Faults, err)
		}
	})
}

package leave_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

// TestTranscripts plays testdata/*.txtar: who says or presses what, and what comes of it. The commands are the methods named in play; a line that
// begins with ! must be refused. The file policy.yaml of an archive replaces the shipped policy.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := newScript(t, archive)
			for i, text := range strings.Split(string(archive.Comment), "\n") {
				s.at = fmt.Sprintf("%s:%d: %s", file, i+1, text)
				if words := split(text); len(words) > 0 && !strings.HasPrefix(text, "#") {
					s.play(words)
				}
			}
		})
	}
}

type script struct {
	*memory
	t       *testing.T
	at      string // the line being played
	actor   workflows.Actor
	number  string // of the request that presses are about
	rows    []workflows.Row
	told    []told // by the line before
	notices []workflows.Notice
}

// told is a text that somebody was shown.
type told struct {
	key  string
	args workflows.Args
}

// company is who the transcripts are about.
func company() []workflows.Person {
	hired := workflows.Date{Year: 2020, Month: time.January, Day: 1}
	who := func(id workflows.PersonID, name string, manager workflows.PersonID, department, country, zone string, roles ...string) workflows.Person {
		return workflows.Person{ID: id, No: fmt.Sprintf("E%03d", id), Name: name, Manager: manager, Department: department, Country: country,
			Zone: zone, Roles: roles, HiredOn: hired, Active: true}
	}
	return []workflows.Person{
		who(1, "wang", 0, "Board", "CN", "Asia/Shanghai", "director"),
		who(2, "zhao", 1, "Sales", "CN", "Asia/Shanghai", "sales"), // the head of Sales: wang is outside it
		who(3, "lin", 2, "Sales", "CN", "Asia/Shanghai", "sales"),
		who(4, "mei", 2, "Sales", "CN", "Asia/Shanghai", "sales"),
		who(5, "han", 1, "People", "CN", "Asia/Shanghai", "hr"),
		who(6, "ada", 1, "IT", "CN", "Asia/Shanghai", "admin"),
		who(7, "tom", 2, "Sales", "DE", "Europe/Berlin", "sales"),
		who(66, "mallory", 1, "IT", "CN", "Asia/Shanghai"),
	}
}

func newScript(t *testing.T, archive *txtar.Archive) *script {
	p := policy.Default()
	for _, f := range archive.Files {
		var err error
		if p, err = policy.Load(f.Name, f.Data); err != nil {
			t.Fatal(err)
		}
	}
	s := &script{t: t, memory: newMemory(t, p, company()...)}
	s.heard = func(d workflows.Decision) { s.notices = append(s.notices, d.Notices...) }
	s.now = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC) // a Monday, 09:00 in Shanghai
	return s
}

func (s *script) play(words []string) {
	refused := words[0] == "!"
	if refused {
		words = words[1:]
	}
	command, args := words[0], words[1:]
	if asks, ok := map[string]func([]string) error{"/leave": s.leave, "press": s.press, "edit": s.edit, "preview": s.preview}[command]; ok {
		s.notices = nil
		err := asks(args)
		s.told = toldBy(err)
		if (err != nil) != refused {
			s.fatalf("refused: %v", err)
		}
		return
	}
	check, ok := map[string]func([]string){
		"as": s.as, "file": s.file, "offers": s.offers, "on": s.on, "at": s.setTime, "next": s.next, "person": s.column, "grant": s.grant, "holiday": s.holiday,
		"said": s.said, "state": s.state, "audit": s.auditIs, "balance": s.balanceIs, "booked": s.bookedIs, "pays": s.paysIs, "closed": s.closedIs, "steps": s.stepsAre,
		"note": s.noteIs, "waits": s.waitsFor, "turn": s.turnIs, "row": s.rowIs, "norow": s.noRow, "notice": s.noticeIs, "holds": s.holdsIs, "title": s.titleIs,
	}[command]
	if !ok || refused {
		s.fatalf("no such command")
	}
	check(args)
}

func (s *script) fatalf(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s\n\t%s", s.at, fmt.Sprintf(format, args...))
}

func (s *script) who(name string) workflows.Person {
	for _, p := range s.people {
		if p.Name == name {
			return p
		}
	}
	s.fatalf("nobody is called %s", name)
	return workflows.Person{}
}

// What people do.

func (s *script) as(args []string) {
	switch args[0] {
	case "operator":
		s.actor = workflows.OperatorActor("root")
	case "clock":
		s.actor = workflows.ClockActor()
	case "contact":
		s.actor = workflows.Actor{Party: workflows.Party{Kind: workflows.ContactParty, ID: 1}, Platform: "web"}
	default:
		s.actor = workflows.PersonActor(s.who(args[0]), "web")
	}
}

// file hands in a file of each name. Its ID is made of its place.
func (s *script) file(args []string) {
	for _, name := range args {
		id := fmt.Sprintf("00000000-0000-7000-8000-%012d", len(s.files)+1)
		s.files[id] = workflows.File{ID: id, Owner: s.actor.Person.ID, Name: name, Type: "application/pdf", Size: 1}
	}
}

// named turns names of files into their IDs; what is none stays.
func (s *script) named(names string) string {
	words := strings.Split(names, ",")
	for i, word := range words {
		for id, f := range s.files {
			if f.Name == word {
				words[i] = id
			}
		}
	}
	return strings.Join(words, " ")
}

func (s *script) on(args []string) { s.number = s.request(args[0]).Number }

var dateForm = regexp.MustCompile(`^\d+-\d+-\d+$`)

// form reads "annual 2026-03-02 2026-03-03 to_part=am some reason".
func (s *script) form(args []string) workflows.Form {
	f, reason := workflows.Form{}, []string{}
	for i, a := range args {
		name, value, pair := strings.Cut(a, "=")
		switch {
		case pair:
			f[name] = value
		case i == 0:
			f["type"] = a
		case dateForm.MatchString(a) && f["from"] == "":
			f["from"] = a
		case dateForm.MatchString(a) && f["to"] == "":
			f["to"] = a
		default:
			reason = append(reason, a)
		}
	}
	f["reason"] = strings.Join(reason, " ")
	f["proof"] = s.named(f["proof"])
	return f
}

// draft is a new request of whoever speaks, or of the person after for=.
func (s *script) draft(f workflows.Form) workflows.Request {
	requester := s.actor.Person.ID
	if f["for"] != "" {
		requester = s.who(f["for"]).ID
	}
	r := workflows.Request{Requester: requester, SubmittedBy: s.actor.Person.ID}
	r.ID, r.Kind, r.Definition = workflows.SubjectID(fmt.Sprintf("r%d", len(s.requests)+1)), "leave", s.kind.Hash()
	return r
}

func (s *script) leave(args []string) error {
	f := s.form(args)
	return s.done(s.change(s.draft(f), workflows.Act{Event: approval.Submit, Form: f}, s.actor))
}

func (s *script) preview(args []string) error {
	f := s.form(args)
	r := s.draft(f)
	if f["of"] != "" {
		r = *s.request(f["of"])
	}
	p := s.kind.Preview(r, f, s.facts(r, s.kind.Wants(f, s.person(r.Requester))))
	s.rows = p.Rows
	s.render()
	return workflows.Joined(p.Faults)
}

// press reads "approve", "reject too many", "approve @1" (the button of revision 1), "reassign person=E001 on holiday".
func (s *script) press(args []string) error {
	r := *s.request(s.number)
	act := workflows.Act{Event: workflows.Event(args[0]), Digest: r.Digest}
	var comment []string
	for _, a := range args[1:] {
		if n, err := strconv.Atoi(strings.TrimPrefix(a, "@")); err == nil && strings.HasPrefix(a, "@") {
			act.Digest = s.digest(r, n)
		} else if person, ok := strings.CutPrefix(a, "person="); ok {
			act.Person = person
		} else if names, ok := strings.CutPrefix(a, "proof="); ok {
			act.Form = workflows.Form{"proof": s.named(names)}
		} else {
			comment = append(comment, a)
		}
	}
	act.Comment = strings.Join(comment, " ")
	return s.done(s.change(r, act, s.actor))
}

func (s *script) edit(args []string) error {
	r := *s.request(s.number)
	digest := r.Digest
	if n, err := strconv.Atoi(strings.TrimPrefix(args[0], "@")); err == nil {
		digest, args = s.digest(r, n), args[1:]
	}
	return s.done(s.change(r, workflows.Act{Event: approval.Edit, Digest: digest, Form: s.form(args)}, s.actor))
}

// digest is what a button of a revision carries.
func (s *script) digest(r workflows.Request, revision int) string {
	for _, row := range s.audit[r.ID] {
		if row.Revision == revision {
			return workflows.RevisionDigest(row.Hash)
		}
	}
	return "neverknown1"
}

func (s *script) done(d workflows.Decision, err error) error {
	if err == nil {
		s.now = s.now.Add(time.Second) // so that what happens one after the other can be told apart
		s.number = d.Request.Number
		s.notices = append(s.notices, d.Notices...)
		s.rows = nil
		sayBoth(s.t, s.kind.Title(d.Request))
		for _, to := range []workflows.Relation{workflows.ToRequester, workflows.ToSubmitter, workflows.ToApprover, workflows.ToAsked, workflows.ToHR} {
			s.show(to)
		}
	}
	return err
}

// What happens around them. The clock of the transcripts is Shanghai's.

var shanghai = func() *time.Location {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return zone
}()

// setTime moves to a time, running whatever falls due before it.
func (s *script) setTime(args []string) {
	to, err := time.ParseInLocation("2006-01-02 15:04", strings.Join(args, " "), shanghai)
	if err != nil {
		s.fatalf("%v", err)
	}
	if to = to.UTC(); to.Before(s.now) {
		s.now = to
	}
	s.notices = nil
	s.tick(to)
}

func (s *script) next(args []string) {
	d, err := time.ParseDuration(args[0])
	if err != nil {
		s.fatalf("%v", err)
	}
	s.notices = nil
	s.tick(s.now.Add(d))
}

// column reads "person zhao away=true".
func (s *script) column(args []string) {
	for i := range s.people {
		p := &s.people[i]
		if p.Name != args[0] {
			continue
		}
		for _, a := range args[1:] {
			name, value, _ := strings.Cut(a, "=")
			switch name {
			case "away":
				p.Away = value == "true"
			case "active":
				p.Active = value == "true"
				if !p.Active {
					s.notices = nil
					s.relieve(p.ID)
				}
			case "pattern":
				p.Pattern = value
			case "department":
				p.Department = value
			case "hired":
				p.HiredOn = s.date(value)
			case "roles":
				p.Roles = strings.Fields(strings.ReplaceAll(value, ",", " "))
			case "manager":
				p.Manager = 0
				if value != "" {
					p.Manager = s.who(value).ID
				}
			default:
				s.fatalf("no such column")
			}
		}
		return
	}
	s.fatalf("nobody is called %s", args[0])
}

func (s *script) date(text string) workflows.Date {
	d, err := workflows.ParseDate(text)
	if err != nil {
		s.fatalf("%v", err)
	}
	return d
}

// grant reads "grant lin annual 5d 2026-01-01 2026-12-31"; the last date is optional.
func (s *script) grant(args []string) {
	lot := workflows.Lot{ID: workflows.LotID(len(s.grants) + 1), Unit: "leave:" + args[1], Granted: s.days(args[2]), From: s.date(args[3])}
	if len(args) > 4 {
		lot.Until = s.date(args[4])
	}
	s.grants = append(s.grants, grant{s.who(args[0]).ID, lot})
}

func (s *script) days(text string) workflows.Minutes {
	half, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSuffix(text, "d"), ".5", ""))
	if err != nil {
		s.fatalf("%q is no number of days", text)
	}
	m := workflows.Minutes(half) * workflows.StandardDay
	if strings.Contains(text, ".5") {
		if strings.HasPrefix(text, "-") {
			return m - workflows.StandardDay/2
		}
		return m + workflows.StandardDay/2
	}
	return m
}

func (s *script) holiday(args []string) {
	s.calendar[args[0]] = append(s.calendar[args[0]], workflows.CalendarDay{Date: s.date(args[1]), Kind: workflows.DayKind(args[2])})
}

// What must have come of it.

func toldBy(err error) []told {
	var refusal *workflows.Error
	var all []told
	if errors.As(err, &refusal) {
		for _, e := range refusal.Faults() {
			args := workflows.Args{"Field": e.Field}
			for name, value := range e.Args {
				args[name] = value
			}
			all = append(all, told{e.Text, args})
		}
	}
	return all
}

func (s *script) said(args []string) {
	for _, t := range s.told {
		if s.matches(t.key, t.args, args) {
			sayBoth(s.t, workflows.Row{Text: t.key, Args: t.args})
			return
		}
	}
	s.fatalf("said %v", s.told)
}

func (s *script) matches(key string, args workflows.Args, want []string) bool {
	if key != want[0] {
		return false
	}
	for _, w := range want[1:] {
		name, value, _ := strings.Cut(w, "=")
		got := fmt.Sprint(args[name])
		if minutes, ok := args[name].(int64); ok && strings.HasSuffix(value, "d") {
			got, value = strconv.FormatInt(minutes, 10), strconv.FormatInt(int64(s.days(value)), 10)
		}
		if names, ok := args[name].([]string); ok {
			got = strings.Join(names, ",")
		}
		if got != value {
			return false
		}
	}
	return true
}

func (s *script) equal(got, want []string) {
	if !slices.Equal(got, want) {
		s.fatalf("got  %s\n\twant %s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

func (s *script) state(args []string) {
	s.equal([]string{string(s.request(args[0]).State)}, args[1:])
}

// offers says whether the requester's card has the button.
func (s *script) offers(args []string) {
	r := *s.request(s.number)
	f := s.facts(r, s.kind.Wants(r.Form, s.person(r.Requester)))
	_, allowed := s.kind.Transition(workflows.Event(args[0]), r.State)
	s.equal([]string{strconv.FormatBool(allowed && s.kind.Offers(workflows.Event(args[0]), r, f))}, args[1:])
}

func (s *script) auditIs(args []string) {
	s.equal(s.events(s.request(args[0]).ID), args[1:])
}

func (s *script) balanceIs(args []string) {
	if got, want := s.balance(s.who(args[0]).ID, "leave:"+args[1]), s.days(args[2]); got != want {
		s.fatalf("%d minutes, want %d", got, want)
	}
}

// bookedIs reads "booked LV-1 2d reserved", "booked LV-1 2d used" and "booked LV-1 nothing".
func (s *script) bookedIs(args []string) {
	h, held := s.memory.holds[s.request(args[0]).ID]
	if args[1] == "nothing" {
		if len(h.Shares) > 0 {
			s.fatalf("booked are %+v", h.Shares)
		}
		return
	}
	var sum workflows.Minutes
	for _, share := range h.Shares {
		sum += share.Minutes
	}
	if !held || sum != s.days(args[1]) || h.approved != (args[2] == "used") {
		s.fatalf("booked are %d minutes, approved: %v", sum, h.approved)
	}
}

// paysIs finds what a lot pays of a request: "pays LV-1 2026-03-31 lot=1 1d"; lot 0 is a debt.
func (s *script) paysIs(args []string) {
	r := s.request(args[0])
	lot, err := strconv.Atoi(strings.TrimPrefix(args[2], "lot="))
	if err != nil {
		s.fatalf("write lot=N")
	}
	paid := s.payment(r.Requester, s.memory.holds[r.ID].Unit)
	for _, p := range paid.Parts {
		if p.Subject == r.ID && p.Date == s.date(args[1]) && p.Lot == workflows.LotID(lot) && p.Minutes == s.days(args[3]) {
			return
		}
	}
	s.fatalf("the payment is %+v", paid.Parts)
}

// closedIs reads "closed lin 2024-12-31".
func (s *script) closedIs(args []string) {
	s.equal([]string{s.closed[s.who(args[0]).ID].String()}, args[1:])
}

// stepsAre gives the route: "steps LV-1 manager=zhao both=zhao+wang,han", people of one place joined by +, places by a comma.
func (s *script) stepsAre(args []string) {
	var got []string
	for _, step := range s.request(args[0]).Steps {
		var slots []string
		for _, slot := range step.Slots {
			var names []string
			for _, id := range slot.People {
				names = append(names, s.person(id).Name)
			}
			slots = append(slots, strings.Join(names, "+"))
		}
		got = append(got, step.Name+"="+strings.Join(slots, ","))
	}
	s.equal(got, args[1:])
}

func (s *script) noteIs(args []string) {
	for _, step := range s.request(args[0]).Steps {
		for _, slot := range step.Slots {
			for _, n := range slot.Notes {
				if n.Text == args[1] && (len(args) == 2 || s.person(n.Person).Name == args[2]) {
					return
				}
			}
		}
	}
	s.fatalf("the steps are %+v", s.request(args[0]).Steps)
}

func (s *script) waitsFor(args []string) {
	r := s.request(args[0])
	var got []string
	for _, t := range r.Open() {
		got = append(got, s.person(t.Person).Name)
	}
	slices.Sort(got)
	s.equal(got, args[1:])
}

// turnIs reads "turn LV-1 wang open for=zhao why=away".
func (s *script) turnIs(args []string) {
	for _, t := range s.request(args[0]).Turns {
		got := workflows.Args{"for": s.person(t.For).Name, "why": t.Why, "revision": t.Revision}
		if s.person(t.Person).Name == args[1] && s.matches(string(t.State), got, args[2:]) {
			return
		}
	}
	s.fatalf("the turns are %+v", s.request(args[0]).Turns)
}

func (s *script) show(to workflows.Relation) {
	r := *s.request(s.number)
	s.rows = s.kind.Show(r, s.facts(r, s.kind.Wants(r.Form, s.person(r.Requester))), to)
	s.render()
}

func (s *script) render() {
	for _, row := range s.rows {
		sayBoth(s.t, row)
	}
}

// rowIs reads "row approver leave.balance_change Before=10d After=8d", and "row preview …" after a preview.
func (s *script) rowIs(args []string) {
	s.load(args[0])
	for _, row := range s.rows {
		if s.matches(row.Text, row.Args, args[1:]) {
			return
		}
	}
	s.fatalf("the rows are %v", s.rows)
}

func (s *script) noRow(args []string) {
	s.load(args[0])
	for _, row := range s.rows {
		if s.matches(row.Text, row.Args, args[1:]) {
			s.fatalf("there is %v", row)
		}
	}
}

func (s *script) load(audience string) {
	switch audience {
	case "preview":
	case "nobody":
		s.show(workflows.ToNobody)
	default:
		s.show(workflows.Relation(audience))
	}
}

// noticeIs reads "notice lin notice.approved By=zhao", of the line before.
// noticeIs finds a notice; "notice none" says that there was none at all.
func (s *script) noticeIs(args []string) {
	if args[0] == "none" {
		if len(s.notices) > 0 {
			s.fatalf("the notices are %v", s.notices)
		}
		return
	}
	for _, n := range s.notices {
		if s.person(n.Party.Person()).Name == args[0] && s.matches(n.Text, n.Args, args[1:]) {
			return
		}
	}
	s.fatalf("the notices are %v", s.notices)
}

func (s *script) holdsIs(args []string) {
	s.equal(s.held(s.who(args[0]).ID), args[1:])
}

// titleIs gives the English title.
func (s *script) titleIs(args []string) {
	if got := say(s.t, "en", s.kind.Title(*s.request(args[0]))); got != args[1] {
		s.fatalf("the title is %q", got)
	}
}

// split cuts a line into words; 'several words' is one.
func split(text string) []string {
	var words []string
	for i, part := range strings.Split(text, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

package workflowtest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// What people do.

// add adds to the draft of whoever speaks, or begins it, as a line of chat or a file does.
func (s *script) add(args []string) error {
	s.t.Helper()
	kind := s.Kind(s.kind)
	f := s.form(kind, args)
	r := s.draft(s.kind, f)
	if id, begun := s.claims[approval.DraftKey(s.kind, r.Requester)]; begun {
		r = *s.byID(id)
	}
	return s.done(s.Change(r, workflows.Act{Event: approval.AddLine, Form: f}, s.actor))
}

func (s *script) as(args []string) {
	s.t.Helper()
	switch args[0] {
	case "operator":
		s.actor = workflows.OperatorActor("root")
	case "clock":
		s.actor = workflows.ClockActor()
	case "contact":
		s.actor = contact(1)
	default:
		s.actor = workflows.PersonActor(s.Named(args[0]), "web")
	}
}

func contact(id int64) workflows.Actor {
	return workflows.Actor{Party: workflows.Party{Kind: workflows.ContactParty, ID: id}, Platform: "web"}
}

func (s *script) file(args []string) {
	for _, arg := range args {
		arg, key, _ := strings.Cut(arg, "@")
		name, content, same := strings.Cut(arg, "=")
		id := s.AddFile(s.actor.Person.ID, name)
		f := s.files[id]
		if f.Key = key; same {
			f.Hash = content
		}
		s.files[id] = f
	}
}

// rate reads "USD 2026-02-27 7.1234": what one unit of the policy's base currency, CNY, costs.
func (s *script) rate(args []string) {
	s.t.Helper()
	rate, err := workflows.ParseRate(args[2])
	if err != nil {
		s.Fatalf("%v", err)
	}
	s.Quote(args[0], s.date(args[1]), rate)
}

// account reads "KA-1024 Huaxin".
func (s *script) account(args []string) {
	s.accounts[args[0]] = workflows.Account{No: args[0], Name: strings.Join(args[1:], " ")}
}

// fileIDs turns names of files into their IDs; what is none stays.
func (s *script) fileIDs(names string) string {
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

func (s *script) on(args []string) {
	s.t.Helper()
	s.number = s.request(args[0]).Number
}

// form reads "annual 2026-03-02 2026-03-03 to_part=am some reason": see the package comment.
func (s *script) form(kind *workflows.Kind, words []string) workflows.Form {
	s.t.Helper()
	inputs := workflows.Every(kind.Fields)
	f, plain := workflows.Form{}, []string{}
	for i, word := range words {
		name, value, pair := strings.Cut(word, "=")
		switch {
		case pair && (known(inputs, name) || name == "for" || name == "of"):
			f[name] = value
		case pair:
			s.Fatalf("%s has no field %s", kind.Kind, name)
		case i == 0 && len(inputs) > 0 && inputs[0].Type == workflows.Choice:
			f[inputs[0].Name] = word
		default:
			plain = append(plain, word)
		}
	}
	f = kind.ReadWords(strings.Join(plain, " "), f, s.actor.Person)
	s.nameFiles(workflows.Inputs(kind.Fields, f), f)
	return f
}

func (s *script) nameFiles(inputs []workflows.Input, f workflows.Form) {
	for _, field := range inputs {
		if field.Type == workflows.Files && f[field.Name] != "" {
			f[field.Name] = s.fileIDs(f[field.Name])
		}
	}
}

// known tells whether a form has an input of a name, in any of its lines.
func known(inputs []workflows.Input, name string) bool {
	base, _ := workflows.SplitLineName(name)
	return slices.ContainsFunc(inputs, func(in workflows.Input) bool { return in.Name == name || in.Line > 0 && in.Base == base })
}

// draft is a new request of whoever speaks, or of the person after for=.
func (s *script) draft(kind workflows.KindName, f workflows.Form) workflows.Request {
	s.t.Helper()
	requester := s.actor.Person.ID
	if f["for"] != "" {
		requester = s.Named(f["for"]).ID
	}
	return s.Draft(kind, requester, s.actor.Person.ID)
}

func (s *script) submit(kind workflows.KindName, args []string) error {
	s.t.Helper()
	f := s.form(s.Kind(kind), args)
	return s.done(s.Change(s.draft(kind, f), workflows.Act{Event: approval.Submit, Form: f}, s.actor))
}

// preview reads what submit does, of the kind that is tested; of=LV-1 stands for editing that request.
func (s *script) preview(args []string) error {
	s.t.Helper()
	f := s.form(s.Kind(s.kind), args)
	r := s.draft(s.kind, f)
	if f["of"] != "" {
		r = *s.request(f["of"])
	}
	r.SentBy = s.actor.Person.ID
	kind := s.KindOf(r)
	p := kind.Preview(r, f, s.Facts(r, kind.Wants(f, s.Person(r.Requester))))
	s.rows = p.Rows
	s.sayRows(r.Kind)
	return workflows.Joined(p.Faults)
}

// press reads "approve", "reject too many", "approve @1" (the button of revision 1), "reassign person=E001 on holiday", "attach
// proof=note.pdf".
func (s *script) press(args []string) error {
	s.t.Helper()
	r := *s.request(s.number)
	act := workflows.Act{Event: workflows.Event(args[0]), Digest: r.Digest, Form: workflows.Form{}}
	fields, _ := s.KindOf(r).Asked(act.Event, r)
	asked := workflows.Every(fields)
	var comment []string
	for _, a := range args[1:] {
		name, value, pair := strings.Cut(a, "=")
		if digest, ok := s.revision(r, a); ok {
			act.Digest = digest
		} else if pair && name == "person" {
			act.Person = value
		} else if pair && name != "comment" && (known(asked, name) || s.KindOf(r).Moves[act.Event].By == workflows.Office) {
			act.Form[name] = value
		} else {
			comment = append(comment, a)
		}
	}
	s.nameFiles(asked, act.Form)
	act.Comment = strings.Join(comment, " ")
	return s.done(s.Change(r, act, s.actor))
}

func (s *script) edit(args []string) error {
	s.t.Helper()
	r := *s.request(s.number)
	act := workflows.Act{Event: approval.Edit, Digest: r.Digest}
	if s.KindOf(r).IsDraft(r) {
		act.Event = approval.EditLine
	}
	if len(args) > 0 {
		if digest, ok := s.revision(r, args[0]); ok {
			act.Digest, args = digest, args[1:]
		}
	}
	act.Form = s.form(s.KindOf(r), args)
	return s.done(s.Change(r, act, s.actor))
}

// revision reads @N as what the buttons of revision N carry.
func (s *script) revision(r workflows.Request, word string) (digest string, ok bool) {
	number, ok := strings.CutPrefix(word, "@")
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return "", false
	}
	for _, row := range s.audit[r.ID] {
		if row.Revision == n {
			return workflows.RevisionDigest(row.Hash), true
		}
	}
	return "neverknown1", true
}

// shownTo are those to whom a request is something: after each change it is shown to all of them.
var shownTo = []workflows.Relation{workflows.ToRequester, workflows.ToSubmitter, workflows.ToApprover, workflows.ToAsked, workflows.ToHR,
	workflows.ToOffice}

func (s *script) done(d workflows.Decision, err error) error {
	s.t.Helper()
	if err != nil {
		return err
	}
	s.Now = s.Now.Add(time.Second) // so that what happens one after the other can be told apart
	s.number = d.Request.Number
	s.hear(d.Notices)
	s.rows = nil
	if !s.quiet {
		s.sayBoth(d.Request.Kind, s.KindOf(d.Request).Title(d.Request))
		for _, to := range shownTo {
			s.show(to)
		}
	}
	return nil
}

// hear keeps the notices for the lines that follow.
func (s *script) hear(notices []workflows.Notice) { s.notices = append(s.notices, notices...) }

// show works out what a card says to somebody.
func (s *script) show(to workflows.Relation) {
	s.t.Helper()
	r := *s.request(s.number)
	f, k := s.Facts(r, s.wantsShown(r)), s.KindOf(r)
	s.rows = k.WithChanges(k.Show(r, f, to), r, f.Org.Person(r.Requester))
	s.sayRows(r.Kind)
}

// What happens around them.

// setTime moves to a time, running whatever falls due before it.
func (s *script) setTime(args []string) {
	s.t.Helper()
	to, err := time.ParseInLocation("2006-01-02 15:04", strings.Join(args, " "), shanghai)
	if err != nil {
		s.Fatalf("%v", err)
	}
	if to = to.UTC(); to.Before(s.Now) {
		s.Now = to
	}
	s.notices = nil
	s.tick(to)
}

func (s *script) next(args []string) {
	s.t.Helper()
	d, err := time.ParseDuration(args[0])
	if err != nil {
		s.Fatalf("%v", err)
	}
	s.notices = nil
	s.tick(s.Now.Add(d))
}

// column reads "zhao away=true".
func (s *script) column(args []string) {
	s.t.Helper()
	id := s.Named(args[0]).ID
	p := &s.People[slices.IndexFunc(s.People, func(p workflows.Person) bool { return p.ID == id })]
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
		case "tier":
			p.Tier = value
		case "hired":
			p.HiredOn = s.date(value)
		case "roles":
			p.Roles = strings.Fields(strings.ReplaceAll(value, ",", " "))
		case "manager":
			p.Manager = 0
			if value != "" {
				p.Manager = s.Named(value).ID
			}
		default:
			s.Fatalf("no such column")
		}
	}
}

func (s *script) date(text string) workflows.Date {
	s.t.Helper()
	d, err := workflows.ParseDate(text)
	if err != nil {
		s.Fatalf("%v", err)
	}
	return d
}

// grant reads "lin leave:annual 5d 2026-01-01 2026-12-31"; the last date is optional.
func (s *script) grant(args []string) {
	s.t.Helper()
	lot := workflows.Lot{Unit: args[1], Granted: s.minutes(args[2]), From: s.date(args[3])}
	if len(args) > 4 {
		lot.Until = s.date(args[4])
	}
	s.Grant(s.Named(args[0]).ID, lot)
}

// minutes reads 480, and 1d or 0.5d as so many standard days.
func (s *script) minutes(text string) workflows.Minutes {
	s.t.Helper()
	number, days := strings.CutSuffix(text, "d")
	whole, half := strings.CutSuffix(number, ".5")
	n, err := strconv.Atoi(whole)
	if err != nil || half && !days {
		s.Fatalf("%q is no number of minutes or days", text)
	}
	if !days {
		return workflows.Minutes(n)
	}
	m := workflows.Minutes(n) * workflows.StandardDay
	if half {
		m += sign(whole) * workflows.StandardDay / 2
	}
	return m
}

// sign is -1 of what begins with a minus, as -0.
func sign(number string) workflows.Minutes {
	if strings.HasPrefix(number, "-") {
		return -1
	}
	return 1
}

func (s *script) holiday(args []string) {
	s.t.Helper()
	s.calendar[args[0]] = append(s.calendar[args[0]], workflows.CalendarDay{Date: s.date(args[1]), Kind: workflows.DayKind(args[2])})
}

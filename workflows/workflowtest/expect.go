package workflowtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// What must have come of it.

// told is a text that somebody was shown.
type told struct {
	key  string
	args workflows.Args
}

func toldBy(err error) []told {
	var refusal *workflows.Error
	var all []told
	if errors.As(err, &refusal) {
		for _, e := range refusal.Faults() {
			args := workflows.Args{"Field": e.Field}
			maps.Copy(args, e.Args)
			all = append(all, told{e.Text, args})
		}
	}
	return all
}

func (s *script) said(args []string) {
	s.t.Helper()
	for _, t := range s.told {
		if s.matches(t.key, t.args, args) {
			s.sayBoth(s.kind, workflows.Row{Text: t.key, Args: t.args})
			return
		}
	}
	s.Fatalf("said %v", s.told)
}

// matches holds a text against "leave.balance Left=2d": the key, and those of its arguments that are named.
func (s *script) matches(key string, args workflows.Args, want []string) bool {
	s.t.Helper()
	if key != want[0] {
		return false
	}
	for _, w := range want[1:] {
		name, value, _ := strings.Cut(w, "=")
		got := fmt.Sprint(args[name])
		if minutes, ok := args[name].(int64); ok && strings.HasSuffix(value, "d") {
			got, value = strconv.FormatInt(minutes, 10), strconv.FormatInt(int64(s.minutes(value)), 10)
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
	s.t.Helper()
	if !slices.Equal(got, want) {
		s.Fatalf("got  %s\n\twant %s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

func (s *script) state(args []string) {
	s.t.Helper()
	s.equal([]string{string(s.request(args[0]).State)}, args[1:])
}

// offers says whether the requester's card has the button.
func (s *script) offers(args []string) {
	s.t.Helper()
	r := *s.request(s.number)
	kind, event := s.KindOf(r), workflows.Event(args[0])
	_, allowed := kind.Transition(event, r.State)
	s.equal([]string{strconv.FormatBool(allowed && (kind.Offers == nil || kind.Offers(event, r, s.Facts(r, s.wantsShown(r)))))}, args[1:])
}

// buttonsAre lists the buttons on the card of somebody: "buttons lin send discard".
func (s *script) buttonsAre(args []string) {
	s.t.Helper()
	r := *s.request(s.number)
	v, _ := s.KindOf(r).View(r, workflows.PersonActor(s.Named(args[0]), "web"), s.Facts(r, s.wantsShown(r)))
	var events []string
	for _, o := range v.Offers {
		events = append(events, string(o.Event))
	}
	s.equal(events, args[1:])
}

func (s *script) auditIs(args []string) {
	s.t.Helper()
	s.equal(s.events(s.request(args[0]).ID), args[1:])
}

// dueIs finds what falls due: "due LV-1 chase 2026-04-24 09:00", and "due LV-1 none".
func (s *script) dueIs(args []string) {
	s.t.Helper()
	id := s.request(args[0]).ID
	var all []string
	for _, due := range s.due {
		if due.Subject == id {
			all = append(all, due.Kind+" "+due.At.In(shanghai).Format("2006-01-02 15:04"))
		}
	}
	if want := strings.Join(args[1:], " "); want == "none" && len(all) > 0 || want != "none" && !slices.Contains(all, want) {
		s.Fatalf("due are %q", all)
	}
}

// stepsAre gives the route: "steps LV-1 manager=zhao both=zhao+wang,han", people of one place joined by +, places by a comma.
func (s *script) stepsAre(args []string) {
	s.t.Helper()
	var got []string
	for _, step := range s.request(args[0]).Steps {
		var slots []string
		for _, slot := range step.Slots {
			var names []string
			for _, id := range slot.People {
				names = append(names, s.Person(id).Name)
			}
			slots = append(slots, strings.Join(names, "+"))
		}
		got = append(got, step.Name+"="+strings.Join(slots, ","))
	}
	s.equal(got, args[1:])
}

func (s *script) noteIs(args []string) {
	s.t.Helper()
	for _, step := range s.request(args[0]).Steps {
		for _, slot := range step.Slots {
			for _, n := range slot.Notes {
				if n.Text == args[1] && (len(args) == 2 || s.Person(n.Person).Name == args[2]) {
					return
				}
			}
		}
	}
	s.Fatalf("the steps are %+v", s.request(args[0]).Steps)
}

func (s *script) waitsFor(args []string) {
	s.t.Helper()
	var got []string
	for _, t := range s.request(args[0]).Open() {
		got = append(got, s.Person(t.Person).Name)
	}
	slices.Sort(got)
	s.equal(got, args[1:])
}

// turnIs reads "turn LV-1 wang open for=zhao why=away".
func (s *script) turnIs(args []string) {
	s.t.Helper()
	turns := s.request(args[0]).Turns
	for _, t := range turns {
		got := workflows.Args{"for": s.Person(t.For).Name, "why": t.Why, "revision": t.Revision}
		if s.Person(t.Person).Name == args[1] && s.matches(string(t.State), got, args[2:]) {
			return
		}
	}
	s.Fatalf("the turns are %+v", turns)
}

// rowIs reads "row approver leave.balance_change Before=10d After=8d", and "row preview …" after a preview.
func (s *script) rowIs(args []string) {
	s.t.Helper()
	s.showTo(args[0])
	for _, row := range s.rows {
		if s.matches(row.Text, withWas(row), args[1:]) {
			return
		}
	}
	s.Fatalf("the rows are %v", s.rows)
}

func (s *script) noRow(args []string) {
	s.t.Helper()
	s.showTo(args[0])
	for _, row := range s.rows {
		if s.matches(row.Text, withWas(row), args[1:]) {
			s.Fatalf("there is %v", row)
		}
	}
}

// withWas adds to the arguments of a row what it said before: was, and was.NAME for each of its arguments.
func withWas(row workflows.Row) workflows.Args {
	args := maps.Clone(row.Args)
	if row.Was != nil {
		if args == nil {
			args = workflows.Args{}
		}
		args["was"] = row.Was.Text
		for name, value := range row.Was.Args {
			args["was."+name] = value
		}
	}
	return args
}

func (s *script) showTo(audience string) {
	s.t.Helper()
	switch to := workflows.Relation(audience); {
	case audience == "preview":
	case audience == "nobody":
		s.show(workflows.ToNobody)
	case slices.Contains(shownTo, to):
		s.show(to)
	default:
		s.Fatalf("nobody is a request's %s", audience)
	}
}

// noticeIs finds a notice of the line before: "notice lin notice.approved By=zhao"; "notice none" says that there was none at all.
func (s *script) noticeIs(args []string) {
	s.t.Helper()
	if args[0] == "none" {
		if len(s.notices) > 0 {
			s.Fatalf("the notices are %v", s.notices)
		}
		return
	}
	s.enough(args, 2)
	for _, n := range s.notices {
		if s.Person(n.Party.Person()).Name == args[0] && s.matches(n.Text, n.Args, args[1:]) {
			s.sayBoth(s.kind, workflows.Row{Text: n.Text, Args: n.Args})
			return
		}
	}
	s.Fatalf("the notices are %v", s.notices)
}

// titleIs gives the English title.
func (s *script) titleIs(args []string) {
	s.t.Helper()
	r := *s.request(args[0])
	if got := s.say(r.Kind, "en", s.KindOf(r).Title(r)); got != args[1] {
		s.Fatalf("the title is %q", got)
	}
}

// What the ledger and the bookings have of it.

func (s *script) balanceIs(args []string) {
	s.t.Helper()
	if got, want := s.balance(s.Named(args[0]).ID, args[1]), s.minutes(args[2]); got != want {
		s.Fatalf("%d minutes, want %d", got, want)
	}
}

// bookedIs reads "booked LV-1 2d reserved", "booked LV-1 2d used" and "booked LV-1 nothing".
func (s *script) bookedIs(args []string) {
	s.t.Helper()
	h, held := s.holds[s.request(args[0]).ID]
	if args[1] == "nothing" {
		if len(h.Shares) > 0 {
			s.Fatalf("booked are %+v", h.Shares)
		}
		return
	}
	s.enough(args, 3)
	var sum workflows.Minutes
	for _, share := range h.Shares {
		sum += share.Minutes
	}
	how := "reserved"
	if h.approved {
		how = "used"
	}
	if !held || sum != s.minutes(args[1]) || how != args[2] {
		s.Fatalf("booked are %d minutes, %s", sum, how)
	}
}

// paysIs finds what a lot pays of a request: "pays LV-1 2026-03-31 lot=1 1d"; lot 0 is a debt.
func (s *script) paysIs(args []string) {
	s.t.Helper()
	r := s.request(args[0])
	lot, err := strconv.Atoi(strings.TrimPrefix(args[2], "lot="))
	if err != nil {
		s.Fatalf("write lot=N")
	}
	paid := s.payment(r.Requester, s.holds[r.ID].Unit)
	for _, p := range paid.Parts {
		if p.Subject == r.ID && p.Date == s.date(args[1]) && p.Lot == workflows.LotID(lot) && p.Minutes == s.minutes(args[3]) {
			return
		}
	}
	s.Fatalf("the payment is %+v", paid.Parts)
}

// closedIs reads "closed lin 2024-12-31", and "closed lin ”".
func (s *script) closedIs(args []string) {
	s.t.Helper()
	s.equal([]string{s.closed[s.Named(args[0]).ID].String()}, args[1:])
}

func (s *script) holdsIs(args []string) {
	s.t.Helper()
	s.equal(s.held(s.Named(args[0]).ID), args[1:])
}

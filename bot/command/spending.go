package command

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/picture"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/phrase"
)

// scopeWords are what people call whose spending they want to see.
var scopeWords = map[workflows.Scope][]string{
	workflows.OwnScope:     {"mine", "me", "my own", "own", "我", "我的", "本人", "自己"},
	workflows.BelowScope:   {"team", "my team", "my people", "团队", "我的团队", "下属", "我的下属"},
	workflows.CompanyScope: {"company", "the company", "everybody", "all", "公司", "全公司", "全部", "所有人"},
}

// scopeOf reads whose spending is asked for; empty: it is not said.
func scopeOf(words string) (workflows.Scope, bool) {
	if words == "" {
		return "", true
	}
	for scope, known := range scopeWords {
		if slices.Contains(known, strings.ToLower(strings.Join(strings.Fields(words), " "))) {
			return scope, true
		}
	}
	return "", false
}

// isSpending tells whether words behind a report of spending say a month, whose it is, both or nothing.
func isSpending(args string) bool {
	_, rest, _ := phrase.MonthIn(args, workflows.Date{Year: 2000, Month: 1, Day: 1}) // which month it is counts for nothing here
	_, ok := scopeOf(rest)
	return ok
}

// monthsBack is how many months a report of spending compares.
const monthsBack = 6

// The most bars of a chart, so that all of them stay readable on a phone.
const (
	mostHeadings = 8
	mostCenters  = 6
	mostPeople   = 8
)

// spending makes the report of what requests of a kind spend in a month: the last one that is over, where none is named.
func spending(name workflows.KindName) func(ctx context.Context, c call, args string) (Result, error) {
	return func(ctx context.Context, c call, args string) (Result, error) {
		k, ok := c.engine.Current(name)
		if !ok || k.Reporting == nil {
			return Result{}, fmt.Errorf("no request of the kind %q spends anything", name)
		}
		today := c.today()
		month, rest, named := phrase.MonthIn(args, today)
		asked, ok := scopeOf(rest)
		switch {
		case !ok:
			return c.message("report.unclear", workflows.Args{"Value": workflows.Cut(rest, 40)}), nil
		case !named:
			month = today.FirstOfMonth(-1)
		case month.After(today):
			return c.message("report.future", workflows.Args{"Month": month.String()}), nil
		}
		leads, err := c.directory.LeadsPeople(ctx, c.Person.ID)
		if err != nil {
			return Result{}, err
		}
		scope, err := k.Scope(c.Person, leads, asked)
		if err != nil {
			return Result{}, err
		}
		sums, err := c.directory.Spending(ctx, workflows.SpendingWanted{Kind: name, Scope: scope, Person: c.Person.ID, Month: month,
			Months: monthsBack, Approved: k.Reporting.ApprovedStates(), CostCenter: k.Reporting.CostCenter})
		if err != nil {
			return Result{}, err
		}
		s := spent{call: c, kind: k, scope: scope, month: month, running: month == today.FirstOfMonth(0), others: map[string]int64{}}
		if s.sums, err = s.inCurrency(ctx, sums); err != nil {
			return Result{}, err
		}
		return s.result(asked)
	}
}

// spent is a report of spending while it is written.
type spent struct {
	call
	kind    *workflows.Kind
	scope   workflows.Scope
	month   workflows.Date
	running bool // the month is not over
	sums    workflows.Spending
	others  map[string]int64 // what was approved for the month in currencies that the company counted in at other times
}

// inCurrency leaves the sums of today's currency. Others, from before a policy had it, cannot be added to them, and are said apart.
func (s *spent) inCurrency(ctx context.Context, sums workflows.Spending) (workflows.Spending, error) {
	currencies := map[string]string{}
	for _, list := range []*[]workflows.Sum{&sums.Headings, &sums.CostCenters, &sums.People, &sums.States} {
		kept := (*list)[:0]
		for _, sum := range *list {
			if _, known := currencies[sum.Definition]; !known {
				var r workflows.Request
				r.Kind, r.Definition = s.kind.Kind, sum.Definition
				k, err := s.engine.KindOf(ctx, r)
				if err != nil {
					return sums, err
				}
				currencies[sum.Definition] = k.Reporting.Currency
			}
			if currencies[sum.Definition] == s.kind.Reporting.Currency {
				kept = append(kept, sum)
			} else if list == &sums.Headings && sum.Month == s.month {
				total, err := plus(s.others[currencies[sum.Definition]], sum.Base)
				if err != nil {
					return sums, err
				}
				s.others[currencies[sum.Definition]] = total
			}
		}
		*list = kept
	}
	return sums, nil
}

// plus adds what is not negative.
func plus(a, b int64) (int64, error) {
	if a > math.MaxInt64-b {
		return 0, workflows.Refuse(workflows.Invalid, "report.too_large", nil)
	}
	return a + b, nil
}

// part is a thing and what it comes to, of so many requests.
type part struct {
	name     string
	base     int64
	requests int
}

// parts sums by what name calls things, the largest first.
func parts(list []workflows.Sum, name func(workflows.Sum) string) (all []part, total int64, err error) {
	at := map[string]int{}
	for _, sum := range list {
		n := name(sum)
		i, known := at[n]
		if !known {
			i, at[n] = len(all), len(all)
			all = append(all, part{name: n})
		}
		if total, err = plus(total, sum.Base); err != nil {
			return nil, 0, err
		}
		all[i].base += sum.Base // at most the total
		all[i].requests += sum.Requests
	}
	slices.SortStableFunc(all, func(a, b part) int { return cmp.Compare(b.base, a.base) })
	return all, total, nil
}

// of gives the sums of a month.
func of(list []workflows.Sum, month workflows.Date) []workflows.Sum {
	return slices.DeleteFunc(slices.Clone(list), func(s workflows.Sum) bool { return s.Month != month })
}

// heading is what a heading is called.
func (s *spent) heading(sum workflows.Sum) string {
	if key := s.kind.Reporting.Heading(sum.Key); s.Print.Has(key) {
		return s.text(key, nil)
	}
	return sum.Key
}

func (s *spent) money(base int64) string {
	return workflows.Money{Minor: base, Currency: s.kind.Reporting.Currency}.String()
}

// key names a text of the report.
func (s *spent) key(text string) string { return "report." + string(s.kind.Kind) + "." + text }

// whose names the text that says whose spending it is.
func (s *spent) whose() string { return s.key("whose." + string(s.scope)) }

// result is the whole answer: the figures in words, and all of them as a picture.
func (s *spent) result(asked workflows.Scope) (Result, error) {
	text, err := s.figures()
	if err != nil {
		return Result{}, err
	}
	m := bot.Message{Text: text}
	if m.Picture, err = s.picture(); err != nil {
		return Result{}, err
	}
	turn := func(month workflows.Date) {
		args := append([]string{"report", string(s.kind.Kind), month.String()[:len("2006-01")]}, wordOf(asked)...)
		m.Actions = append(m.Actions, bot.Action{Name: bot.CommandAction, Args: strings.Join(args, " "), Label: s.Print.Month(month)})
	}
	turn(s.month.FirstOfMonth(-1))
	if !s.running {
		turn(s.month.FirstOfMonth(1))
	}
	return Result{Message: m}, nil
}

// wordOf is a word by which a scope can be asked for again; none where it was not said.
func wordOf(scope workflows.Scope) []string {
	if scope == "" {
		return nil
	}
	return scopeWords[scope][:1]
}

// figures says in words what matters: the total, how it changed, what most of it is, what is not paid, and what is not decided.
func (s *spent) figures() (string, error) {
	headings, total, err := parts(of(s.sums.Headings, s.month), s.heading)
	if err != nil {
		return "", err
	}
	lines := []string{s.text("report.total", workflows.Args{"Whose": s.whose(), "Month": s.month.String(), "Running": s.running,
		"Money": s.money(total), "Nothing": total == 0})}
	change, err := s.change(total)
	if err != nil {
		return "", err
	}
	lines = append(lines, change...)
	if total > 0 {
		percent, err := share(headings[0].base, total)
		if err != nil {
			return "", err
		}
		lines = append(lines, s.text("report.largest",
			workflows.Args{"Name": headings[0].name, "Money": s.money(headings[0].base), "Percent": percent}))
	}
	unsettled, err := s.unsettled()
	if err != nil {
		return "", err
	}
	return strings.Join(slices.Concat(lines, unsettled, s.elsewhere()), "\n"), nil
}

// change compares a total with that of the month before.
func (s *spent) change(total int64) ([]string, error) {
	last := s.month.FirstOfMonth(-1)
	_, before, err := parts(of(s.sums.Headings, last), s.heading)
	if err != nil || total == 0 && before == 0 {
		return nil, err
	}
	by := max(total, before) - min(total, before)
	args := workflows.Args{"Last": last.String(), "Before": s.money(before), "Running": s.running, "More": total > before, "Same": by == 0,
		"By": s.money(by), "Percent": ""}
	if before > 0 {
		if args["Percent"], err = share(by, before); err != nil {
			return nil, err
		}
	}
	return []string{s.text("report.change", args)}, nil
}

// unsettled says what is approved and not paid, and what is not decided.
func (s *spent) unsettled() ([]string, error) {
	standing, _, err := parts(s.sums.States, func(sum workflows.Sum) string {
		return string(s.kind.Reporting.Standing[workflows.State(sum.Key)])
	})
	var lines []string
	for _, is := range []workflows.Standing{workflows.Unpaid, workflows.PartPaid, workflows.Undecided} {
		if i := slices.IndexFunc(standing, func(p part) bool { return p.name == string(is) }); i >= 0 {
			args := workflows.Args{"Count": standing[i].requests, "Money": s.money(standing[i].base)}
			lines = append(lines, s.text(s.key(string(is)), args))
		}
	}
	return lines, err
}

// elsewhere says what no sum has, since the company counted in another currency then.
func (s *spent) elsewhere() []string {
	var lines []string
	for currency, base := range s.others {
		amount := workflows.Money{Minor: base, Currency: currency}
		lines = append(lines, s.text("report.elsewhere", workflows.Args{"Money": amount.String()}))
	}
	slices.Sort(lines)
	return lines
}

// share is a part in per cent of a whole, rounded; neither is negative, and the whole is something.
func share(part, whole int64) (string, error) {
	m, err := workflows.Money{Minor: 100}.Share(part, whole)
	if err != nil {
		return "", workflows.Refuse(workflows.Invalid, "report.too_large", nil)
	}
	return fmt.Sprint(m.Minor), nil
}

// picture draws the month by heading, cost centre and person, and the last months by heading; nil: there is nothing to draw. They are
// charts of one picture, since an answer brings one and all four are wanted; those that would say nothing new are left out.
func (s *spent) picture() (*bot.Picture, error) {
	var panels picture.Panels
	unit := s.text("report.unit", workflows.Args{"Currency": s.kind.Reporting.Currency, "Month": s.month.String(), "Running": s.running})
	ranking := func(title string, least, most int, list []workflows.Sum, name func(workflows.Sum) string) error {
		sums, _, err := parts(list, name)
		if err != nil || len(sums) < least {
			return err
		}
		var shares []picture.Share
		for _, p := range sums {
			shares = append(shares, picture.Share{Name: p.name, Value: p.base})
		}
		b := s.bars(title, unit)
		var values picture.Series
		if b.Groups, values, err = picture.Ranked(shares, most, s.text("report.rest", nil)); err != nil {
			return err
		}
		b.Series = []picture.Series{values}
		panels = append(panels, b)
		return nil
	}
	if err := ranking("by_heading", 1, mostHeadings, of(s.sums.Headings, s.month), s.heading); err != nil {
		return nil, err
	}
	if err := ranking("by_cost_center", 2, mostCenters, s.sums.CostCenters, s.center); err != nil {
		return nil, err
	}
	if s.scope != workflows.OwnScope {
		if err := ranking("by_person", 2, mostPeople, s.sums.People, s.person()); err != nil {
			return nil, err
		}
	}
	months, err := s.months()
	if err != nil {
		return nil, err
	}
	if len(months.Series) > 0 {
		panels = append(panels, months)
	}
	if len(panels) == 0 {
		return nil, nil
	}
	return panels.Picture(fmt.Sprintf("%s-%s.png", s.kind.Kind, s.month.String()[:len("2006-01")]))
}

func (s *spent) bars(title, unit string) picture.Bars {
	amount := func(base int64) string {
		return s.Print.Money(workflows.Money{Minor: base, Currency: s.kind.Reporting.Currency}.Amount())
	}
	return picture.Bars{Title: s.text("report."+title, workflows.Args{"Whose": s.whose()}), Unit: unit, Format: amount,
		Empty: s.text("report.nothing", nil)}
}

// center is what a cost centre is called.
func (s *spent) center(sum workflows.Sum) string {
	if sum.Key == "" {
		return s.text("report.no_cost_center", nil)
	}
	return sum.Key
}

// person gives what people are called: with their number, where two of them have the same name.
func (s *spent) person() func(workflows.Sum) string {
	numbers := map[string]string{}
	twice := map[string]bool{}
	for _, sum := range s.sums.People {
		if no, known := numbers[sum.Name]; known && no != sum.Key {
			twice[sum.Name] = true
		}
		numbers[sum.Name] = sum.Key
	}
	return func(sum workflows.Sum) string {
		if twice[sum.Name] {
			return workflows.Person{No: sum.Key, Name: sum.Name}.Titled()
		}
		return sum.Name
	}
}

// months is the chart of the last months, each by heading.
func (s *spent) months() (picture.Bars, error) {
	b := s.bars("by_month", s.kind.Reporting.Currency)
	if s.running {
		b.Unit = s.text("report.unit_running", workflows.Args{"Currency": s.kind.Reporting.Currency, "Month": s.month.String()})
	}
	names := map[workflows.Date]string{}
	for n := 1 - monthsBack; n <= 0; n++ {
		month := s.month.FirstOfMonth(n)
		names[month] = s.Print.Month(month)
		b.Groups = append(b.Groups, names[month])
	}
	var cells []picture.Cell
	for _, sum := range s.sums.Headings {
		cells = append(cells, picture.Cell{Group: names[sum.Month], Series: s.heading(sum), Value: sum.Base})
	}
	var err error
	b.Series, err = picture.Stacked(b.Groups, cells, s.text("report.rest", nil))
	return b, err
}

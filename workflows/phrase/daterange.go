package phrase

import (
	"github.com/nod-chat/nod/workflows"
)

// expression is what a line says of dates: a date or a range, and where it stands.
type expression struct {
	dateRange
	ok   bool
	cuts []cut
}

// cut is a row of tokens that were understood, from one up to another.
type cut struct{ from, to int }

// dateRange is a date or a range of dates.
type dateRange struct {
	from, to         workflows.Date
	fromPart, toPart workflows.Half
	halved           bool // one half was named, of the one date
	half             bool // half of the one date is meant, and not said which
	several          bool // written as a range or a week
	since            bool // from noon on
	calendar         bool // its ends are numbers, so that numbers beside them may belong to them
	weak             bool
}

// expression reads a date or range together with its number of days, before or behind it, and looks at what stands around.
func (r *reader) expression(i int) (expression, int) {
	e, next := r.bareExpression(i)
	if next == i {
		return e, i
	}
	first := e.cuts[0].from
	if e.weak && !r.standsAsDay(e.cuts[0]) {
		return expression{}, i
	}
	switch {
	case !r.clearBefore(first, e.dateRange):
		r.doubt(r.besides(r.wordBefore(first)))
	case !r.clearAfter(next, e.dateRange):
		r.doubt(r.besides(next))
	default:
		if why := e.fault(); why != "" {
			r.doubt(why)
		}
	}
	e.ok = true
	return e, next
}

func (r *reader) bareExpression(i int) (expression, int) {
	if s, j := r.dates(i); j > i {
		k, _ := r.fillers(j)
		if n, m := r.duration(k); m > k {
			r.last(&s, n)
			return expression{dateRange: s, cuts: []cut{{i, j}, {k, m}}}, m
		}
		if !s.several && !s.since && (r.at(i-1).is(starting) || r.text(i-1, "the", "on") && r.at(i-2).is(starting) || r.startsHere(j)) {
			r.doubt(noEnd) // from Monday, until when?
		}
		return expression{dateRange: s, cuts: []cut{{i, j}}}, j
	}
	n, j := r.duration(i)
	if j == i {
		return expression{}, i
	}
	k, starts := r.fillers(j)
	s, m := r.dates(k)
	if m == k {
		return expression{}, i
	}
	if r.startsHere(m) {
		starts = true
		m++
	}
	if n > 1 && !starts && !s.several { // "3 days Monday" may be three Mondays
		r.doubt(unclear)
	}
	r.last(&s, n)
	return expression{dateRange: s, cuts: []cut{{i, j}, {k, m}}}, m
}

// startsHere says whether 起 or 开始 stands at i.
func (r *reader) startsHere(i int) bool { return r.at(i).class == onward && r.at(i).han }

// fillers skips words that say nothing between a date and its number of days, and tells whether one of them begins a range. The row is
// short because what stands far from a date does not speak of it.
func (r *reader) fillers(i int) (next int, starts bool) {
	const most = 6
	for next = i; next < i+most; next++ {
		switch {
		case r.at(next).is(starting):
			starts = true
		case !r.at(next).is(filler):
			return next, starts
		}
	}
	return next, starts
}

const halfOfDay = 0 // a duration

// duration reads 3 days, three days, 3天假, half a day.
func (r *reader) duration(i int) (n, next int) {
	if j := r.halfDay(i); j > i {
		return halfOfDay, j
	}
	n, j := r.count(i)
	if j == i && r.text(i, "a", "an") {
		n, j = 1, i+1
	}
	if j == i || r.text(i-1, "第", "-") {
		return 0, i
	}
	if r.at(j).class == link && r.text(j, "-") && r.glued(j) && r.glued(j+1) { // a 3-day leave
		j++
	}
	if r.at(j).class != days || r.text(j+1, "半", "多", "左右", "前", "之前", "以前", "ago", "after", "before") || r.at(j+1).class == later {
		return 0, i
	}
	if n < 1 || n > maxDays {
		r.doubt(outOfRange)
	}
	return n, r.holiday(j + 1)
}

func (r *reader) halfDay(i int) int {
	j := i
	switch {
	case r.at(i).class == halfDay:
		if p := r.at(i - 1); r.glued(i) && (p.class == numeral || p.class == number || r.text(i-1, "个", "大", "小", "多")) {
			return i
		}
		return r.holiday(i + 1)
	case r.text(i, "a") && r.text(i+1, "half"):
		j = i + 2
	case r.text(i, "half"):
		j = i + 1
	default:
		return i
	}
	if r.text(j, "a") || r.text(j, "-") && r.glued(j) {
		j++
	}
	if !r.text(j, "day") || r.text(i-1, "and") { // one and a half days is not half a day
		return i
	}
	return j + 1
}

// holiday skips the 假 of 三天假.
func (r *reader) holiday(i int) int {
	if r.glued(i) && r.text(i, "假") {
		return i + 1
	}
	return i
}

// last works out the end of a range from its number of days; a range must have just as many.
func (r *reader) last(s *dateRange, n int) {
	switch {
	case n == halfOfDay && s.several:
		r.doubt(unclear)
	case n == halfOfDay:
		s.half = !s.halved
	case s.halved:
		r.doubt(unclear)
	case s.several:
		whole := s.fromPart == workflows.AM && s.toPart == workflows.PM
		if !whole || s.to.Days()-s.from.Days()+1 != n {
			r.doubt(unclear)
		}
	default:
		s.to = s.from.AddDays(n - 1)
	}
	s.weak = false
}

// fault says why the range cannot be: its dates have to exist, its end is not before its start, and it is not longer than a year.
func (s dateRange) fault() string {
	for _, d := range []workflows.Date{s.from, s.to} {
		if !exists(d) {
			return noSuchDay(d)
		}
	}
	if _, err := workflows.NewSpan(s.from, s.fromPart, s.to, s.toPart); err != nil {
		return backwards
	}
	if s.to.Days()-s.from.Days()+1 > maxDays {
		return outOfRange
	}
	return ""
}

// dates reads a date, a week, or a range between two dates.
func (r *reader) dates(i int) (dateRange, int) {
	if s, j := r.daysOfMonth(i); j > i {
		return s, j
	}
	if t := r.at(i); t.class == twoDays {
		d := r.today.AddDays(t.n)
		return dateRange{from: d, to: d.AddDays(1), toPart: workflows.PM, several: true}, i + 1
	}
	first, i2 := r.halfOf(i)
	a, j := r.readDate(i2)
	if j == i2 {
		return dateRange{}, i
	}
	if a.shape == wholeWeek {
		monday := r.monday(a.weeks)
		return dateRange{from: monday, to: monday.AddDays(4), toPart: workflows.PM, several: true}, j
	}
	if i2 == i {
		first, j = r.half(j)
	}
	if k := r.link(j); k > j {
		if s, m := r.rangeTo(a, first, j, k); m > k {
			return s, m
		}
		if r.at(k-1).firm && !r.at(k-1).han || r.beginsDate(k) {
			r.doubt(unclear)
		}
	} else if s, m := r.pair(i, a, first, j); m > j {
		return s, m
	} else if s, m := r.nextDay(a, first, j); m > j {
		return s, m
	}
	if a.open {
		r.doubt(unclear)
	}
	from := r.start(a)
	s := dateRange{from: from, to: from, toPart: workflows.PM, calendar: a.ways&byCalendar != 0, weak: a.weak && !first.named}
	if first.named {
		s.halved, s.since, s.fromPart, s.toPart = true, first.since, first.half, first.half
	}
	return s, j
}

// nextDay reads two days of which the second follows the first: 周一和周二, 3 and 4 Dec, tomorrow and Friday on a Wednesday. Other dates
// that are joined are no range.
func (r *reader) nextDay(a writtenDate, first part, j int) (dateRange, int) {
	if !r.joiner(j) || r.text(j, ",", "or", "或", "/") || first.named {
		return dateRange{}, j
	}
	was := *r
	s, m := r.rangeTo(a, first, j, j+1)
	if m == j+1 || m == j || r.doubts > was.doubts || s.to != s.from.AddDays(1) || s.toPart != workflows.PM {
		*r = was
		return dateRange{}, j
	}
	return s, m
}

// pair reads two dates in digits with their year, one behind the other: that is how the commands are documented. No
// other dates side by side are a range.
func (r *reader) pair(i int, a writtenDate, first part, j int) (dateRange, int) {
	inDigits := func(i int) bool { t := r.at(i); return t.class == isoDate || t.class == digitDate && t.n > 1_00_00 }
	if !inDigits(i) || !inDigits(j) || r.glued(j) {
		return dateRange{}, j
	}
	b, m := r.readDate(j)
	last, m := r.half(m)
	return r.between(a, b, first, last), m
}

// rangeTo reads the end of a range whose start is a, and whose link stands from linkAt up to i.
func (r *reader) rangeTo(a writtenDate, first part, linkAt, i int) (dateRange, int) {
	b, m := r.readDate(i)
	short := false
	if m == i {
		if b, m = r.dayAgain(a, i); m == i {
			return dateRange{}, i
		}
		short = true
		if a.date.Year == 0 {
			a.date.Year = b.date.Year
		}
	}
	if b.open || b.shape == wholeWeek || a.open && !short {
		r.doubt(unclear)
	}
	last, m := r.half(m)
	if !last.named && r.noon(m) {
		last, m = part{half: workflows.AM, named: true}, m+1
	}
	sign := !isWord(r.at(linkAt))
	if last.named && !first.named && (short || sign) {
		r.doubt(unclear) // Mon-Wed afternoon: of each day, or on Wednesday?
	}
	if r.text(m, "止", "为止") {
		m++
	}
	return r.between(a, b, first, last), m
}

func (r *reader) between(a, b writtenDate, first, last part) dateRange {
	from, to := r.ends(a, b)
	s := dateRange{from: from, to: to, toPart: workflows.PM, several: true, calendar: a.ways&byCalendar != 0 || b.ways&byCalendar != 0}
	if first.named {
		s.fromPart = first.half
	}
	if last.named {
		s.toPart = last.half
	}
	return s
}

// dayAgain reads the end of "Dec 3-5" and 12月3日到5日, which is a day of the same month.
func (r *reader) dayAgain(a writtenDate, i int) (writtenDate, int) {
	if !a.days {
		return writtenDate{}, i
	}
	d := a.date
	day, j := r.dayNumber(i)
	if a.han {
		day, j = r.count(i)
	}
	if j == i || r.countsThings(j) {
		return writtenDate{}, i
	}
	if a.han {
		if r.at(j).class != unitDay {
			return writtenDate{}, i
		}
		j++
	} else if y, k := r.year(j); k > j {
		d.Year, j = y, k
	}
	d.Day = day
	return r.dayOf(d, j)
}

// daysOfMonth reads 3–5 Dec, 3rd to 5th of December 2026, 24.–28.12.
func (r *reader) daysOfMonth(i int) (dateRange, int) {
	if r.text(i, "the") && !r.text(i+1, "the") {
		if s, j := r.daysOfMonth(i + 1); j > i+1 {
			return s, j
		}
		return dateRange{}, i
	}
	from, j := r.dayNumber(i)
	if j == i {
		return dateRange{}, i
	}
	dotted := r.text(j, ".") && r.glued(j)
	if dotted {
		j++
	}
	k := r.link(j)
	joined := k == j && r.text(j, "and", "&", "+", "/")
	if joined {
		k++
	}
	if k == j {
		return dateRange{}, i
	}
	if t := r.at(k); t.class == digitDate && t.dayFirst {
		b, m := r.single(k)
		d := b.date
		d.Day = from
		switch {
		case joined && b.date.Day != from+1 && !dotted:
			return dateRange{}, i
		case joined && b.date.Day != from+1:
			r.doubt(several)
		case from > b.date.Day:
			r.doubt(backwards)
		}
		a, _ := r.dayOf(d, m)
		return r.between(a, b, part{}, part{}), m
	}
	if r.text(k, "the") {
		k++
	}
	to, m := r.dayNumber(k)
	if m == k {
		return dateRange{}, i
	}
	month, year, m := r.monthBehind(m)
	if month == 0 || joined && to != from+1 {
		return dateRange{}, i
	}
	a, _ := r.dayOf(workflows.Date{Year: year, Month: monthOf(month), Day: from}, m)
	b, _ := r.dayOf(workflows.Date{Year: year, Month: monthOf(month), Day: to}, m)
	last, m := r.half(m)
	if from > to {
		r.doubt(backwards)
	}
	if last.named {
		r.doubt(unclear)
	}
	return r.between(a, b, part{}, part{}), m
}

// link reads what joins the ends of a range.
func (r *reader) link(i int) int {
	j := i
	if r.text(i, "up") || r.startsHere(i) { // up to, 起至
		j++
	}
	if r.at(j).class == link {
		return j + 1
	}
	return i
}

// part is a half of a day, if one was named.
type part struct {
	half  workflows.Half
	named bool
	since bool // from noon, so that a word like "from" before it begins no range
}

// half reads the half behind a date: afternoon, (pm), in the morning, 下午.
func (r *reader) half(i int) (part, int) {
	j, bracket := i, false
	switch {
	case r.text(i, "("):
		j, bracket = i+1, true
	case r.text(i, ",", "的", "in"):
		j++
	}
	if r.text(j, "the") {
		j++
	}
	if p, m := r.noonHalf(j); m > j {
		return p, m
	}
	t := r.at(j)
	if t.class != half || bracket && !r.text(j+1, ")") {
		return part{}, i
	}
	if t.text == "am" && r.text(j+1, "sick", "ill", "away", "off", "out", "not", "going", "busy", "unwell", "at", "in", "on") {
		r.doubt(unclear) // "tomorrow am off" is a morning to some
	}
	if bracket {
		j++
	}
	return part{half: workflows.Half(t.n), named: true}, j + 1
}

// noon says whether the middle of the day stands at i, where the halves meet.
func (r *reader) noon(i int) bool { return r.text(i, "noon", "midday", "中午", "午间") }

// noonHalf reads the half behind a date that noon begins or ends: from noon, until noon, 中午起, 中午之前, and the "noon to" of a range.
func (r *reader) noonHalf(i int) (part, int) {
	afternoon, morning := part{half: workflows.PM, named: true, since: true}, part{half: workflows.AM, named: true}
	switch {
	case r.text(i, "午后"):
		return afternoon, i + 1
	case r.text(i, "from", "after", "starting", "从", "自") && r.noon(i+1):
		if r.startsHere(i + 2) {
			return afternoon, i + 3
		}
		return afternoon, i + 2
	case r.text(i, "until", "till", "til", "before", "到", "至") && r.noon(i+1):
		return morning, i + 2
	case !r.noon(i):
		return part{}, i
	case r.startsHere(i+1) || r.at(i+1).class == later:
		return afternoon, i + 2
	case r.text(i+1, "前", "之前", "以前", "为止"):
		return morning, i + 2
	case r.link(i+1) > i+1:
		return afternoon, i + 1
	}
	return part{}, i
}

// halfOf reads the half before a date: morning of, from noon on.
func (r *reader) halfOf(i int) (part, int) {
	if r.noon(i) && r.text(i-1, "from", "after", "starting") {
		j := i + 1
		if r.text(j, "on", "of") {
			j++
		}
		return part{half: workflows.PM, named: true, since: true}, j
	}
	j := i
	if r.text(j, "the") {
		j++
	}
	if t := r.at(j); t.class == half && r.text(j+1, "of") {
		return part{half: workflows.Half(t.n), named: true}, j + 2
	}
	return part{}, i
}

// start works out a date by itself.
func (r *reader) start(p writtenDate) workflows.Date {
	switch p.shape {
	case next7:
		return r.nextWeekday(p.weekday, r.today)
	case calendar:
		d := p.date
		if d.Year == 0 {
			d = r.onOrAfter(d, r.today.AddDays(-lookBack))
		}
		r.check(d, p)
		return d
	}
	return p.date
}

// lookBack is how many days ago a date without a year may be: sick leave is reported afterwards.
const lookBack = 30

// check makes the line unclear when the date does not exist or is not on the weekday written beside it.
func (r *reader) check(d workflows.Date, p writtenDate) {
	switch {
	case !exists(d):
		r.doubt(noSuchDay(d))
	case p.weekday != anyDay && weekdayOf(d) != p.weekday:
		r.doubt(unclear)
	}
}

// nextWeekday is the first such day after d.
func (r *reader) nextWeekday(weekday int, d workflows.Date) workflows.Date {
	return d.AddDays((weekday-weekdayOf(d)+6)%7 + 1)
}

// onOrAfter gives d, which has none, the year in which it comes next. 29 February does not wait for a leap
// year: who writes it means the next one.
func (r *reader) onOrAfter(d, least workflows.Date) workflows.Date {
	if d.Year = least.Year; d.Before(least) {
		d.Year++
	}
	return d
}

// overNewYear is the longest range, in days, that is taken to go on in the next year when no year says so.
// A longer one has its ends exchanged.
const overNewYear = 183

// ends works out both ends of a range. What one end does not say is taken from the other.
func (r *reader) ends(a, b writtenDate) (from, to workflows.Date) {
	if a.shape == calendar && a.date.Year == 0 && b.shape == calendar && b.date.Year != 0 {
		from, to = a.date, b.date
		from.Year = to.Year
		if from.After(to) {
			from.Year--
		}
		r.check(from, a)
		r.check(to, b)
		if from.Year != to.Year && to.Days()-from.Days() > overNewYear {
			r.doubt(backwards)
		}
		return from, to
	}
	from = r.start(a)
	switch {
	case b.shape == next7:
		to = r.nextWeekday(b.weekday, from)
		if weekdayOf(from) == b.weekday {
			r.doubt(unclear) // Monday to Monday: one day or eight?
		}
	case b.shape == calendar && b.date.Year == 0:
		to = r.onOrAfter(b.date, from)
		if to.Year != from.Year && to.Days()-from.Days() > overNewYear {
			r.doubt(backwards)
		}
		r.check(to, b)
	default:
		to = b.date
		if b.shape == calendar {
			r.check(to, b)
		}
		if a.ways&b.ways&byWeekday != 0 && a.ways&byCalendar == 0 && from == to {
			r.doubt(unclear) // Monday to next Monday
		}
	}
	return from, to
}

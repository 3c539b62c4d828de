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
	several          bool // written as a range or a week
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
	if !r.clearBefore(first, e.dateRange) || !r.clearAfter(next, e.dateRange) || !e.sound() {
		r.unclear = true
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
		if !s.several && (r.at(i-1).is(starting) || r.text(i-1, "the", "on") && r.at(i-2).is(starting) || r.startsHere(j)) {
			r.unclear = true // from Monday, until when?
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
		r.unclear = true
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
		r.unclear = true
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
	case n == halfOfDay:
		r.unclear = r.unclear || !s.halved // which half?
	case s.halved:
		r.unclear = true
	case s.several:
		whole := s.fromPart == workflows.AM && s.toPart == workflows.PM
		r.unclear = r.unclear || !whole || s.to.Days()-s.from.Days()+1 != n
	default:
		s.to = s.from.AddDays(n - 1)
	}
	s.weak = false
}

// sound says whether the range can be: its dates exist, its end is not before its start, and it is not longer than a year.
func (s dateRange) sound() bool {
	if !exists(s.from) || !exists(s.to) || s.to.Days()-s.from.Days()+1 > maxDays {
		return false
	}
	_, err := workflows.NewSpan(s.from, s.fromPart, s.to, s.toPart)
	return err == nil
}

// dates reads a date, a week, or a range between two dates.
func (r *reader) dates(i int) (dateRange, int) {
	if s, j := r.daysOfMonth(i); j > i {
		return s, j
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
			r.unclear = true
		}
	} else if s, m := r.pair(i, a, first, j); m > j {
		return s, m
	}
	if a.open {
		r.unclear = true
	}
	from := r.start(a)
	s := dateRange{from: from, to: from, toPart: workflows.PM, calendar: a.ways&byCalendar != 0, weak: a.weak && !first.named}
	if first.named {
		s.halved, s.fromPart, s.toPart = true, first.half, first.half
	}
	return s, j
}

// pair reads two dates with the year first, one behind the other: that is how the commands are documented. No
// other dates side by side are a range.
func (r *reader) pair(i int, a writtenDate, first part, j int) (dateRange, int) {
	if r.at(i).class != isoDate || r.at(j).class != isoDate || r.glued(j) {
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
		r.unclear = true
	}
	last, m := r.half(m)
	sign := !isWord(r.at(linkAt))
	if last.named && !first.named && (short || sign) {
		r.unclear = true // Mon-Wed afternoon: of each day, or on Wednesday?
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

// daysOfMonth reads 3–5 Dec, 3rd to 5th of December 2026.
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
	k := r.link(j)
	if k == j {
		return dateRange{}, i
	}
	if r.text(k, "the") {
		k++
	}
	to, m := r.dayNumber(k)
	if m == k {
		return dateRange{}, i
	}
	month, year, m := r.monthBehind(m)
	if month == 0 {
		return dateRange{}, i
	}
	a, _ := r.dayOf(workflows.Date{Year: year, Month: monthOf(month), Day: from}, m)
	b, _ := r.dayOf(workflows.Date{Year: year, Month: monthOf(month), Day: to}, m)
	last, m := r.half(m)
	if from > to || last.named {
		r.unclear = true
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
	t := r.at(j)
	if t.class != half || bracket && !r.text(j+1, ")") {
		return part{}, i
	}
	if t.text == "am" && r.text(j+1, "sick", "ill", "away", "off", "out", "not", "going", "busy", "unwell", "at", "in", "on") {
		r.unclear = true // "tomorrow am off" is a morning to some
	}
	if bracket {
		j++
	}
	return part{workflows.Half(t.n), true}, j + 1
}

// halfOf reads the half before a date: morning of.
func (r *reader) halfOf(i int) (part, int) {
	j := i
	if r.text(j, "the") {
		j++
	}
	if t := r.at(j); t.class == half && r.text(j+1, "of") {
		return part{workflows.Half(t.n), true}, j + 2
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
	if !exists(d) || p.weekday != anyDay && weekdayOf(d) != p.weekday {
		r.unclear = true
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
			r.unclear = true
		}
		return from, to
	}
	from = r.start(a)
	switch {
	case b.shape == next7:
		to = r.nextWeekday(b.weekday, from)
		if weekdayOf(from) == b.weekday {
			r.unclear = true // Monday to Monday: one day or eight?
		}
	case b.shape == calendar && b.date.Year == 0:
		to = r.onOrAfter(b.date, from)
		if to.Year != from.Year && to.Days()-from.Days() > overNewYear {
			r.unclear = true
		}
		r.check(to, b)
	default:
		to = b.date
		if b.shape == calendar {
			r.check(to, b)
		}
		if a.ways&b.ways&byWeekday != 0 && a.ways&byCalendar == 0 && from == to {
			r.unclear = true // Monday to next Monday
		}
	}
	return from, to
}

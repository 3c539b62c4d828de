package phrase

import (
	"regexp"
	"strconv"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// The years of which a month can be asked for, as workflows.ParseDate has them.
const (
	firstYear = 1900
	lastYear  = 2199
)

var yearMonth = regexp.MustCompile(`^(\d{4})[/.](\d{1,2})$`)

// MonthIn takes the month that a text names: 2026-10, October 2026, 2026年10月, October, 10月, last month, 本月. It gives its first day, and
// what is left of the text. One without a year is the last that has begun; one with a year may be still to come. Of several months, or
// where a day is named too, none is understood, and the text is left as it is.
func MonthIn(text string, today workflows.Date) (first workflows.Date, rest string, ok bool) {
	r := reader{toks: scan(text)}
	rest = text
	for i := 0; i < len(r.toks); {
		n, read := r.monthAt(text, i, today)
		if n == 0 {
			i++
			continue
		}
		if ok || r.besidesMonth(i, n) {
			return workflows.Date{}, text, false
		}
		first, ok = read, true
		rest = without(text, r.at(i).start, r.at(i+n-1).end)
		i += n
	}
	return first, rest, ok
}

// monthAt reads the month whose first token is at i: how many tokens it takes, 0 when there is none, and its first day.
func (r *reader) monthAt(line string, i int, today workflows.Date) (n int, first workflows.Date) {
	a, b, c := r.at(i), r.at(i+1), r.at(i+2)
	from := func(months int) workflows.Date { return today.FirstOfMonth(months) }
	year := func(t token) bool { return t.class == number && t.n >= firstYear && t.n <= lastYear }
	in := func(n, year, month int) (int, workflows.Date) {
		if month < 1 || month > 12 || year < firstYear || year > lastYear {
			return 0, workflows.Date{}
		}
		return n, workflows.Date{Year: year, Month: time.Month(month), Day: 1}
	}
	begun := func(n, month int) (int, workflows.Date) {
		if time.Month(month) > today.Month {
			return in(n, today.Year-1, month)
		}
		return in(n, today.Year, month)
	}
	switch {
	case a.class == whichMonth:
		return 1, from(a.n)
	case a.class == which && b.text == "month":
		return 2, from(a.n)
	case a.class == month && year(b):
		return in(2, b.n, a.n)
	case a.class == month && b.text == "," && year(c):
		return in(3, c.n, a.n)
	case a.class == month:
		return begun(1, a.n)
	case year(a) && b.class == link && b.text == "-" && c.class == number && c.start == b.end && b.start == a.end:
		return in(3, a.n, c.n)
	case year(a) && b.class == month:
		return in(2, a.n, b.n)
	case year(a) && b.class == unitYear:
		if n, month := r.chineseMonth(i + 2); n > 0 {
			return in(2+n, a.n, month)
		}
	case a.class == yearOf:
		if n, month := r.chineseMonth(i + 1); n > 0 {
			return in(1+n, today.Year+a.n, month)
		}
	case a.class == figure:
		if m := yearMonth.FindStringSubmatch(line[a.start:a.end]); m != nil {
			y, _ := strconv.Atoi(m[1])
			month, _ := strconv.Atoi(m[2])
			return in(1, y, month)
		}
	}
	if n, month := r.chineseMonth(i); n > 0 {
		return begun(n, month)
	}
	return 0, workflows.Date{}
}

// chineseMonth reads 10月, 十月 or 10月份: how many tokens, 0 when there is none, and which month.
func (r *reader) chineseMonth(i int) (n, month int) {
	a := r.at(i)
	if a.class != number && a.class != numeral || r.at(i+1).class != unitMonth || a.n < 1 || a.n > 12 {
		return 0, 0
	}
	if r.text(i+2, "份") {
		return 3, a.n
	}
	return 2, a.n
}

// besidesMonth tells whether a day stands beside the n tokens of a month: 5 Oct, 10月5日, 2026-10-05.
func (r *reader) besidesMonth(i, n int) bool {
	before, after := r.at(i-1), r.at(i+n)
	day := func(t token) bool {
		return t.class == number || t.class == numeral || t.class == figure || t.class == ordinal
	}
	return day(before) || day(after) || after.class == link || before.class == link
}

// Package phrase reads dates and ranges of dates out of a line of chat, in English and Chinese: "from Thursday to 8 Dec", 下周一到周三上午.
//
// It understands or it does not. A line that could mean two things (03/04, "sat", "from Monday" without an end, two
// dates that are no range) is not understood, and the person is asked; what is understood is still shown for a yes. It
// knows no clock, no holidays and no hours.
//
// A line becomes tokens (scan.go, with the words of english.go and chinese.go), tokens become single dates as they are written (date.go),
// and these a date or a range with what stands beside it (daterange.go, context.go). A new word goes into its language's table or, when
// it is only skipped, trimmed or in the way, into role.go; a new way to write a date goes into date.go; and all of them into the tables
// of the tests.
//
// Beside dates it tells what a line is for (purpose.go), what a question is about (topic.go), for whom somebody asks (whom.go), and whether
// what is left can be a reason (reason.go).
package phrase

import (
	"strings"
	"unicode/utf8"

	"github.com/nod-chat/nod/workflows"
)

// Reading is what was understood of a line.
type Reading struct {
	From, To         workflows.Date
	FromPart, ToPart workflows.Half // AM..PM: whole days
	Dated            bool           // a date or range was found
	Half             bool           // half of the one date, From and To, is meant, and not said which
	Loose            bool           // what speaks of dates may as well be a number: 24.12
	Rest             string         // the line without what it says of dates, trimmed of connecting words and punctuation

	seen   string // what speaks of dates in the line and names no date or range
	why    string // the key of the sentence that says so; empty: nothing does
	either either // of twoWays
}

// either are the two dates that one may be.
type either struct{ first, second workflows.Date }

// Fault says what speaks of dates in the line and names no one date or range; nil: nothing does. It belongs to no field.
func (r Reading) Fault() *workflows.Error {
	if r.why == "" {
		return nil
	}
	args := workflows.Args{"Value": workflows.Cut(r.seen, 40)}
	if r.why == twoWays {
		args["First"], args["Second"] = r.either.first.String(), r.either.second.String()
	}
	return workflows.Refuse(workflows.Invalid, r.why, args)
}

// Why what speaks of dates names no date or range: the keys of sentences.
const (
	unclear    = "date.unclear"
	twoWays    = "date.two_ways"   // 03/04
	noEnd      = "date.no_end"     // from Monday
	noStart    = "date.no_start"   // three days
	leftOut    = "date.left_out"   // not Monday
	several    = "date.several"    // Monday and Friday
	outOfRange = "date.range"      // in the year 0
	impossible = "date.impossible" // 30 February
	backwards  = "span.order"
)

const (
	maxLine = 500 // runes; nobody writes more around a date
	maxDays = 366 // dates in one range
)

// Read reads a line. today is the writer's own date. It understands or it does not: it never guesses an unclear date.
func Read(line string, today workflows.Date) Reading {
	if utf8.RuneCountInString(line) > maxLine {
		return Reading{Rest: strings.TrimSpace(line)}
	}
	r := reader{toks: scan(line), today: today}
	return r.read(line)
}

// readLoosely reads a line in which dates are to be expected: where nothing else speaks of them, also those that may as well be numbers.
func readLoosely(line string, today workflows.Date) Reading {
	read := Read(line, today)
	if read.Dated || read.Half || read.why != "" {
		return read
	}
	r := reader{toks: scan(line), today: today}
	if utf8.RuneCountInString(line) > maxLine || !loosen(line, r.toks) {
		return read
	}
	read = r.read(line)
	read.Loose = true
	return read
}

func (r *reader) read(line string) Reading {
	found := r.only()
	switch {
	case r.doubts > 0:
		return r.unread(line)
	case !found.ok:
		return Reading{Rest: r.remainder(line, nil)}
	}
	return Reading{
		From: found.from, To: found.to, FromPart: found.fromPart, ToPart: found.toPart,
		Dated: !found.half, Half: found.half, Rest: r.remainder(line, found.cuts),
	}
}

// ReadDay reads a date that stands by itself, as the answer to a question or in a field: what a line would be read for. today is the
// writer's own date. A half, a range and whatever else is no one date are faults; typed is not empty.
func ReadDay(typed string, today workflows.Date) (workflows.Date, *workflows.Error) {
	read := readLoosely(typed, today)
	switch fault := read.Fault(); {
	case fault != nil:
		return workflows.Date{}, fault
	case read.Dated && read.Rest == "" && read.From == read.To && read.FromPart == workflows.AM && read.ToPart == workflows.PM:
		return read.From, nil
	}
	return workflows.Date{}, workflows.Refuse(workflows.Invalid, "date.format", workflows.Args{"Value": workflows.Cut(typed, 40)})
}

// unread is the reading of a line whose dates are not understood: they are taken out of it all the same.
func (r *reader) unread(line string) Reading {
	all := reader{toks: r.toks, today: r.today}
	seen := all.seen()
	read := Reading{why: r.why, seen: strings.TrimSpace(line[r.at(seen.from).start:r.at(seen.to-1).end])}
	if t := r.at(r.doubtful); t.class == figure && t.n > 0 {
		read.why, read.seen, read.either = twoWays, line[t.start:t.end], r.readings(t.n)
	}
	read.Rest = r.remainder(line, []cut{seen})
	return read
}

// readings are the dates that digits may mean.
func (r *reader) readings(n int) either {
	year, a, b := n/1_00_00, n/1_00%1_00, n%1_00
	on := func(month, day int) workflows.Date {
		d := workflows.Date{Year: year, Month: monthOf(month), Day: day}
		if year == 0 {
			d = r.onOrAfter(d, r.today.AddDays(-lookBack))
		}
		return d
	}
	return either{on(b, a), on(a, b)}
}

// seen is where a line speaks of dates, from the first such word to the last, with what stands right before and behind and makes them
// other ones.
func (r *reader) seen() cut {
	c := cut{len(r.toks), 0}
	for i := 0; i < len(r.toks); {
		e, next := r.expression(i)
		if next > i {
			c.from = min(c.from, e.cuts[0].from)
		} else if _, next = r.duration(i); next == i {
			if next = i + 1; !r.dateLike(i) {
				i = next
				continue
			}
			if u := r.at(next).class; u == unitDay || u == ordinal || u == unitMonth || u == days || u == counted {
				next++
			}
		}
		c.from, c.to = min(c.from, i), next
		i = next
	}
	if c.to == 0 { // something was a date only together with what stands beside it
		return cut{0, len(r.toks)}
	}
	for n := r.endBefore(c.from); n > 0; n = r.endBefore(c.from) {
		c.from -= n
	}
	leads := func(i int) bool { return r.at(i).is(before | starting | excluding) }
	for r.alters(c.from-1) || leads(c.from-1) || r.text(c.from-1, "the", "on") && leads(c.from-2) {
		c.from--
	}
	for r.alters(c.to) || r.at(c.to).is(after|excluding) {
		c.to++
	}
	for n := r.endBehind(c.to); n > 0; n = r.endBehind(c.to) {
		c.to += n
	}
	return c
}

// endBefore is how many tokens before i are the other end of a range or a row of days, without its month: 24 - 28/12, 24. and 26.12.
func (r *reader) endBefore(i int) int {
	switch {
	case r.at(i-1).class != link && !r.joiner(i-1):
		return 0
	case r.at(i-2).class == number:
		return 2
	case r.text(i-2, ".") && r.at(i-3).class == number:
		return 3
	}
	return 0
}

// endBehind is how many tokens from i on are: 2026-12-24 - 28, 周三四五, 周一、二.
func (r *reader) endBehind(i int) int {
	bare := func(i int) bool { t := r.at(i); return t.class == number || t.class == numeral && t.han }
	switch {
	case r.at(i).han && bare(i) && r.glued(i):
		return 1
	case (r.at(i).class == link || r.joiner(i) && !r.text(i, ",")) && bare(i+1) && !r.countsThings(i+2):
		return 2
	}
	return 0
}

// alters says whether what stands at i, right beside a date, makes it another one by what it is.
func (r *reader) alters(i int) bool {
	switch r.at(i).class {
	case number, figure, half, hours, which, counted, later, onward, clock, unitDay:
		return true
	}
	return false
}

// reader goes over the tokens of one line. Its methods take the place of a token and return the place after what they have read, which is
// the same place when they have read nothing.
type reader struct {
	toks     []token
	today    workflows.Date
	doubts   int    // how often something was a date and is not understood, so that nothing in the line is
	why      string // the key of the sentence for the first of them
	doubtful int    // the token of the first that is by itself
}

// doubt keeps that something speaks of dates and is not understood.
func (r *reader) doubt(why string) {
	if r.doubts++; r.doubts == 1 {
		r.why, r.doubtful = why, -1
	}
}

// only returns the one date or range of the line. A second one, or a date word that belongs to none, makes the line unclear. So does a
// number of days far from the date, unless it says the same: "I am ill today, one day off please".
func (r *reader) only() (found expression) {
	apart, length := false, 0
	for i := 0; i < len(r.toks) && r.doubts == 0; {
		e, next := r.expression(i)
		if next > i {
			if found.ok {
				r.doubt(several)
			}
			found, i = e, next
			continue
		}
		n, next := r.duration(i)
		switch {
		case next > i:
			if apart {
				r.doubt(several)
			}
			apart, length, i = true, n, next
		case r.dateLike(i):
			r.doubt(unclear)
			r.doubtful = i
		default:
			i++
		}
	}
	if apart {
		if found.ok {
			r.last(&found.dateRange, length)
		}
		switch {
		case !found.ok:
			r.doubt(noStart)
		case length > 1 && !found.several:
			r.doubt(unclear)
		}
	}
	return found
}

// at returns the token at i; beyond either end of the line it is of no class.
func (r *reader) at(i int) token {
	if i < 0 || i >= len(r.toks) {
		return token{}
	}
	return r.toks[i]
}

// glued says whether nothing stands between the token at i and the one before it.
func (r *reader) glued(i int) bool {
	return i > 0 && i < len(r.toks) && r.toks[i].start == r.toks[i-1].end
}

func (r *reader) text(i int, words ...string) bool {
	if i < 0 || i >= len(r.toks) {
		return false
	}
	for _, w := range words {
		if r.toks[i].text == w {
			return true
		}
	}
	return false
}

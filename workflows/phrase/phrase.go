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
	Rest             string         // the line without the date, trimmed of connecting words and punctuation
}

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
	found := r.only()
	if r.unclear || !found.ok {
		return Reading{Rest: r.remainder(line, nil)}
	}
	return Reading{
		From: found.from, To: found.to, FromPart: found.fromPart, ToPart: found.toPart,
		Dated: true, Rest: r.remainder(line, found.cuts),
	}
}

// reader goes over the tokens of one line. Its methods take the place of a token and return the place after what they have read, which is
// the same place when they have read nothing.
type reader struct {
	toks    []token
	today   workflows.Date
	unclear bool // something was a date and is not understood, so nothing in the line is
}

// only returns the one date or range of the line. A second one, or a date word that belongs to none, makes the line unclear. So does a
// number of days far from the date, unless it says the same: "I am ill today, one day off please".
func (r *reader) only() (found expression) {
	apart, length := false, 0
	for i := 0; i < len(r.toks) && !r.unclear; {
		e, next := r.expression(i)
		if next > i {
			r.unclear = r.unclear || found.ok
			found, i = e, next
			continue
		}
		n, next := r.duration(i)
		switch {
		case next > i:
			r.unclear = r.unclear || apart
			apart, length, i = true, n, next
		case r.dateLike(i):
			r.unclear = true
		default:
			i++
		}
	}
	if apart {
		r.last(&found.dateRange, length)
		r.unclear = r.unclear || length > 1 && !found.several
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

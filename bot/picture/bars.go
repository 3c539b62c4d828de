package picture

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/nod-chat/nod/bot"
)

// Limits of what can be read on a phone.
const (
	MaxGroups = 20 // bars below one another
	MaxSeries = 8  // parts of a bar, each in its own colour
)

// Bars is a chart of horizontal bars. With one series each group has a bar and its value; with several, a bar is made of their parts, one
// after the other, and its value is their sum.
type Bars struct {
	Title  string
	Unit   string   // what the values are, as "CNY · November 2026": it stands below the title; empty: nothing does
	Groups []string // a bar each, from top to bottom
	Series []Series
	Format func(int64) string // writes a value, as money, days or a percentage
	Whole  int64              // what a full bar stands for, as 100 of percentages; 0: the largest value
	Empty  string             // stands in place of bars when there is nothing to show, as "Nothing yet"
}

// Series is one value for each group. Those of a chart with several are not negative.
type Series struct {
	Name   string // in the legend; of a single one it is not shown
	Values []int64
}

// Picture draws the chart, and writes what it shows for those who do not see it. name is the file's.
func (b Bars) Picture(name string) (*bot.Picture, error) {
	png, err := b.Draw()
	if err != nil {
		return nil, err
	}
	return &bot.Picture{Name: name, PNG: png, Alt: b.Alt()}, nil
}

// check gives the sums of the groups, or why they cannot be drawn.
func (b Bars) check() ([]int64, error) {
	switch {
	case b.Format == nil:
		return nil, errors.New("picture: nobody says how a value is written")
	case len(b.Groups) > MaxGroups:
		return nil, fmt.Errorf("picture: %d bars are more than %d; Ranked sums up those beyond", len(b.Groups), MaxGroups)
	case len(b.Series) > MaxSeries:
		return nil, fmt.Errorf("picture: %d parts are more than %d; Stacked sums up those beyond", len(b.Series), MaxSeries)
	}
	sums := make([]int64, len(b.Groups))
	for _, s := range b.Series {
		if len(s.Values) != len(b.Groups) {
			return nil, fmt.Errorf("picture: %q has %d values for %d bars", s.Name, len(s.Values), len(b.Groups))
		}
		for i, v := range s.Values {
			if v < 0 && len(b.Series) > 1 {
				return nil, fmt.Errorf("picture: %q is %d in %q, and a part of a bar cannot be negative", s.Name, v, b.Groups[i])
			}
			sum, err := add(sums[i], v)
			if err != nil {
				return nil, err
			}
			sums[i] = sum
		}
	}
	if b.empty() && b.Empty == "" {
		return nil, errors.New("picture: there is nothing to show, and no word for that")
	}
	return sums, nil
}

// empty tells whether there is nothing to show.
func (b Bars) empty() bool {
	for _, s := range b.Series {
		for _, v := range s.Values {
			if v != 0 {
				return false
			}
		}
	}
	return true
}

// ErrTooLarge says that a sum does not fit.
var ErrTooLarge = errors.New("picture: a sum is larger than a 64-bit integer")

func add(a, b int64) (int64, error) {
	if b > 0 && a > math.MaxInt64-b || b < 0 && a < math.MinInt64-b {
		return 0, ErrTooLarge
	}
	return a + b, nil
}

// maxAlt is how many characters the alternative text of a file on Slack may have, which is the least of all chats:
// docs.slack.dev/reference/methods/files.getUploadURLExternal.
const maxAlt = 1000

// Alt says what the chart shows, in lines: what it is, then each bar's name, value and, of several series, parts. It ends with a line when
// the next would be too much for a chat.
func (b Bars) Alt() string { return within(b.told(), maxAlt) }

// told lists the lines of the alternative text.
func (b Bars) told() []string {
	sums, err := b.check()
	if err != nil {
		return []string{oneLine(b.Title)}
	}
	lines := []string{oneLine(b.Title)}
	if b.Unit != "" {
		lines = append(lines, oneLine(b.Unit))
	}
	if b.empty() {
		return append(lines, oneLine(b.Empty))
	}
	for i, sum := range sums {
		line := oneLine(b.Groups[i]) + " " + b.Format(sum)
		if b.stacked() {
			var parts []string
			for _, s := range b.Series {
				if s.Values[i] != 0 {
					parts = append(parts, oneLine(s.Name)+" "+b.Format(s.Values[i]))
				}
			}
			if len(parts) > 0 {
				line += " (" + strings.Join(parts, ", ") + ")"
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// within joins lines to a text of at most so many characters, of which the last say that some are missing.
func within(lines []string, most int) string {
	var text []rune
	for i, line := range lines {
		next := []rune(line)
		if i > 0 {
			next = append([]rune{'\n'}, next...)
		}
		room := most
		if i < len(lines)-1 {
			room -= 2 // the mark of what is missing has room, too
		}
		if len(text)+len(next) > room {
			if i == 0 {
				text = next[:most-2]
			}
			return string(text) + "\n…"
		}
		text = append(text, next...)
	}
	return string(text)
}

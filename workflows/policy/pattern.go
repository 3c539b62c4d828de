package policy

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// week is a weekly pattern as the file writes it. A day that is left out is off.
type week struct {
	Mon shifts `yaml:"mon"`
	Tue shifts `yaml:"tue"`
	Wed shifts `yaml:"wed"`
	Thu shifts `yaml:"thu"`
	Fri shifts `yaml:"fri"`
	Sat shifts `yaml:"sat"`
	Sun shifts `yaml:"sun"`
}

func (w week) pattern() workflows.Pattern {
	var p workflows.Pattern
	for day, s := range map[time.Weekday]shifts{
		time.Monday: w.Mon, time.Tuesday: w.Tue, time.Wednesday: w.Wed, time.Thursday: w.Thu, time.Friday: w.Fri,
		time.Saturday: w.Sat, time.Sunday: w.Sun,
	} {
		p.Week[day] = workflows.DayShifts(s)
	}
	return p
}

// shifts is the work of one day, written as "09:00-12:00, 13:00-18:00", or "08:30-12:30 am".
type shifts workflows.DayShifts

const noon = 12 * 60

var shiftForm = regexp.MustCompile(`^(\d\d):(\d\d)-(\d\d):(\d\d)(?: (am|pm))?$`)

// stretch is a piece of work, and the half that it is said to be; "" where it is not said.
type stretch struct {
	workflows.Shift
	half string
}

// UnmarshalText reads one or two stretches. Of two the first is the morning. A single one is the half that it says, as 08:30-12:30 am,
// else the one it lies in; it is divided at noon when it lies in both.
func (s *shifts) UnmarshalText(text []byte) error {
	written := strings.Split(string(text), ",")
	if len(written) > 2 {
		return fmt.Errorf("%q: a day has at most two stretches of work, as 09:00-12:00, 13:00-18:00", text)
	}
	var read []stretch
	for _, w := range written {
		one, err := readStretch(strings.TrimSpace(w))
		if err != nil {
			return err
		}
		read = append(read, one)
	}
	first := read[0]
	if len(read) == 2 {
		second := read[1]
		switch {
		case second.From < first.To:
			return fmt.Errorf("%q: the second stretch begins before the first ends", text)
		case first.half == "pm" || second.half == "am":
			return fmt.Errorf("%q: of two stretches the first is the morning (am) and the second the afternoon (pm)", text)
		}
		s.AM, s.PM = first.Shift, second.Shift
		return nil
	}
	switch {
	case first.half == "am", first.half == "" && first.To <= noon:
		s.AM = first.Shift
	case first.half == "pm", first.From >= noon:
		s.PM = first.Shift
	default:
		s.AM, s.PM = workflows.Shift{From: first.From, To: noon}, workflows.Shift{From: noon, To: first.To}
	}
	return nil
}

func readStretch(s string) (stretch, error) {
	m := shiftForm.FindStringSubmatch(s)
	if m == nil {
		return stretch{}, fmt.Errorf("%q is no stretch of work; write it as 09:00-12:00, and behind it am or pm where it crosses "+
			"noon and is half a day, as 08:30-12:30 am", s)
	}
	var n [4]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // two digits each
	}
	read := stretch{workflows.Shift{From: n[0]*60 + n[1], To: n[2]*60 + n[3]}, m[5]}
	switch {
	case n[1] > 59 || n[3] > 59 || read.To > 24*60 || read.From >= read.To:
		return stretch{}, fmt.Errorf("%q does not lie within a day; write its start and end as 09:00-12:00", s)
	case read.half == "am" && read.From >= noon:
		return stretch{}, fmt.Errorf("%q begins in the afternoon, so it is no morning; write pm, or leave it out", s)
	case read.half == "pm" && read.To <= noon:
		return stretch{}, fmt.Errorf("%q ends in the morning, so it is no afternoon; write am, or leave it out", s)
	}
	return read, nil
}

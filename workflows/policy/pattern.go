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

// shifts is the work of one day, written as "09:00-12:00, 13:00-18:00".
type shifts workflows.DayShifts

const noon = 12 * 60

var shiftForm = regexp.MustCompile(`^(\d\d):(\d\d)-(\d\d):(\d\d)$`)

// UnmarshalText reads one or two stretches. Of two the first is the morning; a single one belongs to the half it lies in, and is
// divided at noon when it lies in both.
func (s *shifts) UnmarshalText(text []byte) error {
	written := strings.Split(string(text), ",")
	if len(written) > 2 {
		return fmt.Errorf("%q: a day has at most two stretches of work, as 09:00-12:00, 13:00-18:00", text)
	}
	var read []workflows.Shift
	for _, w := range written {
		shift, err := readShift(strings.TrimSpace(w))
		if err != nil {
			return err
		}
		read = append(read, shift)
	}
	switch first := read[0]; {
	case len(read) == 2 && read[1].From < first.To:
		return fmt.Errorf("%q: the second stretch begins before the first ends", text)
	case len(read) == 2:
		s.AM, s.PM = first, read[1]
	case first.To <= noon:
		s.AM = first
	case first.From >= noon:
		s.PM = first
	default:
		s.AM, s.PM = workflows.Shift{From: first.From, To: noon}, workflows.Shift{From: noon, To: first.To}
	}
	return nil
}

func readShift(s string) (workflows.Shift, error) {
	m := shiftForm.FindStringSubmatch(s)
	if m == nil {
		return workflows.Shift{}, fmt.Errorf("%q is no stretch of work; write it as 09:00-12:00", s)
	}
	var n [4]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // two digits each
	}
	shift := workflows.Shift{From: n[0]*60 + n[1], To: n[2]*60 + n[3]}
	if n[1] > 59 || n[3] > 59 || shift.To > 24*60 || shift.From >= shift.To {
		return workflows.Shift{}, fmt.Errorf("%q does not lie within a day; write its start and end as 09:00-12:00", s)
	}
	return shift, nil
}

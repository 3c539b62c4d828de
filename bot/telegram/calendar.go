package telegram

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// month is the page of a calendar. It lives in the buttons, so any page can be turned at any time.
type month struct {
	year  int
	month time.Month
}

func (m month) String() string { return fmt.Sprintf("%04d-%02d", m.year, int(m.month)) }

func (m month) first() workflows.Date { return workflows.Date{Year: m.year, Month: m.month, Day: 1} }

func (m month) add(n int) month {
	t := time.Date(m.year, m.month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	return month{t.Year(), t.Month()}
}

// readMonth reads 2026-12; what is none gives the zero month, for which another is found.
func readMonth(s string) month {
	d, err := workflows.ParseDate(s + "-01")
	if err != nil {
		return month{}
	}
	return month{d.Year, d.Month}
}

// monthFor finds the page to begin with: that of the value, else of the date before it, else of today.
func (v view) monthFor(d *dialog, i int) month {
	day, err := workflows.ParseDate(d.Form.Fields[i].Value)
	if err != nil {
		if day = d.earlierDate(i); day.IsZero() {
			day = v.today
		}
	}
	return month{day.Year, day.Month}
}

// calendar draws a month as buttons, the week beginning on Monday, and gives the names of its holidays. A day off stands in brackets, the
// chosen day has a tick, today a dot. Buttons that do nothing are answered like all others.
func (v view) calendar(d *dialog, field bot.FormField, m month) (rows [][]key, holidays []string) {
	step := func(text, step, value string) key {
		data, ok := stepData(step, d.token(), field.Name, value)
		if !ok { // a field's name of 40 letters still leaves room for a date
			data, _ = stepData("nop", d.token(), "", "")
		}
		return key{Text: text, Data: data}
	}
	blank := step(" ", "nop", "")

	rows = append(rows, []key{step(v.text("telegram.calendar.today"), "set", v.today.String()),
		step(v.text("telegram.calendar.tomorrow"), "set", v.today.AddDays(1).String())})
	name := v.say("telegram.calendar.month", map[string]any{"Year": strconv.Itoa(m.year),
		"Month": strings.Fields(v.text("telegram.calendar.months"))[m.month-1]})
	rows = append(rows, []key{step("◀", "mon", m.add(-1).String()), step(name, "nop", ""), step("▶", "mon", m.add(1).String())})
	var head []key
	for _, w := range strings.Fields(v.text("telegram.calendar.weekdays")) {
		head = append(head, step(w, "nop", ""))
	}
	rows = append(rows, head)

	first := m.first()
	last := m.add(1).first().AddDays(-1)
	off := v.off(first, last)
	var row []key
	for range (int(first.Weekday()) + 6) % 7 {
		row = append(row, blank)
	}
	for day := first; !day.After(last); day = day.AddDays(1) {
		text := strconv.Itoa(day.Day)
		if _, free := off[day]; free {
			text = "(" + text + ")"
		}
		switch {
		case day.String() == field.Value:
			text = "✓" + text
		case day == v.today:
			text = "•" + text
		}
		row = append(row, step(text, "set", day.String()))
		if len(row) == 7 {
			rows, row = append(rows, row), nil
		}
	}
	if len(row) > 0 {
		for len(row) < 7 {
			row = append(row, blank)
		}
		rows = append(rows, row)
	}
	return rows, named(off, first, last)
}

// named lists the holidays of a month, days that follow one another as a range.
func named(off map[workflows.Date]string, first, last workflows.Date) (lines []string) {
	for day := first; !day.After(last); {
		name := off[day]
		if name == "" {
			day = day.AddDays(1)
			continue
		}
		end := day
		for next := day.AddDays(1); !next.After(last) && off[next] == name; next = next.AddDays(1) {
			end = next
		}
		span := strconv.Itoa(day.Day)
		if end != day {
			span += "–" + strconv.Itoa(end.Day)
		}
		lines = append(lines, span+": "+name)
		day = end.AddDays(1)
	}
	return lines
}

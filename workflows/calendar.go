package workflows

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

// DayKind says in what way a date departs from the weekly pattern.
type DayKind string

// The kinds of days. Statutory days and rest days are both off; they differ in what work on them earns: comp-off only on rest days.
const (
	Workday   DayKind = "workday"   // worked although the week says otherwise, as a Chinese make-up Saturday is
	Rest      DayKind = "rest"      // off
	Statutory DayKind = "statutory" // off by law
)

// CalendarDay is one date that departs from the weekly pattern.
type CalendarDay struct {
	Date   Date
	Kind   DayKind
	Name   string // in English
	NameZH string // in Chinese, may be empty
	Source string // who says so
}

// Calendar is a country's departures from the weekly pattern: the years shipped with the program, overridden date by date by imported rows.
// The zero Calendar departs nowhere. A Calendar does not change and may be shared.
type Calendar struct {
	country  string
	shipped  days
	imported days
}

// days keeps the rows of a country and the years they speak of.
type days struct {
	byDate map[Date]CalendarDay
	years  map[int]bool
}

func (d *days) add(day CalendarDay) {
	if d.byDate == nil {
		d.byDate, d.years = map[Date]CalendarDay{}, map[int]bool{}
	}
	d.byDate[day.Date] = day
	d.years[day.Date.Year] = true
}

// NewCalendar returns the calendar of a country (ISO 3166 code, "CN"). Of two imported rows with one date the later wins.
func NewCalendar(country string, imported ...CalendarDay) Calendar {
	c := Calendar{country: country, shipped: shippedCalendars()[country]}
	for _, day := range imported {
		c.imported.add(day)
	}
	return c
}

// Countries lists the countries of which the program ships calendar years, in order.
func Countries() []string { return slices.Sorted(maps.Keys(shippedCalendars())) }

// Override says whether d departs from the weekly pattern, and how.
func (c Calendar) Override(d Date) (CalendarDay, bool) {
	if day, ok := c.imported.byDate[d]; ok {
		return day, true
	}
	day, ok := c.shipped.byDate[d]
	return day, ok
}

// Published says whether the holidays of the year are known. Where they are not, dates count by the weekly pattern and the card says so. A
// country of which nothing was ever shipped or imported is plain: there is nothing to wait for, so each year is published.
func (c Calendar) Published(year int) bool {
	plain := len(c.shipped.years) == 0 && len(c.imported.years) == 0
	return plain || c.shipped.years[year] || c.imported.years[year]
}

// To ship another year, add a file to calendars: copied from the official notice, not from other people's packages, which had errors.
//
//go:embed calendars/*.csv
var calendarFiles embed.FS

// shippedCalendars reads the embedded files, by country. A fault in them is the programmer's and shows in every test, so it panics.
var shippedCalendars = sync.OnceValue(func() map[string]days {
	countries := map[string]days{}
	entries, err := calendarFiles.ReadDir("calendars")
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		file, err := calendarFiles.Open("calendars/" + entry.Name())
		if err != nil {
			panic(err)
		}
		if err := readCalendar(file, countries); err != nil {
			panic(fmt.Errorf("calendars/%s: %w", entry.Name(), err))
		}
	}
	return countries
})

var calendarColumns = []string{"country", "date", "kind", "name", "name_zh", "source"}

// readCalendar adds the rows of one calendar file to countries. It refuses a date that occurs twice.
func readCalendar(r io.Reader, countries map[string]days) error {
	rows := csv.NewReader(r)
	rows.Comment = '#'
	header, err := rows.Read()
	if err != nil {
		return err
	}
	if !slices.Equal(header, calendarColumns) {
		return fmt.Errorf("columns are %s, want %s", strings.Join(header, ","), strings.Join(calendarColumns, ","))
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := rows.FieldPos(0)
		date, err := ParseDate(row[1])
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		kind := DayKind(row[2])
		if kind != Workday && kind != Rest && kind != Statutory {
			return fmt.Errorf("line %d: kind %q is none of workday, rest, statutory", line, kind)
		}
		country := countries[row[0]]
		if _, twice := country.byDate[date]; twice {
			return fmt.Errorf("line %d: %s %s occurs twice", line, row[0], date)
		}
		country.add(CalendarDay{Date: date, Kind: kind, Name: row[3], NameZH: row[4], Source: row[5]})
		countries[row[0]] = country
	}
}

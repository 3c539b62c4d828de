package web

import (
	"strings"
	"time"

	// A browser's machine need not have zones installed, nor does the one nod runs on.
	_ "time/tzdata"
)

func clockTime(t time.Time) string { return t.Format("15:04") }

func zoneOf(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// cities are the zones whose name the texts translate.
var cities = map[string]string{
	"Asia/Shanghai": "web.city.shanghai", "Europe/Berlin": "web.city.berlin", "America/New_York": "web.city.new_york",
	"Asia/Hong_Kong": "web.city.hong_kong", "Asia/Singapore": "web.city.singapore", "Europe/London": "web.city.london",
	"America/Los_Angeles": "web.city.los_angeles", "Asia/Tokyo": "web.city.tokyo",
}

// city is what people call a zone.
func (f frame) city(zone string) string {
	if key, ok := cities[zone]; ok {
		return f.T(key)
	}
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}

// nextMorning is the next nine o'clock from Monday to Friday: at a weekend there is nothing to see.
func nextMorning(now time.Time) time.Time {
	nine := time.Date(now.Year(), now.Month(), now.Day(), 9, 0, 0, 0, now.Location())
	for !nine.After(now) || nine.Weekday() == time.Saturday || nine.Weekday() == time.Sunday {
		nine = time.Date(nine.Year(), nine.Month(), nine.Day()+1, 9, 0, 0, 0, now.Location())
	}
	return nine
}

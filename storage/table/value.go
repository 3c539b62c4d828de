package table

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Code gives a cell that holds a number, a date or a code as it is meant: full-width signs as plain ones, and without the apostrophe by
// which a spreadsheet marks text.
func Code(cell string) string {
	cell = strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000':
			return ' '
		case r == '\u2212': // the minus of typesetters
			return '-'
		}
		return r
	}, cell)
	return strings.TrimFunc(strings.TrimPrefix(cell, "'"), around)
}

// shortened is how a spreadsheet shows a number that is too long for it; the digits at its end are gone.
var shortened = regexp.MustCompile(`^-?\d([.,]\d+)?E\+\d+$`)

// Shortened tells whether a cell is what a spreadsheet makes of a long number, as 1.2E+11.
func Shortened(cell string) bool { return shortened.MatchString(Code(cell)) }

// truths are what spreadsheets write for a tick, in capitals or not, in the languages that they are used in; and what people write.
var truths = map[string]bool{
	"true": true, "yes": true, "y": true, "1": true, "是": true, "真": true, "wahr": true, "ja": true, "vrai": true, "oui": true,
	"verdadero": true, "vero": true, "verdadeiro": true, "waar": true, "prawda": true, "истина": true,
	"false": false, "no": false, "n": false, "0": false, "否": false, "假": false, "falsch": false, "nein": false, "faux": false,
	"non": false, "falso": false, "onwaar": false, "fałsz": false, "ложь": false,
}

// Truth reads true or false; not ok: it is neither.
func Truth(cell string) (yes, ok bool) {
	yes, ok = truths[strings.ToLower(Code(cell))]
	return yes, ok
}

var (
	exponent  = regexp.MustCompile(`^(-?)(\d)(?:[.,](\d{1,14}))?E([+-])(\d{1,2})$`)
	commaOnly = regexp.MustCompile(`^-?\d+,(\d{1,2}|\d{4,})$`)
	thousands = regexp.MustCompile(`^-?\d{1,3}(,\d{3})*\.\d+$`)
	dotted    = regexp.MustCompile(`^-?\d{1,3}(\.\d{3})*,\d+$`)
)

// Decimal gives a number as 1234.5 of how spreadsheets write it: 1,5 and 1.234,5 where the comma is the decimal sign, 1,234.5, 1.2E+03,
// １．５. What it cannot tell, as 1,234, it leaves as it is, for whoever reads the number to refuse.
func Decimal(cell string) string {
	s := strings.ReplaceAll(Code(cell), " ", "")
	switch {
	case commaOnly.MatchString(s):
		return strings.Replace(s, ",", ".", 1)
	case thousands.MatchString(s):
		return strings.ReplaceAll(s, ",", "")
	case strings.Count(s, ",") == 1 && strings.Contains(s, ".") && dotted.MatchString(s):
		return strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
	}
	m := exponent.FindStringSubmatch(s)
	if m == nil {
		return s
	}
	digits, point := m[2]+m[3], 1
	shift, _ := strconv.Atoi(m[5]) // two digits
	if m[4] == "-" {
		shift = -shift
	}
	point += shift
	if point <= 0 {
		digits, point = strings.Repeat("0", 1-point)+digits, 1
	}
	if more := point - len(digits); more > 0 {
		digits += strings.Repeat("0", more)
	}
	if whole, fraction := digits[:point], digits[point:]; fraction != "" {
		return m[1] + whole + "." + fraction
	}
	return m[1] + digits
}

// Day is what a cell says of a date.
type Day struct {
	ISO    string // as 2026-11-30, which may be no day that there is; empty: the cell is no date
	Or     string // what it can be as well; empty: it is sure
	Serial bool   // it was the number by which a spreadsheet counts days
}

var (
	clock     = regexp.MustCompile(`[T ]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?Z?$`)
	weekday   = regexp.MustCompile(`^\pL+, *|[ ,]*(星期|周|礼拜).$`)
	yearFirst = regexp.MustCompile(`^(\d{4}) ?([-/.年]) ?(\d{1,2}) ?([-/.月]) ?(\d{1,2}) ?日?$`)
	digits8   = regexp.MustCompile(`^(19|20|21)\d{6}$`)
	yearLast  = regexp.MustCompile(`^(\d{1,2})([-/.])(\d{1,2})([-/.])(\d{4})$`)
	dayMonth  = regexp.MustCompile(`^(\d{1,2})[-/. ]+(\pL+)[-/., ]+(\d{4}|\d{2})$`)
	monthDay  = regexp.MustCompile(`^(\pL+)[. ]+(\d{1,2}),? +(\d{4})$`)
	serial    = regexp.MustCompile(`^\d{5}([.,]\d+)?$`)
)

// months by the first letters of their names, in English and German.
var months = map[string]int{"jan": 1, "jän": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7,
	"aug": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12}

func month(name string) int {
	runes := []rune(strings.ToLower(name))
	return months[string(runes[:min(len(runes), 3)])]
}

// ReadDay reads a date as spreadsheets write it: year first with any separator, 2026年1月5日, 5-Jan-26, January 5, 2026, with a time of day
// behind it, and as the number of days since 1900. 24.12.2026 and 12/24/2026 can be one day only; what can be two has both.
func ReadDay(cell string) Day {
	s := Code(cell)
	if serial.MatchString(s) {
		return fromSerial(s)
	}
	s = weekday.ReplaceAllString(clock.ReplaceAllString(s, ""), "")
	if digits8.MatchString(s) {
		return Day{ISO: s[:4] + "-" + s[4:6] + "-" + s[6:]}
	}
	if m := yearFirst.FindStringSubmatch(s); m != nil {
		if m[2] == m[4] || m[2] == "年" && m[4] == "月" {
			return Day{ISO: iso(m[1], m[3], m[5])}
		}
		return Day{}
	}
	if m := dayMonth.FindStringSubmatch(s); m != nil && month(m[2]) > 0 {
		return Day{ISO: iso(fullYear(m[3]), strconv.Itoa(month(m[2])), m[1])}
	}
	if m := monthDay.FindStringSubmatch(s); m != nil && month(m[1]) > 0 {
		return Day{ISO: iso(m[3], strconv.Itoa(month(m[1])), m[2])}
	}
	m := yearLast.FindStringSubmatch(s)
	if m == nil || m[2] != m[4] {
		return Day{}
	}
	dayFirst, monthFirst := Day{ISO: iso(m[5], m[3], m[1])}, Day{ISO: iso(m[5], m[1], m[3])}
	first, _ := strconv.Atoi(m[1])
	second, _ := strconv.Atoi(m[3])
	switch {
	case first == second, first > 12:
		return dayFirst
	case second > 12:
		return monthFirst
	}
	dayFirst.Or = monthFirst.ISO
	return dayFirst
}

// iso writes a date of its parts, of which the shorter ones may lack a zero.
func iso(year, month, day string) string {
	two := func(s string) string { return strings.Repeat("0", 2-len(s)) + s }
	return year + "-" + two(month) + "-" + two(day)
}

// fullYear makes four digits of two, by the rule of today's spreadsheets: 00 to 49 are this century's.
func fullYear(year string) string {
	if len(year) == 4 {
		return year
	}
	if year < "50" {
		return "20" + year
	}
	return "19" + year
}

// fromSerial reads the number by which spreadsheets count days: 1 is the first of January 1900, and there was a 29th of February then.
// Those of the years before 1930 and from 2100 on are not taken for dates.
func fromSerial(s string) Day {
	n, _ := strconv.Atoi(s[:5])
	day := time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC)
	if day.Year() < 1930 || day.Year() > 2099 {
		return Day{}
	}
	return Day{ISO: day.Format(time.DateOnly), Serial: true}
}

// Loose gives what is left of a code that a spreadsheet has taken for a number: 0018 and 18.0 are 18. Codes with the same rest may be
// meant for one another.
func Loose(code string) string {
	code = strings.ToUpper(Code(code))
	if digits := strings.TrimSuffix(code, ".0"); digits != "" && strings.TrimFunc(digits, unicode.IsDigit) == "" {
		if code = strings.TrimLeft(digits, "0"); code == "" {
			return "0"
		}
	}
	return code
}

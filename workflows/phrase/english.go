package phrase

import "time"

// english holds every English word that means something to the reader. Words that are only skipped or trimmed stand in sets of their own.
var english = map[string]token{
	"may": {class: month, n: 5, weak: true}, "march": {class: month, n: 3, weak: true}, "mar": {class: month, n: 3, weak: true},
	"jan": {class: month, n: 1, weak: true}, "april": {class: month, n: 4, weak: true}, "june": {class: month, n: 6, weak: true}, // people
	"august":  {class: month, n: 8, weak: true},
	"january": {class: month, n: 1}, "february": {class: month, n: 2}, "feb": {class: month, n: 2}, "apr": {class: month, n: 4},
	"jun": {class: month, n: 6}, "july": {class: month, n: 7}, "jul": {class: month, n: 7}, "aug": {class: month, n: 8},
	"september": {class: month, n: 9}, "sept": {class: month, n: 9}, "sep": {class: month, n: 9}, "october": {class: month, n: 10},
	"oct": {class: month, n: 10}, "november": {class: month, n: 11}, "nov": {class: month, n: 11}, "december": {class: month, n: 12},
	"dec": {class: month, n: 12},

	"monday": day(0), "mon": day(0), "tuesday": day(1), "tues": day(1), "tue": day(1), "wednesday": day(2), "weds": day(2),
	"thursday": day(3), "thurs": day(3), "thur": day(3), "thu": day(3), "friday": day(4), "fri": day(4),
	"saturday": day(5), "sunday": day(6),
	"wed": weak(day(2)), "sat": weak(day(5)), "sun": weak(day(6)),

	"today": {class: relative}, "tomorrow": {class: relative, n: 1}, "tmr": {class: relative, n: 1}, "tmrw": {class: relative, n: 1},
	"yesterday": {class: relative, n: -1},

	"this": {class: which}, "next": {class: which, n: 1}, "last": {class: which, n: -1},

	"morning": {class: half, n: 0}, "am": {class: half, n: 0}, "afternoon": {class: half, n: 1}, "pm": {class: half, n: 1},
	"mornings": {class: hours}, "afternoons": {class: hours}, "evening": {class: hours}, "evenings": {class: hours},
	"night": {class: hours}, "nights": {class: hours}, "noon": {class: hours}, "midday": {class: hours}, "midnight": {class: hours},
	"lunch": {class: hours}, "lunchtime": {class: hours}, "tonight": {class: vague},

	"day": {class: days}, "days": {class: days}, "day's": {class: days},
	"week": {class: counted}, "weeks": {class: counted}, "fortnight": {class: counted}, "month": {class: counted},
	"months": {class: counted}, "year": {class: counted}, "years": {class: counted},
	"working": {class: counted}, "business": {class: counted}, "workdays": {class: counted},
	"hour": {class: clock}, "hours": {class: clock}, "hrs": {class: clock}, "hr": {class: clock},
	"minutes": {class: clock}, "minute": {class: clock}, "mins": {class: clock}, "min": {class: clock},
	"o'clock": {class: clock}, "o’clock": {class: clock},
	"weekend": {class: vague}, "weekends": {class: vague},
	"mondays": {class: vague}, "tuesdays": {class: vague}, "wednesdays": {class: vague}, "thursdays": {class: vague},
	"fridays": {class: vague}, "saturdays": {class: vague}, "sundays": {class: vague},

	"st": {class: ordinal}, "nd": {class: ordinal}, "rd": {class: ordinal}, "th": {class: ordinal},

	"to": {class: link}, "until": {class: link, firm: true}, "till": {class: link, firm: true}, "til": {class: link, firm: true},
	"through": {class: link, firm: true}, "thru": {class: link, firm: true},
	"onward": {class: onward}, "onwards": {class: onward},

	"a": {class: numeral, n: 1}, "an": {class: numeral, n: 1}, "one": {class: numeral, n: 1}, "two": {class: numeral, n: 2},
	"three": {class: numeral, n: 3}, "four": {class: numeral, n: 4}, "five": {class: numeral, n: 5}, "six": {class: numeral, n: 6},
	"seven": {class: numeral, n: 7}, "eight": {class: numeral, n: 8}, "nine": {class: numeral, n: 9}, "ten": {class: numeral, n: 10},
	"several": {class: numeral, n: -1}, "few": {class: numeral, n: -1},
}

func day(n int) token { return token{class: weekday, n: n, weeks: plain} }

func weak(t token) token {
	t.weak = true
	return t
}

func monthOf(n int) time.Month { return time.Month(n) }

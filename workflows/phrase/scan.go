package phrase

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// class says what a token may be part of.
type class uint8

const (
	none       class = iota // beyond the line
	other                   // a word without meaning here
	mark                    // a sign
	number                  // digits that may count or be a day: 3
	figure                  // digits that may not: 3.4, 14:30, $5, 5pm, INV-12; n is 304 for a date that could be two, 03/04
	numeral                 // three, 三; n is -1 when it is no single number, 三五
	isoDate                 // 2026-12-01, 2026/12/1, 2026.12.1; n is 20261201
	digitDate               // 24.12.2026, 12/24, 24.12.: in digits, of which one is above 12; n is 20261224 or 1224
	month                   // December; weak when it is a word or a name as well
	weekday                 // Monday, 下周一
	relative                // tomorrow; n days from today
	week                    // 下周; in weeks
	which                   // next; n weeks from this one
	yearOf                  // 明年; n years from this one
	half                    // morning, 下午
	hours                   // evening, 晚上: a part of the day that is no half
	halfDay                 // 半天
	days                    // the unit, 天
	counted                 // a unit that is counted and that no date is worked out from: weeks, working days, 个月
	clock                   // hours, 点
	unitYear                // 年
	unitMonth               // 月
	unitDay                 // 日, 号
	ordinal                 // the rd of 3rd
	link                    // to, -, 到; firm when it can mean nothing else
	later                   // 后, 以后
	onward                  // 起, 开始
	vague                   // weekend, 年底: speaks of dates and names none
	whichMonth              // 下个月; n months from this one
	twoDays                 // 明后天; n days from today, and the next
)

// token is a word, number or sign of the line.
type token struct {
	text       string // folded to ASCII signs and small letters
	start, end int    // bytes of the line
	n          int
	class      class
	roles      role
	weeks      int8 // of a weekday: 0 this week, 1 the next; plain when the word says nothing of it
	weak       bool // means something else as well, as sat, wed and may do
	firm       bool
	han        bool
	dayFirst   bool // of a digitDate: 24.12., not 12/24
}

const plain = -99 // the weeks of a weekday alone

// scan cuts a line into tokens. Space separates them and is dropped.
func scan(line string) []token {
	toks := make([]token, 0, len(line)/4+1)
	for i := 0; i < len(line); {
		r, size := next(line, i)
		var t token
		switch {
		case unicode.IsSpace(r):
			i += size
			continue
		case isDigit(r):
			t = scanDigits(line, i)
		case isHan(r):
			t = scanHan(line, i)
		case unicode.IsLetter(r):
			t = scanWord(line, i)
		default:
			t = scanMark(line, i)
		}
		t.start, t.roles = i, roles[t.text]
		i = t.end
		toks = append(toks, t)
	}
	settle(toks)
	return toks
}

// next returns the rune at i, folded: full-width signs and letters become ASCII, every hyphen the common one.
func next(line string, i int) (rune, int) {
	r, size := utf8.DecodeRuneInString(line[i:])
	return fold(r), size
}

func fold(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '￥':
		return '¥'
	case r == '‐' || r == '‑' || r == '−': // hyphens that phones type, and minus
		return '-'
	}
	return r
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isHan(r rune) bool {
	return r >= '一' && r <= '鿿' || r > unicode.MaxLatin1 && unicode.Is(unicode.Han, r) // 〇 is one of them
}

// digitsAt reads the digits at i: their value, -1 if there are too many, how many they are, and where they end.
func digitsAt(line string, i int) (n, count, end int) {
	for i < len(line) {
		r, size := next(line, i)
		if !isDigit(r) {
			break
		}
		if n = n*10 + int(r-'0'); count >= 9 {
			n = -1
		}
		count++
		i += size
	}
	return n, count, i
}

// scanDigits reads a date with the year first, a number, or a figure: 3.4, 14:30, 03/04 and 1,000 are one
// token, so that no part of them is a day.
func scanDigits(line string, start int) token {
	n, count, i := digitsAt(line, start)
	t := token{class: number, n: n, end: i}
	if count > 4 || n < 0 || count > 2 && line[start] == '0' {
		t = token{class: figure, end: i}
	}
	if count == 4 {
		if date, end := yearFirst(line, n, i); end > i {
			t, i = token{class: isoDate, n: date}, end
		}
	}
	if written, end := digitDateAt(line, start); end > i {
		written.end = end
		return written
	}
	for i < len(line) {
		sign, size := next(line, i)
		_, count, end := digitsAt(line, i+size)
		if count == 0 || !strings.ContainsRune(".:/,", sign) || sign == ',' && count != 3 || t.class == isoDate && isoDateAt(line, i+size) {
			break
		}
		t, i = token{class: figure}, end
	}
	t.end = i
	return t
}

// digitDateAt reads 24.12.2026, 24.12.26, 12/24/2026, 24-12-2026, 24/12 and 24.12.: a day and a month in digits, with a year or without.
// Which of them is the day only a number above 12 tells, or that both are the same; of the others it is known that they look like a date.
// A stop without a year needs one more behind it, and a hyphen a year: 3.4 is a number, and 3-5 a range. A short year behind stops needs
// a certain day: 1.2.34 is a version.
func digitDateAt(line string, start int) (token, int) {
	a, count, i := digitsAt(line, start)
	if count > 2 || i >= len(line) {
		return token{}, start
	}
	sign, size := next(line, i)
	if !strings.ContainsRune("./-", sign) {
		return token{}, start
	}
	b, count, end := digitsAt(line, i+size)
	if count == 0 || count > 2 {
		return token{}, start
	}
	year := 0
	again, size := next(line, end)
	switch y, count, j := digitsAt(line, end+size); {
	case end < len(line) && again == sign && count == 4:
		year, end = y, j
	case end < len(line) && again == sign && count == 2 && (sign == '/' || sign == '.' && dayAndMonth(a, b, 0).class == digitDate):
		year, end = y+century, j
	case sign == '.' && end < len(line) && again == '.' && count == 0:
		end += size
	case sign != '/':
		return token{}, start
	}
	if after, size := next(line, end); end < len(line) && (isDigit(after) || strings.ContainsRune("./:", after)) {
		if _, count, _ := digitsAt(line, end+size); isDigit(after) || count > 0 { // 1.2.3.4, 24/7/365
			return token{}, start
		}
	}
	if sign == '/' && year == 0 && a == 24 && b == 7 { // always
		return token{class: figure}, end
	}
	date := dayAndMonth(a, b, year)
	if date.n == 0 && year >= century { // 32.1.2027 is nothing but a date, and names no day
		date = token{class: digitDate, n: year*1_00_00 + b*1_00 + a, dayFirst: true}
	}
	return date, end
}

// century is that of a year of two digits.
const century = 2000

func dayAndMonth(a, b, year int) token {
	dayFirst := false
	switch {
	case a > 12 && a <= 31 && b >= 1 && b <= 12:
		a, b, dayFirst = b, a, true
	case b > 12 && b <= 31 && a >= 1 && a <= 12, a == b && a >= 1 && a <= 12:
	case a >= 1 && a <= 12 && b >= 1 && b <= 12:
		return token{class: figure, n: year*1_00_00 + a*1_00 + b}
	default:
		return token{class: figure}
	}
	return token{class: digitDate, n: year*1_00_00 + a*1_00 + b, dayFirst: dayFirst}
}

// loosen makes dates of figures that may as well be numbers, 24.12 and 20261224, and tells whether there are any. A month of one digit is
// none that could be the day: 3.4 and 1.5 are numbers. So is what counts something.
func loosen(line string, toks []token) (found bool) {
	for i := range toks {
		t := &toks[i]
		if t.class != figure || t.n > 0 || i+1 < len(toks) && (countsIn(toks[i+1]) || toks[i+1].class == month) {
			continue
		}
		loose := looseDate(line[t.start:t.end])
		loose.start, loose.end, loose.text = t.start, t.end, t.text
		if loose.class != none {
			*t, found = loose, true
		}
	}
	settle(toks)
	return found
}

// looseDate reads 24.12, 3.12, 3.4.27 and 20261224, and nothing else.
func looseDate(figure string) token {
	a, count, i := digitsAt(figure, 0)
	if count == 8 && i == len(figure) && a/1_00_00 >= century && a/1_00_00 < century+100 { // other numbers are of something else
		return token{class: isoDate, n: a}
	}
	if count > 2 || i == len(figure) {
		return token{}
	}
	sign, size := next(figure, i)
	b, count, end := digitsAt(figure, i+size)
	year := 0
	switch again, size := next(figure, end); {
	case sign != '.' || count > 2:
		return token{}
	case end < len(figure):
		y, digits, j := digitsAt(figure, end+size)
		if again != sign || digits != 2 || j < len(figure) {
			return token{}
		}
		year = y + century
	case count == 1 && a <= 12:
		return token{}
	}
	if date := dayAndMonth(a, b, year); date.n > 0 {
		return date
	}
	return token{}
}

// countsIn says whether a token is what a number before it counts: days, weeks, hours.
func countsIn(t token) bool { return t.class == days || t.class == counted || t.class == clock }

// yearFirst reads the month and day after a year of four digits. The date may be impossible; it is not checked here.
func yearFirst(line string, year, i int) (date, end int) {
	sign, size := next(line, i)
	if sign != '-' && sign != '/' && sign != '.' {
		return 0, i
	}
	m, count, j := digitsAt(line, i+size)
	if count == 0 || count > 2 {
		return 0, i
	}
	again, size := next(line, j)
	d, count, end := digitsAt(line, j+size)
	if again != sign || count == 0 || count > 2 {
		return 0, i
	}
	return year*1_00_00 + m*1_00 + d, end
}

// isoDateAt tells whether a date with the year first begins at i.
func isoDateAt(line string, i int) bool {
	year, count, j := digitsAt(line, i)
	_, end := yearFirst(line, year, j)
	return count == 4 && end > j
}

// scanWord reads letters, with an apostrophe inside ("Monday's" is not Monday), and looks them up.
func scanWord(line string, start int) token {
	i, ascii := start, true
	for i < len(line) {
		r, size := next(line, i)
		if isApostrophe(r) && i > start {
			after, _ := next(line, i+size)
			if !unicode.IsLetter(after) || isHan(after) {
				break
			}
		} else if !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) || isHan(r) {
			break
		}
		ascii = ascii && r < utf8.RuneSelf && size == 1
		i += size
	}
	text := line[start:i]
	if !ascii {
		text = strings.Map(fold, text)
	}
	text = strings.ToLower(text)
	if text == "a" || text == "p" { // a.m.
		if rest := line[i:]; len(rest) >= 2 && rest[0] == '.' && (rest[1] == 'm' || rest[1] == 'M') {
			end := i + 2
			after, _ := next(line, end)
			if !unicode.IsLetter(after) {
				if after == '.' {
					end++
				}
				t := english[text+"m"]
				t.text, t.end = text+".m.", end
				return t
			}
		}
	}
	t, ok := english[text]
	if !ok {
		t.class = other
	}
	t.text, t.end = text, i
	return t
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' }

// scanMark reads one sign; a row of dashes and a row of dots are one.
func scanMark(line string, start int) token {
	first, size := next(line, start)
	i := start + size
	if end := pictureEnd(line, start); end > 0 {
		return token{class: other, text: line[start:end], end: end}
	}
	t := token{class: mark, text: string(first)}
	switch {
	case isDash(first):
		t.class, t.text = link, "-"
		i = skipWhile(line, i, isDash)
	case first == '→':
		t.class = link
	case first == '.':
		if i = skipWhile(line, i, func(r rune) bool { return r == '.' }); i > start+size {
			t.class, t.text = link, ".."
		}
	case first == '…':
		t.class, t.text = link, ".."
		i = skipWhile(line, i, func(r rune) bool { return r == '…' })
	}
	t.end = i
	return t
}

// pictureEnd finds where a picture's name ends that begins at start, as :palm_tree:, whose colons are its own; 0: none does.
func pictureEnd(line string, start int) int {
	if before, _ := utf8.DecodeLastRuneInString(line[:start]); line[start] != ':' || isDigit(before) {
		return 0
	}
	end := skipWhile(line, start+1, func(r rune) bool {
		return r < utf8.RuneSelf && (unicode.IsLetter(r) || isDigit(r)) || r == '_' || r == '+' || r == '-'
	})
	if end == start+1 || end == len(line) || line[end] != ':' {
		return 0
	}
	return end + 1
}

func isDash(r rune) bool {
	switch r {
	case '-', '–', '—', '~', '〜', '―':
		return true
	}
	return false
}

func skipWhile(line string, i int, is func(rune) bool) int {
	for i < len(line) {
		r, size := next(line, i)
		if !is(r) {
			break
		}
		i += size
	}
	return i
}

// settle turns numbers and dates that are part of something longer into figures: a price, a code, a measure, a time.
func settle(toks []token) {
	for i := range toks {
		t := &toks[i]
		if t.class == ordinal && (i == 0 || toks[i-1].class != number || toks[i-1].end != t.start) {
			t.class = other
		}
		if t.class != number && t.class != isoDate && t.class != digitDate {
			continue
		}
		if t.class == isoDate && i > 1 && toks[i-1].text == "/" && toks[i-2].class == isoDate { // 2026-12-24/2026-12-28
			toks[i-1].class = link
		}
		if i > 0 && toks[i-1].end == t.start && marksFigure(toks[:i]) ||
			i+1 < len(toks) && toks[i+1].start == t.end && endsFigure(*t, toks[i+1]) {
			*t = token{class: figure, start: t.start, end: t.end}
		}
	}
}

// marksFigure says whether what stands right before digits makes them a figure: "$", "#", "v", and the "INV-" of a code.
func marksFigure(before []token) bool {
	last := before[len(before)-1]
	switch last.class {
	case mark:
		if last.text == "/" && len(before) > 2 && before[len(before)-2].text == "." && before[len(before)-3].class == number { // 24./25.12.
			return false
		}
		return strings.Contains("$€£¥#_@+./\\", last.text)
	case link:
		if last.text != "-" || len(before) < 2 {
			return false
		}
		word := before[len(before)-2]
		return word.end == last.start && word.class == other && !word.han
	}
	return !last.han && last.class != number && last.class != month && isWord(last)
}

// endsFigure says whether what stands right after digits makes them a figure: "%", "km", "pm", the time of 2026-12-01T10.
func endsFigure(t, after token) bool {
	switch after.class {
	case mark:
		return strings.Contains("%‰°_@=€£$", after.text)
	case ordinal, month, days, counted, clock:
		return t.class != number && !after.han
	}
	return !after.han && isWord(after)
}

func isWord(t token) bool {
	r, _ := utf8.DecodeRuneInString(t.text)
	return unicode.IsLetter(r)
}

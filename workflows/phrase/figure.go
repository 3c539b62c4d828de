package phrase

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nod-chat/nod/workflows"
)

// Figure takes the one amount that is written without a currency and is no part of a date: 86.50, 38. A number in a code is none. Of
// several it takes none, unless dates leave only one.
func (l *Line) Figure(currency string) (workflows.Money, bool) {
	read := Read(l.text, l.today)
	if read.Fault() == nil && (read.Dated || read.Half) {
		if amounts := figures(read.Rest, currency); len(amounts) == 1 { // the date is taken, so the number is none
			for _, a := range figures(l.text, currency) {
				if a.money == amounts[0].money && l.without(a).Dated {
					l.take(a.from, a.to)
					return a.money, true
				}
			}
		}
	}
	var left []amount
	for _, a := range figures(l.text, currency) {
		if l.without(a).Fault() == nil {
			left = append(left, a)
		}
	}
	if len(left) != 1 || read.Dated && !l.without(left[0]).Dated { // it is the date
		return workflows.Money{}, false
	}
	l.take(left[0].from, left[0].to)
	return left[0].money, true
}

// without reads the line as it would be without an amount.
func (l *Line) without(a amount) Reading { return Read(without(l.text, a.from, a.to), l.today) }

// amount is one in a text.
type amount struct {
	from, to int
	money    workflows.Money
}

// figures lists the amounts of a text that stand by themselves.
func figures(text, currency string) []amount {
	var list []amount
	for _, at := range amountShape.FindAllStringIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:at[0]])
		behind, _ := utf8.DecodeRuneInString(text[at[1]:])
		if inCode(before) || inCode(behind) {
			continue
		}
		if m, err := workflows.ParseMoney(text[at[0]:at[1]], currency); err == nil {
			list = append(list, amount{at[0], at[1], m})
		}
	}
	return list
}

// inCode tells whether what stands beside a number makes it part of a code, a date or a time: KA-1024, 7/12, 14:30.
func inCode(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) && !isHan(r) || strings.ContainsRune("-–/:：#_", r))
}

var wholeNumber = regexp.MustCompile(`[0-9０-９]{1,6}`)

// Quantity takes the whole number that counts a unit: 120 km, 120公里.
func (l *Line) Quantity(unit string) (string, bool) {
	if unit == "" {
		return "", false
	}
	words := append([]string{unit}, unitNames[strings.ToLower(unit)]...)
	for _, at := range wholeNumber.FindAllStringIndex(l.text, -1) {
		if before, _ := utf8.DecodeLastRuneInString(l.text[:at[0]]); inCode(before) || before == '.' || before == ',' {
			continue
		}
		for _, word := range words {
			if length, ok := beginsWith(l.text[at[1]:], word); ok {
				number := workflows.Folded(l.text[at[0]:at[1]])
				l.take(at[0], at[1]+length)
				return number, true
			}
		}
	}
	return "", false
}

// unitNames are further names of units.
var unitNames = map[string][]string{"km": {"kilometers", "kilometres", "公里", "千米"}, "mile": {"miles", "英里"}, "hour": {"hours", "小时"}}

var codeShape = regexp.MustCompile(`^[ :：]*([\p{Lu}\p{Nd}][\p{L}\p{Nd}]*(?:[-_][\p{L}\p{Nd}]+)*)`)

// Numbered takes one of the words with the code behind it, which holds a digit: client KA-1024, 客户KA-1024.
func (l *Line) Numbered(words []string) (string, bool) {
	for start := 0; start < len(l.text); {
		m, ok := find(l.text, start, words)
		if !ok {
			return "", false
		}
		if code := codeShape.FindStringSubmatchIndex(l.text[m.to:]); code != nil {
			number := l.text[m.to+code[2] : m.to+code[3]]
			if strings.ContainsFunc(number, unicode.IsDigit) {
				l.take(m.from, m.to+code[1])
				return number, true
			}
		}
		start = m.to
	}
	return "", false
}

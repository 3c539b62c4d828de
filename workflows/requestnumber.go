package workflows

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Folded makes what was typed on any keyboard comparable: full-width letters, digits and signs are ordinary ones, every hyphen the common
// one, and letters are capitals.
func Folded(typed string) string {
	return strings.ToUpper(hyphens.Replace(norm.NFKC.String(strings.TrimSpace(typed))))
}

var hyphens = strings.NewReplacer("‐", "-", "‑", "-", "–", "-", "—", "-", "−", "-")

var (
	wholeNumber = regexp.MustCompile(`^[A-Z0-9]{1,12}-[0-9]{1,18}$`)
	numberIn    = regexp.MustCompile(`[A-Z0-9]{1,12} ?-? ?[0-9]{1,18}`)
)

// RequestNumber writes a request's number as it is stored, however somebody typed it: lv-1, ＬＶ－１. It is false for what can be none.
func RequestNumber(typed string) (number string, ok bool) {
	number = Folded(typed)
	return number, wholeNumber.MatchString(number)
}

// isWord has what is a word of its own, and begins a number only with the hyphen behind it.
var isWord = map[string]bool{"AM": true, "AS": true, "AT": true, "BY": true, "DO": true, "GO": true, "IF": true, "IN": true, "IS": true,
	"IT": true, "ME": true, "MY": true, "NO": true, "OF": true, "ON": true, "OR": true, "PM": true, "SO": true, "TO": true, "UP": true,
	"US": true}

// RequestNumbersIn lists the numbers of requests in a line, each once, by the prefixes that they can have. A hyphen may be a space or
// missing, where the prefix is no word.
func RequestNumbersIn(line string, prefixes []string) []string {
	var numbers []string
	folded := Folded(line)
	for _, at := range numberIn.FindAllStringIndex(folded, -1) {
		if at[0] > 0 && inNumber(folded[at[0]-1]) || at[1] < len(folded) && inNumber(folded[at[1]]) {
			continue
		}
		found := folded[at[0]:at[1]]
		for _, prefix := range prefixes {
			rest, ok := strings.CutPrefix(found, prefix)
			if !ok {
				continue
			}
			if isWord[prefix] && !strings.HasPrefix(rest, "-") {
				continue // leave on 4 Dec
			}
			number := prefix + "-" + strings.TrimLeft(rest, " -")
			if wholeNumber.MatchString(number) && !slices.Contains(numbers, number) {
				numbers = append(numbers, number)
			}
		}
	}
	return numbers
}

// inNumber tells whether a byte beside a number makes it a part of something else.
func inNumber(b byte) bool {
	return b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' || b == '/'
}

package phrase

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mention is a word where it stands in a line.
type mention struct {
	word     string
	from, to int // bytes
}

// find gives the first of the words that stands in the line at start or behind it. Of several that begin at one place the longest wins.
// Small and capital letters and full-width signs are alike, a gap in a word fits any row of spaces and hyphens; a word in letters
// stands by itself, a Chinese one anywhere.
func find(line string, start int, words []string) (mention, bool) {
	folded := make([]string, len(words))
	for i, w := range words {
		folded[i] = strings.ToLower(strings.Map(fold, strings.TrimSpace(w)))
	}
	before, _ := utf8.DecodeLastRuneInString(line[:start])
	for i := start; i < len(line); {
		longest, end := -1, i
		for k, w := range folded {
			if j, fits := fitsAt(line, i, w); fits && j > end && !(lettered(w, false) && joins(before)) {
				longest, end = k, j
			}
		}
		if longest >= 0 {
			return mention{words[longest], i, end}, true
		}
		r, size := next(line, i)
		before = r
		i += size
	}
	return mention{}, false
}

// fitsAt says whether the folded word stands in the line at i, and where it ends.
func fitsAt(line string, i int, word string) (end int, ok bool) {
	if word == "" {
		return i, false
	}
	for k, w := range word {
		if i >= len(line) {
			return i, false
		}
		r, size := next(line, i)
		if isGap(w) && k > 0 {
			if !isGap(r) {
				return i, false
			}
			i = skipWhile(line, i, isGap)
			continue
		}
		if unicode.ToLower(r) != w {
			return i, false
		}
		i += size
	}
	if lettered(word, true) && i < len(line) {
		if r, _ := next(line, i); joins(r) {
			return i, false
		}
	}
	return i, true
}

func isGap(r rune) bool { return r == '-' || unicode.IsSpace(r) }

// joins says whether r right beside a word in letters makes it another word.
func joins(r rune) bool {
	return !isHan(r) && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) || r == '_')
}

// lettered says whether the word begins, or ends, with what needs a border.
func lettered(word string, end bool) bool {
	r, _ := utf8.DecodeRuneInString(word)
	if end {
		r, _ = utf8.DecodeLastRuneInString(word)
	}
	return joins(r)
}

func without(line string, from, to int) string {
	left, right := strings.TrimSpace(line[:from]), strings.TrimSpace(line[to:])
	if left == "" || right == "" || strings.HasSuffix(line[:from], left) && strings.HasPrefix(line[to:], right) {
		return left + right
	}
	return left + " " + right
}

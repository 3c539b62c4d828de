package table

import (
	"regexp"
	"strings"
	"unicode"
)

// clean gives a cell as it is meant: without space around it, of whatever width, and without the signs that draw nothing there, which
// come along when a cell is pasted from elsewhere. Spaces that do not break are plain ones.
func clean(cell string) string {
	return strings.TrimFunc(inert.remove(strings.TrimFunc(spaces.Replace(cell), around)), around)
}

var spaces = strings.NewReplacer("\r\n", "\n", "\u00A0", " ", "\u2007", " ", "\u202F", " ")

func around(r rune) bool {
	switch r {
	case '\u200B', '\u200E', '\u200F', '\u2060', '\uFEFF':
		return true
	}
	return unicode.IsSpace(r)
}

// What a spreadsheet runs when it opens a file: a text that begins with one of these signs, however the cell is quoted; and one that
// does so behind a semicolon, a tab or a line's end, which a spreadsheet with another separator takes for the next cell. An apostrophe
// makes it text; spreadsheets write one themselves.
//
// https://owasp.org/www-community/attacks/CSV_Injection
type guard struct{ add, cut *regexp.Regexp }

var inert = guard{
	add: regexp.MustCompile(`((?:^|[;\t\r\n])[; \x{3000}\t\r\n]*)('*[=+\-@＝＋－＠])`),
	cut: regexp.MustCompile(`((?:^|[;\t\r\n])[; \x{3000}\t\r\n]*)'('*[=+\-@＝＋－＠])`),
}

// put makes a text inert. Space in front is left out, as it is when the text is read.
func (g guard) put(text string) string {
	return g.add.ReplaceAllString(strings.TrimLeftFunc(text, around), "$1'$2")
}

// remove undoes put.
func (g guard) remove(text string) string { return g.cut.ReplaceAllString(text, "$1$2") }

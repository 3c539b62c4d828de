package storage

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// erasedWords are the words by which a person is known, and what stands in their place from then on.
type erasedWords struct {
	list   []string // the longest first
	as     string
	any    *regexp.Regexp
	Stored string // matches them in a column, as a regular expression of Postgres, however text is written down there
	Bytes  string // likewise in encode(column, 'escape')
}

// What is shorter stands in too many texts that are about somebody else.
const shortestWord, shortestASCII = 2, 3

// newErasedWords takes whatever is known of somebody. A name in two scripts is also found by either half.
func newErasedWords(as string, known ...string) erasedWords {
	w := erasedWords{as: as}
	for _, word := range known {
		w.add(word)
		for _, part := range byScript(word) {
			w.add(part)
		}
	}
	slices.SortFunc(w.list, func(a, b string) int { return len(b) - len(a) })
	var quoted, stored, bytes []string
	for _, word := range w.list {
		quoted = append(quoted, regexp.QuoteMeta(word))
		for _, spelled := range spellings(word) {
			stored = append(stored, w.bounded(word, quotePattern(spelled)))
			bytes = append(bytes, w.bounded(word, quotePattern(escapedBytes(spelled))))
		}
	}
	w.Stored, w.Bytes = strings.Join(stored, "|"), strings.Join(bytes, "|")
	if len(w.list) == 0 {
		w.Stored, w.Bytes = "$.", "$." // which nothing matches
	}
	w.any = regexp.MustCompile("(?i)" + strings.Join(quoted, "|"))
	return w
}

func (w *erasedWords) add(word string) {
	word = strings.TrimSpace(word)
	n := utf8.RuneCountInString(word)
	if n < shortestWord || n == len(word) && n < shortestASCII || slices.Contains(w.list, word) {
		return
	}
	w.list = append(w.list, word)
}

// byScript parts a name that is written in Chinese and in another script.
func byScript(name string) []string {
	han := func(r rune) bool { return unicode.Is(unicode.Han, r) }
	parts := strings.FieldsFunc(name, func(r rune) bool { return !han(r) })
	for part := range strings.FieldsFuncSeq(name, han) {
		parts = append(parts, strings.TrimSpace(part))
	}
	if len(parts) < 2 {
		return nil
	}
	return parts
}

// spellings are the ways in which a word is written down: as it is, in JSON, and in a form that a browser or Slack sends.
func spellings(word string) []string {
	list := []string{word, url.QueryEscape(word), url.PathEscape(word)}
	html, err := json.Marshal(word)
	if err == nil {
		list = append(list, strings.Trim(string(html), `"`))
	}
	list = append(list, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word))
	var ascii strings.Builder
	for _, r := range word {
		switch {
		case r > 0xffff:
			high := 0xd800 + (r-0x10000)>>10
			fmt.Fprintf(&ascii, `\u%04x\u%04x`, high, 0xdc00+(r-0x10000)&0x3ff)
		case r > unicode.MaxASCII:
			fmt.Fprintf(&ascii, `\u%04x`, r)
		default:
			ascii.WriteRune(r)
		}
	}
	list = append(list, ascii.String())
	slices.Sort(list)
	return slices.Compact(list)
}

// escapedBytes writes a text as Postgres's encode(…, 'escape') does.
func escapedBytes(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c == '\\':
			b.WriteString(`\\`)
		case c > unicode.MaxASCII:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quotePattern has a regular expression of Postgres take a text literally.
func quotePattern(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r <= unicode.MaxASCII && !letterOrDigit(r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func letterOrDigit(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// bounded keeps E1 from being found in E10, and 1042 in LV-1042. What stands before may be an escape that ends with a letter or digit.
func (erasedWords) bounded(word, pattern string) string {
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	if letterOrDigit(first) {
		before := "[^a-zA-Z0-9]"
		if number(word) {
			before = "[^a-zA-Z0-9-]"
		}
		pattern = `(?:^|` + before + `|\\[bfnrt]|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}|\\[0-7]{3})` + pattern
	}
	if letterOrDigit(last) {
		pattern += "(?![a-zA-Z0-9])"
	}
	return pattern
}

func number(word string) bool { return strings.Trim(word, "0123456789") == "" }

// replaced puts what names nobody in the place of the words.
func (w erasedWords) replaced(text string) string {
	if len(w.list) == 0 {
		return text
	}
	var b strings.Builder
	from, kept := 0, 0
	for from < len(text) {
		at := w.any.FindStringIndex(text[from:])
		if at == nil {
			break
		}
		start, end := from+at[0], from+at[1]
		if !w.stands(text, start, end) {
			_, size := utf8.DecodeRuneInString(text[start:])
			from = start + size
			continue
		}
		b.WriteString(text[kept:start])
		b.WriteString(w.as)
		from, kept = end, end
	}
	b.WriteString(text[kept:])
	return b.String()
}

// stands tells whether a word that was found is not only a part of another.
func (erasedWords) stands(text string, start, end int) bool {
	word := text[start:end]
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return !(letterOrDigit(first) && (letterOrDigit(before) || number(word) && before == '-')) &&
		!(letterOrDigit(last) && letterOrDigit(after))
}

// replacedJSON does so in every text of a JSON value, its names included.
func (w erasedWords) replacedJSON(value string) (string, error) {
	d := json.NewDecoder(strings.NewReader(value))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	out, err := json.Marshal(w.walked(v))
	return string(out), err
}

func (w erasedWords) walked(v any) any {
	switch v := v.(type) {
	case string:
		return w.replaced(v)
	case []any:
		for i := range v {
			v[i] = w.walked(v[i])
		}
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, value := range v {
			m[w.replaced(name)] = w.walked(value)
		}
		return m
	}
	return v
}

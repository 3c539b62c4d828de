package workflows

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may follow one another. Written languages need three or four; hundreds cover the lines around them.
const maxMarks = 8

// CleanText checks what a person typed and returns it trimmed, with line ends as \n. Refused, each with its sentence, are: invalid UTF-8
// and NUL (text.invalid), more than limit runes (text.too_long), more than 8 combining marks in a row (text.combining), and text of which
// nothing is visible (text.invisible). Nothing but space is "", which is no fault here: whether a field may be empty is the form's rule.
func CleanText(s string, limit int) (string, error) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", Refuse(Invalid, "text.invalid", nil)
	}
	s = strings.TrimSpace(lineEnds.Replace(s))
	if utf8.RuneCountInString(s) > limit {
		return "", Refuse(Invalid, "text.too_long", Args{"Max": limit})
	}
	marks, visible := 0, false
	for _, r := range s {
		switch {
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				return "", Refuse(Invalid, "text.combining", nil)
			}
		case !unicode.Is(unicode.Cf, r): // a joiner between marks does not end the row
			marks = 0
		}
		visible = visible || !invisible(r) && !blank(r)
	}
	if s != "" && !visible {
		return "", Refuse(Invalid, "text.invisible", nil)
	}
	return s, nil
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// InertLine is Inert with its line ends written out, so that it stays one line.
func InertLine(s string) string { return strings.ReplaceAll(Inert(s), "\n", `\n`) }

// Inert shows what would steer or hide text as an escape, like \u202E: direction controls, zero-width and other control characters. Line
// ends stay, and so do the invisible parts of an emoji between its visible ones.
func Inert(s string) string {
	var b strings.Builder
	var last rune
	for i, r := range s {
		switch {
		case r == '\n' || !invisible(r) || emojiPart(last, s[i:]):
			b.WriteRune(r)
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
		last = r
	}
	return b.String()
}

// invisible says whether r draws nothing and takes no room, or moves the text around it.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// blank says whether r takes room and draws nothing.
func blank(r rune) bool {
	const brailleBlank = '\u2800'
	return unicode.IsSpace(r) || r == brailleBlank
}

const (
	joiner     = '\u200D' // makes one emoji of two
	emojiStyle = '\uFE0F' // asks for the coloured form of the sign before it
)

// emojiPart says whether rest, which follows last, begins with a joiner or style that belongs to an emoji.
func emojiPart(last rune, rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	switch r {
	case emojiStyle:
		return unicode.In(last, unicode.So, unicode.Sm, unicode.Nd, unicode.Po)
	case joiner:
		next, _ := utf8.DecodeRuneInString(rest[size:])
		return (last == emojiStyle || unicode.In(last, unicode.So, unicode.Sk)) && unicode.In(next, unicode.So, unicode.Sm)
	}
	return false
}

// readText reads a text of one line or several.
func readText(_ *formReader, in Input, typed string) (string, *Error) {
	limit := in.Max
	if limit == 0 {
		limit = 500
	}
	clean, err := CleanText(typed, limit)
	if err != nil {
		return "", asFault(err)
	}
	if in.Type == Text {
		clean = strings.Join(strings.Fields(clean), " ")
	}
	return clean, nil
}

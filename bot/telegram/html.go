package telegram

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// mostText is how much of a message may be read: https://core.telegram.org/bots/api#sendmessage, counted in UTF-16 units to be safe.
const mostText = 4096

// escape makes a text literal in HTML: https://core.telegram.org/bots/api#html-style.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func escape(s string) string { return escaper.Replace(s) }

// units counts as Telegram does.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1) // what is no rune is drawn as one
	}
	return n
}

// cut shortens a text to so many units, with … for what is gone; never within a rune, nor before a mark or joiner that belongs to it.
func cut(s string, most int) string {
	n, end, over := 0, 0, false
	for i := 0; i < len(s) && !over; { // no further than need be: what is cut may be long
		r, size := utf8.DecodeRuneInString(s[i:])
		n += max(utf16.RuneLen(r), 1)
		i += size
		if n < most {
			end = i
		}
		over = n > most
	}
	if !over {
		return s
	}
	for end > 0 {
		next, _ := utf8.DecodeRuneInString(s[end:])
		last, size := utf8.DecodeLastRuneInString(s[:end])
		if !unicode.In(next, unicode.M, unicode.Variation_Selector) && next != joiner && last != joiner {
			break
		}
		end -= size
	}
	return strings.TrimRightFunc(s[:end], unicode.IsSpace) + "…"
}

const joiner = '\u200D'

// frag is a piece of a line: its HTML and how much of it is read.
type frag struct {
	html string
	n    int
}

func tagged(tag string, f frag) frag {
	return frag{"<" + tag + ">" + f.html + "</" + tag[:endOfName(tag)] + ">", f.n}
}

func endOfName(tag string) int {
	if i := strings.IndexByte(tag, ' '); i >= 0 {
		return i
	}
	return len(tag)
}

func literal(s string) frag { return frag{escape(s), units(s)} }
func bold(s string) frag    { return tagged("b", literal(s)) }
func italic(s string) frag  { return tagged("i", literal(s)) }
func mono(s string) frag    { return tagged("code", literal(s)) }

// quote sets a text apart, so that its lines cannot be taken for the card's. A long one is folded up.
func quote(f frag) frag {
	if f.n > 300 {
		return tagged("blockquote expandable", f)
	}
	return tagged("blockquote", f)
}

// active tells whether Telegram makes a link, a mention, a hashtag, a command or a number to be called of a word, or of part of it
// (MessageEntity.cpp, find_entities). It finds rather too much.
func active(word string) bool {
	letter := func(r rune) bool { return unicode.IsLetter(r) }
	part := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }
	var last rune // before r
	digits, row := 0, 0
	for i, r := range word {
		size := max(utf8.RuneLen(r), 1)
		next, _ := utf8.DecodeRuneInString(word[min(i+size, len(word)):])
		switch {
		case r == '@',
			(r == '#' || r == '$') && part(next),
			r == ':' && next == '/',
			r == '.' && (letter(last) && part(next) || part(last) && letter(next)),
			r == '/' && !part(last) && part(next):
			return true
		}
		if row++; r < '0' || r > '9' {
			row = 0
		} else if digits++; row == 5 || digits == 9 {
			return true
		}
		last = r
	}
	return false
}

// Punctuation around a word is no part of it. That of Chinese ends a word also where no space follows, as none does in Chinese; neither a
// command nor an address has it inside.
const (
	opening = `"'([`
	closing = `"')].,;:!?`
	between = `“”‘’（）【】《》「」『』〈〉。，；：！？、…—`
)

func endsWord(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(between, r) }

// inert keeps words as they are written: those of which Telegram would make something are set as code, where it finds nothing. The bot's
// own commands may stay alive where the bot speaks.
func inert(s string, commands map[string]bool) frag {
	var b strings.Builder
	last, at := 0, 0
	for w := range strings.FieldsFuncSeq(s, endsWord) {
		at += strings.Index(s[at:], w)
		begin := at
		at += len(w)
		if !active(w) {
			continue
		}
		core := strings.TrimRight(strings.TrimLeft(w, opening), closing)
		if commands[core] {
			continue
		}
		from := begin + strings.Index(w, core)
		b.WriteString(escape(s[last:from]))
		b.WriteString("<code>" + escape(core) + "</code>")
		last = from + len(core)
	}
	b.WriteString(escape(s[last:]))
	return frag{b.String(), units(s)}
}

// page is a message being drawn, line by line.
type page struct {
	lines   []pageLine
	dropped int // where the last line was left away
}

type pageLine struct {
	frag
	keep bool // goes last
}

func (p *page) add(keep bool, frags ...frag) {
	var l pageLine
	for _, f := range frags {
		l.html += f.html
		l.n += f.n
	}
	l.keep = keep
	p.lines = append(p.lines, l)
}

// gap is an empty line, unless there is one already or nothing above.
func (p *page) gap() {
	if len(p.lines) > 0 && p.lines[len(p.lines)-1].n > 0 {
		p.lines = append(p.lines, pageLine{})
	}
}

func (p *page) n() int {
	n := max(len(p.lines)-1, 0)
	for _, l := range p.lines {
		n += l.n
	}
	return n
}

// html joins the lines. When they are too many, whole ones are left away, from the end of those that may, and … stands for them.
func (p *page) html() string {
	for len(p.lines) > 0 && p.lines[len(p.lines)-1].n == 0 {
		p.lines = p.lines[:len(p.lines)-1]
	}
	if p.n() > mostText {
		kept := p.lines
		dots := pageLine{frag: literal("…")}
		for at := len(kept) - 1; at >= 0 && p.n() > mostText-2; at-- {
			if !kept[at].keep {
				p.lines = append(slices.Clone(p.lines[:at]), p.lines[at+1:]...)
				kept = p.lines
				p.dropped = at
			}
		}
		p.lines = slices.Insert(p.lines, min(p.dropped, len(p.lines)), dots)
	}
	var texts []string
	for _, l := range p.lines {
		texts = append(texts, l.html)
	}
	return strings.Join(texts, "\n")
}

// fitted draws with ever less room for each text that somebody typed, until all of it fits.
func fitted(draw func(room int) *page) string {
	var p *page
	for _, room := range []int{3000, 1500, 600, 200, 60} {
		if p = draw(room); p.n() <= mostText {
			break
		}
	}
	return p.html()
}

package phrase

import (
	"strings"
	"unicode/utf8"
)

// remainder returns the line without the cuts. What only led to a date goes with it, at the ends of each piece that is left.
func (r *reader) remainder(line string, cuts []cut) string {
	var b strings.Builder
	at, sign := 0, ""
	piece := func(from, to int) {
		from, to, lead, trail := r.trim(from, to)
		if sign == "" {
			sign = line[lead.start:lead.end]
		}
		if from == to || cuts != nil && r.idle(from, to) {
			return
		}
		text := line[r.toks[from].start:r.toks[to-1].end]
		b.WriteString(between(b.String(), text, sign))
		b.WriteString(text)
		sign = line[trail.start:trail.end]
	}
	for _, c := range cuts {
		if r.text(c.from-1, "(") && r.text(c.to, ")") {
			c = cut{c.from - 1, c.to + 1}
		}
		piece(at, c.from)
		at = c.to
	}
	piece(at, len(r.toks))
	return unwrap(b.String())
}

// Idle tells whether a line says nothing by itself: it is empty, or only wants (I'd like to take, 我想).
func Idle(line string) bool {
	r := reader{toks: scan(line)}
	for i, t := range r.toks {
		if t.class != mark && !t.is(idle|connecting) && !r.loose(i) {
			return false
		}
	}
	return true
}

// idle says whether a piece says nothing by itself.
func (r *reader) idle(from, to int) bool {
	for _, t := range r.toks[from:to] {
		if t.class != mark && !t.is(idle|courteous) {
			return false
		}
	}
	return true
}

// trim narrows a piece by the signs and connecting words at its ends, and returns the first comma or stop that it took at either.
func (r *reader) trim(from, to int) (int, int, token, token) {
	var lead, trail token
	for from < to && r.loose(from) && !r.begins(from) && !(r.text(from+1, "-") && r.glued(from+1) && from+1 < to) {
		if lead.end == 0 && r.stop(from) {
			lead = r.toks[from]
		}
		from++
	}
	for from < to && r.loose(to-1) && !(r.text(to-2, "-") && r.glued(to-1) && to-2 >= from) {
		if trail.end == 0 && r.stop(to-1) {
			trail = r.toks[to-1]
		}
		to--
	}
	return from, to, lead, trail
}

// loose says whether the token at i means nothing at an end.
func (r *reader) loose(i int) bool {
	t := r.at(i)
	return t.is(connecting) || t.class == link && !isWord(t) || r.stop(i) || r.text(i, "!", "?")
}

// begins says whether the stop at i is the first letter of a word, as in .NET.
func (r *reader) begins(i int) bool {
	return r.text(i, ".") && !r.glued(i) && r.glued(i+1) && isWord(r.at(i+1)) && !r.at(i+1).han
}

func (r *reader) stop(i int) bool { return r.text(i, ",", ";", ":", ".", "、", "。") }

// between returns what stands between two pieces: the sign that stood there, and a space unless Chinese meets Chinese.
func between(left, right, sign string) string {
	if left == "" {
		return ""
	}
	if len(sign) > 1 {
		return sign // a Chinese sign has its space in itself
	}
	last, _ := utf8.DecodeLastRuneInString(left)
	first, _ := utf8.DecodeRuneInString(right)
	if sign == "" && isHan(last) && isHan(first) {
		return ""
	}
	return sign + " "
}

// unwrap takes the brackets off when they hold everything.
func unwrap(s string) string {
	if inner, ok := strings.CutPrefix(s, "("); ok {
		if inner, ok = strings.CutSuffix(inner, ")"); ok && !strings.ContainsAny(inner, "()") {
			return strings.TrimSpace(inner)
		}
	}
	return s
}

package invoice

import (
	"bytes"
	"compress/zlib"
	"io"
	"slices"
	"strconv"
	"strings"
)

// The values of PDF (ISO 32000-1, 7.3); a number is a length. A keyword is also what true, null and the operators of a page are.
type (
	pdfName  string
	pdfText  []byte
	pdfArray []any
	pdfDict  map[pdfName]any
	pdfRef   int // the number of an object; generations are not told apart, since the last one in the file counts
	keyword  string
)

// maxNesting is how deep arrays, trees of pages and forms within forms may go.
const maxNesting = 24

// lexer reads values. Each byte that it looks at is paid for.
type lexer struct {
	in []byte
	at int
	b  *budget
}

const (
	pdfSpace     = "\x00\t\n\f\r "
	pdfDelimiter = "()<>[]{}/%"
)

func isOneOf(c byte, set string) bool { return strings.IndexByte(set, c) >= 0 }

// skip passes space and comments; false at the end.
func (l *lexer) skip() bool {
	for l.at < len(l.in) {
		switch c := l.in[l.at]; {
		case c == '%':
			for l.at < len(l.in) && l.in[l.at] != '\n' && l.in[l.at] != '\r' {
				l.at++
				l.b.spend(1)
			}
		case isOneOf(c, pdfSpace):
			l.at++
			l.b.spend(1)
		default:
			return true
		}
	}
	return false
}

// next gives the next value, nil at the end and where there is none: a bracket that closes nothing is passed over as a keyword.
func (l *lexer) next(depth int) any {
	l.b.spend(4)
	if !l.skip() || depth > maxNesting {
		l.at = len(l.in)
		return nil
	}
	start := l.at
	l.at++
	switch c := l.in[start]; {
	case c == '/':
		return pdfName(l.in[start+1 : l.word()]) // one that is written with #20 stays as it is: none of ours is
	case c == '(':
		return l.literal()
	case c == '<' && l.at < len(l.in) && l.in[l.at] == '<':
		l.at++
		return l.dict(depth)
	case c == '<':
		return l.hex()
	case c == '[':
		return pdfArray(l.until("]", depth))
	case c == '>' && l.at < len(l.in) && l.in[l.at] == '>':
		l.at++
		return keyword(">>")
	case isOneOf(c, pdfDelimiter):
		return keyword(l.in[start:l.at])
	}
	word := string(l.in[start:l.word()])
	if c := word[0]; c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
		return fixed(word)
	}
	return keyword(word)
}

// word passes what belongs to a name, number or keyword, and says where it ends.
func (l *lexer) word() int {
	from := l.at
	for l.at < len(l.in) && !isOneOf(l.in[l.at], pdfSpace) && !isOneOf(l.in[l.at], pdfDelimiter) {
		l.at++
	}
	l.b.spend(l.at - from)
	return l.at
}

// literal reads a string in parentheses, which may hold others, and escapes.
func (l *lexer) literal() pdfText {
	out := pdfText{}
	for open := 1; l.at < len(l.in); {
		c := l.in[l.at]
		l.at++
		l.b.spend(1)
		switch {
		case c == '(':
			open++
		case c == ')':
			if open--; open == 0 {
				return out
			}
		case c == '\\' && l.at < len(l.in):
			if c = l.in[l.at]; c >= '0' && c <= '7' {
				n := 0
				for i := 0; i < 3 && l.at < len(l.in) && l.in[l.at] >= '0' && l.in[l.at] <= '7'; i++ {
					n = n*8 + int(l.in[l.at]-'0')
					l.at++
				}
				out = append(out, byte(n))
				continue
			}
			l.at++
			if i := strings.IndexByte("nrtbf", c); i >= 0 {
				c = "\n\r\t\b\f"[i]
			} else if c == '\r' || c == '\n' { // the line goes on
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

func (l *lexer) hex() pdfText {
	out, half, odd := pdfText{}, byte(0), false
	for l.at < len(l.in) {
		c := l.in[l.at]
		l.at++
		l.b.spend(1)
		if c == '>' {
			break
		}
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 || isOneOf(c, pdfSpace) {
			continue
		}
		if half = half<<4 | byte(digit); odd {
			out = append(out, half)
		}
		odd = !odd
	}
	if odd {
		out = append(out, half<<4)
	}
	return out
}

// until reads values up to the keyword that ends them; what refers to an object becomes one value.
func (l *lexer) until(end keyword, depth int) []any {
	var all []any
	for {
		v := l.next(depth + 1)
		switch n := len(all); {
		case v == nil || v == end:
			return all
		case v == keyword("R") && n > 1:
			if id, ok := all[n-2].(length); ok {
				all = append(all[:n-2], pdfRef(id>>16))
			}
		default:
			all = append(all, v)
			l.b.spend(32) // it is kept
		}
	}
}

func (l *lexer) dict(depth int) pdfDict {
	all := l.until(">>", depth)
	d := pdfDict{}
	for i := 0; i+1 < len(all); i += 2 {
		if key, ok := all[i].(pdfName); ok {
			d[key] = all[i+1]
		}
	}
	return d
}

// object is one of a PDF; a stream is a dictionary with content.
type object struct {
	value   any
	content []byte // as it is stored
	at      int    // in the file: what was changed later stands behind
	plain   []byte // unpacked
	opened  bool
}

// pdf is a document. Its objects are found by going through the file, not by its table of contents: tables can be wrong, can lead in
// circles, and add nothing.
type pdf struct {
	objects map[int]*object
	b       *budget
	fonts   map[int]*font
}

func openPDF(content []byte, b *budget) *pdf {
	p := &pdf{map[int]*object{}, b, map[int]*font{}}
	l := &lexer{in: content, b: b}
	for {
		i := bytes.Index(content[l.at:], []byte("obj"))
		if i < 0 {
			break
		}
		b.spend(i/8 + 1)
		id, ok := numberBefore(content[max(0, l.at+i-24) : l.at+i])
		at := l.at + i
		l.at = at + len("obj")
		if !ok {
			continue
		}
		b.spend(256)
		o := &object{value: l.next(0), at: at}
		if d, ok := o.value.(pdfDict); ok {
			o.content = l.stream(d)
		}
		p.objects[id] = o
	}
	for _, o := range p.inOrder() {
		p.unfold(o)
	}
	return p
}

// inOrder lists the objects as they stand in the file, so that the same file is always read the same way.
func (p *pdf) inOrder() []*object {
	var all []*object
	for _, o := range p.objects {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b *object) int { return a.at - b.at })
	return all
}

// numberBefore reads the number of an object backwards from its "obj": 12 0 obj.
func numberBefore(s []byte) (id int, ok bool) {
	words := bytes.Fields(s)
	if len(words) < 2 || len(s) == 0 || !isOneOf(s[len(s)-1], pdfSpace) {
		return 0, false
	}
	if _, err := strconv.ParseUint(string(words[len(words)-1]), 10, 17); err != nil {
		return 0, false
	}
	digits := words[len(words)-2]
	if i := bytes.LastIndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 { // endobj may touch it
		digits = digits[i+1:]
	}
	n, err := strconv.ParseUint(string(digits), 10, 31)
	return int(n), err == nil
}

// stream gives the content that follows a dictionary, if one does.
func (l *lexer) stream(d pdfDict) []byte {
	from := l.at
	if l.next(0) != keyword("stream") {
		l.at = from
		return nil
	}
	rest := l.in[l.at:]
	rest = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte("\r")), []byte("\n"))
	start := len(l.in) - len(rest)
	if n, ok := d["Length"].(length); ok && n >= 0 && int(n>>16) <= len(rest) {
		end := start + int(n>>16)
		if bytes.HasPrefix(bytes.TrimLeft(l.in[end:min(end+16, len(l.in))], pdfSpace), []byte("endstream")) {
			l.at = end
			return l.in[start:end]
		}
	}
	n := bytes.Index(rest, []byte("endstream"))
	if n < 0 {
		n = len(rest)
	}
	l.b.spend(n/8 + 1)
	l.at = start + n
	return rest[:n]
}

// unfold adds the objects that a stream of objects holds (7.5.7), unless later ones stand in the file.
func (p *pdf) unfold(o *object) {
	d, _ := o.value.(pdfDict)
	if d["Type"] != pdfName("ObjStm") {
		return
	}
	content := p.open(o)
	count, _ := p.value(d["N"]).(length)
	start, _ := p.value(d["First"]).(length)
	head := &lexer{in: content, b: p.b}
	for range count >> 16 {
		id, ok1 := head.next(0).(length)
		offset, ok2 := head.next(0).(length)
		at := int64(start>>16) + int64(offset>>16)
		if !ok1 || !ok2 || at < 0 || at > int64(len(content)) {
			return
		}
		if old := p.objects[int(id>>16)]; old == nil || old.at < o.at {
			p.b.spend(256)
			body := &lexer{in: content, at: int(at), b: p.b}
			p.objects[int(id>>16)] = &object{value: body.next(0), at: o.at}
		}
	}
}

// value follows a reference, once: one that leads to another is none.
func (p *pdf) value(v any) any {
	if id, ok := v.(pdfRef); ok {
		if o := p.objects[int(id)]; o != nil {
			return o.value
		}
		return nil
	}
	return v
}

func (p *pdf) dict(v any) pdfDict {
	d, _ := p.value(v).(pdfDict)
	return d
}

func (p *pdf) array(v any) pdfArray {
	a, _ := p.value(v).(pdfArray)
	return a
}

// open unpacks a stream, once. FlateDecode is what invoices use; other filters give nothing.
func (p *pdf) open(o *object) []byte {
	if o == nil {
		return nil
	}
	if o.opened {
		return o.plain
	}
	o.opened = true
	d, _ := o.value.(pdfDict)
	filters := p.array(d["Filter"])
	if f, ok := p.value(d["Filter"]).(pdfName); ok {
		filters = pdfArray{f}
	}
	switch {
	case len(filters) == 0:
		o.plain = o.content
	case len(filters) == 1 && filters[0] == pdfName("FlateDecode"):
		in, err := zlib.NewReader(bytes.NewReader(o.content))
		if err != nil {
			return nil
		}
		// What was unpacked before an error is used: files that were cut or changed by a mail program still show their text.
		o.plain, _ = io.ReadAll(io.LimitReader(in, int64(p.b.unpacked)+1))
		p.b.unpack(len(o.plain))
	}
	return o.plain
}

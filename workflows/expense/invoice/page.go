package invoice

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// readPDF reads what a PDF says of an invoice: in attached XML, as train tickets are told to have it; in its document information, where
// other programs look for it; and on its pages.
func readPDF(content []byte, b *budget) ([]Invoice, error) {
	if bytes.Contains(content, []byte("/Encrypt")) { // it stands in a trailer, which is never packed
		return nil, ErrLocked
	}
	p := openPDF(content, b)
	var parts, seen []Invoice
	var catalog pdfDict
	for _, o := range p.inOrder() {
		d, _ := o.value.(pdfDict)
		var some []Invoice
		var err error
		switch {
		case d["Type"] == pdfName("Catalog"):
			catalog = d
		case d["Type"] == pdfName("EmbeddedFile"):
			if attached := p.open(o); isXML(attached) {
				var doc document
				doc, err = readXML(attached, b)
				some = doc.parts
			}
		case d["InvoiceNumber"] != nil:
			var part Invoice
			part, err = p.information(d)
			some = []Invoice{part}
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, some...)
	}
	for _, page := range p.pages(catalog["Pages"], nil, 0, map[pdfRef]bool{}, nil) {
		some, err := readPage(lines(page, b))
		if err != nil {
			return nil, err
		}
		seen = append(seen, some...)
	}
	seen, err := join(seen)
	if err != nil {
		return nil, err
	}
	return merge(append(parts, seen...))
}

// information reads document information whose keys are the element names of the tax bureau's XML.
func (p *pdf) information(d pdfDict) (Invoice, error) {
	var s said
	for path, put := range dialects["EInvoice"] {
		_, key, _ := strings.Cut(path, "/")
		if value, ok := p.value(d[pdfName(key)]).(pdfText); ok && len(value) > 0 {
			put(&s, plainText(value))
		}
	}
	return s.invoice()
}

// plainText reads a string outside of pages (7.9.2.2): UTF-16 behind a byte order mark, or UTF-8, which the rest is close enough to.
func plainText(raw pdfText) string {
	if rest, ok := bytes.CutPrefix(raw, []byte("\xFE\xFF")); ok {
		return utf16BE(rest)
	}
	return strings.ToValidUTF8(string(raw), "")
}

func utf16BE(raw []byte) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	return string(utf16.Decode(units))
}

// pages gives the text of each page below a node of the tree of pages. A node that was visited is not visited again.
func (p *pdf) pages(node any, resources any, depth int, visited map[pdfRef]bool, found [][]span) [][]span {
	id, ok := node.(pdfRef)
	if !ok || visited[id] || depth > maxNesting || len(found) >= maxPages {
		return found
	}
	visited[id] = true
	d := p.dict(node)
	if own := d["Resources"]; own != nil {
		resources = own
	}
	if kids := p.array(d["Kids"]); kids != nil {
		for _, kid := range kids {
			found = p.pages(kid, resources, depth+1, visited, found)
		}
		return found
	}
	contents := p.array(d["Contents"])
	if one, ok := d["Contents"].(pdfRef); ok && contents == nil {
		contents = pdfArray{one}
	}
	var content []byte
	for _, part := range contents {
		if id, ok := part.(pdfRef); ok {
			plain := p.open(p.objects[int(id)])
			p.b.spend(4 * len(plain))
			content = append(append(content, plain...), '\n')
		}
	}
	painter := painter{pdf: p}
	painter.paint(content, p.dict(resources), matrix{a: one, d: one}, 0)
	return append(found, painter.spans)
}

// matrix maps (x, y) to (ax + cy + e, bx + dy + f).
type matrix struct{ a, b, c, d, e, f length }

// of gives the matrix that maps by n first and by m then.
func (m matrix) of(n matrix) matrix {
	return matrix{
		m.a.times(n.a).plus(m.c.times(n.b)), m.b.times(n.a).plus(m.d.times(n.b)),
		m.a.times(n.c).plus(m.c.times(n.d)), m.b.times(n.c).plus(m.d.times(n.d)),
		m.a.times(n.e).plus(m.c.times(n.f)).plus(m.e), m.b.times(n.e).plus(m.d.times(n.f)).plus(m.f),
	}
}

// painter goes through the operators of a page (8 and 9) and keeps its text with its places.
type painter struct {
	pdf   *pdf
	spans []span
}

// graphics is what q saves and Q brings back, so far as it moves text.
type graphics struct {
	ctm           matrix
	font          *font
	size, leading length
}

func (p *painter) paint(content []byte, resources pdfDict, ctm matrix, depth int) {
	l := &lexer{in: content, b: p.pdf.b}
	g := graphics{ctm: ctm}
	var saved []graphics
	var text, line matrix
	var operands []any
	num := func(fromEnd int) length {
		if i := len(operands) - fromEnd; i >= 0 {
			n, _ := operands[i].(length)
			return clamp(int64(n))
		}
		return 0
	}
	move := func(x, y length) {
		line = line.of(matrix{a: one, d: one, e: x, f: y})
		text = line
	}
	show := func(raw pdfText) {
		s := g.font.decode(raw)
		long := width(s, g.size)
		at := g.ctm.of(text)
		text = text.of(matrix{a: one, d: one, e: long})
		end := g.ctm.of(text)
		p.spans = append(p.spans, span{x: at.e, end: end.e, y: -at.f, size: clamp(int64(abs(g.size.times(at.d)))), text: s})
		p.pdf.b.spend(128 + len(s))
	}
	for {
		v := l.next(0)
		if v == nil {
			return
		}
		op, ok := v.(keyword)
		if !ok {
			if len(operands) < maxNesting {
				operands = append(operands, v)
			}
			continue
		}
		switch op {
		case "q":
			if saved = append(saved, g); len(saved) > 10*maxNesting {
				return
			}
		case "Q":
			if n := len(saved); n > 0 {
				g, saved = saved[n-1], saved[:n-1]
			}
		case "cm":
			g.ctm = g.ctm.of(matrix{num(6), num(5), num(4), num(3), num(2), num(1)})
		case "BT":
			text, line = matrix{a: one, d: one}, matrix{a: one, d: one}
		case "Tf":
			if len(operands) > 1 {
				key, _ := operands[len(operands)-2].(pdfName)
				g.font, g.size = p.pdf.font(p.pdf.dict(resources["Font"])[key]), num(1)
			}
		case "TL":
			g.leading = num(1)
		case "Td":
			move(num(2), num(1))
		case "TD":
			g.leading = -num(1)
			move(num(2), num(1))
		case "Tm":
			line = matrix{num(6), num(5), num(4), num(3), num(2), num(1)}
			text = line
		case "T*", "'", "\"":
			move(0, -g.leading)
		case "Do":
			if key, ok := last(operands).(pdfName); ok {
				p.form(p.pdf.dict(resources["XObject"])[key], resources, g.ctm, depth+1)
			}
		case "BI": // an image within the page: its bytes are none of ours
			if i := bytes.Index(content[l.at:], []byte("EI")); i >= 0 {
				p.pdf.b.spend(i / 8)
				l.at += i + len("EI")
			}
		}
		switch op {
		case "Tj", "'", "\"":
			if raw, ok := last(operands).(pdfText); ok {
				show(raw)
			}
		case "TJ":
			pieces, _ := last(operands).(pdfArray)
			for _, piece := range pieces {
				switch piece := piece.(type) {
				case pdfText:
					show(piece)
				case length:
					text = text.of(matrix{a: one, d: one, e: -clamp(int64(piece)).times(g.size) / 1000})
				}
			}
		}
		operands = operands[:0]
	}
}

func abs(n length) length { return max(n, -n) }

func last(all []any) any {
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// form paints a form, which is a page within a page.
func (p *painter) form(v any, resources pdfDict, ctm matrix, depth int) {
	p.pdf.b.spend(256)
	id, ok := v.(pdfRef)
	d := p.pdf.dict(v)
	if !ok || d["Subtype"] != pdfName("Form") || depth > maxNesting {
		return
	}
	if own := p.pdf.dict(d["Resources"]); own != nil {
		resources = own
	}
	if m := p.pdf.array(d["Matrix"]); len(m) == 6 {
		var by [6]length
		for i := range by {
			n, _ := m[i].(length)
			by[i] = clamp(int64(n))
		}
		ctm = ctm.of(matrix{by[0], by[1], by[2], by[3], by[4], by[5]})
	}
	p.paint(p.pdf.open(p.pdf.objects[int(id)]), resources, ctm, depth)
}

// font knows which characters the bytes of a text are.
type font struct {
	wide    bool // two bytes a character
	unicode map[int]string
	decoder func([]byte) string // where the map has nothing
}

// font reads how a font is encoded. nil is one of which nothing is known.
func (p *pdf) font(v any) *font {
	id, isRef := v.(pdfRef)
	if f, ok := p.fonts[int(id)]; ok && isRef {
		return f
	}
	d := p.dict(v)
	f := &font{wide: d["Subtype"] == pdfName("Type0")}
	encoding, _ := p.value(d["Encoding"]).(pdfName)
	switch {
	case strings.HasPrefix(string(encoding), "UniGB-"): // UCS2 and UTF16: the codes are the characters (table 118)
		f.decoder = utf16BE
	case strings.HasPrefix(string(encoding), "GB"):
		f.wide = false
		f.decoder = func(raw []byte) string {
			s, _ := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
			return string(s)
		}
	case !f.wide:
		f.decoder = func(raw []byte) string { // the printable ASCII of all Latin encodings
			return strings.Map(func(r rune) rune {
				if r < ' ' || r >= utf8.RuneSelf {
					return -1
				}
				return r
			}, string(raw))
		}
	}
	if to, ok := d["ToUnicode"].(pdfRef); ok {
		f.unicode = p.mapping(p.open(p.objects[int(to)]))
	}
	if isRef {
		p.fonts[int(id)] = f
	}
	return f
}

// mapping reads a ToUnicode map (9.10.3).
func (p *pdf) mapping(content []byte) map[int]string {
	found := map[int]string{}
	put := func(code int, to string) {
		p.b.spend(128)
		found[code] = to[:min(len(to), 16)] // a ligature is four letters; a novel would make each character of a page one
	}
	l := &lexer{in: content, b: p.b}
	for {
		switch v := l.next(0); v {
		case nil:
			return found
		case keyword("beginbfchar"):
			all := l.until("endbfchar", 0)
			for i := 0; i+1 < len(all); i += 2 {
				from, to := bytesOf(all[i]), bytesOf(all[i+1])
				put(codeOf(from), utf16BE(to))
			}
		case keyword("beginbfrange"):
			all := l.until("endbfrange", 0)
			for i := 0; i+2 < len(all); i += 3 {
				from, to := codeOf(bytesOf(all[i])), codeOf(bytesOf(all[i+1]))
				each, _ := all[i+2].(pdfArray)
				start := []rune(utf16BE(bytesOf(all[i+2])))
				for n := 0; from+n <= min(to, 0xFFFF); n++ {
					switch {
					case n < len(each):
						put(from+n, utf16BE(bytesOf(each[n])))
					case each == nil && len(start) > 0:
						put(from+n, string(start[:len(start)-1])+string(start[len(start)-1]+rune(n)))
					default:
						p.b.spend(1)
					}
				}
			}
		}
	}
}

func bytesOf(v any) []byte {
	b, _ := v.(pdfText)
	return b
}

func codeOf(raw []byte) int {
	code := 0
	for _, c := range raw[:min(len(raw), 3)] {
		code = code<<8 | int(c)
	}
	return code
}

// decode gives the characters of a text. Where nothing is known of one, it is left out.
func (f *font) decode(raw pdfText) string {
	if f == nil {
		return ""
	}
	if len(f.unicode) == 0 && f.decoder != nil {
		return f.decoder(raw)
	}
	step := 1
	if f.wide {
		step = 2
	}
	var s strings.Builder
	for ; len(raw) >= step; raw = raw[step:] {
		if to, ok := f.unicode[codeOf(raw[:step])]; ok {
			s.WriteString(to)
		} else if f.decoder != nil {
			s.WriteString(f.decoder(raw[:step]))
		}
	}
	return s.String()
}

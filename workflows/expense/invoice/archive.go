package invoice

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
)

const (
	maxEntries = 500 // of an archive; an OFD of an invoice has twenty
	maxNested  = 1   // an archive may hold an OFD, which is one too
)

// readArchive reads an OFD, or an archive of what Read reads. Which files count is decided by how they begin.
func readArchive(content []byte, depth int, b *budget) ([]Invoice, error) {
	if depth > maxNested {
		return nil, nil
	}
	b.spend(len(content))
	if bytes.Count(content, []byte("PK\x01\x02")) > 4*maxEntries { // before the directory is read; a nested archive has some too
		panic(ErrTooLarge)
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, nil
	}
	if len(archive.File) > maxEntries {
		panic(ErrTooLarge)
	}
	var parts []Invoice
	var ofd []ofdPart
	isOFD := false
	var unread error
	for _, entry := range archive.File {
		inner := unpack(entry, b)
		var some []Invoice
		var err error
		if isXML(inner) {
			var doc document
			doc, err = readXML(inner, b)
			some, ofd, isOFD = doc.parts, append(ofd, doc.ofd), isOFD || doc.root == "OFD"
		} else {
			some, err = read(inner, depth+1, b)
		}
		switch {
		case errors.Is(err, ErrBroken), errors.Is(err, ErrLocked): // beside it may lie the same invoice in a better state
			unread = err
		case err != nil:
			return nil, err
		}
		parts = append(parts, some...)
	}
	if isOFD {
		parts, err = readOFD(parts, ofd, b)
	} else {
		parts, err = join(parts)
	}
	if err == nil && len(parts) == 0 {
		err = unread
	}
	return parts, err
}

// unpack gives the content of a file in an archive if it begins as something that is read, and nothing otherwise.
func unpack(entry *zip.File, b *budget) []byte {
	b.spend(1 << 10)
	in, err := entry.Open()
	if err != nil {
		return nil
	}
	defer in.Close()
	head := make([]byte, 64)
	n, _ := io.ReadFull(in, head)
	b.unpack(n)
	head = head[:n]
	if !isXML(head) && !bytes.HasPrefix(head, []byte("%PDF-")) && !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return nil
	}
	rest, err := io.ReadAll(io.LimitReader(in, int64(b.unpacked)+1))
	b.unpack(len(rest))
	if err != nil {
		return nil
	}
	return append(head, rest...)
}

// ofdPart is what one XML of an OFD (GB/T 33190-2016) says: OFD.xml has custom data; pages have text objects at places; a file of custom
// tags says which text object is which field of the invoice.
type ofdPart struct {
	custom   said
	spans    []span
	objects  map[string]string // the text of each, by its ID
	template bool              // a page that draws another one behind it
	tags     []tag
	refs     []string // of the element that is open
}

type tag struct {
	name    string
	objects []string
}

// What custom data and custom tags are called.
var (
	customData = map[string]field{"发票代码": setCode, "发票号码": setNumber, "开票日期": setDate, "合计金额": setNet, "合计税额": setTax, "价税合计": setGross,
		"销售方名称": setSeller}
	customTags = map[string]field{"InvoiceCode": setCode, "InvoiceNo": setNumber, "IssueDate": setDate, "TaxExclusiveTotalAmount": setNet,
		"TaxTotalAmount": setTax, "TaxInclusiveTotalAmount": setGross, "SellerName": setSeller, "Item": addItem}
)

// take takes what counts of the element that ends.
func (p *ofdPart) take(open []*element) {
	e := open[len(open)-1]
	value := strings.TrimSpace(e.text.String())
	switch name := e.Name.Local; {
	case name == "CustomData":
		if put, ok := customData[e.attr("Name")]; ok && value != "" {
			put(&p.custom, value[:min(len(value), maxValue)])
		}
	case name == "Template" && open[0].Name.Local == "Page":
		p.template = true
	case name == "TextCode" && open[0].Name.Local == "Page": // annotations have some too: stamps and watermarks
		object := open[max(0, len(open)-2)]
		box := strings.Fields(object.attr("Boundary"))
		if len(box) != 4 || value == "" {
			return
		}
		x, y, size := fixed(box[0]).plus(fixed(e.attr("X"))), fixed(box[1]).plus(fixed(e.attr("Y"))), fixed(object.attr("Size"))
		p.spans = append(p.spans, span{x: x, end: x.plus(width(value, size)), y: y, size: size, text: value})
		if p.objects == nil {
			p.objects = map[string]string{}
		}
		if id := object.attr("ID"); len(p.objects[id]) < maxValue {
			p.objects[id] += value[:min(len(value), maxValue)]
		}
	case name == "ObjectRef":
		p.refs = append(p.refs, value)
	case e.holds && len(p.refs) > 0:
		p.tags = append(p.tags, tag{name, p.refs})
		p.refs = nil
	}
}

// readOFD adds to what XML in an OFD says what its parts say, in their order of trust: tags, custom data, and the text as it is seen.
func readOFD(parts []Invoice, all []ofdPart, b *budget) ([]Invoice, error) {
	var tagged said
	var sources []said
	objects := map[string]string{}
	pages := slices.DeleteFunc(slices.Clone(all), func(p ofdPart) bool { return len(p.spans) == 0 })
	drawn := slices.ContainsFunc(pages, func(p ofdPart) bool { return p.template })
	var behind []span
	for _, p := range pages {
		if drawn && !p.template {
			behind = append(behind, p.spans...)
			continue
		}
		for id, text := range p.objects {
			objects[id] = text
		}
	}
	for _, p := range all {
		sources = append(sources, p.custom)
		for _, t := range p.tags {
			value := ""
			for _, id := range t.objects[:min(len(t.objects), 9)] { // ¥ and its amount, or the lines of a long name
				value += objects[id]
			}
			if put, ok := customTags[t.name]; ok && value != "" {
				put(&tagged, value)
			}
		}
	}
	for _, s := range append([]said{tagged}, sources...) {
		part, err := s.invoice()
		if err != nil {
			return nil, err
		}
		if part != (Invoice{}) {
			parts = append(parts, part)
		}
	}
	var seen []Invoice
	for i, p := range pages {
		if drawn && !p.template || i >= maxPages {
			continue
		}
		some, err := readPage(lines(append(slices.Clone(behind), p.spans...), b))
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

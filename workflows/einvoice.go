package workflows

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"io"
	"slices"
	"strings"
)

// Chinese e-invoices come as OFD, a ZIP archive, or as XML. Both are known by so little of their content that nothing in it has to be
// unpacked or followed. What they say is read elsewhere, and nobody is shown them: they are given out to be stored.

const (
	mostEntries = 5000         // of an OFD: one of an invoice has some twenty
	maxRoot     = 64 << 10     // bytes before which the root of an XML stands
	eoc         = "PK\x05\x06" // begins the end of an archive's directory: APPNOTE.TXT 4.3.16
	entry       = "PK\x01\x02" // begins an entry of it: 4.3.12
	eocSize     = 22           // bytes, a comment of 64 KiB at most follows
	entrySize   = 46           // bytes, the name and two other things follow
	mainOFD     = "OFD.xml"    // the file with which an OFD begins: GB/T 33190-2016, 7.1
)

// isOFD tells whether content is an archive whose directory names the main file of an OFD. The directory alone is walked.
func isOFD(content []byte) bool {
	if !bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		return false
	}
	tail := content[max(0, len(content)-eocSize-1<<16):]
	at := bytes.LastIndex(tail, []byte(eoc))
	if at < 0 || len(tail)-at < eocSize {
		return false
	}
	end := tail[at:]
	count, from := int(binary.LittleEndian.Uint16(end[10:])), int64(binary.LittleEndian.Uint32(end[16:]))
	if count > mostEntries || from > int64(len(content)) {
		return false
	}
	rest := content[from:]
	for range count {
		if len(rest) < entrySize || !bytes.HasPrefix(rest, []byte(entry)) {
			return false
		}
		name := int(binary.LittleEndian.Uint16(rest[28:]))
		next := entrySize + name + int(binary.LittleEndian.Uint16(rest[30:])) + int(binary.LittleEndian.Uint16(rest[32:]))
		if len(rest) < next {
			return false
		}
		if string(rest[entrySize:entrySize+name]) == mainOFD {
			return true
		}
		rest = rest[next:]
	}
	return false
}

// The roots of e-invoices: of the fully digitalised ones as the tax bureau delivers them, and of those before. Vouchers as train tickets
// are XBRL in a taxonomy of the Ministry of Finance's.
var (
	invoiceRoots = []string{"EInvoice", "eInvoice"}
	taxonomies   = "http://xbrl.mof.gov.cn/taxonomy/"
)

// isInvoiceXML tells whether content is XML with the root of an e-invoice. It is read up to there, and one with a document type, which
// could stand for anything, is none.
func isInvoiceXML(content []byte) bool {
	content = bytes.TrimPrefix(content, []byte("\uFEFF"))
	if !bytes.HasPrefix(bytes.TrimLeft(content[:min(len(content), maxRoot)], " \t\r\n"), []byte("<")) {
		return false
	}
	d := xml.NewDecoder(bytes.NewReader(content[:min(len(content), maxRoot)]))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // a root is named in ASCII
	for {
		token, err := d.RawToken()
		if err != nil {
			return false
		}
		switch token := token.(type) {
		case xml.Directive:
			return false
		case xml.StartElement:
			ours := func(a xml.Attr) bool { return a.Name.Space == "xmlns" && strings.HasPrefix(a.Value, taxonomies) }
			return slices.Contains(invoiceRoots, token.Name.Local) || token.Name.Local == "xbrl" && slices.ContainsFunc(token.Attr, ours)
		}
	}
}

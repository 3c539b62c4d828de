package invoice

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// maxDepth is how deep XML may be nested; invoices need seven.
const maxDepth = 32

// isXML says whether content begins as XML does. Real files may have a byte order mark.
func isXML(content []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(content, []byte("\xEF\xBB\xBF")), " \t\r\n"), []byte("<"))
}

// element is one that is open, or just ends.
type element struct {
	xml.StartElement
	text  strings.Builder
	holds bool // other elements
}

func (e *element) attr(name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// walk calls visit as each element ends, with those that are open around it and itself as the last. No entity but the five of XML is
// known, so nothing outside is read and nothing swells; a DOCTYPE is refused.
func walk(content []byte, b *budget, visit func(open []*element)) error {
	b.spend(len(content))
	d := xml.NewDecoder(bytes.NewReader(content))
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(charset) {
		case "gbk", "gb2312", "gb18030":
			return simplifiedchinese.GB18030.NewDecoder().Reader(in), nil
		}
		return nil, errors.New("unknown charset " + charset)
	}
	var open []*element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(open) == 0 {
			return nil
		} else if err != nil {
			return err
		}
		b.spend(64)
		switch t := token.(type) {
		case xml.Directive:
			return errors.New("a document type is declared")
		case xml.StartElement:
			if len(open) == maxDepth {
				return errors.New("it is nested too deep")
			}
			if len(open) > 0 {
				open[len(open)-1].holds = true
			}
			open = append(open, &element{StartElement: t.Copy()})
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text.Write(t)
			}
		case xml.EndElement:
			visit(open)
			open = open[:len(open)-1]
		}
	}
}

// field puts a value where it belongs.
type field func(s *said, value string)

func first(of func(*said) *string) field {
	return func(s *said, value string) { fill(of(s), value) }
}

var (
	setCode   = first(func(s *said) *string { return &s.code })
	setNumber = func(s *said, value string) {
		s.several = s.several || s.number != "" && s.number != value
		fill(&s.number, value)
	}
	setDate    = first(func(s *said) *string { return &s.date })
	setNet     = first(func(s *said) *string { return &s.net })
	setTax     = first(func(s *said) *string { return &s.tax })
	setGross   = first(func(s *said) *string { return &s.gross })
	setSeller  = first(func(s *said) *string { return &s.seller })
	addItem    = func(s *said, value string) { s.items = append(s.items, value) }
	setBlue    = func(s *said, value string) { s.red = s.red || value == "N" }
	setVoucher = func(s *said, value string) {
		if _, inside, ok := strings.Cut(narrow(value), "("); ok {
			s.category = strings.TrimSuffix(inside, ")")
		}
	}
)

// dialects are the XML that is read: by its root element, the elements that count, each with the one around it. doc.go has the sources.
var dialects = map[string]map[string]field{
	"EInvoice": {
		"TaxSupervisionInfo/InvoiceNumber": setNumber, "TaxSupervisionInfo/IssueTime": setDate, "InIssuType/LabelCode": setBlue,
		"SellerInformation/SellerName": setSeller, "IssuItemInformation/ItemName": addItem,
		"BasicInformation/TotalAmWithoutTax": setNet, "BasicInformation/TotalTaxAm": setTax,
		"BasicInformation/TotalTax-includedAmount": setGross,
	},
	"eInvoice": {
		"eInvoice/InvoiceCode": setCode, "eInvoice/InvoiceNo": setNumber, "eInvoice/IssueDate": setDate,
		"Seller/SellerName": setSeller, "GoodsInfo/Item": addItem,
		"eInvoice/TaxExclusiveTotalAmount": setNet, "eInvoice/TaxTotalAmount": setTax, "eInvoice/TaxInclusiveTotalAmount": setGross,
	},
	"xbrl": {
		"xbrl/ElectronicInvoiceRailwayETicketNumber": setNumber, "xbrl/DateOfIssue": setDate, "xbrl/TypeOfVoucher": setVoucher,
		"xbrl/TotalAmountExcludingTax": setNet, "xbrl/TaxAmount": setTax, "xbrl/Fare": setGross,
	},
}

// The Ministry of Finance's taxonomies, of which each kind of voucher has one: …/taxonomy/2021-11-30/rai.
const (
	taxonomies = "http://xbrl.mof.gov.cn/taxonomy/"
	railway    = "/rai"
	airline    = "/atr"
)

// document is one XML of a file: an invoice, or a part of an OFD.
type document struct {
	root  string
	parts []Invoice
	ofd   ofdPart
}

// readXML reads any XML; what is none of an invoice has no parts.
func readXML(content []byte, b *budget) (document, error) {
	var doc document
	var s said
	var heard, air bool
	err := walk(content, b, func(open []*element) {
		doc.root = open[0].Name.Local
		e, depth := open[len(open)-1], len(open)
		if e.Name.Local == "ObjectData" && depth > 1 { // OFDs wrap values of the same XML in it
			open[depth-2].holds = false
			open[depth-2].text.WriteString(e.text.String())
			return
		}
		doc.ofd.take(open)
		value := strings.TrimSpace(e.text.String())
		if depth < 2 || value == "" || e.holds {
			return
		}
		if doc.root == "xbrl" {
			space, ours := strings.CutPrefix(e.Name.Space, taxonomies)
			air = air || ours && strings.HasSuffix(space, airline)
			if !ours || !strings.HasSuffix(space, railway) {
				return
			}
		}
		path := open[depth-2].Name.Local + "/" + e.Name.Local
		if put, ok := dialects[doc.root][path]; ok {
			put(&s, value[:min(len(value), maxValue)])
			heard = true
		}
	})
	switch {
	case err != nil && slices.Contains([]string{"EInvoice", "eInvoice", "OFD"}, doc.root):
		return document{}, ErrBroken
	case err != nil:
		return document{}, nil
	case air:
		return document{}, ErrItinerary
	case !heard:
		return doc, nil
	}
	found, err := s.invoice()
	if err != nil {
		return document{}, err
	}
	doc.parts = []Invoice{found}
	return doc, nil
}

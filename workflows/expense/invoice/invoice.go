package invoice

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/nod-chat/nod/workflows"
)

// Invoice is what an e-invoice says of itself. Nothing of it is proven: signatures are not checked, and nobody asks the tax bureau.
type Invoice struct {
	Number   string          // 20 digits; of an older one its code (10 or 12 digits) and then its number (8 digits)
	Date     workflows.Date  // of issue, also on a train ticket
	Amount   workflows.Money // with tax, in CNY, above zero
	Tax      workflows.Money // in CNY; no currency: it does not say; 0 CNY: it is free of tax
	Seller   string          // as printed, its full-width signs made narrow; may be empty
	Category string          // the tax bureau's word for all its lines, as 餐饮服务; empty when there is none or several
}

// What Read says of a file from which it takes nothing. Each is a sentence of its own for the person who sent the file.
var (
	ErrNone       = errors.New("the file is no e-invoice that can be read") // a photo, a scan, a PDF without text, any other file
	ErrTooLarge   = errors.New("the file is too large, or asks for too much work")
	ErrBroken     = errors.New("the file begins as an e-invoice and is broken")
	ErrLocked     = errors.New("the PDF is encrypted")
	ErrSeveral    = errors.New("the file holds several invoices: each is to be sent on its own")
	ErrRed        = errors.New("the file is a red-letter invoice, which takes another one back")
	ErrIncomplete = errors.New("the file is an e-invoice, and its number, date or amount cannot be read")
	ErrUnclear    = errors.New("the file says two different things of the same invoice")
	ErrItinerary  = errors.New("itineraries of air tickets (航空运输电子客票行程单) are not read")
)

// What a hostile file may cost. Real invoices take a hundredth of it.
const (
	maxUnpacked = 8 << 20  // bytes, of everything that is decompressed, together
	maxWork     = 64 << 20 // bytes looked at and steps done: under two seconds
	maxText     = 64 << 10 // bytes of one page's text
	maxValue    = 600      // bytes of one value
	maxPages    = 30       // that are looked at; an invoice with a list of its goods has a few
)

// budget is what one file may still cost. Whoever overdraws it panics with ErrTooLarge, which Read recovers.
type budget struct{ unpacked, work int }

func (b *budget) spend(work int) {
	if b.work -= work; b.work < 0 {
		panic(ErrTooLarge)
	}
}

func (b *budget) unpack(size int) {
	if b.unpacked -= size; b.unpacked < 0 {
		panic(ErrTooLarge)
	}
}

// Read reads the one e-invoice that a file holds: XML, OFD, PDF, or a ZIP of these. What the file is, is decided by its content. The
// errors are those above, perhaps wrapped.
func Read(content []byte) (found Invoice, err error) {
	if len(content) > workflows.MaxFileSize {
		return Invoice{}, ErrTooLarge
	}
	defer func() {
		switch r := recover(); {
		case r == nil:
		case r == ErrTooLarge:
			found, err = Invoice{}, ErrTooLarge
		default: // a mistake of this package that a stranger's file has found
			found, err = Invoice{}, fmt.Errorf("%w: %v", ErrBroken, r)
		}
	}()
	parts, err := read(content, 0, &budget{maxUnpacked, maxWork})
	if err != nil {
		return Invoice{}, err
	}
	switch {
	case len(parts) == 0:
		return Invoice{}, ErrNone
	case parts[0].Number == "", parts[0].Date.IsZero(), !known(parts[0].Amount):
		return Invoice{}, ErrIncomplete
	}
	return parts[0], nil
}

// read gives none or one invoice, some or all of whose fields may be missing.
func read(content []byte, depth int, b *budget) ([]Invoice, error) {
	switch {
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return readArchive(content, depth, b)
	case isXML(content):
		doc, err := readXML(content, b)
		if err != nil {
			return nil, err
		}
		return doc.parts, nil
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return readPDF(content, b)
	}
	return nil, nil
}

// join makes one invoice of several pages or files, if they are of the same one: all of them, or it alone, must say its number, so that no
// amount is taken from another.
func join(parts []Invoice) ([]Invoice, error) {
	if len(parts) > 1 && slices.ContainsFunc(parts, func(p Invoice) bool { return p.Number == "" }) {
		return nil, ErrIncomplete
	}
	return merge(parts)
}

// merge makes one invoice of what several places in one document say of it; the first that says something of seller and category is
// believed.
func merge(parts []Invoice) ([]Invoice, error) {
	var all Invoice
	for _, p := range parts {
		switch {
		case all.Number != "" && p.Number != "" && all.Number != p.Number:
			return nil, ErrSeveral
		case !all.Date.IsZero() && !p.Date.IsZero() && all.Date != p.Date,
			known(all.Amount) && known(p.Amount) && all.Amount != p.Amount,
			known(all.Tax) && known(p.Tax) && all.Tax != p.Tax:
			return nil, ErrUnclear
		}
		fill(&all.Number, p.Number)
		fill(&all.Date, p.Date)
		fill(&all.Amount, p.Amount)
		fill(&all.Tax, p.Tax)
		fill(&all.Seller, p.Seller)
		fill(&all.Category, p.Category)
	}
	return []Invoice{all}[:min(len(parts), 1)], nil
}

func fill[T comparable](field *T, value T) {
	var none T
	if *field == none {
		*field = value
	}
}

// said is what one place says of an invoice, in its own writing.
type said struct {
	code, number, date, net, tax, gross, seller string
	items                                       []string // names of lines, as *餐饮服务*餐费
	category                                    string   // where it is said without lines
	red, several                                bool
}

// invoice reads what was said. An amount below zero is what makes a red-letter invoice, where nothing else names it.
func (s said) invoice() (Invoice, error) {
	below := func(amount string) bool { return strings.HasPrefix(strings.TrimLeft(narrow(amount), "¥"), "-") }
	if s.red || below(s.net) || below(s.gross) {
		return Invoice{}, ErrRed
	}
	if s.several {
		return Invoice{}, ErrSeveral
	}
	found := Invoice{Seller: narrow(s.seller), Category: s.category}
	switch number, code := narrow(s.number), narrow(s.code); {
	case twenty.MatchString(number):
		found.Number = number
	case eight.MatchString(number) && tenOrTwelve.MatchString(code):
		found.Number = code + number
	}
	found.Date = date(s.date)
	net, tax, gross := yuan(s.net), yuan(s.tax), yuan(s.gross)
	switch {
	case known(net) && known(tax) && known(gross):
		if net.Minor+tax.Minor != gross.Minor {
			return Invoice{}, ErrUnclear
		}
	case known(net) && known(tax):
		gross = workflows.Money{Minor: net.Minor + tax.Minor, Currency: "CNY"}
	case known(net) && known(gross) && gross.Minor >= net.Minor:
		tax = workflows.Money{Minor: gross.Minor - net.Minor, Currency: "CNY"}
	}
	if gross.Minor > 0 {
		found.Amount = gross
	}
	found.Tax = tax
	fill(&found.Category, categoryOf(s.items))
	return found, nil
}

func known(m workflows.Money) bool { return m.Currency != "" }

// categoryOf gives the tax bureau's word with which all lines begin, nothing when there are several.
func categoryOf(items []string) (word string) {
	for _, item := range items {
		m := category.FindStringSubmatch(narrow(item))
		switch {
		case m == nil:
		case word != "" && word != m[1]:
			return ""
		default:
			word = m[1]
		}
	}
	return word
}

var (
	twenty      = regexp.MustCompile(`^\d{20}$`)
	eight       = regexp.MustCompile(`^\d{8}$`)
	tenOrTwelve = regexp.MustCompile(`^(\d{10}|\d{12})$`)
	category    = regexp.MustCompile(`\*(\p{Han}[\p{Han}\d、,()/]{0,19})\*`)
	separated   = regexp.MustCompile(`^(\d{4})[-年/.](\d{1,2})[-月/.](\d{1,2})(?:\D|$)`)
	compact     = regexp.MustCompile(`^(\d{4})(\d\d)(\d\d)(?:\d{6}|\d{9})?$`)
	freeOfTax   = regexp.MustCompile(`^(\*+|免税|不征税|-?0+(\.0+)?)$`)
)

// plain writes full-width signs as ordinary ones, 发票号码： as 发票号码:, and the radicals that fonts in PDFs like to name as the characters
// that they look like, ⽉ as 月.
func plain(s string) string { return strings.ReplaceAll(norm.NFKC.String(s), "\u2212", "-") }

// narrow is plain without any space.
func narrow(s string) string { return strings.Join(strings.Fields(plain(s)), "") }

// date reads 2024-01-24, 2024年01月24日 and 20240124, with or without a time of day behind it; what is no date is none.
func date(s string) workflows.Date {
	s, _, _ = strings.Cut(strings.TrimSpace(plain(s)), " ")
	m := compact.FindStringSubmatch(s)
	if m == nil {
		m = separated.FindStringSubmatch(s)
	}
	if m == nil {
		return workflows.Date{}
	}
	pad := func(s string) string { return ("0" + s)[len(s)-1:] }
	d, err := workflows.ParseDate(m[1] + "-" + pad(m[2]) + "-" + pad(m[3]))
	if err != nil {
		return workflows.Date{}
	}
	return d
}

// yuan reads an amount of zero or more; what is none has no currency.
func yuan(s string) workflows.Money {
	s = narrow(s)
	if freeOfTax.MatchString(strings.TrimLeft(s, "¥")) {
		return workflows.Money{Currency: "CNY"}
	}
	m, err := workflows.ParseMoney(s, "CNY")
	if err != nil {
		return workflows.Money{}
	}
	return m
}

package invoice

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// length is a place or a size on a page in 65536ths of its unit; sums and products stay within ±farthest, however absurd a file is.
type length int64

const (
	one      length = 1 << 16
	farthest        = 1 << 31
)

func clamp(n int64) length { return length(min(max(n, -farthest), farthest)) }

func (n length) plus(m length) length  { return clamp(int64(n) + int64(m)) }
func (n length) times(m length) length { return clamp((int64(n) * int64(m)) >> 16) }

// fixed reads a decimal number; what is none is 0.
func fixed(s string) length {
	s, negative := strings.CutPrefix(strings.TrimPrefix(s, "+"), "-")
	whole, fraction, _ := strings.Cut(s, ".")
	if len(fraction) > 6 {
		fraction = fraction[:6]
	}
	n, _ := strconv.ParseUint("0"+whole, 10, 40)
	f, _ := strconv.ParseUint((fraction + "000000")[:6], 10, 32)
	n = min(n, 1<<40)<<16 + f<<16/1_000_000
	if negative {
		return length(-int64(n))
	}
	return length(n)
}

// width estimates how wide a text is: a Chinese character is as wide as it is high, others half of that. It has to be right only so far as
// columns come out apart and words together.
func width(text string, size length) length {
	halves := int64(0)
	for _, r := range text {
		if halves++; r >= 0x1100 {
			halves++
		}
	}
	return clamp(min(halves, farthest>>16) * int64(size) / 2)
}

// span is a piece of text and where it stands; y grows downwards.
type span struct {
	x, end, y, size length
	text            string
}

// lines puts text in the order in which it is read: invoices are forms, and files draw all labels first and the values later. A tab
// stands between columns, no other space is left.
func lines(spans []span, b *budget) string {
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.y, b.y) })
	var page strings.Builder
	for len(spans) > 0 && page.Len() < maxText {
		n := 1
		for n < len(spans) && spans[n].y-spans[0].y <= max(spans[0].size, spans[n].size)/2 {
			n++
		}
		line := spans[:n]
		spans = spans[n:]
		slices.SortStableFunc(line, func(a, b span) int { return cmp.Compare(a.x, b.x) })
		for i, s := range line {
			if i > 0 && s.x-line[i-1].end > max(s.size, line[i-1].size) {
				page.WriteByte('\t')
			}
			for _, r := range s.text {
				if !unicode.IsSpace(r) && page.Len() < maxText {
					page.WriteRune(r)
				}
			}
		}
		page.WriteByte('\n')
	}
	text := plain(page.String())
	text = text[:min(len(text), maxText)]
	b.spend(64 * len(text)) // for the patterns that go through it
	return text
}

// The labels of invoices as they are printed, in the writing of lines. A column may lie between a label and its value, and older forms
// print 年, 月 and 日 behind a date that has its digits only.
const (
	gap   = `[\t ]*`
	colon = gap + `:` + gap
	cents = `(-?(?:¥[\t ]*)?-?[\d,]+\.\d\d)`
)

var (
	labelCode   = regexp.MustCompile(`发票代码` + colon + `(\d{12}|\d{10})(?:\D|$)`)
	labelNumber = regexp.MustCompile(`发票号码` + colon + `(\d{20}|\d{8})(?:\D|$)`)
	labelDate   = regexp.MustCompile(`开票日期` + colon + `(\d{4})[年\t-]*(\d{1,2})[月\t-]*(\d{1,2})(?:\D|$)`)
	labelGross  = regexp.MustCompile(`(?:\(小写\)|票` + gap + `价)` + gap + `:?` + gap + cents)
	labelNet    = regexp.MustCompile(`(?m)(?:^|[^税])合` + gap + `计` + gap + cents + gap + `(?:` + cents + `|(\*+))`)
	labelName   = regexp.MustCompile(`名` + gap + `称` + colon)
	anyItem     = regexp.MustCompile(`(?m)(?:^|\t)(\*\p{Han}[^*\n]*\*)`)
	title       = regexp.MustCompile(`电子发票\((?:普通发票|增值税专用发票|铁路电子客票)\)|增值税电子(?:普通|专用)发票`)
	titleTrain  = regexp.MustCompile(`电子发票\((铁路电子客票)\)`)
	titleFlight = regexp.MustCompile(`电子发票\(航空运输电子客票行程单\)`)
	behindName  = regexp.MustCompile(`统一社会信用代码|纳税人识别号`)
)

// readPage reads a page as it is seen, in the writing of lines; one that is no invoice gives none. A number whose label stands somewhere
// else is not guessed: accounts and tax numbers have as many digits.
func readPage(page string) ([]Invoice, error) {
	if titleFlight.MatchString(page) {
		return nil, ErrItinerary
	}
	numbers := labelNumber.FindAllStringSubmatch(page, -1)
	if len(numbers) == 0 && !title.MatchString(page) {
		return nil, nil
	}
	s := said{gross: group(labelGross, page), seller: sellerOf(page), category: group(titleTrain, page)}
	if m := labelNet.FindStringSubmatch(page); m != nil {
		s.net, s.tax = m[1], m[2]+m[3]
	}
	if m := labelDate.FindStringSubmatch(page); m != nil {
		s.date = m[1] + "-" + m[2] + "-" + m[3]
	}
	for _, m := range anyItem.FindAllStringSubmatch(page, -1) {
		s.items = append(s.items, m[1])
	}
	if _, err := s.invoice(); err != nil { // a red-letter invoice names the one that it takes back: two numbers, and yet not several
		return nil, err
	}
	codes := labelCode.FindAllStringSubmatch(page, -1)
	for i, m := range numbers {
		if i < len(codes) {
			m[0] = codes[i][1] + m[1]
		} else {
			m[0] = m[1]
		}
		if m[0] != numbers[0][0] {
			return nil, ErrSeveral
		}
		s.number, s.code = m[1], m[0][:len(m[0])-len(m[1])]
	}
	found, err := s.invoice()
	return []Invoice{found}, err
}

// group gives what the first group of a pattern holds, where it is first found.
func group(pattern *regexp.Regexp, page string) string {
	if m := pattern.FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return ""
}

// sellerOf gives the second of the two names on an invoice: the buyer stands left of it, or above.
func sellerOf(page string) string {
	labels := labelName.FindAllStringIndex(page, -1)
	if len(labels) != 2 {
		return ""
	}
	value := page[labels[1][1]:]
	value = value[:min(strings.IndexAny(value+"\n", "\t\n"), maxValue)]
	if i := behindName.FindStringIndex(value); i != nil {
		value = value[:i[0]]
	}
	return value
}

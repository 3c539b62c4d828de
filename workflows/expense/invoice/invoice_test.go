package invoice_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/expense/invoice"
)

func shown(i invoice.Invoice) string {
	tax := "?"
	if i.Tax.Currency != "" {
		tax = i.Tax.String()
	}
	return fmt.Sprintf("%s %s %s tax %s %s %s", i.Number, i.Date, i.Amount, tax, i.Seller, i.Category)
}

func TestOneInvoice(t *testing.T) {
	const (
		wanted      = "26112000001182262999 2026-03-26 270.00 CNY tax 15.28 CNY 某某餐饮管理(北京)有限公司 餐饮服务"
		wantedOlder = "01100190031121010099 2020-04-07 318.00 CNY tax 18.00 CNY 北京市示例茶馆 餐饮服务"
		noSeller    = "26112000001182262999 2026-03-26 270.00 CNY tax 15.28 CNY  "
	)
	train := paper{number: "26329116804009553999", date: "2026-08-21", net: "66.06", tax: "5.94", gross: "72.00", buyer: "示例科技有限公司"}
	trainPDF, informed := newPDF(), newPDF()
	trainPDF.stream(8, "/Type/EmbeddedFile", train.trainXML())
	trainPDF.pages(ucs2, draw(hexUCS2, []put{{"56", "12", "电子发票（铁路电子客票）"}, {"10", "20", "发票号码:" + train.number}, {"150", "20", "开票日期:2026年08月21日"},
		{"90", "50", "2026年08月20日"}, {"20", "60", "票价:"}, {"30", "60", "￥72.00"}, {"20", "80", "购买方名称:示例科技有限公司"}}))
	seen := newPDF()
	seen.pages(ucs2, draw(hexUCS2, []put{{"56", "12", "电子发票（铁路电子客票）"}, {"10", "20", "发票号码:" + train.number}, {"150", "20", "开票日期:2026年08月21日"},
		{"90", "50", "2026年08月20日"}, {"20", "60", "票价:"}, {"30", "60", "￥72.00"}, {"20", "80", "购买方名称:示例科技有限公司"}}))
	informed.object(9, "<</InvoiceNumber("+digital.number+")/IssueTime("+digital.date+")/TotalAmWithoutTax(254.72)/TotalTaxAm(15.28)"+
		"/TotalTax-includedAmount(270.00)/SellerName<FEFF"+hexUCS2(digital.seller)[1:]+">>")
	free := digital
	free.net, free.tax = "270.00", "***"
	two := digital
	two.item = "*餐饮服务*餐费</ItemName></IssuItemInformation><IssuItemInformation><ItemName>*住宿服务*住宿费"
	gbkXML := hexBytes(hexGBK(strings.Replace(digital.xml(), "utf-8", "GBK", 1)))
	wrapped := strings.ReplaceAll(strings.ReplaceAll(digital.xml(), "<InvoiceNumber>", "<InvoiceNumber><ofd:ObjectData xmlns:ofd='x'>"), "</InvoiceNumber>",
		"</ofd:ObjectData></InvoiceNumber>")
	revised := bytes.Replace(digital.pdf(), []byte("%PDF-1.4"), []byte("%PDF-1.4\n100 0 obj\n<</Type/Page/Parent 2 0 R/Contents 99 0 R>>\nendobj\n"), 1)

	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"XML":                                   {[]byte(digital.xml()), wanted},
		"XML behind a byte order mark":          {[]byte("\xEF\xBB\xBF\r\n" + digital.xml()), wanted},
		"XML in GBK":                            {gbkXML, wanted},
		"XML with its values wrapped":           {[]byte(wrapped), wanted},
		"XML whose lines differ":                {[]byte(strings.ReplaceAll(strings.ReplaceAll(two.xml(), "&lt;", "<"), "&gt;", ">")), strings.TrimSuffix(wanted, "餐饮服务")},
		"XML free of tax":                       {[]byte(free.xml()), strings.Replace(wanted, "15.28", "0.00", 1)},
		"XML of an older one":                   {[]byte(older.olderXML()), wantedOlder},
		"XBRL of a train":                       {[]byte(train.trainXML()), "26329116804009553999 2026-08-21 72.00 CNY tax 5.94 CNY  铁路电子客票"},
		"ZIP with XML":                          {archive("xml/dzfp.xml", digital.xml(), "liesmich.txt", "nothing"), wanted},
		"ZIP with all forms of the same":        {archive("a.xml", digital.xml(), "a.pdf", string(digital.pdf()), "a.ofd", string(digital.ofd(""))), wanted},
		"ZIP whose PDF is locked":               {archive("a.pdf", "%PDF-1.4\ntrailer<</Encrypt 1 0 R>>", "a.xml", digital.xml()), wanted},
		"OFD":                                   {digital.ofd(""), wanted},
		"OFD without tags":                      {digital.ofd("tags"), wanted},
		"OFD without custom data":               {digital.ofd("data"), wanted},
		"OFD with nothing but text":             {digital.ofd("data tags"), wanted},
		"OFD of an older one":                   {older.ofd(""), wantedOlder},
		"OFD of an older one, text":             {older.ofd("data tags"), wantedOlder},
		"OFD with XML attached":                 {archive("OFD.xml", "<OFD/>", "Doc_0/Attachs/original_invoice.xml", older.olderXML()), wantedOlder},
		"OFD of a train":                        {archive("OFD.xml", "<OFD/>", "Doc_0/Attachs/rai_issuer_1.xml", train.trainXML()), "26329116804009553999 2026-08-21 72.00 CNY tax 5.94 CNY  铁路电子客票"},
		"PDF":                                   {digital.pdf(), wanted},
		"PDF in GBK":                            {digital.pdfOf("gbk"), wanted},
		"PDF with a map of characters":          {digital.pdfOf("map"), wanted},
		"PDF with a map of ranges":              {digital.pdfOf("range"), wanted},
		"PDF whose page is a form":              {digital.pdfOf("form"), wanted},
		"PDF letter by letter":                  {digital.pdfOf("letters"), wanted},
		"PDF with its objects packed":           {digital.pdfOf("packed"), wanted},
		"PDF of an older one":                   {older.pdf(), wantedOlder},
		"PDF of an older one, letter by letter": {older.pdfOf("letters"), wantedOlder},
		"PDF of a train, with XBRL":             {trainPDF.Bytes(), "26329116804009553999 2026-08-21 72.00 CNY tax 5.94 CNY  铁路电子客票"},
		"PDF of a train":                        {seen.Bytes(), "26329116804009553999 2026-08-21 72.00 CNY tax ?  铁路电子客票"},
		"PDF with document information":         {informed.Bytes(), strings.TrimSuffix(wanted, "餐饮服务")},
		"PDF with an older state of a page":     {revised, wanted},
		"OFD with custom data alone":            {archive("OFD.xml", onlyData(digital)), noSeller},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := invoice.Read(c.content)
			if got := shown(found); err != nil || got != c.want {
				t.Errorf("got  %s (%v)\nwant %s", got, err, c.want)
			}
		})
	}
}

func onlyData(p paper) string {
	return `<ofd:OFD` + ofdNamespace + `><ofd:CustomData Name="发票号码">` + p.number + `</ofd:CustomData><ofd:CustomData Name="合计金额">` + p.net +
		`</ofd:CustomData><ofd:CustomData Name="合计税额">` + p.tax + `</ofd:CustomData><ofd:CustomData Name="开票日期">` + p.chineseDate() + `</ofd:CustomData></ofd:OFD>`
}

func hexBytes(s string) []byte {
	var b []byte
	if _, err := fmt.Sscanf(strings.Trim(s, "<>"), "%X", &b); err != nil {
		panic(err)
	}
	return b
}

// Each of these is a sentence of its own for whoever sent the file.
func TestWhatIsNotTaken(t *testing.T) {
	other := digital
	other.number = "26112000001182262888"
	red := digital
	red.net, red.tax, red.gross = "-254.72", "-15.28", "-270.00"
	wrongSum := digital
	wrongSum.gross = "271.00"
	later := digital
	later.date = "2026-04-26"
	page := func(p paper) string { return draw(hexUCS2, append(labels(p), values(p)...)) }
	pdf := func(contents ...string) []byte {
		f := newPDF()
		f.pages(ucs2, contents...)
		return f.Bytes()
	}
	text := func(all ...put) []byte { return pdf(draw(hexUCS2, all)) }
	noNumber := strings.NewReplacer("<InvoiceNumber>"+digital.number, "<InvoiceNumber>")
	noAmount := strings.NewReplacer(digital.net, "", digital.tax, "", digital.gross, "")
	informed := newPDF()
	informed.object(9, "<</InvoiceNumber("+other.number+")>>")
	informed.pages(ucs2, page(digital))
	scan := newPDF()
	scan.stream(4, "/Subtype/Image", "….")
	scan.pages(ucs2, "q 595 0 0 842 0 0 cm /X Do Q")

	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"nothing":                                    {nil, invoice.ErrNone},
		"a photo":                                    {[]byte("\xFF\xD8\xFF\xE0\x00\x10JFIF"), invoice.ErrNone},
		"text":                                       {[]byte("发票号码：26112000001182262999"), invoice.ErrNone},
		"a web page":                                 {[]byte("<!DOCTYPE html><html><body>发票</body></html>"), invoice.ErrNone},
		"other XML":                                  {[]byte("<Order><InvoiceNumber>26112000001182262999</InvoiceNumber></Order>"), invoice.ErrNone},
		"a fiscal bill":                              {[]byte("<EInvoice><Header><EInvoiceID>1</EInvoiceID></Header></EInvoice>"), invoice.ErrNone},
		"an archive of photos":                       {archive("a.jpg", "\xFF\xD8\xFF"), invoice.ErrNone},
		"an archive that is broken":                  {[]byte("PK\x03\x04broken"), invoice.ErrNone},
		"a scan":                                     {scan.Bytes(), invoice.ErrNone},
		"a PDF of a trip":                            {text(put{"10", "10", "滴滴出行-行程单"}, put{"10", "20", "合计"}, put{"20", "20", "¥12.00"}), invoice.ErrNone},
		"a PDF that is cut":                          {digital.pdf()[:60], invoice.ErrNone},
		"too many bytes":                             {make([]byte, workflows.MaxFileSize+1), invoice.ErrTooLarge},
		"XML that is cut":                            {[]byte(digital.xml()[:300]), invoice.ErrBroken},
		"XML with a document type":                   {[]byte(`<?xml version="1.0"?><!DOCTYPE EInvoice [<!ENTITY a "b">]>` + digital.xml()[strings.Index(digital.xml(), "<EInvoice"):]), invoice.ErrNone},
		"a locked PDF":                               {[]byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj trailer<</Root 1 0 R/Encrypt 2 0 R>>"), invoice.ErrLocked},
		"XML of a red-letter invoice":                {[]byte(red.xml()), invoice.ErrRed},
		"XML marked as red-letter":                   {[]byte(strings.Replace(digital.xml(), "<LabelCode>Y<", "<LabelCode>N<", 1)), invoice.ErrRed},
		"OFD of a red-letter invoice":                {red.ofd(""), invoice.ErrRed},
		"OFD of a red-letter one, text":              {red.ofd("data tags"), invoice.ErrRed},
		"PDF of a red-letter invoice":                {red.pdf(), invoice.ErrRed},
		"PDF that names what it reverses":            {pdf(page(red) + draw(hexUCS2, []put{{"12", "110", "对应发票号码:" + other.number}})), invoice.ErrRed},
		"PDF with two pages":                         {pdf(page(digital), page(other)), invoice.ErrSeveral},
		"PDF with two on a page":                     {pdf(page(digital) + "q 1 0 0 1 0 -400 cm " + page(other) + " Q"), invoice.ErrSeveral},
		"PDF with another in its head":               {informed.Bytes(), invoice.ErrSeveral},
		"ZIP with two":                               {archive("a.xml", digital.xml(), "b.xml", other.xml()), invoice.ErrSeveral},
		"ZIP with a new and an older one":            {archive("a.xml", digital.xml(), "b.pdf", string(older.pdf())), invoice.ErrSeveral},
		"OFD with two":                               {archive("OFD.xml", strings.Replace(onlyData(digital), "</ofd:OFD>", strings.Replace(onlyData(other), ofdNamespace, "", 1)+"</ofd:OFD>", 1)), invoice.ErrSeveral},
		"ZIP with two OFDs":                          {archive("a.ofd", string(digital.ofd("")), "b.ofd", string(other.ofd(""))), invoice.ErrSeveral},
		"XML whose amounts do not add up":            {[]byte(wrongSum.xml()), invoice.ErrUnclear},
		"ZIP with two dates":                         {archive("a.xml", digital.xml(), "a.pdf", string(later.pdf())), invoice.ErrUnclear},
		"ZIP with a number here and an amount there": {archive("a.xml", noAmount.Replace(digital.xml()), "b.xml", noNumber.Replace(digital.xml())), invoice.ErrIncomplete},
		"PDF with a number here and an amount there": {pdf(draw(hexUCS2, []put{{"154", "11", "发票号码:" + digital.number}, {"154", "17", "开票日期:2026年03月26日"}}),
			draw(hexUCS2, []put{{"56", "12", "电子发票（普通发票）"}, {"144", "100", "（小写）¥12.00"}})), invoice.ErrIncomplete},
		"XML without a number":           {[]byte(noNumber.Replace(digital.xml())), invoice.ErrIncomplete},
		"XML with a number of 19":        {[]byte(strings.ReplaceAll(digital.xml(), digital.number, digital.number[1:])), invoice.ErrIncomplete},
		"older XML without its code":     {[]byte(strings.Replace(older.olderXML(), older.code, "", 1)), invoice.ErrIncomplete},
		"XML with a day that is not":     {[]byte(strings.ReplaceAll(digital.xml(), "2026-03-26", "2026-02-30")), invoice.ErrIncomplete},
		"XML of nothing":                 {[]byte(paper{number: digital.number, date: digital.date, net: "0.00", tax: "0.00", gross: "0.00"}.xml()), invoice.ErrIncomplete},
		"PDF with a title and no number": {text(put{"56", "12", "电子发票（普通发票）"}, put{"10", "60", "26112000001182262999"}), invoice.ErrIncomplete},
		"PDF of a flight":                {text(put{"56", "12", "电子发票（航空运输电子客票行程单）"}, put{"10", "20", "发票号码:26112000001182262999"}), invoice.ErrItinerary},
		"XBRL of a flight": {[]byte(`<xbrl xmlns:atr="http://xbrl.mof.gov.cn/taxonomy/2023-12-31/atr"><atr:Fare>1</atr:Fare></xbrl>`),
			invoice.ErrItinerary},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := invoice.Read(c.content)
			if !errors.Is(err, c.want) || found != (invoice.Invoice{}) {
				t.Errorf("got %s (%v), want %v", shown(found), err, c.want)
			}
		})
	}
}

// The same invoice reads the same from each form, so that its number is known again whatever form the next one sends.
func TestEveryFormReadsTheSame(t *testing.T) {
	cents := func(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }
	rapid.Check(t, func(t *rapid.T) {
		net, tax := rapid.IntRange(1, 99_999_999).Draw(t, "net"), rapid.IntRange(0, 9_999_999).Draw(t, "tax")
		if tax == 0 {
			tax = 1
		}
		p := paper{
			net: cents(net), tax: cents(tax), gross: cents(net + tax),
			date:   workflows.DateFromDays(rapid.IntRange(18_000, 25_000).Draw(t, "day")).String(),
			number: rapid.StringMatching(`2[1-9][0-9]{18}`).Draw(t, "number"),
			seller: rapid.StringMatching(`[甲乙丙丁（]{2,6}[a-zA-Z]{0,4}公司`).Draw(t, "seller"),
			buyer:  rapid.SampledFrom([]string{"个人", "", "示例科技有限公司"}).Draw(t, "buyer"),
			item:   "*" + rapid.SampledFrom([]string{"餐饮服务", "住宿服务", "运输服务", "经营租赁"}).Draw(t, "word") + "*x",
		}
		if rapid.Bool().Draw(t, "older") {
			p.code = rapid.StringMatching(`[01][0-9]{9}([0-9]{2})?`).Draw(t, "code")
			p.number = p.number[:8]
		}
		xml := p.xml()
		if p.code != "" {
			xml = p.olderXML()
		}
		want, err := invoice.Read([]byte(xml))
		if err != nil || want.Number != p.code+p.number || want.Amount.Amount() != p.gross || want.Tax.Amount() != p.tax || want.Date.String() != p.date ||
			want.Seller == "" || want.Category == "" {
			t.Fatalf("XML: %s (%v) of %+v", shown(want), err, p)
		}
		forms := map[string][]byte{"OFD": p.ofd(""), "OFD without tags": p.ofd("tags"), "OFD without data": p.ofd("data"), "OFD's text": p.ofd("data tags"),
			"PDF": p.pdf(), "ZIP": archive("1", string(p.pdf()), "2", xml)}
		for _, way := range []string{"gbk", "map", "range", "form", "letters", "packed"} {
			forms["PDF "+way] = p.pdfOf(way)
		}
		for name, content := range forms {
			if got, err := invoice.Read(content); err != nil || got != want {
				t.Errorf("%s: %s (%v), want %s", name, shown(got), err, shown(want))
			}
		}
	})
}

// A bomb unpacks to much more than it is. Each of these asks for more than any invoice does and is refused by the budget, not by luck: were
// it not counted, most would run for minutes or take gigabytes.
func TestFilesThatAskForTooMuch(t *testing.T) {
	pack := func(content string, times int) string {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		for range times {
			z.Write([]byte(content))
		}
		z.Close()
		return b.String()
	}
	million := strings.Repeat("a", 1<<20)
	pdf := func(objects ...string) []byte {
		return []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]>>endobj " +
			"3 0 obj<</Type/Page/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>>>endobj " + strings.Join(objects, " "))
	}
	flate := func(id int, entries, packed string) string {
		return fmt.Sprintf("%d 0 obj<</Filter/FlateDecode/Length %d%s>>stream\n%s\nendstream endobj", id, len(packed), entries, packed)
	}
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	var entries []string
	for i := range 501 {
		entries = append(entries, fmt.Sprint(i), "x")
	}
	quine := archive("a", million)
	for range 3 {
		quine = archive("a", string(quine), "b", string(quine))
	}
	var ids strings.Builder
	for i := range 1 << 19 {
		fmt.Fprintf(&ids, "%d 0 ", i)
	}
	const glyphs = "1 beginbfchar <0001> <"
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"an archive with a bomb":          {archive("a", "<"+many(million, 9)), invoice.ErrTooLarge},
		"an archive with many small ones": {archive("a", "<"+many(million, 3), "b", "<"+many(million, 3), "c", "<"+many(million, 3)), invoice.ErrTooLarge},
		"an archive with many entries":    {archive(entries...), invoice.ErrTooLarge},
		"archives in archives":            {quine, invoice.ErrNone},
		"XML nested deep":                 {[]byte(many("<a>", 1<<20)), invoice.ErrNone},
		"XML with many elements":          {[]byte("<a>" + many("<b/>", 2<<20)), invoice.ErrTooLarge},
		"XML that swells":                 {[]byte(`<!DOCTYPE a [<!ENTITY a "` + many("b", 1000) + `"><!ENTITY c "` + many("&a;", 1000) + `">]><EInvoice>&c;</EInvoice>`), invoice.ErrNone},
		"XML that names a file":           {[]byte(`<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><EInvoice><Header><EIid>&a;</EIid></Header></EInvoice>`), invoice.ErrNone},
		"a page of one string":            {pdf(flate(4, "", pack("BT /F 1 Tf ("+million, 20))), invoice.ErrTooLarge},
		"a page of many operators":        {pdf(flate(4, "", pack(many("q ", 1<<20), 4))), invoice.ErrNone},
		"a page of many texts": {pdf(flate(4, "", pack("BT /F 1 Tf "+many("<0041>Tj ", 1<<18), 2)), "5 0 obj<</Subtype/Type0"+ucs2+">>endobj"),
			invoice.ErrTooLarge},
		"a page that lists a stream often": {pdf("3 0 obj<</Type/Page/Contents["+many("4 0 R ", 1000)+"]>>endobj", flate(4, "", pack(million, 7))), invoice.ErrTooLarge},
		"a form that paints itself":        {pdf(flate(4, "", pack("/X Do ", 1)), flate(6, "/Subtype/Form", pack("/X Do ", 100))), invoice.ErrTooLarge},
		"a tree of pages in a circle":      {pdf("2 0 obj<</Type/Pages/Kids[2 0 R 3 0 R 2 0 R]>>endobj 3 0 obj<</Kids[2 0 R 3 0 R]>>endobj"), invoice.ErrNone},
		"a page that is its own content":   {pdf("4 0 obj 4 0 R endobj"), invoice.ErrNone},
		"a map of everything":              {pdf(flate(4, "", pack("BT /F 1 Tf <0001>Tj ", 1)), "5 0 obj<</Subtype/Type0/ToUnicode 7 0 R>>endobj", flate(7, "", pack("1 beginbfrange <0000> <FFFF> <0000> endbfrange ", 1000))), invoice.ErrTooLarge},
		"a character that is a novel":      {pdf(flate(4, "", pack("BT /F 1 Tf "+many("<0001>Tj ", 100), 100)), "5 0 obj<</Subtype/Type0/ToUnicode 7 0 R>>endobj", flate(7, "", pack(glyphs+many("0041", 1<<18)+"> endbfchar", 1))), invoice.ErrNone},
		"a stream of objects without end":  {pdf(flate(7, "/Type/ObjStm/N 99999999999/First 0", pack(ids.String(), 1))), invoice.ErrTooLarge},
		"a stream of objects of itself":    {pdf(flate(7, "/Type/ObjStm/N 1/First 4", pack("7 0 <</Type/ObjStm>>", 1))), invoice.ErrNone},
		"strings that do not end":          {[]byte("%PDF-1.4\n" + many("1 0 obj(", 1<<20)), invoice.ErrNone},
		"dictionaries that do not end":     {[]byte("%PDF-1.4\n" + many("1 0 obj<</A", 1<<19)), invoice.ErrNone},
		"arrays that do not end":           {[]byte("%PDF-1.4\n1 0 obj" + many("[", 5<<20)), invoice.ErrNone},
		"streams that do not end":          {[]byte("%PDF-1.4\n" + many("1 0 obj<<>>stream\n", 1<<18)), invoice.ErrNone},
		"many objects":                     {[]byte("%PDF-1.4\n" + many("1 0 obj 1 ", 1<<20)), invoice.ErrTooLarge},
		"numbers without end":              {[]byte("%PDF-1.4\n1 0 obj[" + many("9", 5<<20) + " -" + many("9", 5<<10) + "." + many("9", 99) + "]"), invoice.ErrNone},
		"places far away": {pdf(flate(4, "", pack("99999999 99999999 -99999999 99999999 99999999 99999999 cm BT /F 99999999 Tf 9999999 0 0 -99999999 "+
			"99999999 99999999 Tm [<00410041> -99999999999999] TJ ", 200)), "5 0 obj<</Subtype/Type0"+ucs2+">>endobj"), invoice.ErrNone},
	} {
		t.Run(name, func(t *testing.T) {
			if found, err := invoice.Read(c.content); !errors.Is(err, c.want) || found != (invoice.Invoice{}) {
				t.Errorf("got %s (%v), want %v", shown(found), err, c.want)
			}
		})
	}
}

// FuzzRead holds that whatever a file is, it is read or refused by one of the errors, within the bounds of a value, and twice the same.
func FuzzRead(f *testing.F) {
	for _, p := range []paper{digital, older} {
		f.Add(p.ofd(""))
		f.Add(p.pdf())
		f.Add(p.pdfOf("packed"))
		f.Add(p.pdfOf("map"))
		f.Add(p.pdfOf("form"))
	}
	f.Add([]byte(digital.xml()))
	f.Add([]byte(older.olderXML()))
	f.Add([]byte(digital.trainXML()))
	f.Add([]byte(ofdPage(1, "", values(digital))))
	// What is not packed can be changed by a fuzzer where it counts.
	f.Add([]byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Kids[3 0 R]/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>>>endobj " +
		"3 0 obj<</Contents[4 0 R]>>endobj 4 0 obj<</Length 9999>>stream\n" + draw(hexUCS2, append(labels(digital), values(digital)...)) +
		" /X Do BI /W 1 ID x EI (a\\051\\)b) ' T* [(a) -20 <41>] TJ endstream endobj 5 0 obj<</Subtype/Type0/Encoding/UniGB-UTF16-H/ToUnicode 7 0 R>>endobj " +
		"6 0 obj<</Subtype/Form/Matrix[1 0 0 1 0 0]/Length 5>>stream\n/X Do endstream endobj 7 0 obj<<>>stream\n1 beginbfrange <0000> <0010> [<0041> <0042>] " +
		"<0020> <0030> <0041> endbfrange 1 beginbfchar <31> <0031> endbfchar endstream endobj 8 0 obj<</Type/ObjStm/N 1/First 4>>stream\n9 0 <<>>endstream endobj"))
	known := []error{invoice.ErrNone, invoice.ErrTooLarge, invoice.ErrBroken, invoice.ErrLocked, invoice.ErrSeveral, invoice.ErrRed,
		invoice.ErrIncomplete, invoice.ErrUnclear, invoice.ErrItinerary}
	f.Fuzz(func(t *testing.T, content []byte) {
		found, err := invoice.Read(content)
		if again, err2 := invoice.Read(content); again != found || fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("read as %s (%v), then as %s (%v)", shown(found), err, shown(again), err2)
		}
		if err != nil {
			for _, k := range known {
				// A panic that was recovered is a broken file to its sender and a mistake to us: it has more behind the sentence.
				if err == k {
					return
				}
			}
			t.Fatalf("an error of its own: %v", err)
		}
		d := found.Date
		if n := len(found.Number); n != 18 && n != 20 || strings.Trim(found.Number, "0123456789") != "" || d.IsZero() || d != d.AddDays(0) ||
			found.Amount.Minor <= 0 || found.Amount.Currency != "CNY" || found.Tax.Minor < 0 || len(found.Seller) > 4096 || len(found.Category) > 256 {
			t.Fatalf("read as %+v", found)
		}
	})
}

package invoice_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"fmt"
	"html"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// paper is an invoice as its seller writes it. All names and numbers in these tests are made up.
type paper struct {
	code, number, date  string // date as 2026-03-26
	net, tax, gross     string
	seller, buyer, item string
}

var digital = paper{number: "26112000001182262999", date: "2026-03-26", net: "254.72", tax: "15.28", gross: "270.00",
	seller: "某某餐饮管理（北京）有限公司", buyer: "示例科技有限公司", item: "*餐饮服务*餐费"}

var older = paper{code: "011001900311", number: "21010099", date: "2020-04-07", net: "300.00", tax: "18.00", gross: "318.00",
	seller: "北京市示例茶馆", buyer: "示例科技有限公司", item: "*餐饮服务*餐费"}

func (p paper) chineseDate() string {
	return p.date[:4] + "年" + p.date[5:7] + "月" + p.date[8:] + "日"
}

// xml is a fully digitalised invoice's own: the elements, their order and the two forms of a date as in
// github.com/BitBrewing/EInvoiceXml2Pdf, assets/demo.xml.
func (p paper) xml() string {
	e := html.EscapeString
	return `<?xml version="1.0" encoding="utf-8" standalone="yes"?><EInvoice><Header><EIid>` + p.number + `</EIid><EInvoiceTag>SWEI1100</EInvoiceTag>
<InherentLabel><InIssuType><LabelCode>Y</LabelCode><LabelName>是否蓝字发票标志</LabelName></InIssuType></InherentLabel></Header>
<EInvoiceData><SellerInformation><SellerIdNum>91110000000000000X</SellerIdNum><SellerName>` + e(p.seller) + `</SellerName></SellerInformation>
<BuyerInformation><BuyerName>` + e(p.buyer) + `</BuyerName></BuyerInformation>
<BasicInformation><TotalAmWithoutTax>` + p.net + `</TotalAmWithoutTax><TotalTaxAm>` + p.tax + `</TotalTaxAm>
<TotalTax-includedAmount>` + p.gross + `</TotalTax-includedAmount><RequestTime>` + p.date + ` 16:23:48</RequestTime></BasicInformation>
<IssuItemInformation><ItemName>` + e(p.item) + `</ItemName><Amount>` + p.net + `</Amount></IssuItemInformation></EInvoiceData>
<TaxSupervisionInfo><InvoiceNumber>` + p.number + `</InvoiceNumber><IssueTime>` + p.date + `</IssueTime></TaxSupervisionInfo></EInvoice>`
}

// olderXML is what an older invoice's OFD has attached, in the names that github.com/sanluan/einvoice reads (OfdInvoiceExtractor.java).
func (p paper) olderXML() string {
	e := html.EscapeString
	return `<?xml version="1.0" encoding="utf-8"?><eInvoice xmlns:fp="http://www.edrm.org.cn/schema/e-invoice/2019" Version="1.0">
<fp:DocID>01</fp:DocID><fp:InvoiceCode>` + p.code + `</fp:InvoiceCode><fp:InvoiceNo>` + p.number + `</fp:InvoiceNo>
<fp:IssueDate>` + p.chineseDate() + `</fp:IssueDate><fp:Buyer><fp:BuyerName>` + e(p.buyer) + `</fp:BuyerName></fp:Buyer>
<fp:Seller><fp:SellerName>` + e(p.seller) + `</fp:SellerName></fp:Seller>
<fp:TaxInclusiveTotalAmount>` + p.gross + `</fp:TaxInclusiveTotalAmount><fp:TaxTotalAmount>` + p.tax + `</fp:TaxTotalAmount>
<fp:TaxExclusiveTotalAmount>` + p.net + `</fp:TaxExclusiveTotalAmount><fp:GoodsInfos><fp:GoodsInfo><fp:Item>` + e(p.item) + `</fp:Item>
<fp:Amount>` + p.net + `</fp:Amount></fp:GoodsInfo></fp:GoodsInfos></eInvoice>`
}

// trainXML is the XBRL of a train ticket, with the elements of the Ministry of Finance's taxonomy rai of 2021-11-30.
func (p paper) trainXML() string {
	fact := func(name, value string) string {
		return `<rai:` + name + ` contextRef="now">` + value + `</rai:` + name + `>`
	}
	return `<?xml version="1.0" encoding="UTF-8"?><xbrl xmlns="http://www.xbrl.org/2003/instance"
 xmlns:rai="http://xbrl.mof.gov.cn/taxonomy/2021-11-30/rai"><context id="now"><entity><identifier scheme="x">1</identifier></entity></context>` +
		fact("TypeOfVoucher", "电子发票（铁路电子客票）") + fact("ElectronicInvoiceRailwayETicketNumber", p.number) +
		fact("DateOfIssue", p.date) + fact("TravelDate", "2026-03-01") + fact("Fare", p.gross) +
		fact("TotalAmountExcludingTax", p.net) + fact("TaxAmount", p.tax) + fact("NameOfPurchaser", p.buyer) + `</xbrl>`
}

// archive makes a ZIP of names and contents in turn.
func archive(files ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

const ofdNamespace = ` xmlns:ofd="http://www.ofdspec.org/2016"`

// put is a piece of text at a place, in millimetres from the top left.
type put struct {
	x, y string
	text string
}

// labels and values are where the tax bureau's form has them: places and sizes as in github.com/erma0/fapiao-print,
// sample_ofd_extracted, template and page. The labels are the template, so they come before all values.
func labels(p paper) []put {
	if p.code != "" {
		return []put{{"70", "12", "增值税电子普通发票"}, {"154", "5", "发票代码:"}, {"154", "11", "发票号码:"}, {"154", "17", "开票日期:"},
			{"176.4", "17", "年"}, {"181.3", "17", "月"}, {"186", "17", "日"}, {"12", "36", "名        称:"}, {"12", "90.4", "合"}, {"30", "90.4", "计"}, {"12", "100", "价税合计（大写）"},
			{"140", "100", "（小写）"}, {"12", "110", "名        称:"}}
	}
	return []put{{"56", "12", "电子发票（普通发票）"}, {"154", "11", "发票号码："}, {"154", "17", "开票日期："}, {"5.5", "32.5", "购"}, {"106", "32.5", "销"},
		{"12", "36", "名称："}, {"112", "36", "名称："}, {"12", "45", "统一社会信用代码/纳税人识别号："}, {"12", "90.4", "合"}, {"30", "90.4", "计"},
		{"12", "100", "价税合计（大写）"}, {"144", "100", "（小写）"}}
}

func values(p paper) []put {
	all := []put{{"170", "11.2", p.number}, {"4.5", "59", p.item}, {"127.5", "90.6", "¥"}, {"130", "90.6", p.net}, {"179.5", "90.6", "¥"},
		{"182", "90.6", p.tax}, {"60", "99.9", "圆整"}, {"155.5", "99.9", "¥"}, {"158", "99.9", p.gross}}
	if p.code != "" {
		return append(all, put{"170", "5.1", p.code}, put{"170", "17.1", p.date[:4] + " " + p.date[5:7] + " " + p.date[8:]}, put{"40", "36.1", p.buyer},
			put{"40", "110.2", p.seller})
	}
	return append(all, put{"170", "17.2", p.chineseDate()}, put{"22", "36.1", p.buyer}, put{"122", "36.1", p.seller})
}

func ofdPage(from int, head string, all []put) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><ofd:Page` + ofdNamespace + `>` + head + `<ofd:Content><ofd:Layer ID="1">`)
	for i, t := range all {
		fmt.Fprintf(&b, `<ofd:TextObject ID="%d" Boundary="%s %s 60 5" Size="3.175"><ofd:TextCode X="0" Y="0">%s</ofd:TextCode></ofd:TextObject>`,
			from+i, t.x, t.y, html.EscapeString(t.text))
	}
	return b.String() + `</ofd:Layer></ofd:Content></ofd:Page>`
}

// ofd has custom data, custom tags and text, as the sample of fapiao-print; which of them is left out, without says.
func (p paper) ofd(without string) []byte {
	vs := values(p)
	custom, tags := "", ""
	data := func(name, value string) {
		custom += `<ofd:CustomData Name="` + name + `">` + value + `</ofd:CustomData>`
	}
	if p.code != "" {
		data("发票代码", p.code)
	}
	data("发票号码", p.number)
	data("合计金额", p.net)
	data("合计税额", p.tax)
	data("开票日期", p.chineseDate())
	refer := func(name string, texts ...string) {
		tags += `<ofd:` + name + `>`
		at := 0
		for _, text := range texts { // in the order in which the page has them: each sign ¥ stands before its amount
			for vs[at].text != text {
				at++
			}
			tags += fmt.Sprintf(`<ofd:ObjectRef PageRef="61">%d</ofd:ObjectRef>`, 6922+at)
		}
		tags += `</ofd:` + name + `>`
	}
	refer("InvoiceNo", p.number)
	refer("TaxExclusiveTotalAmount", "¥", p.net)
	refer("TaxInclusiveTotalAmount", "¥", p.gross)
	refer("Item", p.item)
	tags += `<ofd:Seller>`
	refer("SellerName", p.seller)
	tags += `</ofd:Seller>`
	if strings.Contains(without, "data") {
		custom = ""
	}
	if strings.Contains(without, "tags") {
		tags = ""
	}
	return archive(
		"OFD.xml", `<?xml version="1.0" encoding="UTF-8"?><ofd:OFD`+ofdNamespace+` DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:CustomDatas>`+
			custom+`</ofd:CustomDatas></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>`,
		"Doc_0/Tpls/Tpl_0/Content.xml", ofdPage(3, "", labels(p)),
		"Doc_0/Pages/Page_0/Content.xml", ofdPage(6922, `<ofd:Template TemplateID="1"/>`, vs),
		"Doc_0/Tags/CustomTag.xml", `<?xml version="1.0" encoding="UTF-8"?><ofd:root`+ofdNamespace+`>`+tags+`</ofd:root>`,
		"Doc_0/Res/image_1.png", "\x89PNG\r\n\x1A\n<not XML>",
	)
}

// A pdfFile is written object by object; the table at its end is left out, since the reader takes no notice of it.
type pdfFile struct{ bytes.Buffer }

func newPDF() *pdfFile {
	var f pdfFile
	f.WriteString("%PDF-1.4\n%\xE2\xE3\xCF\xD3\n")
	return &f
}

func (f *pdfFile) object(id int, value string) { fmt.Fprintf(f, "%d 0 obj\n%s\nendobj\n", id, value) }

func (f *pdfFile) stream(id int, entries, content string) {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte(content))
	z.Close()
	fmt.Fprintf(f, "%d 0 obj\n<</Length %d/Filter/FlateDecode%s>>stream\n%s\nendstream\nendobj\n", id, b.Len(), entries, b.String())
}

// pages begins a file whose pages draw these contents, with a font F of the given entries that is object 3.
func (f *pdfFile) pages(fontEntries string, contents ...string) {
	kids := ""
	for i, content := range contents {
		kids += fmt.Sprintf("%d 0 R ", 100+2*i)
		f.object(100+2*i, fmt.Sprintf("<</Type/Page/Parent 2 0 R/Contents %d 0 R>>", 101+2*i))
		f.stream(101+2*i, "", content)
	}
	f.object(2, "<</Type/Pages/Kids["+kids+"]/Count 1/Resources<</Font<</F 3 0 R>>/XObject<</X 4 0 R>>>>>>")
	f.object(3, "<</Type/Font/Subtype/Type0"+fontEntries+">>")
	f.object(1, "<</Type/Catalog/Pages 2 0 R>>")
}

const (
	ucs2     = "/Encoding/UniGB-UCS2-H" // what Chinese producers write most: fonts that are not in the file, and no map
	gbk      = "/Encoding/GBK-EUC-H"
	identity = "/Encoding/Identity-H/ToUnicode 5 0 R"
)

func hexUCS2(s string) string {
	out := "<"
	for _, u := range utf16.Encode([]rune(s)) {
		out += fmt.Sprintf("%04X", u)
	}
	return out + ">"
}

func hexGBK(s string) string {
	b, err := simplifiedchinese.GBK.NewEncoder().String(strings.ReplaceAll(s, "¥", "￥")) // it has the full-width sign only
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("<%X>", b)
}

// draw writes the operators that put text on a page of 210 by 140 mm, each at its place.
func draw(encode func(string) string, all []put) string {
	var b strings.Builder
	b.WriteString("q 2.8346 0 0 2.8346 0 0 cm BT /F 3.175 Tf\n")
	for _, t := range all {
		fmt.Fprintf(&b, "1 0 0 1 %s %s Tm %s Tj\n", t.x, fromBottom(t.y), encode(t.text))
	}
	return b.String() + "ET Q\n"
}

func fromBottom(y string) string {
	var whole, tenth int
	fmt.Sscanf(y, "%d.%d", &whole, &tenth)
	tenths := 1400 - 10*whole - tenth
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

// pdf draws the form and then its values: with a font without a map, as the PDFs of github.com/yooongchun/Invoice2Excel, example.
func (p paper) pdf() []byte {
	f := newPDF()
	f.pages(ucs2, draw(hexUCS2, append(labels(p), values(p)...)))
	return f.Bytes()
}

// pdfOf draws one page in each of the ways in which producers write one.
func (p paper) pdfOf(way string) []byte {
	f := newPDF()
	all := append(labels(p), values(p)...)
	switch way {
	case "gbk":
		f.pages(gbk, draw(hexGBK, all))
	case "map": // the codes mean nothing without the map: they are 256 times the place of a character among those that are used
		codes, m := map[rune]int{}, ""
		encode := func(s string) string {
			out := "<"
			for _, r := range s {
				if codes[r] == 0 {
					codes[r] = len(codes) + 1
					m += fmt.Sprintf("<%02X00> %s\n", codes[r], hexUCS2(string(r)))
				}
				out += fmt.Sprintf("%02X00", codes[r])
			}
			return out + ">"
		}
		content := draw(encode, all)
		f.stream(5, "", "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"+fmt.Sprint(len(codes))+" beginbfchar\n"+m+"endbfchar")
		f.pages(identity, content)
	case "range":
		f.stream(5, "", "2 beginbfrange <0020> <007F> <0020> <0080> <FFFF> <0080> endbfrange")
		f.pages(identity, draw(hexUCS2, all))
	case "form": // the page is a form that the page paints
		f.stream(4, "/Type/XObject/Subtype/Form/Matrix[-1 0 0 -1 595 397]", draw(hexUCS2, all))
		f.pages(ucs2, "q -1 0 0 -1 595 397 cm /X Do Q") // turned, as the form is turned in itself
	case "letters": // each character on its own, moved to by Td
		var b strings.Builder
		b.WriteString("q 2.8346 0 0 2.8346 0 0 cm\n")
		for _, t := range all {
			fmt.Fprintf(&b, "BT /F 3.175 Tf %s %s Td ", t.x, fromBottom(t.y))
			for _, r := range t.text {
				step := "1.5875"
				if r > 0xFF {
					step = "3.175"
				}
				fmt.Fprintf(&b, "[%s] TJ %s 0 Td ", hexUCS2(string(r)), step)
			}
			b.WriteString("ET\n")
		}
		f.pages(ucs2, b.String()+"Q")
	case "packed": // all but the page's content within a stream of objects
		content := draw(hexUCS2, all)
		f.stream(9, "", content)
		objects := []string{"1", "<</Type/Catalog/Pages 2 0 R>>", "2", "<</Type/Pages/Kids[8 0 R]/Resources<</Font<</F 3 0 R>>>>>>", "3",
			"<</Type/Font/Subtype/Type0" + ucs2 + ">>", "8", "<</Type/Page/Contents[9 0 R]>>"}
		head, body := "", ""
		for i := 0; i < len(objects); i += 2 {
			head += fmt.Sprintf("%s %d ", objects[i], len(body))
			body += objects[i+1] + " "
		}
		f.stream(7, fmt.Sprintf("/Type/ObjStm/N 4/First %d", len(head)), head+body)
	}
	return f.Bytes()
}

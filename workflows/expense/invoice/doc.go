// Package invoice reads Chinese e-invoices: from the bytes of a file, the number, date, amount, tax, seller and category of the one invoice
// in it. It knows no files, chats or claims, reads nothing outside the bytes that it is given, and proves nothing: it tells what a file
// says. Pictures are not looked at.
//
// # What is read
//
//   - XML of fully digitalised e-invoices (数电票), whose root is EInvoice, as the tax bureau delivers it: the Ministry of Finance's 电子凭证会计
//     数据标准 (kjs.mof.gov.cn/zt/kuaijixinxihuajianshe/dzpzkjsjbzshsd) names its elements; a filled-in one is
//     github.com/BitBrewing/EInvoiceXml2Pdf, assets/demo.xml.
//   - XML of older e-invoices (增值税电子普通发票, …专用发票), whose root is eInvoice in the namespace www.edrm.org.cn/schema/e-invoice/2019, as
//     github.com/sanluan/einvoice finds it in OFDs.
//   - XBRL of train tickets (铁路电子客票), the same ministry's taxonomy …/taxonomy/2021-11-30/rai. Their date is that of issue, as with every
//     invoice, and they name no seller.
//   - OFD (GB/T 33190-2016): attached XML of these kinds; the custom data of OFD.xml and the custom tags that name text objects, as in
//     github.com/erma0/fapiao-print, sample_ofd_extracted; else the text of its pages.
//   - PDF (ISO 32000-1): attached XML, document information with the names of that XML, and text with its labels: 发票号码, 开票日期, 价税合计
//     （小写）. Older ones are in github.com/yooongchun/Invoice2Excel, example.
//   - ZIP in which one invoice lies, in one or several of these forms.
//
// A number is 20 digits. Older invoices have a code of 10 or 12 digits and a number of 8, which is unique only within its code; both
// together, the code first, are the number here. Where both have 20 digits they cannot be mistaken for one another: the new ones begin
// with the year of issue, codes of 12 digits with 0 or 1.
//
// # What is not read
//
// Scans and photos, pages behind the thirtieth, text in fonts that do not say which characters they draw, pages that are turned, encrypted
// PDFs, itineraries of air tickets, fiscal bills (财政电子票据), and red-letter invoices, which are told from others by their mark or by an
// amount below zero.
//
// # Why there is a reader of PDF here
//
// The files come from strangers, and a program cannot take back the memory or stop the loop of a library. Of the modules that extract
// text, github.com/ledongthuc/pdf is the one that is kept up and knows the fonts of these invoices; its version of September 2026 took
// 15 GB within a minute, and went on, for a file of 200 kB whose page holds one long string, since nothing bounds what a stream may unpack
// to. This one reads text only: it goes through a file once, unpacks a stream once, and pays for each byte and step from a budget, as XML
// and archives do, so that any file ends within two seconds. Places are integers. A filter other than FlateDecode, and an object whose
// number is written by reference to a reference, say nothing.
package invoice

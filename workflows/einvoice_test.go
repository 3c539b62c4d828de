package workflows

import (
	"archive/zip"
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// zipped is an archive with files of these names.
func zipped(t testing.TB, comment string, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("<ofd:OFD/>")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SetComment(comment); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// An e-invoice is known by its content, and no other archive or XML passes for one.
func TestEInvoicesAreKnownByTheirContent(t *testing.T) {
	ofd := zipped(t, "", "Doc_0/Document.xml", "OFD.xml", "Doc_0/Pages/Page_0/Content.xml")
	many := make([]string, mostEntries+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	cut := bytes.Clone(ofd)
	copy(cut[bytes.Index(cut, []byte(entry)):], "PK\x01\x03")
	far := bytes.Clone(ofd)
	copy(far[bytes.LastIndex(far, []byte(eoc))+16:], "\xff\xff\xff\x7f")
	for name, c := range map[string]struct {
		file    string
		content []byte
		want    string // name and type, or the refusal
	}{
		"an OFD":                     {"发票.ofd", ofd, "发票.ofd application/ofd"},
		"by another name":            {"发票.pdf", ofd, "发票.pdf.ofd application/ofd"},
		"with a comment":             {"a.ofd", zipped(t, strings.Repeat("c", 1<<16-1), "OFD.xml"), "a.ofd application/ofd"},
		"a sheet":                    {"a.xlsx", zipped(t, "", "[Content_Types].xml", "xl/workbook.xml"), "file.type"},
		"an empty archive":           {"a.ofd", zipped(t, ""), "file.type"},
		"nearly one":                 {"a.ofd", zipped(t, "", "ofd.xml", "x/OFD.xml", "OFD.xml.exe"), "file.type"},
		"in a comment only":          {"a.ofd", zipped(t, "OFD.xml", "a.txt"), "file.type"},
		"too many files":             {"a.ofd", zipped(t, "", append(many, "OFD.xml")...), "file.type"},
		"without its end":            {"a.ofd", ofd[:len(ofd)-10], "file.type"},
		"with a broken directory":    {"a.ofd", cut, "file.type"},
		"whose directory is nowhere": {"a.ofd", far, "file.type"},
		"behind a program":           {"a.ofd", append([]byte("MZ"), ofd...), "file.type"},

		"an XML":                   {"dzfp.xml", []byte(`<?xml version="1.0" encoding="utf-8" standalone="yes"?><EInvoice><Header/></EInvoice>`), "dzfp.xml application/xml"},
		"with a mark and a remark": {"a", []byte("\uFEFF \r\n<!-- 数电票 --><EInvoice x=\"1\">"), "a.xml application/xml"},
		"in Chinese letters":       {"a.xml", []byte("<?xml version=\"1.0\" encoding=\"GBK\"?>\n<EInvoice>\xb7\xa2\xc6\xb1</EInvoice>"), "a.xml application/xml"},
		"an older one":             {"a.xml", []byte(`<fp:eInvoice xmlns:fp="http://www.edrm.org.cn/schema/e-invoice/2019">`), "a.xml application/xml"},
		"a train ticket":           {"a.xml", []byte(`<xbrl xmlns="http://www.xbrl.org/2003/instance" xmlns:rai="http://xbrl.mof.gov.cn/taxonomy/2021-11-30/rai">`), "a.xml application/xml"},
		"another report":           {"a.xml", []byte(`<xbrl xmlns="http://www.xbrl.org/2003/instance" xmlns:x="http://xbrl.mof.gov.cn.evil.example/">`), "file.type"},
		"a drawing":                {"a.xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><EInvoice/><script/></svg>`), "file.type"},
		"a page":                   {"a.xml", []byte(`<html xmlns="http://www.w3.org/1999/xhtml"><EInvoice/></html>`), "file.type"},
		"with a document type":     {"a.xml", []byte(`<!DOCTYPE EInvoice [<!ENTITY a SYSTEM "file:///etc/passwd">]><EInvoice>&a;</EInvoice>`), "file.type"},
		"an almost":                {"a.xml", []byte(`<EInvoices>`), "file.type"},
		"no XML":                   {"a.xml", []byte(`EInvoice <EInvoice>`), "file.type"},
		"a root that never comes":  {"a.xml", []byte("<!--" + strings.Repeat("x", maxRoot) + "--><EInvoice/>"), "file.type"},
		"an open tag":              {"a.xml", []byte(`<EInvoice`), "file.type"},
	} {
		f, err := ReadFile(c.file, c.content)
		got := f.Name + " " + f.Type
		if err != nil {
			got = asFault(err).Text
		}
		if got != c.want {
			t.Errorf("%s is %q, want %q", name, got, c.want)
		}
	}
}

// What stands in an archive is not unpacked, and what a directory claims costs nothing.
func TestBombsAreNotUnpacked(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("OFD.xml")
	if err != nil {
		t.Fatal(err)
	}
	for range 64 { // a GiB of nothing is a MiB
		if _, err := f.Write(make([]byte, 4<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := ReadFile("a.ofd", b.Bytes()); err != nil {
		t.Error(err)
	}
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Errorf("%d bytes were used for it", after.TotalAlloc-before.TotalAlloc)
	}
}

package storage_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

const (
	rateHeader = "date,currency,per_base\n"
	wideDaily  = "Date, USD, JPY, CNY, GBP, \n20 November 2026, 1.1566, 180.44, 8.2183, 0.88, \n"
	wideHist   = "Date,USD,JPY,CNY,CYP,TRL,\n2026-11-20,1.1566,180.44,8.2183,N/A,N/A,\n2026-11-19,1.1524,180.1,8.2,N/A,N/A,\n1999-01-04,1.1789,133.73,N/A,0.58231,372274,\n"
	xmlDaily   = `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
	<Cube>
		<Cube time='2026-11-20'>
			<Cube currency='USD' rate='1.1566'/>
			<Cube currency='JPY' rate='180.44'/>
			<Cube currency='CNY' rate='8.2183'/>
			<Cube currency='GBP' rate='0.88'/>
		</Cube>
	</Cube>
</gesmes:Envelope>
`
)

func readRates(t *testing.T, content string) storage.RateFile {
	t.Helper()
	file, faults := storage.ReadRates([]byte(content), "", storage.RateColumns)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return file
}

func rates(t *testing.T, s *storage.Store, base, content string) storage.Import {
	t.Helper()
	return s.ImportRates(readRates(t, content), base, importedAt)
}

// unreadable checks the faults of a file.
func unreadable(t *testing.T, content string, want ...string) {
	t.Helper()
	_, faults := storage.ReadRates([]byte(content), "", storage.RateColumns)
	same(t, fmt.Sprintf("%.60q", content), table.Told(faults), want...)
}

func counts(plan storage.Plan) string {
	return fmt.Sprintf("%d new, %d changed, %d unchanged", plan.New, plan.Changed, plan.Unchanged)
}

// zipped is an archive of files, each with its name before it.
func zipped(t testing.TB, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = f.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestImportRates(t *testing.T) {
	db := storagetest.New(t)
	s, owner := storagetest.Connect(t, db), dial(t, db.Owner)
	file := rateHeader + "2026-11-20,USD,0.1407\n2026-11-20,EUR,0.12168\n2026/11/23,USD,\"0,1408\"\n2026-11-20,USD,0.1407000\n2026-11-20,CNY,1\n"
	plan, err := rates(t, s, "CNY", file).Plan(t.Context())
	must(t, err)
	if counts(plan) != "3 new, 0 changed, 0 unchanged" || value[int](t, owner, "SELECT count(*) FROM rates") != 0 {
		t.Errorf("%s: %+v", counts(plan), plan)
	}
	if plan = apply(t, rates(t, s, "CNY", file)); counts(plan) != "3 new, 0 changed, 0 unchanged" || len(plan.Lines)+len(plan.Warnings) > 0 {
		t.Errorf("%s: %+v", counts(plan), plan)
	}
	if plan = apply(t, rates(t, s, "CNY", file)); counts(plan) != "0 new, 0 changed, 3 unchanged" {
		t.Errorf("again %s", counts(plan))
	}
	want := workflows.QuotedRate{Rate: 1_408_000_000, Date: workflows.Date{Year: 2026, Month: 11, Day: 23}, Base: "CNY"}
	f, err := s.Facts(t.Context(), "", 0, workflows.Wants{Rates: []workflows.RateWanted{{Currency: "USD", Date: want.Date.AddDays(2)}}}, importedAt)
	if got, ok := f.Rate("USD", want.Date.AddDays(2), "CNY"); err != nil || !ok || got != want {
		t.Errorf("two days later the rate is %+v, %v", got, err)
	}

	// A rate of a day that is over is a warning with both, one of today a change; a year too far is asked about.
	changed := rateHeader + "2026-11-20,USD,0.15\n2026-11-24,USD,0.141\n2028-11-24,USD,0.141\n"
	apply(t, rates(t, s, "CNY", rateHeader+"2026-11-24,USD,0.14\n"))
	plan = apply(t, rates(t, s, "CNY", changed))
	same(t, "changes", plan.Lines, "line 3: change: USD of 2026-11-24: 0.14 for one CNY → 0.141 for one CNY")
	same(t, "warnings", table.Told(plan.Warnings),
		"line 2: USD of 2026-11-20 was 0.1407 for one CNY and becomes 0.15 for one CNY; what was sent with the old rate keeps it",
		`line 4: "2028-11-24" is still to come; is the year right?`)
	if counts(plan) != "1 new, 2 changed, 0 unchanged" {
		t.Error(counts(plan))
	}

	// Another base changes what a rate means, so it is a change too.
	plan = apply(t, rates(t, s, "EUR", "Date, USD\n20 November 2026, 1.1566\n"))
	same(t, "warnings", table.Told(plan.Warnings),
		"line 2: USD of 2026-11-20 was 0.15 for one CNY and becomes 1.1566 for one EUR; what was sent with the old rate keeps it")
}

func TestImportRatesRefuses(t *testing.T) {
	unreadable(t, rateHeader+"2026-11-20,USD,0.14\n2026-11-20,USD,0.15\n,USD,1\n2026-02-30,USD,1\n2026-11-20,usd,1\n2026-11-20,XYZ,1\n2026-11-20,GBP,0\n"+
		"2026-11-20,GBP,-1\n2026-11-20,GBP,\"7,823\"\n2026-11-20,GBP,0.12345678901\n2026-11-20,GBP,123456789\n2026-11-20,GBP,\n01/02/2026,GBP,1\n",
		"line 3: USD of 2026-11-20 is 0.14 in line 2 and 0.15 in line 3; keep one of the two.",
		"line 4: date: The date is missing.",
		`line 5: date: There is no such day as "2026-02-30".`,
		`line 6: currency: "usd" is no currency; write its three capital letters, as USD.`,
		`line 7: currency: "XYZ" is no currency; write its three capital letters, as USD.`,
		`line 8: per_base: "0" is no rate, which is more than zero.`,
		`line 9: per_base: "-1" is no rate; write digits with a point before the decimals, as 7.8234.`,
		`line 10: per_base: "7,823" is no rate; write digits with a point before the decimals, as 7.8234.`,
		`line 11: per_base: "0.12345678901" has too many decimals; round it to 10.`,
		`line 12: per_base: "123456789" is too large for a rate; it is units of the currency for one unit of the base.`,
		`line 13: per_base: "" is no rate; write digits with a point before the decimals, as 7.8234.`,
		`line 14: date: "01/02/2026" can be 2026-02-01 or 2026-01-02; write it as 2026-11-30 (year, month, day). A spreadsheet does so in a column of the form yyyy-mm-dd.`)
	unreadable(t, "", "line 1: The file is empty; its first line must name the columns: date, currency, per_base.")
	unreadable(t, rateHeader, "The file has no rates; look at it with a text editor, and fetch it again if it is not what you meant to import.")
	unreadable(t, "Date, USD\n20 November 2026, N/A\n", "The file has no rates; look at it with a text editor, and fetch it again if it is not what you meant to import.")
	unreadable(t, "Date, USD, XQZ, USD\n20 November 2026, x, 1, 2\nyesterday, 1, 1, 1\n",
		"line 1: USD: This column is there twice; delete one.",
		`line 1: "XQZ" is no currency; write its three capital letters, as USD.`,
		`line 2: USD: "x" is no rate; write digits with a point before the decimals, as 7.8234.`,
		`line 3: Date: "yesterday" is no date; write it as 2026-11-30 (year, month, day).`)
	unreadable(t, "Date, USD\n20 November 2026, 1.1\n2026-11-20, 1.2\n", "line 3: USD: USD of 2026-11-20 is 1.1 in line 2 and 1.2 in line 3; keep one of the two.")

	envelope := func(inside string) string { return "<Envelope>\n<Cube>" + inside + "</Cube>\n</Envelope>" }
	unreadable(t, "<html><body>moved</body></html>",
		`line 1: The file is not one of the European Central Bank: it begins with "html" and not with Envelope. Fetch eurofxref-daily.xml or eurofxref-hist.xml.`)
	unreadable(t, envelope("<Cube time='2026-11-20'>\n<Cube currency='USD' rate='1,156'/>\n<Cube currency='QQQ' rate='1'/>\n<Cube currency='GBP'/>\n</Cube>"),
		`line 3: rate: "1,156" is no rate; write digits with a point before the decimals, as 7.8234.`,
		`line 4: currency: "QQQ" is no currency; write its three capital letters, as USD.`,
		`line 5: rate: "" is no rate; write digits with a point before the decimals, as 7.8234.`)
	unreadable(t, envelope("\n<Cube currency='USD' rate='1'/>\n<Cube time='soon'><Cube currency='USD' rate='1'/></Cube>"),
		`line 3: currency: The rate of "USD" stands in no day; fetch the file again.`,
		`line 4: time: "soon" is no date; the file has it as 2026-11-30 (year, month, day).`)
	unreadable(t, envelope("<Cube time='2026-11-20'><Cube currency='USD' rate='1.1'/><Cube currency='USD' rate='1.2'/></Cube>"),
		"line 2: USD of 2026-11-20 is 1.1 in line 2 and 1.2 in line 2; keep one of the two.")
	unreadable(t, xmlDaily[:300], `line 5: The file is broken here ("XML syntax error on line 5: unexpected E…"); fetch it again.`)
	unreadable(t, "<a>", `line 1: The file is not one of the European Central Bank: it begins with "a" and not with Envelope. Fetch eurofxref-daily.xml or eurofxref-hist.xml.`)
	unreadable(t, "<Envelope/>", "The file has no rates; look at it with a text editor, and fetch it again if it is not what you meant to import.")

	unreadable(t, zipped(t, "a.csv", wideHist, "b.csv", wideHist), "The archive has 2 files ending in .csv; it must have one, as eurofxref-hist.zip has.")
	unreadable(t, zipped(t, "a.txt", wideHist), "The archive has 0 files ending in .csv; it must have one, as eurofxref-hist.zip has.")
	unreadable(t, zipped(t, "a.csv", wideHist)[:60], "The archive is broken; fetch it again.")
	unreadable(t, zipped(t, "a.csv", strings.Repeat(" ", table.MaxBytes+1)), "The archive cannot be unpacked: its table is larger than 20 MiB; take one of fewer years.")
	unreadable(t, strings.Repeat(" ", table.MaxBytes+1), "The file is larger than 20 MiB; take one of fewer years.")
	if _, faults := storage.ReadRates([]byte(xmlDaily), "Rates", storage.RateColumns); len(faults) != 1 || !strings.Contains(faults[0].String(), "leave out -sheet") {
		t.Errorf("a sheet of XML: %v", faults)
	}

	s := storagetest.Open(t)
	refused(t, rates(t, s, "CNY", rateHeader+"2026-11-20,CNY,1.5\n2026-11-20,USD,0.14\n"),
		"line 2: CNY is the currency for one unit of which the rates are, so its own rate is 1 and not 1.5; delete the line.")
}

// The bank's rates are for one euro. Where the policy's base is another currency they are turned about by its quote of the same day, each
// exactly and rounded once; a day without one is named and left out. All of the bank's forms say the same.
func TestImportRatesOfTheCentralBank(t *testing.T) {
	db := storagetest.New(t)
	s, owner := storagetest.Connect(t, db), dial(t, db.Owner)
	const stored = "SELECT coalesce(string_agg(concat_ws(' ', date, currency, per_base, base), '; ' ORDER BY date, currency), '') FROM rates"
	const inEuro = "2026-11-20 CNY 82183000000 EUR; 2026-11-20 GBP 8800000000 EUR; 2026-11-20 JPY 1804400000000 EUR; 2026-11-20 USD 11566000000 EUR"
	// 1 / 8.2183, 0.88 / 8.2183, 180.44 / 8.2183 and 1.1566 / 8.2183
	const inYuan = "2026-11-20 EUR 1216796661 CNY; 2026-11-20 GBP 1070781062 CNY; 2026-11-20 JPY 219558789531 CNY; 2026-11-20 USD 1407347018 CNY"
	for name, content := range map[string]string{"csv": wideDaily, "xml": xmlDaily, "zip": zipped(t, "eurofxref.csv", wideDaily), "bom": "\uFEFF" + wideDaily,
		"saved anew": "Date;USD;JPY;CNY;GBP;\r\n2026-11-20;1,1566;180,44;8,2183;0,88;\r\n", "bom and xml": "\uFEFF" + xmlDaily} {
		for base, want := range map[string]string{"EUR": inEuro, "CNY": inYuan} {
			exec(t, owner, "TRUNCATE rates")
			plan := apply(t, rates(t, s, base, content))
			if got := value[string](t, owner, stored); got != want || counts(plan) != "4 new, 0 changed, 0 unchanged" {
				t.Errorf("%s, for one %s: %s\ngot  %s\nwant %s", name, base, counts(plan), got, want)
			}
			if plan = apply(t, rates(t, s, base, content)); counts(plan) != "0 new, 0 changed, 4 unchanged" || len(plan.Warnings) > 0 {
				t.Errorf("%s again: %s, %v", name, counts(plan), plan.Warnings)
			}
		}
	}

	exec(t, owner, "TRUNCATE rates")
	plan := apply(t, rates(t, s, "CNY", wideHist))
	same(t, "warnings", table.Told(plan.Warnings), `line 4: "1999-01-04" is left out: the file has no rate of CNY on that day, without which rates for one EUR `+
		"cannot be turned into rates for one CNY")
	if got := value[int](t, owner, "SELECT count(*) FROM rates"); got != 6 || plan.New != 6 {
		t.Errorf("%d rates are stored, %s", got, counts(plan))
	}
	exec(t, owner, "TRUNCATE rates")
	if plan = apply(t, rates(t, s, "EUR", zipped(t, "eurofxref-hist.csv", wideHist))); counts(plan) != "10 new, 0 changed, 0 unchanged" {
		t.Error(counts(plan))
	}
	refused(t, rates(t, s, "CNY", "Date, CNY, KWD\n20 November 2026, 99999999, 0.0000000001\n"),
		"line 2: KWD: The rate of 2026-11-20 cannot be turned into one for CNY: 0.0000000001 for 99999999 is too small for a rate of 10 decimals.")
}

// However many rates change, twenty are named, and all are counted. Four years of thirty currencies are one import, all of it or nothing.
func TestImportRatesInBulk(t *testing.T) {
	db := storagetest.New(t)
	s, owner := storagetest.Connect(t, db), dial(t, db.Owner)
	whole := func(rate string) string {
		var b strings.Builder
		codes := strings.Fields("USD JPY CZK DKK GBP HUF PLN RON SEK CHF ISK NOK TRY AUD BRL CAD CNY HKD IDR ILS INR KRW MXN MYR NZD PHP SGD THB ZAR BGN")
		b.WriteString("Date," + strings.Join(codes, ",") + ",\n")
		for d := range 1000 {
			b.WriteString(workflows.Date{Year: 2026, Month: 11, Day: 20}.AddDays(-d).String() + strings.Repeat(","+rate, len(codes)) + ",\n")
		}
		return b.String()
	}
	begun := time.Now()
	if plan := apply(t, rates(t, s, "EUR", whole("1.5"))); counts(plan) != "30000 new, 0 changed, 0 unchanged" {
		t.Error(counts(plan))
	}
	t.Logf("30,000 rates in %v", time.Since(begun))
	plan := apply(t, rates(t, s, "EUR", whole("1.6")))
	if told := table.Told(plan.Warnings); counts(plan) != "0 new, 30000 changed, 0 unchanged" || len(told) != 21 || told[20] != "29980 more rates change" {
		t.Errorf("%s, %d warnings, the last %q", counts(plan), len(told), told[len(told)-1])
	}
	if n := value[int](t, owner, "SELECT count(*) FROM rates WHERE per_base = 16000000000"); n != 30000 {
		t.Errorf("%d are changed", n)
	}
}

// Whatever a spreadsheet makes of a rate in a workbook is that rate.
func TestImportRatesFromWorkbook(t *testing.T) {
	book := excelize.NewFile()
	for cell, is := range map[string]any{"A1": "date", "B1": "currency", "C1": "per_base", "A2": time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), "B2": "USD",
		"C2": 0.1407, "A3": "2026-11-20", "B3": "IDR", "C3": 2304.0, "A4": "2026-11-20", "B4": "KWD", "C4": 0.0000432, "A5": "2026-11-20", "B5": "EUR", "C5": 0.1 + 0.2} {
		must(t, book.SetCellValue("Sheet1", cell, is))
	}
	var b bytes.Buffer
	must(t, book.Write(&b))
	db := storagetest.New(t)
	s, owner := storagetest.Connect(t, db), dial(t, db.Owner)
	apply(t, rates(t, s, "CNY", b.String()))
	const want = "EUR 3000000000; IDR 23040000000000; KWD 432000; USD 1407000000"
	if got := value[string](t, owner, "SELECT string_agg(currency || ' ' || per_base, '; ' ORDER BY currency) FROM rates"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Whatever stands in a file of rates: it has faults, each with a line of its own, or the database takes all of it, and imported once more it
// changes nothing.
func FuzzImportRates(f *testing.F) {
	for _, content := range []string{rateHeader + "2026-11-20,USD,0.14\n2026-11-20,EUR,\"0,12\"\n", wideDaily, wideHist, xmlDaily, zipped(f, "a.csv", wideDaily), "Date,USD\n",
		"<Envelope><Cube><Cube time='2026-11-20'><Cube currency='CNY' rate='7.8'/><Cube currency='USD' rate='1e5'/></Cube></Cube></Envelope>", "<Envelope><Cube></Envelope>",
		"<!DOCTYPE a [<!ENTITY b 'c'>]><Envelope>&b;</Envelope>", "Date;CNY;USD\n20.11.2026;7,8;1,1\n", "\uFEFF<", "PK\x03\x04", "sep=;\ndate;currency;per_base\n2026-11-20;USD;1,5"} {
		f.Add([]byte(content), true)
		f.Add([]byte(content), false)
	}
	s := storagetest.Open(f)
	f.Fuzz(func(t *testing.T, content []byte, euro bool) {
		if len(content) > 2000 {
			return
		}
		base := map[bool]string{true: "EUR", false: "CNY"}[euro]
		file, faults := storage.ReadRates(content, "", storage.RateColumns)
		lines := bytes.Count(content, []byte("\n")) + bytes.Count(content, []byte("\r")) + 1
		if bytes.HasPrefix(content, []byte("PK")) {
			lines = 1 << 30 // of what is in the archive
		}
		sound := func(faults []table.Fault) {
			for _, fault := range faults {
				if fault.Line < 0 || fault.Line > lines || fault.Sentence == "" || !utf8.ValidString(fault.String()) {
					t.Errorf("%q: %+v", content, fault)
				}
			}
		}
		if sound(faults); len(faults) > 0 {
			return
		}
		plan, err := s.ImportRates(file, base, importedAt).Apply(t.Context())
		if err != nil {
			t.Fatalf("%q: %v", content, err)
		}
		if sound(plan.Faults); len(plan.Faults) > 0 {
			return
		}
		again, err := s.ImportRates(file, base, importedAt).Apply(t.Context())
		if err != nil || again.New+again.Changed > 0 || again.Unchanged != plan.New+plan.Changed+plan.Unchanged || len(again.Faults) > 0 {
			t.Errorf("%q once more: %s, %v, %v", content, counts(again), again.Faults, err)
		}
	})
}

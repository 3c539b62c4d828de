package storage

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// Exchange rates come in files of several forms: the one of nod's own, a line for each rate; and those of the European Central Bank, whose
// rates are for one euro: a table with a column for each currency (eurofxref.csv, eurofxref-hist.csv, and either in a ZIP archive), and XML
// (eurofxref-daily.xml, eurofxref-hist.xml).
//
// https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/

// RateColumns are those of a rates file of nod's own form.
var RateColumns = table.Required("date", "currency", "per_base")

// RateFile is a file of exchange rates, read.
type RateFile struct {
	Notes    []string // what is odd about the file and no fault
	base     string   // for one unit of which the rates are; empty: the policy's
	quotes   []quote
	warnings []table.Fault
}

// quote is a rate as a file has it.
type quote struct {
	line     int
	date     workflows.Date
	currency string
	rate     workflows.Rate
}

// euro is the currency for one of which the European Central Bank quotes.
const euro = "EUR"

// ReadRates reads a file of exchange rates in any of the forms. columns are RateColumns, perhaps with other names; sheet is that of a
// workbook, "" its first. With faults the file is not to be used.
func ReadRates(content []byte, sheet string, columns []table.Column) (RateFile, []table.Fault) {
	r := rateReader{lineOf: map[rateDay]quote{}}
	if len(content) > table.MaxBytes {
		r.whole("The file is larger than %d MiB; take one of fewer years.", table.MaxBytes>>20)
		return r.file, r.plan.Faults
	}
	if inside, zipped := r.unzipped(content); zipped {
		content = inside
	}
	plain := bytes.TrimPrefix(content, []byte("\uFEFF"))
	text := bytes.TrimLeft(plain, " \t\r\n")
	wide := wideColumns(text)
	switch isXML := bytes.HasPrefix(text, []byte("<")); {
	case len(r.plan.Faults) > 0:
	case (isXML || wide != nil) && sheet != "":
		r.whole("The file is no workbook (.xlsx), so it has no sheet %s; leave out -sheet.", table.Show(sheet))
	case isXML:
		r.readXML(plain)
	case wide != nil:
		r.readWide(plain, wide)
	default:
		r.readLines(content, sheet, columns)
	}
	if len(r.file.quotes) == 0 && len(r.plan.Faults) == 0 {
		r.whole("The file has no rates; look at it with a text editor, and fetch it again if it is not what you meant to import.")
	}
	r.plan.sort()
	r.file.warnings = r.plan.Warnings
	return r.file, r.plan.Faults
}

// rateReader notes what a file says and what is wrong with it.
type rateReader struct {
	file   RateFile
	plan   Plan // its faults and warnings only
	lineOf map[rateDay]quote
}

// rateDay is what there is one rate of.
type rateDay struct {
	currency string
	date     workflows.Date
}

func (r *rateReader) whole(format string, args ...any) { r.plan.fault(0, "", format, args...) }

// take notes a rate, which is in a column of its own where the file has one for each currency.
func (r *rateReader) take(q quote, column string) {
	day := rateDay{q.currency, q.date}
	first, twice := r.lineOf[day]
	switch {
	case !twice:
		r.lineOf[day] = q
		r.file.quotes = append(r.file.quotes, q)
	case first.rate != q.rate:
		r.plan.fault(q.line, column, "%s of %s is %s in line %d and %s in line %d; keep one of the two.", q.currency, q.date, first.rate,
			first.line, q.rate, q.line)
	}
}

// rate reads a rate; false: it is noted as a fault.
func (c cells) rate(column, typed string) (workflows.Rate, bool) {
	rate, err := workflows.ParseRate(typed)
	var refusal *workflows.Error
	switch {
	case err == nil:
		return rate, true
	case errors.As(err, &refusal) && refusal.Text == "rate.positive":
		c.fault(column, "%s is no rate, which is more than zero.", table.Show(typed))
	case errors.As(err, &refusal) && refusal.Text == "rate.decimals":
		c.fault(column, "%s has too many decimals; round it to %v.", table.Show(typed), refusal.Args["Decimals"])
	case errors.As(err, &refusal) && refusal.Text == "rate.large":
		c.fault(column, "%s is too large for a rate; it is units of the currency for one unit of the base.", table.Show(typed))
	default:
		c.fault(column, "%s is no rate; write digits with a point before the decimals, as 7.8234.", table.Show(typed))
	}
	return 0, false
}

// knownCurrency notes a fault where there is no such currency.
func (r *rateReader) knownCurrency(line int, column, code string) bool {
	_, known := workflows.Decimals(code)
	if !known {
		r.plan.fault(line, column, "%s is no currency; write its three capital letters, as USD.", table.Show(code))
	}
	return known
}

// readLines reads the form of nod's own.
func (r *rateReader) readLines(content []byte, sheet string, columns []table.Column) {
	t, faults := table.ReadSheet(bytes.NewReader(content), sheet, columns)
	r.file.Notes, r.plan.Faults = t.Notes, faults
	for _, row := range t.Rows {
		c := cells{row, &r.plan}
		q := quote{line: row.Line, date: c.day("date"), currency: table.Code(row.Cell("currency"))}
		known := r.knownCurrency(row.Line, "currency", q.currency)
		rate, fine := c.rate("per_base", table.Decimal(row.Cell("per_base")))
		if q.rate = rate; known && fine && !q.date.IsZero() {
			r.take(q, "")
		}
	}
}

// day reads a date that may not be missing.
func (c cells) day(column string) workflows.Date {
	if c.row.Cell(column) == "" {
		c.fault(column, "The date is missing.")
	}
	return c.date(column)
}

// wideColumns gives the columns of a table of the European Central Bank, as its first line names them: Date, then currencies, and nothing
// behind the last comma. Nil: it is no such table.
func wideColumns(text []byte) []table.Column {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	var names []string
	between := func(r rune) bool { return strings.ContainsRune(",;\t", r) }
	for name := range strings.FieldsFuncSeq(string(line), between) {
		names = append(names, strings.Trim(name, "\" \r"))
	}
	code := func(s string) bool { return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" }
	if len(names) < 2 || !strings.EqualFold(names[0], "Date") || !code(names[1]) {
		return nil
	}
	columns := table.Required("Date")
	for _, name := range names[1:] {
		if code(name) && !slices.ContainsFunc(columns, func(c table.Column) bool { return c.Name == name }) {
			columns = append(columns, table.Optional(name)...)
		}
	}
	return columns
}

// readWide reads a table of the European Central Bank.
func (r *rateReader) readWide(content []byte, columns []table.Column) {
	r.file.base = euro
	t, faults := table.Read(bytes.NewReader(content), columns)
	r.plan.Faults = faults
	known := map[string]bool{}
	for _, c := range columns[1:] {
		known[c.Name] = r.knownCurrency(1, "", c.Name)
	}
	for _, row := range t.Rows {
		c := cells{row, &r.plan}
		day := c.day("Date")
		for _, column := range columns[1:] {
			cell := row.Cell(column.Name)
			if cell == "" || cell == "N/A" || !known[column.Name] || day.IsZero() {
				continue
			}
			if rate, fine := c.rate(column.Name, cell); fine {
				r.take(quote{row.Line, day, column.Name, rate}, column.Name)
			}
		}
	}
}

// readXML reads the Cubes of the European Central Bank: one for each day, and in it one for each currency.
func (r *rateReader) readXML(content []byte) {
	r.file.base = euro
	d := xml.NewDecoder(bytes.NewReader(content))
	var day workflows.Date
	var open []string // the elements around; of a day's Cube "day"
	for first := true; ; {
		token, err := d.Token()
		line, _ := d.InputPos()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			r.plan.fault(line, "", "The file is broken here (%s); fetch it again.", table.Show(err.Error()))
			return
		}
		switch e := token.(type) {
		case xml.StartElement:
			if first && e.Name.Local != "Envelope" {
				r.plan.fault(line, "", "The file is not one of the European Central Bank: it begins with %s and not with Envelope. Fetch "+
					"eurofxref-daily.xml or eurofxref-hist.xml.", table.Show(e.Name.Local))
				return
			}
			first = false
			mark := e.Name.Local
			if mark == "Cube" {
				mark = r.cube(e, line, &day, slices.Contains(open, "day"))
			}
			open = append(open, mark)
		case xml.EndElement:
			open = open[:len(open)-1] // the decoder sees to it that it was open
		}
	}
}

// cube reads a Cube, and says what it is: that of a day, or another.
func (r *rateReader) cube(e xml.StartElement, line int, day *workflows.Date, within bool) (mark string) {
	has := map[string]string{}
	for _, a := range e.Attr {
		has[a.Name.Local] = strings.TrimSpace(a.Value)
	}
	time, dated := has["time"]
	code, quoted := has["currency"]
	switch {
	case dated:
		parsed, err := workflows.ParseDate(time)
		if *day = parsed; err != nil {
			r.plan.fault(line, "time", "%s is no date; the file has it as 2026-11-30 (year, month, day).", table.Show(time))
		}
		return "day"
	case !quoted:
	case !within:
		r.plan.fault(line, "currency", "The rate of %s stands in no day; fetch the file again.", table.Show(code))
	case r.knownCurrency(line, "currency", code):
		if rate, fine := (cells{table.Row{Line: line}, &r.plan}).rate("rate", has["rate"]); fine && !day.IsZero() {
			r.take(quote{line, *day, code, rate}, "")
		}
	}
	return "Cube"
}

// unzipped gives the table that an archive holds; false: the content is no archive, or a workbook.
func (r *rateReader) unzipped(content []byte) (inside []byte, zipped bool) {
	if !bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		return nil, false
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		r.whole("The archive is broken; fetch it again.")
		return nil, false
	}
	var tables []*zip.File
	for _, f := range archive.File {
		switch strings.ToLower(path.Ext(f.Name)) {
		case ".csv":
			tables = append(tables, f)
		case ".rels": // of a workbook
			return nil, false
		}
	}
	if len(tables) != 1 {
		r.whole("The archive has %d files ending in .csv; it must have one, as eurofxref-hist.zip has.", len(tables))
		return nil, false
	}
	inside, err = unpackOne(tables[0])
	if err != nil {
		r.whole("The archive cannot be unpacked: %v.", err)
	}
	return inside, err == nil
}

func unpackOne(f *zip.File) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s; fetch it again", table.Show(err.Error()))
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, table.MaxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s; fetch it again", table.Show(err.Error()))
	case len(content) > table.MaxBytes:
		return nil, fmt.Errorf("its table is larger than %d MiB; take one of fewer years", table.MaxBytes>>20)
	}
	return content, nil
}

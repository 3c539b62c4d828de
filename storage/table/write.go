package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
)

// Cell is one of a file that is written.
type Cell struct {
	text string
	kind cellKind
}

type cellKind int

const (
	aText cellKind = iota
	aNumber
	aDate
)

// Text makes a cell of a text. Whatever it holds, no spreadsheet runs it, and Read gives it back.
func Text(s string) Cell { return Cell{text: s} }

// Number makes a cell of a decimal number, written as -2.5; anything else is a text.
func Number(s string) Cell {
	if !decimal.MatchString(s) {
		return Text(s)
	}
	return Cell{s, aNumber}
}

var decimal = regexp.MustCompile(`^-?\d{1,15}(\.\d{1,10})?$`)

// Date makes a cell of a date, written as 2026-11-30; anything else is a text.
func Date(s string) Cell {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return Text(s)
	}
	return Cell{s, aDate}
}

// Writer writes a table line by line, of which the first names the columns. Close writes what is left.
type Writer interface {
	Write(cells ...Cell) error
	Close() error
}

// NewCSV writes CSV that Excel opens in any language: UTF-8 with a byte order mark, commas, CRLF.
func NewCSV(w io.Writer) (Writer, error) {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return nil, err
	}
	lines := csv.NewWriter(w)
	lines.UseCRLF = true
	return csvWriter{lines}, nil
}

type csvWriter struct{ lines *csv.Writer }

func (w csvWriter) Write(cells ...Cell) error {
	record := make([]string, len(cells))
	for i, c := range cells {
		if record[i] = c.text; c.kind == aText {
			record[i] = inert.put(c.text)
		}
	}
	return w.lines.Write(record)
}

func (w csvWriter) Close() error {
	w.lines.Flush()
	return w.lines.Error()
}

// MaxRows is how many lines a sheet of a workbook has room for.
const MaxRows = excelize.TotalRows

// ErrFull says that a sheet has no more room.
var ErrFull = errors.New("a sheet has no room for more lines")

// NewWorkbook writes a workbook with one sheet, whose first line stays in sight. Lines beyond some megabytes wait on disk until Close.
func NewWorkbook(w io.Writer, sheet string) (Writer, error) {
	book := excelize.NewFile()
	fail := func(err error) (Writer, error) { return nil, errors.Join(err, book.Close()) }
	if err := book.SetSheetName(book.GetSheetName(0), sheet); err != nil {
		return fail(err)
	}
	form := "yyyy-mm-dd"
	date, err := book.NewStyle(&excelize.Style{CustomNumFmt: &form})
	if err != nil {
		return fail(err)
	}
	rows, err := book.NewStreamWriter(sheet)
	if err != nil {
		return fail(err)
	}
	if err := rows.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return fail(err)
	}
	return &workbookWriter{out: w, book: book, rows: rows, date: date}, nil
}

type workbookWriter struct {
	out  io.Writer
	book *excelize.File
	rows *excelize.StreamWriter
	date int // the style of dates
	line int
}

func (w *workbookWriter) Write(cells ...Cell) error {
	if w.line == MaxRows {
		return ErrFull
	}
	w.line++
	values := make([]any, len(cells))
	for i, c := range cells {
		value, err := w.value(c)
		if err != nil {
			return err
		}
		values[i] = value
	}
	return w.rows.SetRow(fmt.Sprintf("A%d", w.line), values)
}

// value is what a cell holds. A text is one by its type, whatever it begins with.
func (w *workbookWriter) value(c Cell) (any, error) {
	switch {
	case c.text == "":
		return nil, nil
	case c.kind == aNumber:
		const bits = 64 // workbooks have no other numbers; 15 digits stay exact
		return strconv.ParseFloat(c.text, bits)
	case c.kind == aDate:
		day, err := time.Parse(time.DateOnly, c.text)
		return excelize.Cell{StyleID: w.date, Value: day}, err
	}
	if inert.remove(c.text) != c.text { // as it would be read
		return inert.put(c.text), nil
	}
	return c.text, nil
}

func (w *workbookWriter) Close() error {
	err := w.rows.Flush()
	if err == nil {
		err = w.book.Write(w.out)
	}
	return errors.Join(err, w.book.Close())
}

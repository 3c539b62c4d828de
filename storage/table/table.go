// Package table reads the spreadsheets that administrators import: CSV as Excel and other programs write it, in UTF-8 or GB18030,
// separated by commas, semicolons or tabs.
//
// It knows lines, columns and cells, and not what they mean; whoever imports people or balances names the columns. Read collects every
// fault, each with its line, so that a file is put right in one go. encoding.go is about bytes; the next file format is a file beside
// it.
package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The largest file that is read. Larger ones are mistakes, or attacks on memory.
const (
	MaxBytes = 20 << 20
	MaxLines = 200_000
)

// Column is one that a file may have.
type Column struct {
	Name     string
	Optional bool // the column may be left out of the file
}

// Required makes columns that a file must have.
func Required(names ...string) []Column {
	columns := make([]Column, len(names))
	for i, name := range names {
		columns[i] = Column{Name: name}
	}
	return columns
}

// Optional makes columns that a file may leave out.
func Optional(names ...string) []Column {
	columns := Required(names...)
	for i := range columns {
		columns[i].Optional = true
	}
	return columns
}

// Fault is one thing that is wrong with a file.
type Fault struct {
	Line     int    // of the file, where the record begins; the line that names the columns is 1
	Column   string // empty when the whole line or file is at fault
	Sentence string // says what to do
}

func (f Fault) String() string {
	if f.Column == "" {
		return fmt.Sprintf("line %d: %s", f.Line, f.Sentence)
	}
	return fmt.Sprintf("line %d: %s: %s", f.Line, f.Column, f.Sentence)
}

// Table is a file, read.
type Table struct {
	Rows  []Row
	index map[string]int
}

// Has tells whether the file has the column.
func (t Table) Has(column string) bool {
	_, ok := t.index[column]
	return ok
}

// Row is one record of a file.
type Row struct {
	Line  int
	index map[string]int
	cells []string
}

// Cell gives the text in a column, without space around it; "" when the file does not have the column.
func (r Row) Cell(column string) string {
	i, ok := r.index[column]
	if !ok {
		return ""
	}
	return r.cells[i]
}

// Read reads a file that has some of the columns. With faults there may be rows too, but they are not all.
func Read(r io.Reader, columns []Column) (Table, []Fault) {
	content, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return Table{}, whole("The file cannot be read: %v.", err)
	}
	if len(content) > MaxBytes {
		return Table{}, whole("The file is larger than %d MiB; split it.", MaxBytes>>20)
	}
	content, fault := decode(content)
	if fault != "" {
		return Table{}, whole("%s", fault)
	}
	if !bytes.Contains(content, []byte("\n")) {
		content = bytes.ReplaceAll(content, []byte("\r"), []byte("\n"))
	}

	lines := csv.NewReader(bytes.NewReader(content))
	lines.Comma = separator(content)
	lines.FieldsPerRecord = -1 // counted here, so that one short line does not hide the others
	header, err := lines.Read()
	switch {
	case errors.Is(err, io.EOF):
		return Table{}, whole("The file is empty; its first line must name the columns: %s.", names(columns))
	case err != nil:
		return Table{}, []Fault{quoting(err)}
	}
	at, _ := lines.FieldPos(0)
	t := Table{}
	var faults []Fault
	t.index, faults = readHeader(at, header, columns)

	for {
		cells, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return t, faults
		}
		if err != nil { // what follows a stray quote cannot be told apart any more
			return t, append(faults, quoting(err))
		}
		line, _ := lines.FieldPos(0)
		for i, cell := range cells {
			cells[i] = strings.TrimSpace(cell)
		}
		switch {
		case !slices.ContainsFunc(cells, func(cell string) bool { return cell != "" }): // as Excel leaves below a table
			continue
		case len(t.Rows) == MaxLines:
			return t, append(faults, Fault{Line: line, Sentence: fmt.Sprintf("The file has more than %d lines; split it.", MaxLines)})
		case len(cells) != len(header):
			faults = append(faults, Fault{Line: line, Sentence: fmt.Sprintf(
				"This line has %d cells, but the first line names %d columns; a cell that holds the separator must stand in double "+
					"quotes.", len(cells), len(header))})
			continue
		}
		t.Rows = append(t.Rows, Row{Line: line, index: t.index, cells: cells})
	}
}

func readHeader(line int, header []string, columns []Column) (map[string]int, []Fault) {
	var faults []Fault
	index := map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		known := slices.ContainsFunc(columns, func(c Column) bool { return c.Name == name })
		_, twice := index[name]
		switch {
		case name == "":
			faults = append(faults, Fault{Line: line, Sentence: fmt.Sprintf("Column %d has no name; name it or delete it.", i+1)})
		case !known:
			faults = append(faults, Fault{Line: line, Column: strings.Trim(Show(name), `"`),
				Sentence: fmt.Sprintf("There is no such column; the columns are %s.", names(columns))})
		case twice:
			faults = append(faults, Fault{Line: line, Column: name, Sentence: "This column is there twice; delete one."})
		default:
			index[name] = i
		}
	}
	for _, c := range columns {
		if _, ok := index[c.Name]; !ok && !c.Optional {
			faults = append(faults, Fault{Line: line, Column: c.Name,
				Sentence: "This column is missing; add it to the first line, its cells may be empty where nothing is known."})
		}
	}
	return index, faults
}

// separator is the sign that the first line uses. Excel writes semicolons where the comma is the decimal sign.
func separator(content []byte) rune {
	first, _, _ := bytes.Cut(content, []byte("\n"))
	for _, sign := range ",;\t" {
		if bytes.ContainsRune(first, sign) {
			return sign
		}
	}
	return ','
}

// quoting says what is wrong with a file's quotes.
func quoting(err error) Fault {
	var bad *csv.ParseError
	if !errors.As(err, &bad) {
		return Fault{Line: 1, Sentence: fmt.Sprintf("The file cannot be read: %v.", err)}
	}
	if errors.Is(err, csv.ErrQuote) {
		return Fault{Line: bad.StartLine, Sentence: "A cell that begins with a double quote does not end with one; write a double quote " +
			"inside a cell twice."}
	}
	return Fault{Line: bad.StartLine, Sentence: `A double quote stands inside a cell; put the whole cell in double quotes and ` +
		`write the one inside twice ("").`}
}

// Show quotes a cell for a sentence: cut, on one line, and with an escape for whatever would steer or hide text.
func Show(cell string) string {
	const most = 40
	if runes := []rune(cell); len(runes) > most {
		cell = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", cell)
}

func whole(format string, args ...any) []Fault {
	return []Fault{{Line: 1, Sentence: fmt.Sprintf(format, args...)}}
}

func names(columns []Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Name
	}
	return strings.Join(list, ", ")
}

// Package table reads the spreadsheets that administrators import, and writes those that they export: Excel workbooks (.xlsx), and CSV
// as Excel and other programs write it, in UTF-8, UTF-16 or GB18030, separated by commas, semicolons, tabs or bars.
//
// It knows lines, columns and cells, and not what they mean; whoever imports people or balances names the columns. Read collects every
// fault, each with its line, so that a file is put right in one go. encoding.go is about bytes, csv.go and xlsx.go about the two formats,
// and the next one is a file beside them.
package table

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"iter"
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
	Also     []string // other names, as in another language
	Optional bool     // the column may be left out of the file
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

// Table is a file, read.
type Table struct {
	Rows  []Row
	Notes []string // what is odd about the file and no fault, as lines that its reader does not see
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
	if !ok || i >= len(r.cells) {
		return ""
	}
	return r.cells[i]
}

// record is a line of a file as it stands there.
type record struct {
	line  int
	cells []string
	width int  // with the empty cells at the end
	row   bool // of a workbook, whose cells cannot slip from one column into another
}

// Read reads a file that has some of the columns: CSV, or the first sheet of a workbook. With faults there may be rows too, but they are
// not all.
func Read(r io.Reader, columns []Column) (Table, []Fault) { return ReadSheet(r, "", columns) }

// ReadSheet is Read of the sheet of that name; "" is the first that is shown.
func ReadSheet(r io.Reader, sheet string, columns []Column) (Table, []Fault) {
	content, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return Table{}, whole("The file cannot be read: %v.", err)
	}
	if len(content) > MaxBytes {
		return Table{}, whole("The file is larger than %d MiB; split it.", MaxBytes>>20)
	}
	if bytes.HasPrefix(content, []byte(zipMark)) {
		return readWorkbook(content, sheet, columns)
	}
	if sheet != "" {
		return Table{}, whole("The file is no workbook (.xlsx), so it has no sheet %s; leave out -sheet.", Show(sheet))
	}
	records, fault := readCSV(content, columns)
	if fault != nil {
		return Table{}, []Fault{*fault}
	}
	return assemble(records, columns)
}

// assemble makes a table of a file's records, of which the first that holds anything names the columns.
func assemble(records iter.Seq2[record, *Fault], columns []Column) (Table, []Fault) {
	a := assembly{columns: columns}
	for r, fault := range records {
		if fault != nil {
			a.faults = append(a.faults, *fault)
			break
		}
		r.width = len(r.cells)
		for i, cell := range r.cells {
			r.cells[i] = clean(cell)
		}
		for len(r.cells) > 0 && r.cells[len(r.cells)-1] == "" {
			r.cells = r.cells[:len(r.cells)-1]
		}
		if len(r.cells) > 0 && !a.take(r) { // empty lines are what Excel leaves below a table
			break
		}
	}
	if a.header == 0 && len(a.faults) == 0 {
		return Table{}, whole("The file is empty; its first line must name the columns: %s.", names(columns))
	}
	slices.SortStableFunc(a.faults, func(x, y Fault) int { return cmp.Compare(x.Line, y.Line) })
	return a.table, a.faults
}

type assembly struct {
	columns  []Column
	table    Table
	faults   []Fault
	header   int   // the line of it; 0: not read yet
	width    int   // of the header, with the empty cells at its end
	last     int   // the column behind which none has a name
	nameless []int // columns that have none and hold nothing so far, in their order
}

// take takes a record whose last cell is not empty; false: what follows need not be looked at.
func (a *assembly) take(r record) bool {
	if a.header == 0 {
		return a.readHeader(r)
	}
	a.nameless = slices.DeleteFunc(a.nameless, func(i int) bool {
		holds := i < len(r.cells) && r.cells[i] != ""
		if holds {
			a.fault(a.header, "", fmt.Sprintf("Column %d has no name; name it or delete it.", i+1))
		}
		return holds
	})
	switch {
	case len(a.table.Rows) == MaxLines:
		a.fault(r.line, "", fmt.Sprintf("The file has more than %d lines; split it.", MaxLines))
		return false
	case !r.row && r.width > a.width:
		a.miscounted(r, "a cell that holds the separator must stand in double quotes")
		return true
	// Old spreadsheets leave out what is empty at the end of a line; so does a file that was cut off.
	case !r.row && r.width < a.last:
		a.miscounted(r, "write the separators of empty cells too, or save it as a workbook (.xlsx)")
		return true
	case len(r.cells) > a.width:
		a.faults = append(a.faults, Fault{Line: r.line, Cause: "unnamed", Sentence: "There is something to the right of the columns that " +
			"the first line names; name its column or empty it."})
		return true
	}
	a.table.Rows = append(a.table.Rows, Row{Line: r.line, index: a.table.index, cells: r.cells})
	return true
}

func (a *assembly) miscounted(r record, do string) {
	a.faults = append(a.faults, Fault{Line: r.line, Cause: do, Sentence: fmt.Sprintf(
		"This line has %d cells, but the first line names %d columns; %s.", r.width, a.last, do)})
}

func (a *assembly) fault(line int, column, sentence string) {
	a.faults = append(a.faults, Fault{Line: line, Column: column, Sentence: sentence})
}

// readHeader reads the line that names the columns; false: it names none of them.
func (a *assembly) readHeader(r record) bool {
	a.header, a.width, a.last, a.table.index = r.line, r.width, len(r.cells), map[string]int{}
	known := func(cell string) bool { _, ok := named(cell, a.columns); return ok }
	if !slices.ContainsFunc(r.cells, known) {
		a.fault(r.line, "", fmt.Sprintf("The first line names none of the columns, but reads %s. It must name them (%s), separated by "+
			"commas, semicolons or tabs, with nothing above it.", Show(strings.Join(r.cells, " ")), names(a.columns)))
		return false
	}
	for i, cell := range r.cells {
		name, ok := named(cell, a.columns)
		_, twice := a.table.index[name]
		switch {
		case cell == "":
			a.nameless = append(a.nameless, i)
		case !ok:
			a.fault(r.line, strings.Trim(Show(cell), `"`), fmt.Sprintf("There is no such column; the columns are %s.", names(a.columns)))
		case twice:
			a.fault(r.line, name, "This column is there twice; delete one.")
		default:
			a.table.index[name] = i
		}
	}
	for _, c := range a.columns {
		if _, ok := a.table.index[c.Name]; !ok && !c.Optional {
			a.fault(r.line, c.Name,
				"This column is missing; add it to the first line, its cells may be empty where nothing is known.")
		}
	}
	return true
}

// named gives the column that a header calls so, in capitals or not.
func named(cell string, columns []Column) (string, bool) {
	for _, c := range columns {
		if strings.EqualFold(cell, c.Name) || cell != "" && slices.Contains(c.Also, cell) {
			return c.Name, true
		}
	}
	return "", false
}

func names(columns []Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Name
	}
	return strings.Join(list, ", ")
}

package table

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

const zipMark = "PK\x03\x04"

// What a workbook may unpack to: a sheet of MaxLines fits, and a file that swells to fill memory does not. Styles and the like become
// structures many times their size, so they get less.
const (
	maxUnpacked      = 200 << 20
	maxSheet         = 128 << 20
	maxSharedStrings = 32 << 20
	maxPart          = 4 << 20
	maxParts         = 2000
	inMemory         = 4 << 20 // larger sheets and strings are unpacked beside memory
	maxColumns       = 200
)

const saveAnew = ` Open it in a spreadsheet program and save it as a workbook (.xlsx), or as "CSV UTF-8".`

// readWorkbook reads a sheet of a workbook. The values of formulas are those that the program which saved it has worked out.
func readWorkbook(content []byte, sheet string, columns []Column) (t Table, faults []Fault) {
	if fault := unpacked(content); fault != "" {
		return Table{}, whole("%s", fault)
	}
	defer func() {
		if r := recover(); r != nil { // the library meets whatever strangers write
			t, faults = Table{}, whole("The workbook is broken."+saveAnew)
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(content),
		excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: inMemory})
	if err != nil {
		return Table{}, whole("The workbook cannot be read: %s."+saveAnew, Show(err.Error()))
	}
	defer book.Close()
	name, others, fault := choose(book, sheet)
	if fault != "" {
		return Table{}, whole("%s", fault)
	}
	if err := plainFormats(book); err != nil {
		return Table{}, whole("The workbook cannot be read: %s."+saveAnew, Show(err.Error()))
	}
	hidden := []string{}
	t, faults = assemble(readSheet(book, name, &hidden), columns)
	if len(others) > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("the sheet %s is read; others are %s", Show(name), strings.Join(others, ", ")))
	}
	if len(hidden) > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("lines that the sheet hides, as a filter does, are read too: %s", few(hidden)))
	}
	return t, faults
}

// unpacked says what is wrong with a workbook that is too large once it is unpacked, or holds something else than it claims; the library
// would take a part that is cut short for all of it.
func unpacked(content []byte) (fault string) {
	const broken = "The file begins as a workbook (.xlsx) and is broken." + saveAnew
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return broken
	}
	const tooLarge = "The workbook is too large once it is unpacked; keep only the sheet that is to be imported, or save it as " +
		`"CSV UTF-8".`
	if len(archive.File) > maxParts {
		return tooLarge
	}
	sum, workbook := uint64(0), false
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		workbook = workbook || strings.HasSuffix(name, "workbook.xml")
		limit := uint64(maxPart)
		switch {
		case strings.HasPrefix(name, "xl/worksheets/"):
			limit = maxSheet
		case strings.HasPrefix(name, "xl/sharedstrings"):
			limit = maxSharedStrings
		case strings.HasPrefix(name, "xl/media/"), strings.HasPrefix(name, "xl/calcchain"):
			limit = MaxBytes
		}
		if sum += part.UncompressedSize64; part.UncompressedSize64 > limit || sum > maxUnpacked {
			return tooLarge
		}
	}
	for _, part := range archive.File {
		r, err := part.Open()
		if err != nil {
			return broken
		}
		_, err = io.Copy(io.Discard, r) // ends where the part is longer than it claims, and compares its sum
		if errors.Join(err, r.Close()) != nil {
			return broken
		}
	}
	if !workbook {
		return "The file is no Excel workbook, but another archive, as .ods or .zip." + saveAnew
	}
	return ""
}

// choose finds the sheet to read, and lists the others that are shown. A hidden one is read when it is named.
func choose(book *excelize.File, wanted string) (sheet string, others []string, fault string) {
	var shown []string
	for _, name := range book.GetSheetList() {
		if wanted != "" && strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(wanted)) {
			return name, nil, ""
		}
		if visible, err := book.GetSheetVisible(name); err == nil && visible {
			shown = append(shown, name)
		}
	}
	switch {
	case len(shown) == 0:
		return "", nil, "The workbook has no sheet that is shown."
	case wanted != "":
		return "", nil, fmt.Sprintf("The workbook has no sheet %s; its sheets are %s.", Show(wanted), few(quoted(shown)))
	}
	return shown[0], quoted(shown[1:]), ""
}

// readSheet yields the rows of a sheet, and notes those that are hidden.
func readSheet(book *excelize.File, sheet string, hidden *[]string) iter.Seq2[record, *Fault] {
	return func(yield func(record, *Fault) bool) {
		broken := func(line int, err error) {
			yield(record{}, &Fault{Line: max(line, 1),
				Sentence: fmt.Sprintf("The sheet cannot be read on: %s."+saveAnew, Show(err.Error()))})
		}
		rows, err := book.Rows(sheet)
		if err != nil {
			broken(1, err)
			return
		}
		defer rows.Close()
		line := 0
		for rows.Next() {
			line++
			cells, err := rows.Columns()
			if err != nil {
				broken(line, err)
				return
			}
			if len(cells) > maxColumns {
				yield(record{}, &Fault{Line: line, Sentence: fmt.Sprintf("The sheet has more than %d columns; delete what is not to be "+
					"imported.", maxColumns)})
				return
			}
			if len(cells) > 0 && rows.GetRowOpts().Hidden {
				*hidden = append(*hidden, strconv.Itoa(line))
			}
			if !yield(record{line: line, cells: cells, row: true}, nil) {
				return
			}
		}
		if err := rows.Error(); err != nil {
			broken(line, err)
		}
	}
}

// plainFormats has every date of a workbook read as 2026-11-30, whatever its form on the screen and whichever day its program counts
// from, and every number as it is. A number that is shown with zeros in front (the form 0000) keeps them.
func plainFormats(book *excelize.File) error {
	form := "yyyy-mm-dd"
	style, err := book.NewStyle(&excelize.Style{CustomNumFmt: &form})
	if err != nil || book.Styles.CellXfs == nil {
		return err
	}
	codes := map[int]string{}
	if book.Styles.NumFmts != nil {
		for _, f := range book.Styles.NumFmts.NumFmt {
			codes[f.NumFmtID] = f.FormatCode
		}
	}
	styles := book.Styles.CellXfs.Xf
	date, plain := styles[style].NumFmtID, 0
	for i := range styles {
		if id := styles[i].NumFmtID; id == nil || onlyZeros.MatchString(codes[*id]) {
			continue
		} else if isDate(*id, codes[*id]) {
			styles[i].NumFmtID = date
		} else {
			styles[i].NumFmtID = &plain
		}
	}
	return nil
}

var (
	onlyZeros = regexp.MustCompile(`^0{2,}$`)
	// What stands in quotes, brackets or behind a backslash is shown as it is.
	literal = regexp.MustCompile(`"[^"]*"|\[[^\]]*\]|\\.|_.|\*.`)
)

// isDate tells whether a number of that form is a date. Those up to 163 without a code are built into Excel: 14–17 and 22 everywhere,
// 27–36 and 50–58 in East Asia.
func isDate(id int, code string) bool {
	if code == "" {
		return id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 54 || id >= 57 && id <= 58
	}
	code, _, _ = strings.Cut(code, ";")
	return strings.ContainsAny(strings.ToLower(literal.ReplaceAllString(code, "")), "yd")
}

func quoted(names []string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = Show(name)
	}
	return list
}

// few joins the first of a list.
func few(list []string) string {
	const most = 5
	if len(list) > most {
		return strings.Join(list[:most], ", ") + " …"
	}
	return strings.Join(list, ", ")
}

package table_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/nod-chat/nod/storage/table"
)

// workbook saves what a function makes of a new workbook.
func workbook(t testing.TB, fill func(f *excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func rows(f *excelize.File, sheet string, rows ...[]any) error {
	for i, row := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
	}
	return nil
}

// readSheet reads all cells of the columns of a workbook, row by row.
func readSheet(content []byte, sheet string) ([]string, []string, []string) {
	got, faults := table.ReadSheet(bytes.NewReader(content), sheet, columns)
	var lines, sentences []string
	for _, row := range got.Rows {
		lines = append(lines, fmt.Sprintf("%d|%s|%s|%s|%s", row.Line, row.Cell("no"), row.Cell("name"), row.Cell("roles"), row.Cell("note")))
	}
	for _, f := range faults {
		sentences = append(sentences, f.String())
	}
	return lines, sentences, got.Notes
}

func want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}

// A date is read as one by its cell's type, in whatever form it is shown; numbers, truths and the values of formulas as they are.
func TestReadsWorkbooks(t *testing.T) {
	day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	shown := func(f *excelize.File, cell, form string) error {
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &form})
		if err != nil {
			return err
		}
		return f.SetCellStyle("Sheet1", cell, cell, style)
	}
	content := workbook(t, func(f *excelize.File) error {
		err := rows(f, "Sheet1", []any{}, []any{"no", "name", "roles", "note"},
			[]any{18, "周凯", true, day}, []any{"0018", " two\r\nlines ", false, day.Add(9 * time.Hour)}, []any{},
			[]any{46027, 0.1 + 0.2, 1.2e5, day}, []any{18, 0.5, nil, day}, []any{"=1+1", "'-x", "#N/A"})
		for cell, form := range map[string]string{"D3": "d-mmm-yy", "D4": `yyyy"年"m"月"d"日";@`, "A7": "0000", "B7": "0%", "D7": `[$-407]dd\.mm\.yyyy`,
			"C6": `#,##0.00\ "days"`} {
			if e := shown(f, cell, form); e != nil {
				return e
			}
		}
		return err
	})
	lines, faults, notes := readSheet(content, "")
	want(t, "faults", faults)
	want(t, "notes", notes)
	want(t, "lines", lines, "3|18|周凯|TRUE|2026-01-05", "4|0018|two\nlines|FALSE|2026-01-05", "6|46027|0.3|120000|2026-01-05",
		"7|0018|0.5||2026-01-05", "8|=1+1|-x|#N/A|")

	mac := workbook(t, func(f *excelize.File) error { // counts days from 1904
		yes, short := true, 14
		style, err := f.NewStyle(&excelize.Style{NumFmt: short})
		if err != nil {
			return err
		}
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
			return err
		}
		if err := rows(f, "Sheet1", []any{"no", "name", "roles"}, []any{"E1", 46027 - 1462}); err != nil {
			return err
		}
		return f.SetCellStyle("Sheet1", "B2", "B2", style)
	})
	lines, faults, _ = readSheet(mac, "")
	want(t, "faults", faults)
	want(t, "lines", lines, "2|E1|2026-01-05||")
}

// What a formula was worked out to stands in the file beside it.
func TestReadsTheValuesOfFormulas(t *testing.T) {
	content := rewrite(t, workbook(t, func(f *excelize.File) error {
		return rows(f, "Sheet1", []any{"no", "name", "roles"}, []any{"E1", "x", "y"})
	}), map[string]func([]byte) []byte{"xl/worksheets/sheet1.xml": func(xml []byte) []byte {
		return bytes.Replace(xml, []byte("</sheetData>"), []byte(`<row r="3"><c r="A3" t="str"><f>CONCATENATE("E","2")</f><v>E2</v></c>`+
			`<c r="B3"><f>1+1</f><v>2</v></c><c r="C3" t="d"><v>2026-11-30T00:00:00</v></c></row></sheetData>`), 1)
	}})
	lines, faults, _ := readSheet(content, "")
	want(t, "faults", faults)
	want(t, "lines", lines, "2|E1|x|y|", "3|E2|2|2026-11-30T00:00:00|")
}

func TestChoosesTheSheet(t *testing.T) {
	content := workbook(t, func(f *excelize.File) error {
		for _, name := range []string{"People", "员工"} {
			if _, err := f.NewSheet(name); err != nil {
				return err
			}
			if err := rows(f, name, []any{"no", "name", "roles"}, []any{name, "a"}, []any{name, "b"}); err != nil {
				return err
			}
		}
		f.SetActiveSheet(2)
		if err := f.SetSheetVisible("Sheet1", false); err != nil {
			return err
		}
		return f.SetRowVisible("People", 3, false)
	})
	lines, faults, notes := readSheet(content, "")
	want(t, "faults", faults)
	want(t, "lines", lines, "2|People|a||", "3|People|b||")
	want(t, "notes", notes, `the sheet "People" is read; others are "员工"`, "lines that the sheet hides, as a filter does, are read too: 3")
	lines, _, notes = readSheet(content, "员工")
	want(t, "the one that is named", lines, "2|员工|a||", "3|员工|b||")
	want(t, "notes", notes)
	lines, faults, _ = readSheet(content, " people ")
	want(t, "the one that is named in small letters", faults)
	want(t, "lines", lines, "2|People|a||", "3|People|b||")
	_, faults, _ = readSheet(content, "sheet1")
	want(t, "a hidden one that is named in small letters, and empty", faults, "line 1: The file is empty; its first line must name the columns: no, name, roles, note.")
	_, faults, _ = readSheet(content, "2026")
	want(t, "faults", faults, `line 1: The workbook has no sheet "2026"; its sheets are "People", "员工".`)
	_, faults, _ = readSheet([]byte("no,name,roles\n"), "2026")
	want(t, "of a CSV file", faults, `line 1: The file is no workbook (.xlsx), so it has no sheet "2026"; leave out -sheet.`)
}

// repack packs a workbook's parts into another archive, each as write does it, and then what more adds; nil: nothing.
func repack(t testing.TB, content []byte, write func(out *zip.Writer, part *zip.File) error, more func(out *zip.Writer) error) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	out.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for _, part := range in.File {
		if err := write(out, part); err != nil {
			t.Fatal(err)
		}
	}
	if more != nil {
		if err := more(out); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rewrite changes parts of a workbook, or adds them.
func rewrite(t testing.TB, content []byte, change map[string]func([]byte) []byte) []byte {
	t.Helper()
	write := func(out *zip.Writer, name string, body []byte) error {
		w, err := out.Create(name)
		if err == nil {
			_, err = w.Write(body)
		}
		return err
	}
	added := maps.Clone(change)
	return repack(t, content, func(out *zip.Writer, part *zip.File) error {
		r, err := part.Open()
		if err != nil {
			return err
		}
		body, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if f := change[part.Name]; f != nil {
			body = f(body)
			delete(added, part.Name)
		}
		return write(out, part.Name, body)
	}, func(out *zip.Writer) error {
		for _, name := range slices.Sorted(maps.Keys(added)) {
			if err := write(out, name, added[name](nil)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Somebody sends a workbook that is small and swells, so that the machine of whoever imports it stands still. Each way is refused, with
// a sentence, before it takes memory.
func TestHostileWorkbooks(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	plain := workbook(t, func(f *excelize.File) error {
		return rows(f, "Sheet1", []any{"no", "name", "roles"}, []any{"E1", "a", "b"})
	})
	const other = "xl/worksheets/sheet2.xml"
	const sheet, tooLarge = "xl/worksheets/sheet1.xml", `line 1: The workbook is too large once it is unpacked; keep only the sheet that is to be imported, or save it as "CSV UTF-8".`
	const anew = ` Open it in a spreadsheet program and save it as a workbook (.xlsx), or as "CSV UTF-8".`
	body := func(xml string) func([]byte) []byte {
		return func(was []byte) []byte {
			return bytes.Replace(was, []byte("</sheetData>"), []byte(xml+"</sheetData>"), 1)
		}
	}
	spaces := func(n int) func([]byte) []byte {
		return func(was []byte) []byte { return append(was, bytes.Repeat([]byte(" "), n)...) }
	}
	type parts = map[string]func([]byte) []byte
	stored := uncompressed(t, workbook(t, func(f *excelize.File) error {
		return rows(f, "Sheet1", []any{"no", "name", "roles"}, []any{"E1", "Eleven", "b"})
	}))
	many := parts{}
	for i := range 2100 {
		many[fmt.Sprintf("xl/media/%d.png", i)] = spaces(1)
	}
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"a sheet of 129 MiB":       {claim(t, plain, sheet, 129<<20), tooLarge},
		"sheets of 240 MiB":        {claim(t, claim(t, rewrite(t, plain, parts{other: spaces(1)}), sheet, 120<<20), other, 120<<20), tooLarge},
		"strings of 33 MiB":        {claim(t, plain, "xl/sharedStrings.xml", 33<<20), tooLarge},
		"styles of 5 MiB":          {rewrite(t, plain, parts{"xl/styles.xml": spaces(5 << 20)}), tooLarge},
		"2100 parts":               {rewrite(t, plain, many), tooLarge},
		"a size that is a lie":     {claim(t, rewrite(t, plain, parts{sheet: spaces(8 << 20)}), sheet, 1000), "line 1: The file begins as a workbook (.xlsx) and is broken." + anew},
		"a part that was changed":  {bytes.Replace(stored, []byte("Eleven"), []byte("Twelve"), 1), "line 1: The file begins as a workbook (.xlsx) and is broken." + anew},
		"a cell at the far right":  {rewrite(t, plain, parts{sheet: body(`<row r="3"><c r="XFD3"><v>1</v></c></row>`)}), "line 3: The sheet has more than 200 columns; delete what is not to be imported."},
		"a cell that is nowhere":   {rewrite(t, plain, parts{sheet: body(`<row r="3"><c r="ZZZZ3"><v>1</v></c></row>`)}), `line 3: The sheet cannot be read on: "the column number must be greater than o…".` + anew},
		"a row beyond the last":    {rewrite(t, plain, parts{sheet: body(`<row r="9999999"><c r="A9999999"><v>1</v></c></row>`)}), `line 2: The sheet cannot be read on: "row number exceeds maximum limit".` + anew},
		"no workbook":              {rewrite(t, empty(t), parts{"content.xml": spaces(3)}), "line 1: The file is no Excel workbook, but another archive, as .ods or .zip." + anew},
		"an empty archive":         {append([]byte("PK\x03\x04"), empty(t)...), "line 1: The file is no Excel workbook, but another archive, as .ods or .zip." + anew},
		"200,001 rows of one cell": {rewrite(t, plain, parts{sheet: body(many200k())}), "line 200002: The file has more than 200000 lines; split it."},
	} {
		t.Run(name, func(t *testing.T) {
			if len(c.content) > table.MaxBytes {
				t.Fatalf("%d bytes are refused anyway", len(c.content))
			}
			_, faults, _ := readSheet(c.content, "")
			want(t, "faults", faults, c.want)
		})
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v are left in the folder for temporary files", left, err)
	}
	// A sheet at the very end is no reason to count to it slowly, nor to be refused.
	far := rewrite(t, plain, parts{sheet: body(`<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>E9</t></is></c></row>`)})
	lines, faults, _ := readSheet(far, "")
	want(t, "faults", faults)
	want(t, "lines", lines, "2|E1|a|b|", "1048576|E9|||")
}

// uncompressed is a workbook whose parts are stored as they are.
func uncompressed(t testing.TB, content []byte) []byte {
	t.Helper()
	return repack(t, content, func(out *zip.Writer, part *zip.File) error {
		r, err := part.Open()
		if err != nil {
			return err
		}
		w, err := out.CreateHeader(&zip.FileHeader{Name: part.Name, Method: zip.Store})
		if err == nil {
			_, err = io.Copy(w, r)
		}
		return err
	}, nil)
}

func many200k() string {
	var b strings.Builder
	for i := range 200_001 {
		fmt.Fprintf(&b, `<row r="%d"><c r="A%[1]d"><v>1</v></c></row>`, i+3)
	}
	return b.String()
}

func empty(t testing.TB) []byte {
	var b bytes.Buffer
	if err := zip.NewWriter(&b).Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// claim has a workbook say that a part of it has that size, whatever it has.
func claim(t testing.TB, content []byte, name string, size uint64) []byte {
	t.Helper()
	return repack(t, content, func(out *zip.Writer, part *zip.File) error {
		body, err := part.OpenRaw()
		if err != nil {
			return err
		}
		header := part.FileHeader
		if header.Name == name {
			header.UncompressedSize64 = size
		}
		w, err := out.CreateRaw(&header)
		if err == nil {
			_, err = io.Copy(w, body)
		}
		return err
	}, nil)
}

// Whatever stands in a workbook's parts: no panic, and either faults or clean cells.
func FuzzWorkbook(f *testing.F) {
	plain := workbook(f, func(f *excelize.File) error {
		return rows(f, "Sheet1", []any{"no", "name", "roles"}, []any{"E1", 46027, true})
	})
	f.Add([]byte(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`), []byte(`<sst><si><t>no</t></si></sst>`), []byte(`<styleSheet/>`))
	f.Add([]byte(`<worksheet><sheetData><row><c t="inlineStr"><is><t>no</t></is></c><c s="9"><v>1e999</v></c></row></sheetData></worksheet>`), []byte(``),
		[]byte(`<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>`))
	f.Fuzz(func(t *testing.T, sheet, strings, styles []byte) {
		as := func(body []byte) func([]byte) []byte { return func([]byte) []byte { return body } }
		content := rewrite(t, plain, map[string]func([]byte) []byte{"xl/worksheets/sheet1.xml": as(sheet), "xl/sharedStrings.xml": as(strings),
			"xl/styles.xml": as(styles)})
		got, faults := table.Read(bytes.NewReader(content), columns)
		for _, f := range faults {
			if f.Line < 1 || f.Line > table.MaxRows || f.Sentence == "" {
				t.Errorf("%+v", f)
			}
		}
		for _, row := range got.Rows {
			for _, column := range columns {
				if cell := row.Cell(column.Name); cell != clean(cell) {
					t.Errorf("cell %q", cell)
				}
			}
		}
	})
}

func clean(s string) string { return strings.TrimSpace(s) }

package table_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/nod-chat/nod/storage/table"
)

var formats = map[string]func(w io.Writer) (table.Writer, error){
	"csv":  table.NewCSV,
	"xlsx": func(w io.Writer) (table.Writer, error) { return table.NewWorkbook(w, "Balances") },
}

func write(t interface {
	Helper()
	Fatal(...any)
}, format string, lines ...[]table.Cell) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := formats[format](&b)
	for _, line := range lines {
		if err == nil {
			err = w.Write(line...)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var header = []table.Cell{table.Text("no"), table.Text("name"), table.Text("roles"), table.Text("note")}

// Somebody calls themselves =HYPERLINK(…), or writes such a reason, and waits for hr to open the export. Excel runs a text that begins
// with = + - @, a tab or a line's end, whatever quotes it stands in; and where it takes the semicolon for the separator, also one behind a
// semicolon. Each is a text here, in both formats, and comes back as it was.
func TestNothingRuns(t *testing.T) {
	for _, s := range []string{"=1+1", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "'=1", "''=1", "＝1", "＋1", "－1", "＠x", `=cmd|' /C calc'!A0`, "a;=1+1", "a; =1+1;b", "a\n=1+1",
		"a\t@x", "O'Neil", "'t Hooft", "a;'b", "=", "'", "--", "a\r\n-b", ";=1"} {
		for format := range formats {
			content := write(t, format, header, []table.Cell{table.Text("E1"), table.Text(s), table.Text("x"), table.Text(s)})
			want := strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s))
			lines, faults, _ := readSheet(content, "")
			if len(faults) > 0 || len(lines) != 1 || strings.ReplaceAll(lines[0], "\r", "\n") != fmt.Sprintf("2|E1|%s|x|%[1]s", want) {
				t.Errorf("%s: %q comes back as %q, %q", format, s, lines, faults)
			}
		}
	}
}

var runs = regexp.MustCompile(`(?:^|[;\t\r\n])[ ;\t\r\n]*[=+\-@＝＋－＠]|^[\t\r]`)

func TestWrittenAndReadAgain(t *testing.T) {
	signs := rapid.StringOfN(rapid.SampledFrom([]rune("=+-@＝'\"; ,\t\n\raE1周 \u00A0\u3000|.")), 0, 12, -1)
	trimmed := rapid.Custom(func(t *rapid.T) string {
		s := strings.NewReplacer("\r\n", "\n", "\u00A0", " ").Replace(signs.Draw(t, "text"))
		return strings.ReplaceAll(strings.TrimSpace(s), "\r", "")
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := trimmed.Draw(t, "a"), trimmed.Draw(t, "b")
		for format := range formats {
			content := write(t, format, header, []table.Cell{table.Text("E1"), table.Text(a), table.Text(b), table.Text("end")})
			lines, faults, _ := readSheet(content, "")
			if want := fmt.Sprintf("2|E1|%s|%s|end", a, b); len(faults) > 0 || len(lines) != 1 || lines[0] != want {
				t.Fatalf("%s: %q comes back as %q, %q", format, want, lines, faults)
			}
			if format == "csv" {
				records, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				for _, cell := range records[1] {
					if runs.MatchString(cell) {
						t.Fatalf("%q would run", cell)
					}
				}
			}
		}
	})
}

// Numbers and dates are such in a workbook, so that they can be summed and sorted; in CSV they stand as they are read again.
func TestTypesOfCells(t *testing.T) {
	lines := [][]table.Cell{header, {table.Text("0018"), table.Number("-2.5"), table.Date("2026-11-30"), table.Number("=1")}}
	if got, want := string(write(t, "csv", lines...)), "\uFEFFno,name,roles,note\r\n0018,-2.5,2026-11-30,'=1\r\n"; got != want {
		t.Errorf("%q", got)
	}
	content := write(t, "xlsx", lines...)
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, want := range map[string]excelize.CellType{"A2": excelize.CellTypeInlineString, "B2": excelize.CellTypeUnset, "C2": excelize.CellTypeUnset, "D2": excelize.CellTypeInlineString} {
		is, err := f.GetCellType("Balances", cell)
		formula, _ := f.GetCellFormula("Balances", cell)
		if err != nil || is != want || formula != "" {
			t.Errorf("%s is of type %d with the formula %q, %v", cell, is, formula, err)
		}
	}
	got, faults, _ := readSheet(content, "")
	want(t, "faults", faults)
	want(t, "read again", got, "2|0018|-2.5|2026-11-30|=1")
}

// What cannot be written is told, and a full sheet is known as such.
func TestWritingFails(t *testing.T) {
	broken := errors.New("no space left")
	for format, open := range formats {
		w, err := open(writerFunc(func([]byte) (int, error) { return 0, broken }))
		if err == nil {
			err = errors.Join(w.Write(header...), w.Close())
		}
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", format, err)
		}
	}
	w, err := table.NewWorkbook(io.Discard, "x")
	if err != nil {
		t.Fatal(err)
	}
	table.Fill(w)
	if err := w.Write(); !errors.Is(err, table.ErrFull) {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// One mistake is told once: more than three faults of one cause are one line, which says where the next ones stand.
func TestTold(t *testing.T) {
	fault := func(line int, column, cause, value string) table.Fault {
		return table.Fault{Line: line, Column: column, Cause: cause, Value: value, Sentence: value + " is wrong."}
	}
	var faults []table.Fault
	for i := range 6 {
		faults = append(faults, fault(i+2, "date", "form", fmt.Sprint("d", i)), fault(i+2, "kind", "word", "x"))
	}
	faults = append(faults, fault(9, "name", "", "n"), fault(9, "date", "range", "r"))
	want(t, "told", table.Told(faults),
		"line 2: date: d0 is wrong. The same in 5 more lines: 3 (d1), 4 (d2), 5 (d3) …",
		"line 2: kind: x is wrong. The same in 5 more lines: 3, 4, 5 …",
		"line 9: name: n is wrong.",
		"line 9: date: r is wrong.")
	want(t, "three", table.Told(faults[:6]), "line 2: date: d0 is wrong.", "line 2: kind: x is wrong.", "line 3: date: d1 is wrong.", "line 3: kind: x is wrong.",
		"line 4: date: d2 is wrong.", "line 4: kind: x is wrong.")
	want(t, "four", table.Told([]table.Fault{faults[1], faults[3], faults[5], faults[7]}), "line 2: kind: x is wrong. The same in 3 more lines: 3, 4, 5.")
}

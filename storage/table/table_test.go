package table_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	utf "golang.org/x/text/encoding/unicode"

	"github.com/nod-chat/nod/storage/table"
)

var columns = slices.Concat(table.Required("no", "name", "roles"), table.Optional("note"))

func read(t testing.TB, content string) (table.Table, []string) {
	t.Helper()
	got, faults := table.Read(strings.NewReader(content), columns)
	var sentences []string
	for _, f := range faults {
		sentences = append(sentences, f.String())
	}
	return got, sentences
}

func encode(t *testing.T, e interface{ String(string) (string, error) }, s string) string {
	t.Helper()
	encoded, err := e.String(s)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// Every way in which a spreadsheet is saved gives the same table.
func TestReadsWhatSpreadsheetsWrite(t *testing.T) {
	const plain = "no,name,roles\nE1,周凯 Zhou Kai,sales;mentor\nE2,\"Müller, Jürgen\",\n"
	const tabs = "no\tname\troles\nE1\t周凯 Zhou Kai\tsales;mentor\nE2\tMüller, Jürgen\t\n"
	for name, content := range map[string]string{
		"plain":          plain,
		"BOM":            "\uFEFF" + plain,
		"CRLF":           strings.ReplaceAll(plain, "\n", "\r\n"),
		"old Mac":        strings.ReplaceAll(plain, "\n", "\r"),
		"no last end":    strings.TrimSuffix(plain, "\n"),
		"GB18030":        encode(t, simplifiedchinese.GB18030.NewEncoder(), plain),
		"semicolons":     "no;name;roles\nE1;周凯 Zhou Kai;\"sales;mentor\"\nE2;Müller, Jürgen;\n",
		"tabs":           "no\tname\troles\nE1\t周凯 Zhou Kai\tsales;mentor\nE2\tMüller, Jürgen\t\n",
		"other order":    "roles,no,name\nsales;mentor,E1,周凯 Zhou Kai\n,E2,\"Müller, Jürgen\"\n",
		"empty lines":    "no,name,roles\n\nE1,周凯 Zhou Kai,sales;mentor\n,,\nE2,\"Müller, Jürgen\",\n,,\n",
		"sep":            "sep=;\r\nno;name;roles\r\nE1;周凯 Zhou Kai;\"sales;mentor\"\r\nE2;Müller, Jürgen;\r\n",
		"sep, tabs":      "\uFEFF\"SEP=\t\"\nno\tname\troles\nE1\t周凯 Zhou Kai\tsales;mentor\nE2\tMüller, Jürgen\t\n",
		"sep, any sign":  "sep=^\nno^name^roles\nE1^周凯 Zhou Kai^sales;mentor\nE2^Müller, Jürgen^\n",
		"bars":           "no|name|roles\nE1|周凯 Zhou Kai|sales;mentor\nE2|Müller, Jürgen|\n",
		"UTF-16 LE":      encode(t, utf.UTF16(utf.LittleEndian, utf.UseBOM).NewEncoder(), strings.ReplaceAll(tabs, "\n", "\r\n")),
		"UTF-16 BE":      encode(t, utf.UTF16(utf.BigEndian, utf.UseBOM).NewEncoder(), tabs),
		"line above":     ",,\n\nno,name,roles\nE1,周凯 Zhou Kai,sales;mentor\nE2,\"Müller, Jürgen\",\n",
		"columns behind": "no,name,roles,,,\nE1,周凯 Zhou Kai,sales;mentor,,,\nE2,\"Müller, Jürgen\",\n",
		"capitals":       "No,NAME,Roles\nE1,周凯 Zhou Kai,sales;mentor\nE2,\"Müller, Jürgen\",\n",
		"odd spaces":     "no,name,roles\n\u200BE1\u00A0,周凯\u00A0Zhou\u202FKai,\u2007sales;mentor\nE2,\"\uFEFFMüller, Jürgen\",\u3000\n",
		"space in cells": "no , name,roles\n E1,周凯 Zhou Kai ,\u3000sales;mentor\nE2,\"Müller, Jürgen\",\u00a0\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, faults := read(t, content)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			var rows []string
			for _, row := range got.Rows {
				rows = append(rows, strings.Join([]string{row.Cell("no"), row.Cell("name"), row.Cell("roles"), row.Cell("note")}, "|"))
			}
			want := []string{"E1|周凯 Zhou Kai|sales;mentor|", "E2|Müller, Jürgen||"}
			if !slices.Equal(rows, want) {
				t.Errorf("got %q, want %q", rows, want)
			}
			if got.Has("note") || !got.Has("roles") {
				t.Error("the columns are not those of the file")
			}
		})
	}
}

// A record may go over several lines; it is known by its first.
func TestLinesAreCountedInTheFile(t *testing.T) {
	got, faults := read(t, "no,name,roles\nE1,\"two\nlines\",\n\nE2,b,\nE3\n")
	if want := []int{2, 5}; len(got.Rows) != 2 || got.Rows[0].Line != want[0] || got.Rows[1].Line != want[1] {
		t.Errorf("rows are %+v, want those of lines %v", got.Rows, want)
	}
	if got.Rows[0].Cell("name") != "two\nlines" {
		t.Errorf("name is %q", got.Rows[0].Cell("name"))
	}
	if len(faults) != 1 || !strings.HasPrefix(faults[0], "line 6: This line has 1 cells") {
		t.Errorf("faults are %q", faults)
	}
}

const saveAs = `In Excel choose "Save as" and "CSV UTF-8", or save it as a workbook (.xlsx).`

func TestRefusals(t *testing.T) {
	wide := func(s string) string {
		b := []byte{0xFF, 0xFE}
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return string(b)
	}
	for name, c := range map[string]struct {
		content string
		want    []string
	}{
		"empty":          {"", []string{"line 1: The file is empty; its first line must name the columns: no, name, roles, note."}},
		"unknown column": {"no,name,roles,sallary\n", []string{"line 1: sallary: There is no such column; the columns are no, name, roles, note."}},
		"all at once": {"no,name,name,,pay\nE1\nE2,a,,b,\nE3,a,,b,\n", []string{
			"line 1: name: This column is there twice; delete one.",
			"line 1: pay: There is no such column; the columns are no, name, roles, note.",
			"line 1: roles: This column is missing; add it to the first line, its cells may be empty where nothing is known.",
			"line 1: Column 4 has no name; name it or delete it.",
			"line 2: This line has 1 cells, but the first line names 5 columns; write the separators of empty cells too, or save it as a workbook (.xlsx).",
		}},
		"columns without names": {"no,name,,,,,,,roles\nE1,a,1,2,3,4,,6,b\nE2,a,,,,,5,,b\n", []string{
			"line 1: Column 3 has no name; name it or delete it.", "line 1: Column 4 has no name; name it or delete it.",
			"line 1: Column 5 has no name; name it or delete it.", "line 1: Column 6 has no name; name it or delete it.",
			"line 1: Column 8 has no name; name it or delete it.", "line 1: Column 7 has no name; name it or delete it."}},
		"steering column": {"no,name,roles,\u202Eeman\n", []string{"line 1: \\u202eeman: There is no such column; the columns are no, name, roles, note."}},
		"half UTF-16":     {wide("no,name,roles\n") + "\x00\xD8", []string{`line 1: The file begins as UTF-16 and goes on otherwise. ` + saveAs}},
		"other separator": {"no:name:roles\nE1:a:\nE2:b:\n", []string{`line 1: The first line names none of the columns, but reads "no:name:roles". It must name them ` +
			`(no, name, roles, note), separated by commas, semicolons or tabs, with nothing above it.`}},
		"title above": {"People of 2026,,\nno,name,roles\nE1,a,\n", []string{`line 1: The first line names none of the columns, but reads "People of 2026". It must ` +
			`name them (no, name, roles, note), separated by commas, semicolons or tabs, with nothing above it.`}},
		"below sep": {"sep=;\nno;name;roles;x\nE1\n", []string{"line 2: x: There is no such column; the columns are no, name, roles, note.",
			"line 3: This line has 1 cells, but the first line names 4 columns; write the separators of empty cells too, or save it as a workbook (.xlsx)."}},
		"bare separator": {"no,name,roles\nE1,Müller, Jürgen,\nE2,Li, Jing,hr\n", []string{
			"line 2: This line has 4 cells, but the first line names 3 columns; a cell that holds the separator must stand in double quotes.",
			"line 3: This line has 4 cells, but the first line names 3 columns; a cell that holds the separator must stand in double quotes."}},
		"old workbook": {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", []string{
			`line 1: The file is an old Excel workbook (.xls), or one with a password. Save it as a workbook (.xlsx) without a password.`}},
		"bare UTF-16": {wide("no,name,roles\n")[2:], []string{`line 1: The file holds NUL bytes, so it is no text, or it is UTF-16 without a mark. ` + saveAs}},
		"NUL":         {"no,name,roles\nE1,a\x00b,\n", []string{`line 1: The file holds NUL bytes, so it is no text, or it is UTF-16 without a mark. ` + saveAs}},
		"workbook":    {"PK\x03\x04rest", []string{`line 1: The file begins as a workbook (.xlsx) and is broken. Open it in a spreadsheet program and save it as a workbook (.xlsx), or as "CSV UTF-8".`}},
		"invalid":     {"no,name,roles\nE1,\xFF\xFF,\n", []string{`line 1: The file is neither UTF-8 nor GB18030. ` + saveAs}},
		"Windows-1252": {encode(t, charmap.Windows1252.NewEncoder(), "no,name,roles\nE1,Jürgen Groß,\nE2,Anaïs Lévêque,\n"),
			[]string{`line 1: The file is neither UTF-8 nor GB18030. ` + saveAs}},
		"open quote":  {"no,name,roles\nE1,\"a,\nE2,b,\n", []string{"line 2: A cell that begins with a double quote does not end with one; write a double quote inside a cell twice."}},
		"stray quote": {"no,name,roles\nE1,a\"b,\n", []string{`line 2: A double quote stands inside a cell; put the whole cell in double quotes and write the one inside twice ("").`}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, got := read(t, c.content); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	if _, got := read(t, "no,name,roles\nE1,"+strings.Repeat("a", table.MaxBytes)+",\n"); len(got) != 1 || got[0] != "line 1: The file is larger than 20 MiB; split it." {
		t.Errorf("a large file: %q", got)
	}
	lines := strings.Repeat("E1,a,\n", table.MaxLines)
	if all, got := read(t, "no,name,roles\n"+lines); len(got) > 0 || len(all.Rows) != table.MaxLines {
		t.Errorf("a file of %d lines: %d rows, %q", table.MaxLines, len(all.Rows), got)
	}
	want := fmt.Sprintf("line %d: The file has more than %d lines; split it.", table.MaxLines+2, table.MaxLines)
	if _, got := read(t, "no,name,roles\n"+lines+"E1,a,\n"); len(got) != 1 || got[0] != want {
		t.Errorf("a long file: %q", got)
	}
}

// Whatever the bytes: no panic, and either faults, or clean cells that survive being written and read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte("no,name,roles\nE1,a,b;c\n"))
	f.Add([]byte("no;name;roles;note\nE1;\"a\n\"\"b\";;\n"))
	f.Add([]byte("\xEF\xBB\xBFno\tname\troles\r\nE1\t\xD6\xDC\xBF\xAD\t\r\n"))
	f.Add([]byte("\xFF\xFEn\x00"))
	f.Add([]byte("no,name,roles\n\"E1,\xFC\x72"))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, faults := table.Read(bytes.NewReader(content), columns)
		lines := bytes.Count(content, []byte("\n")) + bytes.Count(content, []byte("\r")) + 1
		for _, f := range faults {
			if f.Line < 1 || f.Line > lines || f.Sentence == "" || !utf8.ValidString(f.String()) {
				t.Fatalf("fault %+v of a file with %d lines", f, lines)
			}
		}
		if len(faults) > 0 {
			return
		}
		var again bytes.Buffer
		w, err := table.NewCSV(&again)
		if err != nil {
			t.Fatal(err)
		}
		cells := func(row table.Row) []string {
			return []string{row.Cell("no"), row.Cell("name"), row.Cell("roles"), row.Cell("note")}
		}
		write := func(cells []string) {
			var line []table.Cell
			for _, cell := range cells {
				line = append(line, table.Text(cell))
			}
			if err := w.Write(line...); err != nil {
				t.Fatal(err)
			}
		}
		write([]string{"no", "name", "roles", "note"})
		for _, row := range got.Rows {
			for _, cell := range cells(row) {
				if !utf8.ValidString(cell) || strings.ContainsRune(cell, 0) || cell != strings.TrimSpace(cell) {
					t.Fatalf("cell %q", cell)
				}
			}
			write(cells(row))
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		second, faults := table.Read(&again, columns)
		if len(faults) > 0 || len(second.Rows) != len(got.Rows) {
			t.Fatalf("written and read again: %v, %d rows where %d were", faults, len(second.Rows), len(got.Rows))
		}
		for i, row := range second.Rows {
			if a, b := cells(got.Rows[i]), cells(row); !slices.Equal(a, b) {
				t.Fatalf("row %q comes back as %q", a, b)
			}
		}
	})
}

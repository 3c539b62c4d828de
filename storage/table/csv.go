package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
	"unicode/utf8"
)

// separators are the signs that spreadsheets put between cells. Excel writes semicolons where the comma is the decimal sign.
const separators = ",;\t|"

// sepLine is a first line that tells Excel the separator, and is not part of the table.
var sepLine = regexp.MustCompile(`^"?(?i:sep)=([^"\r\n])"?[ ,;\t]*(?:\r\n|\r|\n|$)`)

// readCSV yields the records of a CSV file, with the line on which each begins. A fault ends it.
func readCSV(content []byte, columns []Column) (iter.Seq2[record, *Fault], *Fault) {
	text, wrong := decode(content)
	if wrong != "" {
		return nil, &Fault{Line: 1, Sentence: wrong}
	}
	above, sign := 0, rune(0)
	if m := sepLine.FindSubmatch(text); m != nil {
		sign, _ = utf8.DecodeRune(m[1])
		text, above = text[len(m[0]):], 1
	}
	if !bytes.Contains(text, []byte("\n")) {
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	if sign == 0 {
		sign = separator(text, columns)
	}
	lines := csv.NewReader(bytes.NewReader(text))
	lines.Comma = sign
	lines.FieldsPerRecord = -1 // counted by whoever reads, so that one short line does not hide the others
	return func(yield func(record, *Fault) bool) {
		for {
			cells, err := lines.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil { // what follows a stray quote cannot be told apart any more
				yield(record{}, quoting(err, above))
				return
			}
			line, _ := lines.FieldPos(0)
			if !yield(record{line: line + above, cells: cells}, nil) {
				return
			}
		}
	}, nil
}

// separator is the sign by which the first line that holds anything names the most columns; else the first that it holds.
func separator(content []byte, columns []Column) rune {
	first := ""
	for line := range bytes.Lines(content) {
		if first = strings.TrimSpace(string(line)); strings.Trim(first, separators+"\" \t") != "" {
			break
		}
	}
	best, most := ',', 0
	for _, sign := range separators {
		if !strings.ContainsRune(first, sign) {
			continue
		}
		known := 1
		for name := range strings.SplitSeq(first, string(sign)) {
			if _, ok := named(strings.Trim(name, `" `), columns); ok {
				known++
			}
		}
		if known > most {
			best, most = sign, known
		}
	}
	return best
}

// quoting says what is wrong with a file's quotes.
func quoting(err error, above int) *Fault {
	var bad *csv.ParseError
	if !errors.As(err, &bad) {
		return &Fault{Line: 1, Sentence: fmt.Sprintf("The file cannot be read: %v.", err)}
	}
	f := Fault{Line: bad.StartLine + above, Sentence: `A double quote stands inside a cell; put the whole cell in double quotes and ` +
		`write the one inside twice ("").`}
	if errors.Is(err, csv.ErrQuote) {
		f.Sentence = "A cell that begins with a double quote does not end with one; write a double quote inside a cell twice."
	}
	return &f
}

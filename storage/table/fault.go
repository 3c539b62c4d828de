package table

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong with a file.
type Fault struct {
	Line     int    // of the file, where the record begins, the first being 1; 0: the whole file is at fault
	Column   string // empty when the whole line or file is at fault
	Sentence string // says what to do
	Cause    string // the same for faults of a column that one mistake makes; empty: this one stands alone
	Value    string // what the sentence is about, as Show shows it; empty: it is about no cell
}

func (f Fault) String() string {
	switch {
	case f.Line == 0:
		return f.Sentence
	case f.Column == "":
		return fmt.Sprintf("line %d: %s", f.Line, f.Sentence)
	}
	return fmt.Sprintf("line %d: %s: %s", f.Line, f.Column, f.Sentence)
}

// apart is up to how many faults of one cause are told one by one.
const apart = 3

// Told is what somebody reads of a file's faults, in their order. More than three of one cause, as a column whose dates have another
// form, are one line: the first of them, how many more there are, and where the next ones stand.
func Told(faults []Fault) []string {
	type cause struct{ column, cause string }
	alike := map[cause][]Fault{}
	for _, f := range faults {
		if c := (cause{f.Column, f.Cause}); f.Cause != "" {
			alike[c] = append(alike[c], f)
		}
	}
	var told []string
	for _, f := range faults {
		group := alike[cause{f.Column, f.Cause}]
		switch {
		case f.Cause == "" || len(group) <= apart:
			told = append(told, f.String())
		case f == group[0]:
			told = append(told, strings.TrimSuffix(f.String(), ".")+". "+elsewhere(f, group[1:]))
		}
	}
	return told
}

// elsewhere says where the same is wrong as in the first, and what stands there when that is something else.
func elsewhere(first Fault, more []Fault) string {
	var lines []string
	for _, f := range more[:min(len(more), apart)] {
		line := fmt.Sprint(f.Line)
		if f.Value != "" && f.Value != first.Value {
			line += " (" + f.Value + ")"
		}
		lines = append(lines, line)
	}
	text := fmt.Sprintf("The same in %d more lines: %s", len(more), strings.Join(lines, ", "))
	if len(more) > apart {
		return text + " …"
	}
	return text + "."
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

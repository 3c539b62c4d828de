package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Faults is all that is wrong with a file, in the order of its lines.
type Faults []Fault

// Fault is one thing that is wrong with a file.
type Fault struct {
	File     string
	Line     int
	Sentence string
}

func (f Fault) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Sentence) }

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

func (f *Faults) sort() {
	slices.SortStableFunc(*f, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	*f = slices.Compact(*f)
}

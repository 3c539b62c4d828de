package workflows

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MaxLines is how many lines a list takes whose field does not say.
const MaxLines = 50

// maxLine is the largest ID of a line. A line keeps its ID when others go, so IDs grow a little beyond the number of lines.
const maxLine = 999

var lineName = regexp.MustCompile(`^(.+)_([2-9]|[1-9][0-9]{1,2})$`)

// LineName is the name under which a form holds a field of a line: item for the first, item_2 for the line 2.
func LineName(field string, line int) string {
	if line <= 1 {
		return field
	}
	return field + "_" + strconv.Itoa(line)
}

// SplitLineName undoes LineName.
func SplitLineName(name string) (field string, line int) {
	m := lineName.FindStringSubmatch(name)
	if m == nil {
		return name, 1
	}
	line, _ = strconv.Atoi(m[2]) // three digits at most
	return m[1], line
}

// Lines gives the IDs of the lines of a list in which anything is filled in, in their order. What a field stands for by itself is nothing.
func (f Field) Lines(form Form) []int {
	var ids []int
	for name, value := range form {
		field, id := SplitLineName(name)
		if !slices.Contains(ids, id) && f.says(field, strings.TrimSpace(value)) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// says tells whether a value of one of the lines' fields is more than what stands there by itself.
func (f Field) says(field, value string) bool {
	return value != "" && slices.ContainsFunc(f.Fields, func(own Field) bool { return own.Name == field && own.Default != value })
}

// LineInputs are the inputs of one line of a list.
func (f Field) LineInputs(line int) []Input {
	var inputs []Input
	for _, own := range f.Fields {
		in := Input{Field: own, Base: own.Name, Owner: f.Name, Line: line}
		in.Name = LineName(own.Name, line)
		if own.Same != "" {
			in.Same = LineName(own.Same, line)
		}
		inputs = append(inputs, in)
	}
	return inputs
}

// lineParts are the inputs of all lines of a list, of the first one at least: a list that must not be empty asks for it.
func lineParts(f Field, form Form) []Input {
	var inputs []Input
	ids := f.Lines(form)
	for _, id := range ids {
		inputs = append(inputs, f.LineInputs(id)...)
	}
	if len(ids) > 0 {
		return inputs
	}
	for _, in := range f.LineInputs(1) {
		in.Required, in.Spare = in.Required && f.Required, !f.Required
		inputs = append(inputs, in)
	}
	return inputs
}

// MostLines is how many lines a list takes.
func (f Field) MostLines() int {
	if f.Max > 0 {
		return f.Max
	}
	return MaxLines
}

func (f Field) tooMany(form Form) *Error {
	if f.Type != Lines || len(f.Lines(form)) <= f.MostLines() {
		return nil
	}
	return Fault(f.Name, "lines.many", Args{"Max": f.MostLines()})
}

// FreeLine is the ID of a further line of a list: one that no line has or had, as far as the form tells. ok is false when the list takes no
// more.
func (f Field) FreeLine(form Form) (line int, ok bool) {
	ids := f.Lines(form)
	if len(ids) == 0 {
		return 1, true
	}
	next := ids[len(ids)-1] + 1
	return next, len(ids) < f.MostLines() && next <= maxLine
}

// WithoutLine is a form without one line of a list. The other lines keep their IDs.
func (f Field) WithoutLine(form Form, line int) Form {
	left := maps.Clone(form)
	for _, in := range f.LineInputs(line) {
		delete(left, in.Name)
	}
	return left
}

func planLines(f Field, _ []Field) string {
	if len(f.Fields) == 0 {
		return "its lines have no fields"
	}
	for _, own := range f.Fields {
		if own.Type.traits().parts != nil {
			return "a line cannot hold " + string(own.Type) + ", as " + own.Name
		}
	}
	return ""
}

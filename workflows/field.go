package workflows

import (
	"slices"
	"strings"
)

// FieldType says how a field is filled in and checked.
type FieldType string

// The types of fields.
const (
	Choice  FieldType = "choice"   // one of the options that the function named by From lists
	DateDay FieldType = "date"     // 2026-11-30
	HalfDay FieldType = "half_day" // am or pm
	Text    FieldType = "text"     // one line
	Long    FieldType = "long"     // several lines
	Files   FieldType = "files"    // photos and documents; the value is their IDs
)

// Field is one input of a form.
type Field struct {
	Name     string    `json:"name"`
	Type     FieldType `json:"type"`
	From     string    `json:"from,omitempty"` // name of the function that lists a choice's options
	Required bool      `json:"required,omitempty"`
	Default  string    `json:"default,omitempty"`
	Max      int       `json:"max,omitempty"`  // runes of text, zero: 500; number of files, zero: MaxFiles
	Same     string    `json:"same,omitempty"` // an empty value takes that other field's, as the last day takes the first
}

// Option is one choice.
type Option struct {
	Value string
	Text  string   // key of its name
	Alias []string // what people may type for it, in any language
}

// Named tells whether a word means the option: its value or one of its other names, in any case.
func (o Option) Named(word string) bool {
	return strings.EqualFold(word, o.Value) || slices.ContainsFunc(o.Alias, func(a string) bool { return strings.EqualFold(a, word) })
}

// Form is what a person filled in, by field name, in machine forms.
type Form map[string]string

// Options lists the choices of the named function for a requester.
type Options func(requester Person) []Option

// ReadForm checks the raw values of a form field by field and gives them in machine form. Unknown names are dropped: a chat sends more than its fields.
func ReadForm(fields []Field, raw Form, options func(f Field) []Option) (Form, []*Error) {
	form := Form{}
	var faults []*Error
	for _, f := range fields {
		value := strings.TrimSpace(raw[f.Name])
		if value == "" && f.Same != "" {
			value = form[f.Same]
		}
		if value == "" {
			value = f.Default
		}
		if value == "" {
			if f.Required {
				faults = append(faults, Fault(f.Name, "field.required", nil))
			}
			continue
		}
		clean, err := f.read(value, options)
		if err != nil {
			err.Field = f.Name
			faults = append(faults, err)
			continue
		}
		form[f.Name] = clean
	}
	return form, faults
}

func (f Field) read(value string, options func(f Field) []Option) (string, *Error) {
	switch f.Type {
	case Choice:
		for _, o := range options(f) {
			if o.Named(value) {
				return o.Value, nil
			}
		}
		return "", Fault(f.Name, "field.choice", Args{"Value": Cut(value, 40)})
	case DateDay:
		d, err := ParseDate(value)
		if err != nil {
			return "", asFault(err)
		}
		return d.String(), nil
	case HalfDay:
		h, err := ParseHalf(value)
		if err != nil {
			return "", Fault(f.Name, "field.half_day", Args{"Value": Cut(value, 40)})
		}
		return h.String(), nil
	case Files:
		return f.ReadFiles(value)
	default:
		limit := f.Max
		if limit == 0 {
			limit = 500
		}
		clean, err := CleanText(value, limit)
		if err != nil {
			return "", asFault(err)
		}
		return clean, nil
	}
}

func asFault(err error) *Error {
	if e, ok := err.(*Error); ok {
		copied := *e
		return &copied
	}
	return &Error{Code: Invalid, Text: "field.invalid"}
}

// Cut shortens what somebody typed when it is quoted in a sentence.
func Cut(s string, runes int) string {
	r := []rune(s)
	if len(r) <= runes {
		return s
	}
	return string(r[:runes]) + "…"
}

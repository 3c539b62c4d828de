package workflows

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// Field is one input of a form, or several that belong together: a range of dates, the lines of a list.
type Field struct {
	Name     string    `json:"name"`
	Type     FieldType `json:"type"`
	From     string    `json:"from,omitempty"` // name of the function that lists a choice's options
	Required bool      `json:"required,omitempty"`
	Default  string    `json:"default,omitempty"`
	Min      int       `json:"min,omitempty"`      // of a number
	Max      int       `json:"max,omitempty"`      // of a number; runes of text, zero: 500; files or lines, zero: MaxFiles, MaxLines
	Same     string    `json:"same,omitempty"`     // an empty value takes that other field's, as the last day takes the first
	Currency string    `json:"currency,omitempty"` // of money: the field that holds its currency
	Fields   []Field   `json:"fields,omitempty"`   // of lines: what each of them has
	Label    *Row      `json:"-"`                  // what it is called where its name does not say it
}

// Option is one choice.
type Option struct {
	Value string
	Text  string   // key of its name; empty: its value is its name
	Alias []string // what people may type for it, in any language
	Label *Row     // what it is called where no text of the program names it
}

// Row is what the option is called.
func (o Option) Row() Row {
	switch {
	case o.Label != nil:
		return *o.Label
	case o.Text != "":
		return Row{Text: o.Text}
	}
	return quoted(o.Value)
}

// Named tells whether a word means the option: its value or one of its other names, in any case.
func (o Option) Named(word string) bool {
	return strings.EqualFold(word, o.Value) || slices.ContainsFunc(o.Alias, func(a string) bool { return strings.EqualFold(a, word) })
}

// Form is what a person filled in, in machine forms, by the names of the form's inputs.
type Form map[string]string

// Options lists the choices of the named function for a requester.
type Options func(requester Person) []Option

// Input is one place of a form that holds a value: a field, a part of one (the last day of a range), or a field of one of its lines.
type Input struct {
	Field        // with the name under which a form holds the value: from, item_2
	Base  string // the name without its line, which names its label: from, item
	Owner string // the field that it is a part of; empty: it is one by itself
	Line  int    // the ID of its line; zero: it is in none
	Spare bool   // of the first line of an empty list that need not be filled in: what stands there by itself is nothing
}

// Inputs lists the inputs of a form as it is filled in, which may hold anything. A list has those of its first line at least.
func Inputs(fields []Field, form Form) []Input {
	inputs := make([]Input, 0, len(fields)+4) // a range has four
	for _, f := range fields {
		parts := f.Type.traits().parts
		if parts == nil {
			inputs = append(inputs, Input{Field: f, Base: f.Name})
			continue
		}
		inputs = append(inputs, parts(f, form)...)
	}
	return inputs
}

// Every lists the inputs of a form that could ever be, each of a list's lines once: those whose names and labels have to be known.
func Every(fields []Field) []Input { return Inputs(fields, nil) }

// formReader reads the raw values of one form.
type formReader struct {
	inputs  []Input
	raw     Form
	options func(f Field) []Option
}

// ReadForm checks the raw values of a form input by input and gives them in machine form. Unknown names are dropped: a chat sends more than
// its fields.
func ReadForm(fields []Field, raw Form, options func(f Field) []Option) (Form, []*Error) {
	r := formReader{inputs: Inputs(fields, raw), raw: raw, options: options}
	form := Form{}
	var faults []*Error
	for _, f := range fields {
		if fault := f.tooMany(raw); fault != nil {
			faults = append(faults, fault)
		}
	}
	for _, in := range r.inputs {
		if in.Spare {
			continue
		}
		value := cmp.Or(strings.TrimSpace(raw[in.Name]), form[in.Same], in.Default)
		if value == "" {
			if in.Required {
				faults = append(faults, Fault(in.Name, "field.required", nil))
			}
			continue
		}
		clean, err := in.Type.traits().read(&r, in, value)
		if err != nil {
			err.Field = in.Name
			faults = append(faults, err)
			continue
		}
		form[in.Name] = clean
		if in.Type == Amount {
			r.keepCurrency(in, form)
		}
	}
	return form, faults
}

// currency gives the currency that an input of money is in: what is chosen in the field that it names, or that field's default. Where one
// need not be chosen it is the first.
func (r *formReader) currency(in Input) string {
	for _, other := range r.inputs {
		if other.Base != in.Currency || other.Line != 0 && other.Line != in.Line {
			continue
		}
		typed := cmp.Or(strings.TrimSpace(r.raw[other.Name]), other.Default)
		if typed == "" && !other.Required && other.Type == Choice && r.options != nil {
			options := r.options(other.Field)
			if len(options) == 0 {
				return ""
			}
			return options[0].Value
		}
		if code, fault := other.Type.traits().read(r, other, typed); fault == nil {
			return code
		}
	}
	return ""
}

// keepCurrency puts the currency that an amount was read in beside it, where none was chosen.
func (r *formReader) keepCurrency(in Input, form Form) {
	for _, other := range r.inputs {
		if other.Base == in.Currency && (other.Line == 0 || other.Line == in.Line) && strings.TrimSpace(r.raw[other.Name]) == "" {
			form[other.Name] = r.currency(in)
		}
	}
}

// ShowValue gives what people read for the value of an input. options lists those that a choice has for whoever it is shown to.
func ShowValue(in Input, form Form, f Facts, options func(f Field) []Option) Row {
	value, show := form[in.Name], in.Type.traits().show
	if show == nil || value == "" {
		return quoted(value)
	}
	return show(in, value, shown{form: form, options: options, facts: f})
}

// CheckValues refuses values of a form that name what is not there: a file, a person, an account.
func CheckValues(fields []Field, form Form, f Facts) []*Error {
	var faults []*Error
	for _, in := range Inputs(fields, form) {
		check, value := in.Type.traits().check, form[in.Name]
		if check == nil || value == "" {
			continue
		}
		if fault := check(in, value, f); fault != nil {
			faults = append(faults, fault)
		}
	}
	return faults
}

// WantedBy says which facts the values of a form are checked against. The form may be as somebody sent it.
func WantedBy(fields []Field, form Form) Wants {
	var w Wants
	for _, in := range Inputs(fields, form) {
		if wants, value := in.Type.traits().wants, strings.TrimSpace(form[in.Name]); wants != nil && value != "" {
			wants(value, &w)
		}
	}
	return w
}

// ConditionNames gives what a condition sees of a form: a value of its type for the name of each input. Of the lines of a list it sees
// nothing, since none of them is the one that is meant; what they come to, a kind measures.
func ConditionNames(fields []Field) map[string]any {
	names := map[string]any{}
	for _, in := range Every(fields) {
		if blank := in.Type.traits().blank; blank != nil && in.Line == 0 {
			names[in.Name] = blank
		}
	}
	return names
}

// conditionValues gives what a condition sees of a form as it is filled in.
func conditionValues(fields []Field, form Form) map[string]any {
	values := ConditionNames(fields)
	for _, in := range Inputs(fields, form) {
		if _, seen := values[in.Name]; !seen || in.Line > 0 {
			continue
		}
		values[in.Name] = form[in.Name]
		if value := in.Type.traits().value; value != nil {
			values[in.Name] = value(in, form[in.Name], form)
		}
	}
	return values
}

// quoted shows a value as it is.
func quoted(value string) Row { return Row{Text: "text.quote", Args: Args{"Text": value}} }

func asFault(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
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

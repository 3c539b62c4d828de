package workflows

import (
	"regexp"
	"strings"
)

func readDate(_ *formReader, _ Input, typed string) (string, *Error) {
	d, err := ParseDate(typed)
	if err != nil {
		return "", asFault(err)
	}
	return d.String(), nil
}

func showDate(_ Input, value string, _ shown) Row {
	return Row{Text: "field.date", Args: Args{"Date": value}}
}

var looksLikeDate = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}$`)

// takesDate takes what looks like a date and may be none: the field then says what is wrong with it.
func takesDate(_ *hearer, _ Input, word string) bool { return looksLikeDate.MatchString(word) }

func readHalf(_ *formReader, in Input, typed string) (string, *Error) {
	h, err := ParseHalf(typed)
	if err != nil {
		return "", Fault(in.Name, "field.half_day", Args{"Value": Cut(typed, 40)})
	}
	return h.String(), nil
}

func showHalf(in Input, value string, _ shown) Row {
	if _, err := ParseHalf(value); err != nil { // as somebody sent it
		return quoted(value)
	}
	return Row{Text: in.HalfText(value)}
}

// HalfText is the key of what people call a half day where an input asks for it: a range begins and ends at an edge of it, elsewhere it is
// the half day itself.
func (in Input) HalfText(half string) string {
	if in.Owner == "" {
		return "half." + half
	}
	edge, _, _ := strings.Cut(in.Base, "_")
	return "half." + edge + "." + half
}

// takesHalf takes a half for the date that was read just before it.
func takesHalf(h *hearer, in Input, word string) bool {
	_, err := ParseHalf(word)
	before, behind := "", ""
	for i, other := range h.inputs {
		if other.Name == in.Name && i > 0 {
			before = h.form[h.inputs[i-1].Name]
			if i+1 < len(h.inputs) {
				behind = h.form[h.inputs[i+1].Name]
			}
		}
	}
	return err == nil && before != "" && behind == ""
}

// rangeParts are the inputs of a range of dates: the last day is the first unless it says another, and whole days are meant.
func rangeParts(f Field, _ Form) []Input {
	part := func(p Field) Input { return Input{Field: p, Base: p.Name, Owner: f.Name} }
	return []Input{
		part(Field{Name: "from", Type: DateDay, Required: f.Required}),
		part(Field{Name: "from_part", Type: HalfDay, Default: "am"}),
		part(Field{Name: "to", Type: DateDay, Same: "from", Required: f.Required}),
		part(Field{Name: "to_part", Type: HalfDay, Default: "pm"}),
	}
}

func hearRange(h *hearer, f Field) Evidence {
	r, fault := h.line.Dates()
	switch {
	case fault != nil:
		fault.Field = "from"
		h.faults = append(h.faults, fault)
		return Nothing
	case r.From.IsZero():
		return Nothing
	case r.Half:
		h.halved = f.Name
	}
	h.form["from"], h.form["from_part"] = r.From.String(), r.FromPart.String()
	h.form["to"], h.form["to_part"] = r.To.String(), r.ToPart.String()
	if h.loose = r.Loose; h.loose {
		return Nothing
	}
	return Dated
}

// RangeIn reads the dates and halves of a range in a form that was taken in. What is missing or cannot be read is a fault at its field;
// whether the range ends before it begins is not looked at.
func RangeIn(form Form) (r DateRange, fault *Error) {
	var errs [4]error
	r.From, errs[0] = ParseDate(form["from"])
	r.To, errs[1] = ParseDate(form["to"])
	r.FromPart, errs[2] = ParseHalf(form["from_part"])
	r.ToPart, errs[3] = ParseHalf(form["to_part"])
	for i, field := range []string{"from", "to", "from_part", "to_part"} {
		if errs[i] != nil {
			return DateRange{}, Fault(field, "field.invalid", nil)
		}
	}
	return r, nil
}

// Days are the half-days of the first range of dates in a form of the kind; false: it has none that is filled in.
func (k *Kind) Days(form Form) (Span, bool) {
	for _, f := range k.Fields {
		if f.Type != Range {
			continue
		}
		r, fault := RangeIn(form)
		if fault != nil {
			return Span{}, false
		}
		span, err := NewSpan(r.From, r.FromPart, r.To, r.ToPart)
		return span, err == nil
	}
	return Span{}, false
}

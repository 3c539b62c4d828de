package workflows

import (
	"maps"
	"strings"
)

// Line is what somebody wrote in a chat, of which a kind takes what it understands: what is taken is
// gone from it. Package phrase reads one.
type Line interface {
	// Text is what nobody has taken.
	Text() string
	// Mention takes the first of the words that stands in the line.
	Mention(words []string) (word string, ok bool)
	// Mentions tells whether one of the words stands in it.
	Mentions(words []string) bool
	// Dates takes what the line says of dates: one date or range. What speaks of dates and names none is taken too, and is a fault that
	// belongs to no field yet. Where nothing speaks of them both are empty.
	Dates() (DateRange, *Error)
	// Count takes one of the things together with the number that counts it: two laptops, a monitor, 2 台显示器. A thing that nothing
	// counts is left.
	Count(things []string) (n int, thing string, ok bool)
	// Amount takes an amount that is written with one of the currencies.
	Amount(currencies []string) (Money, bool)
	// Figure takes the one amount that is written without a currency and is no part of a date, as of a currency: 86.50, 38.
	Figure(currency string) (Money, bool)
	// Quantity takes the whole number that counts a unit: 120 km.
	Quantity(unit string) (number string, ok bool)
	// Numbered takes one of the words with the code behind it, which holds a digit: client KA-1024.
	Numbered(words []string) (code string, ok bool)
	// Today is its writer's date.
	Today() Date
	// Wishes tells whether its writer wants something: I need, could I get, 我想申请.
	Wishes() bool
	// Idle tells whether what is left says nothing by itself.
	Idle() bool
}

// DateRange is a range of dates with its halves; AM to PM are whole days.
type DateRange struct {
	From, To         Date
	FromPart, ToPart Half
	Half             bool // half of the one date is meant, and not said which
	Loose            bool // what was written may as well be a number: 24.12
}

// Evidence is how much speaks for a line being meant for a kind. It adds up.
type Evidence int

// What speaks for a kind.
const (
	Nothing Evidence = 0
	Hint    Evidence = 1 // a number or an amount, which many kinds could use
	Dated   Evidence = 2 // a date, which some could
	Named   Evidence = 4 // the kind itself, one of its choices or of its things
)

// Hearing is what a kind understands of a line.
type Hearing struct {
	Kind     *Kind
	Form     Form
	Faults   []*Error // what was seen and not understood, each at its field
	Halved   string   // a field that is half of its one date: somebody has to say which half; empty: none is
	Evidence Evidence // Nothing: it is not meant for the kind
}

// OnlyDated tells whether dates are all that was understood beside the kind's name.
func (h Hearing) OnlyDated() bool {
	for _, in := range Inputs(h.Kind.Fields, h.Form) {
		if in.Owner == "" && in.Type != DateDay && in.Type != HalfDay && in.Type != Long && h.Form[in.Name] != "" {
			return false
		}
	}
	return true
}

// Rest is what is left of the line, in the long text of the form.
func (h Hearing) Rest() string {
	for _, f := range h.Kind.Fields {
		if f.Type == Long {
			return h.Form[f.Name]
		}
	}
	return ""
}

// Names are what people call a kind, in every language.
type Names struct {
	Exact []string // its names: a line that says nothing else asks for its form
	Hints []string // words that speak for it where something else does too, as "off" for leave
	Given bool     // the line stands behind one of them
}

// hearer reads a line for one kind.
type hearer struct {
	inputs  []Input
	options func(f Field) []Option
	line    Line
	form    Form
	faults  []*Error
	halved  string
	loose   bool // its dates may as well be numbers
}

func (k *Kind) hearer(line Line, requester Person) *hearer {
	return &hearer{inputs: Every(k.Fields), options: k.optionsFor(requester), line: line, form: Form{}}
}

// Hear gives what a kind understands of a line: its choices by any of their names, dates, what its own rules take, and the rest as the
// long text. A line that only wants the kind by its name reads like an empty form of it.
func (k *Kind) Hear(line Line, names Names, requester Person) Hearing {
	h := k.hearer(line, requester)
	heard := func(e Evidence) Hearing {
		return Hearing{Kind: k, Form: h.form, Faults: h.faults, Halved: h.halved, Evidence: e}
	}
	hinted := line.Mentions(names.Exact) || line.Mentions(names.Hints)
	evidence := Nothing
	if k.Rules.Hear != nil {
		evidence += k.Rules.Hear(line, h.form, names.Given)
	}
	for _, f := range k.Fields {
		if hear := f.Type.traits().hear; hear != nil {
			evidence += hear(h, f)
		}
	}
	if evidence == Nothing && (len(h.faults) > 0 || h.loose) && (hinted || line.Idle()) {
		evidence = Dated // it speaks of dates, and of nothing else
	}
	if evidence == Nothing {
		if _, ok := line.Mention(names.Exact); ok && line.Idle() {
			return heard(Named)
		}
		return heard(Nothing)
	}
	if hinted {
		evidence += Named
	}
	for _, f := range k.Fields {
		if f.Type == Long && hearRest(h, f) {
			break
		}
	}
	return heard(evidence)
}

// hearRest puts what is left of the line into a long text.
func hearRest(h *hearer, f Field) bool {
	rest := strings.TrimSpace(h.line.Text())
	if rest != "" {
		h.form[f.Name] = rest
	}
	return rest != ""
}

// ReadWords fills a form from what was typed behind the kind's command: each word goes to the next input that takes it, a text of one line
// takes the words up to the next that another input takes, and what is left is the long text. What filled has already stays as it is.
func (k *Kind) ReadWords(typed string, filled Form, requester Person) Form {
	h := k.hearer(nil, requester)
	maps.Copy(h.form, filled)
	words := strings.Fields(typed)
	for i := 0; i < len(words); {
		if in := h.taker(words[i], 0); in != nil {
			h.form[in.Name] = words[i]
			i++
			continue
		}
		at := h.freeText()
		if at < 0 {
			h.keepRest(k.Fields, words[i:])
			break
		}
		end := i + 1
		for end < len(words) && h.taker(words[end], at) == nil {
			end++
		}
		h.form[h.inputs[at].Name] = strings.Join(words[i:end], " ")
		i = end
	}
	for _, in := range h.inputs {
		if in.Type == Amount {
			h.chooseCurrency(in)
		}
	}
	return h.form
}

// taker finds the first empty input from one on that takes a word.
func (h *hearer) taker(word string, from int) *Input {
	for i := from; i < len(h.inputs); i++ {
		in := &h.inputs[i]
		if takes := in.Type.traits().takes; takes != nil && h.form[in.Name] == "" && takes(h, *in, word) {
			return in
		}
	}
	return nil
}

// freeText finds the first empty text of one line with nothing filled in behind it; -1: there is none.
func (h *hearer) freeText() int {
	found := -1
	for i, in := range h.inputs {
		switch text := in.Asks() == AskLine && in.Type.traits().takes == nil; {
		case h.form[in.Name] != "":
			found = -1
		case text && found < 0:
			found = i
		}
	}
	return found
}

// keepRest puts the words that are left into the form's long text, else its last one.
func (h *hearer) keepRest(fields []Field, words []string) {
	name := ""
	for _, f := range fields {
		if f.Type == Long || f.Type == Text && name == "" {
			name = f.Name
		}
		if f.Type == Long {
			break
		}
	}
	if name != "" {
		h.form[name] = strings.Join(words, " ")
	}
}

// ReadBehind reads what was typed behind the kind's name both ways, word by word in the order of the form and as a sentence, and gives the
// form of which more was understood: more inputs are filled in, and less is left over for the long text. line is what was typed.
func (k *Kind) ReadBehind(typed string, line Line, names Names, requester Person) Hearing {
	names.Given = true
	words, heard := k.ReadWords(typed, nil, requester), k.Hear(line, names, requester)
	heard.Evidence = Named
	a, restA := k.understood(words)
	b, restB := k.understood(heard.Form)
	if b > a || b == a && restB < restA {
		return heard
	}
	return Hearing{Kind: k, Form: words, Evidence: Named}
}

// understood counts the inputs of a form that say something of their own, and the letters that are left over in its long text.
func (k *Kind) understood(form Form) (filled, rest int) {
	for _, in := range Inputs(k.Fields, form) {
		switch {
		case in.Type == Long:
			rest += len(form[in.Name])
		case in.Type != HalfDay && form[in.Name] != "":
			filled++
		}
	}
	return filled, rest
}

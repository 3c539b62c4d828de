package workflows

// FieldType says how a field is filled in, checked and shown.
type FieldType string

// The types of fields. All that is known of one stands in one place, fieldTypes.
const (
	Text     FieldType = "text"       // one line
	Long     FieldType = "long"       // several lines
	Choice   FieldType = "choice"     // one of the options that the function named by From lists
	DateDay  FieldType = "date"       // 2026-11-30
	HalfDay  FieldType = "half_day"   // am or pm
	Range    FieldType = "date_range" // a first and a last day, each with its half: the inputs from, from_part, to and to_part
	Number   FieldType = "number"     // a whole number
	Amount   FieldType = "money"      // an amount in the currency of another field
	Employee FieldType = "person"     // the value is their employee number
	Customer FieldType = "account"    // an account; the value is its number
	Files    FieldType = "files"      // photos and documents; the value is their IDs
	Lines    FieldType = "lines"      // a list whose lines have fields of their own: the inputs item and quantity, item_2 and quantity_2 …
)

// Widget is how an input is asked for. What a chat draws for it is the chat's.
type Widget string

// The widgets.
const (
	AskLine   Widget = "text"
	AskLong   Widget = "long"
	AskChoice Widget = "choice"
	AskDate   Widget = "date"
	AskHalf   Widget = "half_day"
	AskNumber Widget = "number"
	AskFiles  Widget = "files"
)

// traits is what the frame knows of a type of field.
type traits struct {
	asks Widget
	// parts lists the inputs of a field that is more than one; nil: it is one by itself.
	parts func(f Field, form Form) []Input
	// read makes a value's machine form of what was typed or chosen.
	read func(r *formReader, in Input, typed string) (string, *Error)
	// hear takes out of a line of chat what it says of a field, and tells how much that speaks for the field's kind; nil: nothing.
	hear func(h *hearer, f Field) Evidence
	// takes tells whether a word typed behind a command is meant for an input; nil: only what no other takes is.
	takes func(h *hearer, in Input, word string) bool
	// show gives what people read for a value; nil: the value itself.
	show func(in Input, value string, about shown) Row
	// value is what a condition sees; nil: the text of the value.
	value func(in Input, value string, form Form) any
	// blank is a value of the type that a condition sees; nil: it sees nothing of the field.
	blank any
	// wants says which facts a value is checked against, and check does that; nil: none.
	wants func(value string, w *Wants)
	check func(in Input, value string, f Facts) *Error
	// plan says what is wrong with how a definition uses the type; nil: nothing can be.
	plan func(f Field, among []Field) string
}

// fieldTypes has all types. To add one, add its traits and a file for them; no chat has to know it unless it is asked for by a new widget.
var fieldTypes map[FieldType]traits

func init() { // the traits of lines are those of their fields, which the compiler takes for a circle
	fieldTypes = map[FieldType]traits{
		Text:    {asks: AskLine, read: readText, blank: ""},
		Long:    {asks: AskLong, read: readText, blank: ""},
		Choice:  {asks: AskChoice, read: readChoice, hear: hearChoice, takes: takesChoice, show: showChoice, blank: "", plan: planChoice},
		DateDay: {asks: AskDate, read: readDate, takes: takesDate, show: showDate, blank: ""},
		HalfDay: {asks: AskHalf, read: readHalf, takes: takesHalf, show: showHalf, blank: ""},
		Range:   {parts: rangeParts, hear: hearRange},
		Number:  {asks: AskNumber, read: readNumber, takes: takesNumber, value: numberValue, blank: 0, plan: planNumber},
		Amount: {asks: AskLine, read: readMoney, hear: hearMoney, takes: takesMoney, show: showMoney, value: moneyValue, blank: Money{},
			plan: planMoney},
		Employee: {asks: AskLine, read: readText, show: showPerson, blank: "", wants: wantPerson, check: checkPerson},
		Customer: {asks: AskLine, read: readText, show: showAccount, blank: "", wants: wantAccount, check: checkAccount},
		Files:    {asks: AskFiles, read: readFiles, show: showFiles, wants: wantFiles, check: checkFiles},
		Lines:    {parts: lineParts, plan: planLines},
	}
}

// traits gives those of a type; of one that is unknown, which no definition that loads has, those of text.
func (t FieldType) traits() traits {
	if known, ok := fieldTypes[t]; ok {
		return known
	}
	return fieldTypes[Text]
}

// shown is what showing a value may need besides.
type shown struct {
	form    Form
	options func(f Field) []Option
	facts   Facts
}

// Asks is the widget that asks for an input.
func (in Input) Asks() Widget { return in.Type.traits().asks }

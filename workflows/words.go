package workflows

// Words is what a company says in each language, as in the policy file: the title of a task, a question. As an argument of a text the
// function words shows it.
type Words struct {
	En string `yaml:"en" json:"en,omitempty"`
	Zh string `yaml:"zh" json:"zh,omitempty"`
}

// Said is what somebody typed, which is the same to every reader.
func Said(text string) Words { return Words{En: text, Zh: text} }

// Empty tells whether nothing is said in any language.
func (w Words) Empty() bool { return w == Words{} }

// Typed tells whether it is one person's text rather than a company's in each language.
func (w Words) Typed() bool { return w.En == w.Zh }

// Row shows the words in their reader's language.
func (w Words) Row() Row {
	if w.Typed() {
		return quoted(w.En)
	}
	return Row{Text: "text.words", Args: Args{"Words": w}}
}

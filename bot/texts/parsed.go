package texts

import (
	"strings"
	"sync"
	"text/template"

	i18n "github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// writing is a text's data: its arguments, and the printer whose functions it calls.
type writing struct {
	by   *Printer
	args map[string]any
}

// parser parses each text once, whoever reads it. The library's own would parse a text that calls functions whenever it is written, which
// takes several times as long as the writing.
type parser struct{}

func (parser) Cacheable() bool { return true }

func (parser) Parse(text, _, _ string) (i18n.ParsedTemplate, error) {
	if !strings.Contains(text, "{{") {
		return plain(text), nil
	}
	first, err := parse(text)
	if err != nil {
		return nil, err
	}
	free := &sync.Pool{New: func() any {
		another, _ := parse(text) // which was parsed without a fault before
		return another
	}}
	free.Put(first)
	return parsed{free}, nil
}

// plain is a text that says always the same.
type plain string

func (p plain) Execute(any) (string, error) { return string(p), nil }

// parsed is a text that says something else each time. Its functions are bound when it is parsed, so that one of its templates serves one
// printer at a time.
type parsed struct{ free *sync.Pool } // of *bound

type bound struct {
	*template.Template
	to *Printer
}

func parse(text string) (*bound, error) {
	b := &bound{}
	t, err := template.New("").Funcs(functions(func() *Printer { return b.to })).Parse(text)
	b.Template = t
	return b, err
}

func (p parsed) Execute(data any) (string, error) {
	w := data.(writing)
	b := p.free.Get().(*bound)
	defer p.free.Put(b)
	b.to = w.by
	var s strings.Builder
	err := b.Template.Execute(&s, w.args)
	b.to = nil
	return s.String(), err
}

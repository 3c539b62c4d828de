package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

type diagramCommand struct {
	Kind string `arg:"" help:"The kind of request, as leave."`
	Lang string `enum:"en,zh" default:"en" help:"The language of the words: en or zh."`
}

// Help shows an example.
func (diagramCommand) Help() string {
	return `Prints the states of a kind of request and the ways between them as a Mermaid diagram, made from the definition that ` +
		`requests run by.

Example: nod diagram leave -lang zh`
}

// Run draws a kind.
func (g diagramCommand) Run(p *program) error {
	c, err := readConfig(p.getenv)
	if err != nil {
		return err
	}
	rules, err := openPolicy(c)
	if err != nil {
		return err
	}
	words, err := texts.New(rules.Kinds())
	if err != nil {
		return err
	}
	kind, ok := rules.Kind(workflows.KindName(g.Kind))
	if !ok {
		var names []string
		for _, k := range rules.Kinds() {
			names = append(names, string(k.Kind))
		}
		return fmt.Errorf("there is no kind of request %q; there are %s", g.Kind, strings.Join(names, ", "))
	}
	printer := words.For(g.Lang, "UTC", time.Now())
	_, err = fmt.Fprint(p.stdout, kind.Diagram(func(key string) string { return printer.Of(kind.Kind, key, nil) }))
	return err
}

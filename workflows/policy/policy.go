// Package policy reads the policy file: what a company decides about its flows, in one place that an administrator can read and change.
//
// Each kind of request has a section of its own, whose Go type and shipped content lie with the kind. Load tells every fault of a file at
// once, each with its line. docs/policy.md describes the file for people.
//
// What is not here: what the rules mean (the kinds), and when a changed policy takes effect (running requests
// keep the definition they began with).
package policy

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"sync"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/catalog"
)

// Policy is a file, read. It does not change and may be shared.
type Policy struct {
	kinds    []*workflows.Kind
	patterns map[string]workflows.Pattern
}

//go:embed patterns.yaml
var patternsFile []byte

// shippedName is what the shipped policy is called where something is wrong with it.
const shippedName = "shipped.yaml"

// Shipped gives the content of the shipped policy, for an administrator to copy and change: the weeks, and the section of every kind.
func Shipped() []byte {
	parts := [][]byte{patternsFile}
	for _, b := range catalog.Kinds() {
		parts = append(parts, b.Shipped)
	}
	return bytes.Join(parts, []byte("\n"))
}

// Default gives the shipped policy. A fault in it is the programmer's and shows in every test, so it panics.
func Default() *Policy { return loadDefault() }

var loadDefault = sync.OnceValue(func() *Policy {
	p, err := Load(shippedName, Shipped())
	if err != nil {
		panic(err)
	}
	return p
})

// Kinds lists the kinds in the order in which people are offered them.
func (p *Policy) Kinds() []*workflows.Kind { return append([]*workflows.Kind(nil), p.kinds...) }

// Kind looks a kind up by name.
func (p *Policy) Kind(name workflows.KindName) (*workflows.Kind, bool) {
	for _, k := range p.kinds {
		if k.Definition.Kind == name {
			return k, true
		}
	}
	return nil, false
}

// Units lists what can be granted to a person, of all kinds.
func (p *Policy) Units(person workflows.Person) []workflows.Unit {
	var units []workflows.Unit
	for _, k := range p.kinds {
		if k.Units != nil {
			units = append(units, k.Units(person)...)
		}
	}
	return units
}

// Patterns gives the weekly patterns by name and by country code.
func (p *Policy) Patterns() map[string]workflows.Pattern { return maps.Clone(p.patterns) }

// Restore makes the kind of a definition stored under a hash, whatever the policy is by now.
func (p *Policy) Restore(d workflows.Definition, hash string) (*workflows.Kind, error) {
	for _, b := range catalog.Kinds() {
		if b.Definition.Kind == d.Kind {
			return b.Restore(d, hash, storedCompiler(d.Fields, b.Variables))
		}
	}
	return nil, fmt.Errorf("restore definition %s: this program does not know requests of kind %q", d.Hash(), d.Kind)
}

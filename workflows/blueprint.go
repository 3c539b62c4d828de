package workflows

import (
	"encoding/json"
	"fmt"
	"io/fs"
)

// Blueprint is a kind of request before a policy has made it whole. A kind's package has one, and package catalog lists it.
type Blueprint struct {
	Definition Definition // without what a policy adds to it: the route, and the policy itself
	// Variables are what conditions of the route see beside the form's fields: a value of its type for each name. A whole number lies
	// within a billion of zero, or its condition fails.
	Variables map[string]any
	Section   func() Section // a new section of the policy file, to be read into
	Shipped   []byte         // the section as the program ships it, in YAML
	Texts     fs.FS          // en.toml and zh.toml
	// Command is the kind's name where a chat registers commands of its own for an app; empty: it has none there and is reached through
	// the program's, as everywhere.
	Command string
	// Rules binds the names of a definition to functions. The definition is the stored one, with the policy of its day.
	Rules func(d Definition) (Rules, error)
}

// Section is a kind's section of the policy file, named after the kind.
type Section interface {
	// Check tells fault of whatever the types cannot say, each with its place within the section, as in types[2].code.
	Check(fault func(place, sentence string))
	// Plan gives the route that the section states under the key route.
	Plan() []StepPlan
	// Complete gives the section with what the file left out, as it is stored with a definition: a running request keeps the defaults of
	// its day.
	Complete() any
}

// New makes the kind that a section of the policy describes.
func (b Blueprint) New(s Section, compile Compile) (*Kind, error) {
	content, err := json.Marshal(s.Complete())
	if err != nil {
		return nil, fmt.Errorf("encode the policy of %s: %w", b.Definition.Kind, err)
	}
	d := b.Definition
	d.Route, d.Policy = s.Plan(), content
	return b.Restore(d, "", compile)
}

// Restore makes the kind of a definition stored under a hash: today's rules with the policy of then. hash is empty for one of today.
func (b Blueprint) Restore(d Definition, hash string, compile Compile) (*Kind, error) {
	rules, err := b.Rules(d)
	if err != nil {
		return nil, fmt.Errorf("decode the policy of %s: %w", d.Kind, err)
	}
	rules.Texts = b.Texts
	k, err := NewKind(d, hash, rules, compile)
	if err != nil {
		return nil, err
	}
	k.Command = b.Command
	return k, nil
}

// TextsIn gives the folder texts of a kind's embedded files.
func TextsIn(files fs.FS) fs.FS {
	texts, err := fs.Sub(files, "texts")
	if err != nil {
		panic("workflows: the folder of texts has a good name: " + err.Error())
	}
	return texts
}

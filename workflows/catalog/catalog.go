// Package catalog lists the kinds of requests that the program knows. To add one, write its folder and name it here.
package catalog

import (
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/leave"
)

// Entry is one kind, before a policy has made it whole.
type Entry struct {
	Kind      workflows.KindName
	Section   string            // of the policy file
	Fields    []workflows.Field // a route's conditions see each as text
	Variables map[string]any    // what else they see: a value of its type for each name
	Policy    func() any        // a new pointer to what the section is read into
	New       func(policy any, compile workflows.Compile) (*workflows.Kind, error)
	Restore   func(d workflows.Definition, hash string, compile workflows.Compile) (*workflows.Kind, error)
}

// Entries lists the kinds in the order in which people are offered them.
func Entries() []Entry {
	return []Entry{
		{
			Kind: leave.Definition.Kind, Section: "leave", Fields: leave.Definition.Fields, Variables: leave.Variables(),
			Policy: func() any { return new(leave.Policy) },
			New: func(policy any, compile workflows.Compile) (*workflows.Kind, error) {
				return leave.New(policy.(*leave.Policy), compile)
			},
			Restore: leave.Restore,
		},
	}
}

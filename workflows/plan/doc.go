// Package plan is a plan that somebody goes through in phases, as a new hire through the first thirty days: tasks for each of its people by
// the day, a test and a sign-off at the gate that ends each phase. A plan has a story of its own in the shell, and a definition of its own,
// stored with the template from which it was made: what is changed in the policy later does not touch it. All is pure: Decide says what an
// act does to a plan, View what somebody sees of it.
//
// Days are calendar days, counted from the first; what falls on a day off comes on the next working day of the new hire's calendar, and
// what is to be ready before the first day on the working day before. Later ones are not pushed by that. An extended phase pushes what
// follows it.
//
// A plan has one clock: the moments of moment.go, of which each firing does all that are due. To add one, add it there with the mark
// that it leaves; to add a press, write it in a file of its name and list it in moves.
package plan

import (
	"embed"
	"io/fs"

	"github.com/nod-chat/nod/workflows"
)

//go:embed texts/*.toml
var files embed.FS

// Texts holds en.toml and zh.toml.
var Texts fs.FS = workflows.TextsIn(files)

// Package task is what somebody has to do by a day: a thing of its own beside requests, with a story in the shell. People add tasks for
// themselves and for those below them, and plans give them out. All is pure: Decide says what an act does to a task, View what somebody
// sees of it.
//
// A task is one person's. While they are not in any chat yet, away, or have left, others stand in for them: those whom the task names, else
// their manager, and hr for whom no chat reaches.
//
// To add a move, write it in a file of its name and list it in moves; give it its texts: task.event.NAME, task.told.NAME and, where it has
// to bring something, task.form.NAME.
package task

import (
	"embed"
	"io/fs"

	"github.com/nod-chat/nod/workflows"
)

//go:embed texts/*.toml
var files embed.FS

// Texts holds en.toml and zh.toml.
var Texts fs.FS = workflows.TextsIn(files)

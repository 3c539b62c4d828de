package task

import "github.com/nod-chat/nod/workflows"

// Listed is a task as a line of a list.
type Listed struct {
	Task  Task
	Owner string // their name
}

// Count is how much somebody has to do, counted to workflows.MostCounted.
type Count struct {
	Person workflows.Person // number and name alone
	Open   int
	Late   int // of these due before today
	Today  int // of these due today
}

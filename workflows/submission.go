package workflows

// Submission is a form whose sender was told that it is being saved before anything came of it. Its adapter wrote it and reads it.
type Submission struct {
	Cause Cause
	Place string // what waits for the outcome, as a dialog
	Body  []byte
	Tries int // how often it was taken up, this time included
}

// Package form makes forms: that of a request, new or edited, with what would follow from sending it now, and the small one of a press
// that has to bring something, as the reason of a rejection. A Maker makes them for one person; a Filled is one that came back.
//
// It sends nothing to the engine and shows nothing: what is made is given back. Which fields a form has is its kind's to say.
//
// A new type of field begins in workflows and gets its options and its words in field.go. What else stands on a form is added to bot.Form
// and filled in where the form is made: request.go or press.go.
package form

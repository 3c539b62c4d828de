// Package answer answers updates: it finds who sent one, whether it is for them at all, has it read and done by the rooms below, and shows
// what came of it. It alone knows all of them.
//
// It reads no line, makes no form and draws no card: packages command, form and draw do. What may happen to a request is the engine's to
// say, and what a chat looks like an adapter's.
//
// A new content of an update gets a case in func answer and a file named after it.
package answer

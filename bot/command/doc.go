// Package command reads what was typed, and runs the commands: what waits, what was asked for, the balance, becoming known, help. What a
// command comes to is a Result, a value.
//
// It tells nobody anything and opens no form: whoever runs a command does that, as the Result says. Kinds of requests are no commands of
// its own; what is typed for one comes to an Ask, the form of a new request as far as it is filled in.
//
// To add a command, add a file named after it, a line in table, and its texts: command.NAME says what it does, said.NAME what else people
// call it.
package command

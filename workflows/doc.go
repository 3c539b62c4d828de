// Package workflows holds the words of the business and one pure function, Decide.
//
// Whatever has a story is a Subject, and what follows from an act on one is an Outcome; a request is the one sort of subject that there
// is so far. A kind of request (leave, expense …) is a Definition, which is data, and the few functions that its names resolve to,
// bound together in a Kind. Each of its events has a Move (package approval). Decide takes a request, what somebody wants to happen to
// it and the facts of the moment, and says what follows: the request as it will be, its turns and booking, cards and notices, and what
// the audit keeps. It reads no clock and does no I/O; whoever calls it (package engine) brings the facts and stores the decision in one
// transaction.
//
// What is not here: SQL (storage), sentences (the kinds' texts, shown by bot), chats (bot and its adapters).
//
// To add a kind, make a folder below this one with a Definition, its rules and its texts in both languages, and name it in package catalog.
package workflows

// Package bot is what every chat shares: it understands commands, lines, presses and forms, asks the engine, and draws cards, forms and answers in the
// person's language without knowing any chat.
//
// A chat is an adapter in a folder below: its intake verifies and translates what arrives into an Update, and its Reply and Sender draw what bot made.
// Adapters decide nothing. Cards and notices go out later, through package deliver, from what the transaction stored.
//
// To add a command, add a file named after it and a line in commands; to add a chat, make a folder that passes bottest.Suite and name it in cmd/nod.
package bot

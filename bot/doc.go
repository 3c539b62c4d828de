// Package bot is the vocabulary that chats and the rooms which answer them share: what a chat user did (an Update), what they are
// answered (a Reply), and what is shown to them, without any platform: cards, forms, messages.
//
// It decides, draws and looks up nothing. What arrives is answered by package answer, which has commands in package command, forms in
// package form and cards in package draw. A chat is an adapter in a folder below: its intake verifies and translates what arrives into an
// Update, and its Reply and Sender write what was made. Cards and notices go out later, through package deliver.
//
// A word belongs here when a chat has to know it. To add a command, see package command; to add a chat, make a folder that passes
// bottest.Suite and name it in cmd/nod.
package bot

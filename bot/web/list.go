package web

import (
	"errors"
	"slices"
	"strconv"

	"github.com/nod-chat/nod/bot"
)

// partView is a part of a form: rows of fields, and the list whose open line they are; nil: they are in none.
type partView struct {
	List *listView
	Rows [][]fieldView
}

// listView is a list as the template draws it: its lines as text above the inputs of the open one, and buttons that act on it below.
type listView struct {
	bot.FormList
	frame
	Nonce string
	Caret bool // the caret goes into the line that is open
}

// Place is which of the lines is open, counted from one.
func (v listView) Place() int {
	return slices.IndexFunc(v.Lines, func(l bot.FormLine) bool { return l.ID == v.Open }) + 1
}

// Buttons are those below the inputs.
func (v listView) Buttons() []lineButton {
	var list []lineButton
	if v.Add != "" {
		list = append(list, lineButton{v, bot.AddLine, 0, v.Add})
	}
	if v.Remove != "" {
		list = append(list, lineButton{v, bot.RemoveLine, v.Open, v.Remove})
	}
	return list
}

// Opens is the button that opens a line.
func (v listView) Opens(line int) lineButton { return lineButton{v, bot.EditLine, line, v.Edit} }

// lineButton is a button that acts on a list.
type lineButton struct {
	listView
	Do    bot.LineEvent
	Line  int
	Label string
}

// readLine reads what is to happen to a form's list, and which of its lines is open. Which lines there are the bot knows.
func readLine(in map[string]string) (open int, do bot.LineEvent, line int, err error) {
	open, badOpen := number(in[inOpen])
	line, badLine := number(in[inLine])
	do = bot.LineEvent(in[inDo])
	if do != "" && do != bot.AddLine && do != bot.EditLine && do != bot.RemoveLine {
		return 0, "", 0, errors.New("a list cannot be acted on like that")
	}
	return open, do, line, errors.Join(badOpen, badLine)
}

// number reads the ID of a line; empty: of none.
func number(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	return strconv.Atoi(s)
}

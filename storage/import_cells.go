package storage

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// cells reads the cells of a row, each with its rule, and notes what is wrong with them.
type cells struct {
	row  table.Row
	plan *Plan
}

func (c cells) fault(column, format string, args ...any) {
	c.plan.fault(c.row.Line, column, format, args...)
}

// refuse notes what is wrong with a cell that workflows refused.
func (c cells) refuse(column string, err error) {
	f := about(c.row.Line, column, sentence(err), nil)
	var refusal *workflows.Error
	if errors.As(err, &refusal) {
		f.Cause, f.Value = refusal.Text, table.Show(c.row.Cell(column))
	}
	c.plan.Faults = append(c.plan.Faults, f)
}

// text reads a cell of one line of text.
func (c cells) text(column string, limit int) string {
	s, err := workflows.CleanText(c.row.Cell(column), limit)
	switch {
	case err != nil:
		c.refuse(column, err)
	case strings.ContainsRune(s, '\n'):
		c.fault(column, "Write it on one line.")
	}
	return s
}

// required reads a cell of one line of text that may not be empty.
func (c cells) required(column string, limit int) string {
	if c.row.Cell(column) == "" {
		c.fault(column, "This cell is empty; fill it in.")
	}
	return c.text(column, limit)
}

// key reads a cell that says whom a line is about.
func (c cells) key(column string) string {
	if c.row.Cell(column) == "" {
		c.fault(column, "This cell is empty; fill it in.")
	}
	return c.code(column)
}

// code reads a cell that names somebody or something by a number of their own; an empty cell is nobody.
func (c cells) code(column string) string {
	s, err := workflows.CleanText(table.Code(c.row.Cell(column)), 40)
	switch {
	case err != nil:
		c.refuse(column, err)
	case table.Shortened(s):
		c.fault(column, "%s is what a spreadsheet makes of a long number; give the column the format Text there and write the number in "+
			"full.", table.Show(s))
	case strings.ContainsFunc(s, unfitForKey):
		c.fault(column, "%s holds a space or a hidden sign; write it without.", table.Show(s))
	}
	return s
}

func unfitForKey(r rune) bool { return r == ' ' || workflows.Inert(string(r)) != string(r) }

// date reads a date; an empty cell is none.
func (c cells) date(column string) workflows.Date {
	s := c.row.Cell(column)
	if s == "" {
		return workflows.Date{}
	}
	day := table.ReadDay(s)
	switch {
	case day.ISO == "":
		c.fault(column, "%s is no date; write it as 2026-11-30 (year, month, day).", table.Show(s))
		return workflows.Date{}
	case day.Or != "":
		c.fault(column, "%s can be %s or %s; write it as 2026-11-30 (year, month, day). A spreadsheet does so in a column of the form "+
			"yyyy-mm-dd.", table.Show(s), day.ISO, day.Or)
		return workflows.Date{}
	}
	d, err := workflows.ParseDate(day.ISO)
	if err != nil {
		c.refuse(column, err)
	} else if day.Serial {
		c.plan.warn(c.row.Line, "%s in the column %s is read as the day %s, which is that number in a spreadsheet", table.Show(s), column,
			d)
	}
	return d
}

// truth reads a cell that holds true or false; an empty one is otherwise.
func (c cells) truth(column string, otherwise bool) bool {
	s := c.row.Cell(column)
	if s == "" {
		return otherwise
	}
	yes, ok := table.Truth(s)
	if !ok {
		c.fault(column, "%s is not known; write one of true, false.", table.Show(s))
	}
	return yes
}

// country reads an ISO 3166 code.
func (c cells) country() string {
	s := table.Code(c.row.Cell("country"))
	if !isCountry(s) {
		c.fault("country", "%s is no country; write its two capital letters, as CN, DE or US.", table.Show(s))
	}
	return s
}

// choice reads a cell that holds one of a few words.
func (c cells) choice(column string, words ...string) string {
	s := table.Code(c.row.Cell(column))
	if !slices.Contains(words, s) {
		shown := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
		c.fault(column, "%s is not known; write one of %s.", table.Show(s), strings.Join(shown, ", "))
	}
	return s
}

// sentence says in English what a refusal of a single cell means.
func sentence(err error) string {
	var refusal *workflows.Error
	if !errors.As(err, &refusal) {
		return err.Error()
	}
	value := table.Show(fmt.Sprint(refusal.Args["Value"]))
	switch refusal.Text {
	case "date.range":
		return fmt.Sprintf("%s is too far away to be meant.", value)
	case "date.impossible":
		return fmt.Sprintf("There is no such day as %s.", value)
	case "text.too_long":
		return fmt.Sprintf("The text is too long; at most %v characters fit.", refusal.Args["Max"])
	case "text.combining":
		return "Too many accents stand on one letter; write the plain text."
	case "text.invisible":
		return "Nothing in the text can be seen; write something visible."
	}
	return "The text holds signs that cannot be stored; write it anew."
}

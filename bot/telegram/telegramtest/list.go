package telegramtest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
)

// List presses what acts on the list of the open form. Lines are opened and added from the summary, and taken away from a question for one
// of their inputs: it goes there first.
func (d *Driver) List(ctx context.Context, user string, do bot.LineEvent, line int) error {
	if do == bot.RemoveLine {
		return d.removeLine(ctx, user, line)
	}
	if err := d.toSummary(ctx, user); err != nil {
		return err
	}
	return d.pressLine(ctx, user, do, line)
}

func (d *Driver) removeLine(ctx context.Context, user string, line int) error {
	screen, err := d.Screen(ctx, user)
	if err != nil {
		return err
	}
	if screen.Form == nil {
		return fmt.Errorf("%s has no form open", user)
	}
	if line == 0 {
		line = screen.Form.Open
	}
	if d.pressLine(ctx, user, bot.RemoveLine, line) == nil {
		return nil
	}
	if err := d.toSummary(ctx, user); err != nil {
		return err
	}
	return errors.Join(d.pressLine(ctx, user, bot.EditLine, line), d.pressLine(ctx, user, bot.RemoveLine, line))
}

// pressLine presses a button of the list; the line that an added one follows is the button's own business.
func (d *Driver) pressLine(ctx context.Context, user string, do bot.LineEvent, line int) error {
	return d.press(ctx, user, 1, func(name string, rest []string) bool {
		return name == "."+string(do) && (do == bot.AddLine || part(rest, 2) == strconv.Itoa(line))
	})
}

// toSummary goes back or on until the form asks for nothing.
func (d *Driver) toSummary(ctx context.Context, user string) error {
	for range 100 {
		asked, err := d.Step(user)
		if err != nil || asked == "" {
			return err
		}
		back := d.press(ctx, user, 1, func(name string, _ []string) bool { return name == ".sum" })
		if back == nil {
			continue
		}
		if err := d.press(ctx, user, 1, func(name string, _ []string) bool { return name == ".keep" }); err != nil {
			return err
		}
	}
	return errors.New("the form never ends")
}

var (
	lineShape = regexp.MustCompile(`^(▸ )?(\d+)\. (.*)$`)
	lineName  = regexp.MustCompile(`_([2-9]|[1-9]\d{1,2})$`)
)

// lineOf is the line of a list to which an input of that name belongs.
func lineOf(name string) string {
	if m := lineName.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return "1"
}

// readLines reads the list of a form: lines of text with their places before them, and which of them is open.
func readLines(f *bottest.ShownForm, m *Message) {
	place, at := "", 0
	for _, line := range strings.Split(m.Text, "\n") {
		quoted := slices.ContainsFunc(m.Entities, func(e Entity) bool {
			return strings.HasSuffix(e.Type, "blockquote") && e.Offset <= at && at < e.Offset+e.Length
		})
		at += units(line) + 1
		shape := lineShape.FindStringSubmatch(line)
		if shape == nil || quoted {
			continue
		}
		f.Lines = append(f.Lines, shape[3])
		if shape[1] != "" || place == "" {
			place = shape[2]
		}
	}
	for _, b := range buttons(m) {
		name, rest := split(b.Data)
		mine := name == "."+string(bot.RemoveLine) ||
			name == "."+string(bot.EditLine) && strings.Contains(b.Text, " "+place+". ")
		if mine && f.Open == 0 {
			f.Open, _ = strconv.Atoi(part(rest, 2))
		}
	}
}

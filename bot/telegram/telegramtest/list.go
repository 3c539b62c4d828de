package telegramtest

import (
	"context"
	"errors"

	"github.com/nod-chat/nod/bot"
)

// List presses what acts on the list of the form that is open.
func (d *Driver) List(context.Context, string, bot.LineEvent, int) error {
	return errors.New("lists are not drawn here yet")
}

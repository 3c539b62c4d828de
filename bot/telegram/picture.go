package telegram

import (
	"bytes"
	"context"
	"errors"
	"html"
	"regexp"
	"strings"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/nod-chat/nod/bot"
)

// What Telegram shows as a photo, and what it takes at all: https://core.telegram.org/bots/api#sendphoto and #senddocument. A photo has no
// place for a description, which the text makes up for.
const (
	mostCaption  = 1024     // units that are read
	mostPhoto    = 10 << 20 // bytes
	mostSides    = 10_000   // pixels of width and height together
	mostRatio    = 20       // of the longer side to the shorter
	mostDocument = 50 << 20 // bytes
)

// tellPicture gives an answer with its picture: below it as a caption, where that has room and nothing hangs on the text, which can then be
// neither edited nor put in the place of another; else the text, and the picture after it. A picture that does not arrive is said to be
// missing.
func (r *reply) tellPicture(ctx context.Context, m bot.Message) error {
	p := *m.Picture
	m.Picture = nil
	r.answer(ctx, "", false) // what is said of a picture stays with it
	d := drawMessage(m, r.c.commandWords())
	alone := r.ending == nil && !m.Replaces && len(d.keys) == 0 && len(m.Files) == 0
	if alone && readUnits(d.text) <= mostCaption {
		err := r.c.sendPicture(ctx, r.in.chat, p, d.text)
		if err == nil {
			return nil
		}
		r.c.Log.WarnContext(ctx, "a picture could not be sent", "picture", p.Name, "error", err)
		m.Text = strings.TrimSpace(m.Text + "\n" + r.c.Words.Say(r.language(ctx), "telegram.picture_unsent", nil))
		return r.toldAs(ctx, m)
	}
	if err := r.toldAs(ctx, m); err != nil {
		return err
	}
	err := r.c.sendPicture(ctx, r.in.chat, p, "")
	if err == nil {
		return nil
	}
	r.c.Log.WarnContext(ctx, "a picture could not be sent", "picture", p.Name, "error", err)
	return r.say(ctx, "telegram.picture_unsent", nil)
}

// sendPicture sends a picture, as a photo if Telegram shows it as one, else as a document. caption is HTML.
func (c *Chat) sendPicture(ctx context.Context, chat int64, p bot.Picture, caption string) error {
	width, height, err := p.Size()
	if err != nil {
		return err
	}
	if len(p.PNG) > mostDocument {
		return errors.New("the picture is larger than Telegram takes")
	}
	send := func(ctx context.Context) error {
		file := &models.InputFileUpload{Filename: documentName(p.Name), Data: bytes.NewReader(p.PNG)}
		if isPhoto(len(p.PNG), width, height) {
			_, err := c.api.SendPhoto(ctx, &tg.SendPhotoParams{ChatID: chat, Photo: file, DisableNotification: true,
				Caption: caption, ParseMode: models.ParseModeHTML})
			return err
		}
		_, err := c.api.SendDocument(ctx, &tg.SendDocumentParams{ChatID: chat, Document: file, DisableNotification: true,
			Caption: caption, ParseMode: models.ParseModeHTML})
		return err
	}
	return c.patiently(ctx, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
		defer cancel()
		err := send(ctx)
		c.hold(ctx, chat, err)
		return err
	})
}

// isPhoto tells whether Telegram shows a picture as a photo.
func isPhoto(size, width, height int) bool {
	return size <= mostPhoto && width+height <= mostSides && max(width, height) <= mostRatio*min(width, height)
}

var tags = regexp.MustCompile(`<[^>]*>`)

// readUnits counts the units of HTML that are read; every other < in it is escaped.
func readUnits(text string) int { return units(html.UnescapeString(tags.ReplaceAllString(text, ""))) }

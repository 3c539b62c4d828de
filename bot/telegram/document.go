package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// sendFiles sends the files of an answer, each as a document of its own. One that cannot be sent is named; those after it are sent all the
// same.
func (r *reply) sendFiles(ctx context.Context, files []bot.Attachment) {
	for _, a := range files {
		err := r.c.patiently(ctx, func() error { return r.c.sendFile(ctx, r.in.chat, a) })
		if err == nil {
			continue
		}
		r.c.Log.WarnContext(ctx, "a file could not be given out", "file", a.ID, "error", err)
		if err := r.say(ctx, "telegram.file_unsent", map[string]any{"Name": workflows.Cut(a.Name, 60)}); err != nil {
			r.c.Log.WarnContext(ctx, "an answer could not be told", "error", err)
		}
	}
}

// sendFile sends one file. It is never shown as a picture: Telegram is told not to look what it is.
func (c *Chat) sendFile(ctx context.Context, chat int64, a bot.Attachment) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime) // each has its time, however many there are
	defer cancel()
	content, err := a.Open(ctx)
	if err != nil {
		return fmt.Errorf("read it: %w", err)
	}
	if len(content) == 0 {
		return errors.New("it is empty")
	}
	_, err = c.api.SendDocument(ctx, &tg.SendDocumentParams{ChatID: chat, DisableContentTypeDetection: true, DisableNotification: true,
		Document: &models.InputFileUpload{Filename: documentName(a.Name), Data: bytes.NewReader(content)}})
	return err
}

// documentName is a name under which a file can be stored anywhere: no folder, nothing unseen, nothing that ends a header.
func documentName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || unicode.IsControl(r) || workflows.Inert(string(r)) != string(r) {
			return '_'
		}
		return r
	}, workflows.Cut(name, 100))
	if strings.Trim(name, "._ ") == "" {
		return "file"
	}
	return name
}

package telegram

import (
	"context"
	"strings"
	"unicode/utf16"

	"github.com/go-telegram/bot/models"
)

// entity is a part of a text that says more than its letters: https://core.telegram.org/bots/api#messageentity. Only those are read that
// would lose it: the others stand in the text as they were typed.
type entity struct {
	Type   models.MessageEntityType `json:"type"`
	Offset int                      `json:"offset"` // in UTF-16 units
	Length int                      `json:"length"`
	URL    string                   `json:"url"`
	User   *models.User             `json:"user"`
}

// mostEntities is as many of a text as are read; Telegram itself sends 100 at most.
const mostEntities = 100

// readEntities gives a text as its sender saw it: a person who was picked from the list with @ before the name by which their colleagues
// know them, and a link whose words are others than its address with both.
func (c *Chat) readEntities(ctx context.Context, text string, entities []entity) string {
	if len(entities) == 0 || len(entities) > mostEntities {
		return text
	}
	all := utf16.Encode([]rune(text))
	var b strings.Builder
	at := 0
	for _, e := range entities {
		end := e.Offset + e.Length
		if e.Offset < at || e.Length <= 0 || end > len(all) || end < 0 {
			continue
		}
		shown := string(utf16.Decode(all[e.Offset:end]))
		switch {
		case e.Type == models.MessageEntityTypeTextMention && e.User != nil:
			if p, err := c.Directory.BoundPerson(ctx, chatUser(e.User.ID)); err == nil && p.Name != "" {
				shown = p.Name
			}
			shown = "@" + strings.TrimPrefix(shown, "@")
		case e.Type == models.MessageEntityTypeTextLink && e.URL != "" && !strings.Contains(e.URL, shown):
			shown += " (" + e.URL + ")"
		default:
			continue
		}
		b.WriteString(string(utf16.Decode(all[at:e.Offset])))
		b.WriteString(shown)
		at = end
	}
	b.WriteString(string(utf16.Decode(all[at:])))
	return b.String()
}

package bot_test

import (
	"testing"

	"github.com/nod-chat/nod/bot"
)

func TestReadTyped(t *testing.T) {
	for text, want := range map[string]bot.Content{
		"/leave":                      bot.Command{Name: "leave"},
		" /Leave annual  2026-12-01 ": bot.Command{Name: "leave", Args: "annual  2026-12-01"},
		"／请假 明天":                      bot.Command{Name: "请假", Args: "明天"},
		"/leave　annual":               bot.Command{Name: "leave", Args: "annual"},
		"/":                           bot.Command{},
		" Hello  there ":              bot.Said{Text: "Hello  there"},
		"明天下午":                        bot.Said{Text: "明天下午"},
	} {
		if got := bot.ReadTyped(text); got != want {
			t.Errorf("%q: %#v", text, got)
		}
	}
}

package web_test

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/web"
	"github.com/nod-chat/nod/bot/web/webtest"
	"github.com/nod-chat/nod/workflows"
)

// helpless gives a bot of the suite the list of commands, which the suite has none of.
type helpless struct{ bottest.Bot }

func (helpless) Commands(string) []bot.CommandHelp { return nil }

// TestSuite: the web chat does what every chat must, seen through its pages.
func TestSuite(t *testing.T) {
	bottest.Suite(t, func(t *testing.T, b bottest.Bot) bottest.Driver {
		people := []workflows.Person{{ID: 1, No: "lin", Name: "Lin", Language: "en", Active: true}, {ID: 2, No: "mallory", Name: "Mallory", Language: "en", Active: true}}
		chat := web.New(web.Config{
			Store: web.NewMemory(people), Bot: helpless{b}, Drafts: nil, Clock: new(workflows.Clock), Words: web.LoadWords(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		server := httptest.NewServer(chat.Handler())
		t.Cleanup(func() {
			chat.Close()
			server.Close()
		})
		return webtest.New(server.URL, chat)
	})
}

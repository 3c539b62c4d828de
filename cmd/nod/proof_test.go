package main

import (
	"bytes"
	"image"
	"image/jpeg"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
)

// picture is a photo as a phone makes it, a little different each time.
func picture(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, side, side)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Tom is ill and sends a photo of the doctor's note with a line below it; his manager reads the note; another page is handed in later. Whoever has
// nothing to do with the request gets no file.
func TestProofInTelegram(t *testing.T) {
	t.Parallel()
	g := botAPI(t)
	api := httptest.NewServer(g)
	t.Cleanup(func() {
		g.Close()
		api.Close()
	})
	b := openCommand(t, "serve", "TELEGRAM_BOT_TOKEN="+telegramtest.Token, "TELEGRAM_API_URL="+api.URL)
	ctx := t.Context()
	driver := telegramtest.NewDriver(g, nil)
	tom, zhou, other := phone{b, driver, "tom"}, phone{b, driver, "zhou"}, phone{b, driver, "other"}
	for employee, p := range map[string]phone{"E003": tom, "E011": zhou, "E006": other} {
		p.do(driver.Type(ctx, p.user, "/start "+strings.Fields(b.nod("link", employee, "telegram"))[0]))
	}
	note, page := picture(t, 32), picture(t, 33)
	updates, err := g.Hand("tom", telegramtest.Media{Photo: true, Body: note, Caption: "/leave sick " + days(monday(), 4) + " flu"})
	tom.do(err)
	tom.do(driver.Taken(ctx, updates[0]))
	tom.screen("a form that holds the photo", func(s bottest.Screen) bool { return s.Form != nil && strings.Contains(s.Form.Text, "📎 photo-") })
	tom.do(driver.Attach(ctx, "tom", "proof", bottest.File{Name: "virus.pdf", Content: []byte("MZ\x90\x00")}))
	tom.screen("what is wrong with the other file", func(s bottest.Screen) bool {
		return s.Form != nil && strings.Contains(s.Form.Text, "virus.pdf is neither a PDF nor a photo")
	})
	tom.do(driver.Send(ctx, "tom", 1))

	card := zhou.card("LV-1", "Tom Baker")
	zhou.do(driver.Press(ctx, "zhou", card.Reference, "files", 1))
	zhou.screen("the note", func(s bottest.Screen) bool {
		return len(s.Files()) == 1 && bytes.Equal(s.Files()[0].Content, note)
	})
	mine := tom.card("LV-1", "Waiting for")
	tom.do(driver.Press(ctx, "tom", mine.Reference, "attach", 1))
	tom.do(driver.Attach(ctx, "tom", "proof", bottest.File{Name: "page 2.jpg", Content: page}, bottest.File{Name: "page 3.jpg", Content: picture(t, 34)}))
	tom.screen("a form that holds two", func(s bottest.Screen) bool { return s.Form != nil && strings.Count(s.Form.Text, "📎") == 2 })
	tom.do(driver.Send(ctx, "tom", 1))
	tom.screen("that they are handed in", func(s bottest.Screen) bool { return s.Says("Your files were handed in with LV-1") })
	zhou.screen("that more has come", func(s bottest.Screen) bool { return s.Says("补交了 2 个文件") })
	zhou.do(driver.Press(ctx, "zhou", zhou.card("LV-1", "Tom Baker").Reference, "files", 1))
	zhou.screen("all three", func(s bottest.Screen) bool { return len(s.Files()) == 4 && bytes.Equal(s.Files()[2].Content, page) })

	other.do(driver.Type(ctx, "other", "/requests"))
	forged, err := g.Tap("other", g.Messages(telegramtest.UserID("other"))[0].ID, buttonData(t, g.Messages(telegramtest.UserID("zhou")), "2|files|"))
	other.do(err)
	other.do(driver.Taken(ctx, forged))
	if n := len(other.screen("an answer", func(s bottest.Screen) bool { return s.Says("LV-1") }).Files()); n != 0 {
		t.Errorf("somebody else was given %d files", n)
	}
	if log := b.output.String(); strings.Contains(log, "AAtest") || strings.Contains(log, "/file/bot") {
		t.Errorf("the token is in the log:\n%s", log)
	}
}

// buttonData is what a button carries whose data begins so.
func buttonData(t *testing.T, messages []telegramtest.Message, begins string) string {
	t.Helper()
	for _, m := range messages {
		for _, row := range m.Keyboard {
			for _, b := range row {
				if strings.HasPrefix(b.Data, begins) {
					return b.Data
				}
			}
		}
	}
	t.Fatalf("no button carries %s", begins)
	return ""
}

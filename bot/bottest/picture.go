package bottest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
)

// PNG makes a picture of a size.
func PNG(width, height int) []byte {
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // it has no size
	}
	return b.Bytes()
}

// pictureShown: who asked sees it with its text, as often as they ask, and nobody else does.
func pictureShown(t *testing.T, s *stage) {
	const text = "20,465.00 in November · 差旅"
	want := Picture{PNG(90, 60), "Travel 12,345.00 <b>\nHotel 8,120.00 \"net\""}
	s.answer = func(u bot.Update, r bot.Reply) error {
		return r.Tell(s.ctx, bot.Message{Text: text, Picture: &bot.Picture{Name: "报销.png", PNG: want.Content, Alt: want.Alt}})
	}
	for n := 1; n <= 2; n++ {
		s.must(s.Type(s.ctx, "lin", "/requests"))
		screen := s.wait("lin", "the picture", func(x Screen) bool { return x.Says(text) && len(x.Pictures()) == n })
		if p := screen.Pictures()[n-1]; !bytes.Equal(p.Content, want.Content) || p.Alt != want.Alt && p.Alt != "" {
			t.Errorf("lin sees %d bytes, described as %q; want %d, %q", len(p.Content), p.Alt, len(want.Content), want.Alt)
		}
	}
	if x := s.screen("mallory"); len(x.Pictures()) > 0 || x.Says(text) {
		t.Errorf("somebody else sees it:\n%s", x)
	}
}

func pictureBroken(t *testing.T, s *stage) {
	const text = "20,465.00 in November"
	s.answer = func(u bot.Update, r bot.Reply) error {
		return r.Tell(s.ctx, bot.Message{Text: text, Picture: &bot.Picture{Name: "x.png", PNG: []byte("<svg onload=alert(1)>"), Alt: "x"}})
	}
	s.must(s.Type(s.ctx, "lin", "/requests"))
	screen := s.wait("lin", "the text, and that the picture is missing", func(x Screen) bool {
		return x.Says(text) && strings.Contains(strings.ToLower(x.String()), "picture")
	})
	if len(screen.Pictures()) > 0 {
		t.Errorf("lin sees %q", screen.Pictures()[0].Content)
	}
}

package bot_test

import (
	"reflect"
	"strings"
	"testing"
	"unicode"

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
		if got := bot.ReadTyped(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %#v", text, got)
		}
	}
}

// Whatever is typed is a line or a command with its words (a link code among them), without the space around them, and is the same when typed again.
func FuzzReadTyped(f *testing.F) {
	for _, s := range []string{"/link ABCDEFGHIJKLMNOPQRSTUVWXYZ", "／请假　明天", "/ x", "hello /leave", "/\u00a0", "/a\nb", "/\xff \x00", "//leave", "/ İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		switch c := bot.ReadTyped(text).(type) {
		case bot.Command:
			if strings.ContainsFunc(c.Name, unicode.IsSpace) || strings.TrimSpace(c.Args) != c.Args || c.Name == "" && c.Args != "" {
				t.Errorf("%q: %+v", text, c)
			}
			if again := bot.ReadTyped("/" + c.Name + " " + c.Args); again != c {
				t.Errorf("%q is %+v, and that is %+v", text, c, again)
			}
		case bot.Said:
			if again := bot.ReadTyped(c.Text); !reflect.DeepEqual(again, c) {
				t.Errorf("%q is %+v, and that is %+v", text, c, again)
			}
		default:
			t.Errorf("%q: %#v", text, c)
		}
	})
}

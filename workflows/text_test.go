package workflows

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCleanText(t *testing.T) {
	tests := []struct{ name, in, want, text string }{
		{"plain", "family visit", "family visit", ""},
		{"trimmed", " \t回家过年\u3000\n", "回家过年", ""},
		{"Windows and old Mac line ends", "a\r\nb\rc\n", "a\nb\nc", ""},
		{"empty", "", "", ""},
		{"only space", " \u3000\n", "", ""},
		{"markup stays as typed", "<!channel> *hi* <@U123>", "<!channel> *hi* <@U123>", ""},
		{"an emoji of several runes", "👩‍💻 🏳️‍🌈", "👩‍💻 🏳️‍🌈", ""},
		{"Vietnamese, taken apart", "Nguye\u0302\u0303n", "Nguye\u0302\u0303n", ""},
		{"eight marks", "a" + strings.Repeat("\u0301", 8), "a" + strings.Repeat("\u0301", 8), ""},
		{"nine marks", "a" + strings.Repeat("\u0301", 9), "", "text.combining"},
		{"ten thousand marks", "a" + strings.Repeat("\u0301", 10_000), "", "text.combining"},
		{"marks with joiners between", "a" + strings.Repeat("\u0301\u200D", 9), "", "text.combining"},
		{"ten thousand runes", strings.Repeat("假", 10_000), strings.Repeat("假", 10_000), ""},
		{"60 kB", strings.Repeat("假", 20_000), "", "text.too_long"},
		{"NUL", "a\x00b", "", "text.invalid"},
		{"invalid UTF-8", "a\xffb", "", "text.invalid"},
		{"a surrogate", "\xed\xa0\x80", "", "text.invalid"},
		{"zero width only", "\u200B\u200B", "", "text.invisible"},
		{"zero width and space", "\u200B \u2060\u00A0", "", "text.invisible"},
		{"Hangul filler", "\u3164", "", "text.invisible"},
		{"Braille blank", "\u2800", "", "text.invisible"},
		{"variation selectors", "\uFE0F\U000E0100", "", "text.invisible"},
		{"tags", "\U000E0041\U000E0042", "", "text.invisible"},
		{"direction only", "\u202E\u2066", "", "text.invisible"},
	}
	for _, test := range tests {
		got, err := CleanText(test.in, 10_001)
		if test.text != "" {
			wantText(t, err, test.text)
		} else if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestCleanTextCountsRunes(t *testing.T) {
	if _, err := CleanText(" 一二三 ", 3); err != nil {
		t.Error(err)
	}
	_, err := CleanText("一二三四", 3)
	if e := wantText(t, err, "text.too_long"); e.Args["Max"] != 3 {
		t.Errorf("Max is %v", e.Args["Max"])
	}
}

func TestInert_I12(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "回家 <b>&\n*x*", "回家 <b>&\n*x*"},
		{"a file name turned round", "invoice\u202Egpj.exe", `invoice\u202Egpj.exe`},
		{"isolates and marks", "\u2066a\u2069\u200E", `\u2066a\u2069\u200E`},
		{"zero width in a name", "ad\u200Bmin", `ad\u200Bmin`},
		{"escape, bell, tab, return, NUL", "\x1b[31m\a\t\r\x00", `\u001B[31m\u0007\u0009\u000D\u0000`},
		{"line and paragraph separator", "a\u2028b\u2029", `a\u2028b\u2029`},
		{"tags", "a\U000E0041", `a\U000E0041`},
		{"byte order mark and filler", "\uFEFF\u3164", `\uFEFF\u3164`},
		{"emoji stay whole", "👩‍💻 🏳️‍🌈 ❤️ 1️⃣ 👩🏽‍🔧", "👩‍💻 🏳️‍🌈 ❤️ 1️⃣ 👩🏽‍🔧"},
		{"a joiner elsewhere", "a\u200Db", `a\u200Db`},
		{"two joiners", "👩\u200D\u200D💻", `👩\u200D\u200D💻`},
		{"a style on a letter", "a\uFE0F", `a\uFE0F`},
		{"invalid UTF-8", "a\xff", "a\uFFFD"},
	}
	for _, test := range tests {
		if got, want := InertLine(test.in), strings.ReplaceAll(test.want, "\n", `\n`); got != want {
			t.Errorf("%s: in one line it is %q, want %q", test.name, got, want)
		}
		if got := Inert(test.in); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func FuzzCleanText(f *testing.F) {
	for _, s := range []string{"", " a\r\nb ", "a\u0301\u200D", "\u202E", "\x00", "\xff", "👩‍💻"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		const limit = 50
		clean, err := CleanText(s, limit)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok || clean != "" {
				t.Fatalf("CleanText(%q) = %q, %v", s, clean, err)
			}
			return
		}
		if !utf8.ValidString(clean) || strings.ContainsAny(clean, "\x00\r") || utf8.RuneCountInString(clean) > limit || clean != strings.TrimSpace(clean) {
			t.Fatalf("CleanText(%q) = %q", s, clean)
		}
		if again, err := CleanText(clean, limit); again != clean || err != nil {
			t.Fatalf("CleanText(%q) = %q, and again %q, %v", s, clean, again, err)
		}
	})
}

func FuzzInert(f *testing.F) {
	for _, s := range []string{"a\nb", "\u202E", "👩‍💻", "👩\u200D\u200D💻", "1\uFE0F\u20E3", "\u2060\uFE0F", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		shown := Inert(s)
		if !utf8.ValidString(shown) {
			t.Fatalf("Inert(%q) is not UTF-8", s)
		}
		for _, r := range shown {
			if r != '\n' && r != joiner && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
				t.Fatalf("Inert(%q) keeps %U", s, r)
			}
		}
		if again := Inert(shown); again != shown {
			t.Fatalf("Inert(%q) = %q, and again %q", s, shown, again)
		}
	})
}

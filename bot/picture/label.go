package picture

import (
	"strings"
	"sync"
	"unicode"

	"github.com/go-analyze/charts"
	"golang.org/x/text/unicode/norm"

	"github.com/nod-chat/nod/third_party/font"
)

const family = "droidsansfallbackfull"

// letters is the font of the charts. What it lacks, Latin letters among it, the library draws in fonts of its own.
var letters = sync.OnceValues(func() (charts.FontStyle, error) {
	err := charts.InstallFont(family, font.DroidSansFallbackFull)
	return charts.FontStyle{Font: charts.GetFont(family)}, err
})

// drawable tells whether a character can be drawn.
func drawable(r rune) bool {
	for _, name := range []string{family, charts.FontFamilyNotoSans} {
		if charts.GetFont(name).Index(r) != 0 {
			return true
		}
	}
	return false
}

// longest is how much of a label is looked at; the rest would not fit anywhere.
const longest = 200

// unknown stands for letters of a script that neither font has.
const unknown = '□'

// oneLine is a label without line breaks, and without characters that are not seen.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "�")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
}

// label is what of a name or value can be drawn: letters and signs that no font has become a square, pictographs are left out. A minus is
// never lost.
func label(s string) string {
	runes := []rune(s[:min(len(s), 8*longest)]) // a character cut in two is one that is left out
	s = oneLine(norm.NFC.String(string(runes)))
	var out []rune
	for _, r := range s {
		switch {
		case unicode.Is(unicode.M, r): // what NFC left over: nothing here stacks marks
		case drawable(r):
			out = append(out, r)
		case r == '−' || r == '‑':
			out = append(out, '-')
		case unicode.In(r, unicode.L, unicode.N, unicode.Sc, unicode.Sm) && (len(out) == 0 || out[len(out)-1] != unknown):
			out = append(out, unknown)
		}
		if len(out) == longest {
			break
		}
	}
	drawn := strings.Join(strings.Fields(string(out)), " ")
	if drawn == "" && s != "" {
		return string(unknown)
	}
	return drawn
}

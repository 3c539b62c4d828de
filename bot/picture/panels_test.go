package picture

import (
	"bytes"
	"image"
	"image/draw"
	"strings"
	"testing"
)

// Panels are the same charts as alone, one below the other, but for the line between two.
func TestPanels(t *testing.T) {
	charts := charted(t)
	for _, names := range [][]string{{"categories_en"}, {"categories_en", "persons_zh", "empty_en", "months_en"}, {"months_zh", "hostile"}} {
		var p Panels
		var want []image.Image
		height := 0
		for _, name := range names {
			p = append(p, charts[name])
			content, err := charts[name].Draw()
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, decode(t, content))
			height += want[len(want)-1].Bounds().Dy()
		}
		content, err := p.Draw()
		if err != nil {
			t.Fatal(err)
		}
		got := decode(t, content)
		if size := got.Bounds().Size(); size != image.Pt(width, height) {
			t.Fatalf("%v are %v, want a height of %d", names, size, height)
		}
		top := 0
		for i, chart := range want {
			piece := image.NewRGBA(chart.Bounds())
			draw.Draw(piece, piece.Bounds(), got, image.Pt(0, top), draw.Src)
			lines := min(i, 1) + min(len(want)-1-i, 1) // above it and below
			if off := differing(piece, chart); off > lines*inner*rule/2 {
				t.Errorf("%v: %s differs in %d pixels from the chart alone", names, names[i], off)
			}
			top += chart.Bounds().Dy()
		}
		again, err := p.Draw()
		if err != nil || !bytes.Equal(content, again) {
			t.Errorf("the same charts are another picture: %v", err)
		}
	}
}

func TestPanelsAlt(t *testing.T) {
	one := Bars{Title: "A", Format: plain, Groups: []string{"x"}, Series: []Series{{"", []int64{1}}}}
	none := Bars{Title: "B", Unit: "CNY", Format: plain, Empty: "Nothing yet"}
	pic, err := Panels{one, none}.Picture("both.png")
	if err != nil {
		t.Fatal(err)
	}
	if want := "A\nx 1\n\nB\nCNY\nNothing yet"; pic.Alt != want || pic.Name != "both.png" {
		t.Errorf("%s says %q, want %q", pic.Name, pic.Alt, want)
	}
	long := charted(t)["months_zh"]
	if got := []rune(Panels{one, long, long, long}.Alt()); len(got) > maxAlt || !strings.HasPrefix(string(got), "A\nx 1\n\n近六个月") || !strings.HasSuffix(string(got), "\n…") {
		t.Errorf("a long one has %d characters: %s", len(got), string(got))
	}
	fits := Bars{Title: strings.Repeat("长", maxAlt), Format: plain, Empty: "x"}
	if got := []rune(fits.Alt()); len(got) > maxAlt {
		t.Errorf("%d characters", len(got))
	}
}

func TestPanelsRefused(t *testing.T) {
	good := charted(t)["empty_en"]
	bad := good
	bad.Format = nil
	for why, p := range map[string]Panels{"no chart": nil, "more charts than": {good, good, good, good, good}, "how a value is written": {good, bad}} {
		if pic, err := p.Picture("x.png"); err == nil || !strings.Contains(err.Error(), why) || pic != nil {
			t.Errorf("%s: %v", why, err)
		}
	}
}

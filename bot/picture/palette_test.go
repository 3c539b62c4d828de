package picture

import (
	"image"
	"image/color"
	"testing"
)

// A palette of more colours than it has room for keeps the commonest as they are, and the others hardly changed.
func TestShades(t *testing.T) {
	pixels := map[color.RGBA]int{}
	for i := range 256 {
		for j := range 8 { // 2048 colours
			pixels[color.RGBA{uint8(i), uint8(8 * j), 90, 255}] = 1 + i*j
		}
	}
	common := color.RGBA{31, 35, 40, 255}
	pixels[common] = 1_000_000
	palette, place := shades(pixels)
	if len(palette) > 256 || palette[place[common]] != color.Color(common) {
		t.Errorf("%d colours; the commonest became %v", len(palette), palette[place[common]])
	}
	for c := range pixels {
		if drawn := palette[place[c]].(color.RGBA); !near(drawn, c, 16) {
			t.Errorf("%v is drawn as %v", c, drawn)
		}
	}
	few, place := shades(map[color.RGBA]int{common: 1, {255, 255, 255, 255}: 5, {254, 255, 255, 255}: 3})
	if len(few) != 3 || few[place[color.RGBA{254, 255, 255, 255}]] != color.Color(color.RGBA{254, 255, 255, 255}) {
		t.Errorf("of three colours it makes %v", few)
	}
}

func TestChartsAreLight(t *testing.T) {
	for name, b := range charted(t) {
		content, err := b.Draw()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := decode(t, content).(*image.Paletted); !ok || len(content) > 60_000 {
			t.Errorf("%s: %d bytes, with a palette %v", name, len(content), ok)
		}
	}
}

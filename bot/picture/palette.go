package picture

import (
	"bytes"
	"cmp"
	"errors"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// withPalette writes a PNG anew with a palette, which makes it about an eighth as heavy: a chart has a few colours, and many shades of them
// at the edges of its letters, which the nearest shade stands for.
func withPalette(content []byte) ([]byte, error) {
	decoded, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	full, ok := decoded.(*image.RGBA)
	if !ok {
		return nil, errors.New("picture: a chart is drawn in other colours than these")
	}
	pixels := map[color.RGBA]int{}
	runs(full, func(c color.RGBA, from, to int) { pixels[c] += to - from })
	palette, place := shades(pixels)
	out := image.NewPaletted(full.Rect, palette)
	runs(full, func(c color.RGBA, from, to int) {
		p := place[c]
		for i := from; i < to; i++ {
			out.Pix[i] = p
		}
	})
	var b bytes.Buffer
	if err := png.Encode(&b, out); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// runs calls for each row of pixels that are of one colour, with the places of its first one and of the one behind its last, counted row
// after row.
func runs(img *image.RGBA, run func(c color.RGBA, from, to int)) {
	at := func(i int) color.RGBA {
		return color.RGBA{img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3]}
	}
	n := len(img.Pix) / 4
	for from := 0; from < n; {
		c, to := at(from), from+1
		for to < n && at(to) == c {
			to++
		}
		run(c, from, to)
		from = to
	}
}

// shades chooses a palette of at most 256 colours out of those of so many pixels, the commonest first, and gives each colour its place: one
// that is hardly another than a chosen one is drawn as that. It is the same each time.
func shades(pixels map[color.RGBA]int) (palette color.Palette, place map[color.RGBA]uint8) {
	all := make([]color.RGBA, 0, len(pixels))
	for c := range pixels {
		all = append(all, c)
	}
	number := func(c color.RGBA) uint32 { return uint32(c.R)<<24 | uint32(c.G)<<16 | uint32(c.B)<<8 | uint32(c.A) }
	slices.SortFunc(all, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(pixels[b], pixels[a]), cmp.Compare(number(a), number(b)))
	})
	place = make(map[color.RGBA]uint8, len(all))
	for apart := uint8(0); ; apart += 4 {
		palette = palette[:0]
		clear(place)
		for _, c := range all {
			i := slices.IndexFunc(palette, func(p color.Color) bool { return near(p.(color.RGBA), c, apart) })
			if i < 0 {
				i = len(palette)
				palette = append(palette, c)
			}
			if i > 255 {
				break
			}
			place[c] = uint8(i)
		}
		if len(palette) <= 256 {
			return palette, place
		}
	}
}

// near tells whether no part of two colours is further apart.
func near(a, b color.RGBA, apart uint8) bool {
	within := func(x, y uint8) bool { return max(x, y)-min(x, y) <= apart }
	return within(a.R, b.R) && within(a.G, b.G) && within(a.B, b.B) && within(a.A, b.A)
}

package picture

import (
	"math"
	"strings"
	"unicode"

	"github.com/go-analyze/charts"
)

// The measures are in pixels of a picture that a phone shows at about four tenths of its size.
const (
	width  = 900
	margin = 40
	inner  = width - 2*margin

	titleSize  = 38
	unitSize   = 26
	nameSize   = 30
	legendSize = 26
	partSize   = 20 // a value inside a bar
	emptySize  = 32

	barHeight   = 26
	stackHeight = 44
	swatch      = 24
	gap         = 3  // between the parts of a bar
	least       = 3  // of a value that is not nothing
	beside      = 24 // between what stands side by side
	emptyHeight = 220
	rule        = 4 // between two charts
)

var (
	paper = charts.ColorRGB(255, 255, 255)
	ink   = charts.ColorRGB(31, 35, 40)
	quiet = charts.ColorRGB(89, 96, 105)
	track = charts.ColorRGB(238, 241, 244) // what a bar lies on
	lack  = charts.ColorRGB(184, 84, 80)   // a negative value

	// colours are told apart from their neighbours and from the paper also by those who see few colours.
	colours = [MaxSeries]charts.Color{
		charts.ColorRGB(58, 106, 171), charts.ColorRGB(201, 130, 26), charts.ColorRGB(44, 128, 101), charts.ColorRGB(184, 84, 80),
		charts.ColorRGB(124, 98, 163), charts.ColorRGB(72, 160, 178), charts.ColorRGB(140, 109, 82), charts.ColorRGB(129, 138, 148),
	}
)

// canvas is a picture while it is drawn.
type canvas struct {
	*charts.Painter
	letters charts.FontStyle
}

func newCanvas(height int) (canvas, error) {
	style, err := letters()
	if err != nil {
		return canvas{}, err
	}
	c := canvas{charts.NewPainter(charts.PainterOptions{Width: width, Height: height, Font: style.Font}), style}
	c.rectangle(0, 0, width, height, paper)
	return c, nil
}

func (c canvas) rectangle(x, y, w, h int, colour charts.Color) {
	c.FilledRect(x, y, x+w, y+h, colour, colour, 0)
}

// style gives letters of a size in pixels; the library counts in points.
func (c canvas) style(size int, colour charts.Color) charts.FontStyle {
	s := c.letters
	s.FontSize, s.FontColor = float64(size)*72/96, colour
	return s
}

func (c canvas) measure(text string, size int) int {
	return c.MeasureText(text, 0, c.style(size, ink)).Width()
}

// write puts a line whose letters are as high as size below y.
func (c canvas) write(text string, x, y, size int, colour charts.Color) {
	c.Text(text, x, y+size*88/100, 0, c.style(size, colour))
}

// fit cuts a line to a width, and says so with an ellipsis.
func (c canvas) fit(text string, size, room int) string {
	if c.measure(text, size) <= room {
		return text
	}
	runes := []rune(text)
	n := c.fitting(runes, size, room-c.measure("…", size))
	return strings.TrimSpace(string(runes[:n])) + "…"
}

// fitting counts the characters that have room; not all have.
func (c canvas) fitting(runes []rune, size, room int) int {
	low, high := 0, len(runes)-1
	for low < high {
		middle := (low + high + 1) / 2
		if c.measure(string(runes[:middle]), size) <= room {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

// wrap breaks a text into at most two lines, at a space where there is one not far from the end.
func (c canvas) wrap(text string, size, room int) []string {
	if text == "" {
		return nil
	}
	if c.measure(text, size) <= room {
		return []string{text}
	}
	runes := []rune(text)
	n := max(c.fitting(runes, size, room), 1)
	for i := n; i > n/2; i-- {
		if unicode.IsSpace(runes[i]) {
			n = i
			break
		}
	}
	rest := runes[n:]
	if unicode.IsSpace(rest[0]) {
		rest = rest[1:]
	}
	return []string{string(runes[:n]), c.fit(string(rest), size, room)}
}

// key is a series' place in the legend.
type key struct {
	name string
	x, y int
}

// legend puts the names of the series into rows; one is at most as wide as half of the picture. It gives the height of all, too.
func (c canvas) legend(series []Series) (keys []key, height int) {
	const step = legendSize + 16
	x, y := 0, 0
	for _, s := range series {
		name := c.fit(label(s.Name), legendSize, (inner-beside)/2-swatch-10)
		wide := swatch + 10 + c.measure(name, legendSize)
		if x > 0 && x+wide > inner {
			x, y = 0, y+step
		}
		keys = append(keys, key{name, margin + x, y})
		x += wide + beside + 8
	}
	return keys, y + step
}

// Draw draws the chart as a PNG of 900 pixels by as many as it needs, at most about 2800. The same chart is the same picture.
func (b Bars) Draw() ([]byte, error) { return Panels{b}.Draw() }

// layout is where the parts of a chart stand, and what is written in them.
type layout struct {
	Bars
	sums         []int64
	title, unit  []string
	keys         []key
	legendHeight int
	head         int // from the upper edge to what is below the title
	thick        int // a bar
	step         int // from a bar to the next
	height       int
}

func (b Bars) layout(ruler canvas) (layout, error) {
	sums, err := b.check()
	if err != nil {
		return layout{}, err
	}
	l := layout{Bars: b, sums: sums, thick: barHeight}
	l.title, l.unit = ruler.wrap(label(b.Title), titleSize, inner), ruler.wrap(label(b.Unit), unitSize, inner)
	if b.stacked() {
		l.thick = stackHeight
		if !b.empty() {
			l.keys, l.legendHeight = ruler.legend(b.Series)
			l.legendHeight += 14
		}
	}
	l.head = margin + len(l.title)*(titleSize+12) + len(l.unit)*(unitSize+10) + 22
	l.step = nameSize + 14 + l.thick + 28
	l.height = l.head + l.legendHeight + len(b.Groups)*l.step - 28 + margin
	if b.empty() {
		l.height = l.head + emptyHeight
	}
	return l, nil
}

// stacked tells whether a bar is made of parts.
func (b Bars) stacked() bool { return len(b.Series) > 1 }

// draw draws the chart below top.
func (l layout) draw(c canvas, top int) {
	y := top + margin
	for _, line := range l.title {
		c.write(line, margin, y, titleSize, ink)
		y += titleSize + 12
	}
	for _, line := range l.unit {
		c.write(line, margin, y, unitSize, quiet)
		y += unitSize + 10
	}
	y = top + l.head
	if l.empty() {
		c.rectangle(margin, y, inner, emptyHeight-margin, track)
		word := c.fit(label(l.Empty), emptySize, inner-2*margin)
		c.write(word, (width-c.measure(word, emptySize))/2, y+(emptyHeight-margin-emptySize)/2, emptySize, quiet)
		return
	}
	for i, k := range l.keys {
		c.rectangle(k.x, y+k.y+(legendSize-swatch)/2+2, swatch, swatch, colours[i])
		c.write(k.name, k.x+swatch+10, y+k.y, legendSize, ink)
	}
	y += l.legendHeight
	scale := newScale(l.sums, l.Whole)
	for i, name := range l.Groups {
		c.row(label(name), label(l.Format(l.sums[i])), y)
		at := y + nameSize + 14
		c.rectangle(margin, at, inner, l.thick, track)
		if l.stacked() {
			l.parts(c, scale, i, at)
		} else {
			scale.bar(c, l.sums[i], at)
		}
		y += l.step
	}
}

// row writes a bar's name, and its value at the right, above it. The value has its room first, up to half of the row.
func (c canvas) row(name, value string, y int) {
	value = c.fit(value, nameSize, inner/2)
	wide := c.measure(value, nameSize)
	c.write(value, width-margin-wide, y, nameSize, ink)
	c.write(c.fit(name, nameSize, inner-wide-beside), margin, y, nameSize, ink)
}

// scale turns values into pixels. This is the only place where they are floating-point numbers.
type scale struct{ low, high float64 }

// newScale has room for all values, for zero, and for the whole.
func newScale(values []int64, whole int64) scale {
	s := scale{high: float64(whole)}
	for _, v := range values {
		s.low, s.high = min(s.low, float64(v)), max(s.high, float64(v))
	}
	return s
}

// at gives the pixel of a value.
func (s scale) at(v int64) int {
	return margin + int(math.Round((float64(v)-s.low)/(s.high-s.low)*inner))
}

// bar draws a value from where zero is.
func (s scale) bar(c canvas, v int64, y int) {
	zero, end := s.at(0), s.at(v)
	switch {
	case v > 0:
		c.rectangle(zero, y, max(end-zero, least), barHeight, colours[0])
	case v < 0:
		end = min(end, zero-least)
		c.rectangle(end, y, zero-end, barHeight, lack)
	}
}

// parts draws the parts of a bar, each with its value where that has room.
func (b Bars) parts(c canvas, s scale, group, y int) {
	var before int64
	for i, series := range b.Series {
		v := series.Values[group]
		if v == 0 {
			continue
		}
		from, to := s.at(before), s.at(before+v)
		before += v
		c.rectangle(from, y, max(to-from-gap, least), stackHeight, colours[i])
		value := label(b.Format(v))
		if wide := c.measure(value, partSize); wide+2*10 <= to-from-gap {
			c.write(value, from+10, y+(stackHeight-partSize)/2, partSize, onto(colours[i]))
		}
	}
}

// onto gives the colour of letters that stand on another.
func onto(c charts.Color) charts.Color {
	if contrast(c, paper) >= contrast(c, ink) {
		return paper
	}
	return ink
}

// contrast is that of WCAG 2.2 (www.w3.org/TR/WCAG22/#dfn-contrast-ratio), from 1 to 21.
func contrast(a, b charts.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c charts.Color) float64 {
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

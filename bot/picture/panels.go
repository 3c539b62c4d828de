package picture

import (
	"errors"

	"github.com/nod-chat/nod/bot"
)

// MaxPanels is how many charts one picture holds: more would be taller than a phone shows well, and than a chat takes for a photo.
const MaxPanels = 4

// Panels are charts below one another in one picture, since an answer brings one. Each keeps its own title, unit and scale, so that a part
// of the picture can be understood alone.
type Panels []Bars

// Picture draws the charts, and writes what they show for those who do not see it. name is the file's.
func (p Panels) Picture(name string) (*bot.Picture, error) {
	png, err := p.Draw()
	if err != nil {
		return nil, err
	}
	return &bot.Picture{Name: name, PNG: png, Alt: p.Alt()}, nil
}

// Alt says what the charts show, one after the other, as Bars.Alt does of one. It ends with a line when the next would be too much for a
// chat, so what matters most stands in the first chart.
func (p Panels) Alt() string {
	var lines []string
	for i, b := range p {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, b.told()...)
	}
	return within(lines, maxAlt)
}

// Draw draws the charts as a PNG of 900 pixels by as many as they need, with a line between two. The same charts are the same picture.
func (p Panels) Draw() ([]byte, error) {
	switch {
	case len(p) == 0:
		return nil, errors.New("picture: no chart is to be drawn")
	case len(p) > MaxPanels:
		return nil, errors.New("picture: these are more charts than one picture holds")
	}
	ruler, err := newCanvas(1)
	if err != nil {
		return nil, err
	}
	height := 0
	layouts := make([]layout, len(p))
	for i, b := range p {
		if layouts[i], err = b.layout(ruler); err != nil {
			return nil, err
		}
		height += layouts[i].height
	}
	c, err := newCanvas(height)
	if err != nil {
		return nil, err
	}
	top := 0
	for i, l := range layouts {
		if i > 0 {
			c.rectangle(margin, top-rule/2, inner, rule, track)
		}
		l.draw(c, top)
		top += l.height
	}
	content, err := c.Bytes()
	if err != nil {
		return nil, err
	}
	return withPalette(content)
}

package web

import (
	"html/template"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// pictures are this chat's own drawings of the emoji that a text may begin with or a kind be known by: whether an emoji is seen depends on
// the fonts of the reader's machine, and a bare one has none.
var pictures = map[string]template.HTML{
	"📅": svg(`<rect x="3" y="4.5" width="14" height="12.5" rx="2.5"/><path d="M3 8.5h14M7 2.8v3.4M13 2.8v3.4"/>`),
	"🌴": svg(`<circle cx="10" cy="10" r="3.4"/><path d="M10 2.5v1.8M10 15.7v1.8M2.5 10h1.8M15.7 10h1.8` +
		`M4.7 4.7l1.3 1.3M14 14l1.3 1.3M15.3 4.7L14 6M6 14l-1.3 1.3"/>`),
	"💍": svg(`<circle cx="10" cy="12.2" r="5"/><path d="M7.6 3h4.8L14 5l-4 2.4L6 5z"/>`),
	"🍼": svg(`<path d="M7 7.5h6v7.2a2.3 2.3 0 0 1-2.3 2.3H9.3a2.3 2.3 0 0 1-2.3-2.3z` +
		`M7.8 7.5V5.8h4.4v1.7M10 5.8V3M7 11h2.5M7 14h2.5"/>`),
	"🧾": svg(`<path d="M5 2.8l1.7 1.2 1.6-1.2L10 4l1.7-1.2L13.3 4 15 2.8v14.4L13.3 16l-1.6 1.2L10 16l-1.7 1.2L6.7 16 5 17.2z` +
		`M7.5 8h5M7.5 11h5"/>`),
	"💻":  svg(`<rect x="4" y="4.5" width="12" height="8.5" rx="1.5"/><path d="M2.5 16h15"/>`),
	"⏰":  svg(`<circle cx="10" cy="11" r="6"/><path d="M10 7.8V11l2.2 1.6M3.5 5.5L6 3.4M16.5 5.5L14 3.4"/>`),
	"👋":  svg(`<path d="M5.2 14V9.5a4.8 4.8 0 0 1 9.6 0V14l1.4 1.6H3.8zM8.3 15.6a1.8 1.8 0 0 0 3.4 0M10 4.7V3.2"/>`),
	"📎":  svg(`<path d="M14.8 9.6l-5 5a3 3 0 0 1-4.3-4.3l6-6a2 2 0 0 1 2.9 2.9l-5.9 5.9a1 1 0 0 1-1.5-1.4l5.1-5.1"/>`),
	"🧭":  svg(`<circle cx="10" cy="10" r="7"/><path d="M12.8 7.2l-1.6 4-4 1.6 1.6-4z"/>`),
	"☑️": svg(`<rect x="3.5" y="3.5" width="13" height="13" rx="2"/><path d="M6.8 10.2l2.3 2.3 4.2-4.6"/>`),
	"✅":  svg(`<circle cx="10" cy="10" r="7"/><path d="M6.8 10.2l2.3 2.3 4.2-4.6"/>`),
	"📝":  svg(`<path d="M5 3h7l3 3v4M5 3v14h5M7.5 8h5M7.5 11h3M11.5 15.5l5-5 1.6 1.6-5 5-2 .4z"/>`),
	"✍️": svg(`<path d="M4 16.5l.8-3.2L13 5.1l2.4 2.4-8.2 8.2zM3 18h8"/>`),
	"🎉":  svg(`<path d="M4 16.5l3.6-9 5.4 5.4zM12 4.5v1.8M15.5 8h1.8M14.5 5.5l1.3-1.3M10 3.5l.4 1.2M16 11l1.2.4"/>`),
	"⚖️": svg(`<path d="M10 3.5v13M6.5 16.5h7M4 6h12M4 6l-1.8 5h3.6zM16 6l-1.8 5h3.6z"/>`),
	"💬": svg(`<path d="M4 4.5h12a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5H9l-3.5 3v-3H4A1.5 1.5 0 0 1 2.5 12V6A1.5 1.5 0 0 1 ` +
		`4 4.5z"/>`),
	"⚠️": svg(`<path d="M10 3.5L17.5 16.5h-15zM10 8.5v3.6M10 14.2v.1"/>`),
}

// plainPicture stands for a kind whose emoji has no drawing here.
var plainPicture = svg(`<path d="M5 3h6.5L15 6.5V17H5zM11.5 3v3.5H15M7.5 10h5M7.5 13h5"/>`)

func svg(shapes string) template.HTML {
	return template.HTML(`<svg class="picture" viewBox="0 0 20 20" aria-hidden="true">` + shapes + `</svg>`)
}

// picture draws the emoji of a kind or of one of its types.
func picture(emoji string) template.HTML {
	if drawing, ok := pictures[emoji]; ok {
		return drawing
	}
	return plainPicture
}

// illustrated writes a text, with the emoji that it begins with as a drawing.
func illustrated(text string) template.HTML {
	drawing := template.HTML("")
	for emoji, d := range pictures {
		if rest, ok := strings.CutPrefix(text, emoji); ok {
			drawing, text = d, strings.TrimLeft(rest, " ")
			break
		}
	}
	return drawing + template.HTML(template.HTMLEscapeString(workflows.Inert(text)))
}

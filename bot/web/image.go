package web

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// imageView is the picture of an answer, as the template draws it.
type imageView struct {
	Link          string
	Alt           string
	Width, Height int
}

// maxImages is how many pictures can be looked at; they lie in memory.
const maxImages = 100

// image keeps the picture of an answer for its reader. What is none, or has no place, is said to be missing.
func (c *Chat) image(p workflows.Person, f frame, m bot.Message, hasPlace bool) (bot.Message, *imageView) {
	if m.Picture == nil {
		return m, nil
	}
	picture := *m.Picture
	m.Picture = nil
	width, height, err := picture.Size()
	if err != nil || !hasPlace {
		c.Log.Error("a picture was left away", "error", err, "place", hasPlace)
		m.Text = strings.TrimSpace(m.Text + "\n" + f.T("web.picture_broken"))
		return m, nil
	}
	link := "/chat/" + p.No + "/picture/" + c.images.add(p.No, picture)
	return m, &imageView{link, picture.Alt, width, height}
}

// picture gives out a picture to the page in which it stands.
func (c *Chat) picture(w http.ResponseWriter, r *http.Request) {
	p, ok := c.person(w, r, r.PathValue("no"))
	if !ok {
		return
	}
	picture, ok := c.images.find(p.No, r.PathValue("token"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	// Opened by itself it is a page of its own, which may do nothing.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": picture.Name}))
	w.Header().Set("Content-Length", strconv.Itoa(len(picture.PNG)))
	_, _ = w.Write(picture.PNG) // the browser has gone: nobody to tell
}

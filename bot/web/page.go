package web

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/third_party/htmx"
	"github.com/nod-chat/nod/workflows"
)

// shown is how many messages a page begins with.
const shown = 200

//go:embed static
var statics embed.FS

// frame is what every page and fragment knows: for whom it is drawn, in which language, and what time it is for them.
type frame struct {
	words chat.Printer
	Lang  string
	Me    workflows.Person
	now   time.Time
	loc   *time.Location
}

func (c *Chat) frame(p workflows.Person) frame {
	loc := zoneOf(p.Zone)
	return frame{words: c.Words, Lang: p.Language, Me: p, now: c.Clock.Now().In(loc), loc: loc}
}

// T says a text of the frame; pairs are names and values of its arguments.
func (f frame) T(key string, pairs ...any) string {
	args := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i].(string)] = pairs[i+1]
	}
	return f.words.Say(f.Lang, key, args)
}

// Clock is the reader's time as the header shows it.
func (f frame) Clock() string {
	return f.T("web.clock.now", "Day", f.now.Format(time.DateOnly), "Clock", clockTime(f.now))
}

// at gives a post its time.
func (f frame) at(p post, t time.Time) post {
	t = t.In(f.loc)
	p.frame, p.Day, p.At = f, t.Format(time.DateOnly), clockTime(t)
	p.DayName = f.T("web.day", "Day", p.Day)
	return p
}

// page is what the layout of a whole page needs.
type page struct {
	frame
	Title string
	Token string
	Theme string // light, dark or empty: as the system has it
	files map[string]file
}

// File is the address of a static file; it changes with its content, so that browsers may keep it.
func (p page) File(name string) string { return "/static/" + name + "?v=" + p.files[name].version }

func (c *Chat) page(w http.ResponseWriter, r *http.Request, f frame, title string) page {
	p := page{frame: f, Title: title, Token: token(w, r), files: c.files}
	if cookie, err := r.Cookie("nod_theme"); err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		p.Theme = cookie.Value
	}
	return p
}

type startPage struct {
	page
	Groups []department
	Pairs  []pairView
	Sample cardView
	Other  string // the other language
}

type chatPage struct {
	page
	Who      personView
	Manager  *personView
	Posts    []post
	Since    int64
	Commands []bot.CommandHelp
	Once     string
	Pane     bool // one of two beside each other
}

// MostFiles is how many files go with a line.
func (chatPage) MostFiles() int { return workflows.MaxFiles }

type pairPage struct {
	page
	A, B personView
}

func (c *Chat) start(w http.ResponseWriter, r *http.Request) {
	people, err := c.Store.WebPeople(r.Context())
	if err != nil {
		c.fail(w, "list people", err)
		return
	}
	unread, err := c.Store.WebUnread(r.Context())
	if err != nil {
		c.fail(w, "count what is unread", err)
		return
	}
	f := c.stranger(w, r)
	views := f.people(people, unread)
	other := "zh"
	if f.Lang == "zh" {
		other = "en"
	}
	c.draw(w, http.StatusOK, "start", startPage{page: c.page(w, r, f, f.T("web.start.title")), Groups: f.departments(views),
		Pairs: suggest(views), Sample: f.sample(), Other: other})
}

// open goes to the people who were picked on the start page.
func (c *Chat) open(w http.ResponseWriter, r *http.Request) {
	to := "/"
	switch picked := r.URL.Query()["p"]; {
	case len(picked) == 1:
		to = "/chat/" + url.PathEscape(picked[0])
	case len(picked) > 1:
		to = "/pair/" + url.PathEscape(picked[0]) + "/" + url.PathEscape(picked[1])
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (c *Chat) chat(w http.ResponseWriter, r *http.Request) {
	me, everybody, ok := c.known(w, r, r.PathValue("no"))
	if !ok {
		return
	}
	history, err := c.Store.WebHistory(r.Context(), me.No, shown)
	if err != nil {
		c.fail(w, "load messages", err)
		return
	}
	read, err := c.Store.WebRead(r.Context(), me.No)
	if err != nil {
		c.fail(w, "load what is read", err)
		return
	}
	f := c.frame(me)
	p := chatPage{page: c.page(w, r, f, me.Name), Once: newID(), Commands: c.Bot.Commands(me.Language),
		Pane: r.URL.Query().Get("pane") == "1"}
	for _, m := range history {
		p.Posts = append(p.Posts, f.post(m, read))
		p.Since = max(p.Since, m.Change)
	}
	for _, v := range f.people(everybody, nil) {
		if v.No == me.No {
			p.Who, p.Manager = *v, v.Manager
		}
	}
	c.draw(w, http.StatusOK, "chat", p)
}

func (c *Chat) pair(w http.ResponseWriter, r *http.Request) {
	a, everybody, ok := c.known(w, r, r.PathValue("a"))
	if !ok {
		return
	}
	b, _, ok := c.known(w, r, r.PathValue("b"))
	if !ok {
		return
	}
	f := c.frame(a)
	p := pairPage{page: c.page(w, r, f, a.Name+" · "+b.Name)}
	for _, v := range f.people(everybody, nil) {
		switch v.No {
		case a.No:
			p.A = *v
		case b.No:
			p.B = *v
		}
	}
	if a.No == b.No {
		p.B = p.A
	}
	c.draw(w, http.StatusOK, "pair", p)
}

func (c *Chat) nowhere(w http.ResponseWriter, r *http.Request) { c.missing(w, r) }

func (c *Chat) missing(w http.ResponseWriter, r *http.Request) {
	f := c.stranger(w, r)
	c.draw(w, http.StatusNotFound, "missing", c.page(w, r, f, f.T("web.missing.title")))
}

// person finds an active person by employee number, or answers that there is none.
func (c *Chat) person(w http.ResponseWriter, r *http.Request, no string) (workflows.Person, bool) {
	p, _, ok := c.known(w, r, no)
	return p, ok
}

func (c *Chat) known(w http.ResponseWriter, r *http.Request, no string) (workflows.Person, []workflows.Person, bool) {
	people, err := c.Store.WebPeople(r.Context())
	if err != nil {
		c.fail(w, "list people", err)
		return workflows.Person{}, nil, false
	}
	i := slices.IndexFunc(people, func(p workflows.Person) bool { return p.No == no })
	if i < 0 {
		c.missing(w, r)
		return workflows.Person{}, nil, false
	}
	return people[i], people, true
}

// stranger is the frame for somebody who has not chosen a person yet: their browser's language, unless they chose one.
func (c *Chat) stranger(w http.ResponseWriter, r *http.Request) frame {
	lang := "en"
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "zh") {
		lang = "zh"
	}
	if cookie, err := r.Cookie("nod_lang"); err == nil && (cookie.Value == "en" || cookie.Value == "zh") {
		lang = cookie.Value
	}
	if chosen := r.URL.Query().Get("lang"); chosen == "en" || chosen == "zh" {
		lang = chosen
		http.SetCookie(w, &http.Cookie{Name: "nod_lang", Value: lang, Path: "/", MaxAge: 365 * 24 * 3600,
			SameSite: http.SameSiteStrictMode})
	}
	return c.frame(workflows.Person{Language: lang, Zone: "Asia/Shanghai"})
}

func parse() *template.Template {
	functions := template.FuncMap{"inert": workflows.Inert, "tone": tone, "picture": picture, "illustrated": illustrated}
	return template.Must(template.New("").Funcs(functions).ParseFS(templates, "templates/*.html"))
}

// tone is the class of a tone.
func tone(t workflows.Tone) string {
	if t == "" {
		return "tone-none"
	}
	return "tone-" + string(t)
}

// draw writes a page. It is drawn whole first, so that a fault in the middle does not leave half a page.
func (c *Chat) draw(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := c.pages.ExecuteTemplate(&b, name, data); err != nil {
		c.fail(w, "draw "+name, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the browser has gone: nobody to tell
}

func (c *Chat) write(w http.ResponseWriter, a *answer) { c.draw(w, http.StatusOK, "answer", a) }

func (c *Chat) fragment(name string, data any) (string, error) {
	var b strings.Builder
	err := c.pages.ExecuteTemplate(&b, name, data)
	return b.String(), err
}

// file is a static file with a version that follows its content.
type file struct {
	content []byte
	kind    string
	version string
}

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func static() map[string]file {
	all := map[string][]byte{"htmx.min.js": htmx.Script}
	for _, name := range []string{"nod.css", "nod.js", "nod.svg"} {
		b, err := statics.ReadFile("static/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		all[name] = b
	}
	files := map[string]file{}
	for name, b := range all {
		sum := sha256.Sum256(b)
		files[name] = file{content: b, kind: kinds[path.Ext(name)], version: hex.EncodeToString(sum[:6])}
	}
	return files
}

func (c *Chat) static(w http.ResponseWriter, r *http.Request) {
	f, ok := c.files[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	if r.URL.Query().Get("v") == f.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(f.content)
}

func newID() string { return strings.ToLower(rand.Text()[:16]) }

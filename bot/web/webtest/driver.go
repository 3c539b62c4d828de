// Package webtest is a browser without a window: it uses the web chat over HTTP as a person does, so that the adapters' suite and the
// transcripts of the whole program can be played on it. It knows of htmx what the chat's answers use.
package webtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/web"
)

// Driver uses the web chat at one address.
type Driver struct {
	base   string
	client *http.Client
	sender deliver.Sender

	mu    sync.Mutex
	pages map[string]*page
}

// page is what one user's window shows beside the stored messages.
type page struct {
	token, once string
	private     []*node
	form        *node
	note        string
}

var _ bottest.Driver = (*Driver)(nil)

// New opens a browser on the chat at base, as http://127.0.0.1:8080. sender may be nil when nobody asks for it.
func New(base string, sender deliver.Sender) *Driver {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // it never is one
	}
	return &Driver{base: base, client: &http.Client{Jar: jar}, sender: sender, pages: map[string]*page{}}
}

// Sender is the chat's.
func (d *Driver) Sender() deliver.Sender { return d.sender }

// Address is where a user's messages go.
func (d *Driver) Address(user string) deliver.Address {
	return deliver.Address{Platform: web.Platform, Team: web.Team, User: user}
}

func (d *Driver) load(ctx context.Context, user string) (*node, *page, error) {
	root, err := d.get(ctx, "/chat/"+url.PathEscape(user))
	if err != nil {
		return nil, nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.pages[user]
	if p == nil {
		p = &page{once: root.first(id("once")).attr["value"]}
		d.pages[user] = p
	}
	p.token = root.first(element("body")).attr["data-token"]
	return root, p, nil
}

// page gives a user's window, opening it if it is not open.
func (d *Driver) page(ctx context.Context, user string) (*page, error) {
	d.mu.Lock()
	p := d.pages[user]
	d.mu.Unlock()
	if p != nil {
		return p, nil
	}
	_, p, err := d.load(ctx, user)
	return p, err
}

// Type sends a line from the composer.
func (d *Driver) Type(ctx context.Context, user, text string) error {
	p, err := d.page(ctx, user)
	if err != nil {
		return err
	}
	d.mu.Lock()
	once := p.once
	d.mu.Unlock()
	return d.post(ctx, user, "command", map[string]string{"text": text, "once": once})
}

// Press presses a button of a message, also of one that is not stored.
func (d *Driver) Press(ctx context.Context, user, reference, action string, times int) error {
	values, err := d.button(ctx, user, reference, action)
	if err != nil {
		return err
	}
	return together(times, func() error { return d.post(ctx, user, "press", values) })
}

func (d *Driver) button(ctx context.Context, user, reference, action string) (map[string]string, error) {
	root, p, err := d.load(ctx, user)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	places := append([]*node{root}, p.private...)
	d.mu.Unlock()
	for _, place := range places {
		for _, post := range append(place.all(class("post")), place) {
			if post.attr["id"] != "m"+reference && post.attr["id"] != reference {
				continue
			}
			for _, form := range post.all(class("press")) {
				if form.first(with("data-action", action)) != nil {
					return form.values(), nil
				}
			}
		}
	}
	return nil, fmt.Errorf("%s sees no button %s on message %s", user, action, reference)
}

// ButtonValues gives all that a button sends, so that it can be pressed when it is old, or by somebody else.
func (d *Driver) ButtonValues(ctx context.Context, user, reference, action string) (string, error) {
	values, err := d.button(ctx, user, reference, action)
	if err != nil {
		return "", err
	}
	form := url.Values{}
	for name, value := range values {
		form.Set(name, value)
	}
	return form.Encode(), nil
}

// PressValues sends what ButtonValues gave.
func (d *Driver) PressValues(ctx context.Context, user, encoded string) error {
	form, err := url.ParseQuery(encoded)
	if err != nil {
		return err
	}
	values := map[string]string{}
	for name := range form {
		values[name] = form.Get(name)
	}
	return d.post(ctx, user, "press", values)
}

// Change fills in fields of the open form.
func (d *Driver) Change(ctx context.Context, user string, changed map[string]string) error {
	values, err := d.filled(ctx, user)
	if err != nil {
		return err
	}
	d.mu.Lock()
	form := d.pages[user].form
	for name, value := range changed {
		if _, ok := values[name]; !ok || form.hidden(name) {
			d.mu.Unlock()
			return fmt.Errorf("the form has no field %s", name)
		}
		values[name] = value
		form.set(name, value)
	}
	d.mu.Unlock()
	return d.post(ctx, user, "recalculate", values)
}

// Attach chooses files for a field of the open form.
func (d *Driver) Attach(ctx context.Context, user, field string, files ...bottest.File) error {
	values, err := d.filled(ctx, user)
	if err != nil {
		return err
	}
	p, err := d.page(ctx, user)
	if err != nil {
		return err
	}
	d.mu.Lock()
	input := p.form.first(with("name", "nod.file."+field))
	d.mu.Unlock()
	if input == nil {
		return fmt.Errorf("the form takes no file in %s", field)
	}
	return d.sendFiles(ctx, user, input.attr["hx-post"], values, input.attr["name"], files)
}

// SendFiles chooses files beside the composer, and sends them with what stands in it.
func (d *Driver) SendFiles(ctx context.Context, user, text string, files ...bottest.File) error {
	root, p, err := d.load(ctx, user)
	if err != nil {
		return err
	}
	form := root.first(id("say-form"))
	input := form.first(with("type", "file"))
	if _, several := input.attr["multiple"]; form.attr["hx-encoding"] != "multipart/form-data" || !several {
		return errors.New("the composer takes no files")
	}
	d.mu.Lock()
	once := p.once
	d.mu.Unlock()
	return d.sendFiles(ctx, user, form.attr["hx-post"], map[string]string{"text": text, "once": once}, input.attr["name"], files)
}

func (d *Driver) sendFiles(ctx context.Context, user, path string, values map[string]string, input string, files []bottest.File) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range values {
		if err := form.WriteField(name, value); err != nil {
			return err
		}
	}
	for _, f := range files {
		part, err := form.CreateFormFile(input, f.Name)
		if err != nil {
			return err
		}
		if _, err := part.Write(f.Content); err != nil {
			return err
		}
	}
	if err := form.Close(); err != nil {
		return err
	}
	return d.send(ctx, user, path, form.FormDataContentType(), &body)
}

// TakeOut unticks a file that a field of the open form holds.
func (d *Driver) TakeOut(ctx context.Context, user, field, name string) error {
	p, err := d.page(ctx, user)
	if err != nil {
		return err
	}
	d.mu.Lock()
	found := false
	if p.form != nil {
		for _, label := range p.form.all(class("file")) {
			if box := label.first(with("type", "checkbox")); box.attr["name"] == field && label.words() == name {
				delete(box.attr, "checked")
				found = true
			}
		}
	}
	d.mu.Unlock()
	if !found {
		return fmt.Errorf("%s sees no file %s in %s", user, name, field)
	}
	values, err := d.filled(ctx, user)
	if err != nil {
		return err
	}
	return d.post(ctx, user, "recalculate", values)
}

// List presses what acts on the list of the open form.
func (d *Driver) List(ctx context.Context, user string, do bot.LineEvent, line int) error {
	values, err := d.filled(ctx, user)
	if err != nil {
		return err
	}
	d.mu.Lock()
	buttons := d.pages[user].form.all(func(n *node) bool { _, acts := n.attr["data-list"]; return acts })
	d.mu.Unlock()
	for _, b := range buttons {
		var more map[string]string
		if err := json.Unmarshal([]byte(b.attr["hx-vals"]), &more); err != nil {
			return fmt.Errorf("what a button of the list sends along: %w", err)
		}
		if more["nod.do"] == string(do) && (do != bot.EditLine || more["nod.line"] == strconv.Itoa(line)) {
			maps.Copy(values, more)
			return d.postTo(ctx, user, b.attr["hx-post"], values)
		}
	}
	return fmt.Errorf("%s sees no button that does %s to line %d", user, do, line)
}

// Send sends the open form.
func (d *Driver) Send(ctx context.Context, user string, times int) error {
	values, err := d.filled(ctx, user)
	if err != nil {
		return err
	}
	return together(times, func() error { return d.post(ctx, user, "submit", values) })
}

func (d *Driver) filled(ctx context.Context, user string) (map[string]string, error) {
	p, err := d.page(ctx, user)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.form == nil {
		return nil, fmt.Errorf("%s has no form open", user)
	}
	return p.form.values(), nil
}

// Screen is what the user sees now, after a look at the server.
func (d *Driver) Screen(ctx context.Context, user string) (bottest.Screen, error) {
	root, p, err := d.load(ctx, user)
	if err != nil {
		return bottest.Screen{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var s bottest.Screen
	for _, post := range root.first(id("feed")).all(class("post")) {
		s.Messages = append(s.Messages, shown(post))
	}
	for _, post := range p.private {
		if post.has("own") {
			continue
		}
		m := shown(post)
		for _, link := range post.all(class("file")) {
			content, err := d.download(ctx, link.attr["href"])
			if err != nil {
				return s, err
			}
			m.Files = append(m.Files, bottest.File{Name: link.attr["download"], Content: content})
		}
		for _, n := range post.all(element("img")) {
			content, err := d.picture(ctx, n.attr["src"])
			if err != nil {
				return s, err
			}
			m.Pictures = append(m.Pictures, bottest.Picture{Content: content, Alt: n.attr["alt"]})
		}
		s.Private = append(s.Private, m)
	}
	if p.form != nil {
		s.Form = shownForm(p.form)
		if p.note != "" {
			s.Form.Faults[""] = p.note
		}
	}
	return s, nil
}

func shown(post *node) bottest.Shown {
	m := bottest.Shown{Reference: strings.TrimPrefix(post.attr["id"], "m"), Text: post.first(class("post-body")).words()}
	if n := post.first(class("card")); n != nil {
		m.Number = n.attr["data-number"]
		m.Folded = n.has("folded")
	}
	for _, b := range post.all(element("button")) {
		if b.attr["data-action"] != "" {
			m.Buttons = append(m.Buttons, bottest.Button{Action: b.attr["data-action"], Label: b.words()})
		}
	}
	return m
}

func shownForm(form *node) *bottest.ShownForm {
	f := &bottest.ShownForm{Title: form.first(id("form-title")).words(), Values: map[string]string{}, Faults: map[string]string{},
		Files: map[string][]string{}, Text: form.words()}
	for name, value := range form.values() {
		if !strings.Contains(name, ".") && !form.hidden(name) {
			f.Values[name] = value
		}
	}
	for _, n := range form.all(class("file")) {
		name := n.first(with("type", "checkbox")).attr["name"]
		f.Files[name] = append(f.Files[name], n.words())
	}
	for _, n := range form.all(class("fault")) {
		if n.attr["id"] == "" { // of a line: the text says it
			continue
		}
		f.Faults[strings.TrimPrefix(n.attr["id"], "fault-")] = n.words()
	}
	if n := form.first(class("note")); n != nil {
		f.Faults[""] = n.words()
	}
	for _, n := range form.all(class("line-text")) {
		f.Lines = append(f.Lines, n.first(element("span")).words())
	}
	f.Open, _ = strconv.Atoi(form.values()["nod.open"])
	return f
}

// hidden tells whether nobody sees the input of that name.
func (n *node) hidden(name string) bool { return n.first(with("name", name)).attr["type"] == "hidden" }

// set puts a value into a form as it is shown.
func (n *node) set(name, value string) {
	for _, input := range n.all(with("name", name)) {
		switch {
		case input.attr["type"] == "radio":
			delete(input.attr, "checked")
			if input.attr["value"] == value {
				input.attr["checked"] = ""
			}
		case input.name == "select":
			for _, option := range input.all(element("option")) {
				delete(option.attr, "selected")
				if option.attr["value"] == value {
					option.attr["selected"] = ""
				}
			}
		case input.name == "textarea":
			input.kids = []*node{{text: value}}
		default:
			input.attr["value"] = value
		}
	}
}

func (d *Driver) get(ctx context.Context, path string) (*node, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+path, nil)
	if err != nil {
		return nil, err
	}
	return d.do(request)
}

// picture loads a picture as a page does, which shows nothing of another type.
func (d *Driver) picture(ctx context.Context, link string) ([]byte, error) {
	content, header, err := d.content(ctx, link)
	if kind := header.Get("Content-Type"); err == nil && kind != "image/png" {
		return nil, fmt.Errorf("%s is of type %s", link, kind)
	}
	return content, err
}

// download loads a file as a browser does, which stores only what is to be stored.
func (d *Driver) download(ctx context.Context, link string) ([]byte, error) {
	content, header, err := d.content(ctx, link)
	if at, _, _ := mime.ParseMediaType(header.Get("Content-Disposition")); err == nil && at != "attachment" {
		return nil, fmt.Errorf("%s has the disposition %q, not attachment", link, at)
	}
	return content, err
}

func (d *Driver) content(ctx context.Context, link string) ([]byte, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+link, nil)
	if err != nil {
		return nil, nil, err
	}
	response, err := d.client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("%s: %s", link, response.Status)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, 32<<20))
	return content, response.Header, err
}

// MoveClock presses one of the clock's buttons: hour, morning or week.
func (d *Driver) MoveClock(ctx context.Context, user, step string) error {
	return d.postTo(ctx, user, "/clock", map[string]string{"step": step, "as": user})
}

func (d *Driver) post(ctx context.Context, user, what string, values map[string]string) error {
	return d.postTo(ctx, user, "/chat/"+url.PathEscape(user)+"/"+what, values)
}

func (d *Driver) postTo(ctx context.Context, user, path string, values map[string]string) error {
	form := url.Values{}
	for name, value := range values {
		form.Set(name, value)
	}
	return d.send(ctx, user, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (d *Driver) send(ctx context.Context, user, path, kind string, body io.Reader) error {
	p, err := d.page(ctx, user)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Origin", d.base)
	request.Header.Set("X-CSRF-Token", p.token)
	answer, err := d.do(request)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return p.swap(answer)
}

func (d *Driver) do(request *http.Request) (*node, error) {
	response, err := d.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 8<<20))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %s", request.URL.Path, response.Status, strings.TrimSpace(string(text)))
	}
	return parse(string(text))
}

// swap puts the parts of an answer in their places, as htmx would.
func (p *page) swap(answer *node) error {
	for _, part := range answer.kids {
		if part.name == "" {
			continue
		}
		switch where := part.attr["hx-swap-oob"]; {
		case where == "outerHTML" && part.attr["id"] == "once":
			p.once = part.attr["value"]
		case where == "beforeend:#feed":
			p.private = append(p.private, part.all(class("post"))...)
		case where == "outerHTML" && part.has("post"):
			i := slices.IndexFunc(p.private, func(n *node) bool { return n.attr["id"] == part.attr["id"] })
			if i < 0 {
				return fmt.Errorf("an answer takes the place of %q, which is not there", part.attr["id"])
			}
			p.private[i] = part
		case where == "innerHTML:#dialog":
			p.form, p.note = part.first(class("form")), ""
		case where == "outerMorph":
			if p.form != nil && p.form.attr["id"] == part.attr["id"] {
				p.form, p.note = part, ""
			}
		case strings.HasPrefix(where, "innerHTML:#note-"):
			p.note = part.words()
		case strings.HasPrefix(where, "innerHTML:#kept-"), where == "innerHTML:#toast":
		default:
			return fmt.Errorf("an answer goes to %q", where)
		}
	}
	return nil
}

// together does something several times at the same moment.
func together(times int, do func() error) error {
	errs := make([]error, times)
	var wg sync.WaitGroup
	for i := range times {
		wg.Go(func() { errs[i] = do() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

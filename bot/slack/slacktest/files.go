package slacktest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nod-chat/nod/bot/bottest"
)

// File is a file as Slack keeps it: [files].
type File struct {
	ID      string // given by Slack
	Name    string
	Title   string
	Content []byte
	Alt     string // describes a picture
	User    string // whose it is

	Size     int    // as Slack says; 0: what it is
	Address  string // url_private; empty: here
	External bool   // it lies elsewhere, and Slack only knows where
	Hidden   bool   // it comes as an id, and files.info tells the rest: docs.slack.dev/apis/channels-between-orgs
}

// ticket is an upload that was begun: what will be sent, and where it stands.
type ticket struct {
	file     File
	length   int
	uploaded bool
}

const (
	inputFile  = 10 << 20 // [blocks], file-input-element: "There is a 10MB file size limit"
	longestAlt = 1000     // characters: [methods], files.getUploadURLExternal
	largeFile  = 1 << 30  // of any file: slack.com/help/articles/201330736, Add files to Slack
)

// keep gives a file an id and keeps it; s.mu is held.
func (s *Server) keep(f File) *File {
	f.ID = s.id("F")
	if f.Title == "" {
		f.Title = f.Name
	}
	if f.Size == 0 {
		f.Size = len(f.Content)
	}
	if f.Address == "" {
		f.Address = s.http.URL + "/files-pri/" + TeamID + "-" + f.ID
	}
	s.files[f.ID] = &f
	return &f
}

// json is a file as payloads bring it; whole, as files.info does.
func (f *File) json(whole bool) map[string]any {
	if f.Hidden && !whole {
		return map[string]any{"id": f.ID, "mode": "file_access", "file_access": "check_file_info"}
	}
	ending := strings.TrimPrefix(path.Ext(f.Name), ".")
	out := map[string]any{"id": f.ID, "name": f.Name, "title": f.Title, "mimetype": "application/octet-stream", "filetype": ending,
		"user": f.User, "size": f.Size,
		"mode": "hosted", "is_external": f.External, "external_type": "", "is_public": false, "url_private": f.Address,
		"url_private_download": f.Address, "permalink": "https://lantern.slack.com/files/" + f.User + "/" + f.ID}
	if f.External { // such a one has no address to download from
		delete(out, "url_private_download")
		out["mode"], out["external_type"] = "external", "gdrive"
	}
	return out
}

// Attach has a person choose files in the open form. They go to Slack at once, and to the app with the form.
func (d *Driver) Attach(ctx context.Context, user, field string, files ...bottest.File) error {
	if err := d.loaded(ctx, UserID(user)); err != nil {
		return err
	}
	var list []File
	for _, f := range files {
		list = append(list, File{Name: f.Name, Content: f.Content})
	}
	return d.Choose(UserID(user), field, list...)
}

// Choose puts files into the file_input whose action_id is the field's name, as far as Slack's clients let somebody: [blocks],
// file-input-element.
func (s *Server) Choose(user, field string, files ...File) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.top(user)
	if err != nil {
		return err
	}
	for _, b := range v.blocks() {
		element, _ := b["element"].(map[string]any)
		if element["type"] != "file_input" || element["action_id"] != field {
			continue
		}
		state := v.state[stringOf(b["block_id"])][field].(map[string]any)
		chosen := asList(state["files"])
		most := 10
		if n, ok := element["max_files"].(float64); ok {
			most = int(n)
		}
		if len(chosen)+len(files) > most {
			return fmt.Errorf("Slack lets nobody choose more than %d files here", most)
		}
		for _, f := range files {
			endings := asList(element["filetypes"])
			if ending := strings.ToLower(strings.TrimPrefix(path.Ext(f.Name), ".")); len(endings) > 0 &&
				!slices.Contains(endings, any(ending)) {
				return fmt.Errorf("Slack lets nobody choose %s here", f.Name)
			}
			if f.Size > inputFile || f.Size == 0 && len(f.Content) > inputFile {
				return fmt.Errorf("Slack lets nobody choose a file as large as %s here", f.Name)
			}
			f.User = user
			chosen = append(chosen, s.keep(f).json(false))
		}
		state["files"] = chosen
		return nil
	}
	return fmt.Errorf("%s sees no place for files called %s", user, field)
}

// TakeOut unticks a file that a field of the open form holds. The app hears of it at once where the boxes say so.
func (d *Driver) TakeOut(ctx context.Context, user, field, name string) error {
	if err := d.loaded(ctx, UserID(user)); err != nil {
		return err
	}
	p, err := d.Unticked(UserID(user), field, name)
	if err != nil || p == nil {
		return err
	}
	return outcome(d.Interact(ctx, p))
}

// Unticked takes the tick off an option of checkboxes, named by what is read, and gives the payload that follows; nil: none does.
func (s *Server) Unticked(user, field, name string) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.top(user)
	if err != nil {
		return nil, err
	}
	for _, b := range v.blocks() {
		element, _ := b["element"].(map[string]any)
		if element["type"] != "checkboxes" || element["action_id"] != field {
			continue
		}
		state := v.state[stringOf(b["block_id"])][field].(map[string]any)
		chosen := asList(state["selected_options"])
		left := slices.DeleteFunc(slices.Clone(chosen), func(o any) bool {
			text, _ := o.(map[string]any)["text"].(map[string]any)
			return readText(text) == name
		})
		if len(left) == len(chosen) {
			continue
		}
		state["selected_options"] = left
		if b["dispatch_action"] != true {
			return nil, nil
		}
		p := s.interaction(user, "block_actions")
		p["trigger_id"] = s.newTrigger(user, v.id)
		p["container"] = map[string]any{"type": "view", "view_id": v.id}
		p["actions"] = []any{map[string]any{"type": "checkboxes", "block_id": b["block_id"], "action_id": field,
			"action_ts": s.stamp(), "selected_options": left}}
		p["view"] = clone(v.json())
		return p, nil
	}
	return nil, fmt.Errorf("%s sees no file %s in %s", user, name, field)
}

// FileEvent writes a line with files into the direct channel and gives its event.
func (s *Server) FileEvent(user, typed string, files ...File) map[string]any {
	payload := s.MessageEvent(user, typed)
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []any
	for _, f := range files {
		f.User = user
		list = append(list, s.keep(f).json(false))
	}
	event := payload["event"].(map[string]any)
	event["subtype"], event["files"], event["upload"] = "file_share", list, false
	return payload
}

// SendFiles writes a message with files into the direct channel.
func (d *Driver) SendFiles(ctx context.Context, user, text string, files ...bottest.File) error {
	var list []File
	for _, f := range files {
		list = append(list, File{Name: f.Name, Content: f.Content})
	}
	all := d.SendEvent(ctx, d.FileEvent(UserID(user), text, list...), nil)
	return outcome(all[len(all)-1])
}

// ForwardEvent forwards a message that has files into the direct channel, with a line before it, and gives its event: the message stands in
// its attachments, its files in there, and the event has no subtype. Where a line only points to a message by a link, Slack shows it the
// same way, but for is_share: slack-go's Attachment.
func (s *Server) ForwardEvent(user, typed string, forwarded bool, files ...File) map[string]any {
	payload := s.MessageEvent(user, typed)
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []any
	for _, f := range files {
		f.User = "U0SOMEBODY"
		list = append(list, s.keep(f).json(false))
	}
	shown := map[string]any{"is_msg_unfurl": true, "author_id": "U0SOMEBODY", "channel_id": "C0SALES", "channel_team": TeamID,
		"ts":       s.stamp(),
		"from_url": "https://lantern.slack.com/archives/C0SALES/p1764000000000100", "text": "the bill", "fallback": "the bill", "id": 1,
		"mrkdwn_in": []any{"text"}, "files": list}
	if forwarded {
		shown["is_share"] = true
	}
	payload["event"].(map[string]any)["attachments"] = []any{shown}
	return payload
}

// File gives a file as it is kept.
func (s *Server) File(id string) File {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.files[id]; f != nil {
		return *f
	}
	return File{}
}

func (s *Server) fileInfo(a args) (result, string) {
	f := s.files[a.text("file")]
	if f == nil {
		return nil, "file_not_found"
	}
	return result{"file": f.json(true)}, ""
}

// login is what Slack's host for files answers, with 200, to whoever may not read the file: with another token or none, and without
// files:read.
const login = `<!DOCTYPE html><html><head><title>Sign in to lantern | Slack</title></head><body>Sign in</body></html>`

// download is url_private: it wants the token, as no part of the address: [files].
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fault, faulty := s.fault("download")
	f := s.files[strings.TrimPrefix(r.PathValue("id"), TeamID+"-")]
	may := r.Header.Get("Authorization") == "Bearer "+BotToken && slices.Contains(s.config.Scopes, "files:read") && len(r.URL.Query()) == 0
	s.mu.Unlock()
	switch {
	case faulty && fault.strike(w):
	case !may:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, login)
	case f == nil:
		http.Error(w, "File not found", http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(f.Content)
	}
}

// uploadURL begins an upload: [methods], files.getUploadURLExternal.
func (s *Server) uploadURL(a args) (result, string) {
	length, err := strconv.Atoi(a.text("length"))
	switch {
	case a.text("filename") == "" || err != nil || length < 1:
		return nil, "missing_argument"
	case length > largeFile:
		return nil, "file_upload_size_restricted"
	case utf8.RuneCountInString(a.text("alt_txt")) > longestAlt:
		return nil, "alt_txt_too_large"
	}
	id := s.id("F")
	s.tickets[id] = &ticket{file: File{ID: id, Name: a.text("filename"), Alt: a.text("alt_txt"), User: BotUser}, length: length}
	return result{"file_id": id, "upload_url": s.http.URL + "/upload/v1/" + id}, ""
}

// upload takes the bytes of a file, raw or as a part of a form, once, and as many as were announced: [files].
func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	in := io.Reader(http.MaxBytesReader(w, r.Body, 64<<20))
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		if parts, err := r.MultipartReader(); err == nil {
			if part, err := parts.NextPart(); err == nil {
				in = part
			}
		}
	}
	body, err := io.ReadAll(in)
	s.mu.Lock()
	fault, faulty := s.fault("upload")
	t := s.tickets[r.PathValue("id")]
	taken := err == nil && t != nil && !t.uploaded && len(body) == t.length
	if taken && (!faulty || fault.Takes) {
		t.uploaded, t.file.Content = true, body
	}
	s.mu.Unlock()
	switch {
	case faulty && fault.strike(w):
	case !taken:
		http.Error(w, "no such upload", http.StatusBadRequest)
	default:
		fmt.Fprintf(w, "OK - %d", len(body))
	}
}

// completeUpload shares what was uploaded, as one message: [methods], files.completeUploadExternal. channel_id is a channel's, never a
// user's.
func (s *Server) completeUpload(a args) (result, string) {
	var list []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	if json.Unmarshal(a.json("files"), &list) != nil || len(list) == 0 {
		return nil, "invalid_arguments"
	}
	named := map[string]bool{}
	for _, f := range list {
		if t := s.tickets[f.ID]; t == nil || !t.uploaded || named[f.ID] {
			return nil, "file_not_found"
		}
		named[f.ID] = true
	}
	var c *channel
	if id := a.text("channel_id"); id != "" { // without one the files are private to the bot
		found, code := s.target(id, false)
		if code != "" {
			return nil, code
		}
		if s.config.Now().Sub(found.lastPost) < spacing {
			return nil, "ratelimited:1"
		}
		c = found
	}
	m := &Message{Text: a.text("initial_comment"), User: BotUser}
	var told []any
	for _, f := range list {
		file := s.tickets[f.ID].file
		delete(s.tickets, f.ID)
		file.Title = file.Name
		if f.Title != "" {
			file.Title = f.Title
		}
		file.Size, file.Address = len(file.Content), s.http.URL+"/files-pri/"+TeamID+"-"+file.ID
		s.files[file.ID] = &file
		m.Files = append(m.Files, file)
		told = append(told, map[string]any{"id": file.ID, "title": file.Title})
	}
	if c != nil {
		c.lastPost = s.config.Now()
		m.Channel, m.TS = c.id, s.stamp()
		c.messages = append(c.messages, m)
		s.ping(*m)
	}
	return result{"files": told}, ""
}

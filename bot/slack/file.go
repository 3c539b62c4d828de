package slack

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// Files come in by a file_input, which only modals have, and are fetched when the form is sent. They and pictures go out as a message of
// the direct channel, since neither a modal nor an ephemeral answer can hold one.

const (
	maxInputFiles = 10 // in a file_input: docs.slack.dev/reference/block-kit/block-elements/file-input-element
	maxBoxes      = 10 // in checkboxes: …/block-elements/checkboxes-element

	maxAlt = 1000 // characters that describe a picture: docs.slack.dev/reference/methods/files.getUploadURLExternal

	fileHost = "files.slack.com" // docs.slack.dev/reference/objects/file-object, url_private
)

// The marks in the ids of a field's blocks. Files that the form holds cannot be put into a file_input, so they stand in a block of
// their own, ticked. Slack keeps what stands in a block as long as its id stays, so that once files were taken from a form, or another
// line of its list was opened, the blocks begin anew.
const (
	keptMark  = ".kept"
	roundMark = "~" // a number follows, of a line's files two: "~2" or "~2.1"
)

// fieldOf gives the field that a block belongs to.
func fieldOf(block string) string {
	name, _, _ := strings.Cut(block, roundMark)
	name, _, _ = strings.Cut(name, keptMark)
	return name
}

// blockOf gives the block at which a field's fault can stand: for files the one for new ones, if there is room for any. Empty: none.
func blockOf(inputs []string, field string) string {
	for _, block := range slices.Backward(inputs) {
		if fieldOf(block) == field {
			return block
		}
	}
	return ""
}

// fileInputs draws a field of files: those that it holds, to be kept or left out, and room for more. round is how often files were taken
// from the form, turn how often another line was opened.
func fileInputs(f bot.FormField, round, turn int) []slackapi.Block {
	most := f.Max
	if most < 1 {
		most = workflows.MaxFiles
	}
	suffix := ""
	if f.Line == 0 {
		turn = 0
	}
	if round+turn > 0 {
		suffix = roundMark + strconv.Itoa(round)
	}
	if turn > 0 {
		suffix += "." + strconv.Itoa(turn)
	}
	free := min(most-len(f.Files), maxInputFiles)
	var blocks []*slackapi.InputBlock
	add := func(mark, icon string, e slackapi.BlockElement) *slackapi.InputBlock {
		b := slackapi.NewInputBlock(cut(f.Name+mark+suffix, maxID), plain(icon+f.Label, maxLabel), nil, e)
		blocks = append(blocks, b)
		return b
	}
	for part := range slices.Chunk(f.Files, maxBoxes) {
		var options []*slackapi.OptionBlockObject
		for _, file := range part {
			options = append(options, slackapi.NewOptionBlockObject(file.ID, plain(file.Name, maxOptionText), nil))
		}
		boxes := slackapi.NewCheckboxGroupsBlockElement(cut(f.Name, maxID), options...)
		boxes.InitialOptions = options
		mark := keptMark
		if len(blocks) > 0 {
			mark += strconv.Itoa(len(blocks))
		}
		b := add(mark, "📎 ", boxes)
		b.Optional, b.DispatchAction = true, free < 1 // leaving one out makes room
	}
	if free > 0 {
		// Without filetypes: whether Slack takes an ending that it does not know, as ofd, is written nowhere, and what it does not take is
		// the whole form.
		e := slackapi.NewFileInputBlockElement(cut(f.Name, maxID)).WithMaxFiles(free)
		icon := ""
		if len(f.Files) > 0 {
			icon = "➕ "
		}
		add("", icon, e).Optional = !f.Required || len(f.Files) > 0
	}
	var drawn []slackapi.Block
	for i, b := range blocks {
		if i == len(blocks)-1 && f.Hint != "" {
			b.Hint = plain(f.Hint, maxLabel)
		}
		drawn = append(drawn, b)
	}
	return drawn
}

// slackFile is a file as Slack tells of it.
type slackFile struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Type     string `json:"mimetype"`
	Size     int64  `json:"size"`
	Mode     string `json:"mode"`
	External bool   `json:"is_external"`
	Access   string `json:"file_access"` // check_file_info: only the id is told
	Private  string `json:"url_private"`
	Download string `json:"url_private_download"`
}

func (f slackFile) address() string {
	if f.Download != "" {
		return f.Download
	}
	return f.Private
}

// takeFiles has the files that were chosen in a form taken from it: when it is sent, and when another line of its list is opened, since the
// inputs that hold them go with the line.
func (c *Chat) takeFiles(v *view, state *bot.FormState, m *meta) {
	if state.Uploads = c.uploads(v); len(state.Uploads) > 0 {
		m.Round++
	}
}

// uploads reads which files were chosen in a form. None is fetched before it is opened.
func (c *Chat) uploads(v *view) []bot.Upload {
	var blocks map[string]map[string]struct {
		Files json.RawMessage `json:"files"`
	}
	if json.Unmarshal(v.State.Values, &blocks) != nil {
		return nil // an empty one can be a list
	}
	var list []bot.Upload
	for _, id := range slices.Sorted(maps.Keys(blocks)) {
		field := fieldOf(id)
		raw := blocks[id][field].Files
		if len(raw) == 0 {
			continue
		}
		var files []slackFile
		if json.Unmarshal(raw, &files) != nil {
			files = []slackFile{{}} // which then cannot be opened: better said than lost
		}
		list = append(list, c.uploadsOf(field, files)...)
	}
	return list
}

// uploadsOf has files fetched when they are opened.
func (c *Chat) uploadsOf(field string, files []slackFile) []bot.Upload {
	var list []bot.Upload
	for _, f := range files {
		name := f.Name
		if name == "" { // only the id is told, or it could not be read
			name = "file"
		}
		list = append(list, bot.Upload{Field: field, Name: name, Size: f.Size,
			Open: func(ctx context.Context) (io.ReadCloser, error) { return c.api.download(ctx, f) }})
	}
	return list
}

// ask calls a method and reads as much of its answer as is wanted.
func (c *client) ask(ctx context.Context, method string, form url.Values, answer interface{ Err() error }) error {
	body, _, err := c.send(ctx, method, c.url+method, "application/x-www-form-urlencoded", "Bearer "+c.token, []byte(form.Encode()))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return judge(method, err)
	}
	return judge(method, answer.Err())
}

func (c *client) fileInfo(ctx context.Context, id string) (slackFile, error) {
	var r struct {
		slackapi.SlackResponse
		File slackFile `json:"file"`
	}
	err := c.ask(ctx, "files.info", url.Values{"file": {id}}, &r)
	return r.File, err
}

// holds tells whether an address is one that may see the token: Slack's host for files, or where the Web API is. The url_private of a file
// that is hosted elsewhere is whatever its creator chose.
func (c *client) holds(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	api, err := url.Parse(c.url)
	return u.Scheme == "https" && u.Host == fileHost || err == nil && u.Scheme == api.Scheme && u.Host == api.Host
}

const downloading = "file download"

// download fetches a file, of which no more is read than is needed to see that it is too large.
func (c *client) download(ctx context.Context, f slackFile) (io.ReadCloser, error) {
	if f.Access == "check_file_info" || f.address() == "" && f.ID != "" {
		told, err := c.fileInfo(ctx, f.ID)
		if err != nil {
			return nil, err
		}
		f = told
	}
	switch {
	case f.External || f.Mode == "external":
		return nil, &failure{method: downloading, detail: "the file is hosted elsewhere"}
	case f.address() == "":
		return nil, &failure{method: downloading, detail: "Slack gives no address of the file"}
	case !c.holds(f.address()):
		return nil, &failure{method: downloading, detail: "the file's address is not Slack's"}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.address(), nil)
	if err != nil {
		return nil, &failure{method: downloading, detail: "no valid address"}
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, judge(downloading, err)
	}
	switch page := strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && f.Type != "text/html"; {
	case resp.StatusCode/100 == 3, resp.StatusCode == http.StatusOK && page: // slack-go's downloadFile tells of the page
		err = &failure{method: downloading,
			detail: "a page to sign in instead of the file: the token needs files:read, so install the app again"}
	case resp.StatusCode != http.StatusOK:
		err = judge(downloading, slackapi.StatusCodeError{Code: resp.StatusCode})
	}
	if err != nil {
		resp.Body.Close()
		return nil, err
	}
	return &content{io.LimitReader(resp.Body, workflows.MaxFileSize+1), resp.Body}, nil
}

// content is a file on its way. Its errors say no more than others do.
type content struct {
	io.Reader
	io.Closer
}

func (c *content) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = judge(downloading, err)
	}
	return n, err
}

// sharedFile is a file in files.completeUploadExternal.
type sharedFile struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// upload brings a file to Slack, where nobody sees it before it is shared: docs.slack.dev/messaging/working-with-files. The address is its
// own permission, and is given no token. alt describes a picture; empty: it is none.
func (c *client) upload(ctx context.Context, name, alt string, content []byte) (sharedFile, error) {
	const method = "files.getUploadURLExternal"
	var r struct {
		slackapi.SlackResponse
		Address string `json:"upload_url"`
		ID      string `json:"file_id"`
	}
	form := url.Values{"filename": {name}, "length": {strconv.Itoa(len(content))}}
	if alt != "" {
		form.Set("alt_txt", cut(alt, maxAlt))
	}
	if err := c.ask(ctx, method, form, &r); err != nil {
		return sharedFile{}, err
	}
	if !c.holds(r.Address) {
		return sharedFile{}, &failure{method: method, detail: "the address to upload to is not Slack's"}
	}
	_, _, err := c.send(ctx, "file upload", r.Address, "application/octet-stream", "", content)
	return sharedFile{ID: r.ID, Title: escape.Replace(name)}, err
}

func (c *client) share(ctx context.Context, channel, comment string, files []sharedFile) error {
	list, err := json.Marshal(files)
	if err != nil {
		return err
	}
	var r struct{ slackapi.SlackResponse }
	return c.ask(ctx, "files.completeUploadExternal", url.Values{"channel_id": {channel}, "initial_comment": {comment},
		"files": {string(list)}}, &r)
}

// sendFiles puts files into a person's direct channel, as one message that says what they are.
func (c *Chat) sendFiles(ctx context.Context, user, text string, files []bot.Attachment) error {
	var list []sharedFile
	for _, f := range files {
		content, err := f.Open(ctx)
		if err != nil {
			return err
		}
		shared, err := c.api.upload(ctx, f.Name, "", content)
		if err != nil {
			return err
		}
		list = append(list, shared)
	}
	return c.share(ctx, user, text, list)
}

// sendApart has what an answer brings follow in the direct channel, beside, since bringing it there takes longer than Slack waits for a
// press. It gives what is left to be told, which says so. With alone, an answer that is but a picture and its sentence, to somebody who
// asked in that channel, is whole with it: nothing is left.
func (r *reply) sendApart(ctx context.Context, m bot.Message, alone bool) (left bot.Message, whole bool) {
	text, files, picture := m.Text, m.Files, m.Picture
	m.Files, m.Picture = nil, nil
	if len(files) > 0 {
		r.bringApart(func(ctx context.Context) error { return r.chat.sendFiles(ctx, r.user, text, files) },
			bot.Message{Text: r.chat.say("slack.files_failed"), Tone: workflows.Warn})
		m.Text = strings.TrimSpace(m.Text + "\n" + r.chat.say("slack.files_follow"))
	}
	if picture == nil {
		return m, false
	}
	failed := r.chat.say("slack.picture_failed")
	if _, _, err := picture.Size(); err != nil {
		r.chat.Log.ErrorContext(ctx, "a picture was left away", "error", err)
		m.Text = strings.TrimSpace(m.Text + "\n" + failed)
		return m, false
	}
	here := r.view.id == "" && r.inDirectChannel(ctx)
	whole = alone && here && len(files)+len(m.Items)+len(m.Actions) == 0 && m.Card == nil && !m.Replaces
	if whole {
		failed = strings.TrimSpace(text + "\n" + failed)
	} else if !here {
		m.Text = strings.TrimSpace(m.Text + "\n" + r.chat.say("slack.picture_follows"))
	}
	r.bringApart(func(ctx context.Context) error { return r.chat.sendPicture(ctx, r.user, text, *picture) },
		bot.Message{Text: failed, Tone: workflows.Warn})
	return m, whole
}

// bringApart brings something to the direct channel, beside, and says failed when it does not arrive.
func (r *reply) bringApart(bring func(ctx context.Context) error, failed bot.Message) {
	r.chat.inBackground(func(ctx context.Context) {
		err := bring(ctx)
		if err == nil {
			return
		}
		r.chat.Log.ErrorContext(ctx, "files could not be given out", "user", r.user, "error", err)
		r.chat.alertOfCredentials(ctx, err)
		if err := r.tellPrivately(context.WithoutCancel(ctx), failed); err != nil {
			r.chat.Log.ErrorContext(ctx, "that files could not be given out could not be told", "error", err)
		}
	})
}

// sendPicture shows a picture in a person's direct channel, below a text.
func (c *Chat) sendPicture(ctx context.Context, user, text string, p bot.Picture) error {
	shared, err := c.api.upload(ctx, p.Name, p.Alt, p.PNG)
	if err != nil {
		return err
	}
	return c.share(ctx, user, text, []sharedFile{shared})
}

// share puts what was uploaded into a person's direct channel.
func (c *Chat) share(ctx context.Context, user, text string, files []sharedFile) error {
	return c.inChannel(ctx, user, c.api.openChannel, func(channel string) error {
		return c.inTurn(ctx, channel, func() error { return c.api.share(ctx, channel, fallback(text), files) })
	})
}

// knowItself asks who the bot is, where Slack could not be asked before: the files that it gives out come back as events, which name it as
// a user and not always as a bot.
func (c *Chat) knowItself(ctx context.Context) {
	if c.itself() != "" {
		return
	}
	if _, err := c.Check(ctx); err != nil {
		c.Log.WarnContext(ctx, "it is not known whose files these are", "error", err)
	}
}

package slack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

const (
	maxBody = 1 << 20
	// Slack's own bound on the age of a signature: docs.slack.dev/authentication/verifying-requests-from-slack.
	maxAge = 5 * time.Minute

	stampHeader     = "X-Slack-Request-Timestamp"
	signatureHeader = "X-Slack-Signature"
)

// arrival is what came in, from either transport: one of command, interaction, envelope.
type arrival any

// answer is what goes back. Something that is not taken comes again, or its sender is told by Slack that it failed.
type answer struct {
	taken   bool
	payload any // JSON, nil: none
	small   any // in its place where it is too large for the transport
}

var taken = answer{taken: true}

// command is a slash command as far as it is read. In Socket Mode the same names come as JSON.
type command struct {
	Team     string `json:"team_id"`
	User     string `json:"user_id"`
	Channel  string `json:"channel_id"`
	Command  string `json:"command"`
	Text     string `json:"text"`
	Respond  string `json:"response_url"`
	Trigger  string `json:"trigger_id"`
	SSLCheck string `json:"ssl_check"` // Slack asks now and then whether the certificate is good
}

// interaction is a pressed button, a changed or a sent form.
type interaction struct {
	Type string `json:"type"`
	Team struct {
		ID string `json:"id"`
	} `json:"team"`
	User struct {
		ID   string `json:"id"`
		Team string `json:"team_id"`
	} `json:"user"`
	Trigger   string `json:"trigger_id"`
	Respond   string `json:"response_url"`
	Container struct {
		Type    string `json:"type"`
		Message string `json:"message_ts"`
		Channel string `json:"channel_id"`
		View    string `json:"view_id"`
	} `json:"container"`
	View    *view         `json:"view"`
	Actions []blockAction `json:"actions"`
}

// view is a modal or App Home as it came back. Its state has changed its shape before, and empty ones come as a list (slack-go#816, #943), so it is read
// separately.
type view struct {
	ID       string `json:"id"`
	Root     string `json:"root_view_id"`
	Type     string `json:"type"`
	Hash     string `json:"hash"`
	Callback string `json:"callback_id"`
	Meta     string `json:"private_metadata"`
	State    struct {
		Values json.RawMessage `json:"values"`
	} `json:"state"`
	Blocks json.RawMessage `json:"blocks"`
}

type blockAction struct {
	Type  string `json:"type"`
	ID    string `json:"action_id"`
	Value string `json:"value"`
	At    string `json:"action_ts"`
}

// envelope is an event of the Events API.
type envelope struct {
	Type      string `json:"type"`
	Challenge string `json:"challenge"`
	Team      string `json:"team_id"`
	ID        string `json:"event_id"`
	Event     struct {
		Type        string          `json:"type"`
		Subtype     string          `json:"subtype"`
		User        json.RawMessage `json:"user"` // an id, in user_change a whole user
		Bot         string          `json:"bot_id"`
		Text        string          `json:"text"`
		Channel     json.RawMessage `json:"channel"` // an id, in channel events an object
		ChannelType string          `json:"channel_type"`
		TS          string          `json:"ts"`
		At          string          `json:"event_ts"`
		Tab         string          `json:"tab"`
		Team        string          `json:"team"`
		UserTeam    string          `json:"user_team"`
		Files       []struct{}      `json:"files"`
		View        struct {
			Hash string `json:"hash"`
		} `json:"view"`
	} `json:"event"`
}

func readCommand(body []byte) (arrival, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	return command{Team: values.Get("team_id"), User: values.Get("user_id"), Channel: values.Get("channel_id"), Command: values.Get("command"), Text: values.Get("text"),
		Respond: values.Get("response_url"), Trigger: values.Get("trigger_id"), SSLCheck: values.Get("ssl_check")}, nil
}

func readInteraction(body []byte) (arrival, error) {
	values, err := url.ParseQuery(string(body)) // the body that was signed; never the address
	if err != nil {
		return nil, err
	}
	return read[interaction]([]byte(values.Get("payload")))
}

func readEvent(body []byte) (arrival, error) { return read[envelope](body) }

func read[T any](body []byte) (arrival, error) {
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, err
	}
	return v, nil
}

var (
	errBroke    = errors.New("answering it broke")
	errUnsigned = errors.New("the signature is missing or malformed")
	errForged   = errors.New("the signature does not match")
	errStale    = errors.New("the signature is too old or from the future")
)

// verify checks the v0 signature over the raw body. Without a signing secret nothing is genuine. It is no protection against a replay within five minutes:
// that is what causes are for.
func (c *Chat) verify(h http.Header, body []byte) error {
	stamp := h.Get(stampHeader)
	hexed, ok := strings.CutPrefix(h.Get(signatureHeader), "v0=")
	sent, err := hex.DecodeString(hexed)
	if c.SigningSecret == "" || !ok || err != nil || len(sent) != sha256.Size || len(h.Values(signatureHeader)) != 1 {
		return errUnsigned
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return errUnsigned
	}
	if !hmac.Equal(signature(c.SigningSecret, stamp, body), sent) {
		return errForged
	}
	if age := c.Now().Sub(time.Unix(seconds, 0)); age > maxAge || age < -maxAge {
		return errStale
	}
	return nil
}

// signature is what Slack makes of a body: docs.slack.dev/authentication/verifying-requests-from-slack.
func signature(secret, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:", stamp)
	mac.Write(body)
	return mac.Sum(nil)
}

// Sign signs a request as Slack does, for trying whether it would be let in.
func Sign(r *http.Request, secret string, at time.Time, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set(stampHeader, stamp)
	r.Header.Set(signatureHeader, "v0="+hex.EncodeToString(signature(secret, stamp, body)))
}

// served is HTTP mode: the whole body, its signature, and only then what it says.
func (c *Chat) served(decode func(body []byte) (arrival, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			var tooLarge *http.MaxBytesError
			if errors.As(err, &tooLarge) {
				http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			} else {
				http.Error(w, "unreadable", http.StatusBadRequest)
			}
			return
		}
		if err := c.verify(r.Header, body); err != nil {
			c.Log.WarnContext(r.Context(), "a request to Slack's address was refused", "path", r.URL.Path, "why", err)
			if !errors.Is(err, errStale) {
				c.alert(r.Context(), "alert.slack.signature", "", nil)
			}
			http.Error(w, "not signed by Slack", http.StatusUnauthorized)
			return
		}
		in, err := decode(body)
		if err != nil {
			c.Log.ErrorContext(r.Context(), "something signed by Slack could not be read", "path", r.URL.Path, "bytes", len(body))
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		a := c.take(context.WithoutCancel(r.Context()), in) // what was pressed happens, also when Slack hangs up
		if !a.taken {
			http.Error(w, "not saved", http.StatusServiceUnavailable) // without X-Slack-No-Retry: events come again
			return
		}
		if a.payload != nil {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_ = json.NewEncoder(w).Encode(a.payload) // a broken connection is Slack's time-out
		}
	}
}

// take answers what arrived over either transport.
func (c *Chat) take(ctx context.Context, in arrival) (a answer) {
	ctx, cancel := context.WithTimeout(ctx, c.Times.Handling)
	defer cancel()
	defer c.recovered(ctx, "something that arrived from Slack")
	switch in := in.(type) {
	case command:
		return c.command(ctx, in)
	case interaction:
		return c.interaction(ctx, in)
	case envelope:
		return c.event(ctx, in)
	}
	return taken
}

func cause(team, user, kind string, parts ...string) workflows.Cause {
	return workflows.Cause{ChatUser: chatUser(team, user), Key: kind + ":" + strings.Join(parts, ":")}
}

func chatUser(team, user string) workflows.ChatUser {
	return workflows.ChatUser{Platform: Platform, Team: team, User: user}
}

// registered are the commands of the manifest by what they mean. Slack's own /leave and /away cannot be registered by any app.
var registered = map[string]string{"timeoff": "leave", "expense": "expense", "approvals": "approvals", "requests": "requests", "tasks": "tasks", "order": "order"}

// Spell writes a command as it is typed here: what the manifest registers by its own name there, everything else behind /nod.
func (c *Chat) Spell(name string) string {
	for command, meant := range registered {
		if meant == name {
			return "/" + c.Prefix + command
		}
	}
	return "/" + c.Prefix + "nod " + name
}

// unescape undoes what Slack does to typed text in commands and events.
var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// words takes apart what was typed: a command's name and the rest. A slash, also the full-width one of Chinese keyboards, may stand before it.
func words(text string) bot.Command {
	text = strings.TrimSpace(text)
	text = strings.TrimPrefix(strings.TrimPrefix(text, "/"), "／")
	name, rest := text, ""
	if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 {
		name, rest = text[:i], strings.TrimSpace(text[i:])
	}
	return bot.Command{Name: strings.ToLower(name), Args: rest}
}

// meaning is what a slash command asks for: /timeoff … and /nod leave … both ask for leave, /nod alone for help.
func (c *Chat) meaning(in command) bot.Command {
	name := strings.ToLower(strings.TrimPrefix(in.Command, "/"))
	name = strings.TrimPrefix(name, strings.ToLower(c.Prefix))
	text := unescape.Replace(in.Text)
	if name == "nod" {
		if strings.TrimSpace(text) == "" {
			return bot.Command{Name: "help"}
		}
		return words(text)
	}
	if meant := registered[name]; meant != "" {
		name = meant
	}
	return bot.Command{Name: name, Args: strings.TrimSpace(text)}
}

func (c *Chat) command(ctx context.Context, in command) answer {
	if in.SSLCheck == "1" {
		return taken
	}
	u := bot.Update{Cause: cause(in.Team, in.User, "command", in.Trigger), Content: c.meaning(in)}
	r := &reply{chat: c, team: in.Team, user: in.User, trigger: in.Trigger, meta: meta{Respond: in.Respond}}
	if c.Bot.OpensForm(u.Content) {
		return c.opener(ctx, u, r)
	}
	return c.press(ctx, u, r)
}

// opener opens an empty view at once, for its trigger lives three seconds, and has bot fill it afterwards. It commits nothing.
func (c *Chat) opener(ctx context.Context, u bot.Update, r *reply) answer {
	return c.opening(ctx, r, func(ctx context.Context) error { return c.handle(ctx, u, r) })
}

// opening does so for whatever fills the view.
func (c *Chat) opening(ctx context.Context, r *reply, fill func(ctx context.Context) error) answer {
	if err := r.openLoading(ctx); err != nil {
		if code(err) == "exchanged_trigger_id" {
			return taken // the same delivery once more: the first one is at work
		}
		c.Log.WarnContext(ctx, "a dialog could not be opened", "error", err)
		return answer{taken: r.tellPrivately(ctx, bot.Message{Text: c.say("slack.late"), Tone: workflows.Warn}) == nil}
	}
	c.aside(func(ctx context.Context) {
		r.finish(ctx, fill(ctx))
	})
	return taken
}

// press does something at once, and is acknowledged when it is done: what is not acknowledged, Slack reports to the sender.
func (c *Chat) press(ctx context.Context, u bot.Update, r *reply) answer {
	err := c.handle(ctx, u, r)
	r.finish(ctx, err)
	return answer{taken: err == nil || r.reached()}
}

// handle binds the sender if that can be, and has bot answer. A fault in one answer ends neither the program nor what follows an answer.
func (c *Chat) handle(ctx context.Context, u bot.Update, r bot.Reply) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.Log.ErrorContext(ctx, "answering an update broke", "panic", p, "stack", string(debug.Stack()))
			err = errBroke
		}
	}()
	u.Stranger = c.bind(ctx, u.Cause.Team, u.Cause.User)
	u.Language = c.locale(u.Cause.Team, u.Cause.User)
	return c.Bot.Handle(ctx, u, r)
}

func (c *Chat) interaction(ctx context.Context, in interaction) answer {
	team := in.User.Team
	if team == "" {
		team = in.Team.ID
	}
	switch in.Type {
	case "block_actions":
		if len(in.Actions) == 0 {
			return taken
		}
		return c.action(ctx, team, in, in.Actions[0])
	case "view_submission":
		if in.View == nil || !strings.HasPrefix(in.View.Callback, "form:") {
			return taken
		}
		return c.submission(ctx, team, in)
	}
	return taken // view_closed, shortcuts that nobody registered
}

func (c *Chat) action(ctx context.Context, team string, in interaction, act blockAction) answer {
	if in.View == nil && isDraft(act.ID) {
		return c.drafted(ctx, team, in, act)
	}
	r := &reply{chat: c, team: team, user: in.User.ID, trigger: in.Trigger, meta: meta{Respond: in.Respond}}
	place := in.Container.Message
	if in.View != nil {
		place = in.View.ID
		if in.View.Type == "modal" {
			r.meta, _ = readMeta(in.View.Meta) // without it a button is answered all the same
			r.view, r.trigger = viewRef{id: in.View.ID, hash: in.View.Hash}, ""
		} else {
			r.meta.Home, r.inDialog = true, true
		}
	}
	if act.Type != "button" {
		if in.View == nil || in.View.Type != "modal" || !strings.HasPrefix(in.View.Callback, "form:") {
			return taken
		}
		return c.recalculation(ctx, team, in, act, r)
	}
	if r.view.id != "" {
		r.view.hash, r.shows = "", showsAnswer
	}
	a, err := readAction(act)
	if err != nil {
		c.Log.WarnContext(ctx, "a button came back that is none of ours", "user", in.User.ID, "action", cut(act.ID, 40))
		return answer{taken: r.Tell(ctx, bot.Message{Text: c.say("slack.lost"), Tone: workflows.Warn}) == nil}
	}
	u := bot.Update{Cause: cause(team, in.User.ID, "press", place, act.ID, act.At), Content: bot.Press{Action: a}}
	if c.Bot.OpensForm(u.Content) || r.inDialog {
		return c.opener(ctx, u, r)
	}
	return c.press(ctx, u, r)
}

// readAction reads a button as it came back. Nobody else can make one: the value comes from Slack's own copy of the message.
func readAction(act blockAction) (bot.Action, error) {
	var a bot.Action
	if err := decode(act.Value, &a); err != nil {
		return a, err
	}
	if a.Name == "" || a.Name != act.ID {
		return a, errors.New("its name is another")
	}
	return a, nil
}

// recalculation acknowledges at once, since nothing is saved, and works the form out again beside. Of several changes the last one wins.
func (c *Chat) recalculation(ctx context.Context, team string, in interaction, act blockAction, r *reply) answer {
	state, _, err := formState(in.View)
	if err != nil {
		r.shows = showsAnswer
		return answer{taken: r.Tell(ctx, c.formLost(ctx, in)) == nil}
	}
	u := bot.Update{Cause: cause(team, in.User.ID, "look", in.View.ID, act.ID, act.At), Content: bot.Recalculation{FormState: state}}
	r.shows = showsForm
	r.current = c.changedForm(in.View.ID, act.At)
	c.aside(func(ctx context.Context) {
		err := c.handle(ctx, u, r)
		r.finish(ctx, err)
	})
	return taken
}

// changedForm remembers the last change of a view, and gives a function that tells whether it still is the last.
func (c *Chat) changedForm(view, at string) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.newest) > 10_000 {
		clear(c.newest) // at worst an older preview stands until the next change
	}
	if at > c.newest[view] {
		c.newest[view] = at
	}
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.newest[view] <= at
	}
}

// formState reads what is filled in, and what rides in the view. A form that does not say what it is about could be taken for a new
// request, so it is read as a whole or not at all.
func formState(v *view) (bot.FormState, meta, error) {
	m, err := readMeta(v.Meta)
	if err == nil && m.Nonce == "" {
		err = errors.New("this is no form")
	}
	if err != nil {
		return bot.FormState{}, meta{}, err
	}
	state := bot.FormState{Form: v.Callback, Nonce: m.Nonce, Number: m.Number, Subject: m.Subject, Digest: m.Digest}
	state.Values = values(v.State.Values)
	return state, m, nil
}

// formLost answers a form that cannot be read back.
func (c *Chat) formLost(ctx context.Context, in interaction) bot.Message {
	c.Log.WarnContext(ctx, "a form came back that is none of ours", "user", in.User.ID, "form", cut(in.View.Callback, 40))
	return bot.Message{Text: c.say("slack.draft_lost"), Tone: workflows.Warn}
}

// values reads the state of a view: by block id, then by action id, which is the field's name.
func values(raw json.RawMessage) map[string]string {
	out := map[string]string{}
	var blocks map[string]map[string]struct {
		Value  *string `json:"value"`
		Date   *string `json:"selected_date"`
		User   *string `json:"selected_user"`
		Option *struct {
			Value string `json:"value"`
		} `json:"selected_option"`
		Ticked []struct {
			Value string `json:"value"`
		} `json:"selected_options"`
	}
	if json.Unmarshal(raw, &blocks) != nil {
		return out // an empty one can be a list
	}
	for _, id := range slices.Sorted(maps.Keys(blocks)) {
		name := fieldOf(id)
		e, ok := blocks[id][name]
		if !ok {
			continue
		}
		if _, seen := out[name]; !seen {
			out[name] = ""
		}
		switch {
		case e.Option != nil:
			out[name] = e.Option.Value
		case e.Date != nil:
			out[name] = *e.Date
		case e.User != nil:
			out[name] = *e.User
		case e.Value != nil:
			out[name] = *e.Value
		default: // files that the form held, as far as they are to stay
			for _, file := range e.Ticked {
				out[name] = strings.TrimLeft(out[name]+" "+file.Value, " ")
			}
		}
	}
	return out
}

// inputs lists the input blocks of a view in order: errors may stand at no other.
func (v *view) inputs() []string {
	var blocks []struct {
		Type string `json:"type"`
		ID   string `json:"block_id"`
	}
	_ = json.Unmarshal(v.Blocks, &blocks) // none: there is nothing to point at
	var names []string
	for _, b := range blocks {
		if b.Type == "input" {
			names = append(names, b.ID)
		}
	}
	return names
}

// event answers an event. A retry is as good as the first try: after a downtime it is the only delivery.
func (c *Chat) event(ctx context.Context, in envelope) answer {
	if in.Type == "url_verification" {
		return answer{taken: true, payload: map[string]string{"challenge": in.Challenge}}
	}
	if in.Type != "event_callback" {
		return taken
	}
	// One event comes again with another id at times, so the key is what happened, where there is one; the id is only for what has no place.
	key := "event:" + in.Team + ":" + in.ID
	if place := eventPlace(in); place != "" {
		key = "event:" + in.Team + ":" + place + ":" + in.Event.Type
	}
	return c.turns.once(key, func() bool { return c.seen.has(key) }, func() answer {
		a := c.happened(ctx, in, key)
		if a.taken {
			c.seen.add(key)
		}
		return a
	})
}

func eventPlace(in envelope) string {
	channel := ""
	_ = json.Unmarshal(in.Event.Channel, &channel)
	ts := in.Event.TS
	if ts == "" {
		ts = in.Event.At
	}
	if channel == "" || ts == "" {
		return ""
	}
	return channel + ":" + ts
}

func (c *Chat) happened(ctx context.Context, in envelope, key string) answer {
	e := in.Event
	user := ""
	_ = json.Unmarshal(e.User, &user)
	team := in.Team
	for _, t := range []string{e.Team, e.UserTeam} { // the writer's, in a channel shared with another workspace
		if t != "" {
			team = t
		}
	}
	switch e.Type {
	case "message":
		if len(e.Files) > 0 {
			c.knowItself(ctx)
		}
		if e.ChannelType != "im" || e.Bot != "" || user == "" || user == c.itself() || !slices.Contains([]string{"", "file_share"}, e.Subtype) {
			return taken // our own posts come back as events, too
		}
		a := c.line(ctx, team, user, key, unescape.Replace(e.Text))
		if a.taken && len(e.Files) > 0 {
			return c.stray(ctx, team, user)
		}
		return a
	case "app_home_opened":
		if e.Tab != "home" || user == "" {
			return taken
		}
		return answer{taken: c.publishHome(ctx, in.Team, user, e.View.Hash) == nil}
	case "user_change":
		var u slackapi.User
		if err := json.Unmarshal(e.User, &u); err != nil {
			c.Log.ErrorContext(ctx, "a changed user could not be read", "event", in.ID)
			return taken
		}
		if err := c.changed(ctx, &u); err != nil {
			c.Log.ErrorContext(ctx, "a changed user could not be saved", "user", u.ID, "error", err)
			return answer{}
		}
	case "app_uninstalled", "tokens_revoked":
		c.alert(ctx, "alert.slack.uninstalled", "", nil)
		c.Log.ErrorContext(ctx, "the app was taken off the workspace, or its tokens revoked: install it again and set SLACK_BOT_TOKEN", "team", in.Team)
	}
	return taken
}

func (c *Chat) itself() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.self
}

const maxLine = 4000 // characters; more is in no form of ours, which then says so

// line answers a line that somebody wrote to the bot. A message brings no trigger, so a form becomes a draft. A slash that Slack left in it, as the
// full-width one, makes it a command.
func (c *Chat) line(ctx context.Context, team, user, key, text string) answer {
	text = cut(strings.TrimSpace(text), maxLine)
	if text == "" {
		return taken
	}
	u := bot.Update{Cause: workflows.Cause{ChatUser: chatUser(team, user), Key: key}, Content: bot.Typed(text)}
	err := c.handle(ctx, u, &reply{chat: c, team: team, user: user})
	return answer{taken: err == nil}
}

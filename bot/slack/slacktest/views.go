package slacktest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// view is a modal or an App Home as it stands on a user's screen.
type view struct {
	id, root, user string
	hash           string
	body           map[string]any            // as it was sent
	state          map[string]map[string]any // by block id and action id: what the user has filled in
	errors         map[string]string         // below inputs, by block id
}

// trigger is what an app gets to open one view: for 3 seconds, once (docs.slack.dev/interactivity/handling-user-interaction).
type trigger struct {
	user    string
	at      time.Time
	used    bool
	inModal string // the view that was on top when it arose
}

const (
	triggerLife = 3 * time.Second
	hookLife    = 30 * time.Minute // [interact]: a response_url works 5 times within 30 minutes
	hookUses    = 5
	stackLimit  = 3 // views.push, error push_limit_reached
)

// newTrigger makes a trigger; s.mu is held.
func (s *Server) newTrigger(user, inModal string) string {
	s.serial++
	id := fmt.Sprintf("%d.%d.%x", 100_000+s.serial, 4_000_000+s.serial, 0xabcdef00+s.serial)
	s.triggers[id] = &trigger{user: user, at: s.config.Now(), inModal: inModal}
	return id
}

// exchange uses a trigger up.
func (s *Server) exchange(a args) (*trigger, string) {
	t := s.triggers[a.text("trigger_id")]
	switch {
	case t == nil:
		return nil, "invalid_trigger_id"
	case t.used:
		return nil, "exchanged_trigger_id"
	case s.config.Now().Sub(t.at) >= triggerLife:
		return nil, "expired_trigger_id"
	}
	return t, ""
}

func (s *Server) viewsOpen(a args) (result, string) {
	t, code := s.exchange(a)
	if code != "" {
		return nil, code
	}
	v, refused, code := s.newView(a.json("view"), inModal, t.user, "")
	if code != "" {
		return refused, code
	}
	t.used = true
	s.modals[t.user] = []*view{v}
	return result{"view": v.json()}, ""
}

func (s *Server) viewsPush(a args) (result, string) {
	t, code := s.exchange(a)
	if code != "" {
		return nil, code
	}
	stack := s.modals[t.user]
	switch {
	case t.inModal == "" || len(stack) == 0:
		return nil, "not_found"
	case len(stack) >= stackLimit:
		return nil, "push_limit_reached"
	}
	v, refused, code := s.newView(a.json("view"), inModal, t.user, stack[0].id)
	if code != "" {
		return refused, code
	}
	t.used = true
	s.modals[t.user] = append(stack, v)
	return result{"view": v.json()}, ""
}

func (s *Server) viewsUpdate(a args) (result, string) {
	v := s.views[a.text("view_id")]
	if external := a.text("external_id"); v == nil && external != "" {
		for _, candidate := range s.views {
			if candidate.body["external_id"] == external {
				v = candidate
			}
		}
	}
	if v == nil || v.body["type"] != string(inModal) || !slices.Contains(s.modals[v.user], v) {
		return nil, "not_found" // also when the user has closed it
	}
	if hash := a.text("hash"); hash != "" && hash != v.hash {
		return nil, "hash_conflict"
	}
	if refused, code := s.replace(v, a.json("view")); code != "" {
		return refused, code
	}
	return result{"view": v.json()}, ""
}

func (s *Server) viewsPublish(a args) (result, string) {
	user := a.text("user_id")
	if s.users[user] == nil {
		return nil, "user_not_found"
	}
	v := s.homes[user]
	if hash := a.text("hash"); v != nil && hash != "" && hash != v.hash {
		return nil, "hash_conflict"
	}
	if v == nil {
		fresh, refused, code := s.newView(a.json("view"), inHome, user, "")
		if code != "" {
			return refused, code
		}
		s.homes[user] = fresh
		return result{"view": fresh.json()}, ""
	}
	if code, faults := View(a.json("view"), string(inHome)); code != "" {
		return invalid(faults), code
	}
	s.setBody(v, a.json("view"))
	return result{"view": v.json()}, ""
}

// newView checks a view and gives it an id; s.mu is held.
func (s *Server) newView(raw []byte, on surface, user, root string) (*view, result, string) {
	if refused, code := s.draws(raw, on); code != "" {
		return nil, refused, code
	}
	v := &view{id: s.id("V"), user: user, root: root, state: map[string]map[string]any{}}
	if v.root == "" {
		v.root = v.id
	}
	s.setBody(v, raw)
	if external, _ := v.body["external_id"].(string); external != "" {
		for _, other := range s.views {
			if other.body["external_id"] == external {
				return nil, nil, "duplicate_external_id"
			}
		}
	}
	s.views[v.id] = v
	return v, nil, ""
}

// replace puts another body into a view; s.mu is held.
func (s *Server) replace(v *view, raw []byte) (result, string) {
	if refused, code := s.draws(raw, inModal); code != "" {
		return refused, code
	}
	s.setBody(v, raw)
	return nil, ""
}

// draws checks a view. One with a file_input wants files:read ([blocks], file-input-element); with which error Slack refuses it is written
// nowhere.
func (s *Server) draws(raw []byte, on surface) (result, string) {
	if code, faults := View(raw, string(on)); code != "" {
		return invalid(faults), code
	}
	var body any
	_ = json.Unmarshal(raw, &body)
	found := false
	walk(body, func(o map[string]any) { found = found || o["type"] == "file_input" })
	if found && !slices.Contains(s.config.Scopes, "files:read") {
		return result{"needed": "files:read", "provided": strings.Join(s.config.Scopes, ",")}, "missing_scope"
	}
	return nil, ""
}

// setBody keeps what the user had filled in where block and action ids stay the same, as Slack's clients do, and begins with the first
// values elsewhere.
func (s *Server) setBody(v *view, raw []byte) {
	close(s.drawn)
	s.drawn = make(chan struct{})
	v.body = map[string]any{}
	_ = json.Unmarshal(raw, &v.body)
	s.serial++
	v.hash = strconv.FormatInt(s.config.Now().Unix(), 10) + "." + strconv.Itoa(s.serial)
	v.errors = nil
	old := v.state
	v.state = map[string]map[string]any{}
	for i, b := range v.blocks() {
		if b["block_id"] == nil {
			b["block_id"] = v.id + strconv.Itoa(i)
		}
		blockID := b["block_id"].(string)
		for _, element := range holding(b) {
			actionID := stringOf(element["action_id"])
			value := first(element)
			if kept, ok := old[blockID][actionID].(map[string]any); ok && kept["type"] == element["type"] {
				value = kept
				if kept["type"] == "checkboxes" { // what is no choice any more cannot stay ticked
					kept["selected_options"] = slices.DeleteFunc(slices.Clone(asList(kept["selected_options"])),
						func(o any) bool { return !offers(element, o) })
				}
			}
			if v.state[blockID] == nil {
				v.state[blockID] = map[string]any{}
			}
			v.state[blockID][actionID] = value
		}
	}
}

// holding are the elements of a block whose state comes back with the view: that of an input, and what is chosen from in an actions block
// ([interact], view-interactions-payload: each block "that contained stateful, interactive components").
func holding(b map[string]any) []map[string]any {
	if element, ok := b["element"].(map[string]any); ok && b["type"] == "input" {
		return []map[string]any{element}
	}
	if b["type"] != "actions" {
		return nil
	}
	return slices.DeleteFunc(asBlocks(asList(b["elements"])), func(e map[string]any) bool {
		return e["type"] == "button" || e["type"] == "overflow"
	})
}

func stringOf(v any) string {
	s, _ := v.(string)
	return s
}

// first is the state of an input that nobody has touched.
func first(element map[string]any) map[string]any {
	kind := stringOf(element["type"])
	v := map[string]any{"type": kind}
	switch kind {
	case "plain_text_input":
		v["value"] = element["initial_value"]
	case "datepicker":
		v["selected_date"] = element["initial_date"]
	case "static_select", "radio_buttons":
		v["selected_option"] = element["initial_option"]
	case "users_select":
		v["selected_user"] = element["initial_user"]
	case "checkboxes":
		v["selected_options"] = asList(element["initial_options"])
	case "file_input":
		v["files"] = []any{}
	}
	return v
}

func (v *view) blocks() []map[string]any {
	list, _ := v.body["blocks"].([]any)
	var blocks []map[string]any
	for _, b := range list {
		if o, ok := b.(map[string]any); ok {
			blocks = append(blocks, o)
		}
	}
	return blocks
}

// json is the view as Slack puts it into payloads and answers.
func (v *view) json() map[string]any {
	out := map[string]any{"id": v.id, "team_id": TeamID, "app_id": AppID, "bot_id": BotID, "app_installed_team_id": TeamID,
		"root_view_id": v.root, "hash": v.hash, "previous_view_id": nil, "state": map[string]any{"values": v.state}}
	for _, name := range []string{"type", "title", "submit", "close", "blocks", "private_metadata", "callback_id", "external_id",
		"clear_on_close", "notify_on_close"} {
		out[name] = v.body[name]
	}
	for _, name := range []string{"private_metadata", "callback_id", "external_id"} {
		if out[name] == nil {
			out[name] = ""
		}
	}
	return out
}

// hook is a response_url.
type hook struct {
	user, channel string
	message       string // the message it may replace; empty: none
	at            time.Time
	uses          int
}

// ResponseURL makes a response_url for whoever pressed a button of a message in a channel, for presses that are not made by Pressed.
func (s *Server) ResponseURL(user, channel, message string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newHook(user, channel, message)
}

// newHook makes a response_url; s.mu is held.
func (s *Server) newHook(user, channel, message string) string {
	id := s.id("h")
	s.hooks[id] = &hook{user: user, channel: channel, message: message, at: s.config.Now()}
	return s.http.URL + "/hook/" + id
}

// respond is a response_url being used. It needs no token and no membership, and answers in plain text.
func (s *Server) respond(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	fault, faulty := s.fault("response_url")
	var code string
	if !faulty || fault.Takes {
		code = s.useHook(s.hooks[r.PathValue("id")], raw)
	}
	s.calls = append(s.calls, Call{Method: "response_url", Args: map[string]any{"body": string(raw)}, Error: code})
	s.mu.Unlock()
	if faulty && fault.strike(w) {
		return
	}
	if code != "" {
		status := http.StatusBadRequest
		if code == "expired_url" || code == "used_url" {
			status = http.StatusNotFound
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, code) // without saying where: java-slack-sdk#1017
		return
	}
	_, _ = io.WriteString(w, "ok")
}

func (s *Server) useHook(h *hook, raw []byte) string {
	var a args
	switch {
	case h == nil:
		return "no_service"
	case s.config.Now().Sub(h.at) > hookLife:
		return "expired_url"
	case h.uses >= hookUses:
		return "used_url"
	case json.Unmarshal(raw, &a) != nil:
		return "invalid_payload"
	}
	m, _, code := content(a, 40_000)
	if code != "" {
		return code
	}
	h.uses++
	c := s.channels[h.channel]
	switch {
	case c == nil && h.channel == DirectChannel(h.user):
		c = s.direct(h.user)
	case c == nil: // some channel in which the command was typed
		c = &channel{id: h.channel, members: map[string]bool{h.user: true}}
		s.channels[h.channel] = c
	}
	if a.on("replace_original") && h.message != "" {
		for _, old := range c.messages {
			if old.TS == h.message {
				old.Text, old.Blocks = m.Text, m.Blocks
			}
		}
		return ""
	}
	m.Channel, m.TS, m.User = h.channel, s.stamp(), BotUser
	if a.text("response_type") != "in_channel" {
		m.Ephemeral = h.user
	}
	c.messages = append(c.messages, &m)
	s.ping(m)
	return ""
}

// RespondUses tells how often a response_url of a user was used, the newest first.
func (s *Server) RespondUses(user string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	uses := 0
	for _, h := range s.hooks {
		if h.user == user {
			uses += h.uses
		}
	}
	return uses
}

func isForm(v *view) bool { return strings.HasPrefix(stringOf(v.body["callback_id"]), "form:") }

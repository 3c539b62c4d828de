package slacktest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What every workspace of this package is made of.
const (
	TeamID        = "T0NOD"
	AppID         = "A0NOD"
	BotID         = "B0NOD"
	BotUser       = "U0NODBOT"
	BotToken      = "xoxb-slacktest-0123456789-SECRETBOT"
	AppToken      = "xapp-slacktest-0123456789-SECRETAPP"
	SigningSecret = "8f742231b10e8888abcd99e0c7d985a5"
)

// Config is the app as it is installed.
type Config struct {
	Scopes   []string // of the bot token
	Commands []string // registered, without the slash
	Now      func() time.Time
	Org      string // the Enterprise Grid organisation of the workspace: E…; empty: none
	OrgWide  bool   // the app is installed for the whole organisation instead of the workspace
}

// User is a member of the workspace, or somebody from outside it.
type User struct {
	ID        string
	Team      string   // TeamID when empty, but for those of an organisation
	Teams     []string // of somebody in an organisation: the workspaces they are in. Their own team may be any of these, or not be said
	Name      string
	Email     string
	Confirmed bool // the workspace has verified the address
	Deleted   bool
	Bot       bool
	Guest     bool // is_restricted; a single-channel guest is is_ultra_restricted beside it
	Stranger  bool // from another workspace, through a shared channel
	Locale    string
}

type channel struct {
	id       string
	user     string // whose direct messages with the bot it is
	members  map[string]bool
	archived bool
	lastPost time.Time
	messages []*Message
}

// Message is a message as Slack keeps it.
type Message struct {
	Channel   string
	TS        string
	User      string // the bot's or a person's
	Text      string
	Blocks    []any
	Metadata  map[string]any
	Ephemeral string // the only user who sees it; empty: everyone in the channel
	Edited    int
	Files     []File
}

// Call is a call of the Web API as it arrived.
type Call struct {
	Method string
	Args   map[string]any
	Error  string // as answered; empty: ok
}

// Fault makes the next call of a method go wrong, as the network and Slack's own bad days do.
type Fault struct {
	Takes      bool            // the call takes effect before it goes wrong
	Cut        bool            // the connection is closed instead of an answer
	Status     int             // with Body; 0: none
	Body       string          // sent as it is
	RetryAfter int             // seconds, with a 429
	Error      string          // ok: false with this error
	Wait       <-chan struct{} // the answer waits until this is closed
}

// Server is the workspace.
type Server struct {
	URL string // of the Web API; ends in a slash, as slack-go wants it

	config Config
	http   *httptest.Server
	app    transport

	mu       sync.Mutex
	users    map[string]*User
	channels map[string]*channel
	views    map[string]*view
	modals   map[string][]*view // by user; the last is on top
	homes    map[string]*view
	triggers map[string]*trigger
	hooks    map[string]*hook
	faults   map[string][]Fault
	calls    []Call
	used     map[string][]time.Time // calls of the last minute, by method
	files    map[string]*File
	tickets  map[string]*ticket  // uploads, by file id
	notes    map[string][]string // what a user was told by Slack itself
	pings    []string            // mentions that reached somebody
	serial   int
	sockets  sockets
	drawn    chan struct{} // closed when a view changes
	called   chan struct{} // closed when a method is called
}

// New opens a workspace with nobody in it.
func New(config Config) *Server {
	if config.Now == nil {
		config.Now = time.Now
	}
	s := &Server{config: config, users: map[string]*User{}, channels: map[string]*channel{}, views: map[string]*view{},
		modals: map[string][]*view{}, homes: map[string]*view{},
		triggers: map[string]*trigger{}, hooks: map[string]*hook{}, faults: map[string][]Fault{}, used: map[string][]time.Time{},
		notes: map[string][]string{}, files: map[string]*File{}, tickets: map[string]*ticket{}}
	s.sockets.tickets = map[string]bool{}
	s.drawn, s.called = make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/{method}", s.api)
	mux.HandleFunc("POST /hook/{id}", s.respond)
	mux.HandleFunc("GET /files-pri/{id}", s.download)
	mux.HandleFunc("POST /upload/v1/{id}", s.upload)
	mux.HandleFunc("GET /link", s.link)
	s.http = httptest.NewServer(mux)
	s.URL = s.http.URL + "/api/"
	return s
}

// Close ends it.
func (s *Server) Close() {
	s.sockets.cut()
	s.http.CloseClientConnections()
	s.http.Close()
}

// Add lets a person join the workspace, with a direct channel to the bot.
func (s *Server) Add(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.Team == "" && u.Teams == nil {
		u.Team = TeamID
	}
	s.users[u.ID] = &u
}

// Reinstall has the app installed for the whole organisation, or for the workspace alone.
func (s *Server) Reinstall(org string, orgWide bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.Org, s.config.OrgWide = org, orgWide
}

// said is the team that a payload names of a user: of somebody in an organisation it may be that: [grid].
func (s *Server) said(u *User) string { return cmp.Or(u.Team, s.config.Org) }

// typesIn is the workspace in which a user types, which is always one; s.mu is held.
func (s *Server) typesIn(u *User) string {
	switch {
	case len(u.Teams) == 0:
		return u.Team
	case slices.Contains(u.Teams, TeamID):
		return TeamID
	}
	return u.Teams[0]
}

// orNil gives null for what there is none of.
func orNil(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// Channel opens a channel with these members; the bot is in it when it is named.
func (s *Server) Channel(id string, members ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &channel{id: id, members: map[string]bool{}}
	for _, m := range members {
		c.members[m] = true
	}
	s.channels[id] = c
}

// Archive closes a channel for new messages.
func (s *Server) Archive(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[id].archived = true
}

// Alter changes what is known of a user.
func (s *Server) Alter(id string, change func(*User)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.users[id])
}

// Next makes the next call of a method go wrong; several faults hit one call each.
func (s *Server) Next(method string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[method] = append(s.faults[method], faults...)
}

// Calls lists the calls of a method; of all methods when it is empty.
func (s *Server) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Call
	for _, c := range s.calls {
		if method == "" || c.Method == method {
			list = append(list, c)
		}
	}
	return list
}

// Messages lists what stands in the direct channel between a user and the bot, oldest first.
func (s *Server) Messages(user string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Message
	for _, m := range s.direct(user).messages {
		if m.Ephemeral == "" {
			list = append(list, *m)
		}
	}
	return list
}

// Delete takes a message away.
func (s *Server) Delete(channelID, ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	c.messages = slices.DeleteFunc(c.messages, func(m *Message) bool { return m.TS == ts })
}

// Pings lists the mentions that the bot's messages made: everyone in a channel, or a person.
func (s *Server) Pings() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pings)
}

// Notes lists what Slack itself told a user: that a command failed, that a form could not be sent.
func (s *Server) Notes(user string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes[user])
}

func (s *Server) note(user, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[user] = append(s.notes[user], what)
}

// DirectChannel gives the id of the channel between a user and the bot.
func DirectChannel(user string) string { return "D" + user[1:] }

// OpenDirect opens the direct channel between a user and the bot, unless it is open, and gives its id, as conversations.open does.
func (s *Server) OpenDirect(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.direct(user).id
}

// direct finds the channel between a user and the bot; s.mu is held.
func (s *Server) direct(user string) *channel {
	id := DirectChannel(user)
	c := s.channels[id]
	if c == nil {
		c = &channel{id: id, user: user, members: map[string]bool{user: true, BotUser: true}}
		s.channels[id] = c
	}
	return c
}

// stamp makes the next message timestamp, unique in the workspace; s.mu is held.
func (s *Server) stamp() string {
	s.serial++
	return fmt.Sprintf("%d.%06d", s.config.Now().Unix(), s.serial)
}

// id makes an id; s.mu is held.
func (s *Server) id(prefix string) string {
	s.serial++
	return prefix + strconv.Itoa(1000+s.serial)
}

// method is one method of the Web API.
type method struct {
	scopes []string // any one of them is enough
	app    bool     // wants the app-level token
	tier   int      // calls a minute; 0: special
	call   func(s *Server, a args) (result, string)
}

type result map[string]any

// methods with their scopes and tiers: [methods], [rates].
func methods() map[string]method {
	return map[string]method{
		"auth.test":                    {call: (*Server).authTest},
		"apps.connections.open":        {scopes: []string{"connections:write"}, app: true, tier: 50, call: (*Server).openConnection},
		"chat.postMessage":             {scopes: []string{"chat:write"}, call: (*Server).postMessage},
		"chat.postEphemeral":           {scopes: []string{"chat:write"}, tier: 100, call: (*Server).postEphemeral},
		"chat.update":                  {scopes: []string{"chat:write"}, tier: 50, call: (*Server).updateMessage},
		"conversations.open":           {scopes: []string{"im:write"}, tier: 50, call: (*Server).openConversation},
		"conversations.history":        {scopes: []string{"im:history"}, tier: 50, call: (*Server).history},
		"files.info":                   {scopes: []string{"files:read"}, tier: 100, call: (*Server).fileInfo},
		"files.getUploadURLExternal":   {scopes: []string{"files:write"}, tier: 100, call: (*Server).uploadURL},
		"files.completeUploadExternal": {scopes: []string{"files:write"}, tier: 100, call: (*Server).completeUpload},
		"users.info":                   {scopes: []string{"users:read"}, tier: 100, call: (*Server).userInfo},
		"users.list":                   {scopes: []string{"users:read"}, tier: 20, call: (*Server).listUsers},
		"users.lookupByEmail":          {scopes: []string{"users:read.email"}, tier: 50, call: (*Server).lookupByEmail},
		"views.open":                   {tier: 100, call: (*Server).viewsOpen},
		"views.push":                   {tier: 100, call: (*Server).viewsPush},
		"views.update":                 {tier: 100, call: (*Server).viewsUpdate},
		"views.publish":                {tier: 100, call: (*Server).viewsPublish},
	}
}

// Scopes lists the scopes that a method needs; nil for one that needs none, or that is not known here.
func Scopes(name string) []string { return methods()[name].scopes }

// EventScopes lists the scopes that a subscribed event needs: docs.slack.dev/reference/events/NAME.
func EventScopes(event string) ([]string, bool) {
	scopes, ok := map[string][]string{"message.im": {"im:history"}, "app_home_opened": nil, "user_change": {"users:read"},
		"team_join":       {"users:read"},
		"app_uninstalled": nil, "tokens_revoked": nil}[event]
	return scopes, ok
}

// args are what a method was called with: form fields, or the members of a JSON body.
type args map[string]any

func (a args) text(name string) string {
	switch v := a[name].(type) {
	case string:
		return v
	case nil:
		return ""
	default:
		b, _ := json.Marshal(v)
		return string(b)
	}
}

func (a args) json(name string) []byte { return []byte(a.text(name)) }

func (a args) on(name string) bool { return slices.Contains([]string{"1", "true"}, a.text(name)) }

func readArgs(r *http.Request) (args, string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, "request_timeout"
	}
	a := args{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		if len(body) > 0 && json.Unmarshal(body, &a) != nil {
			return nil, "invalid_json"
		}
	} else {
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, "invalid_form_data"
		}
		for name := range values {
			a[name] = values.Get(name)
		}
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		a["token"] = token
	}
	return a, ""
}

func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	a, code := readArgs(r)
	if len(r.URL.Query()) > 0 {
		code = "invalid_arguments" // a token in an address ends up in logs
	}
	m, known := methods()[name]
	if !known {
		code = "unknown_method"
	}
	s.mu.Lock()
	var out result
	fault, faulty := s.fault(name)
	if code == "" {
		code = s.admit(m, a)
	}
	wait := 0
	if code == "" {
		wait = s.throttle(name, m)
	}
	if code == "" && wait == 0 && (!faulty || fault.Takes) {
		out, code = m.call(s, a)
		if seconds, ok := strings.CutPrefix(code, "ratelimited:"); ok {
			code = ""
			wait, _ = strconv.Atoi(seconds)
		}
	}
	shown := maps.Clone(a)
	delete(shown, "token")
	s.calls = append(s.calls, Call{Method: name, Args: shown, Error: code})
	close(s.called)
	s.called = make(chan struct{})
	answer := result{"ok": code == ""}
	maps.Copy(answer, out)
	if code != "" {
		answer["error"] = code
		if code == "missing_scope" && out["needed"] == nil {
			answer["needed"], answer["provided"] = strings.Join(m.scopes, ","), strings.Join(s.config.Scopes, ",")
		}
	}
	raw, _ := json.Marshal(answer) // while nobody changes what is in it
	s.mu.Unlock()
	if faulty && fault.strike(w) {
		return
	}
	if wait > 0 {
		Fault{RetryAfter: wait}.strike(w)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if a.text("token") == BotToken { // docs.slack.dev/authentication/installing-with-oauth: each answer says what its token may
		w.Header().Set("X-OAuth-Scopes", strings.Join(s.config.Scopes, ","))
	}
	_, _ = w.Write(raw)
}

// fault takes the next fault of a method; s.mu is held.
func (s *Server) fault(name string) (Fault, bool) {
	list := s.faults[name]
	if len(list) == 0 {
		return Fault{}, false
	}
	s.faults[name] = list[1:]
	return list[0], true
}

// strike answers as the fault wants; false when it wants an ordinary answer.
func (f Fault) strike(w http.ResponseWriter) bool {
	if f.Wait != nil {
		<-f.Wait
	}
	switch {
	case f.Cut:
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			conn.Close()
		}
	case f.RetryAfter > 0: // [rates]
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"ok":false,"error":"ratelimited"}`)
	case f.Status != 0:
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Body)
	case f.Error != "":
		_ = json.NewEncoder(w).Encode(result{"ok": false, "error": f.Error})
	default:
		return false
	}
	return true
}

// admit checks the token and its scopes: docs.slack.dev/authentication/tokens, errors not_authed, invalid_auth, not_allowed_token_type,
// missing_scope.
func (s *Server) admit(m method, a args) string {
	token := a.text("token")
	switch {
	case token == "":
		return "not_authed"
	case token != BotToken && token != AppToken:
		return "invalid_auth"
	case (token == AppToken) != m.app:
		return "not_allowed_token_type"
	case m.app || m.scopes == nil:
		return ""
	}
	for _, scope := range m.scopes {
		if slices.Contains(s.config.Scopes, scope) {
			return ""
		}
	}
	return "missing_scope"
}

// throttle counts the calls of the last minute against the method's tier and gives the seconds to wait: [rates].
func (s *Server) throttle(name string, m method) int {
	if m.tier == 0 {
		return 0
	}
	now := s.config.Now()
	used := slices.DeleteFunc(s.used[name], func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	if len(used) >= m.tier {
		s.used[name] = used
		return int(time.Minute.Seconds() - now.Sub(used[0]).Seconds() + 1)
	}
	s.used[name] = append(used, now)
	return 0
}

// UserJSON is a user as events bring it.
func (s *Server) UserJSON(id string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.userJSON(s.users[id])
}

// AwaitCalls waits until a method was called so many times.
func (s *Server) AwaitCalls(ctx context.Context, method string, n int) error {
	for {
		s.mu.Lock()
		called := s.called
		s.mu.Unlock()
		if len(s.Calls(method)) >= n {
			return nil
		}
		select {
		case <-called:
		case <-ctx.Done():
			return fmt.Errorf("%s was called %d times: %w", method, len(s.Calls(method)), ctx.Err())
		}
	}
}

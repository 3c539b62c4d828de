package telegramtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The bot that everything here is about.
const (
	BotID    = 7000000001
	Token    = "7000000001:AAtest-Token_thatNobodyMayRead0000000"
	Username = "nod_test_bot"
)

// Options say how the server behaves.
type Options struct {
	Now        func() time.Time              // nil: the machine's clock
	AnyWebhook bool                          // as a local server: webhooks over HTTP and on any port (README of [srv], --local)
	Rates      bool                          // refuse what comes too fast
	Retry      func(fails int) time.Duration // how long a webhook waits after so many failures; nil: as Telegram
}

// Server is the Bot API: an http.Handler. Everything may be used by several goroutines.
type Server struct {
	options Options
	closed  chan struct{}
	once    sync.Once
	running sync.WaitGroup

	mu       sync.Mutex
	changed  chan struct{} // closed when something happens, and made anew
	users    map[int64]*User
	groups   map[int64]*Group
	messages []*Message
	lastID   int
	pending  []*Update
	updateID int64
	queries  map[string]*query
	queryNo  int
	toasts   []Toast
	seq      int
	hook     webhook
	lanes    map[string]bool // queues that are being delivered
	poll     poller
	faults   map[string][]Fault
	calls    []Call
	rates    map[int64]*bucket // by chat; 0: all
	commands map[string][]Command
	files    map[string]File
	fileNo   int
	hookAt   time.Time // of the last setWebhook
}

// User is a person with a phone.
type User struct {
	ID          int64
	Name        string
	Language    string // IETF, as clients send it; may be empty
	Started     bool   // has opened the bot at least once
	Blocked     bool   // has blocked the bot
	Deactivated bool
	learned     map[string]field // what they have seen of a form, by label
}

// Group is a chat of several.
type Group struct {
	ID      int64
	Title   string
	Kicked  bool
	MovedTo int64 // it has become a supergroup
	Super   bool
}

// Message is a message as users see it.
type Message struct {
	ID       int
	Chat     int64
	From     int64 // BotID or a user
	Text     string
	Entities []Entity
	Keyboard [][]Button
	Silent   bool
	Deleted  bool
	Date     time.Time
	Edited   time.Time
	ReplyTo  int
	File     string         // id of a photo or document
	media    map[string]any // how the API gives the file
	seq      int            // of its last change
}

// Button is one of a keyboard.
type Button struct {
	Text  string `json:"text"`
	Data  string `json:"callback_data,omitempty"`
	URL   string `json:"url,omitempty"`
	Style string `json:"style,omitempty"`
}

// Toast is what answerCallbackQuery showed.
type Toast struct {
	User  int64
	Query string
	Text  string
	Alert bool
	seq   int
}

// Command is one that setMyCommands set.
type Command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// Call is a call that was made.
type Call struct {
	Method string
	Params map[string]string
	OK     bool
}

// Fault is how the next call of a method fails.
type Fault struct {
	Status      int    // an HTTP status with Telegram's JSON
	Description string // with Status
	RetryAfter  int    // with 429
	MigrateTo   int64  // with 400
	HTML        bool   // a gateway's page instead of JSON
	DropBefore  bool   // the connection is cut before anything is done
	DropAfter   bool   // it is done, and the answer is lost
	Wait        <-chan struct{}
}

// New makes an empty Telegram.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Server{options: o, closed: make(chan struct{}), changed: make(chan struct{}), users: map[int64]*User{},
		groups: map[int64]*Group{}, updateID: 830000000,
		queries: map[string]*query{}, lanes: map[string]bool{}, faults: map[string][]Fault{}, rates: map[int64]*bucket{},
		commands: map[string][]Command{}, files: map[string]File{}}
}

// Close ends polls and webhooks.
func (s *Server) Close() {
	s.once.Do(func() { close(s.closed) })
	s.running.Wait()
}

// touch tells whoever waits that something has happened; s.mu is held.
func (s *Server) touch() {
	s.seq++
	close(s.changed)
	s.changed = make(chan struct{})
}

// UserID makes a user id of a name.
func UserID(name string) int64 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return 100000000 + int64(h.Sum32()%800000000)
}

// user finds or makes a user who has started the bot; s.mu is held.
func (s *Server) user(name string) *User {
	id := UserID(name)
	if s.users[id] == nil {
		s.users[id] = &User{ID: id, Name: name, Language: "en", Started: true, learned: map[string]field{}}
	}
	return s.users[id]
}

// Meet makes a user as change says: one who has never written, or blocked the bot.
func (s *Server) Meet(name string, change func(*User)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(name)
	if change != nil {
		change(u)
	}
}

// AddGroup makes a group. Its id is negative.
func (s *Server) AddGroup(g Group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[g.ID] = &g
}

// Fail has the next call of a method fail; several wait in line.
func (s *Server) Fail(method string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	method = strings.ToLower(method)
	s.faults[method] = append(s.faults[method], f)
}

// Calls lists the calls of a method, oldest first.
func (s *Server) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Call
	for _, c := range s.calls {
		if strings.EqualFold(c.Method, method) {
			list = append(list, c)
		}
	}
	return list
}

// Messages lists what a chat holds, oldest first.
func (s *Server) Messages(chat int64) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Message
	for _, m := range s.messages {
		if m.Chat == chat && !m.Deleted {
			list = append(list, *m)
		}
	}
	return list
}

// Toasts lists the answers to a user's presses that had a text.
func (s *Server) Toasts(user string) []Toast {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Toast
	for _, t := range s.toasts {
		if t.User == UserID(user) && t.Text != "" {
			list = append(list, t)
		}
	}
	return list
}

// Unanswered lists the presses whose button still spins.
func (s *Server) Unanswered() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for id, q := range s.queries {
		if !q.answered {
			list = append(list, id+" "+q.data)
		}
	}
	slices.Sort(list)
	return list
}

// Commands gives what setMyCommands set for a scope and a language.
func (s *Server) Commands(scope, language string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commands[scope+"/"+language]
}

// refusal is an error as the Bot API answers it.
type refusal struct {
	code        int
	description string
	retryAfter  int
	migrateTo   int64
}

func (r *refusal) Error() string { return fmt.Sprint(r.code, " ", r.description) }

func bad(format string, args ...any) error {
	return &refusal{code: 400, description: "Bad Request: " + fmt.Sprintf(format, args...)}
}

func tooMany(seconds int) error {
	return &refusal{code: 429, description: fmt.Sprintf("Too Many Requests: retry after %d", seconds), retryAfter: seconds}
}

// params are a call's arguments, however they were sent ([api] Making requests): each as its text, a nested object as JSON.
type params struct {
	values map[string]string
	files  map[string]File // with a name and a body
}

func (p params) int(name string) (int64, bool) {
	n, err := strconv.ParseInt(p.values[name], 10, 64)
	return n, err == nil
}

func (p params) yes(name string) bool { return p.values[name] == "true" || p.values[name] == "1" }

func readParams(r *http.Request) (params, error) {
	p := params{values: map[string]string{}, files: map[string]File{}}
	for name, values := range r.URL.Query() {
		p.values[name] = values[0]
	}
	kind, args, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		var fields map[string]json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&fields); err != nil {
			return p, bad("can't parse JSON object")
		}
		for name, raw := range fields {
			var text string
			if json.Unmarshal(raw, &text) == nil && raw[0] == '"' {
				p.values[name] = text
			} else {
				p.values[name] = string(raw)
			}
		}
	case "application/x-www-form-urlencoded":
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return p, err
		}
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return p, bad("can't parse form")
		}
		for name, list := range values {
			p.values[name] = list[0]
		}
	case "multipart/form-data":
		reader := multipart.NewReader(r.Body, args["boundary"])
		for {
			part, err := reader.NextPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				if len(p.values) == 0 { // go-telegram/bot sends an empty body with a call that has no arguments
					break
				}
				return p, err
			}
			body, err := io.ReadAll(part)
			if err != nil {
				return p, err
			}
			if part.FileName() != "" { // a part without one is text ([srv] get_input_file looks among the files only)
				p.files[part.FormName()] = File{Name: part.FileName(), Body: body}
			} else {
				p.values[part.FormName()] = string(body)
			}
		}
	}
	return p, nil
}

// ServeHTTP serves /botTOKEN/METHOD and /file/botTOKEN/PATH.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path, ok := strings.CutPrefix(r.URL.Path, "/file/bot"); ok {
		s.download(w, path)
		return
	}
	token, method, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	if !ok || !strings.HasPrefix(r.URL.Path, "/bot") || !strings.Contains(token, ":") {
		write(w, nil, &refusal{code: 404, description: "Not Found"}) // [srv] ClientManager: what is no token is not found
		return
	}
	if token != Token {
		write(w, nil, &refusal{code: 401, description: "Unauthorized"})
		return
	}
	p, err := readParams(r)
	if err != nil {
		write(w, nil, err)
		return
	}
	lower := strings.ToLower(method) // [srv] methods are case-insensitive
	fault := s.fault(lower)
	if fault.Wait != nil {
		select {
		case <-fault.Wait:
		case <-r.Context().Done():
			return
		case <-s.closed:
		}
	}
	switch {
	case fault.DropBefore:
		panic(http.ErrAbortHandler)
	case fault.HTML:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(max(fault.Status, http.StatusBadGateway))
		fmt.Fprint(w, "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>")
		return
	case fault.Status != 0:
		write(w, nil, &refusal{code: fault.Status, description: fault.Description, retryAfter: fault.RetryAfter,
			migrateTo: fault.MigrateTo})
		return
	}
	var result any
	if lower == "getupdates" {
		result, err = s.getUpdates(r.Context(), p)
	} else {
		result, err = s.call(lower, p)
	}
	s.mu.Lock()
	s.calls = append(s.calls, Call{Method: method, Params: p.values, OK: err == nil})
	s.mu.Unlock()
	if fault.DropAfter {
		panic(http.ErrAbortHandler)
	}
	write(w, result, err)
}

func (s *Server) fault(method string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.faults[method]
	if len(list) == 0 {
		return Fault{}
	}
	s.faults[method] = list[1:]
	return list[0]
}

func write(w http.ResponseWriter, result any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err == nil {
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "result": result})
		return
	}
	r := &refusal{code: 500, description: "Internal Server Error: " + err.Error()}
	errors.As(err, &r)
	body := map[string]any{"ok": false, "error_code": r.code, "description": r.description}
	parameters := map[string]any{}
	if r.retryAfter > 0 {
		parameters["retry_after"] = r.retryAfter
		w.Header().Set("Retry-After", strconv.Itoa(r.retryAfter)) // [srv] HttpConnection
	}
	if r.migrateTo != 0 {
		parameters["migrate_to_chat_id"] = r.migrateTo
	}
	if len(parameters) > 0 {
		body["parameters"] = parameters
	}
	w.WriteHeader(r.code)
	_ = json.NewEncoder(w).Encode(body)
}

// bucket is what may still be sent.
type bucket struct {
	left float64
	at   time.Time
}

// take takes one from a bucket that fills with rate a second up to burst, or says how many seconds to wait.
func (b *bucket) take(now time.Time, rate, burst float64) int {
	if b.at.IsZero() {
		b.left = burst
	} else {
		b.left = min(burst, b.left+now.Sub(b.at).Seconds()*rate)
	}
	b.at = now
	if b.left < 1 {
		return int((1-b.left)/rate) + 1
	}
	b.left--
	return 0
}

// paced refuses what comes too fast: [faq] about one message a second in a chat, with short bursts, and about 30 a second in all. Telegram
// publishes no hard numbers; the burst of 5 is this server's.
func (s *Server) paced(chat int64) error {
	if !s.options.Rates {
		return nil
	}
	now := s.options.Now()
	for _, limit := range []struct {
		key         int64
		rate, burst float64
	}{{chat, 1, 5}, {0, 30, 30}} {
		if s.rates[limit.key] == nil {
			s.rates[limit.key] = &bucket{}
		}
		if wait := s.rates[limit.key].take(now, limit.rate, limit.burst); wait > 0 {
			return tooMany(wait)
		}
	}
	return nil
}

// Delete takes a message away, as its reader may.
func (s *Server) Delete(chat int64, id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.message(chat, id); m != nil {
		m.Deleted = true
		s.touch()
	}
}

package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	pollEvery  = time.Second // for posts that another process stored
	beatEvery  = 10 * time.Second
	batch      = 50
	maxStreams = 200
	away       = 5 * time.Second // how often a page that nobody looks at asks
)

// hub wakes the streams of a user when something was posted to them in this process.
type hub struct {
	mu      sync.Mutex
	streams map[string]map[chan struct{}]bool
	count   int
	done    chan struct{}
	once    *sync.Once
}

func newHub() hub {
	return hub{streams: map[string]map[chan struct{}]bool{}, done: make(chan struct{}), once: new(sync.Once)}
}

func (h *hub) close() { h.once.Do(func() { close(h.done) }) }

// join registers a stream; nil when there are too many.
func (h *hub) join(user string) chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.count >= maxStreams {
		return nil
	}
	h.count++
	if h.streams[user] == nil {
		h.streams[user] = map[chan struct{}]bool{}
	}
	woken := make(chan struct{}, 1)
	h.streams[user][woken] = true
	return woken
}

func (h *hub) leave(user string, woken chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count--
	delete(h.streams[user], woken)
	if len(h.streams[user]) == 0 {
		delete(h.streams, user)
	}
}

// wake tells a user's streams to look; one that is about to look anyway needs no second call.
func (h *hub) wake(user string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for woken := range h.streams[user] {
		nudge(woken)
	}
}

func (h *hub) wakeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, streams := range h.streams {
		for woken := range streams {
			nudge(woken)
		}
	}
}

func nudge(woken chan struct{}) {
	select {
	case woken <- struct{}{}:
	default:
	}
}

// live streams what is posted and edited after the change that the page shows. Each event's id is its change, which a browser sends back
// when it connects again, so that nothing is lost in between.
//
// With brief=1 the stream ends after what there is, and the browser comes again later: a browser opens only six connections to a host, and
// pages in the background shall not use them up.
func (c *Chat) live(w http.ResponseWriter, r *http.Request) {
	p, ok := c.person(w, r, r.PathValue("no"))
	if !ok {
		return
	}
	since, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	if last, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		since = max(since, last)
	}
	brief := r.URL.Query().Get("brief") == "1"

	woken := c.hub.join(p.No) // before the first look, or a post between the two would wait for the poll
	if woken == nil {
		http.Error(w, "Too many pages are open.", http.StatusServiceUnavailable)
		return
	}
	defer c.hub.leave(p.No, woken)

	s := stream{w: w, flush: http.NewResponseController(w)}
	if err := s.flush.SetWriteDeadline(time.Time{}); err != nil {
		c.Log.Debug("a stream keeps the server's write deadline", "error", err)
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	retry := 2 * time.Second
	if brief {
		retry = away
	}
	fmt.Fprintf(w, "retry: %d\n\n", retry.Milliseconds())

	poll, beat := time.NewTicker(pollEvery), time.NewTicker(beatEvery)
	defer poll.Stop()
	defer beat.Stop()
	clock := ""
	for {
		messages, err := c.Store.WebSince(r.Context(), p.No, since, batch)
		if err != nil {
			if r.Context().Err() == nil {
				c.Log.Warn("the web chat could not look for messages", "error", err)
			}
			return // the browser connects again
		}
		f := c.frame(p)
		for _, m := range messages {
			html, err := c.fragment("post", f.post(m, m.Change))
			if err != nil {
				c.Log.Error("a web message could not be drawn", "id", m.ID, "error", err)
			} else {
				s.send("post", m.Change, pushed{ID: m.ID, Change: m.Change, Edited: m.Edited, HTML: html})
			}
			since = m.Change
		}
		if now := f.Clock(); now != clock {
			clock = now
			s.send("clock", 0, now)
		}
		if s.failed() {
			return
		}
		if len(messages) == batch {
			continue
		}
		if brief {
			return
		}
		select {
		case <-woken:
		case <-poll.C:
		case <-beat.C:
			s.comment("here")
		case <-r.Context().Done():
			return
		case <-c.hub.done:
			return
		}
	}
}

// pushed is a message on its way to a page.
type pushed struct {
	ID     int64  `json:"id"`
	Change int64  `json:"change"`
	Edited bool   `json:"edited"`
	HTML   string `json:"html"`
}

// stream writes server-sent events, until it cannot.
type stream struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	err   error
}

func (s *stream) send(event string, id int64, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		s.err = err
		return
	}
	var b bytes.Buffer
	if id > 0 {
		fmt.Fprintf(&b, "id: %d\n", id)
	}
	fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", event, text)
	s.write(b.Bytes())
}

// comment keeps the connection from looking dead.
func (s *stream) comment(text string) { s.write([]byte(": " + text + "\n\n")) }

func (s *stream) write(b []byte) {
	if s.err == nil {
		_, s.err = s.w.Write(b)
	}
}

func (s *stream) failed() bool {
	if s.err == nil {
		s.err = s.flush.Flush()
	}
	return s.err != nil
}

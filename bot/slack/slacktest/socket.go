package slacktest

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
)

// largestAnswer is from where Slack drops what an app writes to a socket, without a word: [socket].
const largestAnswer = 20 * 1024

// sockets is Socket Mode: any of the open connections may get an envelope, and none gets it twice.
type sockets struct {
	server *Server

	mu      sync.Mutex
	tickets map[string]bool // one use each
	open    []*socket
	next    int
	serial  int
	waiting map[string]chan json.RawMessage // answers, by envelope id
	changed chan struct{}                   // closed when a connection opens or goes
	dropped []string                        // what was thrown away, and why
}

type socket struct {
	conn *websocket.Conn
	mu   sync.Mutex // of writes
}

func (s *Server) openConnection(args) (result, string) {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	s.sockets.serial++
	ticket := "t" + strconv.Itoa(s.sockets.serial)
	s.sockets.tickets[ticket] = true
	return result{"url": strings.Replace(s.http.URL, "http", "ws", 1) + "/link?ticket=" + ticket}, ""
}

// link is the other end of a socket.
func (s *Server) link(w http.ResponseWriter, r *http.Request) {
	h := &s.sockets
	h.mu.Lock()
	ticket := r.URL.Query().Get("ticket")
	valid := h.tickets[ticket]
	delete(h.tickets, ticket)
	h.mu.Unlock()
	if !valid {
		http.Error(w, "this address works once", http.StatusForbidden)
		return
	}
	conn, err := (&websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &socket{conn: conn}
	h.mu.Lock()
	h.open = append(h.open, c)
	count := len(h.open)
	h.mu.Unlock()
	_ = c.write(map[string]any{"type": "hello", "num_connections": count, "connection_info": map[string]any{"app_id": AppID},
		"debug_info": map[string]any{"host": "slacktest", "approximate_connection_time": 18060}})
	h.signal()
	h.read(conn)
	h.drop(c)
}

func (c *socket) write(v any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn.WriteJSON(v)
}

// read takes answers frame by frame. gorilla would join the parts of a message; Slack throws a message of several frames away, so frames
// are read by hand: RFC 6455, section 5.2.
func (h *sockets) read(conn *websocket.Conn) {
	in := bufio.NewReader(conn.NetConn())
	broken := false
	for {
		final, opcode, payload, err := readFrame(in)
		if err != nil || opcode == websocket.CloseMessage {
			return
		}
		switch {
		case opcode == websocket.PongMessage || opcode == websocket.PingMessage:
		case !final || opcode == 0:
			broken = !final
			h.refuse("a message in several frames")
		case broken:
			broken = false
		case len(payload) >= largestAnswer:
			h.refuse("a message of " + strconv.Itoa(len(payload)) + " bytes")
		default:
			h.answered(payload)
		}
	}
}

func readFrame(in *bufio.Reader) (final bool, opcode int, payload []byte, err error) {
	head := make([]byte, 2)
	if _, err = io.ReadFull(in, head); err != nil {
		return
	}
	final, opcode = head[0]&0x80 != 0, int(head[0]&0x0f)
	size := uint64(head[1] & 0x7f)
	if long := map[uint64]int{126: 2, 127: 8}[size]; long > 0 {
		more := make([]byte, 8)
		if _, err = io.ReadFull(in, more[8-long:]); err != nil {
			return
		}
		size = binary.BigEndian.Uint64(more)
	}
	mask := make([]byte, 4)
	if head[1]&0x80 == 0 || size > 1<<20 {
		return false, 0, nil, errors.New("a client's frames are masked and not that large")
	}
	if _, err = io.ReadFull(in, mask); err != nil {
		return
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(in, payload)
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return
}

func (h *sockets) answered(raw []byte) {
	var a struct {
		ID      string          `json:"envelope_id"`
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		h.refuse("what is no JSON")
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if done := h.waiting[a.ID]; done != nil {
		done <- a.Payload
		delete(h.waiting, a.ID)
	}
}

func (h *sockets) refuse(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropped = append(h.dropped, what)
}

func (h *sockets) signal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
}

func (h *sockets) drop(c *socket) {
	h.mu.Lock()
	for i, other := range h.open {
		if other == c {
			h.open = append(h.open[:i:i], h.open[i+1:]...)
			break
		}
	}
	h.mu.Unlock()
	c.conn.Close()
	h.signal()
}

func (h *sockets) cut() {
	h.mu.Lock()
	open := h.open
	h.mu.Unlock()
	for _, c := range open {
		c.conn.NetConn().Close()
	}
}

// send puts an envelope into one of the connections, each in turn, and waits for its acknowledgement.
func (h *sockets) send(ctx context.Context, kind string, body any, retry int, reason string) Outcome {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	h.mu.Lock()
	if len(h.open) == 0 {
		h.mu.Unlock()
		return Outcome{Err: errors.New("no socket is open")}
	}
	h.next++
	c := h.open[h.next%len(h.open)]
	h.serial++
	id := "env-" + strconv.Itoa(h.serial)
	done := make(chan json.RawMessage, 1)
	if h.waiting == nil {
		h.waiting = map[string]chan json.RawMessage{}
	}
	h.waiting[id] = done
	h.mu.Unlock()
	envelope := map[string]any{"type": kind, "envelope_id": id, "payload": body, "accepts_response_payload": kind != eventsAPI}
	if kind == eventsAPI {
		envelope["retry_attempt"], envelope["retry_reason"] = retry, reason
	}
	if err := c.write(envelope); err != nil {
		return Outcome{Err: err}
	}
	select {
	case payload := <-done:
		if string(payload) == "null" {
			payload = nil
		}
		return Outcome{Status: http.StatusOK, Body: payload}
	case <-ctx.Done():
		return Outcome{Err: ctx.Err()}
	}
}

// AwaitSockets waits until so many connections are open.
func (s *Server) AwaitSockets(ctx context.Context, n int) error {
	for {
		s.sockets.mu.Lock()
		open := len(s.sockets.open)
		if s.sockets.changed == nil {
			s.sockets.changed = make(chan struct{})
		}
		changed := s.sockets.changed
		s.sockets.mu.Unlock()
		if open == n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d sockets are open, not %d: %w", open, n, ctx.Err())
		}
	}
}

// Disconnect asks all connections to be opened again (warning, refresh_requested, link_disabled), and closes none.
func (s *Server) Disconnect(reason string) {
	s.sockets.mu.Lock()
	open := append([]*socket(nil), s.sockets.open...)
	s.sockets.mu.Unlock()
	for _, c := range open {
		_ = c.write(map[string]any{"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "slacktest"}})
	}
}

// CutSockets ends all connections without a word.
func (s *Server) CutSockets() { s.sockets.cut() }

// Dropped lists what an app wrote that Slack would have thrown away.
func (s *Server) Dropped() []string {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	return append([]string(nil), s.sockets.dropped...)
}

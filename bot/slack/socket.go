package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/nod-chat/nod/bot/deliver"
)

const (
	// Two connections, so that one being refreshed or lost leaves the other: any of them may get an envelope, and none gets it twice.
	connections = 2
	// Slack drops, without a word, what is 20 kB or larger or comes in several frames (slack-go socketmode.go). The buffer keeps it one
	// frame.
	maxAck      = 20 * 1024
	writeBuffer = 32 * 1024
	readLimit   = 4 << 20
	writeTime   = 5 * time.Second
	lasting     = 10 * time.Second // a connection that ends sooner is a failure; one that Slack wants refreshed is none
	// atOnce is how many envelopes are answered at the same time; beyond that they wait in the socket.
	atOnce = 64
)

// fatalCodes end the socket with a sentence instead of retrying for ever (gravitational/teleport#67148).
var fatalCodes = append([]string{"not_allowed_token_type", "missing_scope", "no_permission", "forbidden_team"}, tokenCodes...)

// SocketState is how Socket Mode is doing.
type SocketState struct {
	Open  int
	Hello time.Time // the last time that Slack greeted a connection; zero: never
}

// String says it in a line.
func (s SocketState) String() string {
	if s.Hello.IsZero() {
		return "no socket has been opened yet"
	}
	return fmt.Sprintf("%d open, the last hello at %s", s.Open, s.Hello.UTC().Format(time.RFC3339))
}

type socketState struct {
	mu    sync.Mutex
	open  int
	hello time.Time
}

// Socket tells how Socket Mode is doing.
func (c *Chat) Socket() SocketState {
	c.socket.mu.Lock()
	defer c.socket.mu.Unlock()
	return SocketState{Open: c.socket.open, Hello: c.socket.hello}
}

// Ready is the question that /readyz asks of Socket Mode.
func (c *Chat) Ready(context.Context) error {
	if s := c.Socket(); s.Open == 0 {
		return fmt.Errorf("no socket to Slack: %s", s)
	}
	return nil
}

// RunSocket takes what Slack sends through Socket Mode until ctx ends, and then finishes what it has begun. It ends earlier only when the
// token cannot work.
func (c *Chat) RunSocket(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var lines sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for range connections {
		lines.Go(func() {
			if err := c.keepOpen(ctx, slots); err != nil {
				cancel(err)
			}
		})
	}
	lines.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// TrySocket asks for a socket's address, as opening one begins, and leaves it at that.
func (c *Chat) TrySocket(ctx context.Context) error {
	_, err := c.api.openSocket(ctx)
	return err
}

// keepOpen keeps one connection open: when Slack wants it refreshed, the next one is opened before the old one is given up.
func (c *Chat) keepOpen(ctx context.Context, slots chan struct{}) error {
	var old sync.WaitGroup
	defer old.Wait()
	failures := 0
	for ctx.Err() == nil {
		conn, err := c.dial(ctx)
		if err == nil {
			ended := make(chan time.Duration, 2) // another connection is wanted, after so long
			old.Go(func() { c.listen(ctx, conn, slots, ended) })
			select {
			case lived := <-ended:
				if lived > lasting {
					failures = 0
					continue
				}
			case <-ctx.Done():
				return nil
			}
		}
		if slices.Contains(fatalCodes, code(err)) {
			c.Alarm.Alert(ctx, "alert.slack.socket", "", map[string]any{"Code": code(err)})
			return fmt.Errorf("SLACK_APP_TOKEN does not open Socket Mode: %w", err)
		}
		failures++
		wait := min(time.Second<<min(failures-1, 5), 30*time.Second)
		wait = wait/2 + rand.N(wait/2)
		var retry deliver.RetryAfter
		if errors.As(err, &retry) {
			wait = max(wait, retry.Wait)
		}
		c.Log.WarnContext(ctx, "no lasting socket to Slack", "error", err, "tries", failures, "wait", wait)
		if c.Pause(ctx, wait) != nil {
			return nil
		}
	}
	return nil
}

func (c *Chat) dial(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	address, err := c.api.openSocket(ctx)
	if err != nil {
		return nil, err
	}
	d := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: 10 * time.Second, WriteBufferSize: writeBuffer}
	conn, resp, err := d.DialContext(ctx, address, nil)
	if err != nil {
		f := &failure{method: "socket", detail: "it could not be opened"} // the address is a secret, and errors may hold it
		if resp != nil {
			f.detail = resp.Status
		}
		return nil, f
	}
	return conn, nil
}

// connection is one with what is still being answered on it.
type connection struct {
	conn *websocket.Conn
	mu   sync.Mutex // of writes
	busy sync.WaitGroup
}

// socketMessage is what Slack sends through a socket.
type socketMessage struct {
	Type     string          `json:"type"`
	Reason   string          `json:"reason"`
	Envelope string          `json:"envelope_id"`
	Accepts  bool            `json:"accepts_response_payload"`
	Payload  json.RawMessage `json:"payload"`
}

// listen reads a connection until it ends. What it took is still acknowledged on it, as long as it stands.
func (c *Chat) listen(ctx context.Context, conn *websocket.Conn, slots chan struct{}, ended chan<- time.Duration) {
	w := &connection{conn: conn}
	began := time.Now()
	refresh, greeted := false, false
	defer func() {
		if !refresh {
			ended <- time.Since(began)
		}
		if greeted {
			c.countOpen(-1)
		}
		w.busy.Wait()
		conn.Close()
	}()
	stopped := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) }) // no more is read; what was read is finished
	defer stopped()
	alive := func() error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return conn.SetReadDeadline(time.Now().Add(c.Times.Silence))
	}
	conn.SetReadLimit(readLimit)
	conn.SetPingHandler(func(data string) error {
		_ = conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTime))
		return alive()
	})
	for {
		if alive() != nil {
			return
		}
		_, raw, err := conn.ReadMessage()
		if err != nil {
			if ctx.Err() == nil {
				c.Log.InfoContext(ctx, "a socket to Slack ended; another is opened", "why", closeReason(err))
			}
			return
		}
		var m socketMessage
		if json.Unmarshal(raw, &m) != nil {
			c.Log.WarnContext(ctx, "something on a socket could not be read", "bytes", len(raw))
			continue
		}
		switch m.Type {
		case "hello":
			if !greeted {
				greeted = true
				c.countOpen(+1)
			}
		case "disconnect": // warning: in some seconds; refresh_requested: now; link_disabled: Socket Mode was switched off
			c.Log.InfoContext(ctx, "Slack wants a socket opened again", "reason", m.Reason)
			if !refresh {
				refresh = true
				ended <- time.Hour
			}
		case "slash_commands", "interactive", "events_api":
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			w.busy.Go(func() {
				defer func() { <-slots }()
				c.answerEnvelope(context.WithoutCancel(ctx), w, m)
			})
		}
	}
}

func closeReason(err error) string {
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		return fmt.Sprintf("close code %d", closed.Code)
	}
	if isTimeout(err) {
		return "no ping in time"
	}
	return "connection lost"
}

func (c *Chat) countOpen(n int) {
	c.socket.mu.Lock()
	defer c.socket.mu.Unlock()
	c.socket.open += n
	if n > 0 {
		c.socket.hello = c.Now()
	}
}

// answerEnvelope answers one envelope and acknowledges it when it is taken.
func (c *Chat) answerEnvelope(ctx context.Context, w *connection, m socketMessage) {
	var in arrival
	var err error
	switch m.Type {
	case "slash_commands":
		in, err = read[command](m.Payload)
	case "interactive":
		in, err = read[interaction](m.Payload)
	default:
		in, err = read[envelope](m.Payload)
	}
	if err != nil {
		c.Log.ErrorContext(ctx, "an envelope could not be read", "type", m.Type, "bytes", len(m.Payload))
		return
	}
	a := c.take(ctx, in)
	if !a.taken {
		return // it comes again, or Slack tells its sender
	}
	ack := struct {
		Envelope string `json:"envelope_id"`
		Payload  any    `json:"payload,omitempty"`
	}{Envelope: m.Envelope}
	if m.Accepts {
		ack.Payload = a.payload
	}
	raw := wireJSON(ack)
	if len(raw) >= maxAck {
		ack.Payload = a.small
		raw = wireJSON(ack)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.conn.SetWriteDeadline(time.Now().Add(writeTime))
	if err := w.conn.WriteMessage(websocket.TextMessage, raw); err != nil {
		c.Log.WarnContext(ctx, "an acknowledgement did not get through; Slack sends it again or tells its sender", "type", m.Type)
	}
}

// wireJSON is a payload as it goes over the wire.
func wireJSON(v any) []byte {
	raw, _ := json.Marshal(v) // drawn by us
	return raw
}

package chat_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/chat"
)

// upload begins to send a body of a MiB, and stays at what is written.
type upload struct {
	net.Conn
	t *testing.T
}

func begin(t *testing.T, server *httptest.Server, written int) upload {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: nod\r\nContent-Length: %d\r\n\r\n%s", 1<<20, strings.Repeat("x", written))
	return upload{conn, t}
}

func (u upload) answer() int {
	u.t.Helper()
	if err := u.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		u.t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(u), nil)
	if err != nil {
		u.t.Fatal(err)
	}
	r.Body.Close()
	return r.StatusCode
}

// reads serves a handler that reads bodies and does nothing else.
func reads(t *testing.T, bodies *chat.Bodies) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, free, ok := bodies.Read(w, r, 1<<20)
		defer free()
		if ok {
			fmt.Fprint(w, len(body))
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func send(t *testing.T, server *httptest.Server, size int) (status int, read string) {
	t.Helper()
	r, err := http.Post(server.URL, "text/plain", strings.NewReader(strings.Repeat("x", size)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(answer)
}

// Somebody opens hundreds of uploads and never ends them. What they hold stays below the bound, the others are turned away at once, and when they have gone
// all room is there again.
func TestUnfinishedBodiesAreBounded(t *testing.T) {
	bodies := &chat.Bodies{Most: 256 << 10, Patience: time.Hour}
	server := reads(t, bodies)
	var held []upload
	for i := range 300 {
		u := begin(t, server, 20_000) // for which 32 KiB are taken
		if i >= 8 {
			if status := u.answer(); status != http.StatusServiceUnavailable {
				t.Fatalf("upload %d was answered %d", i, status)
			}
			continue
		}
		held = append(held, u)
		bottest.Eventually(t, "the upload is held", func() bool { return bodies.Held() == int64(i+1)*32<<10 })
	}
	if status, _ := send(t, server, 20); status != http.StatusServiceUnavailable {
		t.Errorf("without room: %d", status)
	}
	for _, u := range held {
		u.Close()
	}
	bottest.Eventually(t, "the room is free again", func() bool { return bodies.Held() == 0 })
	if status, read := send(t, server, 100_000); status != http.StatusOK || read != "100000" {
		t.Errorf("once they have gone: %d, %s", status, read)
	}
	bottest.Eventually(t, "what was answered holds nothing", func() bool { return bodies.Held() == 0 })
}

// Whoever sends much has half of the room at most, so that a small body gets through beside as many large ones as there may be.
func TestSmallBodiesFindRoomBesideLargeOnes(t *testing.T) {
	bodies := &chat.Bodies{Most: 256 << 10, Patience: time.Hour}
	server := reads(t, bodies)
	for i := range 20 {
		u := begin(t, server, 60_000) // for which 64 KiB are taken
		if i >= 2 {
			if status := u.answer(); status != http.StatusServiceUnavailable {
				t.Fatalf("upload %d was answered %d", i, status)
			}
			continue
		}
		bottest.Eventually(t, "the upload is held", func() bool { return bodies.Held() == int64(i+1)*64<<10 })
	}
	if status, read := send(t, server, 20_000); status != http.StatusOK || read != "20000" {
		t.Errorf("%d, %s", status, read)
	}
}

// A body that trickles is cut off, and what it held is free.
func TestBodyThatTricklesIsCutOff(t *testing.T) {
	bodies := &chat.Bodies{Patience: 100 * time.Millisecond}
	server := reads(t, bodies)
	u := begin(t, server, 10)
	if status := u.answer(); status != http.StatusRequestTimeout {
		t.Errorf("it was answered %d", status)
	}
	if _, err := u.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the connection stays open: %v", err)
	}
	if held := bodies.Held(); held != 0 {
		t.Errorf("%d bytes are held", held)
	}
}

// What is announced as too large is answered before any of it is read, and what turns out to be so as soon as it does.
func TestBodyThatIsTooLarge(t *testing.T) {
	bodies := new(chat.Bodies)
	server := reads(t, bodies)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: nod\r\nContent-Length: %d\r\n\r\n", 1<<20+1)
	if status := (upload{conn, t}).answer(); status != http.StatusRequestEntityTooLarge {
		t.Errorf("announced: %d", status)
	}
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20+1))))
	w := httptest.NewRecorder()
	if _, _, ok := bodies.Read(w, r, 1<<20); ok || w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("not announced: %d", w.Code)
	}
	if held := bodies.Held(); held != 0 {
		t.Errorf("%d bytes are held", held)
	}
}

// Whoever is refused is answered before anything of the body has come, and also hears the answer when it has come.
func TestRefusedIsAnsweredAtOnce(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chat.Refuse(w, http.StatusUnauthorized, "no")
	}))
	t.Cleanup(server.Close)
	for _, written := range []int{0, 10, 100_000} {
		u := begin(t, server, written)
		if status := u.answer(); status != http.StatusUnauthorized {
			t.Errorf("after %d bytes: %d", written, status)
		}
		if _, err := u.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("after %d bytes the connection ends with %v", written, err)
		}
	}
}

package chat

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// Bodies bounds what is held of the bodies that come in by an address which everybody can reach. The zero value has the usual bounds, and
// all handlers of a process share one: memory is shared, too.
//
// Who would like to fill the memory and why they cannot: whoever is refused by a header alone has nothing read; others are counted by what
// they have really sent, may hold it for Patience only, and beyond Most are turned away at once. Those who send much use up no more than
// half of it, so that a small body, as nearly all are, finds room beside them.
type Bodies struct {
	Most     int64         // bytes held at once; 0: 64 MiB
	Small    int64         // a body up to here may use all of Most; 0: 32 KiB
	Patience time.Duration // until a body must have come whole; 0: five seconds, of which a platform's takes far less than one

	mu   sync.Mutex
	held int64
}

var errCrowded = errors.New("too much is being received at once")

const firstRoom = 4 << 10

// Read reads a whole body of at most so many bytes. Where it cannot, it has answered the request. free gives the room back: call it as soon
// as the body is known to be from somebody who may send.
func (b *Bodies) Read(w http.ResponseWriter, r *http.Request, most int64) (body []byte, free func(), ok bool) {
	free = func() {}
	if r.ContentLength > most {
		Refuse(w, http.StatusRequestEntityTooLarge, "too large")
		return nil, free, false
	}
	done := b.hurry(w)
	body, err := b.readAll(http.MaxBytesReader(w, r.Body, most))
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		done()
		room := int64(cap(body))
		return body, sync.OnceFunc(func() { b.give(room) }), true
	case errors.As(err, &tooLarge):
		Refuse(w, http.StatusRequestEntityTooLarge, "too large")
	case errors.Is(err, errCrowded):
		Refuse(w, http.StatusServiceUnavailable, "busy; send it again")
	case errors.Is(err, os.ErrDeadlineExceeded):
		Refuse(w, http.StatusRequestTimeout, "too slow")
	default:
		Refuse(w, http.StatusBadRequest, "broken off")
	}
	return nil, free, false
}

// Bound has what a handler reads of a body counted in the same way: of what is more than inMemory the rest is taken not to be held. A form
// with files takes its time, so that it has the server's own. free gives the room back, once the request is answered.
func (b *Bodies) Bound(w http.ResponseWriter, r *http.Request, most, inMemory int64) (free func()) {
	body := &boundBody{ReadCloser: http.MaxBytesReader(w, r.Body, most), bodies: b, most: inMemory}
	r.Body = body
	return func() { b.give(body.held) }
}

// Refuse answers a request whose body is not wanted, and ends the connection. The answer waits for none of the body. What is under way is
// thrown away behind it for a moment, since whoever sends into a closed connection loses the answer: a platform that is not let in reports
// the status to its owner.
func Refuse(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Connection", "close") // else the server would read on before it answers
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Second))
	http.Error(w, sentence, status)
}

// hurry sets the time until which a body must have come. done lifts it again: it would end the request as if its sender had hung up. A
// connection that has no such time, as in some tests, is left to the server's own limits.
func (b *Bodies) hurry(w http.ResponseWriter) (done func()) {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(cmp.Or(b.Patience, 5*time.Second)))
	return func() { _ = connection.SetReadDeadline(time.Time{}) }
}

// readAll reads to the end. The room is taken before memory is, and what it gives has the room of its capacity.
func (b *Bodies) readAll(from io.Reader) ([]byte, error) {
	var body []byte
	for {
		if len(body) == cap(body) {
			more := int64(max(firstRoom, cap(body)))
			if !b.take(more, int64(cap(body))+more) {
				b.give(int64(cap(body)))
				return nil, errCrowded
			}
			grown := make([]byte, len(body), int64(cap(body))+more)
			copy(grown, body)
			body = grown
		}
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			return body, nil
		}
		if err != nil {
			b.give(int64(cap(body)))
			return nil, err
		}
	}
}

// take takes room for more bytes of a body which then has so many, and tells whether there is so much.
func (b *Bodies) take(more, whole int64) bool {
	most := cmp.Or(b.Most, 64<<20)
	if whole > cmp.Or(b.Small, 32<<10) {
		most /= 2
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held+more > most {
		return false
	}
	b.held += more
	return true
}

func (b *Bodies) give(room int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held -= room
}

// Held is how much is held at this moment.
func (b *Bodies) Held() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}

type boundBody struct {
	io.ReadCloser
	bodies     *Bodies
	most, held int64
}

func (b *boundBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if more := min(int64(n), b.most-b.held); more > 0 {
		if !b.bodies.take(more, b.held+more) {
			return 0, errCrowded
		}
		b.held += more
	}
	return n, err
}

// Crowded tells whether a body could not be read because too much is being received at once.
func Crowded(err error) bool { return errors.Is(err, errCrowded) }

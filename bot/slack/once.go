package slack

import (
	"sync"
	"time"
)

// recent remembers keys for a while, and not too many of them.
type recent struct {
	now  func() time.Time
	keep time.Duration

	mu   sync.Mutex
	keys map[string]time.Time
}

const remembered = 20_000

func (r *recent) has(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.keys[key]
	return ok && r.now().Sub(at) < r.keep
}

func (r *recent) add(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if r.keys == nil {
		r.keys = map[string]time.Time{}
	}
	if len(r.keys) >= remembered {
		for k, at := range r.keys {
			if now.Sub(at) >= r.keep {
				delete(r.keys, k)
			}
		}
	}
	for k := range r.keys { // still too many: any will do
		if len(r.keys) < remembered {
			break
		}
		delete(r.keys, k)
	}
	r.keys[key] = now
}

func (r *recent) drop(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.keys, key)
}

// turns keeps two deliveries of one thing from being answered at the same time: the second waits for what becomes of the first.
type turns struct {
	mu   sync.Mutex
	held map[string]chan struct{}
}

// once does something unless it was done: was is asked when nobody else is at it.
func (t *turns) once(key string, was func() bool, do func() answer) answer {
	for {
		t.mu.Lock()
		if t.held == nil {
			t.held = map[string]chan struct{}{}
		}
		busy := t.held[key]
		if busy == nil {
			if was() {
				t.mu.Unlock()
				return taken
			}
			free := make(chan struct{})
			t.held[key] = free
			t.mu.Unlock()
			defer func() {
				t.mu.Lock()
				delete(t.held, key)
				t.mu.Unlock()
				close(free)
			}()
			return do()
		}
		t.mu.Unlock()
		<-busy
	}
}

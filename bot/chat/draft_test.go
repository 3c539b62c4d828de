package chat_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/nod-chat/nod/bot/chat"
)

// place is a Redis or a Postgres, in memory.
type place struct {
	mu   sync.Mutex
	kept map[string]string
	down bool
}

var errDown = errors.New("connection refused")

func (p *place) do(what func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return errDown
	}
	if p.kept == nil {
		p.kept = map[string]string{}
	}
	what()
	return nil
}

func (p *place) Save(_ context.Context, owner, name string, state []byte) error {
	return p.do(func() { p.kept[owner+" "+name] = string(state) })
}

func (p *place) Load(_ context.Context, owner, name string) (state []byte, found bool, err error) {
	err = p.do(func() {
		var s string
		s, found = p.kept[owner+" "+name]
		state = []byte(s)
	})
	return state, found, err
}

func (p *place) Drop(_ context.Context, owner, name string) error {
	return p.do(func() { delete(p.kept, owner+" "+name) })
}

type rows struct{ place }

func (r *rows) SaveDraft(ctx context.Context, owner, name string, state []byte) error {
	return r.Save(ctx, owner, name, state)
}

func (r *rows) LoadDraft(ctx context.Context, owner, name string) ([]byte, bool, error) {
	return r.Load(ctx, owner, name)
}

func (r *rows) DropDraft(ctx context.Context, owner, name string) error {
	return r.Drop(ctx, owner, name)
}

// office keeps the drafts of a test.
type office struct {
	*chat.Drafts
	t    *testing.T
	fast *place
	slow *rows
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, fast: &place{}, slow: &rows{}}
	o.restart()
	return o
}

// restart begins with what the places hold, and nothing else.
func (o *office) restart() {
	o.Drafts = &chat.Drafts{Fast: o.fast, Slow: o.slow, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func (o *office) save(state string) {
	o.t.Helper()
	if err := o.Save(o.t.Context(), "lin", "open", []byte(state)); err != nil {
		o.t.Fatal(err)
	}
}

// finds looks for the draft; "": there is none, "?": that cannot be known.
func (o *office) finds(want string) {
	o.t.Helper()
	state, found, err := o.Load(o.t.Context(), "lin", "open")
	got := string(state)
	if err != nil {
		got = "?"
	}
	if got != want || found != (want != "" && want != "?") {
		o.t.Errorf("found %q, want %q", got, want)
	}
}

func (o *office) drop() {
	o.t.Helper()
	if err := o.Drop(o.t.Context(), "lin", "open"); err != nil && !o.fast.down && !o.slow.down {
		o.t.Fatal(err)
	}
	o.finds("")
}

// Redis goes away in the middle and comes back: the newest state is found, wherever it is.
func TestNewestDraftWins(t *testing.T) {
	o := newOffice(t)
	o.finds("")
	o.save("one")
	o.finds("one")
	if len(o.slow.kept) != 0 {
		t.Errorf("Postgres has %v while Redis answers", o.slow.kept)
	}
	o.fast.down = true
	o.finds("?") // it lies where nobody can look
	o.save("two")
	o.finds("two")
	o.fast.down = false // it still has the first
	o.finds("two")
	o.slow.down = true
	o.finds("?") // the first is not the newest
	o.slow.down = false
	o.save("three")
	o.finds("three")
	if len(o.slow.kept) != 0 {
		t.Errorf("Postgres still has %v", o.slow.kept)
	}
	o.fast.kept = nil // FLUSHALL
	o.finds("")
}

func TestDroppedDraftIsGone(t *testing.T) {
	o := newOffice(t)
	o.save("one")
	o.drop()
	o.save("two")
	o.fast.down = true
	o.save("three")
	o.drop()
	o.fast.down = false // it still has the second
	o.finds("")
	o.save("four")
	o.finds("four")
	o.fast.down = true
	if o.Drop(t.Context(), "lin", "open") == nil {
		t.Error("that Redis did not answer is not told")
	}
	o.finds("")
	o.fast.down = false
	o.finds("")
	o.drop()
	if len(o.fast.kept)+len(o.slow.kept) != 0 {
		t.Errorf("there is still %v %v", o.fast.kept, o.slow.kept)
	}
}

// What lies in Postgres outlives a restart, whether Redis answers by then or not.
func TestDraftOutlivesARestart(t *testing.T) {
	o := newOffice(t)
	o.fast.down = true
	o.save("one")
	o.restart()
	o.finds("one")
	o.fast.down = false
	o.finds("one")
}

// Two processes keep one draft after the other under a name: the one that is meant is found, also by the process whose newest is another.
func TestDraftOfAnotherProcess(t *testing.T) {
	o := newOffice(t)
	o.fast.down = true
	o.save("old form")
	o.fast.down = false
	if err := o.fast.Save(t.Context(), "lin", "open", []byte("new form")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"new", "old"} {
		state, found, err := o.Find(t.Context(), "lin", "open", func(state []byte) bool { return strings.HasPrefix(string(state), want) })
		if err != nil || !found || string(state) != want+" form" {
			t.Errorf("found %q %v, %v; want the %s one", state, found, err, want)
		}
	}
	if state, found, err := o.Find(t.Context(), "lin", "open", func([]byte) bool { return false }); found || err != nil {
		t.Errorf("found %q, %v", state, err)
	}
}

func TestDraftsArePeoplesOwn(t *testing.T) {
	o := newOffice(t)
	o.save("one")
	for _, other := range [][2]string{{"mallory", "open"}, {"lin", "form:leave"}} {
		if state, found, err := o.Load(t.Context(), other[0], other[1]); found || err != nil {
			t.Errorf("%v has %q, %v", other, state, err)
		}
	}
}

// One place is enough, and where there is none, that is told.
func TestFewerPlaces(t *testing.T) {
	for name, o := range map[string]*office{
		"Redis only":    {t: t, Drafts: &chat.Drafts{Fast: &place{}}, fast: &place{}, slow: &rows{}},
		"Postgres only": {t: t, Drafts: &chat.Drafts{Slow: &rows{}}, fast: &place{}, slow: &rows{}},
	} {
		t.Log(name)
		o.save("one")
		o.save("two")
		o.finds("two")
		o.drop()
	}
	for _, none := range []*chat.Drafts{nil, {}} {
		_, found, err := none.Load(t.Context(), "lin", "open")
		if none.Save(t.Context(), "lin", "open", nil) == nil || found || err != nil || none.Drop(t.Context(), "lin", "open") != nil {
			t.Error("nothing was kept, and nobody told")
		}
	}
	o := newOffice(t)
	o.fast.down, o.slow.down = true, true
	if err := o.Save(t.Context(), "lin", "open", []byte("one")); !errors.Is(err, errDown) {
		t.Error(err)
	}
}

package session_test

import (
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/storage/session"
)

const soon = 10 * time.Minute

func take(t *testing.T, s *session.Sessions, patience time.Duration, every, ahead time.Duration, keys ...string) (time.Duration, int) {
	t.Helper()
	all := func(d time.Duration) (list []time.Duration) {
		for range keys {
			list = append(list, d)
		}
		return list
	}
	wait, longest, err := s.Take(t.Context(), patience, keys, all(every), all(ahead))
	if err != nil {
		t.Fatal(err)
	}
	return wait, longest
}

// Two replicas take forty places at the same moment: five at once, and the others ten seconds apart, whoever takes them.
func TestPlacesAreTakenOnce(t *testing.T) {
	s, raw := open(t)
	other, _ := open(t)
	key := t.Name() + time.Now().String()
	began := time.Now()
	var mu sync.Mutex
	var takers sync.WaitGroup
	waits := map[int]int{} // by the tens of seconds after which they end
	for _, replica := range []*session.Sessions{s, other} {
		for range 20 {
			takers.Go(func() {
				wait, _, err := replica.Take(t.Context(), soon, []string{key}, []time.Duration{10 * time.Second}, []time.Duration{40 * time.Second})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				waits[int((wait+time.Since(began)).Round(10*time.Second)/(10*time.Second))]++
			})
		}
	}
	takers.Wait()
	for tens := range 36 {
		want := 1
		if tens == 0 {
			want = 5
		}
		if waits[tens] != want {
			t.Errorf("%d places after %d0 s, want %d", waits[tens], tens, want)
		}
	}
	if left := raw.TTL(t.Context(), "nod:pace:"+key).Val(); left < 380*time.Second || left > 401*time.Second {
		t.Errorf("the key is kept for %s", left)
	}
}

// A send that has to wait long for its chat uses up nothing of what all chats share.
func TestPlacesAreTakenTogetherOrNotAtAll(t *testing.T) {
	s, raw := open(t)
	chat, all := t.Name()+"chat", t.Name()+"all"
	raw.Del(t.Context(), "nod:pace:"+chat, "nod:pace:"+all)
	if wait, _ := take(t, s, soon, time.Hour, 0, chat); wait != 0 {
		t.Errorf("the first waits %s", wait)
	}
	for range 3 {
		if wait, longest := take(t, s, soon, time.Second, 0, all, chat); wait < 59*time.Minute || longest != 1 {
			t.Errorf("it waits %s for key %d", wait, longest)
		}
	}
	if wait, _ := take(t, s, soon, time.Second, 0, all); wait != 0 {
		t.Errorf("all chats wait %s for one", wait)
	}
}

func TestAHeldKeyIsHeldForEverybody(t *testing.T) {
	s, raw := open(t)
	other, _ := open(t)
	key := t.Name()
	raw.Del(t.Context(), "nod:pace:"+key)
	for _, wait := range []time.Duration{30 * time.Minute, time.Minute} { // a shorter wish does not end a longer one
		if err := s.Hold(t.Context(), key, wait); err != nil {
			t.Fatal(err)
		}
	}
	if wait, _ := take(t, other, soon, time.Second, 0, key); wait < 29*time.Minute || wait > 30*time.Minute {
		t.Errorf("another replica waits %s", wait)
	}
	if left := raw.TTL(t.Context(), "nod:pace:"+key).Val(); left > 31*time.Minute || left < 29*time.Minute {
		t.Errorf("the key is kept for %s", left)
	}
	raw.Del(t.Context(), "nod:pace:"+key)
	if wait, _ := take(t, other, soon, time.Second, 0, key); wait != 0 {
		t.Errorf("after Redis forgot everything it waits %s", wait)
	}
}

// I7: an absent Redis is an error, and no place.
func TestI7AbsentRedisGivesNoPlace(t *testing.T) {
	s, err := session.Open("redis://127.0.0.1:1/0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, _, err := s.Take(t.Context(), soon, []string{"k"}, []time.Duration{time.Second}, []time.Duration{0}); err == nil {
		t.Error("a place was given without Redis")
	}
	if err := s.Hold(t.Context(), "k", time.Second); err == nil {
		t.Error("a hold was taken without Redis")
	}
}

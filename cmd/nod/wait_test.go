package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/bottest"
)

// patience is how long a test waits for what must come. It is less than the lease of a claim, which is half a minute: what a killed program
// had claimed is free within five seconds, and nobody has to wait for its lease.
const patience = 25 * time.Second

// within looks until ok holds, less and less often since many look at the same moment, and is false when patience has run out.
func within(ok func() bool) bool {
	const first, last = 30 * time.Millisecond, 240 * time.Millisecond
	late := time.After(patience)
	for pause := first; !ok(); pause = min(pause*3/2, last) {
		select {
		case <-time.After(pause):
		case <-late:
			return false
		}
	}
	return true
}

// await waits until somebody's screen is as it should be.
func await(t *testing.T, d bottest.Driver, user, what string, ok func(bottest.Screen) bool) (screen bottest.Screen) {
	t.Helper()
	seen := within(func() bool {
		t.Helper()
		var err error
		if screen, err = d.Screen(t.Context(), user); err != nil {
			t.Fatal(err)
		}
		return ok(screen)
	})
	if !seen {
		t.Fatalf("%s does not see %s; they see\n%s", user, what, screen)
	}
	return screen
}

// awaitReady waits until a program that was just started says at its admin address that it is ready. It gets a minute: several may start at
// once, and each brings its database up to date.
func awaitReady(t *testing.T, admin string, ended <-chan struct{}, said *output) {
	t.Helper()
	look, late := time.NewTicker(20*time.Millisecond), time.After(time.Minute)
	defer look.Stop()
	for {
		if r, err := http.Get("http://" + admin + "/readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-look.C:
		case <-ended:
			t.Fatalf("the program ended at its start:\n%s", said)
		case <-late:
			t.Fatalf("the program does not become ready:\n%s", said)
		}
	}
}

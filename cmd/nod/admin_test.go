package main

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// What cannot be done without makes a replica unready; the rest only degrades it, and what is worth knowing stands beside.
func TestReadiness(t *testing.T) {
	down := errors.New("postgres://nod:hunter2@db/nod does not answer")
	part := func(name string, needed bool, err error, more string) check {
		return check{name: name, needed: needed, question: func(context.Context) error { return err }, more: func() string { return more }}
	}
	for _, c := range []struct {
		checks   []check
		stopping bool
		code     int
		body     map[string]string
	}{
		{[]check{part("postgres", true, nil, "2 open")}, false, 200, map[string]string{"status": "ready", "postgres": "ok", "postgres_detail": "2 open"}},
		{[]check{{name: "postgres", needed: true, question: func(context.Context) error { return nil }}, {name: "redis", question: func(context.Context) error { return down }}}, false, 200,
			map[string]string{"status": "degraded", "postgres": "ok", "redis": "down"}},
		{[]check{part("postgres", true, down, ""), part("slack", false, down, "no socket has been opened yet")}, false, 503,
			map[string]string{"status": "unavailable", "postgres": "down", "postgres_detail": "", "slack": "down", "slack_detail": "no socket has been opened yet"}},
		{nil, true, 503, map[string]string{"status": "stopping"}},
	} {
		var stopping atomic.Bool
		stopping.Store(c.stopping)
		w := httptest.NewRecorder()
		adminHandler(newMetrics(nil, nil, newLoops()), newLoops(), 1, &stopping, c.checks...).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		var body map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != c.code || !maps.Equal(body, c.body) {
			t.Errorf("%d %s, want %d %v", w.Code, w.Body, c.code, c.body)
		}
	}
}

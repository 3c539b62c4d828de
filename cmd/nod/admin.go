package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// check is one thing that readiness asks about.
type check struct {
	name     string
	needed   bool // without it nothing can be served; the others only degrade
	question func(ctx context.Context) error
	more     func() string // shown beside, also when all is well; nil: nothing, since an error may say more than everybody may read
}

// adminHandler serves what operators and their machines ask: whether the process lives, whether it does its work, and its figures.
func adminHandler(m *metrics, health *loops, chats int, stopping *atomic.Bool, checks ...check) http.Handler {
	mux := http.NewServeMux()
	// The process lives as long as it answers; a database that is down is no reason to kill it.
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		status, code := "ready", http.StatusOK
		parts := map[string]string{}
		for _, c := range checks {
			ctx, cancel := context.WithTimeout(r.Context(), time.Second)
			err := c.question(ctx)
			cancel()
			if c.more != nil {
				parts[c.name+"_detail"] = c.more()
			}
			switch {
			case err == nil:
				parts[c.name] = "ok"
			case c.needed:
				parts[c.name], status, code = "down", "unavailable", http.StatusServiceUnavailable
			default:
				parts[c.name] = "down"
				if code == http.StatusOK {
					status = "degraded"
				}
			}
		}
		var late []string
		for _, l := range health.late() {
			late = append(late, l.Name)
			parts[l.Name+"_detail"] = "has not done its work since " + l.Since.UTC().Format(time.RFC3339)
		}
		if len(late) > 0 {
			parts["late"] = strings.Join(late, ", ")
			if status == "ready" {
				status = "degraded"
			}
		}
		if !health.serves(chats) {
			status, code = "unavailable", http.StatusServiceUnavailable
		}
		if stopping.Load() {
			status, code = "stopping", http.StatusServiceUnavailable
		}
		parts["status"] = status
		writeJSON(w, code, parts)
	})
	mux.Handle("GET /metrics", m.handler())
	return mux
}

// writeJSON answers with plain data.
func writeJSON(w http.ResponseWriter, code int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // whoever asked has gone
}

// newServer makes an HTTP server with the limits that keep a slow or greedy client from holding it. Streams lift the write limit for
// themselves.
func newServer(handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
}

// listen opens an address; next makes it go on to the following ports when one is taken.
func listen(address string, next bool) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	first, err := strconv.Atoi(port)
	if err != nil || first == 0 || !next {
		return net.Listen("tcp", address)
	}
	for n := first; ; n++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(n)))
		if err == nil || !errors.Is(err, syscall.EADDRINUSE) || n == first+50 {
			return l, err
		}
	}
}

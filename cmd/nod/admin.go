package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// check is one thing that readiness asks about.
type check struct {
	name     string
	needed   bool // without it nothing can be served; the others only degrade
	question func(ctx context.Context) error
}

// adminHandler serves what operators and their machines ask: whether the process lives, whether it can work, and its figures.
func adminHandler(m *metrics, stopping *atomic.Bool, checks ...check) http.Handler {
	mux := http.NewServeMux()
	// The process lives as long as it answers; a database that is down is no reason to kill it.
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, map[string]string{"status": "ok"}) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		status, code := "ready", http.StatusOK
		parts := map[string]string{}
		for _, c := range checks {
			ctx, cancel := context.WithTimeout(r.Context(), time.Second)
			err := c.question(ctx)
			cancel()
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
		if stopping.Load() {
			status, code = "stopping", http.StatusServiceUnavailable
		}
		parts["status"] = status
		answer(w, code, parts)
	})
	mux.Handle("GET /metrics", m.handler())
	return mux
}

func answer(w http.ResponseWriter, code int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // whoever asked has gone
}

// newServer makes an HTTP server with the limits that keep a slow or greedy client from holding it. Streams lift the write limit for themselves.
func newServer(address string, handler http.Handler) *http.Server {
	return &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
}

func listen(address string) (net.Listener, error) {
	return net.Listen("tcp", address)
}

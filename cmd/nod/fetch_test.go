package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A file of rates comes by https, or from this machine, and from nowhere else, whatever an answer says; what does not come is one sentence.
func TestFetch(t *testing.T) {
	mux := http.NewServeMux()
	serve := func(path string, f http.HandlerFunc) { mux.HandleFunc(path, f) }
	sendsOn := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	serve("/rates.csv", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("Date, USD")) })
	serve("/moved.csv", sendsOn("/rates.csv"))
	serve("/elsewhere", sendsOn("http://192.0.2.1/rates.csv"))
	serve("/secure", sendsOn("https://127.0.0.1:1/rates.csv"))
	serve("/file", sendsOn("file:///etc/passwd"))
	serve("/round", sendsOn("/round"))
	serve("/most", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, fetchMost)) })
	serve("/more", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, fetchMost+1)) })
	serve("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "9")
		w.Write([]byte("Date"))
	})
	serve("/slow", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("Date"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	for path, size := range map[string]int{"/rates.csv": 9, "/moved.csv": 9, "/most": fetchMost} {
		if got, err := fetch(t.Context(), s.URL+path); err != nil || len(got) != size {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	for path, want := range map[string]string{
		"/elsewhere": "by http from this machine only", "/secure": "it sends on from http to https, which is not followed; give the URL that the file has now",
		"/file": "it sends on from http to file", "/round": "it sends on more than 5 times", "/none": "answers 404 Not Found instead of the file",
		"/more": "is larger than 16 MiB", "/cut": "unexpected EOF; look at the URL and the network, or save the file and import that",
	} {
		if got, err := fetch(t.Context(), s.URL+path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), s.URL+path) {
			t.Errorf("%s: %d bytes, %v, want %s", path, len(got), err, want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := fetch(ctx, s.URL+"/slow"); err == nil || !strings.Contains(err.Error(), "did not give the whole file within 30s; try again") {
		t.Errorf("a slow server: %v", err)
	}
	for address, want := range map[string]string{
		"http://example.com/rates.csv": "by http from this machine only", "http://10.0.0.1/": "by http from this machine only", "ftp://localhost/rates.csv": "not by ftp",
		"file:///etc/passwd": "no URL", "https://": "no URL", "://": "no URL", "http://localhost.example.com/": "this machine only",
		"https://lin:secret@example.com/": "a URL that holds a password is not fetched",
	} {
		_, err := fetch(t.Context(), address)
		var wrong usageError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %s", address, err, want)
		}
	}
}

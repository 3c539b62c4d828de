package web

import (
	"crypto/rand"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/nod-chat/nod/bot/chat"
)

// policy lets a page load from here and nothing else, and run no code that stands in a page: what somebody typed could at worst be read.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
	"frame-src 'self'; frame-ancestors 'self'; base-uri 'none'"

const (
	maxBody     = 64 << 10
	maxForm     = 256 << 10 // of a form without files: fifty lines of Chinese, each letter of which takes nine bytes
	tokenCookie = "nod_csrf"
	tokenHeader = "X-CSRF-Token"
)

// guard lets in only browsers on this machine that were sent here by these pages. There is no login behind it: whoever passes may act as
// anybody.
//
// Who would like to pass and why they do not: another machine (the peer's address), a foreign site whose name was pointed at 127.0.0.1 (the
// Host), a foreign page that posts or frames (Origin, Sec-Fetch-Site, frame-ancestors), a page of another program on this machine (Origin
// has the port; it cannot read the token).
func guard(bodies *chat.Bodies, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "SAMEORIGIN")
		h.Set("Referrer-Policy", "same-origin") // "no-referrer" would turn a post's Origin into null
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")

		switch {
		case !fromHere(r.RemoteAddr):
			chat.Refuse(w, http.StatusForbidden, "The web chat is for this machine only.")
		case !loopbackHost(r.Host):
			chat.Refuse(w, http.StatusForbidden, "Open the web chat as http://localhost or http://127.0.0.1 with its port.")
		case foreign(r):
			chat.Refuse(w, http.StatusForbidden, "Another site may not use the web chat.")
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			next.ServeHTTP(w, r)
		case r.Header.Get("Origin") != "http://"+r.Host:
			chat.Refuse(w, http.StatusForbidden, "This was not sent from a page of the web chat.")
		case !sameToken(r):
			chat.Refuse(w, http.StatusForbidden, "This page is out of date. Please reload it.")
		default:
			most, held := int64(maxBody), int64(maxForm)
			switch {
			case uploads(r):
				most, held = maxUpload, inMemory
			case bringsForm(r):
				most = maxForm
			}
			if r.ContentLength > most {
				chat.Refuse(w, http.StatusRequestEntityTooLarge, "This is too much to send at once.")
				return
			}
			defer bodies.Bound(w, r, most, held)()
			next.ServeHTTP(w, r)
		}
	})
}

func fromHere(remote string) bool {
	peer, err := netip.ParseAddrPort(remote)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

func loopbackHost(hostport string) bool {
	u, err := url.Parse("http://" + hostport)
	if err != nil || u.Host != hostport {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}

// foreign tells whether another site's page asks. Following a link from one is fine.
func foreign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	}
	navigates := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	return !navigates
}

// sameToken compares the token that a page was given with the cookie beside it.
func sameToken(r *http.Request) bool {
	cookie, err := r.Cookie(tokenCookie)
	if err != nil || len(cookie.Value) < 26 {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(r.Header.Get(tokenHeader))) == 1
}

// token gives the browser's token for a page, and the browser one if it has none. It outlives the program, so that a page that was open
// during a restart goes on working.
func token(w http.ResponseWriter, r *http.Request) string {
	if cookie, err := r.Cookie(tokenCookie); err == nil && len(cookie.Value) >= 26 {
		return cookie.Value
	}
	value := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return value
}

package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	tg "github.com/go-telegram/bot"

	"github.com/nod-chat/nod/bot/deliver"
)

const (
	callTime   = 15 * time.Second
	mostAnswer = 16 << 20 // of bytes that are read of an answer
)

// client is the library's client behind a caller of our own, and getUpdates, which the library keeps to itself.
type client struct {
	*tg.Bot
	poll  *caller
	fetch *http.Client // of files
	url   string       // of the methods; it holds the token
	files string       // below it lie the files; it holds the token
}

func newClient(token, base string, wait time.Duration) (*client, error) {
	if base == "" {
		base = "https://api.telegram.org"
	}
	base = strings.TrimRight(base, "/")
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32
	calling := func(timeout time.Duration) *http.Client {
		return &http.Client{Transport: transport, Timeout: timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // the token goes nowhere else
	}
	// The library asks for getMe at once unless it is told not to; nod must start while Telegram is down.
	b, err := tg.New(token, tg.WithSkipGetMe(), tg.WithServerURL(base), tg.WithHTTPClient(wait, &caller{calling(callTime)}),
		tg.WithErrorsHandler(func(error) {}))
	if err != nil {
		return nil, err
	}
	return &client{Bot: b, poll: &caller{calling(wait + callTime)}, fetch: calling(callTime), url: base + "/bot" + token + "/",
		files: base + "/file/bot" + token + "/"}, nil
}

// caller is what every call goes through. It says what the library does not: whether a failed call may have been carried out, how long to
// wait; and it keeps the token, which is in every address, and a gateway's page out of errors.
type caller struct{ client *http.Client }

// callError is a call that failed on its way.
type callError struct {
	what string
	lost bool          // it may have been carried out
	wait time.Duration // Telegram asks to be left alone for so long
}

func (e *callError) Error() string { return e.what }

func (d *caller) Do(r *http.Request) (*http.Response, error) {
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}
	resp, err := d.client.Do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		return nil, &callError{what: "Telegram did not answer: " + plain(err), lost: sent.Load()}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil {
		return nil, &callError{what: "Telegram's answer broke off: " + plain(err), lost: true}
	}
	var answer struct {
		OK         bool `json:"ok"`
		Code       int  `json:"error_code"`
		Parameters struct {
			RetryAfter int `json:"retry_after"`
		} `json:"parameters"`
	}
	switch err := json.Unmarshal(body, &answer); {
	case err != nil:
		return nil, &callError{what: fmt.Sprintf("Telegram answered HTTP %d without JSON", resp.StatusCode), lost: true}
	case resp.StatusCode >= 500 || answer.Code >= 500:
		return nil, &callError{what: fmt.Sprintf("Telegram answered HTTP %d", resp.StatusCode), lost: true}
	case answer.Code == http.StatusTooManyRequests:
		return nil, &callError{what: fmt.Sprintf("Telegram asks to wait %d s", answer.Parameters.RetryAfter),
			wait: time.Duration(max(answer.Parameters.RetryAfter, 1)) * time.Second}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// plain is an error without the address, which holds the token.
func plain(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return "time-out"
		}
		return u.Err.Error()
	}
	return err.Error()
}

// getUpdates asks for what happened from offset on, and so acknowledges what was before it; 0 acknowledges nothing.
func (c *client) getUpdates(ctx context.Context, offset int64, limit int, wait time.Duration) ([]json.RawMessage, error) {
	arguments, err := json.Marshal(map[string]any{"offset": offset, "timeout": int(wait / time.Second), "limit": limit,
		"allowed_updates": wanted})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"getUpdates", bytes.NewReader(arguments))
	if err != nil {
		return nil, errors.New("TELEGRAM_API_URL is no address") // the error would hold the token
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.poll.Do(r)
	if err != nil {
		return nil, err
	}
	var answer struct {
		OK          bool              `json:"ok"`
		Code        int               `json:"error_code"`
		Description string            `json:"description"`
		Result      []json.RawMessage `json:"result"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read updates: %w", err)
	}
	if !answer.OK {
		if answer.Code == http.StatusConflict {
			return nil, fmt.Errorf("%w: %s", tg.ErrorConflict, answer.Description)
		}
		return nil, errors.New("Telegram refused getUpdates: " + answer.Description)
	}
	return answer.Result, nil
}

// Telegram tells apart by words only what its codes do not; each of these is compared once, here (telegram-bot-api, Client.cpp).
var (
	goneWords    = []string{"chat not found", "user not found", "peer_id_invalid"}
	missingWords = []string{"message to edit not found", "message can't be edited", "message_id_invalid",
		"there is no text in the message to edit"}
	deletedWords = []string{"message to delete not found"}
	sameWords    = []string{"message is not modified"}
	lateWords    = []string{"query is too old", "query_id_invalid"}
	largeWords   = []string{"file is too big"}
)

func says(err error, words []string) bool {
	if err == nil {
		return false
	}
	text := strings.ToLower(err.Error())
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

func retryAfter(err error) (time.Duration, bool) {
	var call *callError
	if errors.As(err, &call) && call.wait > 0 {
		return call.wait, true
	}
	return 0, false
}

func lost(err error) bool {
	var call *callError
	return errors.As(err, &call) && call.lost
}

// outcome tells what is known of a send that failed, in deliver's terms.
func outcome(err error) error {
	if err == nil || says(err, sameWords) {
		return nil
	}
	if wait, ok := retryAfter(err); ok {
		return deliver.RetryAfter{Wait: wait}
	}
	switch {
	case lost(err):
		return fmt.Errorf("%w: %w", deliver.ErrLost, err)
	case errors.Is(err, tg.ErrorForbidden): // blocked, deactivated, never started, kicked: it stays so until the user comes back
		return deliver.ErrGone
	case errors.Is(err, tg.ErrorBadRequest) && says(err, missingWords):
		return deliver.ErrMissing
	case errors.Is(err, tg.ErrorBadRequest) && says(err, goneWords):
		return deliver.ErrGone
	}
	return err
}

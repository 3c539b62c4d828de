package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot/deliver"
)

// called are the methods of the Web API that this adapter calls, each with the scopes that its token needs for it:
// docs.slack.dev/reference/methods. A test holds them against the manifest, and against what is really called.
var called = map[string][]string{
	"apps.connections.open":        {"connections:write"}, // the app-level token's
	"auth.test":                    nil,
	"chat.postEphemeral":           {"chat:write"},
	"chat.postMessage":             {"chat:write"},
	"chat.update":                  {"chat:write"},
	"conversations.history":        {"im:history"},
	"conversations.open":           {"im:write"},
	"files.completeUploadExternal": {"files:write"},
	"files.getUploadURLExternal":   {"files:write"},
	"files.info":                   {"files:read"}, // as a file_input and the download do
	"users.info":                   {"users:read"},
	"users.list":                   {"users:read"},
	"users.lookupByEmail":          {"users:read.email"},
	"views.open":                   nil,
	"views.publish":                nil,
	"views.update":                 nil,
}

// Scopes lists, in order, what the bot token has to be allowed.
func Scopes() []string {
	list := []string{"commands"}
	for method, scopes := range called {
		if method != "apps.connections.open" {
			list = append(list, scopes...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tokenCodes are what Slack says of a token that will not get better by trying: docs.slack.dev/reference/methods/auth.test.
var tokenCodes = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}

// client calls Slack. It never tries twice by itself: a repeated post would be a second message, and only the caller knows what a lost
// answer means.
type client struct {
	api   *slackapi.Client
	http  *http.Client
	url   string
	token string
}

const (
	apiURL    = "https://slack.com/api/"
	callTime  = 8 * time.Second // shorter than a sender's patience
	replySize = 4 << 20
	kept      = 64 // connections to a host that wait for the next call, as many as presses may come at once
)

func newClient(botToken, appToken, address string) *client {
	if address == "" {
		address = apiURL
	}
	if !strings.HasSuffix(address, "/") { // slack-go joins without one
		address += "/"
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = kept // Go keeps two, so that most answers would dial anew
	// the token goes nowhere else
	h := &http.Client{Transport: transport, Timeout: callTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &client{http: h, url: address, token: botToken,
		api: slackapi.New(botToken, slackapi.OptionAPIURL(address), slackapi.OptionAppLevelToken(appToken), slackapi.OptionHTTPClient(h))}
}

// failure is a call that did not do what it should. It says what is known, and holds neither address nor token: errors of net/http would
// bring the address of a response_url or a socket, which are secrets.
type failure struct {
	method string
	code   string // Slack's, when it answered
	detail string
	needed string // with missing_scope: which
	cause  error  // deliver.ErrLost, a deliver.RetryAfter, or nil: surely nothing happened
}

func (f *failure) Error() string {
	text := f.method + ": "
	if f.code != "" {
		text += f.code
	}
	if f.detail != "" {
		text += " (" + f.detail + ")"
	}
	return strings.TrimSuffix(text, ": ")
}

func (f *failure) Unwrap() error { return f.cause }

// code gives Slack's error code of a failed call; empty when it is none.
func code(err error) string {
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return ""
}

// judge says what is known of a call that failed. Slack's codes after which something may have happened all the same:
// docs.slack.dev/reference/methods, internal_error, fatal_error, request_timeout, service_unavailable.
func judge(method string, err error) error {
	if err == nil {
		return nil
	}
	f := &failure{method: method, cause: deliver.ErrLost}
	var (
		refused slackapi.SlackErrorResponse
		limited *slackapi.RateLimitedError
		status  slackapi.StatusCodeError
		dial    *net.OpError
	)
	switch {
	case errors.As(err, &limited):
		f.code, f.cause = "ratelimited", deliver.RetryAfter{Wait: max(limited.RetryAfter, time.Second)}
	case errors.As(err, &refused):
		f.code, f.cause = refused.Err, nil
		f.detail = strings.Join(refused.ResponseMetadata.Messages, "; ")
		if refused.Needed != "" {
			f.needed, f.detail = refused.Needed, "needs "+refused.Needed
		}
		switch refused.Err {
		case "internal_error", "fatal_error", "request_timeout", "service_unavailable":
			f.cause = deliver.ErrLost
		case "ratelimited", "rate_limited":
			f.cause = deliver.RetryAfter{Wait: time.Second}
		}
	case errors.As(err, &status):
		f.detail = "HTTP " + strconv.Itoa(status.Code)
		switch {
		case status.Code == http.StatusTooManyRequests:
			f.cause = deliver.RetryAfter{Wait: time.Second}
		case status.Code < http.StatusInternalServerError:
			f.cause = nil
		}
	case errors.As(err, &dial) && dial.Op == "dial": // never sent
		f.detail, f.cause = "no connection to Slack", nil
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), isTimeout(err):
		f.detail = "no answer in time"
	default:
		f.detail = "no answer that could be read"
	}
	return f
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

func (c *client) authTest(ctx context.Context) (Installation, error) {
	const method = "auth.test"
	body, header, err := c.send(ctx, method, c.url+method, "application/x-www-form-urlencoded", "Bearer "+c.token, nil)
	if err != nil {
		return Installation{}, err
	}
	var r struct {
		slackapi.SlackResponse
		slackapi.AuthTestResponse
		OrgWide loose `json:"is_enterprise_install"` // which slack-go leaves out
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return Installation{}, judge(method, err)
	}
	if err := r.Err(); err != nil {
		return Installation{}, judge(method, err)
	}
	in := Installation{Team: r.TeamID, TeamName: r.Team, Org: r.EnterpriseID, BotUser: r.UserID}
	in.OrgWide = bool(r.OrgWide) || in.Org != "" && (in.Team == "" || in.Team == in.Org)
	for scope := range strings.SplitSeq(header.Get("X-OAuth-Scopes"), ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			in.Scopes = append(in.Scopes, scope)
		}
	}
	return in, nil
}

func (c *client) openChannel(ctx context.Context, user string) (string, error) {
	ch, _, _, err := c.api.OpenConversationContext(ctx, &slackapi.OpenConversationParameters{Users: []string{user}})
	if err != nil {
		return "", judge("conversations.open", err)
	}
	if ch == nil || ch.ID == "" {
		return "", &failure{method: "conversations.open", detail: "no channel in the answer"}
	}
	return ch.ID, nil
}

func (c *client) post(ctx context.Context, channel string, d drawing) (ts string, err error) {
	_, ts, err = c.api.PostMessageContext(ctx, channel, d.options()...)
	return ts, judge("chat.postMessage", err)
}

func (c *client) update(ctx context.Context, channel, ts string, d drawing) error {
	_, _, _, err := c.api.UpdateMessageContext(ctx, channel, ts, d.options()...)
	return judge("chat.update", err)
}

func (c *client) ephemeral(ctx context.Context, channel, user string, d drawing) error {
	_, err := c.api.PostEphemeralContext(ctx, channel, user, d.options()...)
	return judge("chat.postEphemeral", err)
}

func (c *client) openView(ctx context.Context, trigger string, v slackapi.ModalViewRequest) (viewRef, error) {
	r, err := c.api.OpenViewContext(ctx, trigger, v)
	if err != nil {
		return viewRef{}, judge("views.open", err)
	}
	return viewRef{id: r.View.ID, hash: r.View.Hash}, nil
}

func (c *client) updateView(ctx context.Context, at viewRef, v slackapi.ModalViewRequest) (viewRef, error) {
	external := at.external
	if at.id != "" {
		external = ""
	}
	r, err := c.api.UpdateViewContext(ctx, v, external, at.hash, at.id)
	if err != nil {
		return at, judge("views.update", err)
	}
	return viewRef{id: r.View.ID, hash: r.View.Hash}, nil
}

func (c *client) publish(ctx context.Context, user, hash string, v slackapi.HomeTabViewRequest) error {
	_, err := c.api.PublishViewContext(ctx, slackapi.PublishViewContextRequest{UserID: user, View: v, Hash: orNil(hash)})
	return judge("views.publish", err)
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (c *client) user(ctx context.Context, id string) (*slackapi.User, error) {
	u, err := c.api.GetUserInfoContext(ctx, id)
	return u, judge("users.info", err)
}

func (c *client) userByEmail(ctx context.Context, email string) (*slackapi.User, error) {
	u, err := c.api.GetUserByEmailContext(ctx, email)
	return u, judge("users.lookupByEmail", err)
}

// users lists the workspace, in pages of the size that Slack advises (docs.slack.dev/apis/web-api/pagination).
func (c *client) users(ctx context.Context) ([]slackapi.User, error) {
	all, err := c.api.GetUsersContext(ctx, slackapi.GetUsersOptionLimit(200))
	return all, judge("users.list", err)
}

func (c *client) openSocket(ctx context.Context) (address string, err error) {
	_, address, err = c.api.StartSocketModeContext(ctx)
	return address, judge("apps.connections.open", err)
}

// posted is as much of a message as is read back.
type posted struct {
	TS       string `json:"ts"`
	Metadata struct {
		Type    string          `json:"event_type"`
		Payload json.RawMessage `json:"event_payload"`
	} `json:"metadata"`
}

// history reads a page of a channel, newest first. It decodes nothing else of the messages: slack-go's decoding of whole messages fails on
// blocks that it does not know, which people's own messages bring (slack-go#1539).
func (c *client) history(ctx context.Context, channel, cursor string, limit int) (page []posted, next string, err error) {
	const method = "conversations.history"
	form := url.Values{"channel": {channel}, "limit": {strconv.Itoa(limit)}, "include_all_metadata": {"true"}}
	if cursor != "" {
		form.Set("cursor", cursor)
	}
	body, _, err := c.send(ctx, method, c.url+method, "application/x-www-form-urlencoded", "Bearer "+c.token, []byte(form.Encode()))
	if err != nil {
		return nil, "", err
	}
	var r struct {
		slackapi.SlackResponse
		Messages []posted `json:"messages"`
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, "", judge(method, err)
	}
	return r.Messages, r.ResponseMetadata.Cursor, judge(method, r.Err())
}

// respond uses a response_url: docs.slack.dev/interactivity/handling-user-interaction. It answers in plain text. replace puts it in the
// place of the message whose button was pressed; else only the one who pressed it sees it.
func (c *client) respond(ctx context.Context, address string, d drawing, replace bool) error {
	kind := "ephemeral"
	if replace {
		kind = ""
	}
	body, err := json.Marshal(struct {
		Type    string           `json:"response_type,omitempty"`
		Replace bool             `json:"replace_original"` // said explicitly: the default differs (howdyai/botkit#446)
		Text    string           `json:"text"`
		Blocks  []slackapi.Block `json:"blocks,omitempty"`
	}{kind, replace, d.text, d.blocks})
	if err != nil {
		return fmt.Errorf("draw an answer: %w", err)
	}
	_, _, err = c.send(ctx, "response_url", address, "application/json", "", body)
	return err
}

func (c *client) send(ctx context.Context, method, address, contentType, authorization string, body []byte) (
	answer []byte, header http.Header, err error,
) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, nil, &failure{method: method, detail: "no valid address"}
	}
	r.Header.Set("Content-Type", contentType)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, nil, judge(method, err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, replySize))
	if err != nil {
		return nil, nil, judge(method, err)
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return nil, nil, judge(method, &slackapi.RateLimitedError{RetryAfter: time.Duration(seconds) * time.Second})
	}
	if resp.StatusCode != http.StatusOK {
		f := judge(method, slackapi.StatusCodeError{Code: resp.StatusCode}).(*failure)
		if text := string(answer); slices.Contains([]string{"expired_url", "used_url", "invalid_blocks", "no_text", "no_service"}, text) {
			f.code = text
		}
		return nil, nil, f
	}
	return answer, resp.Header, nil
}

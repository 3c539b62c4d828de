package slacktest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// patience is how long Slack waits for an acknowledgement: [interact], [events].
const patience = 3 * time.Second

// Outcome is what an app did with something that Slack sent.
type Outcome struct {
	Status int // of HTTP; 200 for an acknowledged envelope, 0 for none
	Body   []byte
	Header http.Header
	Err    error // no answer: timed out, refused, cut
}

// OK tells whether it was acknowledged.
func (o Outcome) OK() bool { return o.Err == nil && o.Status/100 == 2 }

// transport takes what Slack sends to an app.
type transport interface {
	send(ctx context.Context, kind string, body any, retry int, reason string) Outcome
}

// The kinds of what Slack sends, as the types of envelopes.
const (
	commands    = "slash_commands"
	interactive = "interactive"
	eventsAPI   = "events_api"
)

// UseHTTP has everything sent to an app at this address.
func (s *Server) UseHTTP(address string) { s.app = &overHTTP{s, address} }

// UseSockets has everything sent through Socket Mode.
func (s *Server) UseSockets() { s.app = &s.sockets; s.sockets.server = s }

type overHTTP struct {
	server  *Server
	address string
}

// Sign makes the headers of a signed request: [sign].
func Sign(secret string, at time.Time, body []byte) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	h := http.Header{}
	h.Set("X-Slack-Request-Timestamp", stamp)
	h.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return h
}

func (o *overHTTP) send(ctx context.Context, kind string, body any, retry int, reason string) Outcome {
	path, contentType, raw := encode(kind, body)
	header := Sign(SigningSecret, o.server.config.Now(), raw)
	header.Set("Content-Type", contentType)
	if retry > 0 {
		header.Set("X-Slack-Retry-Num", strconv.Itoa(retry))
		header.Set("X-Slack-Retry-Reason", reason)
	}
	return Post(ctx, o.address+path, header, raw)
}

// encode writes a payload as Slack sends it over HTTP.
func encode(kind string, body any) (path, contentType string, raw []byte) {
	switch kind {
	case commands:
		values := url.Values{}
		for name, v := range body.(map[string]any) {
			values.Set(name, fmt.Sprint(v))
		}
		return "/slack/commands", "application/x-www-form-urlencoded", []byte(values.Encode())
	case interactive:
		payload, _ := json.Marshal(body)
		return "/slack/interactions", "application/x-www-form-urlencoded", []byte(url.Values{"payload": {string(payload)}}.Encode())
	}
	raw, _ = json.Marshal(body)
	return "/slack/events", "application/json", raw
}

// Post sends one request and waits as long as Slack does.
func Post(ctx context.Context, address string, header http.Header, body []byte) Outcome {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return Outcome{Err: err}
	}
	r.Header = header
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return Outcome{Err: err}
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return Outcome{Status: resp.StatusCode, Body: answer, Header: resp.Header, Err: err}
}

// Signed sends a body of one's own making to a path of the app, signed as Slack would now.
func (s *Server) Signed(ctx context.Context, path, contentType string, body []byte) Outcome {
	header := Sign(SigningSecret, s.config.Now(), body)
	header.Set("Content-Type", contentType)
	return Post(ctx, s.app.(*overHTTP).address+path, header, body)
}

// escapeText is what Slack does to text in commands and events: docs.slack.dev/messaging/formatting-message-text.
var escapeText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

var (
	typedLink  = regexp.MustCompile(`https?://[^\s<>|。，；）]+`)
	typedEmail = regexp.MustCompile(`[a-zA-Z0-9.+-]+@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+`)
	typedHost  = regexp.MustCompile(`\b[a-z0-9-]+\.(example|com|org|cn)\b`)
)

// encode is what Slack makes of a text in events, and in commands that are registered with should_escape: people who are picked from the
// list become their IDs, and addresses links; s.mu is held.
func (s *Server) encode(typed string) string {
	text := escapeText.Replace(typed)
	var marks []string
	mark := func(m string) string { // set aside, so that nothing is found in it again
		marks = append(marks, m)
		return "\x00" + strconv.Itoa(len(marks)-1) + "\x00"
	}
	text = typedLink.ReplaceAllStringFunc(text, func(m string) string { return mark("<" + m + ">") })
	text = typedEmail.ReplaceAllStringFunc(text, func(m string) string { return mark("<mailto:" + m + "|" + m + ">") })
	text = typedHost.ReplaceAllStringFunc(text, func(m string) string { return mark("<http://" + m + "|" + m + ">") })
	users := slices.SortedFunc(maps.Values(s.users), func(a, b *User) int { return len(b.Name) - len(a.Name) })
	for _, u := range users {
		if u.Name != "" {
			text = strings.ReplaceAll(text, "@"+u.Name, mark("<@"+u.ID+">"))
		}
	}
	for n, m := range marks {
		text = strings.ReplaceAll(text, "\x00"+strconv.Itoa(n)+"\x00", m)
	}
	return text
}

// CommandPayload is a slash command as it is sent.
func (s *Server) CommandPayload(user, channelID, name, typed string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	payload := map[string]any{"token": "verification", "team_id": s.typesIn(s.users[user]), "team_domain": "lantern",
		"channel_id": channelID, "channel_name": "directmessage", "user_id": user,
		"user_name": strings.ToLower(user), "command": "/" + name, "text": s.encode(typed), "api_app_id": AppID,
		"is_enterprise_install": strconv.FormatBool(s.config.OrgWide), "response_url": s.newHook(user, channelID, ""),
		"trigger_id": s.newTrigger(user, "")}
	if s.config.Org != "" {
		payload["enterprise_id"], payload["enterprise_name"] = s.config.Org, "Lantern Group"
	}
	return payload
}

// SendCommand sends a slash command and shows its user what came back.
func (s *Server) SendCommand(ctx context.Context, payload map[string]any) Outcome {
	o := s.app.send(ctx, commands, payload, 0, "")
	user := payload["user_id"].(string)
	switch {
	case errors.Is(o.Err, context.DeadlineExceeded):
		s.note(user, payload["command"].(string)+" failed with the error \"operation_timeout\"")
	case !o.OK():
		s.note(user, payload["command"].(string)+" failed with the error \"dispatch_failed\"")
	case len(bytes.TrimSpace(o.Body)) > 0:
		s.mu.Lock()
		defer s.mu.Unlock()
		if code := s.useHook(&hook{user: user, channel: payload["channel_id"].(string), at: s.config.Now()}, o.Body); code != "" {
			s.notes[user] = append(s.notes[user], payload["command"].(string)+" answered with "+code)
		}
	}
	return o
}

// Interact sends an interaction of a user.
func (s *Server) Interact(ctx context.Context, payload map[string]any) Outcome {
	o := s.app.send(ctx, interactive, payload, 0, "")
	user := payload["user"].(map[string]any)["id"].(string)
	if payload["type"] == "view_submission" {
		s.submitted(user, payload["view"].(map[string]any)["id"].(string), o)
		return o
	}
	if !o.OK() {
		s.note(user, "This app is not responding. Try again.")
	}
	return o
}

// trouble is what a user reads below a form whose answer Slack did not understand.
const trouble = "We had some trouble connecting. Try again?"

// submitted does to a form what the app answered: [interact], docs.slack.dev/surfaces/modals. The keys of errors are block ids of input
// blocks.
func (s *Server) submitted(user, id string, o Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	refuse := func(why string) { s.notes[user] = append(s.notes[user], trouble+" ("+why+")") }
	v := s.views[id]
	stack := s.modals[user]
	var answer struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	switch body := bytes.TrimSpace(o.Body); {
	case !o.OK():
		refuse(fmt.Sprint(o.Status, " ", o.Err))
		return
	case len(stack) == 0 || stack[len(stack)-1] != v:
		return // the form is gone already: a second press of Submit
	case len(body) == 0:
		s.modals[user] = stack[:len(stack)-1]
		return
	case json.Unmarshal(body, &answer) != nil:
		refuse("no JSON")
		return
	}
	switch answer.Action {
	case "clear":
		s.modals[user] = nil
	case "errors":
		inputs := map[string]bool{}
		for _, b := range v.blocks() {
			if b["type"] == "input" {
				inputs[stringOf(b["block_id"])] = true
			}
		}
		if len(answer.Errors) == 0 {
			refuse("errors without any")
			return
		}
		for at := range answer.Errors {
			if !inputs[at] {
				refuse("no input block " + at)
				return
			}
		}
		v.errors = answer.Errors
	case "update":
		if refused, code := s.replace(v, answer.View); code != "" {
			refuse(fmt.Sprint(code, refused))
		}
	case "push":
		pushed, refused, code := s.newView(answer.View, inModal, user, v.root)
		if code != "" || len(stack) >= stackLimit {
			refuse(fmt.Sprint(code, refused))
			return
		}
		s.modals[user] = append(stack, pushed)
	default:
		refuse("unknown response_action " + answer.Action)
	}
}

// EventPayload wraps an event as the Events API does.
func (s *Server) EventPayload(event map[string]any) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	team := TeamID
	if s.config.OrgWide {
		team = "" // an installation for an organisation is of no workspace: [grid]
	}
	shared := event["user_team"] != nil
	payload := map[string]any{"token": "verification", "team_id": TeamID, "api_app_id": AppID, "type": "event_callback",
		"event_id": s.id("Ev"), "event_time": s.config.Now().Unix(), "event_context": "4-context", "is_ext_shared_channel": shared,
		"event": event, "context_team_id": TeamID, "context_enterprise_id": orNil(s.config.Org),
		"authorizations": []any{map[string]any{"enterprise_id": orNil(s.config.Org), "team_id": orNil(team), "user_id": BotUser,
			"is_bot": true, "is_enterprise_install": s.config.OrgWide}}}
	if s.config.Org != "" {
		payload["enterprise_id"] = s.config.Org
	}
	return payload
}

// MessageEvent writes a line into the direct channel and gives its event.
func (s *Server) MessageEvent(user, typed string) map[string]any {
	s.mu.Lock()
	m := &Message{Channel: DirectChannel(user), User: user, Text: s.encode(typed)}
	c := s.direct(user)
	m.TS = s.stamp()
	c.messages = append(c.messages, m)
	u := s.users[user]
	team, stranger := s.said(u), u.Stranger
	s.mu.Unlock()
	// A client sends what was typed as rich_text, which slack-go's full decoding may stumble over; nobody should need it.
	blocks := []any{map[string]any{"type": "rich_text", "block_id": "x", "elements": []any{map[string]any{"type": "of_tomorrow"}}}}
	event := map[string]any{"type": "message", "channel": m.Channel, "channel_type": "im", "user": user, "team": team,
		"text": m.Text, "ts": m.TS, "event_ts": m.TS, "client_msg_id": "c-" + m.TS, "blocks": blocks}
	if stranger { // between companies the channel's team stands where the writer's does elsewhere: [grid]
		event["team"], event["user_team"], event["source_team"] = TeamID, team, team
	}
	return s.EventPayload(event)
}

// SendEvent sends an event and repeats it as Slack does, until it is taken: at once, after a minute, after five, then never again. Time
// passes in between only as far as pass lets it; nil: not at all. A non-2xx answer with X-Slack-No-Retry: 1 ends it, a timeout does not:
// [events].
func (s *Server) SendEvent(ctx context.Context, payload map[string]any, pass func(time.Duration)) []Outcome {
	var all []Outcome
	reason := ""
	for try, wait := range []time.Duration{0, 0, time.Minute, 5 * time.Minute} {
		if wait > 0 && pass != nil {
			pass(wait)
		}
		o := s.app.send(ctx, eventsAPI, payload, try, reason)
		all = append(all, o)
		if o.OK() || o.Err == nil && o.Header.Get("X-Slack-No-Retry") == "1" {
			break
		}
		reason = "http_error"
		if o.Err != nil {
			reason = "http_timeout"
		}
	}
	return all
}

package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	keep      = 24 * time.Hour    // [api] Getting updates
	keepPress = 150 * time.Second // [srv] add_update(CallbackQuery, …, 150, …)
	mostPoll  = 50                // [srv] LONG_POLL_MAX_TIMEOUT
)

// Update is something that happened and that the bot has not acknowledged yet.
type Update struct {
	ID      int64
	Kind    string
	Body    json.RawMessage
	lane    string // [srv] webhook_queue_id: one queue for a chat's messages and one for a user's presses
	expires time.Time
	fails   int
	done    chan struct{}
	dropped bool
}

// Done is closed when the bot has acknowledged the update, or it was dropped.
func (u *Update) Done() <-chan struct{} { return u.done }

// Dropped tells whether it expired before the bot acknowledged it; look after Done.
func (u *Update) Dropped() bool { return u.dropped }

// add stores an update; s.mu is held.
func (s *Server) add(kind, lane string, life time.Duration, content any) *Update {
	s.updateID++
	return s.addAs(s.updateID, kind, lane, life, content)
}

func (s *Server) addAs(id int64, kind, lane string, life time.Duration, content any) *Update {
	body, err := json.Marshal(map[string]any{"update_id": id, kind: content})
	if err != nil {
		panic(err)
	}
	u := &Update{ID: id, Kind: kind, Body: body, lane: lane, expires: s.options.Now().Add(life), done: make(chan struct{})}
	s.pending = append(s.pending, u)
	slices.SortStableFunc(s.pending, func(a, b *Update) int { return int(a.ID - b.ID) })
	s.touch()
	s.run()
	return u
}

// finish takes an update away; s.mu is held.
func (s *Server) finish(u *Update, dropped bool) {
	at := slices.Index(s.pending, u)
	if at < 0 {
		return
	}
	s.pending = slices.Delete(s.pending, at, at+1)
	u.dropped = dropped
	close(u.done)
	s.touch()
}

// expire drops what nobody fetched in time, silently as Telegram does; s.mu is held.
func (s *Server) expire() {
	now := s.options.Now()
	for _, u := range slices.Clone(s.pending) {
		if now.After(u.expires) {
			s.finish(u, true)
		}
	}
}

// Pending counts what is not acknowledged.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	return len(s.pending)
}

// SkipIDs lets the next update have a number that is no successor, as after a week without any ([api] Update).
func (s *Server) SkipIDs(next int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.updateID = next - 1
}

// poller is the one getUpdates that waits.
type poller struct {
	end    chan struct{} // closed to end it with a conflict
	why    string
	offset int64
	at     time.Time
}

// getUpdates is [srv] process_get_updates_query and do_get_updates.
func (s *Server) getUpdates(ctx context.Context, p params) (any, error) {
	offset, _ := p.int("offset")
	limit, given := p.int("limit")
	if !given || limit < 1 || limit > 100 {
		limit = 100
	}
	seconds, _ := p.int("timeout")
	timeout := time.Duration(min(max(seconds, 0), mostPoll)) * time.Second

	s.mu.Lock()
	if s.hook.url != "" {
		s.mu.Unlock()
		return nil, &refusal{code: 409,
			description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
	}
	now := s.options.Now()
	if offset == s.poll.offset && now.Sub(s.poll.at) < 500*time.Millisecond {
		limit = 1 // [srv] asking for the same again and again is slowed down
	}
	s.poll.offset, s.poll.at = offset, now
	s.abort("Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
	end := make(chan struct{})
	s.poll.end = end
	defer func() {
		if s.poll.end == end {
			s.poll.end = nil
		}
		s.mu.Unlock()
	}()

	s.expire()
	if offset < 0 { // all but the last -offset are forgotten
		for len(s.pending) > int(-offset) {
			s.finish(s.pending[0], false)
		}
	}
	if offset > 0 && offset <= s.updateID+1 { // one from the future acknowledges nothing: do_get_updates then begins at the head
		for len(s.pending) > 0 && s.pending[0].ID < offset {
			s.finish(s.pending[0], false)
		}
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		s.expire()
		if len(s.pending) > 0 || timeout == 0 {
			list := []json.RawMessage{}
			for _, u := range s.pending[:min(int(limit), len(s.pending))] {
				list = append(list, u.Body)
			}
			return list, nil
		}
		changed := s.changed
		s.mu.Unlock()
		var over bool
		select {
		case <-changed:
		case <-timer.C:
			over = true
		case <-ctx.Done():
			over = true
		case <-s.closed:
			over = true
		case <-end:
			s.mu.Lock()
			return nil, &refusal{code: 409, description: s.poll.why}
		}
		s.mu.Lock()
		if over {
			return []json.RawMessage{}, nil
		}
	}
}

// abort ends the poll that waits; s.mu is held.
func (s *Server) abort(why string) {
	if s.poll.end != nil {
		s.poll.why = why
		close(s.poll.end)
		s.poll.end = nil
	}
}

// webhook is where updates are sent.
type webhook struct {
	url       string
	secret    string
	allowed   []string
	max       int64
	lastError string
	lastAt    time.Time
}

func (s *Server) setWebhook(p params) (any, error) {
	now := s.options.Now()
	if s.options.Rates && now.Sub(s.hookAt) < time.Second { // [srv] next_allowed_set_webhook_time_
		return nil, tooMany(1)
	}
	s.hookAt = now
	if p.values["url"] == "" {
		return s.deleteWebhook(p)
	}
	u, err := url.Parse(p.values["url"])
	secret := p.values["secret_token"]
	switch {
	case err != nil || u.Host == "":
		return nil, bad("invalid webhook URL specified")
	case len(secret) > 256:
		return nil, bad("secret token is too long")
	case !secretShape.MatchString(secret):
		return nil, bad("secret token contains unallowed characters")
	case !s.options.AnyWebhook && u.Scheme != "https":
		return nil, bad("bad webhook: An HTTPS URL must be provided for webhook")
	case !s.options.AnyWebhook && !slices.Contains(webhookPorts, u.Port()):
		return nil, bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
	}
	most, _ := p.int("max_connections")
	if most < 1 || most > 100 {
		most = 40
	}
	h := webhook{url: p.values["url"], secret: secret, max: most, allowed: s.hook.allowed}
	if raw := p.values["allowed_updates"]; raw != "" { // sticky ([api] setWebhook)
		if err := json.Unmarshal([]byte(raw), &h.allowed); err != nil {
			return nil, bad("can't parse allowed_updates JSON object")
		}
	}
	s.hook = h
	if p.yes("drop_pending_updates") {
		for len(s.pending) > 0 {
			s.finish(s.pending[0], true)
		}
	}
	s.abort("Conflict: terminated by setWebhook request")
	s.touch()
	s.run()
	return true, nil
}

func (s *Server) deleteWebhook(p params) (any, error) {
	s.hook = webhook{}
	if p.yes("drop_pending_updates") {
		for len(s.pending) > 0 {
			s.finish(s.pending[0], true)
		}
	}
	s.touch()
	return true, nil
}

func (s *Server) getWebhookInfo(params) (any, error) {
	info := map[string]any{"url": s.hook.url, "has_custom_certificate": false, "pending_update_count": len(s.pending)}
	if s.hook.url != "" {
		info["max_connections"] = s.hook.max
		if len(s.hook.allowed) > 0 {
			info["allowed_updates"] = s.hook.allowed
		}
	}
	if s.hook.lastError != "" {
		info["last_error_message"], info["last_error_date"] = s.hook.lastError, s.hook.lastAt.Unix()
	}
	return info, nil
}

// run sees to it that each queue with something in it is delivered; s.mu is held.
func (s *Server) run() {
	if s.hook.url == "" {
		return
	}
	for _, u := range s.pending {
		if !s.lanes[u.lane] {
			s.lanes[u.lane] = true
			s.running.Go(func() { s.deliver(u.lane) })
		}
	}
}

// deliver sends one queue's updates, each until it is taken: an update that fails holds up those behind it ([srv] WebhookActor.cpp).
func (s *Server) deliver(lane string) {
	for {
		s.mu.Lock()
		s.expire()
		at := slices.IndexFunc(s.pending, func(u *Update) bool { return u.lane == lane })
		if at < 0 || s.hook.url == "" {
			delete(s.lanes, lane)
			s.mu.Unlock()
			return
		}
		u, hook := s.pending[at], s.hook
		s.mu.Unlock()

		retry, err := s.push(hook, u)
		s.mu.Lock()
		if err == nil {
			s.finish(u, false)
			s.mu.Unlock()
			continue
		}
		s.hook.lastError, s.hook.lastAt = err.Error(), s.options.Now()
		u.fails++
		wait := s.wait(u.fails)
		if retry > 0 {
			wait = min(retry, time.Hour) // [srv] MAX_RETRY_AFTER
		}
		if s.options.Now().Add(wait).After(u.expires) {
			s.finish(u, true)
			s.mu.Unlock()
			continue
		}
		s.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-s.closed:
			timer.Stop()
			s.mu.Lock()
			delete(s.lanes, lane)
			s.mu.Unlock()
			return
		}
	}
}

// wait is [srv] on_update_error: at once after the first failure, then 2 s doubling up to a minute or two.
func (s *Server) wait(fails int) time.Duration {
	if s.options.Retry != nil {
		return s.options.Retry(fails)
	}
	if fails <= 1 {
		return 0
	}
	return min(time.Second<<min(fails-1, 10), time.Minute)
}

// hookClient follows no redirects and closes what is idle for a minute ([srv], tdlib/telegram-bot-api#211).
var hookClient = &http.Client{Timeout: time.Minute,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (s *Server) push(hook webhook, u *Update) (retry time.Duration, err error) {
	status, header, err := s.Push(hook.url, hook.secret, u.Body)
	switch {
	case err != nil:
		return 0, errors.New("Connection closed")
	case status/100 != 2:
		seconds, _ := time.ParseDuration(header.Get("Retry-After") + "s")
		return seconds, fmt.Errorf("Wrong response from the webhook: %d %s", status, http.StatusText(status))
	}
	return 0, nil
}

// Push sends a body to a webhook as Telegram does, and gives what came back.
func (s *Server) Push(to, secret string, body []byte) (int, http.Header, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if secret != "" {
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	}
	resp, err := hookClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header, nil
}

// Say has a user write something in their private chat with the bot.
func (s *Server) Say(user, text string) *Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(user)
	u.Started = true
	return s.say(u.ID, u.ID, text)
}

// Mention has a user write a line in which they picked another one, who has no username, from the list: their name stands in the text, and
// who it is beside it ([api] MessageEntity, text_mention).
func (s *Server) Mention(user, before, name, after, mentioned string) *Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(user)
	u.Started = true
	return s.say(u.ID, u.ID, before+name+after, Entity{Type: "text_mention", Offset: units(before), Length: units(name),
		User: s.userJSON(s.user(mentioned).ID)})
}

// Link has a user write a line with words that lead to an address ([api] MessageEntity, text_link).
func (s *Server) Link(user, before, words, after, address string) *Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(user)
	u.Started = true
	return s.say(u.ID, u.ID, before+words+after, Entity{Type: "text_link", Offset: units(before), Length: units(words), URL: address})
}

// Rewrite has a user change the newest message that they wrote in a chat.
func (s *Server) Rewrite(chat int64, user, text string) *Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.user(user).ID
	for _, m := range slices.Backward(s.messages) {
		if m.Chat == chat && m.From == from && !m.Deleted {
			m.Text, m.Entities, m.Edited = text, commandEntities(text), s.options.Now()
			return s.add("edited_message", fmt.Sprint("chat:", chat), keep, s.echo(m))
		}
	}
	return nil
}

// SayIn has a user write something in a group.
func (s *Server) SayIn(group int64, user, text string) *Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.say(group, s.user(user).ID, text)
}

func (s *Server) say(chat, from int64, text string, more ...Entity) *Update {
	s.lastID++
	m := &Message{ID: s.lastID, Chat: chat, From: from, Text: strings.TrimSpace(text), Date: s.options.Now(),
		Entities: append(commandEntities(strings.TrimSpace(text)), more...)}
	s.messages = append(s.messages, m)
	return s.add("message", fmt.Sprint("chat:", chat), keep, s.echo(m))
}

// Tap has a user press a button with this data on a message. Each tap is a query and an update of its own.
func (s *Server) Tap(user string, message int, data string) (*Update, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(user)
	m := s.message(u.ID, message)
	if m == nil {
		return nil, fmt.Errorf("%s does not see the message %d", user, message)
	}
	return s.tap(u, m, data), nil
}

func (s *Server) tap(u *User, m *Message, data string) *Update {
	s.queryNo++
	id := fmt.Sprintf("%d%05d", u.ID, s.queryNo)
	s.queries[id] = &query{user: u.ID, data: data, at: s.options.Now()}
	return s.add("callback_query", fmt.Sprint("user:", u.ID), keepPress,
		map[string]any{"id": id, "from": s.userJSON(u.ID), "message": s.echo(m), "chat_instance": "1", "data": data})
}

// Block has a user block the bot, or take it back.
func (s *Server) Block(user string, blocked bool) *Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(user)
	u.Blocked = blocked
	was, is := "member", "kicked"
	if !blocked {
		was, is = is, was
	}
	member := func(status string) map[string]any {
		return map[string]any{"status": status, "user": map[string]any{"id": BotID, "is_bot": true, "first_name": "nod"}, "until_date": 0}
	}
	return s.add("my_chat_member", fmt.Sprint("member:", u.ID), keep,
		map[string]any{"chat": s.chatJSON(u.ID), "from": s.userJSON(u.ID), "date": s.options.Now().Unix(), "old_chat_member": member(was),
			"new_chat_member": member(is)})
}

// Happen adds an update of any kind, as a JSON value.
func (s *Server) Happen(user, kind string, content any) *Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(kind, fmt.Sprint("chat:", UserID(user)), keep, content)
}

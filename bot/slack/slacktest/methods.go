package slacktest

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func (s *Server) authTest(args) (result, string) {
	r := result{"url": "https://lantern.slack.com/", "team": "Lantern Lab", "user": "nod", "team_id": TeamID, "user_id": BotUser,
		"bot_id": BotID, "is_enterprise_install": s.config.OrgWide}
	if s.config.Org != "" {
		r["enterprise_id"] = s.config.Org
	}
	if s.config.OrgWide {
		r["team"], r["team_id"] = "Lantern Group", s.config.Org
	}
	return r, ""
}

// target finds a channel that the bot may write to. A user id stands for the direct channel, in chat.postMessage only.
func (s *Server) target(id string, users bool) (*channel, string) {
	if u := s.users[id]; u != nil && users {
		if u.Deleted {
			return nil, "user_disabled"
		}
		return s.direct(id), ""
	}
	c := s.channels[id]
	switch {
	case c == nil:
		return nil, "channel_not_found"
	case c.archived:
		return nil, "is_archived"
	case !c.members[BotUser]:
		return nil, "not_in_channel"
	case c.user != "" && s.users[c.user] != nil && s.users[c.user].Deleted:
		return nil, "user_disabled"
	}
	return c, ""
}

// content reads and checks text, blocks and metadata.
func content(a args, textLimit int) (m Message, r result, code string) {
	m.Text = a.text("text")
	raw := a.json("blocks")
	if len(raw) > 0 {
		if code, faults := Blocks(raw); code != "" {
			return m, invalid(faults), code
		}
		_ = json.Unmarshal(raw, &m.Blocks)
	}
	if m.Text == "" && len(m.Blocks) == 0 {
		return m, nil, "no_text"
	}
	if utf8.RuneCountInString(m.Text) > textLimit {
		if textLimit == 4000 {
			return m, nil, "msg_too_long"
		}
		m.Text = string([]rune(m.Text)[:textLimit]) // with the warning message_truncated
	}
	if raw := a.json("metadata"); len(raw) > 0 {
		var meta struct {
			Type    string         `json:"event_type"`
			Payload map[string]any `json:"event_payload"`
		}
		if json.Unmarshal(raw, &meta) != nil {
			return m, nil, "invalid_metadata_format"
		}
		if meta.Type == "" || !regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`).MatchString(meta.Type) {
			return m, nil, "invalid_metadata_schema"
		}
		if len(raw) > 8000 {
			return m, nil, "metadata_too_large"
		}
		m.Metadata = map[string]any{"event_type": meta.Type, "event_payload": meta.Payload}
	}
	return m, nil, ""
}

func invalid(faults []string) result {
	messages := make([]string, len(faults))
	for i, f := range faults {
		messages[i] = "[ERROR] " + f
	}
	return result{"errors": faults, "response_metadata": map[string]any{"messages": messages}}
}

// spacing is between messages of one channel: [rates].
const spacing = time.Second

func (s *Server) postMessage(a args) (result, string) {
	c, code := s.target(a.text("channel"), true)
	if code != "" {
		return nil, code
	}
	m, refused, code := content(a, 40_000)
	if code != "" {
		return refused, code
	}
	if now := s.config.Now(); now.Sub(c.lastPost) < spacing {
		return nil, "ratelimited:1"
	}
	c.lastPost = s.config.Now()
	m.Channel, m.TS, m.User = c.id, s.stamp(), BotUser
	c.messages = append(c.messages, &m)
	s.ping(m)
	return result{"channel": c.id, "ts": m.TS, "message": s.echo(m, true)}, ""
}

func (s *Server) postEphemeral(a args) (result, string) {
	c, code := s.target(a.text("channel"), false)
	user := a.text("user")
	switch {
	case code != "":
		return nil, code
	case user == "":
		return nil, "invalid_arguments"
	case !c.members[user]:
		return nil, "user_not_in_channel"
	}
	m, refused, code := content(a, 40_000)
	if code != "" {
		return refused, code
	}
	m.Channel, m.TS, m.User, m.Ephemeral = c.id, s.stamp(), BotUser, user
	c.messages = append(c.messages, &m)
	s.ping(m)
	return result{"message_ts": m.TS}, ""
}

// updateMessage: the channel must be the id that chat.postMessage answered with; text without blocks removes the blocks; metadata stays
// unless it is sent.
func (s *Server) updateMessage(a args) (result, string) {
	id, ts := a.text("channel"), a.text("ts")
	if id == "" || ts == "" {
		return nil, "invalid_arguments"
	}
	c := s.channels[id]
	if c == nil || !c.members[BotUser] {
		return nil, "channel_not_found"
	}
	i := slices.IndexFunc(c.messages, func(m *Message) bool { return m.TS == ts && m.Ephemeral == "" })
	if i < 0 {
		return nil, "message_not_found"
	}
	old := c.messages[i]
	if old.User != BotUser {
		return nil, "cant_update_message"
	}
	m, refused, code := content(a, 4000)
	if code != "" {
		return refused, code
	}
	old.Text, old.Blocks = m.Text, m.Blocks
	if m.Metadata != nil {
		old.Metadata = m.Metadata
	}
	old.Edited++
	return result{"channel": c.id, "ts": ts, "text": m.Text, "message": s.echo(*old, true)}, ""
}

// ping remembers the mentions that Slack would make of a message; s.mu is held.
func (s *Server) ping(m Message) {
	found := mentions(m.Text)
	walk(m.Blocks, func(o map[string]any) {
		if o["type"] == "mrkdwn" {
			text, _ := o["text"].(string)
			found = append(found, mentions(text)...)
		}
	})
	s.pings = append(s.pings, found...)
}

// walk visits every JSON object.
func walk(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			walk(x, visit)
		}
	case map[string]any:
		visit(v)
		for _, x := range v {
			walk(x, visit)
		}
	}
}

// echo is a message as Slack gives it out. Blocks without an id get one, as they do there.
func (s *Server) echo(m Message, metadata bool) map[string]any {
	for i, b := range m.Blocks {
		if o, ok := b.(map[string]any); ok && o["block_id"] == nil {
			o["block_id"] = "b" + strings.ReplaceAll(m.TS, ".", "") + strconv.Itoa(i)
		}
	}
	out := map[string]any{"type": "message", "ts": m.TS, "user": m.User, "text": m.Text}
	if m.User == BotUser {
		out["bot_id"], out["app_id"], out["team"] = BotID, AppID, TeamID
	}
	if len(m.Files) > 0 {
		var files []any
		for _, f := range m.Files {
			files = append(files, f.json(false))
		}
		out["files"] = files
	}
	if len(m.Blocks) > 0 {
		out["blocks"] = m.Blocks
	}
	if m.Metadata != nil && metadata {
		out["metadata"] = m.Metadata
	}
	return out
}

func (s *Server) openConversation(a args) (result, string) {
	users := a.text("users")
	switch {
	case users == "":
		return nil, "users_list_not_supplied"
	case strings.Contains(users, ","):
		return nil, "missing_scope" // a group conversation needs mpim:write
	}
	u := s.users[users]
	switch {
	case u == nil:
		return nil, "user_not_found"
	case u.Deleted:
		return nil, "user_disabled"
	case u.Bot:
		return nil, "cannot_dm_bot"
	case u.Stranger:
		return nil, "invalid_user_combination"
	}
	return result{"channel": map[string]any{"id": s.direct(users).id}}, ""
}

// history: newest first, at most limit (100 when it is not given, 999 at most), of what is visible to all. Without include_all_metadata the
// payload of metadata is not given out.
func (s *Server) history(a args) (result, string) {
	c := s.channels[a.text("channel")]
	if c == nil {
		return nil, "channel_not_found"
	}
	if !c.members[BotUser] {
		return nil, "not_in_channel"
	}
	limit := 100
	if text := a.text("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 999 {
			return nil, "invalid_limit"
		}
		limit = n
	}
	oldest, latest := a.text("oldest"), a.text("latest")
	if cursor := a.text("cursor"); cursor != "" {
		before, ok := strings.CutPrefix(cursor, "before:")
		if !ok {
			return nil, "invalid_cursor"
		}
		latest = before
	}
	var page []any
	next := ""
	for _, m := range slices.Backward(c.messages) {
		if m.Ephemeral != "" || oldest != "" && later(oldest, m.TS) || latest != "" && !later(latest, m.TS) {
			continue
		}
		if len(page) == limit {
			next = "before:" + page[limit-1].(map[string]any)["ts"].(string)
			break
		}
		page = append(page, s.echo(*m, a.on("include_all_metadata")))
	}
	return result{"messages": page, "has_more": next != "", "response_metadata": map[string]any{"next_cursor": next}}, ""
}

// later tells whether a is a later timestamp than b.
func later(a, b string) bool {
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return x > y
}

func (s *Server) userInfo(a args) (result, string) {
	u := s.users[a.text("user")]
	if u == nil {
		return nil, "user_not_found"
	}
	shown := s.userJSON(u)
	if !a.on("include_locale") {
		delete(shown, "locale")
	}
	return result{"user": shown}, ""
}

// listUsers gives members in pages; the cursor is the id of the first of the next page: [methods].
func (s *Server) listUsers(a args) (result, string) {
	if s.config.OrgWide && a.text("team_id") == "" {
		return nil, "missing_argument" // a token for many workspaces has to say which: [grid]
	}
	limit, err := strconv.Atoi(a.text("limit"))
	if err != nil || limit <= 0 || limit >= 1000 {
		return nil, "invalid_limit"
	}
	members := []map[string]any{}
	next := ""
	for _, id := range slices.Sorted(maps.Keys(s.users)) {
		switch {
		case id < a.text("cursor"):
		case len(members) == limit:
			if next == "" {
				next = id
			}
		default:
			members = append(members, s.userJSON(s.users[id]))
		}
	}
	return result{"members": members, "response_metadata": map[string]any{"next_cursor": next}}, ""
}

func (s *Server) lookupByEmail(a args) (result, string) {
	for _, u := range s.users {
		if u.Email != "" && strings.EqualFold(u.Email, a.text("email")) && !u.Deleted {
			return result{"user": s.userJSON(u)}, ""
		}
	}
	return nil, "users_not_found"
}

// userJSON is a user as Slack shows it to this app: the address only with users:read.email.
func (s *Server) userJSON(u *User) map[string]any {
	profile := map[string]any{"real_name": u.Name, "display_name": u.Name}
	if slices.Contains(s.config.Scopes, "users:read.email") && u.Email != "" && !u.Stranger {
		profile["email"] = u.Email
	}
	shown := map[string]any{"id": u.ID, "name": strings.ToLower(u.ID), "real_name": u.Name, "deleted": u.Deleted,
		"is_bot": u.Bot, "is_restricted": u.Guest,
		"is_ultra_restricted": false, "is_stranger": u.Stranger, "is_app_user": false, "is_email_confirmed": u.Confirmed,
		"tz": "Asia/Shanghai", "locale": u.Locale, "profile": profile, "updated": s.config.Now().Unix()}
	if u.Team != "" {
		shown["team_id"] = u.Team
	}
	if u.Teams != nil {
		shown["enterprise_user"] = map[string]any{"id": u.ID, "enterprise_id": s.config.Org, "enterprise_name": "Lantern Group",
			"is_admin": false, "is_owner": false, "teams": u.Teams}
	}
	return shown
}

package telegramtest

import (
	"encoding/json"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	mostText    = 4096             // [api] sendMessage: 1-4096 characters after entities parsing
	mostRaw     = 32 << 10         // [srv] get_formatted_text: "Text is too long"
	mostCaption = 1024             // [api] sendPhoto
	mostData    = 64               // [api] InlineKeyboardButton: callback_data, 1-64 bytes
	mostButtons = 100              // [td] in practice; more is REPLY_MARKUP_TOO_LONG
	mostToast   = 200              // [api] answerCallbackQuery: text, 0-200 characters
	queryLife   = 15 * time.Second // [reports] 10–15 s and up
	mostDelete  = 48 * time.Hour   // [api] deleteMessage
)

// methods are those that this server knows.
var methods = map[string]func(*Server, params) (any, error){
	"getme":                  (*Server).getMe,
	"sendmessage":            (*Server).sendMessage,
	"editmessagetext":        (*Server).editMessageText,
	"editmessagereplymarkup": (*Server).editMessageReplyMarkup,
	"deletemessage":          (*Server).deleteMessage,
	"answercallbackquery":    (*Server).answerCallbackQuery,
	"setmycommands":          (*Server).setMyCommands,
	"getmycommands":          (*Server).getMyCommands,
	"setwebhook":             (*Server).setWebhook,
	"deletewebhook":          (*Server).deleteWebhook,
	"getwebhookinfo":         (*Server).getWebhookInfo,
	"getfile":                (*Server).getFile,
	"sendphoto":              (*Server).sendPhoto,
	"senddocument":           (*Server).sendDocument,
}

func (s *Server) call(method string, p params) (any, error) {
	run := methods[method]
	if run == nil {
		return nil, &refusal{code: 404, description: "Not Found: method not found"} // [srv]
	}
	for name, value := range p.values {
		if !utf8.ValidString(value) || !utf8.ValidString(name) {
			return nil, bad("strings must be encoded in UTF-8") // [srv]
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return run(s, p)
}

func (s *Server) getMe(params) (any, error) {
	return map[string]any{"id": BotID, "is_bot": true, "first_name": "nod", "username": Username, "can_join_groups": true,
		"can_read_all_group_messages": false, "supports_inline_queries": false}, nil
}

// chat checks that the bot may write there ([srv] check_chat, check_chat_access).
func (s *Server) chat(p params) (int64, error) {
	if p.values["chat_id"] == "" {
		return 0, bad("chat_id is empty")
	}
	id, ok := p.int("chat_id")
	if !ok {
		return 0, bad("chat not found")
	}
	if g := s.groups[id]; g != nil {
		switch {
		case g.MovedTo != 0:
			return 0, &refusal{code: 400, description: "Bad Request: group chat was upgraded to a supergroup chat", migrateTo: g.MovedTo}
		case g.Kicked && g.Super:
			return 0, &refusal{code: 403, description: "Forbidden: bot was kicked from the supergroup chat"}
		case g.Kicked:
			return 0, &refusal{code: 403, description: "Forbidden: bot was kicked from the group chat"}
		}
		return id, nil
	}
	u := s.users[id]
	switch {
	case u == nil:
		return 0, bad("chat not found")
	case u.Deactivated:
		return 0, &refusal{code: 403, description: "Forbidden: user is deactivated"}
	case u.Blocked:
		return 0, &refusal{code: 403, description: "Forbidden: bot was blocked by the user"}
	case !u.Started:
		return 0, &refusal{code: 403, description: "Forbidden: bot can't initiate conversation with a user"}
	}
	return id, nil
}

// formatted reads a text with its parse mode.
func formatted(text, mode, entities string) (string, []Entity, error) {
	if len(text) > mostRaw {
		return "", nil, bad("text is too long")
	}
	var list []Entity
	switch strings.ToLower(mode) {
	case "":
		if entities != "" {
			return "", nil, bad("this server does not know the parameter entities")
		}
	case "html":
		var err error
		if text, list, err = parseHTML(text); err != nil {
			return "", nil, bad("can't parse entities: %s", err)
		}
	default:
		return "", nil, bad("unsupported parse_mode")
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r", ""), "\x00", " ")
	// [td] fix_formatted_text trims; what stands before text is kept as entities count from there
	if trimmed := strings.TrimRight(text, " \n\t"); trimmed != text {
		text = trimmed
	}
	return text, findEntities(text, list), nil
}

// keyboard reads reply_markup ([srv] get_reply_markup, [td] ReplyMarkup.cpp).
func keyboard(p params) ([][]Button, error) {
	raw, given := p.values["reply_markup"]
	if !given || raw == "" {
		return nil, nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(raw), &object); err != nil {
		return nil, bad("can't parse reply keyboard markup JSON object")
	}
	if object == nil {
		return nil, bad("object expected as reply markup") // [srv] a JSON null
	}
	rowsRaw, inline := object["inline_keyboard"]
	if !inline {
		return nil, nil // the other kinds of keyboards are not this server's business
	}
	var rows [][]map[string]json.RawMessage
	if err := json.Unmarshal(rowsRaw, &rows); err != nil || string(rowsRaw) == "null" {
		return nil, bad(`can't parse inline keyboard button: Field "inline_keyboard" must be of type Array`)
	}
	var list [][]Button
	count := 0
	for _, row := range rows {
		var buttons []Button
		for _, b := range row {
			button, err := readButton(b)
			if err != nil {
				return nil, err
			}
			buttons = append(buttons, button)
			count++
		}
		if len(buttons) > 0 {
			list = append(list, buttons)
		}
	}
	if count > mostButtons {
		return nil, bad("reply markup is too long")
	}
	return list, nil
}

func readButton(b map[string]json.RawMessage) (Button, error) {
	text := func(name string) string {
		var s string
		_ = json.Unmarshal(b[name], &s)
		return s
	}
	button := Button{Text: text("text"), Data: text("callback_data"), URL: text("url"), Style: text("style")}
	if button.Text == "" { // a blank is a text
		return button, bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	}
	if button.Style != "" && !slices.Contains([]string{"danger", "success", "primary"}, button.Style) { // [api] InlineKeyboardButton (9.4)
		return button, bad("can't parse inline keyboard button: Invalid button style specified")
	}
	switch {
	case button.URL != "":
		u, err := url.Parse(button.URL)
		if err != nil || !strings.Contains(u.Host, ".") { // [td] LinkManager.cpp: localhost is refused
			return button, bad("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", button.URL)
		}
	case button.Data != "":
		if len(button.Data) > mostData {
			return button, bad("BUTTON_DATA_INVALID")
		}
	case text("copy_text") == "" && len(b["copy_text"]) > 0:
		return button, bad("BUTTON_COPY_TEXT_INVALID")
	default:
		return button, bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	}
	return button, nil
}

func (s *Server) sendMessage(p params) (any, error) {
	chat, err := s.chat(p)
	if err != nil {
		return nil, err
	}
	text, entities, err := formatted(p.values["text"], p.values["parse_mode"], p.values["entities"])
	switch {
	case err != nil:
		return nil, err
	case strings.TrimSpace(text) == "":
		return nil, bad("message text is empty") // [td]
	case units(text) > mostText:
		return nil, bad("message is too long") // [td]
	}
	rows, err := keyboard(p)
	if err != nil {
		return nil, err
	}
	return s.post(p, Message{Chat: chat, Text: text, Entities: entities, Keyboard: rows})
}

// post stores a message of the bot.
func (s *Server) post(p params, m Message) (any, error) {
	if err := s.paced(m.Chat); err != nil {
		return nil, err
	}
	var reply struct {
		MessageID int  `json:"message_id"`
		Allow     bool `json:"allow_sending_without_reply"`
	}
	if raw := p.values["reply_parameters"]; raw != "" {
		if err := json.Unmarshal([]byte(raw), &reply); err != nil {
			return nil, bad("can't parse reply parameters JSON object")
		}
		if s.message(m.Chat, reply.MessageID) == nil && !reply.Allow {
			return nil, bad("message to be replied not found") // [srv]
		}
	}
	s.lastID++
	m.ID, m.From, m.Date, m.Silent, m.ReplyTo = s.lastID, BotID, s.options.Now(), p.yes("disable_notification"), reply.MessageID
	s.messages = append(s.messages, &m)
	s.touch()
	m.seq = s.seq
	return s.echo(&m), nil
}

// message finds a message that is still there.
func (s *Server) message(chat int64, id int) *Message {
	for _, m := range s.messages {
		if m.Chat == chat && m.ID == id && !m.Deleted {
			return m
		}
	}
	return nil
}

// mine finds a message that the bot may edit ([td] can_edit_message: its own, of whatever age).
func (s *Server) mine(p params) (*Message, error) {
	chat, err := s.chat(p)
	if err != nil {
		return nil, err
	}
	id, ok := p.int("message_id")
	if !ok || id == 0 {
		return nil, bad("message identifier is not specified")
	}
	m := s.message(chat, int(id))
	if m == nil {
		return nil, bad("message to edit not found")
	}
	if m.From != BotID {
		return nil, bad("message can't be edited")
	}
	return m, nil
}

const unmodified = "message is not modified: specified new message content and reply markup are exactly the same as a current content " +
	"and reply markup of the message"

func (s *Server) editMessageText(p params) (any, error) {
	m, err := s.mine(p)
	if err != nil {
		return nil, err
	}
	text, entities, err := formatted(p.values["text"], p.values["parse_mode"], p.values["entities"])
	switch {
	case err != nil:
		return nil, err
	case m.File != "":
		return nil, bad("there is no text in the message to edit")
	case strings.TrimSpace(text) == "":
		return nil, bad("message text is empty")
	case units(text) > mostText:
		return nil, bad("MESSAGE_TOO_LONG") // what the server says of an edit
	}
	rows, err := keyboard(p) // none given: the keyboard goes ([api] editMessageText)
	if err != nil {
		return nil, err
	}
	if m.Text == text && reflect.DeepEqual(m.Entities, entities) && reflect.DeepEqual(m.Keyboard, rows) {
		return nil, bad(unmodified)
	}
	if err := s.paced(m.Chat); err != nil {
		return nil, err
	}
	m.Text, m.Entities, m.Keyboard, m.Edited = text, entities, rows, s.options.Now()
	s.touch()
	m.seq = s.seq
	return s.echo(m), nil
}

func (s *Server) editMessageReplyMarkup(p params) (any, error) {
	m, err := s.mine(p)
	if err != nil {
		return nil, err
	}
	rows, err := keyboard(p)
	if err != nil {
		return nil, err
	}
	if reflect.DeepEqual(m.Keyboard, rows) {
		return nil, bad(unmodified)
	}
	m.Keyboard, m.Edited = rows, s.options.Now()
	s.touch()
	return s.echo(m), nil
}

func (s *Server) deleteMessage(p params) (any, error) {
	chat, err := s.chat(p)
	if err != nil {
		return nil, err
	}
	id, _ := p.int("message_id")
	m := s.message(chat, int(id))
	switch {
	case m == nil:
		return nil, bad("message to delete not found")
	case s.options.Now().Sub(m.Date) > mostDelete, chat < 0 && m.From != BotID: // in private chats also the user's own
		return nil, bad("message can't be deleted")
	}
	m.Deleted = true
	s.touch()
	return true, nil
}

// query is a press that waits for its answer.
type query struct {
	user     int64
	data     string
	at       time.Time
	answered bool
}

func (s *Server) answerCallbackQuery(p params) (any, error) {
	q := s.queries[p.values["callback_query_id"]]
	if q == nil || q.answered || s.options.Now().Sub(q.at) > queryLife {
		return nil, bad("query is too old and response timeout expired or query ID is invalid") // [srv]
	}
	if units(p.values["text"]) > mostToast {
		return nil, bad("MESSAGE_TOO_LONG")
	}
	q.answered = true
	s.touch()
	s.toasts = append(s.toasts, Toast{User: q.user, Query: p.values["callback_query_id"], Text: p.values["text"],
		Alert: p.yes("show_alert"), seq: s.seq})
	return true, nil
}

var (
	commandShape  = regexp.MustCompile(`^[a-z0-9_]{1,32}$`) // [api] BotCommand
	languageShape = regexp.MustCompile(`^([a-z][a-z])?$`)   // [td] misc.cpp: "zh", not "zh-hans"
	secretShape   = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)  // [srv] is_base64url_characters
	webhookPorts  = []string{"", "443", "80", "88", "8443"} // [api] setWebhook
)

func scope(p params) string {
	var s struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal([]byte(p.values["scope"]), &s)
	if s.Type == "" {
		return "default"
	}
	return s.Type
}

func (s *Server) setMyCommands(p params) (any, error) {
	var list []Command
	if err := json.Unmarshal([]byte(p.values["commands"]), &list); err != nil {
		return nil, bad("can't parse commands JSON object")
	}
	if len(list) > 100 {
		return nil, bad("BOT_COMMANDS_TOO_MUCH")
	}
	if !languageShape.MatchString(p.values["language_code"]) {
		return nil, bad("invalid language code specified")
	}
	for _, c := range list {
		switch n := utf8.RuneCountInString(strings.TrimSpace(c.Description)); {
		case !commandShape.MatchString(strings.TrimPrefix(c.Command, "/")):
			return nil, bad("BOT_COMMAND_INVALID")
		case n < 1 || n > 256:
			return nil, bad("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	s.commands[scope(p)+"/"+p.values["language_code"]] = list
	return true, nil
}

func (s *Server) getMyCommands(p params) (any, error) {
	return append([]Command{}, s.commands[scope(p)+"/"+p.values["language_code"]]...), nil
}

// echo is a message as the API gives it.
func (s *Server) echo(m *Message) map[string]any {
	out := map[string]any{"message_id": m.ID, "date": m.Date.Unix(), "chat": s.chatJSON(m.Chat)}
	if m.media == nil {
		out["text"] = m.Text
	} else {
		maps.Copy(out, m.media)
		if m.Text != "" {
			out["caption"] = m.Text
		}
	}
	if m.From == BotID {
		out["from"] = map[string]any{"id": BotID, "is_bot": true, "first_name": "nod", "username": Username}
	} else {
		out["from"] = s.userJSON(m.From)
	}
	entities := "entities"
	if m.media != nil {
		entities = "caption_entities"
	}
	if len(m.Entities) > 0 {
		out[entities] = m.Entities
	}
	if !m.Edited.IsZero() {
		out["edit_date"] = m.Edited.Unix()
	}
	if len(m.Keyboard) > 0 {
		out["reply_markup"] = map[string]any{"inline_keyboard": m.Keyboard}
	}
	return out
}

func (s *Server) chatJSON(id int64) map[string]any {
	if g := s.groups[id]; g != nil {
		kind := "group"
		if g.Super {
			kind = "supergroup"
		}
		return map[string]any{"id": id, "type": kind, "title": g.Title}
	}
	name := ""
	if u := s.users[id]; u != nil {
		name = u.Name
	}
	return map[string]any{"id": id, "type": "private", "first_name": name}
}

func (s *Server) userJSON(id int64) map[string]any {
	u := s.users[id]
	if u == nil {
		return map[string]any{"id": id, "is_bot": false, "first_name": "?"}
	}
	out := map[string]any{"id": id, "is_bot": false, "first_name": u.Name}
	if u.Language != "" {
		out["language_code"] = u.Language
	}
	return out
}

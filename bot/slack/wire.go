package slack

import (
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
)

// What Slack sends, over either transport, as far as it is read.

// command is a slash command as far as it is read. In Socket Mode the same names come as JSON.
type command struct {
	Team     string `json:"team_id"`
	User     string `json:"user_id"`
	Channel  string `json:"channel_id"`
	Command  string `json:"command"`
	Text     string `json:"text"`
	Respond  string `json:"response_url"`
	Trigger  string `json:"trigger_id"`
	SSLCheck string `json:"ssl_check"` // Slack asks now and then whether the certificate is good
	OrgWide  loose  `json:"is_enterprise_install"`
}

// interaction is a pressed button, a changed or a sent form.
type interaction struct {
	Type    string `json:"type"`
	OrgWide loose  `json:"is_enterprise_install"`
	Team    struct {
		ID string `json:"id"`
	} `json:"team"`
	User struct {
		ID   string `json:"id"`
		Team string `json:"team_id"`
	} `json:"user"`
	Trigger   string `json:"trigger_id"`
	Respond   string `json:"response_url"`
	Container struct {
		Type    string `json:"type"`
		Message string `json:"message_ts"`
		Channel string `json:"channel_id"`
		View    string `json:"view_id"`
	} `json:"container"`
	Message pressedMessage `json:"message"`
	View    *view          `json:"view"`
	Actions []blockAction  `json:"actions"`
}

// pressedMessage is the message under which a button was pressed. An ephemeral one comes without its content.
type pressedMessage struct {
	Text   string          `json:"text"` // escaped
	Blocks slackapi.Blocks `json:"blocks"`
}

// view is a modal or App Home as it came back. Its state has changed its shape before, and empty ones come as a list (slack-go#816, #943),
// so it is read separately.
type view struct {
	ID       string `json:"id"`
	Root     string `json:"root_view_id"`
	Type     string `json:"type"`
	Hash     string `json:"hash"`
	Callback string `json:"callback_id"`
	Meta     string `json:"private_metadata"`
	State    struct {
		Values json.RawMessage `json:"values"`
	} `json:"state"`
	Blocks json.RawMessage `json:"blocks"`
}

type blockAction struct {
	Type   string `json:"type"`
	ID     string `json:"action_id"`
	Block  string `json:"block_id"`
	Value  string `json:"value"`
	At     string `json:"action_ts"`
	Option struct {
		Value string `json:"value"`
	} `json:"selected_option"`
}

// action reads a button as it came back.
func (b blockAction) action() (bot.Action, error) {
	a, err := chat.ReadAction(b.Value)
	if err == nil && a.Name != b.ID {
		err = errors.New("its name is another")
	}
	return a, err
}

// envelope is an event of the Events API.
type envelope struct {
	Type      string `json:"type"`
	Challenge string `json:"challenge"`
	Team      string `json:"team_id"`
	ID        string `json:"event_id"`
	Event     event  `json:"event"`
	// Authorizations names one of the installations that see the event.
	Authorizations []struct {
		Team    string `json:"team_id"`
		OrgWide loose  `json:"is_enterprise_install"`
	} `json:"authorizations"`
}

type event struct {
	Type        string          `json:"type"`
	Subtype     string          `json:"subtype"`
	User        json.RawMessage `json:"user"` // an id, in user_change a whole user
	Bot         string          `json:"bot_id"`
	Text        string          `json:"text"`
	Channel     json.RawMessage `json:"channel"` // an id, in channel events an object
	ChannelType string          `json:"channel_type"`
	TS          string          `json:"ts"`
	At          string          `json:"event_ts"`
	Tab         string          `json:"tab"`
	Team        string          `json:"team"`
	UserTeam    string          `json:"user_team"`
	Files       []slackFile     `json:"files"`
	Attached    []attached      `json:"attachments"`
	View        struct {
		Hash string `json:"hash"`
	} `json:"view"`
}

// attached is what stands under a message that is not its own: one that was forwarded, or that a link in it points to.
type attached struct {
	Forwarded bool        `json:"is_share"`
	Files     []slackFile `json:"files"`
}

// handedIn are the files of a message: its own, and those of one that was forwarded with it. What a mere link shows is nothing that
// anybody hands in. (slack-go's Attachment tells of IsShare; Slack's documentation does not.)
func (e event) handedIn() []slackFile {
	files := slices.Clone(e.Files)
	for _, a := range e.Attached {
		if a.Forwarded {
			files = append(files, a.Files...)
		}
	}
	return files
}

// userID gives the ID of whoever an event is of; empty: nobody's.
func (e event) userID() (id string) {
	_ = json.Unmarshal(e.User, &id) // a whole user is no ID
	return id
}

// loose is a boolean that comes as one, as text or not at all.
type loose bool

func (l *loose) UnmarshalJSON(raw []byte) error {
	*l = loose(isOn(strings.Trim(string(raw), `"`)))
	return nil
}

func isOn(text string) bool { return text == "true" || text == "1" }

func readCommand(body []byte) (arrival, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	return command{Team: values.Get("team_id"), User: values.Get("user_id"), Channel: values.Get("channel_id"),
		Command: values.Get("command"), Text: values.Get("text"),
		Respond: values.Get("response_url"), Trigger: values.Get("trigger_id"), SSLCheck: values.Get("ssl_check"),
		OrgWide: loose(isOn(values.Get("is_enterprise_install")))}, nil
}

func readInteraction(body []byte) (arrival, error) {
	values, err := url.ParseQuery(string(body)) // the body that was signed; never the address
	if err != nil {
		return nil, err
	}
	return read[interaction]([]byte(values.Get("payload")))
}

func readEvent(body []byte) (arrival, error) { return read[envelope](body) }

func read[T arrival](body []byte) (arrival, error) {
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, err
	}
	return v, nil
}

// formState reads what a view shows, and what rides in it; withHeld adds what it holds besides. A form that does not say what it is
// about could be taken for a new request, so it is read as a whole or not at all.
func formState(v *view) (bot.FormState, meta, error) {
	m, err := readMeta(v.Meta)
	if err != nil {
		return bot.FormState{}, meta{}, err
	}
	state := bot.FormState{Form: v.Callback, Nonce: m.Nonce, Number: m.Number, Subject: m.Subject, Digest: m.Digest, Line: m.Line}
	state.Values = values(v.State.Values)
	if err := chat.CheckState(state); err != nil {
		return bot.FormState{}, meta{}, err
	}
	return state, m, nil
}

// values reads the state of a view: by block id, then by action id, which is the field's name.
func values(raw json.RawMessage) map[string]string {
	out := map[string]string{}
	var blocks map[string]map[string]struct {
		Value  *string `json:"value"`
		Date   *string `json:"selected_date"`
		User   *string `json:"selected_user"`
		Option *struct {
			Value string `json:"value"`
		} `json:"selected_option"`
		Ticked []struct {
			Value string `json:"value"`
		} `json:"selected_options"`
	}
	if json.Unmarshal(raw, &blocks) != nil {
		return out // an empty one can be a list
	}
	for _, id := range slices.Sorted(maps.Keys(blocks)) {
		name := fieldOf(id)
		e, ok := blocks[id][name]
		if !ok {
			continue
		}
		if _, seen := out[name]; !seen {
			out[name] = ""
		}
		switch {
		case e.Option != nil:
			out[name] = e.Option.Value
		case e.Date != nil:
			out[name] = *e.Date
		case e.User != nil:
			out[name] = *e.User
		case e.Value != nil:
			out[name] = readPictures(*e.Value)
		default: // files that the form held, as far as they are to stay
			for _, file := range e.Ticked {
				out[name] = strings.TrimLeft(out[name]+" "+file.Value, " ")
			}
		}
	}
	return out
}

// inputs lists the input blocks of a view in order: errors may stand at no other.
func (v *view) inputs() []string {
	var blocks []struct {
		Type string `json:"type"`
		ID   string `json:"block_id"`
	}
	_ = json.Unmarshal(v.Blocks, &blocks) // none: there is nothing to point at
	var names []string
	for _, b := range blocks {
		if b.Type == "input" {
			names = append(names, b.ID)
		}
	}
	return names
}

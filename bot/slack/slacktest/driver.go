package slacktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
)

// Driver is people's hands and eyes on the workspace. People are named as in the tests of every chat; UserID makes a Slack id of a name.
type Driver struct {
	*Server
	Prefix string // before each command's name
	sender deliver.Sender
}

// NewDriver makes a driver; sender is the adapter's.
func NewDriver(s *Server, sender deliver.Sender) *Driver { return &Driver{Server: s, sender: sender} }

var _ bottest.Driver = (*Driver)(nil)

// UserID makes a Slack user id of a name.
func UserID(name string) string { return "U0" + strings.ToUpper(strings.ReplaceAll(name, " ", "")) }

// Sender is the adapter's.
func (d *Driver) Sender() deliver.Sender { return d.sender }

// Address is where a user's messages go.
func (d *Driver) Address(user string) deliver.Address {
	return deliver.Address{Platform: "slack", Team: TeamID, User: UserID(user)}
}

// outcome makes an error of an outcome that a user would notice.
func outcome(o Outcome) error {
	if o.OK() {
		return nil
	}
	return fmt.Errorf("the app did not acknowledge: %d %s %v", o.Status, o.Body, o.Err)
}

// Type types into the direct channel: a command, in Slack's way of reaching it, or a line.
func (d *Driver) Type(ctx context.Context, user, typed string) error {
	return d.TypeIn(ctx, DirectChannel(UserID(user)), user, typed)
}

// TypeIn types into a channel.
func (d *Driver) TypeIn(ctx context.Context, channelID, user, typed string) error {
	command, ok := strings.CutPrefix(typed, "/")
	if !ok {
		all := d.SendEvent(ctx, d.MessageEvent(UserID(user), typed), nil)
		return outcome(all[len(all)-1])
	}
	name, rest, _ := strings.Cut(command, " ")
	switch {
	case name == "leave": // Slack's own, for leaving a channel
		name = "timeoff"
	case !slices.Contains(d.config.Commands, d.Prefix+name):
		name, rest = "nod", command
	}
	if !slices.Contains(d.config.Commands, d.Prefix+name) {
		return fmt.Errorf("/%s is not a valid command", d.Prefix+name)
	}
	if err := outcome(d.SendCommand(ctx, d.CommandPayload(UserID(user), channelID, d.Prefix+name, rest))); err != nil {
		return err
	}
	return d.loaded(ctx, UserID(user))
}

// Press presses a button of a message, of an ephemeral answer, of the open dialog ("view:ID") or of App Home ("home"). Pressed several
// times at the same moment, it is the same press with a trigger of its own each time.
func (d *Driver) Press(ctx context.Context, user, reference, action string, times int) error {
	return d.PressNth(ctx, user, reference, action, 0, times)
}

// PressNth presses the n-th of the buttons with one name, as in a list.
func (d *Driver) PressNth(ctx context.Context, user, reference, action string, n, times int) error {
	at := d.At()
	payloads := make([]map[string]any, times)
	for i := range payloads {
		p, err := d.Pressed(UserID(user), reference, action, n, at)
		if err != nil {
			return err
		}
		payloads[i] = p
	}
	if err := together(times, func(i int) error { return outcome(d.Interact(ctx, payloads[i])) }); err != nil {
		return err
	}
	return d.loaded(ctx, UserID(user))
}

// At gives a moment as actions carry it.
func (s *Server) At() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stamp()
}

// together does times things at the same moment and gives the first error.
func together(times int, do func(i int) error) error {
	errs := make(chan error, times)
	for i := range times {
		go func() { errs <- do(i) }()
	}
	var all []error
	for range times {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

// Pressed is the payload of a pressed button.
func (s *Server) Pressed(user, reference, action string, n int, at string) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.interaction(user, "block_actions")
	var blocks []map[string]any
	if id, ok := strings.CutPrefix(reference, "view:"); ok || reference == "home" {
		v := s.views[id]
		if reference == "home" {
			v = s.homes[user]
		}
		if v == nil || v.user != user {
			return nil, fmt.Errorf("%s does not see %s", user, reference)
		}
		blocks = v.blocks()
		p["container"] = map[string]any{"type": "view", "view_id": v.id}
		p["view"] = v.json()
		if v.body["type"] == string(inModal) {
			p["trigger_id"] = s.newTrigger(user, v.id)
		}
	} else {
		m := s.message(reference)
		if m == nil || m.Ephemeral != "" && m.Ephemeral != user {
			return nil, fmt.Errorf("%s does not see %s", user, reference)
		}
		s.echo(*m, false) // gives the blocks their ids
		blocks = asBlocks(m.Blocks)
		p["container"] = map[string]any{"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.Ephemeral != ""}
		p["channel"] = map[string]any{"id": m.Channel, "name": "directmessage"}
		p["message"] = s.echo(*m, false)
		p["response_url"] = s.newHook(user, m.Channel, m.TS)
		p["state"] = map[string]any{"values": map[string]any{}}
	}
	for _, b := range blocks {
		elements := asBlocks(asList(b["elements"]))
		if accessory, ok := b["accessory"].(map[string]any); ok {
			elements = append(elements, accessory)
		}
		for _, e := range elements {
			if e["type"] != "button" || e["action_id"] != action {
				continue
			}
			if n--; n >= 0 {
				continue
			}
			p["actions"] = []any{map[string]any{"type": "button", "action_id": action, "block_id": b["block_id"], "text": e["text"],
				"value": e["value"], "style": e["style"], "action_ts": at}}
			return p, nil
		}
	}
	return nil, fmt.Errorf("%s sees no button %s on %s", user, action, reference)
}

func asList(v any) []any {
	l, _ := v.([]any)
	return l
}

func (s *Server) message(reference string) *Message {
	id, ts, _ := strings.Cut(reference, ":")
	c := s.channels[id]
	if c == nil {
		return nil
	}
	for _, m := range c.messages {
		if m.TS == ts {
			return m
		}
	}
	return nil
}

// interaction is what all interactions have in common; s.mu is held.
func (s *Server) interaction(user, kind string) map[string]any {
	u := s.users[user]
	payload := map[string]any{"type": kind, "api_app_id": AppID, "token": "verification", "is_enterprise_install": s.config.OrgWide,
		"enterprise": nil, "team": map[string]any{"id": TeamID, "domain": "lantern"}, "user": map[string]any{"id": user,
			"username": strings.ToLower(user), "name": strings.ToLower(user), "team_id": s.said(u)},
		"trigger_id": s.newTrigger(user, "")}
	if s.config.Org != "" {
		payload["enterprise"] = map[string]any{"id": s.config.Org, "name": "Lantern Group"}
		payload["team"] = map[string]any{"id": TeamID, "domain": "lantern", "enterprise_id": s.config.Org,
			"enterprise_name": "Lantern Group"}
	}
	if s.config.OrgWide {
		payload["team"] = nil
	}
	return payload
}

// top is the view that a user has before them.
func (s *Server) top(user string) (*view, error) {
	stack := s.modals[user]
	if len(stack) == 0 {
		return nil, fmt.Errorf("%s has no form open", user)
	}
	return stack[len(stack)-1], nil
}

// loaded waits, as people do, until a dialog that was opened empty shows what it is.
func (d *Driver) loaded(ctx context.Context, user string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		d.mu.Lock()
		v, err := d.top(user)
		drawn := d.drawn
		waits := err == nil && stringOf(v.body["callback_id"]) == "loading"
		d.mu.Unlock()
		if !waits {
			return nil
		}
		select {
		case <-drawn:
		case <-ctx.Done():
			return fmt.Errorf("the dialog before %s stays empty: %w", user, ctx.Err())
		}
	}
}

// Change fills in fields; those that dispatch tell the app, one after the other.
func (d *Driver) Change(ctx context.Context, user string, values map[string]string) error {
	if err := d.loaded(ctx, UserID(user)); err != nil {
		return err
	}
	payloads, err := d.Changed(UserID(user), values)
	if err != nil {
		return err
	}
	for _, p := range payloads {
		if err := outcome(d.Interact(ctx, p)); err != nil {
			return err
		}
	}
	return nil
}

// Changed fills in fields and gives the payloads that follow from it.
func (s *Server) Changed(user string, values map[string]string) ([]map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.top(user)
	if err != nil {
		return nil, err
	}
	var changed []map[string]any
	left := len(values)
	for _, b := range v.blocks() {
		element, _ := b["element"].(map[string]any)
		blockID := stringOf(b["block_id"])
		value, ok := values[v.inputOf(blockID)]
		if b["type"] != "input" || !ok {
			continue
		}
		left--
		state, err := filled(element, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", blockID, err)
		}
		v.state[blockID] = map[string]any{stringOf(element["action_id"]): state}
		// A text input tells only as its dispatch_action_config says.
		if b["dispatch_action"] == true {
			act := map[string]any{"block_id": blockID, "action_id": element["action_id"], "action_ts": s.stamp()}
			for name, x := range state {
				act[name] = x
			}
			changed = append(changed, act)
		}
	}
	if left > 0 {
		return nil, fmt.Errorf("the form has no such fields: %v", values)
	}
	var payloads []map[string]any
	for _, act := range changed {
		p := s.interaction(user, "block_actions")
		p["trigger_id"] = s.newTrigger(user, v.id)
		p["container"] = map[string]any{"type": "view", "view_id": v.id}
		p["actions"] = []any{act}
		p["view"] = clone(v.json())
		payloads = append(payloads, p)
	}
	return payloads, nil
}

// filled is the state of an input after somebody used it.
func filled(element map[string]any, value string) (map[string]any, error) {
	kind := stringOf(element["type"])
	state := map[string]any{"type": kind}
	switch kind {
	case "plain_text_input":
		if most, ok := element["max_length"].(float64); ok && utf8.RuneCountInString(value) > int(most) {
			return nil, fmt.Errorf("Slack lets nobody type more than %v characters here", most)
		}
		state["value"] = nil
		if value != "" {
			state["value"] = value
		}
	case "datepicker":
		state["selected_date"] = value
	case "static_select", "radio_buttons":
		i := slices.IndexFunc(optionsOf(element), func(o any) bool { return o.(map[string]any)["value"] == value })
		if i < 0 {
			return nil, fmt.Errorf("there is no choice %q", value)
		}
		state["selected_option"] = optionsOf(element)[i]
	case "checkboxes": // the values that are ticked, with spaces between
		chosen := []any{}
		for _, want := range strings.Fields(value) {
			i := slices.IndexFunc(optionsOf(element), func(o any) bool { return o.(map[string]any)["value"] == want })
			if i < 0 {
				return nil, fmt.Errorf("there is no choice %q", want)
			}
			chosen = append(chosen, optionsOf(element)[i])
		}
		state["selected_options"] = chosen
	default:
		return nil, fmt.Errorf("cannot fill in a %s", kind)
	}
	return state, nil
}

// Send presses Submit. A required field that is empty is Slack's own affair: the app hears nothing. Where no dialog is open, it presses
// "send" on the newest message that has it.
func (d *Driver) Send(ctx context.Context, user string, times int) error {
	if err := d.loaded(ctx, UserID(user)); err != nil {
		return err
	}
	if d.Dialog(user) == "" {
		screen, err := d.Screen(ctx, user)
		if err != nil {
			return err
		}
		for _, m := range slices.Backward(screen.Messages) {
			if m.Has("send") {
				return d.Press(ctx, user, m.Reference, "send", times)
			}
		}
	}
	p, err := d.Submission(UserID(user))
	if err != nil || p == nil {
		return err
	}
	return together(times, func(int) error { return outcome(d.Interact(ctx, p)) })
}

// Submission is the payload of a form that is sent; nil when Slack itself keeps it back.
func (s *Server) Submission(user string) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.top(user)
	if err != nil {
		return nil, err
	}
	if v.body["submit"] == nil {
		return nil, fmt.Errorf("%s sees nothing to send", user)
	}
	v.errors = nil
	for _, b := range v.blocks() {
		element, _ := b["element"].(map[string]any)
		blockID := stringOf(b["block_id"])
		if b["type"] == "input" && b["optional"] != true &&
			valueOf(v.state[blockID][stringOf(element["action_id"])].(map[string]any)) == "" {
			v.errors = map[string]string{blockID: "Please complete this required field."}
			return nil, nil
		}
	}
	p := s.interaction(user, "view_submission")
	p["view"] = clone(v.json())
	p["response_urls"] = []any{}
	return p, nil
}

// CloseModal is a user closing what is open.
func (s *Server) CloseModal(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.modals[user] = nil
}

// OpenHome opens the App Home tab.
func (d *Driver) OpenHome(ctx context.Context, user string) error {
	all := d.SendEvent(ctx, d.HomeOpened(UserID(user)), nil)
	return outcome(all[len(all)-1])
}

// HomeOpened is the event of an opened App Home.
func (s *Server) HomeOpened(user string) map[string]any {
	s.mu.Lock()
	event := map[string]any{"type": "app_home_opened", "user": user, "channel": DirectChannel(user), "tab": "home", "event_ts": s.stamp()}
	if v := s.homes[user]; v != nil {
		event["view"] = clone(v.json())
	}
	s.mu.Unlock()
	return s.EventPayload(event)
}

// Home is what a user sees of the App Home.
func (s *Server) Home(user string) bottest.Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.homes[UserID(user)]
	if v == nil {
		return bottest.Shown{}
	}
	shown := shownView(v)
	shown.Reference = "home"
	return shown
}

// Screen is what a user sees: messages and private answers of every channel they are in, and what is open before them. An answer that
// stands in a dialog is private, too; an empty dialog is nothing yet.
func (d *Driver) Screen(_ context.Context, name string) (bottest.Screen, error) {
	user := UserID(name)
	d.mu.Lock()
	defer d.mu.Unlock()
	var s bottest.Screen
	for _, m := range d.direct(user).messages {
		if m.Ephemeral == "" && m.User == BotUser {
			s.Messages = append(s.Messages, shownMessage(m))
		}
	}
	for _, c := range d.channels {
		for _, m := range c.messages {
			if m.Ephemeral == user {
				s.Private = append(s.Private, shownMessage(m))
			}
		}
	}
	slices.SortStableFunc(s.Private, func(a, b bottest.Shown) int {
		_, x, _ := strings.Cut(a.Reference, ":")
		_, y, _ := strings.Cut(b.Reference, ":")
		return strings.Compare(x, y)
	})
	if v, err := d.top(user); err == nil {
		switch {
		case isForm(v):
			s.Form = shownForm(v)
		case stringOf(v.body["callback_id"]) != "loading":
			s.Private = append(s.Private, shownView(v))
		}
	}
	for _, n := range d.notes[user] {
		s.Private = append(s.Private, bottest.Shown{Text: n})
	}
	return s, nil
}

// Dialog is the callback_id of the view that a user has before them; empty: none.
func (s *Server) Dialog(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.top(UserID(user))
	if err != nil {
		return ""
	}
	return stringOf(v.body["callback_id"])
}

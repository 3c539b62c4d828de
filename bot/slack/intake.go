package slack

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/workflows"
)

const maxBody = 1 << 20

var errBroke = errors.New("answering it broke")

// arrival is what came in, from either transport: one of command, interaction, envelope.
type arrival interface{ origin() origin }

// answer is what goes back. Something that is not taken comes again, or its sender is told by Slack that it failed.
type answer struct {
	taken   bool
	payload any // JSON, nil: none
	small   any // in its place where it is too large for the transport
}

var taken = answer{taken: true}

// served is HTTP mode: what the headers say, then the whole body, its signature, and only then what it says.
func (c *Chat) served(decode func(body []byte) (arrival, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		signed, err := c.signed(r.Header)
		if err != nil {
			c.refuse(w, r, err)
			return
		}
		body, free, ok := c.Bodies.Read(w, r, maxBody)
		if !ok {
			return
		}
		genuine := signed.of(body)
		free()
		if !genuine {
			c.refuse(w, r, errForged)
			return
		}
		in, err := decode(body)
		if err != nil {
			c.Log.ErrorContext(r.Context(), "something signed by Slack could not be read", "path", r.URL.Path, "bytes", len(body))
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		a := c.take(context.WithoutCancel(r.Context()), in) // what was pressed happens, also when Slack hangs up
		if !a.taken {
			http.Error(w, "not saved", http.StatusServiceUnavailable) // without X-Slack-No-Retry: events come again
			return
		}
		if a.payload != nil {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_ = json.NewEncoder(w).Encode(a.payload) // a broken connection is Slack's time-out
		}
	}
}

// refuse turns away who is not Slack.
func (c *Chat) refuse(w http.ResponseWriter, r *http.Request, why error) {
	c.Log.WarnContext(r.Context(), "a request to Slack's address was refused", "path", r.URL.Path, "why", why)
	if !errors.Is(why, errStale) {
		c.Alarm.Alert(r.Context(), "alert.slack.signature", "", nil)
	}
	chat.Refuse(w, http.StatusUnauthorized, "not signed by Slack")
}

// take answers what arrived over either transport.
func (c *Chat) take(ctx context.Context, in arrival) (a answer) {
	ctx, cancel := context.WithTimeout(ctx, c.Times.Handling)
	defer cancel()
	defer c.recovered(ctx, "something that arrived from Slack")
	from := in.origin()
	if from.OrgWide || c.at().OrgWide {
		return c.refuseOrgWide(ctx, in)
	}
	team := c.senderTeam(ctx, from)
	switch in := in.(type) {
	case command:
		return c.command(ctx, team, in)
	case interaction:
		return c.interaction(ctx, team, in)
	case envelope:
		return c.event(ctx, team, in)
	}
	return taken
}

func cause(team, user, did string, parts ...string) workflows.Cause {
	return workflows.Cause{ChatUser: chatUser(team, user), Key: did + ":" + strings.Join(parts, ":")}
}

func chatUser(team, user string) workflows.ChatUser {
	return workflows.ChatUser{Platform: Platform, Team: team, User: user}
}

// ownCommand is the one behind which everything can be typed.
const ownCommand = "nod"

// registered gives what the bot's commands with a name of their own mean, by that name; the manifest registers these and ownCommand.
func registered(b Bot) map[string]string {
	meant := map[string]string{}
	for _, h := range b.Commands("en") {
		if h.Registered != "" {
			meant[h.Registered] = h.Name
		}
	}
	return meant
}

// Spell writes a command as it is typed here: what the manifest registers by its own name there, everything else behind /nod.
func (c *Chat) Spell(name string) string {
	for command, meant := range c.registered() {
		if meant == name {
			return "/" + c.Prefix + command
		}
	}
	return "/" + c.Prefix + ownCommand + " " + name
}

// meaning is what a slash command asks for: /timeoff … and /nod leave … both ask for leave, /nod alone for help.
func (c *Chat) meaning(ctx context.Context, in command) bot.Command {
	asked := chat.Command(in.Command + " " + c.readMarkup(ctx, in.Text))
	asked.Name = strings.TrimPrefix(asked.Name, strings.ToLower(c.Prefix))
	switch meant := c.registered()[asked.Name]; {
	case asked.Name == ownCommand && asked.Args == "":
		return bot.Command{Name: "help"}
	case asked.Name == ownCommand:
		return chat.Command(asked.Args)
	case meant != "":
		asked.Name = meant
	}
	return asked
}

func (c *Chat) command(ctx context.Context, team string, in command) answer {
	if in.SSLCheck == "1" {
		return taken
	}
	u := bot.Update{Cause: cause(team, in.User, "command", in.Trigger), Content: c.meaning(ctx, in)}
	r := &reply{chat: c, team: team, user: in.User, trigger: in.Trigger, meta: meta{Respond: in.Respond}, place: in.Channel}
	if c.Bot.OpensForm(u.Content) {
		return c.opener(ctx, u, r)
	}
	return c.press(ctx, u, r)
}

// opener opens an empty view at once, for its trigger lives three seconds, and has bot fill it afterwards. It commits nothing.
func (c *Chat) opener(ctx context.Context, u bot.Update, r *reply) answer {
	return c.opening(ctx, r, func(ctx context.Context) error { return c.handle(ctx, u, r) })
}

// opening does so for whatever draws the view.
func (c *Chat) opening(ctx context.Context, r *reply, draw func(ctx context.Context) error) answer {
	if err := r.openLoading(ctx); err != nil {
		if code(err) == "exchanged_trigger_id" {
			return taken // the same delivery once more: the first one is at work
		}
		c.Log.WarnContext(ctx, "a dialog could not be opened", "error", err)
		return answer{taken: r.tellPrivately(ctx, bot.Message{Text: c.say("slack.late"), Tone: workflows.Warn}) == nil}
	}
	c.inBackground(func(ctx context.Context) {
		r.finish(ctx, draw(ctx))
	})
	return taken
}

// press does something at once, and is acknowledged when it is done: what is not acknowledged, Slack reports to the sender. What they are
// told of it they read behind that, since Slack takes it as a call of its own; but where it was not saved, it is the telling that counts.
func (c *Chat) press(ctx context.Context, u bot.Update, r *reply) answer {
	kept := &behind{reply: r}
	err := c.handle(ctx, u, kept)
	if err == nil {
		c.inBackground(func(ctx context.Context) {
			kept.tell(ctx)
			r.finish(ctx, nil)
		})
		return taken
	}
	kept.tell(ctx)
	r.finish(ctx, err)
	return answer{taken: r.reached()}
}

// handle binds the sender if that can be, and has bot answer. A fault in one answer ends neither the program nor what follows an answer.
func (c *Chat) handle(ctx context.Context, u bot.Update, r bot.Reply) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.Log.ErrorContext(ctx, "answering an update broke", "panic", p, "stack", string(debug.Stack()))
			err = errBroke
		}
	}()
	u.Stranger = c.bind(ctx, u.Cause.Team, u.Cause.User)
	u.Language = c.locale(u.Cause.Team, u.Cause.User)
	return c.Bot.Handle(ctx, u, r)
}

func (c *Chat) interaction(ctx context.Context, team string, in interaction) answer {
	switch in.Type {
	case "block_actions":
		if len(in.Actions) == 0 {
			return taken
		}
		return c.action(ctx, team, in, in.Actions[0])
	case "view_submission":
		if in.View == nil || !strings.HasPrefix(in.View.Callback, "form:") {
			return taken
		}
		return c.submission(ctx, team, in)
	}
	return taken // view_closed, shortcuts that nobody registered
}

func (c *Chat) action(ctx context.Context, team string, in interaction, act blockAction) answer {
	if in.View == nil && act.isOfMessageForm() {
		return c.messageForm(ctx, team, in, act)
	}
	r := &reply{chat: c, team: team, user: in.User.ID, trigger: in.Trigger, meta: meta{Respond: in.Respond}}
	place := in.Container.Message
	if in.View == nil {
		r.pressed, r.around, r.place = in.Container.Channel+":"+place, in.Message, in.Container.Channel
	} else {
		place = in.View.ID
		if in.View.Type == "modal" {
			r.meta, _ = readMeta(in.View.Meta) // without it a button is answered all the same
			r.view, r.trigger = viewRef{id: in.View.ID, hash: in.View.Hash}, ""
		} else {
			r.meta.Home, r.inDialog = true, true
		}
	}
	do, line, ofList := act.lineEvent()
	if act.Type != "button" || ofList {
		if in.View == nil || in.View.Type != "modal" || !strings.HasPrefix(in.View.Callback, "form:") {
			return taken
		}
		r.do = do
		return c.recalculation(ctx, team, in, act, r, line)
	}
	if r.view.id != "" {
		r.view.hash, r.shows = "", showsAnswer
	}
	a, err := act.action()
	if err != nil {
		c.Log.WarnContext(ctx, "a button came back that is none of ours", "user", in.User.ID, "action", cut(act.ID, 40))
		return answer{taken: r.Tell(ctx, bot.Message{Text: c.say("slack.lost"), Tone: workflows.Warn}) == nil}
	}
	u := bot.Update{Cause: cause(team, in.User.ID, "press", place, act.ID, act.At), Content: bot.Press{Action: a}}
	if c.Bot.OpensForm(u.Content) {
		return c.opener(ctx, u, r)
	}
	if r.inDialog {
		if err := r.openLoading(ctx); err != nil {
			c.Log.WarnContext(ctx, "a dialog could not be opened", "error", err) // the answer goes to the direct channel
		}
		r.set(func() { r.sent = false }) // a dialog that waits has told nobody anything
	}
	return c.press(ctx, u, r)
}

// recalculation acknowledges at once, since nothing is saved, and works the form out again beside. Of several changes the last one wins.
func (c *Chat) recalculation(ctx context.Context, team string, in interaction, act blockAction, r *reply, line int) answer {
	state, m, err := formState(in.View)
	if err != nil {
		r.shows = showsAnswer
		return answer{taken: r.Tell(ctx, c.formLost(ctx, in)) == nil}
	}
	if r.do != "" {
		c.takeFiles(in.View, &state, &r.meta)
	}
	u := bot.Update{Cause: cause(team, in.User.ID, "look", in.View.ID, act.ID, act.At)}
	r.shows = showsForm
	r.current = c.changedForm(in.View.ID, act.At)
	c.inBackground(func(ctx context.Context) {
		whole, err := c.withHeld(ctx, team, in.User.ID, state, m)
		if err != nil {
			r.withoutLines(ctx, err)
			return
		}
		u.Content = bot.Recalculation{FormState: whole, Do: r.do, Line: line}
		r.finish(ctx, c.handle(ctx, u, r))
	})
	return taken
}

// changedForm remembers the last change of a view, and gives a function that tells whether it still is the last.
func (c *Chat) changedForm(view, at string) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.newest) > 10_000 {
		clear(c.newest) // at worst an older preview stands until the next change
	}
	if at > c.newest[view] {
		c.newest[view] = at
	}
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.newest[view] <= at
	}
}

// formLost answers a form that cannot be read back.
func (c *Chat) formLost(ctx context.Context, in interaction) bot.Message {
	c.Log.WarnContext(ctx, "a form came back that is none of ours", "user", in.User.ID, "form", cut(in.View.Callback, 40))
	return c.draftLost()
}

func (c *Chat) draftLost() bot.Message {
	return bot.Message{Text: c.say("slack.draft_lost"), Tone: workflows.Warn}
}

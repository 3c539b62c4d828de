package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tg "github.com/go-telegram/bot"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// dialog is a form on its way: one message, edited in place, that asks for one field after the other and ends in a summary. It is kept as
// JSON under its owner, who has one form open at a time.
type dialog struct {
	Form    bot.Form
	Field   string  // that is asked for; "": the summary
	Single  bool    // only this field is changed: the summary follows
	OneLine bool    `json:",omitempty"` // only the inputs of the list's open line are asked for: the summary follows
	Brief   bool    // only what is required and missing is asked for
	Message int     // the message; 0: not sent yet
	Took    int64   // the update that opened the form, or of the last typed answer: when it comes again, it answers no question
	Ended   bool    // it was sent; kept for a while, since a press may come again
	Fed     []int64 `json:",omitempty"` // updates whose file is in, or at fault: when they come again, they add nothing
	Album   string  `json:",omitempty"` // of the last file
	Below   int     `json:",omitempty"` // the last message that a user's file came with: the form is to stand below it
}

// draftName is under what a user's open form is kept.
const draftName = "open"

func owner(user int64) string { return Platform + "/" + strconv.FormatInt(user, 10) }

func (d *dialog) token() string { return token(d.Form.Nonce) }

func (d *dialog) at(name string) int {
	return slices.IndexFunc(d.Form.Fields, func(f bot.FormField) bool { return f.Name == name })
}

// missing finds the first required field from i on that is empty; -1 when there is none.
func (d *dialog) missing(i int) int {
	for ; i < len(d.Form.Fields); i++ {
		if f := d.Form.Fields[i]; f.Required && f.Value == "" {
			return i
		}
	}
	return -1
}

// sum goes to the summary.
func (d *dialog) sum() { d.Field, d.Single, d.OneLine = "", false, false }

// asked tells whether a field is asked for before the summary: one without which the form cannot be sent, or one of a list's line. What
// need not be said, as that only half of a day is meant, stands in the summary and can be changed there.
func (d *dialog) asked(i int) bool { return d.Form.Fields[i].Required || d.Form.Fields[i].Line > 0 }

// before finds the field that is asked for before i; -1: none is.
func (d *dialog) before(i int) int {
	for i--; i >= 0 && !d.asked(i); i-- {
	}
	return i
}

// next goes on to the field that is asked for after i, or to the summary.
func (d *dialog) next(i int) {
	if i++; d.Brief && !d.OneLine {
		i = d.missing(i)
	}
	for i >= 0 && i < len(d.Form.Fields) && !d.asked(i) {
		i++
	}
	if d.Single || i < 0 || i >= len(d.Form.Fields) || d.OneLine && d.Form.Fields[i].Line == 0 {
		d.sum()
		return
	}
	d.Field = d.Form.Fields[i].Name
}

// place is which of how many questions that for the field i is.
func (d *dialog) place(i int) (n, of int) {
	for j, f := range d.Form.Fields {
		if d.OneLine && f.Line == 0 || !d.asked(j) {
			continue
		}
		if of++; j <= i {
			n++
		}
	}
	return n, of
}

// load finds the user's form: the one with this token, or whichever is open when token is "". Nil without an error: there is none.
func (c *Chat) load(ctx context.Context, user int64, token string) (*dialog, error) {
	var d *dialog
	var err error
	if token == "" {
		var state []byte
		var found bool
		if state, found, err = c.Drafts.Load(ctx, owner(user), draftName); found {
			d = readDialog(state, "")
		}
	} else {
		_, _, err = c.Drafts.Find(ctx, owner(user), draftName, func(state []byte) bool {
			d = readDialog(state, token)
			return d != nil
		})
	}
	if err != nil {
		c.Log.WarnContext(ctx, "a form could not be looked up", "error", err)
	}
	return d, err
}

func readDialog(state []byte, token string) *dialog {
	var d dialog
	if json.Unmarshal(state, &d) != nil || token != "" && d.token() != token {
		return nil
	}
	if d.Form.Number != "" && d.Form.Subject == "" {
		return nil // an older program kept it, and knew its request by number: sent, it would become a new request
	}
	return &d
}

// save keeps a form.
func (c *Chat) save(ctx context.Context, user int64, d *dialog) error {
	state, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("write a form: %w", err)
	}
	return c.Drafts.Save(ctx, owner(user), draftName, state)
}

// open shows a new form. One that holds all that is required is shown as a summary at once; the others begin with a question.
func (c *Chat) open(ctx context.Context, r *reply, f bot.Form) error {
	if old, err := c.load(ctx, r.in.user, ""); err == nil && old != nil && !old.Ended && old.Message != 0 && old.token() != token(f.Nonce) {
		err := c.edit(ctx, r.in.chat, old.Message, c.closed(r.language(ctx), old, "telegram.replaced"))
		if err != nil && !says(err, missingWords) {
			c.Log.WarnContext(ctx, "an older form could not be closed", "error", err)
		}
	}
	d := &dialog{Form: f, Took: r.in.id}
	if r.in.file != nil { // it is in the form
		d.Fed, d.Album = []int64{r.in.id}, r.in.album
	}
	switch first := d.missing(0); {
	case first < 0:
	case r.args != "" || f.Intro != "": // it tells something of the form already
		d.Field, d.Brief = f.Fields[first].Name, true
	default:
		d.next(-1)
	}
	r.dialog = d
	return c.keepAndShow(ctx, r, d, month{})
}

// keepAndShow stores a form as it is now, and then draws it: what is on the screen can be pressed.
func (c *Chat) keepAndShow(ctx context.Context, r *reply, d *dialog, m month) error {
	if err := c.save(ctx, r.in.user, d); err != nil {
		c.Log.ErrorContext(ctx, "a form could not be kept", "error", err)
		return r.say(ctx, "telegram.unkept", nil)
	}
	return c.show(ctx, r, d, m)
}

// show draws a form, in its message or, when that is gone or something came below it, in a new one.
func (c *Chat) show(ctx context.Context, r *reply, d *dialog, m month) error {
	drawing := c.drawDialog(ctx, r, d, m)
	above := 0 // the form's message, when something came below it
	if d.Message < d.Below {
		above = d.Message
	} else if d.Message != 0 {
		err := c.patiently(ctx, func() error { return c.edit(ctx, r.in.chat, d.Message, drawing) })
		if err == nil || !says(err, missingWords) {
			return err
		}
	}
	err := c.patiently(ctx, func() error {
		id, err := c.post(ctx, r.in.chat, drawing, true, 0)
		if err == nil {
			d.Message = id
		}
		return err
	})
	if err != nil {
		return err
	}
	c.rememberMessage(ctx, r.in.user, d)
	if above != 0 {
		c.deleteReplaced(ctx, r, d, above)
	}
	return nil
}

// rememberMessage remembers a form's message, and nothing else: posting it took a while, and another program may have changed the form
// meanwhile.
func (c *Chat) rememberMessage(ctx context.Context, user int64, d *dialog) {
	newest, err := c.load(ctx, user, d.token())
	if err == nil && newest != nil && !newest.Ended {
		newest.Message = max(newest.Message, d.Message)
		err = c.save(ctx, user, newest)
	}
	if err != nil { // a press on the message brings its number along
		c.Log.WarnContext(ctx, "a form's message is not remembered", "error", err)
	}
}

// deleteReplaced deletes a form's message that has been replaced; one that is too old for that loses its buttons.
func (c *Chat) deleteReplaced(ctx context.Context, r *reply, d *dialog, id int) {
	if _, err := c.api.DeleteMessage(ctx, &tg.DeleteMessageParams{ChatID: r.in.chat, MessageID: id}); err == nil {
		return
	}
	if err := c.edit(ctx, r.in.chat, id, c.closed(r.language(ctx), d, "telegram.replaced")); err != nil && !says(err, missingWords) {
		c.Log.WarnContext(ctx, "an older form could not be closed", "error", err)
	}
}

// stepPressed handles a press on a form.
func (c *Chat) stepPressed(ctx context.Context, in *incoming, r *reply, b pressedButton) error {
	d, err := c.load(ctx, in.user, b.token)
	if err != nil {
		return r.say(ctx, "telegram.unreachable", nil)
	}
	if d == nil || d.Ended && b.step != "send" {
		return c.stale(ctx, in, r)
	}
	d.Message = max(d.Message, in.message) // an older one has been replaced by one below it
	r.dialog = d
	if do := bot.LineEvent(b.step); slices.Contains([]bot.LineEvent{bot.AddLine, bot.EditLine, bot.RemoveLine}, do) {
		return c.linePressed(ctx, in, r, d, do, b.value)
	}
	i := d.at(b.field)
	if i < 0 && !slices.Contains([]string{"nop", "send", "drop", "sum"}, b.step) {
		return c.keepAndShow(ctx, r, d, month{}) // the form has changed under the button
	}
	switch b.step {
	case "nop":
		return nil
	case "send":
		return c.submit(ctx, in, r, d)
	case "drop":
		return c.drop(ctx, r, d)
	case "sum":
		d.sum()
	case "go":
		d.Field, d.Single, d.Brief = b.field, false, false
		d.OneLine = d.OneLine && d.Form.Fields[i].Line > 0
	case "edit":
		d.Field, d.Single, d.OneLine = b.field, true, false
	case "mon":
		d.Field = b.field
		return c.keepAndShow(ctx, r, d, readMonth(b.value))
	case "keep":
		d.next(i)
	case "rm":
		return c.removeFile(ctx, in, r, d, i, b.value)
	case "clear":
		return c.setField(ctx, in, r, d, i, "")
	case "set":
		return c.setField(ctx, in, r, d, i, b.value)
	case "pick": // an option whose value is too long for a button
		n, err := strconv.Atoi(b.value)
		if err != nil || n < 0 || n >= len(d.Form.Fields[i].Options) {
			return c.keepAndShow(ctx, r, d, month{})
		}
		return c.setField(ctx, in, r, d, i, d.Form.Fields[i].Options[n].Value)
	default:
		return r.say(ctx, goneButton, nil)
	}
	return c.keepAndShow(ctx, r, d, month{})
}

// stale answers a press on a form that is not open any more, and takes the buttons off it.
func (c *Chat) stale(ctx context.Context, in *incoming, r *reply) error {
	err := r.say(ctx, "telegram.gone", nil)
	if in.message != 0 {
		text := c.Words.Say(r.language(ctx), "telegram.gone", nil)
		if err := c.edit(ctx, in.chat, in.message, drawn{text: inert(text, c.commandWords()).html}); err != nil {
			c.Log.DebugContext(ctx, "an old form keeps its buttons", "error", err)
		}
	}
	return err
}

// setField puts a value into a field, has the form worked out again if it wants that, and goes on unless the value is at fault.
func (c *Chat) setField(ctx context.Context, in *incoming, r *reply, d *dialog, i int, value string) error {
	name := d.Form.Fields[i].Name
	d.Form.Fields[i].Value, d.Form.Fields[i].Shown, d.Form.Fields[i].Fault = value, "", "" // how it is shown, the bot says
	sound := true
	if d.Form.Live {
		sound = c.workedOut(ctx, in, r, bot.Recalculation{FormState: d.Form.State()})
		if r.ending != nil {
			return nil
		}
		if i = d.at(name); i < 0 {
			i = len(d.Form.Fields) - 1
		}
	} else if f := &d.Form.Fields[i]; value != "" && len(f.Options) > 0 &&
		!slices.ContainsFunc(f.Options, func(o bot.FormOption) bool { return o.Value == value }) {
		f.Fault = c.Words.Say(r.language(ctx), "telegram.choose", map[string]any{"Value": cut(value, 40)})
	}
	if sound && d.Form.Fields[i].Fault == "" {
		d.next(i)
	} else {
		d.Field = name
	}
	return c.keepAndShow(ctx, r, d, month{})
}

// workedOut has the bot work out the form, which r's dialog then holds. When it is false the bot has said why not.
func (c *Chat) workedOut(ctx context.Context, in *incoming, r *reply, as bot.Recalculation) bool {
	r.looking, r.looked = true, false
	u := bot.Update{Cause: c.cause(in, "look:"+c.key(in.id)), Content: as, Language: in.app}
	err := c.Bot.Handle(ctx, u, r)
	r.looking = false
	return err == nil && r.looked
}

// typed takes a line as the answer to the open form's question. It is false when no form is open, and when the line can begin a new one
// because an open one, if there is any, is out of reach.
func (c *Chat) typed(ctx context.Context, in *incoming, r *reply) (bool, error) {
	d, err := c.load(ctx, in.user, "")
	switch {
	case err != nil:
		return !c.Bot.OpensForm(bot.Said{Text: in.text}), r.say(ctx, "telegram.unreachable", nil)
	case d == nil || d.Ended:
		return false, nil
	}
	r.dialog = d
	if d.Took == in.id {
		return true, c.keepAndShow(ctx, r, d, month{})
	}
	d.Took = in.id
	i := d.at(d.Field)
	if c.Bot.IsCommand(bot.Said{Text: in.text}) && (i < 0 || !isOption(d.Form.Fields[i], in.text)) {
		return false, nil // cancel, 帮助: they mean what they mean elsewhere
	}
	if i < 0 {
		return true, r.say(ctx, "telegram.summary_text", map[string]any{"Submit": c.Words.Say(r.language(ctx), "telegram.submit", nil)})
	}
	if d.Form.Fields[i].Asks == workflows.AskFiles {
		return true, r.say(ctx, "telegram.no_file", nil)
	}
	if err := c.setField(ctx, in, r, d, i, understood(d.Form.Fields[i], in.text)); err != nil {
		return true, err
	}
	// The form shows it now, and stays the last message; that what was typed stays does no harm.
	if err := c.remove(ctx, in.chat, in.message); err != nil {
		c.Log.DebugContext(ctx, "a typed answer stays", "error", err)
	}
	return true, nil
}

// understood is what a typed answer means: the choice of that name, else what was typed, which the bot reads.
func understood(f bot.FormField, typed string) string {
	typed = strings.TrimSpace(typed)
	for _, o := range f.Options {
		if strings.EqualFold(o.Value, typed) || strings.EqualFold(o.Label, typed) {
			return o.Value
		}
	}
	return typed
}

// isOption tells whether a typed answer names one of a field's choices.
func isOption(f bot.FormField, typed string) bool {
	return slices.ContainsFunc(f.Options, func(o bot.FormOption) bool { return o.Value == understood(f, typed) })
}

// submit sends the form. Its nonce is the cause, so that presses of Submit are one however often they come.
func (c *Chat) submit(ctx context.Context, in *incoming, r *reply, d *dialog) error {
	u := bot.Update{Cause: c.cause(in, "form:"+d.Form.Nonce), Content: bot.Submission{FormState: d.Form.State()}, Language: in.app}
	return c.press(ctx, u, in, r) // where it is not saved, the form is still there
}

// drop is a form's Cancel.
func (c *Chat) drop(ctx context.Context, r *reply, d *dialog) error {
	d.Ended = true
	if err := c.Drafts.Drop(ctx, owner(r.in.user), draftName); err != nil {
		c.Log.WarnContext(ctx, "a form was not dropped", "error", err)
	}
	return c.patiently(ctx, func() error {
		return c.edit(ctx, r.in.chat, d.Message, c.closed(r.language(ctx), d, "telegram.cancelled"))
	})
}

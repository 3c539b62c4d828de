package web

import (
	"context"
	"errors"
	"hash/fnv"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/workflows"
)

// patience is how long a person waits at most for an answer; the bot gets a second less, so that its own words can still arrive.
const patience = 10 * time.Second

// The fields of requests, beside a form's own. A form's own names never contain a dot.
const (
	inText    = "text"     // what was typed into the composer
	inOnce    = "once"     // random, drawn with the composer and renewed with every answer: two sends of one line are one
	inFresh   = "fresh"    // ignore the draft
	inMessage = "message"  // id of the message whose button it is
	inSeq     = "seq"      // of the card as it was drawn
	inAction  = "action"   // bot.Action as JSON
	inForm    = "nod.form" // and the rest of bot.FormState, without the number, which is for showing only
	inNonce   = "nod.nonce"
	inSubject = "nod.subject"
	inDigest  = "nod.digest"
	inOpen    = "nod.open" // the ID of the list's line that is open
	inDo      = "nod.do"   // bot.LineEvent: what is to happen to the list
	inLine    = "nod.line" // the ID of the line that it happens to
	inLive    = "nod.live" // the form wants to be worked out again as it changes
)

// cause names the delivery. Keys:
//
//	command:ONCE                 one line sent from the composer
//	press:MESSAGE:SEQ:NAME:HASH  one button of one message as drawn; HASH is of the whole action, since a list has a button of
//	                             the same name on every line
//	form:NONCE                   one form, however often its button is pressed
//	look:ONCE                    a recalculation, which changes nothing
func cause(p workflows.Person, did string, parts ...string) workflows.Cause {
	user := workflows.ChatUser{Platform: Platform, Team: Team, User: p.No}
	return workflows.Cause{ChatUser: user, Key: did + ":" + strings.Join(parts, ":")}
}

func (c *Chat) command(w http.ResponseWriter, r *http.Request) {
	p, in, ok := c.arrived(w, r, inText, inOnce, inFresh)
	if !ok {
		return
	}
	if !chat.IsToken(in[inOnce]) {
		refuse(w, http.StatusBadRequest, "The command has no id.")
		return
	}
	f := c.frame(p)
	out := &answer{frame: f, Once: newID()}
	files, names := handedIn(r)
	if len(files) > workflows.MaxFiles {
		refuse(w, http.StatusRequestEntityTooLarge, f.T("web.chat.many_files", "Max", workflows.MaxFiles))
		return
	}
	if strings.TrimSpace(in[inText]) == "" && len(files) == 0 {
		c.write(w, out)
		return
	}
	content := bot.ReadTyped(in[inText])
	if len(files) > 0 {
		content = bot.Said{Text: strings.TrimSpace(in[inText]), Uploads: files}
	}
	reply := c.handle(r.Context(), bot.Update{Cause: cause(p, "command", in[inOnce]), Content: content})
	if reply.form == nil {
		out.Posts = append(out.Posts, f.own(in[inText], names)) // above its answer
	}
	// what goes into the form
	told := chat.Command(in[inText]).Args != "" || len(files) > 0 || reply.form != nil && reply.form.Intro != ""
	keepsDraft := !told && in[inFresh] == ""
	c.show(r.Context(), p, out, reply, opener{Text: in[inText]}, keepsDraft)
	c.write(w, out)
}

func (c *Chat) press(w http.ResponseWriter, r *http.Request) {
	p, in, ok := c.arrived(w, r, inMessage, inSeq, inAction, inFresh)
	if !ok {
		return
	}
	action, err := chat.ReadAction(in[inAction])
	seq, badSeq := strconv.Atoi(in[inSeq])
	if err != nil || badSeq != nil || !chat.IsToken(in[inMessage]) {
		refuse(w, http.StatusBadRequest, "This button is not one of this chat.")
		return
	}
	out := &answer{frame: c.frame(p)}
	key := cause(p, "press", in[inMessage], strconv.Itoa(seq), action.Name, hashed(in[inAction]))
	reply := c.handle(r.Context(), bot.Update{Cause: key, Content: bot.Press{Action: action}})
	for _, subject := range reply.spent {
		c.takeButtons(r.Context(), p, in[inMessage], subject)
	}
	from := opener{Message: in[inMessage], Seq: in[inSeq], Action: in[inAction]}
	c.show(r.Context(), p, out, reply, from, in[inFresh] == "")
	c.write(w, out)
}

func (c *Chat) submit(w http.ResponseWriter, r *http.Request) {
	p, form, _, ok := c.form(w, r)
	if !ok {
		return
	}
	state := form.FormState
	out := &answer{frame: c.frame(p), From: state.Nonce}
	reply := c.handle(r.Context(), bot.Update{Cause: cause(p, "form", state.Nonce), Content: bot.Submission{FormState: state}})
	if reply.finished() {
		c.dropDraft(r.Context(), p, state.Form)
	}
	c.show(r.Context(), p, out, reply, opener{}, false)
	c.write(w, out)
}

// recalculate keeps the draft and, if the form wants it, has it worked out again.
func (c *Chat) recalculate(w http.ResponseWriter, r *http.Request) {
	p, form, live, ok := c.form(w, r)
	if !ok {
		return
	}
	state := form.FormState
	changed := form.Do != "" || len(state.Uploads) > 0 // in a way that the bot knows only
	out := &answer{frame: c.frame(p), From: state.Nonce, Listed: form.Do != ""}
	out.Kept = c.saveDraft(r.Context(), p, state) // before the bot: sending it, a moment later, drops the draft
	if live || changed {
		reply := c.handle(r.Context(), bot.Update{Cause: cause(p, "look", newID()), Content: form})
		if changed && reply.form != nil {
			out.Kept = c.saveDraft(r.Context(), p, reply.form.State()) // with the files and the lines that there are now
		}
		c.show(r.Context(), p, out, reply, opener{}, false)
	}
	c.write(w, out)
}

// resume opens the form that was open when the page was left.
func (c *Chat) resume(w http.ResponseWriter, r *http.Request) {
	p, in, ok := c.arrived(w, r, inForm)
	if !ok {
		return
	}
	out := &answer{frame: c.frame(p)}
	state, found, err := c.loadDraft(r.Context(), p, in[inForm])
	switch {
	case err != nil:
		out.Posts = append(out.Posts, out.tell(bot.Message{Text: out.T("web.draft.lost"), Tone: workflows.Warn}))
	case found:
		reply := c.handle(r.Context(), bot.Update{Cause: cause(p, "look", newID()), Content: bot.Recalculation{FormState: state}})
		reply.restored = true
		c.show(r.Context(), p, out, reply, opener{}, false)
	}
	c.write(w, out)
}

// drop is a form's Cancel.
func (c *Chat) drop(w http.ResponseWriter, r *http.Request) {
	p, in, ok := c.arrived(w, r, inForm)
	if !ok {
		return
	}
	c.dropDraft(r.Context(), p, in[inForm])
	c.write(w, &answer{frame: c.frame(p), Close: true})
}

func (c *Chat) read(w http.ResponseWriter, r *http.Request) {
	p, in, ok := c.arrived(w, r, "change")
	if !ok {
		return
	}
	change, err := strconv.ParseInt(in["change"], 10, 64)
	if err != nil {
		refuse(w, http.StatusBadRequest, "Which change?")
		return
	}
	if err := c.Store.WebMarkRead(r.Context(), p.No, change); err != nil {
		c.fail(w, "mark as read", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// arrived gives who it is and what was sent: only the names that are allowed, each once.
func (c *Chat) arrived(w http.ResponseWriter, r *http.Request, allowed ...string) (workflows.Person, map[string]string, bool) {
	p, ok := c.person(w, r, r.PathValue("no"))
	if !ok {
		return p, nil, false
	}
	in, ok := sent(w, r, func(name string) bool { return slices.Contains(allowed, name) }, never)
	return p, in, ok
}

// form gives the state of a form that was sent, and what is to happen to its list.
func (c *Chat) form(w http.ResponseWriter, r *http.Request) (p workflows.Person, s bot.Recalculation, live, ok bool) {
	if p, ok = c.person(w, r, r.PathValue("no")); !ok {
		return p, s, false, false
	}
	meta := []string{inForm, inNonce, inSubject, inDigest, inOpen, inDo, inLine, inLive}
	in, ok := sent(w, r, func(name string) bool { return slices.Contains(meta, name) || chat.IsField(name) }, chat.IsField)
	if !ok {
		return p, s, false, false
	}
	open, do, line, bad := readLine(in)
	s = bot.Recalculation{Do: do, Line: line}
	s.FormState = bot.FormState{Form: in[inForm], Nonce: in[inNonce], Subject: workflows.SubjectID(in[inSubject]), Digest: in[inDigest],
		Values: map[string]string{}, Line: open, Uploads: uploaded(r)}
	for name, value := range in {
		if !slices.Contains(meta, name) {
			s.Values[name] = value
		}
	}
	if bad != nil || chat.CheckState(s.FormState) != nil {
		refuse(w, http.StatusBadRequest, "This form is not one of this chat.")
		return p, s, false, false
	}
	return p, s, in[inLive] == "1", true
}

func never(string) bool { return false }

// sent reads what was posted: names that are allowed, each once unless there may be several, as of ticked files.
func sent(w http.ResponseWriter, r *http.Request, allowed, several func(name string) bool) (map[string]string, bool) {
	err := r.ParseForm()
	if err == nil && uploads(r) {
		err = r.ParseMultipartForm(inMemory) // what does not fit is removed when the request ends
	}
	if err != nil {
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			chat.Refuse(w, http.StatusRequestEntityTooLarge, "This is too much to send at once.")
		case chat.Crowded(err):
			chat.Refuse(w, http.StatusServiceUnavailable, "Too much is being sent at this moment. Please try again.")
		default:
			chat.Refuse(w, http.StatusBadRequest, "This cannot be read.")
		}
		return nil, false
	}
	in := map[string]string{}
	for name, values := range r.PostForm { // never the address: what is there was not typed
		if strings.HasPrefix(name, inFile) { // a chosen file where only its name was sent; it comes by itself
			continue
		}
		if !allowed(name) || len(values) != 1 && !several(name) {
			refuse(w, http.StatusBadRequest, "This has a field that does not belong here.")
			return nil, false
		}
		in[name] = strings.Join(values, " ")
	}
	return in, true
}

func hashed(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	return strconv.FormatUint(h.Sum64(), 36)
}

// handle has the bot answer, or says after a while that it did not. The page may be closed meanwhile: what was pressed still happens.
func (c *Chat) handle(ctx context.Context, u bot.Update) *reply {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience-time.Second)
	out := new(reply)
	done := make(chan struct{})
	go func() {
		defer cancel()
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				c.Log.Error("the bot panicked on an update of the web chat", "panic", p, "stack", string(debug.Stack()))
				out.broke()
			}
		}()
		if err := c.Bot.Handle(ctx, u, out); err != nil {
			// the sender knows, and may press again
			c.Log.Warn("an update of the web chat was not saved", "cause", u.Cause.Key, "error", err)
		}
	}()
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-done:
		out.end(false)
	case <-wait.C:
		out.end(true)
	}
	return out
}

func refuse(w http.ResponseWriter, status int, sentence string) { http.Error(w, sentence, status) }

// fail tells a person that something broke here, and the operator what.
func (c *Chat) fail(w http.ResponseWriter, what string, err error) {
	id := newID()
	c.Log.Error("the web chat failed", "what", what, "id", id, "error", err)
	http.Error(w, "Something went wrong here (id "+id+"). Please try again.", http.StatusInternalServerError)
}

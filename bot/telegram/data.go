package telegram

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/workflows"
)

// A button's data holds all that its press means, so that buttons of long ago and of before a restart still answer and nothing has to be
// remembered:
//
//	2|NAME|SUBJECT|DIGEST|FLAGS|ARGS   an action; what is empty at the end is left away; flags: o, it opens something; n, once
//	2|.STEP|TOKEN|FIELD|VALUE          a step of a form; the token is the form's
//
// The subject's 16 bytes take 22 characters, so that names of 20 fit. The data may be forged, which is harmless: who may do what to which
// revision is checked when it is committed. The first part is the version of this; version 1 named requests by number, and numbers come
// again after a restore.
const (
	dataVersion = "2"
	mostData    = 64 // bytes: https://core.telegram.org/bots/api#inlinekeyboardbutton
)

// pressedButton is what a button's data says: an action, or a step of a form.
type pressedButton struct {
	action              bot.Action
	step                string // without its dot
	token, field, value string
}

var (
	escapeData   = strings.NewReplacer("%", "%25", "|", "%7C")
	unescapeData = strings.NewReplacer("%7C", "|", "%25", "%")
)

// actionData writes an action, without what is only shown. It is false for one that does not fit, or that could not be read again.
func actionData(a bot.Action) (string, bool) {
	subject, ok := packed(a.Subject)
	if !ok || chat.CheckAction(a) != nil {
		return "", false
	}
	flags := ""
	if a.Opens {
		flags = "o"
	}
	if a.Once {
		flags += "n"
	}
	return join(a.Name, subject, a.Digest, flags, a.Args)
}

// packed writes a subject's ID in fewer characters. It is false for what is no UUID as storage spells it.
func packed(id workflows.SubjectID) (string, bool) {
	if id == "" {
		return "", true
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(string(id), "-", ""))
	if err != nil || len(raw) != 16 || spelled(raw) != id {
		return "", false
	}
	return base64.RawURLEncoding.EncodeToString(raw), true
}

// unpacked reads what packed wrote, and nothing else.
func unpacked(s string) (workflows.SubjectID, bool) {
	if s == "" {
		return "", true
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(s) != 22 || len(raw) != 16 { // the decoder passes over line breaks
		return "", false
	}
	return spelled(raw), true
}

// spelled writes a UUID's 16 bytes as storage does.
func spelled(raw []byte) workflows.SubjectID {
	return workflows.SubjectID(fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]))
}

func stepData(step, token, field, value string) (string, bool) {
	return join("."+step, token, field, value)
}

func join(parts ...string) (string, bool) {
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	data := dataVersion
	for _, p := range parts {
		data += "|" + escapeData.Replace(p)
	}
	return data, len(data) <= mostData
}

// readData reads what came back.
func readData(data string) (pressedButton, error) {
	parts := strings.Split(data, "|")
	for i := range parts {
		parts[i] = unescapeData.Replace(parts[i])
	}
	if len(data) > mostData || parts[0] != dataVersion || len(parts) < 2 || parts[1] == "" {
		return pressedButton{}, fmt.Errorf("the data is none of ours, or of another version, %d bytes", len(data))
	}
	part := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	if step, ok := strings.CutPrefix(parts[1], "."); ok {
		if len(parts) > 5 || step == "" {
			return pressedButton{}, fmt.Errorf("a step with %d parts", len(parts))
		}
		return pressedButton{step: step, token: part(2), field: part(3), value: part(4)}, nil
	}
	subject, ok := unpacked(part(2))
	a := bot.Action{Name: parts[1], Subject: subject, Digest: part(3), Args: part(5)}
	flags, known := map[string][2]bool{"": {}, "o": {true, false}, "n": {false, true}, "on": {true, true}}[part(4)]
	a.Opens, a.Once = flags[0], flags[1]
	if err := chat.CheckAction(a); !ok || err != nil {
		return pressedButton{}, errors.Join(errors.New("an action that cannot be one"), err)
	}
	if len(parts) > 6 || !known {
		return pressedButton{}, fmt.Errorf("an action with %d parts", len(parts))
	}
	return pressedButton{action: a}, nil
}

// keptArgs stands before the name of a draft that holds what is too long for a button's data. No command begins so.
const keptArgs = "#"

// apart keeps the words of buttons that are too long for their data as drafts of whoever gets them. Where that fails a button still does
// its command, without what was to go into the form.
func (c *Chat) apart(ctx context.Context, user int64, actions []bot.Action) []bot.Action {
	actions = slices.Clone(actions)
	for i, a := range actions {
		if _, fits := actionData(a); fits || a.Args == "" {
			continue
		}
		name := keptArgs + token(a.Args)
		if err := c.Drafts.Save(ctx, owner(user), name, []byte(a.Args)); err != nil {
			c.Log.WarnContext(ctx, "what a button stands for could not be kept", "error", err)
			name, _, _ = strings.Cut(a.Args, " ")
		}
		actions[i].Args = name
	}
	return actions
}

// whole gives the words of a button that came back.
func (c *Chat) whole(ctx context.Context, user int64, args string) (string, error) {
	if !strings.HasPrefix(args, keptArgs) {
		return args, nil
	}
	kept, found, err := c.Drafts.Load(ctx, owner(user), args)
	if err == nil && !found {
		err = errors.New("it was kept for a day")
	}
	return string(kept), err
}

// token names a form in its buttons. Eight characters of a hash are enough to tell a user's forms apart, and are no secret: only the form's
// owner sees it.
func token(nonce string) string {
	sum := sha256.Sum256([]byte(nonce))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

package telegram

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/nod-chat/nod/bot"
)

// A button's data holds all that its press means, so that buttons of long ago and of before a restart still answer and nothing has to be remembered:
//
//	1|NAME|NUMBER|REVISION|FLAGS|ARGS   an action; what is empty at the end is left away; flag o: it opens something
//	1|.STEP|TOKEN|FIELD|VALUE           a step of a form; the token is the form's
//
// It may be forged, which is harmless: who may do what to which revision is checked when it is committed. The first part is the version of this.
const (
	dataVersion = "1"
	mostData    = 64 // bytes: https://core.telegram.org/bots/api#inlinekeyboardbutton
)

// pressedButton is what a button's data says: an action, or a step of a form.
type pressedButton struct {
	action              bot.Action
	step                string // without its dot
	token, field, value string
}

var (
	guard   = strings.NewReplacer("%", "%25", "|", "%7C")
	unguard = strings.NewReplacer("%7C", "|", "%25", "%")
)

// actionData writes an action. It is false for one that does not fit.
func actionData(a bot.Action) (string, bool) {
	flags, revision := "", ""
	if a.Opens {
		flags = "o"
	}
	if a.Revision != 0 {
		revision = strconv.Itoa(a.Revision)
	}
	return join(a.Name, a.Number, revision, flags, a.Args)
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
		data += "|" + guard.Replace(p)
	}
	return data, len(data) <= mostData
}

// readData reads what came back.
func readData(data string) (b pressedButton, err error) {
	parts := strings.Split(data, "|")
	for i := range parts {
		parts[i] = unguard.Replace(parts[i])
	}
	if len(data) > mostData || parts[0] != dataVersion || len(parts) < 2 || parts[1] == "" {
		return b, fmt.Errorf("the data is none of ours, %d bytes", len(data))
	}
	part := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	if step, ok := strings.CutPrefix(parts[1], "."); ok {
		if len(parts) > 5 || step == "" {
			return b, fmt.Errorf("a step with %d parts", len(parts))
		}
		return pressedButton{step: step, token: part(2), field: part(3), value: part(4)}, nil
	}
	b.action = bot.Action{Name: parts[1], Number: part(2), Opens: part(4) == "o", Args: part(5)}
	if r := part(3); r != "" {
		if b.action.Revision, err = strconv.Atoi(r); err != nil || b.action.Revision < 0 {
			return b, fmt.Errorf("a revision that is no number")
		}
	}
	if len(parts) > 6 || part(4) != "" && part(4) != "o" {
		return b, fmt.Errorf("an action with %d parts", len(parts))
	}
	return b, nil
}

// token names a form in its buttons. Eight characters of a hash are enough to tell a user's forms apart, and are no secret: only the form's owner sees it.
func token(nonce string) string {
	sum := sha256.Sum256([]byte(nonce))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

package slack

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/kyokomi/emoji/v2"

	"github.com/nod-chat/nod/workflows"
)

// What somebody types, Slack sends in its own markup: people and channels by their IDs, addresses as links, pictures by name, and & < > as
// HTML writes them: docs.slack.dev/messaging/formatting-message-text. Messages and commands come like that, what is typed in a form raw but
// for its pictures. It is read back here to what its sender saw, before anybody understands or keeps it.

var (
	marked   = regexp.MustCompile(`<([^<>\s][^<>]*)>`)
	picture  = regexp.MustCompile(`:([a-z0-9_+'-]+):(?::skin-tone-([2-6]):)?`)
	unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	pictures = sync.OnceValue(emoji.CodeMap)
)

// mostMentions is how many people of a line are looked up by name; the others keep their ID.
const mostMentions = 5

// readMarkup gives a message or a command as it was typed.
func (c *Chat) readMarkup(ctx context.Context, text string) string {
	var b strings.Builder
	at, mentions := 0, 0
	for _, m := range marked.FindAllStringSubmatchIndex(text, -1) {
		target, label, _ := strings.Cut(text[m[2]:m[3]], "|")
		if target[0] == '@' {
			mentions++
		}
		read, ok := c.readMark(ctx, target, unescape.Replace(label), mentions <= mostMentions)
		if !ok {
			continue
		}
		b.WriteString(readPictures(unescape.Replace(text[at:m[0]])))
		b.WriteString(read)
		at = m[1]
	}
	b.WriteString(readPictures(unescape.Replace(text[at:])))
	return strings.TrimSpace(b.String())
}

// readMark reads what stands between < and >; false: it is nothing of Slack's.
func (c *Chat) readMark(ctx context.Context, target, label string, lookUp bool) (string, bool) {
	name := target[1:]
	switch target[0] {
	case '@':
		if name == c.itself() {
			return "", true // that it is meant for nod goes without saying
		}
		if lookUp {
			if found := c.nameOf(ctx, name); found != "" {
				label = found
			}
		}
		return "@" + strings.TrimPrefix(cmp.Or(label, name), "@"), true
	case '#':
		return "#" + strings.TrimPrefix(cmp.Or(label, name), "#"), true
	case '!':
		kind, rest, _ := strings.Cut(name, "^")
		switch kind {
		case "date":
			return label, true
		case "subteam":
			id, _, _ := strings.Cut(rest, "^")
			return "@" + strings.TrimPrefix(cmp.Or(label, id), "@"), true
		}
		return "@" + strings.TrimPrefix(cmp.Or(label, kind), "@"), true
	}
	scheme, rest, ok := strings.Cut(target, ":")
	if !ok || strings.ContainsFunc(scheme, func(r rune) bool { return !unicode.IsLetter(r) && r != '+' && r != '-' && r != '.' }) {
		return "", false
	}
	address := unescape.Replace(target)
	switch scheme {
	case "mailto", "tel":
		address = unescape.Replace(rest)
	case "http", "https":
		rest = strings.TrimPrefix(unescape.Replace(rest), "//")
		if label == rest || label+"/" == rest {
			return label, true // it was typed without
		}
	}
	if label == "" || label == address {
		return address, true
	}
	return label + " (" + address + ")", true // where it leads is not what it says
}

// readPictures puts a picture where its name stands, as its sender saw it. What is no name of one, or one of the workspace's own, stays.
func readPictures(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range picture.FindAllStringSubmatchIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:m[0]])
		name := text[m[2]:m[3]]
		found, ok := pictures()[":"+name+":"]
		if !ok {
			found, ok = pictures()[":"+strings.ReplaceAll(name, "-", "_")+":"]
		}
		if !ok || unicode.IsDigit(before) { // 10:30:45
			continue
		}
		b.WriteString(text[at:m[0]])
		b.WriteString(strings.TrimSpace(found))
		if m[4] >= 0 {
			b.WriteRune(rune(text[m[4]]-'2') + '\U0001F3FB')
		}
		at = m[1]
	}
	b.WriteString(text[at:])
	return b.String()
}

// nameOf gives the name by which a user's colleagues know them: that of the employee whom they are, else the one that they have in Slack.
func (c *Chat) nameOf(ctx context.Context, user string) string {
	if home := c.at(); c.Binder != nil && home.Team != "" {
		name, err := c.Binder.NameOf(ctx, home.Team, user)
		if err == nil {
			return name
		}
		if !errors.Is(err, &workflows.Error{Code: workflows.Unknown}) {
			c.Log.WarnContext(ctx, "who is mentioned could not be looked up", "user", user, "error", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.Times.Opening/2)
	defer cancel()
	u, err := c.api.user(ctx, user)
	if err != nil {
		c.Log.WarnContext(ctx, "who is mentioned could not be looked up", "user", user, "error", err)
		return ""
	}
	return cmp.Or(u.RealName, u.Name)
}

package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

// outbox hands out once what waits, and notes what became of it.
type outbox struct {
	mu           sync.Mutex
	posts, edits []workflows.CardItem
	notices      []workflows.NoticeItem
	became       []string
}

func (o *outbox) note(what, id string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.became = append(o.became, id+" "+what)
	return nil
}

// take gives what waits on a platform, and leaves the rest.
func take[T any](o *outbox, from *[]T, c workflows.Claim, to func(T) workflows.Chat) ([]T, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	here := func(x T) bool { return to(x).Platform == c.Platform }
	var taken []T
	for _, x := range *from {
		if here(x) {
			taken = append(taken, x)
		}
	}
	*from = slices.DeleteFunc(*from, here)
	return taken, nil
}

func cardTo(c workflows.CardItem) workflows.Chat     { return c.To }
func noticeTo(n workflows.NoticeItem) workflows.Chat { return n.To }

func (o *outbox) ClaimPosts(_ context.Context, c workflows.Claim) ([]workflows.CardItem, error) {
	return take(o, &o.posts, c, cardTo)
}

func (o *outbox) ClaimEdits(_ context.Context, c workflows.Claim) ([]workflows.CardItem, error) {
	return take(o, &o.edits, c, cardTo)
}

func (o *outbox) ClaimNotices(_ context.Context, c workflows.Claim) ([]workflows.NoticeItem, error) {
	return take(o, &o.notices, c, noticeTo)
}

func (o *outbox) CardShown(_ context.Context, c workflows.CardShown, _ time.Time) error {
	return o.note("is shown", c.ID)
}

func (o *outbox) CardUntried(_ context.Context, c workflows.CardItem) error {
	return o.note("is given back", c.ID)
}

func (o *outbox) RetryCard(_ context.Context, id string, _ time.Duration, _, _ bool) error {
	return o.note("is put off", id)
}

func (o *outbox) Reroute(_ context.Context, binding int64) error {
	return o.note("is rerouted", fmt.Sprint("chat ", binding))
}

func (o *outbox) HoldsCard(context.Context, workflows.CardItem) (bool, error) { return true, nil }

func (o *outbox) HoldsNotices(context.Context, []workflows.NoticeItem) (bool, error) {
	return true, nil
}

func (o *outbox) DropCard(_ context.Context, id string) error { return o.note("is dropped", id) }

func (o *outbox) NoticesSent(_ context.Context, list []workflows.NoticeItem, _ time.Time) error {
	for _, n := range list {
		o.note("is done with", n.ID)
	}
	return nil
}

func (o *outbox) NoticeUntried(_ context.Context, n workflows.NoticeItem) error {
	return o.note("is given back", n.ID)
}

func (o *outbox) RetryNotice(_ context.Context, id string, _ time.Duration, _ bool) error {
	return o.note("is put off", id)
}

func (o *outbox) ChatGone(context.Context, int64, time.Time) error { return o.note("is gone", "chat") }

// The parties of an order: who follows it, and who does not.
var (
	rep     = workflows.Party{Kind: workflows.PersonParty, ID: 1}
	contact = workflows.Party{Kind: workflows.ContactParty, ID: 1} // the same number, and somebody else
)

// shelf shows orders to the rep. Those of even numbers are done, and SO-9 cannot be read.
type shelf struct{}

var errBroken = errors.New("the order cannot be read")

func (shelf) Card(_ context.Context, subject workflows.Ref, viewer workflows.Party, _ *texts.Printer) (bot.Card, []byte, bool, error) {
	if viewer != rep {
		return bot.Card{}, nil, false, nil
	}
	return bot.Card{Subject: subject.ID, Number: subject.Number, Kind: subject.Kind, Seq: 1, Title: "Order"}, []byte("[]"), true, nil
}

func (shelf) Notices(_ context.Context, list []draw.About, _ *texts.Printer) ([]draw.About, error) {
	for i, n := range list {
		if n.Subject == order("SO-9") {
			return nil, errBroken
		}
		list[i].Past = n.While != workflows.WhileOpen || !strings.ContainsAny(n.Subject.Number, "13579")
	}
	return list, nil
}

func order(number string) workflows.Ref {
	id := "01890a5d-ac96-774b-bcce-b302099a805" + number[len(number)-1:]
	return workflows.Ref{Kind: "order", ID: workflows.SubjectID(id), Number: number}
}

func chatOf(p workflows.Party) workflows.Chat {
	return workflows.Chat{Party: p, Language: "en", Zone: "UTC", Binding: p.ID,
		ChatUser: workflows.ChatUser{Platform: bottest.Platform, Team: bottest.Team, User: string(p.Kind)}}
}

// round delivers what waits, and gives what was sent, by key.
func round(t *testing.T, o *outbox, want ...string) map[string]deliver.Post {
	t.Helper()
	words, err := texts.New(policy.Default().Kinds())
	must(t, err)
	chat, sent := bottest.NewMemory(), map[string]deliver.Post{}
	chat.Refuse(func(p deliver.Post) error {
		sent[p.Key] = p
		return nil
	})
	d := deliver.New(o, draw.Displays{"order": shelf{}}, newClock().now, words, map[string]deliver.Sender{bottest.Platform: chat})
	_, err = d.Round(t.Context())
	must(t, err)
	slices.Sort(o.became)
	if diff := cmp.Diff(want, o.became); diff != "" {
		t.Errorf("what became of it (-want +got):\n%s", diff)
	}
	return sent
}

// A card whose party may not see its subject, or no more, is dropped: nothing of it goes out. One of a kind that nothing shows is
// kept for a program that does.
func TestCardsThatNobodyMaySeeAreDropped(t *testing.T) {
	o := &outbox{
		posts: []workflows.CardItem{
			{ID: "c1", Subject: order("SO-1"), To: chatOf(rep)},
			{ID: "c2", Subject: order("SO-1"), To: chatOf(contact)},
			{ID: "c3", Subject: order("SO-1"), To: chatOf(contact), Attempts: 2, Lost: true}, // may have been posted
			{ID: "c4", Subject: workflows.Ref{Kind: "plan", ID: "p", Number: "VP-1"}, To: chatOf(rep)},
		},
		edits: []workflows.CardItem{
			{ID: "c5", Subject: order("SO-1"), To: chatOf(contact), Reference: "7", Redraw: true},
			{ID: "c6", Subject: order("SO-1"), To: chatOf(contact), Reference: "8", Folded: true},
		},
	}
	sent := round(t, o, "c1 is shown", "c2 is dropped", "c3 is dropped", "c5 is dropped", "c6 is dropped")
	if p, ok := sent["c1"]; len(sent) != 1 || !ok || p.Card.Number != "SO-1" {
		t.Errorf("sent: %+v", sent)
	}
}

// A chat that has ended after something was put in its lane gets nothing more: its card is dropped, and its notices go elsewhere.
func TestAnEndedChatGetsNothing(t *testing.T) {
	ended := chatOf(rep)
	ended.Ended, ended.Binding = true, 7
	said := workflows.Notice{Party: rep, Text: "notice.attach", Args: workflows.Args{"By": "Tom", "Count": 1}}
	o := &outbox{
		posts:   []workflows.CardItem{{ID: "c1", Subject: order("SO-1"), To: ended}},
		edits:   []workflows.CardItem{{ID: "c2", Subject: order("SO-1"), To: ended, Reference: "7"}},
		notices: []workflows.NoticeItem{{ID: "n1", Subject: order("SO-1"), Notice: said, To: ended}},
	}
	if sent := round(t, o, "c1 is dropped", "c2 is dropped", "chat 7 is rerouted", "n1 is put off"); len(sent) != 0 {
		t.Errorf("sent: %+v", sent)
	}
}

// A notice that holds only as long as something is open is done with when that is no more: nobody is reminded of what they did.
func TestNoticesThatHoldNoMoreAreDropped(t *testing.T) {
	remind := func(id, number, while string, digest bool) workflows.NoticeItem {
		args := workflows.Args{"Requester": "Tom Baker", "Since": "2026-11-23T09:00:00Z"}
		n := workflows.Notice{Party: rep, Text: "notice.remind", Args: args, Tone: workflows.Warn, While: while, Digest: digest}
		return workflows.NoticeItem{ID: id, Subject: order(number), Notice: n, To: chatOf(rep)}
	}
	o := &outbox{notices: []workflows.NoticeItem{
		remind("n1", "SO-1", workflows.WhileOpen, false),
		remind("n2", "SO-2", workflows.WhileOpen, false),
		remind("n3", "SO-4", "", false),                  // holds whatever has become of it
		remind("n4", "SO-9", workflows.WhileOpen, false), // nobody knows: it is tried again when its lease has run out
	}}
	sent := round(t, o, "n1 is done with", "n2 is done with", "n3 is done with")
	if len(sent) != 2 || sent["n1"].Message == nil || sent["n3"].Message == nil {
		t.Errorf("sent: %+v", sent)
	}

	o = &outbox{notices: []workflows.NoticeItem{
		remind("n1", "SO-2", workflows.WhileOpen, true),
		remind("n2", "SO-3", workflows.WhileOpen, true),
		remind("n3", "SO-1", workflows.WhileOpen, true),
		remind("n4", "SO-4", workflows.WhileOpen, true),
	}}
	sent = round(t, o, "n1 is done with", "n2 is done with", "n3 is done with", "n4 is done with")
	var numbers []string
	if m := sent["n2"].Message; len(sent) == 1 && m != nil {
		for _, item := range m.Items {
			numbers = append(numbers, item.Text)
			if len(item.Actions) != 1 || item.Actions[0].Subject != order(item.Text).ID {
				t.Errorf("the buttons beside %s are %+v", item.Text, item.Actions)
			}
		}
	}
	if diff := cmp.Diff([]string{"SO-1", "SO-3"}, numbers); diff != "" {
		t.Errorf("the digest lists (-want +got):\n%s\nsent: %+v", diff, sent)
	}

	o = &outbox{notices: []workflows.NoticeItem{
		remind("n1", "SO-2", workflows.WhileOpen, true),
		remind("n2", "SO-4", workflows.WhileOpen, true),
	}}
	if sent = round(t, o, "n1 is done with", "n2 is done with"); len(sent) != 0 {
		t.Errorf("nothing is left of a digest, and this is sent: %+v", sent)
	}
}

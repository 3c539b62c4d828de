package answer_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/answer"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

var (
	tom = workflows.Person{ID: 1, No: "E003", Name: "Tom Baker", Manager: 2, Department: "Sales", Country: "DE", Zone: "Europe/Berlin",
		Language: "en", Active: true}
	zhou = workflows.Person{ID: 2, No: "E011", Name: "周凯 Zhou Kai", Manager: 3, Department: "Sales", Country: "CN", Zone: "Asia/Shanghai",
		Language: "zh", Active: true}
	bo = workflows.Person{ID: 3, No: "E001", Name: "Bo Sun", Department: "Board", Country: "DE", Zone: "Europe/Berlin",
		Language: "en", Active: true}
	now = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
)

// request is Tom's, and digest that of its every revision.
const (
	request workflows.SubjectID = "01890a5d-ac96-774b-bcce-b302099a8057"
	digest  string              = "rev1rev1rev"
)

var days = workflows.Form{"type": "annual", "from": "2026-12-01", "to": "2026-12-03", "reason": "family"}

// office is an engine and a directory that know tom and zhou, whose user ids are their numbers, and a customer's contact.
// They store nothing but files.
type office struct {
	answer.Engine
	answer.Directory
	kinds []*workflows.Kind
	files map[string]workflows.File
	added *[]workflows.Form // to drafts
}

func (o office) Add(_ context.Context, _ workflows.Cause, name workflows.KindName, _ workflows.Person, form workflows.Form) (
	workflows.Answer, error) {
	*o.added = append(*o.added, form)
	return workflows.Answer{Ref: workflows.Ref{Kind: name, ID: request, Number: "EX-7"}, Text: "told.add_line",
		Args: workflows.Args{"N": 1, "Money": ""}}, nil
}

func (o office) KeepFile(_ context.Context, f workflows.File, _ []byte) (string, error) {
	o.files[f.ID] = f
	return f.ID, nil
}

func (o office) Now() time.Time           { return now }
func (o office) Kinds() []*workflows.Kind { return o.kinds }

func (o office) Prefixes() []string {
	var list []string
	for _, k := range o.kinds {
		list = append(list, k.Prefix)
	}
	return list
}

func (office) SortOf(workflows.Event) (engine.Sort, bool) { return nil, false }

func (o office) Current(name workflows.KindName) (*workflows.Kind, bool) {
	for _, k := range o.kinds {
		if k.Kind == name {
			return k, true
		}
	}
	return nil, false
}

func (o office) Preview(_ context.Context, _, who workflows.Person, name workflows.KindName, _ workflows.SubjectID,
	raw workflows.Form) (workflows.Preview, error) {
	k, _ := o.Current(name)
	lot := workflows.Lot{ID: 7, Unit: "leave:annual", Granted: 10 * 480, Left: 10 * 480}
	account := workflows.Ledger{Unit: lot.Unit, Lots: []workflows.Lot{lot}}
	facts := workflows.Facts{Now: now, Org: workflows.NewOrg(tom, zhou, bo), Ledgers: []workflows.Ledger{account}, Files: o.files}
	r := workflows.Request{Subject: workflows.Subject{Ref: workflows.Ref{Kind: name}}, Requester: who.ID, SubmittedBy: who.ID, SentBy: who.ID}
	return k.Preview(r, raw, facts), nil
}

func (o office) PeopleOf(_ context.Context, who workflows.Person, _ int) ([]workflows.Person, bool, error) {
	return []workflows.Person{who}, true, nil
}

func (o office) BoundParty(_ context.Context, u workflows.ChatUser) (workflows.Party, workflows.Person, error) {
	for _, p := range []workflows.Person{tom, zhou} {
		if p.No == u.User {
			return p.ID.Party(), p, nil
		}
	}
	if u.User == contact {
		return workflows.Party{Kind: workflows.ContactParty, ID: 1}, workflows.Person{}, nil
	}
	return workflows.Party{}, workflows.Person{}, workflows.Refuse(workflows.Unknown, "person.unknown", nil)
}

func (o office) RequestsOf(context.Context, workflows.PersonID, workflows.Page) (workflows.List, error) {
	return workflows.List{}, nil
}

func (o office) PeopleNamed(_ context.Context, words []string, _ int) ([]workflows.Person, error) {
	var found []workflows.Person
	for _, p := range []workflows.Person{tom, zhou, bo} {
		for _, part := range append(strings.Fields(strings.ToLower(p.Name)), strings.ToLower(p.No)) {
			if slices.Contains(words, part) {
				found = append(found, p)
				break
			}
		}
	}
	return found, nil
}

func (o office) Redeem(_ context.Context, _ workflows.Cause, code string, _ time.Time) (workflows.Person, error) {
	if code == "ABC" {
		return zhou, nil
	}
	return workflows.Person{}, workflows.Refuse(workflows.NotFound, "link.wrong", nil)
}

func (o office) UnlinkChat(ctx context.Context, c workflows.Cause, _ time.Time) (workflows.Person, error) {
	_, person, err := o.BoundParty(ctx, c.ChatUser)
	return person, err
}

// heard is a reply that keeps what it is told.
type heard struct {
	form *bot.Form
	told []string
	done bool

	spent []workflows.SubjectID
}

func (h *heard) Open(_ context.Context, f bot.Form) error   { h.form = &f; return nil }
func (h *heard) Update(_ context.Context, f bot.Form) error { return h.Open(context.Background(), f) }
func (h *heard) Done(context.Context) error                 { h.done = true; return nil }
func (h *heard) Spent(_ context.Context, subject workflows.SubjectID) error {
	h.spent = append(h.spent, subject)
	return nil
}
func (h *heard) Tell(_ context.Context, m bot.Message) error {
	h.told = append(h.told, m.Text)
	for _, item := range m.Items {
		h.told = append(h.told, item.Text+" "+item.Detail)
	}
	return nil
}

// elsewhere is one on a platform that types commands otherwise.
type elsewhere struct{ heard }

func (*elsewhere) Spell(command string) string { return "/acme-nod " + command }

func newBot(t *testing.T) *answer.Bot {
	t.Helper()
	b, _ := newBotThat(t)
	return b
}

// newBotThat gives what is added to drafts besides.
func newBotThat(t *testing.T) (*answer.Bot, *[]workflows.Form) {
	t.Helper()
	kinds := policy.Default().Kinds()
	words, err := texts.New(kinds)
	if err != nil {
		t.Fatal(err)
	}
	o := office{kinds: kinds, files: map[string]workflows.File{}, added: new([]workflows.Form)}
	return answer.New(o, o, words, func() {}), o.added
}

func from(user, language string, content bot.Content) bot.Update {
	cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: "test", User: user}, Key: "1"}
	return bot.Update{Cause: cause, Content: content, Language: language}
}

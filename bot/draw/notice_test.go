package draw_test

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

// How a notice reads is its kind's to say; what a kind does not say, the frame says. Only an employee gets a button that shows a request.
func TestNoticesReadAsTheirKindSays(t *testing.T) {
	own := fstest.MapFS{
		"en.toml": {Data: []byte(`"expense.notice.approved" = "Your claim {{.Number}} is approved; it is not paid yet."`)},
		"zh.toml": {Data: []byte(`"expense.notice.approved" = "{{.Number}} 已同意，尚未付款。"`)},
	}
	words, err := texts.New(policy.Default().Kinds(), own)
	if err != nil {
		t.Fatal(err)
	}
	about := func(kind workflows.KindName, to workflows.Party) bot.Message {
		n := workflows.Notice{Party: to, Text: "notice.approved", Tone: workflows.Good, Args: workflows.Args{"By": "Zhou Kai", "Comment": ""}}
		subject := workflows.Ref{Kind: kind, ID: "01890a5d-ac96-774b-bcce-b302099a8057", Number: "X-1"}
		return draw.Notices([]draw.About{{Notice: n, Subject: subject}}, words.For("en", "UTC", time.Now()))
	}
	tom, anna := workflows.PersonID(3).Party(), workflows.Party{Kind: workflows.ContactParty, ID: 3}
	if m := about("expense", tom); m.Text != "Your claim X-1 is approved; it is not paid yet." || m.Tone != workflows.Good || len(m.Actions) != 1 {
		t.Errorf("an expense's notice is %+v", m)
	}
	if m := about("leave", tom); m.Text != "Zhou Kai approved your request X-1." || len(m.Actions) != 1 {
		t.Errorf("a leave's notice is %+v", m)
	}
	if m := about("expense", anna); len(m.Actions) != 0 {
		t.Errorf("a contact is offered %+v", m.Actions)
	}
}

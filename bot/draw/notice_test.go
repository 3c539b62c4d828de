package draw_test

import (
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/draw/drawtest"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

// How a notice reads is its kind's to say; what a kind does not say, the frame says. Only an employee gets a button that shows a request.
func TestNoticesReadAsTheirKindSays(t *testing.T) {
	words, err := texts.New(policy.Default().Kinds())
	if err != nil {
		t.Fatal(err)
	}
	about := func(kind workflows.KindName, to workflows.Party) bot.Message {
		n := workflows.Notice{Party: to, Text: "notice.approved", Tone: workflows.Good, Args: workflows.Args{"By": "Zhou Kai", "Comment": ""}}
		subject := workflows.Ref{Kind: kind, ID: "01890a5d-ac96-774b-bcce-b302099a8057", Number: "X-1"}
		return draw.Notices([]draw.About{{Notice: n, Subject: subject}}, words.For("en", "UTC", time.Now()))
	}
	tom, anna := workflows.PersonID(3).Party(), workflows.Party{Kind: workflows.ContactParty, ID: 3}
	if m := about("expense", tom); m.Text != "Zhou Kai approved X-1. It is not paid yet; you hear when it is." || m.Tone != workflows.Good || len(m.Actions) != 1 {
		t.Errorf("an expense's notice is %+v", m)
	}
	if m := about("leave", tom); m.Text != "Zhou Kai approved your request X-1." || len(m.Actions) != 1 {
		t.Errorf("a leave's notice is %+v", m)
	}
	if m := about("expense", anna); len(m.Actions) != 0 {
		t.Errorf("a contact is offered %+v", m.Actions)
	}
}

// A reminder says who asks for what, when and for how long it has waited; of a private type it says no more than that it is leave.
func TestRemindersSayWhatWaits(t *testing.T) {
	sick := drawtest.Days("a cold")
	sick["type"] = "sick"
	one := drawtest.Days("a move")
	one["to"] = one["from"]
	for name, test := range map[string]struct {
		form   workflows.Form
		en, zh string
	}{
		"days":         {drawtest.Days(""), "asks you to decide: annual leave, Tue 1 – Thu 3 Dec (3 days), LV-1042.", "催你审批年假申请（12月1日–3日，共3天），编号 LV-1042。"},
		"one day":      {one, "asks you to decide: annual leave, Tue 1 Dec (1 day), LV-1042.", "催你审批年假申请（12月1日，1天），编号 LV-1042。"},
		"private type": {sick, "asks you to decide: leave, Tue 1 – Thu 3 Dec (3 days), LV-1042.", "催你审批请假申请（12月1日–3日，共3天），编号 LV-1042。"},
	} {
		desk := drawtest.Submitted(t, test.form)
		desk.Act(drawtest.Lin, workflows.Act{Event: approval.Nudge})
		if got, want := desk.Told(drawtest.Zhou, "en").Text, "👋 林小雨 Lin Xiaoyu "+test.en; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if got, want := desk.Told(drawtest.Zhou, "zh").Text, "👋 林小雨 Lin Xiaoyu "+test.zh; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	desk := drawtest.Submitted(t, drawtest.Days(""))
	n := workflows.Notice{Party: drawtest.Zhou.ID.Party(), Text: "notice.remind",
		Args: workflows.Args{"Requester": "张敏", "Since": drawtest.Now.AddDate(0, 0, -3).Format(time.RFC3339)}}
	about := []draw.About{{Notice: n, Subject: desk.Loaded.Request.Ref, Gist: desk.Loaded.Kind.InLine(desk.Loaded.Request)}}
	if got := draw.Notices(about, desk.Print(drawtest.Zhou, "zh")).Text; got != "⏰ 张敏的年假申请（12月1日–3日，共3天）待你审批，已等待3天（LV-1042）。" {
		t.Errorf("a reminder reads %q", got)
	}
	const want = "⏰ 张敏 asks for annual leave, Tue 1 – Thu 3 Dec (3 days). It has been waiting for you for 3 days (LV-1042)."
	if got := draw.Notices(about, desk.Print(drawtest.Zhou, "en")).Text; got != want {
		t.Errorf("a reminder reads %q", got)
	}
}

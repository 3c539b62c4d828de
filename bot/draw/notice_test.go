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
		gist := workflows.Row{Text: "leave.gist_whole", Args: workflows.Args{"Type": "leave.type.annual", "From": "2026-12-01", "To": "2026-12-03",
			"Minutes": 3 * workflows.StandardDay}}
		return draw.Notices([]draw.About{{Notice: n, Subject: subject, Gist: gist}}, words.For("en", "UTC", drawtest.Now))
	}
	tom, anna := workflows.PersonID(3).Party(), workflows.Party{Kind: workflows.ContactParty, ID: 3}
	if m := about("expense", tom); m.Text != "Zhou Kai approved your claim: Tue 1 – Thu 3 Dec · Annual leave · 3 days (X-1). It is not paid yet; you hear when it is." || m.Tone != workflows.Good || len(m.Actions) != 1 {
		t.Errorf("an expense's notice is %+v", m)
	}
	if m := about("leave", tom); m.Text != "Zhou Kai approved your request: Tue 1 – Thu 3 Dec · Annual leave · 3 days (X-1)." || len(m.Actions) != 1 {
		t.Errorf("a leave's notice is %+v", m)
	}
	if m := about("expense", anna); len(m.Actions) != 0 {
		t.Errorf("a contact is offered %+v", m.Actions)
	}
}

// What has come of a request is told with what it was about, as the program's displays give it: a lock screen shows nothing else.
func TestWhatCameOfARequestSaysWhatItWas(t *testing.T) {
	const en, zh = "Tue 1 – Thu 3 Dec · Annual leave · 3 days (LV-1042)", "12月1日（周二）至12月3日（周四） · 年假 · 3天（LV-1042）"
	zhou := workflows.PersonActor(drawtest.Zhou, "web")
	for name, test := range map[string]struct {
		by     workflows.Actor
		act    workflows.Act
		en, zh string
	}{
		"approved": {zhou, workflows.Act{Event: approval.Approve}, "周凯 Zhou Kai approved your request: " + en + ".",
			"周凯 Zhou Kai 已同意你的申请：" + zh + "。"},
		"rejected": {zhou, workflows.Act{Event: approval.Reject, Comment: "too many are away"},
			"周凯 Zhou Kai rejected your request: " + en + ". “too many are away”", "周凯 Zhou Kai 已拒绝你的申请：" + zh + "。“too many are away”"},
		"expired": {workflows.ClockActor(), workflows.Act{Event: approval.Expire}, "Nobody decided in time: " + en +
			". Its first day has passed, so it has expired, and whatever it had reserved is free again.",
			"申请已过期：" + zh + "。开始日期已过仍未审批，预占的额度已释放。"},
	} {
		desk := drawtest.Submitted(t, drawtest.Days(""))
		if test.act.Event == approval.Expire {
			desk.Loaded.Facts.Now = drawtest.Now.AddDate(0, 0, 10)
		}
		test.act.Digest = drawtest.Digest
		desk.Decide(test.by, test.act)
		if got := desk.Told(drawtest.Lin, "en").Text; got != test.en {
			t.Errorf("%s: %q, want %q", name, got, test.en)
		}
		if got := desk.Told(drawtest.Lin, "zh").Text; got != test.zh {
			t.Errorf("%s: %q, want %q", name, got, test.zh)
		}
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

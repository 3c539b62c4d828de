package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/workflows"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what was drawn with its file, after Slack's rules have taken it.
func golden(t *testing.T, name string, drawn any) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(drawn); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s has changed (-update writes it anew):\n%s", file, b.Bytes())
	}
}

func takes(t *testing.T, blocks []slackapi.Block) {
	t.Helper()
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	if code, faults := slacktest.Blocks(raw); code != "" {
		t.Errorf("Slack would say %s %q to\n%s", code, faults, raw)
	}
}

func takesView(t *testing.T, v any, kind string) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if code, faults := slacktest.View(raw, kind); code != "" {
		t.Errorf("Slack would say %s %q to\n%s", code, faults, raw)
	}
}

func in(lang, en, zh string) string {
	if lang == "zh" {
		return zh
	}
	return en
}

const (
	goldenSubject workflows.SubjectID = "01930a5d-ac96-774b-bcce-b302099a8057"
	goldenDigest  string              = "hZ3_-x09QbA"
)

// approverCard is what a manager has to decide on.
func approverCard(lang string) bot.Card {
	return bot.Card{Subject: goldenSubject, Number: "LV-1042", Kind: "leave", Revision: 2, Seq: 4, Icon: "🌴",
		Title: in(lang, "Annual leave · 3 days", "年假 · 3 天"), Who: "林小雨 Lin Xiaoyu",
		Status: bot.Status{Text: in(lang, "Waits for you", "待你审批"), Tone: workflows.Wait},
		Lines: []bot.Line{
			{Label: in(lang, "When", "时间"), Text: in(lang, "Tue 1 – Thu 3 Dec · 3 days", "12月1日 周二 – 12月3日 周四 · 3 天")},
			{Label: in(lang, "Balance", "余额"), Text: in(lang, "7 days → 4 days", "7 天 → 4 天")},
			{Label: in(lang, "Also away", "同时休假"), Text: in(lang, "Maya Ortiz, Wed 2 Dec", "Maya Ortiz，12月2日 周三"), Tone: workflows.Warn},
			{Label: in(lang, "Reason", "事由"), Text: in(lang, "My sister gets married <!channel> & *everyone* is asked to come: https://evil.example\nSee you!", "回老家看望父母 <@U123>"), Typed: true},
		},
		Steps: []bot.StepLine{
			{Text: in(lang, "周凯 Zhou Kai (manager)", "周凯 Zhou Kai（主管）"), Tone: workflows.Wait},
			{Text: in(lang, "Anna Schmidt or He Jing", "Anna Schmidt 或何静"), Note: in(lang, "Tom is on leave, so Anna is asked too", "Tom 正在休假，同时请 Anna 审批"), Tone: workflows.Quiet},
		},
		Actions: []bot.Action{
			{Name: "approve", Label: in(lang, "Approve", "同意"), Style: workflows.Primary, Subject: goldenSubject, Digest: goldenDigest,
				Number: "LV-1042"},
			{Name: "return", Label: in(lang, "Return", "退回"), Subject: goldenSubject, Digest: goldenDigest, Number: "LV-1042", Opens: true},
			{Name: "reject", Label: in(lang, "Reject", "拒绝"), Style: workflows.Danger, Subject: goldenSubject, Digest: goldenDigest,
				Number: "LV-1042", Opens: true},
		},
		Fallback: in(lang, "LV-1042: 林小雨 Lin Xiaoyu, Annual leave · 3 days. Waits for you", "LV-1042：林小雨 Lin Xiaoyu，年假 · 3 天。待你审批")}
}

func leaveForm(lang string) bot.Form {
	return bot.Form{ID: "form:leave", Title: in(lang, "Ask for leave", "申请休假"), Nonce: "0193-nonce", Live: true, Send: in(lang, "Send", "提交"), Cancel: in(lang, "Cancel", "取消"),
		Fault: in(lang, "There are not enough days left.", "余额不足。"), Intro: in(lang, "Returned with: “Please not that week”", "退回意见：“请避开那一周”"),
		Fields: []bot.FormField{
			{Name: "type", Label: in(lang, "Type", "类型"), Asks: workflows.AskChoice, Required: true, Value: "annual",
				Options: []bot.FormOption{{Value: "annual", Label: in(lang, "Annual leave", "年假")}, {Value: "sick", Label: in(lang, "Sick leave", "病假")}}},
			{Name: "from", Label: in(lang, "First day", "开始日期"), Asks: workflows.AskDate, Required: true, Value: "2026-12-01"},
			{Name: "from_part", Label: in(lang, "Begins in the", "从何时起"), Asks: workflows.AskHalf, Value: "am",
				Options: []bot.FormOption{{Value: "am", Label: in(lang, "morning", "上午")}, {Value: "pm", Label: in(lang, "afternoon", "下午")}}},
			{Name: "to", Label: in(lang, "Last day", "结束日期"), Asks: workflows.AskDate, Value: "soon", Fault: in(lang, "Write the date as 2026-11-30.", "日期请写成 2026-11-30。"),
				Hint: in(lang, "Empty: one day", "不填即一天")},
			{Name: "reason", Label: in(lang, "Reason", "事由"), Asks: workflows.AskLong, Max: 500, Value: in(lang, "family <b>visit</b>", "探亲")},
		},
		Preview: []bot.Line{{Label: in(lang, "Balance", "余额"), Text: in(lang, "7 days → 4 days", "7 天 → 4 天"), Tone: workflows.Good}},
		Steps:   []bot.StepLine{{Text: in(lang, "周凯 Zhou Kai (manager)", "周凯 Zhou Kai（主管）"), Tone: workflows.Quiet}}}
}

// understoodForm is what was understood of a line: once all of it, once too little and something wrong.
func understoodForm(lang string) (ready, faulty bot.Form) {
	f := leaveForm(lang)
	f.Fault, f.Change = "", in(lang, "Change", "修改")
	f.Intro = in(lang, "This is what I understood. Nothing is sent yet: check it, change it, or cancel.", "我理解的内容如下。尚未提交：请核对、修改或取消。")
	f.Fields[0].Shown, f.Fields[1].Shown, f.Fields[2].Shown = in(lang, "Annual leave", "年假"), in(lang, "Tue 1 Dec", "12月1日 周二"), in(lang, "morning", "上午")
	f.Fields[3].Value, f.Fields[3].Shown, f.Fields[3].Fault = "2026-12-03", in(lang, "Thu 3 Dec", "12月3日 周四"), ""
	f.Fields[4].Shown = f.Fields[4].Value
	f.Preview = append([]bot.Line{{Label: in(lang, "Type", "类型"), Text: in(lang, "Annual leave", "年假")},
		{Label: in(lang, "When", "时间"), Text: in(lang, "Tue 1 Dec – Thu 3 Dec · 3 days", "12月1日 周二 – 12月3日 周四 · 3 天")}}, f.Preview...)
	faulty = f
	faulty.Fields = slices.Clone(f.Fields)
	faulty.Fields[1].Value, faulty.Fields[1].Fault = "", in(lang, "Please fill this in.", "请填写。")
	faulty.Fields[3].Fault = in(lang, "These are days off.", "这几天是休息日。")
	faulty.Missing, faulty.Fault = in(lang, "Still missing: First day.", "还缺：开始日期。"), in(lang, "There are not enough days left.", "余额不足。")
	faulty.Preview = nil
	return f, faulty
}

// filesForm is a returned request that holds a file, and has room for two more.
func filesForm(lang string) bot.Form {
	f := leaveForm(lang)
	f.Fault, f.Fields = "", append(f.Fields[:1:1], bot.FormField{Name: "proof", Label: in(lang, "Proof", "证明材料"), Asks: workflows.AskFiles, Max: 3, Value: "01930000-0000-7000-8000-000000000001",
		Files: []bot.FormFile{{ID: "01930000-0000-7000-8000-000000000001", Name: "诊断 <note> :tada:.pdf"}},
		Hint:  in(lang, "Photos or PDFs, as a doctor's note.", "照片或 PDF，如医生证明。"),
		Fault: in(lang, "scan.svg is neither a PDF nor a photo (JPEG, PNG, HEIC, WebP).", "scan.svg 既不是 PDF 也不是照片（JPEG、PNG、HEIC、WebP）。")})
	return f
}

// suppliesForm is a form with a list, of which the second line is open and the third is wrong.
func suppliesForm(lang string, lines int) bot.Form {
	f := bot.Form{ID: "form:supplies", Title: in(lang, "Ask for supplies", "申请办公用品"), Nonce: "0193-nonce", Live: true, Send: in(lang, "Send", "提交"),
		Cancel: in(lang, "Cancel", "取消"), Change: in(lang, "Change", "修改"), Held: map[string]string{},
		List: &bot.FormList{Name: "items", Open: 2, Add: in(lang, "Add a line", "添加一行"), Edit: in(lang, "Change a line", "修改某一行"), Remove: in(lang, "Remove this line", "删除这一行")},
		Fields: []bot.FormField{
			{Name: "team", Label: in(lang, "For", "用于"), Asks: workflows.AskLine, Value: in(lang, "Warehouse", "仓库"), Max: 100},
			{Name: "item_2", Line: 2, Label: in(lang, "Item", "物品"), Asks: workflows.AskLine, Required: true, Max: 200},
			{Name: "quantity_2", Line: 2, Label: in(lang, "Quantity", "数量"), Asks: workflows.AskNumber, Value: "1，000"},
			{Name: "reason", Label: in(lang, "Reason", "事由"), Asks: workflows.AskLong, Max: 500},
		},
		Preview: []bot.Line{{Label: in(lang, "Lines", "行数"), Text: strconv.Itoa(lines)}}}
	for i := 1; i <= lines; i++ {
		line := bot.FormLine{ID: i, Text: in(lang, "Printing paper A4, 80 g, white <b> × ", "打印纸 A4 80 克 <b> × ") + strconv.Itoa(i)}
		switch i {
		case 2:
			line.Text = "1，000"
		case 3:
			line.Fault = in(lang, "Write the quantity as a whole number.", "数量请写成整数。")
			fallthrough
		default:
			f.Held[workflows.LineName("item", i)] = in(lang, "Printing paper A4, 80 g, white <b>", "打印纸 A4 80 克 <b>")
			f.Held[workflows.LineName("quantity", i)] = strconv.Itoa(i)
		}
		f.List.Lines = append(f.List.Lines, line)
	}
	return f
}

func TestGolden(t *testing.T) {
	type message struct {
		Text     string                  `json:"text"`
		Blocks   []slackapi.Block        `json:"blocks"`
		Metadata *slackapi.SlackMetadata `json:"metadata,omitempty"`
	}
	sent := func(t *testing.T, name string, d drawing) {
		t.Helper()
		takes(t, d.blocks)
		golden(t, name, message{d.text, d.blocks, d.meta})
	}
	for _, lang := range []string{"en", "zh"} {
		card := approverCard(lang)
		sent(t, "card_"+lang, draw(deliver.Post{Key: "0193-card", Card: &card}))
		decided := card
		decided.Status = bot.Status{Text: in(lang, "Approved by Zhou Kai · Tue 24 Nov, 13:29 (Shanghai)", "周凯 Zhou Kai 已同意 · 11月24日 周二 13:29（上海）"), Tone: workflows.Good}
		decided.Who, decided.Actions, decided.Lines, decided.Seq = "", nil, decided.Lines[:2], 5
		sent(t, "decided_"+lang, draw(deliver.Post{Key: "0193-card", Card: &decided}))
		folded := card.Fold()
		sent(t, "folded_"+lang, draw(deliver.Post{Key: "0193-card", Card: &folded}))
		notice := bot.Message{Text: in(lang, "周凯 Zhou Kai approved your request LV-1042.", "周凯 Zhou Kai 已同意你的申请 LV-1042。"), Tone: workflows.Good,
			Actions: []bot.Action{{Name: "show", Label: in(lang, "Show", "查看"), Subject: goldenSubject, Number: "LV-1042", Opens: true}}}
		sent(t, "notice_"+lang, draw(deliver.Post{Key: "0193-notice", Message: &notice}))
		list := bot.Message{Text: in(lang, "2 requests wait for you, the oldest first", "有 2 个申请等你审批，最早的在前")}
		other := workflows.Ref{ID: "01930a5d-ac96-774b-bcce-b302099a8058", Number: "LV-1043"}
		for _, subject := range []workflows.Ref{{ID: goldenSubject, Number: "LV-1042"}, other} {
			list.Items = append(list.Items, bot.Item{Text: subject.Number + " · " + in(lang, "Annual leave · 3 days", "年假 · 3 天"),
				Detail:  in(lang, "Tom Baker · since Tue 24 Nov", "Tom Baker · 自 11月24日 周二"),
				Actions: []bot.Action{{Name: "show", Label: in(lang, "Show", "查看"), Subject: subject.ID, Number: subject.Number, Opens: true}}})
		}
		sent(t, "list_"+lang, drawMessage(list, maxMessageBlocks))
		form := viewOf(leaveForm(lang), meta{Respond: "https://hooks.slack.example/commands/1"})
		takesView(t, form, "modal")
		golden(t, "form_"+lang, form)
		ready, faulty := understoodForm(lang)
		sent(t, "messageform_"+lang, drawMessageForm(ready, chat.Encode(formButton{Form: ready.ID, Nonce: ready.Nonce, Values: ready.State().Values})))
		sent(t, "messageform_faulty_"+lang, drawMessageForm(faulty, chat.Encode(formButton{Form: faulty.ID, Nonce: faulty.Nonce, Apart: true})))
		files := viewOf(filesForm(lang), meta{Round: 1})
		takesView(t, files, "modal")
		golden(t, "files_"+lang, files)
		for _, lines := range []int{3, 50} {
			list, before := suppliesForm(lang, lines), meta{}
			name := strconv.Itoa(lines) + "_" + lang
			carried, err := (&Chat{Config: Config{Drafts: &chat.Drafts{Slow: shelf{}}}}).carried(t.Context(), "T", "U", list, before, "")
			if err != nil || carried.Apart != "" && lines == 3 {
				t.Errorf("of %d lines the view carries %+v, %v", lines, carried, err)
			}
			takesView(t, formView(list, carried), "modal")
			golden(t, "lines_"+name, formView(list, carried))
			sent(t, "messageform_lines_"+name, drawMessageForm(list, chat.Encode(formButton{Form: list.ID, Nonce: list.Nonce, Line: 2, Apart: true})))
		}
		reject := bot.Form{ID: "form:reject", Title: in(lang, "Reject LV-1042", "拒绝 LV-1042"), Nonce: "n", Number: "LV-1042",
			Subject: goldenSubject, Digest: goldenDigest, Danger: true, Send: in(lang, "Reject", "拒绝"), Cancel: in(lang, "Cancel", "取消"),
			Fields: []bot.FormField{{Name: "comment", Label: in(lang, "Reason", "理由"), Asks: workflows.AskLong, Required: true, Max: 500,
				Hint: in(lang, "The requester reads it.", "申请人会看到。")}}}
		takesView(t, viewOf(reject, meta{}), "modal")
		golden(t, "reject_"+lang, viewOf(reject, meta{}))
	}
}

// shelf keeps drafts where nobody looks for them.
type shelf struct{ chat.Slow }

func (shelf) SaveDraft(context.Context, string, string, []byte) error { return nil }

// viewOf draws the view of a form in which before rode until now.
func viewOf(f bot.Form, before meta) slackapi.ModalViewRequest { return formView(f, before.of(f, "")) }

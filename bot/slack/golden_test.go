package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	cards "github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/draw/drawtest"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
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
	goldenSubject = drawtest.Subject
	goldenDigest  = drawtest.Digest
)

// hostile is a reason that means something to Slack.
const hostile = "My sister gets married <!channel> & *everyone* is asked to come: https://evil.example\nSee you! <@U123>"

// approverCard is what a manager has to decide on.
func approverCard(t testing.TB, lang string) bot.Card {
	t.Helper()
	d := drawtest.Submitted(t, drawtest.Days(hostile))
	d.Away()
	return d.Card(drawtest.Zhou, lang)
}

const goldenNonce = "0193-nonce"

// leaveForm is a form with something wrong in it.
func leaveForm(t testing.TB, lang string) bot.Form {
	t.Helper()
	values := drawtest.Days("family <b>visit</b>")
	values["to"] = "soon"
	return drawtest.New(t).Refused(lang, goldenNonce, values)
}

// understoodForm is what was understood of a line: once all of it, once too little and something wrong.
func understoodForm(t testing.TB, lang string) (ready, faulty bot.Form) {
	t.Helper()
	values := drawtest.Days("family <b>visit</b>")
	ready = drawtest.New(t).Understood(lang, goldenNonce, values)
	delete(values, "from")
	return ready, drawtest.New(t).Understood(lang, goldenNonce, values)
}

// filesForm is a form that holds a file, and another one was not taken.
func filesForm(t testing.TB, lang string) bot.Form {
	t.Helper()
	values := drawtest.Days("a cold")
	d := drawtest.New(t)
	values["type"] = "sick"
	values["proof"] = d.Hold("1", "诊断 <note> :tada:.pdf")
	return d.Refused(lang, goldenNonce, values, workflows.Fault("proof", "file.type", workflows.Args{"Name": "scan.svg"}))
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
		card := approverCard(t, lang)
		sent(t, "card_"+lang, draw(deliver.Post{Key: "0193-card", Card: &card}))
		d := drawtest.Submitted(t, drawtest.Days("family"))
		list := d.List(lang, "approvals")
		sent(t, "list_"+lang, drawMessage(list, maxMessageBlocks))
		reject := d.Pressed(drawtest.Zhou, lang, "n", approval.Reject)
		takesView(t, viewOf(reject, meta{}), "modal")
		golden(t, "reject_"+lang, viewOf(reject, meta{}))
		d.Act(drawtest.Zhou, workflows.Act{Event: approval.Approve})
		decided := d.Card(drawtest.Zhou, lang)
		sent(t, "decided_"+lang, draw(deliver.Post{Key: "0193-card", Card: &decided}))
		folded := cards.Replaced(decided, d.Print(drawtest.Zhou, lang))
		sent(t, "folded_"+lang, draw(deliver.Post{Key: "0193-card", Card: &folded}))
		notice := d.Told(drawtest.Lin, lang)
		sent(t, "notice_"+lang, draw(deliver.Post{Key: "0193-notice", Message: &notice}))
		form := viewOf(leaveForm(t, lang), meta{Respond: "https://hooks.slack.example/commands/1"})
		takesView(t, form, "modal")
		golden(t, "form_"+lang, form)
		ready, faulty := understoodForm(t, lang)
		sent(t, "messageform_"+lang, drawMessageForm(ready, chat.Encode(formButton{Form: ready.ID, Nonce: ready.Nonce, Values: ready.State().Values})))
		sent(t, "messageform_faulty_"+lang, drawMessageForm(faulty, chat.Encode(formButton{Form: faulty.ID, Nonce: faulty.Nonce, Apart: true})))
		files := viewOf(filesForm(t, lang), meta{Round: 1})
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
	}
}

// shelf keeps drafts where nobody looks for them.
type shelf struct{ chat.Slow }

func (shelf) SaveDraft(context.Context, string, string, []byte) error { return nil }

// viewOf draws the view of a form in which before rode until now.
func viewOf(f bot.Form, before meta) slackapi.ModalViewRequest { return formView(f, before.of(f, "")) }

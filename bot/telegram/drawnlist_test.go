package telegram

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// orderForm is a form whose list has some lines, of which one is open.
func orderForm(lang string, lines, open int) bot.Form {
	list := &bot.FormList{Name: "items", Open: open, Add: in(lang, "Add a line", "加一行")}
	if lines > 1 {
		list.Edit, list.Remove = in(lang, "Change a line", "修改一行"), in(lang, "Remove this line", "删除本行")
	}
	for id := 1; id <= lines; id++ {
		list.Lines = append(list.Lines, bot.FormLine{ID: id, Text: fmt.Sprintf("%d × %s", id, in(lang, "hex bolts M8", "六角螺栓 M8"))})
	}
	return bot.Form{ID: "form:order", Title: in(lang, "New order", "新订单"), Nonce: "4a1e", Live: true, List: list, Fields: []bot.FormField{
		{Name: "customer", Label: in(lang, "Customer", "客户"), Asks: workflows.AskLine, Required: true, Value: "Acme"},
		{Name: workflows.LineName("item", open), Label: in(lang, "Item", "货品"), Asks: workflows.AskLine, Required: true, Line: open,
			Value: in(lang, "hex bolts M8", "六角螺栓 M8")},
		{Name: workflows.LineName("quantity", open), Label: in(lang, "Quantity", "数量"), Asks: workflows.AskNumber, Required: true, Line: open,
			Value: fmt.Sprint(open)},
		{Name: "note", Label: in(lang, "Note", "备注"), Asks: workflows.AskLong},
	}}
}

func TestDrawnLists(t *testing.T) {
	s := newDrawing(t)
	for _, lang := range []string{"en", "zh"} {
		v := s.view(lang)
		d := &dialog{Form: orderForm(lang, 1, 1), Field: "quantity"}
		d.Form.Fields[2].Value = ""
		s.golden("lines-first."+lang, v.question(d, month{}))
		d = &dialog{Form: orderForm(lang, 3, 2), Field: "quantity_2", OneLine: true}
		d.Form.List.Lines[2].Text = "1 × <b>gold</b>\n4. 9 × @boss"
		s.golden("lines-question."+lang, v.question(d, month{}))
		d.sum()
		d.Form.Fields[2].Fault = in(lang, "Whole numbers only.", "只能填整数。")
		d.Form.List.Lines[2].Fault = in(lang, "Nobody sells that.", "没有这种货品。")
		s.golden("lines-summary."+lang, v.summary(d))
		d.Field = "note" // after the list, whose lines stand above
		s.golden("lines-after."+lang, v.question(d, month{}))
		d = &dialog{Form: orderForm(lang, 50, 37)}
		s.golden("lines-fifty."+lang, v.summary(d))
	}
}

// A message takes 4096 units and about 100 buttons, also with fifty long and faulty lines and many fields around them.
func TestManyLinesFit(t *testing.T) {
	v := newDrawing(t).view("en")
	for _, open := range []int{1, 37, 50} {
		f := orderForm("en", 50, open)
		for i := range f.List.Lines {
			f.List.Lines[i].Text, f.List.Lines[i].Fault = strings.Repeat("螺栓 & ", 60), strings.Repeat("wrong ", 60)
		}
		f.Fault, f.Intro = strings.Repeat("f", 300), strings.Repeat("i", 1000)
		f.Fields[1].Fault = "the open line's own"
		for i := range 30 {
			f.Fields = append(f.Fields, bot.FormField{Name: fmt.Sprint("field", i), Label: "Field", Asks: workflows.AskLong, Value: strings.Repeat("v", 900)})
		}
		d := &dialog{Form: f}
		asked := &dialog{Form: f, Field: f.Fields[2].Name, OneLine: true}
		for name, out := range map[string]drawn{"the summary": v.summary(d), "a question": v.question(asked, month{})} {
			n := 0
			for _, row := range out.keys {
				n += len(row)
				for _, k := range row {
					if len(k.Data) > mostData || units(k.Text) > mostKey {
						t.Errorf("%s: %+v", name, k)
					}
				}
			}
			if read := units(strings.NewReplacer("<b>", "", "</b>", "", "<i>", "", "</i>", "", "<blockquote>", "", "</blockquote>", "",
				"<blockquote expandable>", "", "&amp;", "&").Replace(out.text)); n > 100 || read > mostText {
				t.Errorf("%s with the line %d open has %d buttons and %d units", name, open, n, read)
			}
			if !strings.Contains(out.text, fmt.Sprintf("%s%d. ", openLine, open)) || !strings.Contains(out.text, "more</i>") {
				t.Errorf("%s does not show the line %d, or not how many more there are:\n%s", name, open, out.text)
			}
		}
		last := v.summary(d)
		if !strings.Contains(last.text, "the open line's own") || !strings.Contains(last.keys[len(last.keys)-1][0].Data, ".drop") {
			t.Errorf("the summary is\n%s\n%v", last.text, last.keys)
		}
	}
	f := orderForm("en", 50, 50)
	for i := range f.List.Lines {
		f.List.Lines[i].Text = "10 × hexagon bolts M8×40, zinc"
	}
	if text := v.summary(&dialog{Form: f}).text; strings.Contains(text, "…") || !strings.Contains(text, "49. 10 × hexagon bolts M8×40, zinc") {
		t.Errorf("fifty lines of usual length are shortened:\n%s", text)
	}
}

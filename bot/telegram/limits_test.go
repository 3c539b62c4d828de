package telegram

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// 64 bytes: https://core.telegram.org/bots/api#inlinekeyboardbutton. Every action of today fits with the longest number; one that does not is left away and
// named, never cut.
func TestButtonDataFits(t *testing.T) {
	for _, name := range []string{"approve", "reject", "return", "transfer", "withdraw", "edit", "nudge", "ask", "revoke", "pay", "done", "show"} {
		a := bot.Action{Name: name, Number: "LV-9223372036854775807", Revision: 2147483647, Opens: true}
		data, ok := actionData(a)
		if !ok {
			t.Errorf("%s does not fit: %s", name, data)
		}
	}
	if _, ok := actionData(bot.Action{Name: "command", Args: strings.Repeat("x", 64), Opens: true}); ok {
		t.Error("65 bytes and more pass")
	}
	d := drawMessage(bot.Message{Text: "x", Actions: []bot.Action{{Name: "show", Label: "long", Number: strings.Repeat("号", 20)}, {Name: "show", Label: "short", Number: "LV-1"}}}, nil)
	if len(d.unfit) != 1 || len(d.keys) != 1 || d.keys[0][0].Text != "short" {
		t.Errorf("drawn %+v", d)
	}
	for _, f := range []struct{ step, field, value string }{{"edit", strings.Repeat("f", 40), ""}, {"mon", strings.Repeat("f", 36), "2026-12"}, {"set", strings.Repeat("f", 30), "2026-12-01"}, {"drop", strings.Repeat("f", 40), ""}} {
		if data, ok := stepData(f.step, token("n"), f.field, f.value); !ok {
			t.Errorf("%s does not fit", data)
		}
	}
}

func TestButtonDataComesBack(t *testing.T) {
	for _, a := range []bot.Action{
		{Name: "approve", Number: "LV-1042", Revision: 3}, {Name: "reject", Number: "LV-1042", Revision: 3, Opens: true}, {Name: "show", Number: "订单|7%7C", Opens: true},
		{Name: "command", Args: "leave annual|x", Opens: true}, {Name: "x"},
	} {
		data, ok := actionData(a)
		b, err := readData(data)
		if !ok || err != nil || b.action != a {
			t.Errorf("%s came back as %+v, %v; want %+v", data, b.action, err, a)
		}
	}
	data, _ := stepData("set", "tok", "from|x", "a|b%")
	if b, err := readData(data); err != nil || b.step != "set" || b.token != "tok" || b.field != "from|x" || b.value != "a|b%" {
		t.Errorf("%s came back as %+v, %v", data, b, err)
	}
}

// Strangers' clients send what they like: nothing in it may hurt, and what is read is written the same again.
func FuzzReadData(f *testing.F) {
	for _, s := range []string{"1|approve|LV-1042|3", "1|reject|LV-1042|3|o", "1|.set|abc|from|2026-12-01", "1|.send|abc", "", "1|", "1|a||||x", "%7C|%25", "1|."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		b, err := readData(data)
		if err != nil {
			return
		}
		if (b.step == "") == (b.action.Name == "") {
			t.Errorf("%q is read as %+v", data, b)
		}
		var again string
		var ok bool
		if b.step != "" {
			again, ok = stepData(b.step, b.token, b.field, b.value)
		} else {
			again, ok = actionData(b.action)
		}
		if ok {
			if c, err := readData(again); err != nil || c != b {
				t.Errorf("%q is read as %+v, and written again as %+v, %v", data, b, c, err)
			}
		}
	})
}

// 1–4096 after parsing: https://core.telegram.org/bots/api#sendmessage; an emoji counts two.
func TestTextIsCutByCharacters(t *testing.T) {
	for _, s := range []string{"很长的理由很长的理由", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "e\u0301e\u0301e\u0301", "abc def ghi", "❤️❤️❤️"} {
		for most := 1; most <= units(s)+1; most++ {
			got := cut(s, most)
			if units(got) > most || !utf8.ValidString(got) {
				t.Errorf("%q cut to %d is %q", s, most, got)
			}
			rest := strings.TrimSuffix(got, "…")
			if got != s && (!strings.HasSuffix(got, "…") || !strings.HasPrefix(s, rest) || strings.HasSuffix(rest, "\u200D")) {
				t.Errorf("%q cut to %d is %q", s, most, got)
			}
			if after := strings.TrimPrefix(s, rest); got != s && (strings.HasPrefix(after, "\u0301") || strings.HasPrefix(after, "\uFE0F")) {
				t.Errorf("%q cut to %d is %q: a mark is left behind", s, most, got)
			}
		}
	}
}

// About 100 buttons in a message, and rows that a phone shows.
func TestKeyboards(t *testing.T) {
	d := &dialog{Form: leaveForm("en"), Field: "type"}
	field := &d.Form.Fields[0]
	for i := range 300 {
		field.Options = append(field.Options, bot.FormOption{Value: strings.Repeat("v", i%70), Label: strings.Repeat("很", i%60+1)})
	}
	v := newDrawing(t).view("zh")
	out := v.question(d, month{})
	n := 0
	for _, row := range out.keys {
		if n += len(row); len(row) == 0 || len(row) > 8 {
			t.Errorf("a row of %d", len(row))
		}
		for _, k := range row {
			if len(k.Data) > 64 || k.Text == "" || units(k.Text) > mostKey {
				t.Errorf("%+v", k)
			}
			if _, err := readData(k.Data); err != nil {
				t.Errorf("%+v: %v", k, err)
			}
		}
	}
	if n > 100 || !strings.Contains(out.text, "未全部列出") {
		t.Errorf("%d buttons\n%s", n, out.text)
	}
	for range 60 {
		d.Form.Fields = append(d.Form.Fields, bot.FormField{Name: "f", Label: "Field", Type: workflows.Text})
	}
	last := v.summary(d).keys
	if k := last[len(last)-1][0]; !strings.Contains(k.Data, ".drop") {
		t.Errorf("a form with many fields cannot be left: %+v", k)
	}
}

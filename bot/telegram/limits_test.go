package telegram

import (
	"html"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// 64 bytes: https://core.telegram.org/bots/api#inlinekeyboardbutton. Every event that kinds share, every planned action and any name of
// up to 20 letters fits; what does not is left away and named, never cut.
func TestButtonDataFits(t *testing.T) {
	names := []string{"show", "files", "command", "transfer", "ask", "revoke", "pay", "done", "sanction", "pay_failed", "reverse", "cancel", "add_line",
		"edit_line", "remove_line", "send", "not_done", "snooze", "hand_over", "hand_in", "begin_test", "sign_off", "extend", "pass", "fail",
		"close_plan"}
	for event := range approval.Frame(nil).Moves {
		names = append(names, string(event))
	}
	for n := 1; n <= 20; n++ {
		names = append(names, strings.Repeat("x", n))
	}
	for _, name := range names {
		a := bot.Action{Name: name, Subject: "ffffffff-ffff-ffff-ffff-ffffffffffff", Digest: "__________8", Opens: true}
		data, ok := actionData(a)
		if b, err := readData(data); !ok || err != nil || b.action != a {
			t.Errorf("%s does not fit, or comes back as %+v, %v: %s", name, b.action, err, data)
		}
	}
	if _, ok := actionData(bot.Action{Name: "command", Args: strings.Repeat("x", 64), Opens: true}); ok {
		t.Error("65 bytes and more pass")
	}
	d := drawMessage(bot.Message{Text: "x", Actions: []bot.Action{
		{Name: "show", Label: "long", Subject: subject, Args: strings.Repeat("号", 20)},
		{Name: "show", Label: "no subject", Subject: "LV-1"},
		{Name: "show", Label: "short", Subject: subject},
	}}, nil)
	if len(d.unfit) != 2 || len(d.keys) != 1 || len(d.keys[0]) != 1 || d.keys[0][0].Text != "short" {
		t.Errorf("drawn %+v", d)
	}
	for _, f := range []struct{ step, field, value string }{{"edit", strings.Repeat("f", 40), ""}, {"mon", strings.Repeat("f", 36), "2026-12"}, {"set", strings.Repeat("f", 30), "2026-12-01"}, {"drop", strings.Repeat("f", 40), ""}} {
		if data, ok := stepData(f.step, token("n"), f.field, f.value); !ok {
			t.Errorf("%s does not fit", data)
		}
	}
}

func TestButtonDataComesBack(t *testing.T) {
	for want, a := range map[string]bot.Action{
		"2|approve|AYkKXayWd0u8zrMCCZqAVw|rev3rev3rev":  {Name: "approve", Subject: subject, Digest: digest},
		"2|reject|AYkKXayWd0u8zrMCCZqAVw|-_-_-_-_-_-|o": {Name: "reject", Subject: subject, Digest: "-_-_-_-_-_-", Opens: true},
		"2|show|AYkKXayWd0u8zrMCCZqAVw||o":              {Name: "show", Subject: subject, Opens: true},
		"2|command|||o|leave annual%7Cx%257C":           {Name: "command", Args: "leave annual|x%7C", Opens: true},
		"2|x":                                           {Name: "x"},
	} {
		data, ok := actionData(a)
		b, err := readData(data)
		if data != want || !ok || err != nil || b.action != a {
			t.Errorf("%s came back as %+v, %v; want %+v from %s", data, b.action, err, a, want)
		}
	}
	numbered := bot.Action{Name: "approve", Label: "Approve", Number: "LV-7", Subject: subject, Digest: digest}
	if data, ok := actionData(numbered); !ok || strings.Contains(data, "LV-7") {
		t.Errorf("a number is in %s", data)
	}
	data, _ := stepData("set", "tok", "from|x", "a|b%")
	if b, err := readData(data); err != nil || b.step != "set" || b.token != "tok" || b.field != "from|x" || b.value != "a|b%" {
		t.Errorf("%s came back as %+v, %v", data, b, err)
	}
}

// What names no subject or no revision as storage does is neither written nor read.
func TestButtonDataIsStrict(t *testing.T) {
	for _, id := range []workflows.SubjectID{
		"LV-1042", "1", "01890A5D-AC96-774B-BCCE-B302099A8057", "{" + subject + "}", "urn:uuid:" + subject, "01890a5dac96774bbcceb302099a8057",
		"01890a5da-c96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a805g", subject[:35], subject + "00",
	} {
		if data, ok := actionData(bot.Action{Name: "show", Subject: id}); ok {
			t.Errorf("the subject %q is written as %s", id, data)
		}
	}
	for _, digest := range []string{"3", "rev3rev3re", "rev3rev3revx", "rev3rev3re+", "rev3rev3re\n", "rev3rev3r号"} {
		if data, ok := actionData(bot.Action{Name: "approve", Subject: subject, Digest: digest}); ok {
			t.Errorf("the digest %q is written as %s", digest, data)
		}
		if b, err := readData("2|approve|AYkKXayWd0u8zrMCCZqAVw|" + digest); err == nil {
			t.Errorf("the digest %q is read as %+v", digest, b)
		}
	}
	for _, id := range []string{
		"LV-1042", string(subject), "AYkKXayWd0u8zrMCCZqAV", "AYkKXayWd0u8zrMCCZqAVwA", "AYkKXayWd0u8zrMCCZqAVw==", "AYkKXayWd0u8zrMCCZqAVx",
		"AYkKXayWd0u8zrMCCZqA\nw", "AYkKXayWd0u8zrMCCZqAVw\n", "AYkKXayWd0u8zrMCCZqA+w", "AYkKXayWd0u8zrMCCZqA%7C",
	} {
		if b, err := readData("2|show|" + id); err == nil {
			t.Errorf("the subject %q is read as %+v", id, b)
		}
	}
	const whole = "2|approve|AYkKXayWd0u8zrMCCZqAVw|rev3rev3rev"
	if _, err := readData(whole); err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{
		"1|approve|LV-1042|3", "1" + whole[1:], "3" + whole[1:], "2", "2|", "2||AYkKXayWd0u8zrMCCZqAVw|rev3rev3rev",
		whole + "|q", whole + "|o|c|d", "2|.", "2|.set|a|b|c|d",
	} {
		if b, err := readData(data); err == nil {
			t.Errorf("%q is read as %+v", data, b)
		}
	}
}

// Strangers' clients send what they like: nothing in it may hurt, and what is read is written the same again.
func FuzzReadData(f *testing.F) {
	for _, s := range []string{"2|approve|AYkKXayWd0u8zrMCCZqAVw|rev3rev3rev", "2|reject|AYkKXayWd0u8zrMCCZqAVw|rev3rev3rev|o",
		"2|.set|abc|from|2026-12-01", "2|.send|abc", "", "2|", "2|a||||x", "%7C|%25", "2|.",
		"1|approve|LV-1042|3", "2|show|AYkKXayWd0u8zrMCCZqA\n\n"} {
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
	d := &dialog{Form: leaveForm(t, "en"), Field: "type"}
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
	if n > 100 || !strings.Contains(out.text, "还有更多选项") {
		t.Errorf("%d buttons\n%s", n, out.text)
	}
	for range 60 {
		d.Form.Fields = append(d.Form.Fields, bot.FormField{Name: "f", Label: "Field", Asks: workflows.AskLine})
	}
	last := v.summary(d).keys
	if k := last[len(last)-1][0]; !strings.Contains(k.Data, ".drop") {
		t.Errorf("a form with many fields cannot be left: %+v", k)
	}
}

// I12: whatever somebody typed, its HTML has no tag but ours, reads as what was typed, is as long as it says, and leaves nothing outside of code of which
// Telegram would make a link, a mention, a command or a number.
func FuzzHTML(f *testing.F) {
	for _, s := range []string{"<b>x</b> & \"y\"", "@lin, #1 /leave. https://x.example/a?b=c", "a.b c/d 12345 (（@x）)", "e\u0301👩‍💻\u202E", "\xff\x00", "/leave@nod", "…</code>", "&lt;", "。@。", ":/ $5 $x"} {
		f.Add(s, byte(20))
	}
	commands := map[string]bool{"/leave": true}
	f.Fuzz(func(t *testing.T, s string, room byte) {
		if len(s) > 1000 {
			return
		}
		most := 2 + int(room)
		shown := cut(s, most)
		if units(shown) > most {
			t.Fatalf("%q is cut to %q", s, shown)
		}
		for _, frag := range []frag{literal(shown), inert(shown, commands), quote(inert(shown, commands)), tagged("b", inert(shown, nil)), mono(shown)} {
			read, bare, depth := "", "", 0
			for rest := frag.html; rest != ""; {
				text, more, tag := strings.Cut(rest, "<")
				read += text
				if depth == 0 {
					bare += text
				}
				if rest = more; !tag {
					break
				}
				name, behind, closed := strings.Cut(more, ">")
				rest = behind
				switch name {
				case "code":
					depth++
				case "/code":
					bare, depth = bare+" ", depth-1
				case "b", "/b", "blockquote", "blockquote expandable", "/blockquote":
				default:
					closed = false
				}
				if !closed || depth < 0 || depth > 1 {
					t.Fatalf("%q is drawn as %q", s, frag.html)
				}
			}
			if depth != 0 || html.UnescapeString(read) != shown || frag.n != units(shown) {
				t.Errorf("%q is drawn as %q, which reads %q, %d long", s, frag.html, read, frag.n)
			}
			for word := range strings.FieldsSeq(html.UnescapeString(bare)) {
				if core := strings.TrimRight(strings.TrimLeft(word, opening), closing); active(word) && !commands[core] && frag != literal(shown) {
					t.Errorf("%q is drawn as %q, where %q is alive", s, frag.html, word)
				}
			}
		}
	})
}

// An update of any shape is refused, or read as one from a chat, and nobody's words in a group pass for words in private.
func FuzzRead(f *testing.F) {
	for _, s := range []string{`{"update_id":1,"message":{"message_id":2,"from":{"id":5},"chat":{"id":5,"type":"private"},"text":"/leave"}}`,
		`{"update_id":1,"callback_query":{"id":"q","from":{"id":5},"message":{"message_id":2,"chat":{"id":-7,"type":"group"}},"data":"2|x"}}`,
		`{"update_id":1,"message":{"message_id":2,"chat":{"id":5,"type":"private"},"photo":[{"file_id":"a","width":1,"height":1,"file_size":9},{}],"caption":"x"}}`,
		`{"update_id":1,"my_chat_member":{"chat":{"id":5,"type":"private"},"from":{"id":5},"new_chat_member":{"status":"kicked"}}}`,
		`{"update_id":-1,"message":{"document":{}}}`, `{"update_id":1e2}`, `{"update_id":null}`, `[]`, `{"update_id":1,"callback_query":null,"poll":{}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		id, known := readID(body)
		in, err := read(body)
		if err != nil {
			return
		}
		if known && in.id != id {
			t.Errorf("%q is update %d, and %d", body, id, in.id)
		}
		if in.private && in.chat != in.user || in.nothing && (in.hasText || in.file != nil || in.query != "") {
			t.Errorf("%q: %+v", body, in)
		}
	})
}

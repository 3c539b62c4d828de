package answer_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
)

// What people say, and what of the form it fills in; today is Wednesday, 25 November.
func TestLines(t *testing.T) {
	b := newBot(t)
	for line, want := range map[string]map[string]string{
		"年假 下周一到周三 回老家":                   {"type": "annual", "from": "2026-11-30", "to": "2026-12-02", "reason": "回老家"},
		"明天下午":                            {"from": "2026-11-26", "from_part": "pm", "to": "2026-11-26", "to_part": "pm"},
		"tomorrow afternoon":              {"from": "2026-11-26", "from_part": "pm", "to": "2026-11-26", "to_part": "pm"},
		"3–5 Dec":                         {"from": "2026-12-03", "to": "2026-12-05"},
		"Sick today!":                     {"type": "sick", "from": "2026-11-25", "to": "2026-11-25"},
		"I'm sick today":                  {"type": "sick", "from": "2026-11-25", "to": "2026-11-25", "reason": ""},
		"I need next Friday off":          {"from": "2026-12-04", "to": "2026-12-04", "reason": ""},
		"今天生病了，请病假":                       {"type": "sick", "from": "2026-11-25", "reason": "生病了"},
		"annual leave 3–5 Dec for family": {"type": "annual", "from": "2026-12-03", "to": "2026-12-05", "reason": "family"},
		"sick":                            {"type": "sick", "from": ""},
		"我想请假":                            {"from": ""},
		"I'd like to take leave":          {"from": ""},
		"leave annual 2026-12-01":         {"type": "annual", "from": "2026-12-01"},
	} {
		for _, content := range []bot.Content{bot.Said{Text: line}, slashed(line)} {
			h := new(heard)
			if err := b.Handle(t.Context(), from("E003", "", content), h); err != nil || h.form == nil {
				t.Errorf("%#v opens no form: %q, %v", content, h.told, err)
				continue
			}
			got := h.form.State().Values
			for name, value := range want {
				if got[name] != value {
					t.Errorf("%#v: %s is %q, want %q", content, name, got[name], value)
				}
			}
			if !b.OpensForm(content) {
				t.Errorf("%#v opens a form, and OpensForm does not know it", content)
			}
			if ready := got["from"] != ""; h.form.Ready() != ready && h.form.Fault == "" {
				t.Errorf("%#v: ready %v; missing %q, %+v", content, h.form.Ready(), h.form.Missing, h.form.Fields)
			}
		}
	}
}

func slashed(line string) bot.Command {
	name, args, _ := strings.Cut(line, " ")
	return bot.Command{Name: strings.ToLower(name), Args: args}
}

// A form's values can be read where there is no form to draw them in.
func TestValuesAreShown(t *testing.T) {
	b := newBot(t)
	h := new(heard)
	if err := b.Handle(t.Context(), from("E011", "", bot.Said{Text: "年假 下周一下午 回老家\u202E"}), h); err != nil || h.form == nil {
		t.Fatal(err, h.told)
	}
	got := map[string]string{}
	for _, f := range h.form.Fields {
		got[f.Label] = f.Shown
	}
	if want := map[string]string{"请假类型": "年假", "开始日期": "11月30日（周一）", "开始时段": "下午", "结束日期": "11月30日（周一）", "结束时段": "下午", "请假事由": `回老家\u202E`}; !maps.Equal(got, want) {
		t.Errorf("shown are %q", got)
	}
	if h.form.Change != "修改" {
		t.Errorf("the button reads %q", h.form.Change)
	}
}

// A line is a command when it says no more than one; of anything else it is said what can be said.
func TestLinesThatAreCommands(t *testing.T) {
	b := newBot(t)
	for line, want := range map[string]string{
		"help": "What you can type", " Help ": "What you can type", "帮助": "What you can type", "requests": "You have not asked", "我的申请": "You have not asked",
		"cancel": "Discarded", "取消": "Discarded", "link ABC": "周凯 Zhou Kai，绑定成功", "绑定　ABC": "周凯 Zhou Kai，绑定成功", "link": "not valid",
		"hello there": "I did not understand that as a request", "help me": "I did not understand", "cancel my trip": "Nothing of yours is open", "requests of my team": "I did not understand",
		"": "I did not understand", strings.Repeat("说", 4000): "I did not understand",
	} {
		h := new(heard)
		if err := b.Handle(t.Context(), from("E003", "", bot.Said{Text: line}), h); err != nil || len(h.told) == 0 || !strings.Contains(h.told[0], want) {
			t.Errorf("%.40q is answered with %q, %v", line, h.told, err)
		}
		if strings.Contains(strings.Join(h.told, ""), "I do not know") || b.OpensForm(bot.Said{Text: line}) {
			t.Errorf("%.40q is answered with %q", line, h.told)
		}
	}
	h := new(heard)
	if _ = b.Handle(t.Context(), from("E003", "", bot.Command{Name: "foo", Args: "bar"}), h); !strings.Contains(h.told[0], "I do not know /foo. /help lists") {
		t.Errorf("a command that is none is answered with %q", h.told)
	}
}

// Commands are spelled as they are typed where the answer is read.
func TestCommandsAreSpelled(t *testing.T) {
	b := newBot(t)
	for typed, want := range map[string]string{
		"/foo":      "I do not know /acme-nod foo. /acme-nod help lists",
		"/requests": "/acme-nod help lists what you can ask for",
		"hm":        "/acme-nod help lists what else",
		"/help":     "/acme-nod leave [type] [from] [to] [reason] Ask for leave: /acme-nod leave annual",
		"link ABC":  "输入 /acme-nod help 查看",
	} {
		content := bot.ReadTyped(typed)
		h := new(elsewhere)
		if err := b.Handle(t.Context(), from("E003", "", content), h); err != nil || !strings.Contains(strings.Join(h.told, "\n"), want) {
			t.Errorf("%#v is answered with %q, %v", content, h.told, err)
		}
	}
}

// Somebody who is nobody yet reads how to become somebody, in the language of their app, and in both when that is not known.
func TestStrangersReadTheirLanguage(t *testing.T) {
	b := newBot(t)
	const en, zh = "send me /acme-nod link CODE", "发送 /acme-nod link 绑定码"
	for language, want := range map[string][2]bool{"en": {true, false}, "en-GB": {true, false}, "de": {true, false}, "zh": {false, true}, "zh-hans": {false, true}, "zh_CN": {false, true},
		"ZH-TW": {false, true}, "": {true, true}} {
		approve := bot.Press{Action: bot.Action{Name: "approve", Subject: request}}
		for _, content := range []bot.Content{bot.Command{Name: "leave"}, bot.Said{Text: "年假 明天"}, approve} {
			h := new(elsewhere)
			if err := b.Handle(t.Context(), from("nobody", language, content), h); err != nil || len(h.told) != 1 {
				t.Fatalf("%q reads %q, %v", language, h.told, err)
			}
			if got := [2]bool{strings.Contains(h.told[0], en), strings.Contains(h.told[0], zh)}; got != want {
				t.Errorf("with an app in %q they read %q", language, h.told)
			}
		}
	}
	h := new(heard)
	if _ = b.Handle(t.Context(), from("nobody", "zh-CN", bot.Said{Text: "link XYZ"}), h); !strings.Contains(h.told[0], "绑定码无效") {
		t.Errorf("a wrong code is answered with %q", h.told)
	}
	h = new(heard) // whoever is known reads their own
	if _ = b.Handle(t.Context(), from("E003", "zh", bot.Said{Text: "hm"}), h); !strings.HasPrefix(h.told[0], "I did not understand") {
		t.Errorf("tom reads %q", h.told)
	}
}

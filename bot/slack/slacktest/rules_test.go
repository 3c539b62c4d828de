package slacktest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot/slack/slacktest"
)

type object = map[string]any

func han(n int) string { return strings.Repeat("很", n) }

func plain(n int) object { return object{"type": "plain_text", "text": han(n)} }

func mrkdwn(n int) object { return object{"type": "mrkdwn", "text": han(n)} }

func times(n int, each func(i int) any) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = each(i)
	}
	return list
}

func same(v any) func(int) any { return func(int) any { return v } }

func button(label, value int) object {
	return object{"type": "button", "text": plain(label), "value": han(value), "action_id": "a"}
}

func actions(elements ...any) object { return object{"type": "actions", "elements": elements} }

func input(element object) object {
	return object{"type": "input", "label": plain(5), "element": element}
}

func option(text, value int) object { return object{"text": plain(text), "value": han(value)} }

func choice(options []any) object {
	return object{"type": "static_select", "options": options}
}

// TestBlockLimits holds each limit on both sides: at it a block is taken, one beyond it is refused, and the pointer says where.
func TestBlockLimits(t *testing.T) {
	tests := []struct {
		name    string
		least   int
		most    int
		block   func(n int) any
		pointer string
	}{
		{"section text", 1, 3000, func(n int) any { return object{"type": "section", "text": mrkdwn(n)} }, "/blocks/0/text/text"},
		{"plain_text", 1, 3000, func(n int) any { return object{"type": "section", "text": plain(n)} }, "/blocks/0/text/text"},
		{"section fields", 1, 10, func(n int) any { return object{"type": "section", "fields": times(n, same(plain(1)))} }, "/blocks/0/fields"},
		{"field text", 1, 2000, func(n int) any { return object{"type": "section", "fields": []any{mrkdwn(n)}} }, "/blocks/0/fields/0/text"},
		{"header", 1, 150, func(n int) any { return object{"type": "header", "text": plain(n)} }, "/blocks/0/text/text"},
		{"context elements", 1, 10, func(n int) any { return object{"type": "context", "elements": times(n, same(plain(1)))} }, "/blocks/0/elements"},
		{"actions elements", 1, 25, func(n int) any {
			return actions(times(n, func(i int) any { return object{"type": "button", "text": plain(1), "action_id": fmt.Sprint(i)} })...)
		}, "/blocks/0/elements"},
		{"block_id", 1, 255, func(n int) any { return object{"type": "divider", "block_id": han(n)} }, "/blocks/0/block_id"},
		{"action_id", 1, 255, func(n int) any { return actions(object{"type": "button", "text": plain(1), "action_id": han(n)}) }, "/blocks/0/elements/0/action_id"},
		{"button text", 1, 75, func(n int) any { return actions(button(n, 1)) }, "/blocks/0/elements/0/text/text"},
		{"button value", 1, 2000, func(n int) any { return actions(button(1, n)) }, "/blocks/0/elements/0/value"},
		{"button url", 1, 3000, func(n int) any { return actions(object{"type": "button", "text": plain(1), "url": han(n)}) }, "/blocks/0/elements/0/url"},
		{"accessibility_label", 1, 75, func(n int) any {
			return actions(object{"type": "button", "text": plain(1), "accessibility_label": han(n)})
		}, "/blocks/0/elements/0/accessibility_label"},
		{"select options", 1, 100, func(n int) any { return actions(choice(times(n, same(option(1, 1))))) }, "/blocks/0/elements/0/options"},
		{"select placeholder", 1, 150, func(n int) any {
			return actions(object{"type": "static_select", "placeholder": plain(n), "options": []any{option(1, 1)}})
		}, "/blocks/0/elements/0/placeholder/text"},
		{"option groups", 1, 100, func(n int) any {
			return actions(object{"type": "static_select", "option_groups": times(n, same(object{"label": plain(1), "options": []any{option(1, 1)}}))})
		}, "/blocks/0/elements/0/option_groups"},
		{"option text", 1, 75, func(n int) any { return actions(choice([]any{option(n, 1)})) }, "/blocks/0/elements/0/options/0/text/text"},
		{"option value", 1, 150, func(n int) any { return actions(choice([]any{option(1, n)})) }, "/blocks/0/elements/0/options/0/value"},
		{"option description", 1, 75, func(n int) any {
			return actions(choice([]any{object{"text": plain(1), "value": "v", "description": plain(n)}}))
		}, "/blocks/0/elements/0/options/0/description/text"},
		{"placeholder", 1, 150, func(n int) any { return input(object{"type": "plain_text_input", "placeholder": plain(n)}) }, "/blocks/0/element/placeholder/text"},
		{"overflow options", 1, 5, func(n int) any { return actions(object{"type": "overflow", "options": times(n, same(option(1, 1)))}) }, "/blocks/0/elements/0/options"},
		{"radio options", 1, 10, func(n int) any {
			return actions(object{"type": "radio_buttons", "options": times(n, same(option(1, 1)))})
		}, "/blocks/0/elements/0/options"},
		{"checkboxes", 1, 10, func(n int) any { return actions(object{"type": "checkboxes", "options": times(n, same(option(1, 1)))}) }, "/blocks/0/elements/0/options"},
		{"ticked at first", 1, 10, func(n int) any {
			return input(object{"type": "checkboxes", "options": []any{option(1, 1)}, "initial_options": times(n, same(option(1, 1)))})
		}, "/blocks/0/element/initial_options"},
		{"checkbox text", 1, 75, func(n int) any { return input(object{"type": "checkboxes", "options": []any{option(n, 1)}}) }, "/blocks/0/element/options/0/text/text"},
		{"confirm title", 1, 100, confirming(func(n int) object {
			return object{"title": plain(n), "text": plain(1), "confirm": plain(1), "deny": plain(1)}
		}), "/blocks/0/elements/0/confirm/title/text"},
		{"confirm text", 1, 300, confirming(func(n int) object {
			return object{"title": plain(1), "text": mrkdwn(n), "confirm": plain(1), "deny": plain(1)}
		}), "/blocks/0/elements/0/confirm/text/text"},
		{"confirm", 1, 30, confirming(func(n int) object {
			return object{"title": plain(1), "text": plain(1), "confirm": plain(n), "deny": plain(1)}
		}), "/blocks/0/elements/0/confirm/confirm/text"},
		{"deny", 1, 30, confirming(func(n int) object {
			return object{"title": plain(1), "text": plain(1), "confirm": plain(1), "deny": plain(n)}
		}), "/blocks/0/elements/0/confirm/deny/text"},
		{"input label", 1, 2000, func(n int) any {
			return object{"type": "input", "label": plain(n), "element": object{"type": "plain_text_input"}}
		}, "/blocks/0/label/text"},
		{"input hint", 1, 2000, func(n int) any {
			return object{"type": "input", "label": plain(1), "hint": plain(n), "element": object{"type": "plain_text_input"}}
		}, "/blocks/0/hint/text"},
		{"initial value", 0, 3000, func(n int) any { return input(object{"type": "plain_text_input", "initial_value": han(n)}) }, "/blocks/0/element/initial_value"},
		{"max_length", 1, 3000, func(n int) any { return input(object{"type": "plain_text_input", "max_length": n}) }, "/blocks/0/element/max_length"},
		{"alt_text", 1, 2000, func(n int) any { return object{"type": "image", "image_url": "https://x.example", "alt_text": han(n)} }, "/blocks/0/alt_text"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, n := range []int{test.least, test.most} {
				if code, faults := check(t, []any{test.block(n)}); code != "" {
					t.Errorf("%d: %s %q", n, code, faults)
				}
			}
			beyond := []int{test.most + 1}
			if test.least > 0 {
				beyond = append(beyond, test.least-1)
			}
			for _, n := range beyond {
				code, faults := check(t, []any{test.block(n)})
				if code != "invalid_blocks" || !slices.ContainsFunc(faults, func(f string) bool { return strings.HasSuffix(f, "[json-pointer:"+test.pointer+"]") }) {
					t.Errorf("%d: %s %q, want a fault at %s", n, code, faults, test.pointer)
				}
			}
		})
	}
}

func confirming(make func(n int) object) func(n int) any {
	return func(n int) any { return actions(object{"type": "button", "text": plain(1), "confirm": make(n)}) }
}

func check(t *testing.T, blocks any) (string, []string) {
	t.Helper()
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	return slacktest.Blocks(raw)
}

func TestBlockShapes(t *testing.T) {
	taken := []any{
		[]any{},
		times(50, same(object{"type": "divider"})),
		[]any{object{"type": "divider", "block_id": "a"}, object{"type": "divider", "block_id": "b"}},
		[]any{input(object{"type": "datepicker", "initial_date": "2026-12-01"})},
		[]any{input(object{"type": "static_select", "options": []any{option(1, 1), option(2, 2)}, "initial_option": option(2, 2)})},
	}
	for _, blocks := range taken {
		if code, faults := check(t, blocks); code != "" {
			t.Errorf("%v: %s %q", blocks, code, faults)
		}
	}
	refused := map[string]any{
		"too many blocks":                  times(51, same(object{"type": "divider"})),
		"no type":                          []any{object{}},
		"a type of tomorrow":               []any{object{"type": "of_tomorrow"}},
		"emoji in mrkdwn":                  []any{object{"type": "section", "text": object{"type": "mrkdwn", "text": "x", "emoji": true}}},
		"an unknown property":              []any{object{"type": "divider", "colour": "red"}},
		"a header in mrkdwn":               []any{object{"type": "header", "text": mrkdwn(1)}},
		"a section of nothing":             []any{object{"type": "section"}},
		"the same block_id twice":          []any{object{"type": "divider", "block_id": "a"}, object{"type": "divider", "block_id": "a"}},
		"the same action_id twice":         []any{actions(button(1, 1), button(1, 1))},
		"an unknown style":                 []any{actions(object{"type": "button", "text": plain(1), "style": "green"})},
		"a date that is none":              []any{input(object{"type": "datepicker", "initial_date": "2026-13-01"})},
		"an initial option that is none":   []any{input(object{"type": "static_select", "options": []any{option(1, 1)}, "initial_option": option(2, 2)})},
		"ticked what is no option":         []any{input(object{"type": "checkboxes", "options": []any{option(1, 1)}, "initial_options": []any{option(2, 2)}})},
		"a select without options":         []any{input(object{"type": "static_select"})},
		"a first value beyond max_length":  []any{input(object{"type": "plain_text_input", "max_length": 3, "initial_value": "很很很很"})},
		"a file in a message":              []any{input(object{"type": "file_input"})},
		"an input without a label":         []any{object{"type": "input", "element": object{"type": "plain_text_input"}}},
		"a text that is a number":          []any{object{"type": "header", "text": object{"type": "plain_text", "text": 7}}},
		"two inputs that want the focus":   []any{input(object{"type": "plain_text_input", "focus_on_load": true}), input(object{"type": "datepicker", "focus_on_load": true})},
		"an image without alt_text":        []any{object{"type": "image", "image_url": "https://x.example"}},
		"actions of nothing":               []any{actions()},
		"a text input among the buttons":   []any{actions(object{"type": "plain_text_input"})},
		"a dispatch that nobody knows":     []any{input(object{"type": "plain_text_input", "dispatch_action_config": object{"trigger_actions_on": []any{"on_blur"}}})},
		"a button with two texts in one":   []any{actions(object{"type": "button", "text": mrkdwn(1)})},
		"a section whose text is a string": []any{object{"type": "section", "text": "x"}},
	}
	for name, blocks := range refused {
		if code, _ := check(t, blocks); code != "invalid_blocks" {
			t.Errorf("%s: %q", name, code)
		}
	}
	for _, raw := range []string{"", "{}", "null", `"[]"`, "[", `"[{\"type\":\"divider\"}]"`} {
		if code, _ := slacktest.Blocks([]byte(raw)); code != "invalid_blocks_format" {
			t.Errorf("%q: %q", raw, code)
		}
	}
	if code, _ := check(t, times(4, same(object{"type": "section", "text": plain(2750)}))); code != "" {
		t.Errorf("11,000 characters: %s", code)
	}
	if code, _ := check(t, times(4, same(object{"type": "section", "text": plain(2751)}))); code != "msg_blocks_too_long" {
		t.Errorf("more than 11,000 characters: %q", code)
	}
}

func TestViewRules(t *testing.T) {
	modal := func(change func(object)) object {
		v := object{"type": "modal", "title": plain(24), "submit": plain(24), "close": plain(24), "private_metadata": han(3000), "callback_id": han(255), "external_id": han(255),
			"blocks": times(100, same(object{"type": "divider"}))}
		change(v)
		return v
	}
	view := func(v object, kind string) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		code, _ := slacktest.View(raw, kind)
		return code
	}
	if code := view(modal(func(object) {}), "modal"); code != "" {
		t.Errorf("a modal at its limits: %s", code)
	}
	refused := map[string]func(object){
		"title 25":               func(v object) { v["title"] = plain(25) },
		"no title":               func(v object) { delete(v, "title") },
		"title in mrkdwn":        func(v object) { v["title"] = mrkdwn(1) },
		"submit 25":              func(v object) { v["submit"] = plain(25) },
		"close 25":               func(v object) { v["close"] = plain(25) },
		"private_metadata 3001":  func(v object) { v["private_metadata"] = han(3001) },
		"callback_id 256":        func(v object) { v["callback_id"] = han(256) },
		"external_id 256":        func(v object) { v["external_id"] = han(256) },
		"101 blocks":             func(v object) { v["blocks"] = times(101, same(object{"type": "divider"})) },
		"an input and no submit": func(v object) { v["blocks"] = []any{input(object{"type": "plain_text_input"})}; delete(v, "submit") },
		"an unknown property":    func(v object) { v["hash"] = "x" },
		"a home":                 func(v object) { v["type"] = "home" },
		"the same block_id twice": func(v object) {
			v["blocks"] = []any{object{"type": "divider", "block_id": "a"}, object{"type": "divider", "block_id": "a"}}
		},
	}
	for name, change := range refused {
		if code := view(modal(change), "modal"); code != "invalid_arguments" {
			t.Errorf("%s: %q", name, code)
		}
	}
	if code := view(modal(func(v object) { v["blocks"] = times(90, same(object{"type": "section", "text": plain(3000)})) }), "modal"); code != "view_too_large" {
		t.Errorf("more than 250 kB: %q", code)
	}
	if code := view(object{"type": "home", "blocks": []any{input(object{"type": "plain_text_input"})}}, "home"); code != "" {
		t.Errorf("a home: %s", code)
	}
	if code := view(object{"type": "home", "title": plain(1), "blocks": []any{}}, "home"); code != "invalid_arguments" {
		t.Errorf("a home with a title: %q", code)
	}
	if code := view(modal(func(v object) { v["blocks"] = []any{input(object{"type": "file_input", "max_files": 10})} }), "modal"); code != "" {
		t.Errorf("a file in a modal: %s", code)
	}
	for name, block := range map[string]object{
		"eleven files":               input(object{"type": "file_input", "max_files": 11}),
		"no file":                    input(object{"type": "file_input", "max_files": 0}),
		"a media type for an ending": input(object{"type": "file_input", "filetypes": []any{"image/png"}}),
		"no endings":                 input(object{"type": "file_input", "filetypes": []any{}}),
		"a file without a label":     {"type": "input", "element": object{"type": "file_input"}},
		"a file among buttons":       actions(object{"type": "file_input"}),
		"a file beside a text":       {"type": "section", "text": plain(1), "accessory": object{"type": "file_input"}},
	} {
		if code := view(modal(func(v object) { v["blocks"] = []any{block} }), "modal"); code != "invalid_arguments" {
			t.Errorf("%s: %q", name, code)
		}
	}
	if code := view(object{"type": "home", "blocks": []any{input(object{"type": "file_input"})}}, "home"); code != "invalid_arguments" {
		t.Errorf("a file in a home: %q", code)
	}
}

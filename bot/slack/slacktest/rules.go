package slacktest

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// surface is where blocks are shown; each takes its own kinds and number.
type surface string

const (
	inMessage surface = "message"
	inModal   surface = "modal"
	inHome    surface = "home"
)

// checker walks a JSON value and collects what Slack would say about it, in Slack's words with a JSON pointer.
type checker struct {
	surface surface
	faults  []string
	blocks  map[string]bool // block ids seen
	actions map[string]bool // action ids seen in this block
	inputs  int
	focused int
	runes   int // of all text objects
}

func (c *checker) fault(at, format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

// rule says what a value must be.
type rule func(c *checker, at string, v any)

// text is a string of so many characters; Slack counts a Chinese one as one.
func text(least, most int) rule {
	return func(c *checker, at string, v any) {
		s, ok := v.(string)
		switch n := utf8.RuneCountInString(s); {
		case !ok:
			c.fault(at, "must be a string")
		case !utf8.ValidString(s):
			c.fault(at, "must be valid UTF-8")
		case n < least:
			c.fault(at, "must be more than %d characters", least-1)
		case n > most:
			c.fault(at, "must be less than %d characters", most+1)
		}
	}
}

func flag(c *checker, at string, v any) {
	if _, ok := v.(bool); !ok {
		c.fault(at, "must be a boolean")
	}
}

func number(least, most float64) rule {
	return func(c *checker, at string, v any) {
		if n, ok := v.(float64); !ok || n < least || n > most {
			c.fault(at, "must be a number from %v to %v", least, most)
		}
	}
}

func oneOf(values ...string) rule {
	return func(c *checker, at string, v any) {
		if s, ok := v.(string); !ok || !slices.Contains(values, s) {
			c.fault(at, "must be one of %v", values)
		}
	}
}

func matching(pattern string) rule {
	shape := regexp.MustCompile(pattern)
	return func(c *checker, at string, v any) {
		if s, ok := v.(string); !ok || !shape.MatchString(s) {
			c.fault(at, "must match %s", pattern)
		}
	}
}

func list(least, most int, each rule) rule {
	return func(c *checker, at string, v any) {
		items, ok := v.([]any)
		switch {
		case !ok:
			c.fault(at, "must be an array")
			return
		case len(items) < least:
			c.fault(at, "no fewer than %d items allowed", least)
		case len(items) > most:
			c.fault(at, "no more than %d items allowed", most)
		}
		for i, item := range items {
			each(c, at+"/"+strconv.Itoa(i), item)
		}
	}
}

// object is a JSON object with these properties and no other; those with a ! must be there.
func object(props map[string]rule) rule {
	return func(c *checker, at string, v any) {
		o, ok := v.(map[string]any)
		if !ok {
			c.fault(at, "must be an object")
			return
		}
		for _, name := range slices.Sorted(maps.Keys(o)) {
			check := props[name]
			if check == nil {
				check = props[name+"!"]
			}
			if check == nil {
				c.fault(at, "invalid additional property: %s", name)
				continue
			}
			check(c, at+"/"+name, o[name])
		}
		for _, name := range slices.Sorted(maps.Keys(props)) {
			if name[len(name)-1] == '!' && o[name[:len(name)-1]] == nil {
				c.fault(at, "missing required field: %s", name[:len(name)-1])
			}
		}
	}
}

func anything(*checker, string, any) {}

// typed is an object whose type decides what else it is.
func typed(kinds map[string]rule) rule {
	return func(c *checker, at string, v any) {
		o, _ := v.(map[string]any)
		name, _ := o["type"].(string)
		check := kinds[name]
		if check == nil {
			c.fault(at+"/type", "unsupported type: %s", name)
			return
		}
		check(c, at, v)
	}
}

func both(rules ...rule) rule {
	return func(c *checker, at string, v any) {
		for _, r := range rules {
			r(c, at, v)
		}
	}
}

// Composition objects: docs.slack.dev/reference/block-kit/composition-objects/{text-object,option-object,confirmation-dialog-object}.

func plain(most int) rule {
	return both(counted, object(map[string]rule{"type!": oneOf("plain_text"), "text!": text(1, most), "emoji": flag}))
}

// anyText is plain_text or mrkdwn. emoji in mrkdwn is an additional property, and refused.
func anyText(most int) rule {
	return typed(map[string]rule{
		"plain_text": plain(most),
		"mrkdwn":     both(counted, object(map[string]rule{"type!": anything, "text!": text(1, most), "verbatim": flag})),
	})
}

func counted(c *checker, _ string, v any) {
	if o, ok := v.(map[string]any); ok {
		s, _ := o["text"].(string)
		c.runes += utf8.RuneCountInString(s)
	}
}

// The value of an option was limited to 75 and is to 150 now; the figures of python-slack-sdk models/blocks/basic_components.py.
func option(textRule rule) rule {
	return object(map[string]rule{"text!": textRule, "value!": text(1, 150), "description": plain(75), "url": text(1, 3000)})
}

var confirm = object(map[string]rule{"title!": plain(100), "text!": anyText(300), "confirm!": plain(30), "deny!": plain(30),
	"style": oneOf("primary", "danger")})

// Elements: docs.slack.dev/reference/block-kit/block-elements.

func action(c *checker, at string, v any) {
	id, _ := v.(string)
	text(1, 255)(c, at, v)
	if c.actions[id] {
		c.fault(at, "`action_id` \"%s\" already exists for another element in this block", id)
	}
	c.actions[id] = true
}

func focus(c *checker, at string, v any) {
	flag(c, at, v)
	if v == true {
		if c.focused++; c.focused > 1 {
			c.fault(at, "only one element can be focused on load")
		}
	}
}

// chosen checks that an initial option is one of the options, whole: Slack compares text and value.
func chosen(c *checker, at string, v any) {
	o, _ := v.(map[string]any)
	if (o["options"] == nil) == (o["option_groups"] == nil) {
		c.fault(at, "exactly one of options and option_groups is needed")
	}
	if initial := o["initial_option"]; initial != nil && !offers(o, initial) {
		c.fault(at+"/initial_option", "must be one of the options")
	}
}

// ticked checks that what is ticked at first is one of the options, whole.
func ticked(c *checker, at string, v any) {
	o, _ := v.(map[string]any)
	for i, initial := range asList(o["initial_options"]) {
		if !offers(o, initial) {
			c.fault(at+"/initial_options/"+strconv.Itoa(i), "must be one of the options")
		}
	}
}

// offers tells whether an option is one of an element's.
func offers(element map[string]any, option any) bool {
	return slices.ContainsFunc(optionsOf(element), func(x any) bool { return reflect.DeepEqual(x, option) })
}

// optionsOf lists the options of a select, also those in groups.
func optionsOf(element map[string]any) []any {
	options, _ := element["options"].([]any)
	groups, _ := element["option_groups"].([]any)
	for _, g := range groups {
		group, _ := g.(map[string]any)
		more, _ := group["options"].([]any)
		options = append(options[:len(options):len(options)], more...)
	}
	return options
}

var (
	button = object(map[string]rule{"type!": anything, "text!": plain(75), "action_id": action, "value": text(1, 2000),
		"url": text(1, 3000), "style": oneOf("primary", "danger"), "confirm": confirm, "accessibility_label": text(1, 75)})
	staticSelect = both(chosen, object(map[string]rule{"type!": anything, "action_id": action, "placeholder": plain(150),
		"options":        list(1, 100, option(plain(75))),
		"option_groups":  list(1, 100, object(map[string]rule{"label!": plain(75), "options!": list(1, 100, option(plain(75)))})),
		"initial_option": option(plain(75)), "confirm": confirm, "focus_on_load": focus}))
	datepicker = object(map[string]rule{"type!": anything, "action_id": action, "placeholder": plain(150),
		"initial_date": matching(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`), "confirm": confirm, "focus_on_load": focus})
	radio = both(chosen, object(map[string]rule{"type!": anything, "action_id": action, "options!": list(1, 10, option(anyText(75))),
		"initial_option": option(anyText(75)), "confirm": confirm, "focus_on_load": focus}))
	checkboxes = both(ticked, object(map[string]rule{"type!": anything, "action_id": action, "options!": list(1, 10, option(anyText(75))),
		"initial_options": list(1, 10, option(anyText(75))), "confirm": confirm, "focus_on_load": focus}))
	overflow = object(map[string]rule{"type!": anything, "action_id": action, "options!": list(1, 5, option(plain(75))),
		"confirm": confirm})
	usersSelect = object(map[string]rule{"type!": anything, "action_id": action, "placeholder": plain(150), "initial_user": text(1, 255),
		"confirm": confirm, "focus_on_load": focus})
	textInput = both(fits, object(map[string]rule{"type!": anything, "action_id": action, "placeholder": plain(150),
		"initial_value": text(0, 3000), "multiline": flag,
		"min_length": number(0, 3000), "max_length": number(1, 3000), "focus_on_load": focus,
		"dispatch_action_config": object(map[string]rule{"trigger_actions_on!": list(1, 2,
			oneOf("on_enter_pressed", "on_character_entered"))})}))
	fileInput = object(map[string]rule{"type!": anything, "action_id": action, "filetypes": list(1, 100, matching(`^[a-z0-9]{1,20}$`)),
		"max_files": number(1, 10)})
	image = object(map[string]rule{"type!": anything, "image_url!": text(1, 3000), "alt_text!": text(1, 2000)})
)

// fits checks that a text input's first value is one that may be sent.
func fits(c *checker, at string, v any) {
	o, _ := v.(map[string]any)
	value, _ := o["initial_value"].(string)
	if most, ok := o["max_length"].(float64); ok && utf8.RuneCountInString(value) > int(most) {
		c.fault(at+"/initial_value", "must be less than %d characters", int(most)+1)
	}
}

// Blocks: docs.slack.dev/reference/block-kit/blocks.

func blockID(c *checker, at string, v any) {
	id, _ := v.(string)
	text(1, 255)(c, at, v)
	if c.blocks[id] {
		c.fault(at, "`block_id` \"%s\" already exists", id)
	}
	c.blocks[id] = true
}

func fresh(c *checker, _ string, _ any) { c.actions = map[string]bool{} }

func textOrFields(c *checker, at string, v any) {
	if o, ok := v.(map[string]any); ok && o["text"] == nil && o["fields"] == nil {
		c.fault(at, "missing required field: text or fields")
	}
}

func anInput(c *checker, at string, v any) {
	c.inputs++
	o, _ := v.(map[string]any)
	element, _ := o["element"].(map[string]any)
	if element["type"] == "file_input" && c.surface != inModal {
		c.fault(at+"/element/type", "unsupported type: file_input")
	}
}

var block = both(fresh, typed(map[string]rule{
	"section": both(textOrFields, object(map[string]rule{"type!": anything, "block_id": blockID, "text": anyText(3000),
		"fields": list(1, 10, anyText(2000)), "expand": flag,
		"accessory": typed(map[string]rule{"button": button, "static_select": staticSelect, "datepicker": datepicker, "overflow": overflow,
			"radio_buttons": radio, "checkboxes": checkboxes, "users_select": usersSelect, "image": image})})),
	"header":  object(map[string]rule{"type!": anything, "block_id": blockID, "text!": plain(150)}),
	"divider": object(map[string]rule{"type!": anything, "block_id": blockID}),
	"image": object(map[string]rule{"type!": anything, "block_id": blockID, "image_url!": text(1, 3000), "alt_text!": text(1, 2000),
		"title": plain(2000)}),
	"context": object(map[string]rule{"type!": anything, "block_id": blockID,
		"elements!": list(1, 10, typed(map[string]rule{"plain_text": plain(3000), "mrkdwn": anyText(3000), "image": image}))}),
	"actions": object(map[string]rule{"type!": anything, "block_id": blockID,
		"elements!": list(1, 25, typed(map[string]rule{"button": button, "static_select": staticSelect,
			"datepicker": datepicker, "overflow": overflow, "radio_buttons": radio, "checkboxes": checkboxes,
			"users_select": usersSelect}))}),
	"input": both(anInput, object(map[string]rule{"type!": anything, "block_id": blockID, "label!": plain(2000), "hint": plain(2000),
		"optional": flag, "dispatch_action": flag,
		"element!": typed(map[string]rule{"plain_text_input": textInput, "static_select": staticSelect, "datepicker": datepicker,
			"radio_buttons": radio, "checkboxes": checkboxes, "users_select": usersSelect, "file_input": fileInput})})),
}))

// blocksTooLong is where all texts together are too much. It is undocumented; people meet it between 11,000 and 13,000 (bolt-js#2509,
// #2867).
const blocksTooLong = 11_000

// Blocks says what Slack would refuse in the blocks of a message: an error code, empty when there is none, and the faults with their JSON
// pointers.
func Blocks(raw []byte) (code string, faults []string) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return "invalid_blocks_format", nil
	}
	if _, ok := v.([]any); !ok {
		return "invalid_blocks_format", nil
	}
	c := &checker{surface: inMessage, blocks: map[string]bool{}}
	list(0, 50, block)(c, "/blocks", v)
	switch {
	case len(c.faults) > 0:
		return "invalid_blocks", c.faults
	case c.runes > blocksTooLong:
		return "msg_blocks_too_long", nil
	}
	return "", nil
}

var (
	modalView = object(map[string]rule{"type!": anything, "title!": plain(24), "submit": plain(24), "close": plain(24),
		"blocks!":          list(0, 100, block),
		"private_metadata": text(0, 3000), "callback_id": text(0, 255), "external_id": text(0, 255), "clear_on_close": flag,
		"notify_on_close": flag})
	homeView = object(map[string]rule{"type!": anything, "blocks!": list(0, 100, block), "private_metadata": text(0, 3000),
		"callback_id": text(0, 255), "external_id": text(0, 255)})
)

const viewTooLarge = 250_000 // bytes; views.open, error view_too_large

// View says what Slack would refuse in a view: docs.slack.dev/reference/views.
func View(raw []byte, kind string) (code string, faults []string) {
	if len(raw) > viewTooLarge {
		return "view_too_large", nil
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		return "invalid_arguments", []string{"must be a JSON object [json-pointer:/view]"}
	}
	c := &checker{surface: surface(kind), blocks: map[string]bool{}}
	if v["type"] != kind {
		c.fault("/view/type", "must be %s", kind)
	}
	if kind == string(inHome) {
		homeView(c, "/view", v)
	} else {
		modalView(c, "/view", v)
		if c.inputs > 0 && v["submit"] == nil {
			c.fault("/view", "missing required field: submit (there are input blocks)")
		}
	}
	if len(c.faults) > 0 {
		return "invalid_arguments", c.faults
	}
	return "", nil
}

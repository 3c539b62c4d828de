package slacktest

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nod-chat/nod/bot"
)

// linesPrefix begins the id of a block that shows lines of a list. As with faultPrefix, the adapter and this package agree on it.
const linesPrefix = "lines:"

// List presses what acts on the list of the form that is open: a button, or a select from which the line is chosen.
func (d *Driver) List(ctx context.Context, user string, do bot.LineEvent, line int) error {
	if err := d.loaded(ctx, UserID(user)); err != nil {
		return err
	}
	p, err := d.Listed(UserID(user), do, line)
	if err != nil {
		return err
	}
	return outcome(d.Interact(ctx, p))
}

// Listed is the payload of such a press.
func (s *Server) Listed(user string, do bot.LineEvent, line int) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.top(user)
	if err != nil {
		return nil, err
	}
	for _, b := range v.blocks() {
		for _, e := range asBlocks(asList(b["elements"])) {
			if b["type"] != "actions" || e["action_id"] != string(do) {
				continue
			}
			act := map[string]any{"type": e["type"], "action_id": e["action_id"], "block_id": b["block_id"], "action_ts": s.stamp()}
			if e["type"] == "button" {
				act["text"] = e["text"]
			} else {
				state, err := filled(e, strconv.Itoa(line))
				if err != nil {
					return nil, err
				}
				act["selected_option"] = state["selected_option"]
				v.state[stringOf(b["block_id"])][string(do)] = state
			}
			p := s.interaction(user, "block_actions")
			p["trigger_id"] = s.newTrigger(user, v.id)
			p["container"] = map[string]any{"type": "view", "view_id": v.id}
			p["actions"], p["view"] = []any{act}, clone(v.json())
			return p, nil
		}
	}
	return nil, fmt.Errorf("%s sees nothing to %s with", user, do)
}

// takes tells whether a block is one to fill something in.
func (v *view) takes(blockID string) bool {
	return slices.ContainsFunc(v.blocks(), func(b map[string]any) bool { return b["type"] == "input" && b["block_id"] == blockID })
}

// inputOf is the name of what is filled in in a block: the block's own, but where it is one of a line that was opened later, its element's.
func (v *view) inputOf(blockID string) string {
	for _, b := range v.blocks() {
		element, _ := b["element"].(map[string]any)
		action := stringOf(element["action_id"])
		if b["block_id"] == blockID && action != "" && turned.MatchString(strings.TrimPrefix(blockID, action)) {
			return action
		}
	}
	return blockID
}

var (
	turned    = regexp.MustCompile(`^~\d+(\.\d+)?$`)
	lineShape = regexp.MustCompile(`^(▸ )?\d+\. `)
	lineName  = regexp.MustCompile(`_([2-9]|[1-9]\d{1,2})$`)
)

// readLines reads the lines of a list as they are shown, and the ID of the one that is open: its inputs stand below, named after it.
func readLines(blocks []map[string]any) (lines []string, open int) {
	for i, b := range blocks {
		if !strings.HasPrefix(stringOf(b["block_id"]), linesPrefix) {
			continue
		}
		text, _ := b["text"].(map[string]any)
		for line := range strings.SplitSeq(readText(text), "\n") {
			if shape := lineShape.FindString(line); shape != "" {
				lines = append(lines, strings.TrimPrefix(line, shape))
			}
		}
		below := slices.IndexFunc(blocks[i:], func(b map[string]any) bool { return b["type"] == "input" })
		if below < 0 {
			continue
		}
		element, _ := blocks[i+below]["element"].(map[string]any)
		open = 1
		if m := lineName.FindStringSubmatch(stringOf(element["action_id"])); m != nil {
			open, _ = strconv.Atoi(m[1])
		}
	}
	return lines, open
}

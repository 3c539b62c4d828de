package slack

import (
	"context"
	"sync"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// homeCommands are the answers that an App Home is made of: what waits for me, what I asked for, and what can be asked for.
var homeCommands = []string{"approvals", "requests", "help"}

// publishHome draws a person's App Home: docs.slack.dev/surfaces/app-home. It asks bot as the person would, so that it says what bot says,
// in their language. hash is that of the home as the person has it before them; a newer one stays.
func (c *Chat) publishHome(ctx context.Context, team, user, hash string) error {
	c.bind(ctx, team, user)
	app := c.locale(team, user)
	var told []bot.Message
	for i, name := range homeCommands {
		out := &collected{Speller: c}
		u := bot.Update{Cause: cause(team, user, "home", name), Content: bot.Command{Name: name}, Language: app}
		if err := c.Bot.Handle(ctx, u, out); err != nil {
			return err // what it told is why; the event comes again
		}
		for _, m := range out.messages() {
			if i == len(homeCommands)-1 {
				m = c.starters(m)
			}
			if !same(told, m) {
				told = append(told, m)
			}
		}
	}
	return c.publish(ctx, user, hash, told)
}

// publish draws messages into a person's App Home.
func (c *Chat) publish(ctx context.Context, user, hash string, told []bot.Message) error {
	var blocks []slackapi.Block
	for i, m := range told {
		if i > 0 {
			blocks = append(blocks, slackapi.NewDividerBlock())
		}
		blocks = append(blocks, messageBlocks(m, (maxViewBlocks-len(told))/len(told))...)
	}
	err := c.api.publish(ctx, user, hash, slackapi.HomeTabViewRequest{Type: slackapi.VTHomeTab, CallbackID: "home",
		Blocks: slackapi.Blocks{BlockSet: blocks}})
	if code(err) == "hash_conflict" {
		return nil
	}
	return err
}

// starters leaves of the help what opens a form: a home is for beginning something, not for learning commands.
func (c *Chat) starters(m bot.Message) bot.Message {
	short := m
	short.Items = nil
	for _, item := range m.Items {
		if len(item.Actions) > 0 && c.Bot.OpensForm(bot.Press{Action: item.Actions[0]}) {
			if item.Detail != "" {
				item.Text, item.Detail = item.Detail, ""
			}
			short.Items = append(short.Items, item)
		}
	}
	if len(short.Items) == 0 {
		return m
	}
	short.Text = ""
	return short
}

// same tells whether a message of only words was told already: to somebody unknown, every answer is the same sentence.
func same(told []bot.Message, m bot.Message) bool {
	for _, t := range told {
		if t.Text == m.Text && m.Text != "" && len(m.Items)+len(t.Items) == 0 {
			return true
		}
	}
	return false
}

// collected keeps what bot tells.
type collected struct {
	bot.Speller
	mu   sync.Mutex
	told []bot.Message
}

func (c *collected) messages() []bot.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told
}

func (c *collected) Tell(_ context.Context, m bot.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, m)
	return nil
}

var errNoForm = &workflows.Error{Code: workflows.NotNow, Text: "error.internal"}

func (c *collected) Open(context.Context, bot.Form) error   { return errNoForm }
func (c *collected) Update(context.Context, bot.Form) error { return errNoForm }
func (c *collected) Done(context.Context) error             { return nil }

func (c *collected) Spent(context.Context, workflows.SubjectID) error { return nil }

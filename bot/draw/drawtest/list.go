package drawtest

import (
	"context"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/command"
	"github.com/nod-chat/nod/workflows"
)

// List is what Zhou reads when he types the name of a command that lists, with the request and another of Lin's waiting for him.
func (d *Desk) List(lang, name string) bot.Message {
	d.t.Helper()
	c := command.New(asked{desk: d}, shelf{desk: d}, d.words, func() {})
	by := command.Author{Person: Zhou, Print: d.Print(Zhou, lang)}
	result, err := c.Run(d.t.Context(), by, bot.Command{Name: name})
	if err != nil {
		d.t.Fatal(err)
	}
	return result.Message
}

// asked is what commands ask of the engine.
type asked struct {
	command.Engine
	desk *Desk
}

func (a asked) Now() time.Time { return Now }

func (a asked) Kinds() []*workflows.Kind { return a.desk.policy.Kinds() }

func (a asked) Current(name workflows.KindName) (*workflows.Kind, bool) {
	return a.desk.policy.Kind(name)
}

func (a asked) KindOf(context.Context, workflows.Request) (*workflows.Kind, error) {
	return a.desk.kind, nil
}

func (a asked) Find(context.Context, string) (workflows.Ref, error) {
	return a.desk.Loaded.Request.Ref, nil
}

// shelf is the directory of a company with two requests.
type shelf struct {
	command.Directory
	desk *Desk
}

func (s shelf) ApprovalsOf(context.Context, workflows.PersonID, workflows.Page) (workflows.List, error) {
	first := s.desk.Loaded.Request
	second := first
	second.ID, second.Number = "01930a5d-ac96-774b-bcce-b302099a8058", "LV-1043"
	lines := []workflows.Listed{{Request: first, People: []string{Lin.Name}}, {Request: second, People: []string{Lin.Name}}}
	for i := range lines {
		lines[i].Since = lines[i].Request.SubmittedAt
	}
	return workflows.List{Lines: lines, First: 1, Total: len(lines)}, nil
}

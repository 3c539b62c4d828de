package bot

import (
	"context"

	"github.com/nod-chat/nod/workflows"
)

// listed is how many lines a list has at most; a chat is no place to read more.
const listed = 20

// approvals lists what waits for the person.
func (c *chat) approvals(ctx context.Context, _ string) error {
	list, err := c.directory.ApprovalsOf(ctx, c.person.ID, listed)
	if err != nil {
		return err
	}
	return c.list(ctx, "approvals", list, func(l workflows.Listed) string {
		return c.text("approvals.item", workflows.Args{"Name": l.People[0], "Since": l.Request.SubmittedAt.Format(rfc3339)})
	})
}

// list answers with requests as lines, each with a button that shows its card.
func (c *chat) list(ctx context.Context, name string, list []workflows.Listed, detail func(workflows.Listed) string) error {
	if len(list) == 0 {
		return c.tell(ctx, name+".none", nil)
	}
	m := Message{Text: c.text(name+".list", workflows.Args{"Count": len(list)})}
	for _, l := range list {
		k, err := c.engine.KindOf(ctx, l.Request)
		if err != nil {
			return err
		}
		title, show := k.Title(l.Request), showButton(c.print, l.Request.Ref)
		m.Items = append(m.Items, Item{
			Text:   l.Request.Number + " · " + c.text(title.Text, title.Args),
			Detail: detail(l),
			Action: &show,
		})
	}
	return c.reply.Tell(ctx, m)
}

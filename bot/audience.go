package bot

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// Audience names for whom something is. To whoever it does not name there is no such thing.
type Audience []workflows.PartyKind

// Strangers are chat users whom nobody knows yet: what names them is for those who are bound to nobody.
const Strangers workflows.PartyKind = ""

var (
	employees = Audience{workflows.PersonParty}
	newcomers = Audience{Strangers, workflows.PersonParty}
)

// For tells whether the audience names a party.
func (a Audience) For(p workflows.Party) bool { return slices.Contains(a, p.Kind) }

// forStrangers tells whether somebody whom nobody knows may say something.
func (b *Bot) forStrangers(content Content) bool {
	cmd, ok := content.(Command)
	if !ok {
		return false
	}
	known, ok := b.named(cmd.Name)
	return ok && known.audience.For(workflows.Party{})
}

// allowed refuses what is not for the party, as if there were no such thing. Kinds of requests, their buttons and forms are for employees.
func (c *chat) allowed(content Content) error {
	audience := employees
	if cmd, ok := content.(Command); ok {
		if known, ok := c.named(cmd.Name); ok {
			audience = known.audience
		}
	}
	if !audience.For(c.party) {
		return workflows.Refuse(workflows.NotFound, "audience.none", nil)
	}
	return nil
}

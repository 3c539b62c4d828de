package main

import (
	"context"
	"errors"
)

type demoCommand struct{}

// Help shows an example.
func (demoCommand) Help() string { return "Example: nod demo" }

// Run shows the bot with the sample company until ctx ends.
func (demoCommand) Run(ctx context.Context, p *program) error {
	return errors.New("the demonstration is not part of this build")
}

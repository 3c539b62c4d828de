package main

import (
	"context"
	"errors"
)

type serveCommand struct{}

// Help shows an example.
func (serveCommand) Help() string { return "Example: nod serve" }

// Run serves until ctx ends.
func (serveCommand) Run(ctx context.Context, p *program) error {
	return errors.New("serving is not part of this build")
}

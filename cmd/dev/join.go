package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// joined are the variables that a second command for the same checkout takes over from the first.
var joined = []string{"DATABASE_URL", "NOD_MIGRATE_DATABASE_URL", "NOD_DEMO_DATABASE", "REDIS_URL"}

func (d *dev) environmentFile() string { return filepath.Join(d.home, "run", "environment") }

// leaveEnvironment writes down where the servers are, for those who come second, as long as they run.
func (d *dev) leaveEnvironment() error {
	var lines strings.Builder
	for _, name := range joined {
		fmt.Fprintf(&lines, "%s=%s\n", name, os.Getenv(name))
	}
	path := d.environmentFile()
	d.atEnd(func() { os.Remove(path) })
	return os.WriteFile(path, []byte(lines.String()), 0o600)
}

// join uses the servers of the command that holds the lock, as it wrote them down. They end with that command.
func (d *dev) join(locked error) error {
	content, err := os.ReadFile(d.environmentFile())
	if errors.Is(err, os.ErrNotExist) { // it has not come that far, or is about to end
		return locked
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if value != "" && os.Getenv(name) == "" {
			os.Setenv(name, value)
		}
	}
	return nil
}

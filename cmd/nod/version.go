package main

import (
	"fmt"
	"runtime/debug"
)

type versionCommand struct{}

// Help shows an example.
func (versionCommand) Help() string { return "Example: nod version" }

// Run prints what the program was built from.
func (versionCommand) Run(p *program) error {
	_, err := fmt.Fprintln(p.stdout, version())
	return err
}

// version names the release, else the commit, and the Go that built it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "nod (unknown)"
	}
	release := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (release == "" || release == "(devel)") {
			release = s.Value
		}
	}
	return fmt.Sprintf("nod %s, %s", release, info.GoVersion)
}

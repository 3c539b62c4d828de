package main

import (
	"fmt"
	"runtime/debug"
	"time"
)

type versionCommand struct{}

// Help shows an example.
func (versionCommand) Help() string { return "Example: nod version" }

// Run prints what the program was built from.
func (versionCommand) Run(p *program) error {
	_, err := fmt.Fprintln(p.stdout, version())
	return err
}

// release is what a build from an archive, which knows no commit, says of itself: go build -ldflags "-X main.release=v1.2.0".
var release string

// version names the release, the commit with its time, and the Go that built it, as far as they are known.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: "an unknown Go"}
	}
	return describe(release, info)
}

// describe says what a build is: the release given to it, else the one that Go knows (go install …@v1.2.0, or a tag), else none.
func describe(release string, info *debug.BuildInfo) string {
	if release == "" {
		release = info.Main.Version
	}
	if release == "" || release == "(devel)" {
		release = "of no release"
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	from := ""
	if commit := settings["vcs.revision"]; commit != "" {
		from = ", commit " + commit[:min(12, len(commit))]
		if at, err := time.Parse(time.RFC3339, settings["vcs.time"]); err == nil {
			from += " of " + at.UTC().Format("2006-01-02 15:04:05Z")
		}
		if settings["vcs.modified"] == "true" {
			from += " and changes to it"
		}
	}
	return fmt.Sprintf("nod %s%s, %s", release, from, info.GoVersion)
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
)

// What a build says of itself, whoever made it: make build, go build, go install of a release, or a build from an archive.
func TestVersion(t *testing.T) {
	commit := func(changed string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: "2e977ab0123456789abcdef0123456789abcdef0"}, {Key: "vcs.time", Value: "2026-11-29T20:10:59+08:00"},
			{Key: "vcs.modified", Value: changed}}
	}
	for want, c := range map[string]struct {
		release string
		info    debug.BuildInfo
	}{
		"nod v1.2.0, commit 2e977ab01234 of 2026-11-29 12:10:59Z, go1.26.8": {"", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.0"}, Settings: commit("false")}},
		"nod of no release, commit 2e977ab01234 of 2026-11-29 12:10:59Z and changes to it, go1.26.8": {"", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"},
			Settings: commit("true")}},
		"nod v1.2.1, go1.26.8":         {"", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.1"}}},
		"nod v1.3.0, go1.26.8":         {"v1.3.0", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"}}},
		"nod of no release, go1.26.8":  {"", debug.BuildInfo{GoVersion: "go1.26.8"}},
		"nod v1.3.1, an unknown Go":    {"v1.3.1", debug.BuildInfo{GoVersion: "an unknown Go"}},
		"nod v1.4.0, commit 2e, go1.9": {"v1.4.0", debug.BuildInfo{GoVersion: "go1.9", Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "2e"}}}},
	} {
		if got := describe(c.release, &c.info); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// A program that Go builds in a checkout knows its tag, its commit and that commit's time. The few files of the program that say so are built in a
// checkout of their own.
func TestVersionOfACheckout(t *testing.T) {
	dir := t.TempDir()
	source, err := os.ReadFile("version.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod":     "module nod.example/nod\n\ngo 1.26\n",
		"version.go": string(source),
		"main.go": `package main

import (
	"fmt"
	"io"
	"os"
)

type program struct{ stdout io.Writer }

func main() {
	if err := (versionCommand{}).Run(&program{stdout: os.Stdout}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	do := func(name string, args ...string) string {
		t.Helper()
		c := exec.Command(name, args...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GIT_COMMITTER_DATE=2026-11-29T20:10:59+08:00", "GIT_AUTHOR_DATE=2026-11-29T20:10:59+08:00", "GIT_CONFIG_GLOBAL=/dev/null",
			"GIT_CONFIG_SYSTEM=/dev/null")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	do("git", "init", "-q")
	do("git", "add", "--all")
	do("git", "-c", "user.name=nod", "-c", "user.email=nod@lantern.example", "commit", "-q", "-m", "first")
	do("git", "-c", "user.name=nod", "-c", "user.email=nod@lantern.example", "tag", "v1.2.0")
	commit := do("git", "rev-parse", "HEAD")[:12]
	built := filepath.Join(t.TempDir(), "nod") // outside, or it would be a change
	for want, build := range map[string][]string{
		"nod v1.2.0, commit " + commit + " of 2026-11-29 12:10:59Z, ":  {"build", "-buildvcs=true", "-o", built, "."},
		"nod v1.2.0b, commit " + commit + " of 2026-11-29 12:10:59Z, ": {"build", "-buildvcs=true", "-ldflags", "-s -w -X main.release=v1.2.0b", "-o", built, "."},
		"nod v1.3.0, go": {"build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w -X main.release=v1.3.0", "-o", built, "."},
	} {
		do("go", build...)
		if got := do(built); !strings.HasPrefix(got, want) || !regexp.MustCompile(`, go1\.\S+$`).MatchString(got) {
			t.Errorf("go %s: it says %q, want %q", strings.Join(build, " "), got, want)
		}
	}
}

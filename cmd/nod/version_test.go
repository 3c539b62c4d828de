package main

import (
	"os"
	"os/exec"
	"path/filepath"
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

// What make build and go build make knows its tag or commit, and that commit's time, in a checkout and in a worktree of one, also where GOFLAGS wants no
// stamp; what comes out of an archive is told its release. The few files of the program that say so are built, in a checkout of their own.
func TestVersionOfACheckout(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "checkout")
	if err := os.MkdirAll(filepath.Join(dir, "cmd", "nod"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod":             "module nod.example/nod\n\ngo 1.26\n",
		".gitignore":         "/bin/\n",
		"Makefile":           from(filepath.Join(root, "Makefile")),
		"cmd/nod/version.go": from("version.go"),
		"cmd/nod/main.go": `package main

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
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	do := func(dir, line string) string {
		t.Helper()
		c := exec.Command("sh", "-ec", line)
		c.Dir = dir
		c.Env = append(os.Environ(), "GIT_COMMITTER_DATE=2026-11-29T20:10:59+08:00", "GIT_AUTHOR_DATE=2026-11-29T20:10:59+08:00", "GIT_CONFIG_GLOBAL=/dev/null",
			"GIT_CONFIG_SYSTEM=/dev/null", "GOFLAGS=-buildvcs=false")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	const commit = "git add --all; git -c user.name=nod -c user.email=nod@lantern.example commit -q -m first"
	do(dir, "git init -q; "+commit)
	hash := do(dir, "git rev-parse HEAD")[:12]
	worktree, archive := filepath.Join(dir, "..", "worktree"), filepath.Join(dir, "..", "archive")
	do(dir, "git worktree add -q ../worktree; mkdir ../archive; git archive HEAD | tar x -C ../archive")
	const at = "2026-11-29 12:10:59Z, go1."
	for _, c := range []struct{ dir, build, want string }{
		{dir, "make -s build", "nod v0.0.0-20261129121059-" + hash + ", commit " + hash + " of " + at},
		{worktree, "make -s build", "nod " + hash + " of " + at},
		{archive, "make -s build", "nod of no release, go1."},
		{archive, "make -s build RELEASE=v1.3.0", "nod v1.3.0, go1."},
		{dir, "git tag v1.2.0; make -s build", "nod v1.2.0, commit " + hash + " of " + at},
		{dir, "go build -buildvcs=true -o bin/nod ./cmd/nod", "nod v1.2.0, commit " + hash + " of " + at},
		{worktree, "make -s build", "nod v1.2.0 of " + at},
		{worktree, "echo > new.txt; git add new.txt; make -s build", "nod v1.2.0-dirty of " + at},
	} {
		do(c.dir, c.build)
		if got := do(c.dir, "bin/nod"); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s, %s: it says %q, want %q", filepath.Base(c.dir), c.build, got, c.want)
		}
	}
}

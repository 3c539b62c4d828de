package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// systemctl is what the test has in its place: a service starts by the unit's own command, in the environment of the unit's own file, and is there once it
// is ready. What ends it is what systemd sends.
const systemctl = `#!/bin/sh
set -eu
unit="$PREFIX/lib/systemd/system/nod.service"
value() { sed -n "s|^$1=||p" "$unit"; }
case "$*" in
daemon-reload) exit ;;
"enable --now nod") ;;
"restart nod")
	kill "$(cat "$DESK/pid")"
	while kill -0 "$(cat "$DESK/pid")" 2>/dev/null; do "$PREFIX/bin/nod" version >/dev/null; done
	;;
*) echo "no such thing: systemctl $*" >&2; exit 1 ;;
esac
file="$DESK$(value EnvironmentFile)"
env -i sh -c "set -a; . $file; exec $(value ExecStart)" >>"$DESK/log" 2>&1 &
echo $! >"$DESK/pid"
until "$PREFIX/bin/nod" ready >/dev/null 2>&1; do kill -0 $! || { cat "$DESK/log" >&2; exit 1; }; done
`

// editor fills the open places of the environment file in, as somebody at a desk would.
const editor = `#!/bin/sh
set -eu
sed -i "s|^DATABASE_URL=.*PASSWORD.*|DATABASE_URL='$DATABASE'|; s|^REDIS_URL=.*|REDIS_URL='$REDIS'|" "$1"
echo "NOD_ADDR='$ADDR'" >>"$1"
echo "NOD_ADMIN_ADDR='$ADMIN'" >>"$1"
`

// docs/install.md, "On a Linux machine" and "Upgrading", word for word: the statements, then the commands in one shell. Only what is the machine's is
// elsewhere: /usr/local and /etc are folders of the test, and systemd and Git's server are stood in for.
func testInstallPage(t *testing.T, built string) {
	x := newReader(t)
	desk, prefix := t.TempDir(), t.TempDir()
	tools := filepath.Join(desk, "tools")
	for name, script := range map[string]string{"systemctl": systemctl, "editor": editor,
		"git": "#!/bin/sh\n[ \"$1\" = pull ] || exec /usr/bin/env -u PATH git \"$@\"\n"} {
		if err := os.MkdirAll(tools, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tools, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	steps := blocks(t, "install.md", "## On a Linux machine")
	x.follow(steps[0])
	if made := blocks(t, "running.md", "## One role, or two")[0]; steps[0] != made {
		t.Errorf("the pages make the role in two ways: %q and %q", steps[0], made)
	}
	script := ""
	for _, b := range append(steps[1:], blocks(t, "install.md", "## Upgrading")...) {
		script += b.text
	}
	played := ""
	for line := range strings.Lines(strings.ReplaceAll(script, "/etc/nod", desk+"/etc/nod")) {
		line = strings.TrimSpace(line)
		played += "echo '$ '" + fmt.Sprintf("%q", line) + "\n" + line + " || echo \"failed: $?\"\n"
	}
	c := exec.Command("sh", "-uc", played)
	c.Dir = built
	c.Env = append(os.Environ(), "PATH="+tools+":"+filepath.Join(prefix, "bin")+":"+os.Getenv("PATH"), "MAKEFLAGS=PREFIX="+prefix, "PREFIX="+prefix, "DESK="+desk,
		"EDITOR="+filepath.Join(tools, "editor"), "DATABASE="+x.address("nod"), "REDIS="+os.Getenv("REDIS_URL"), "ADDR="+freeAddress(t), "ADMIN="+x.admin)
	t.Cleanup(func() {
		if pid, err := os.ReadFile(filepath.Join(desk, "pid")); err == nil {
			_ = exec.Command("kill", "-"+fmt.Sprint(int(syscall.SIGKILL)), strings.TrimSpace(string(pid))).Run()
		}
	})
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if info, err := os.Stat(filepath.Join(desk, "etc", "nod", "nod.env")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the environment is not its owner's alone: %v", err)
	}
	const nobody = "people: nobody is imported yet"
	if text := string(out); strings.Count(text, "failed: ") != 2 || strings.Count(text, nobody) != 2 || strings.Count(text, "nod: 1 fault was found\nfailed: 1") != 2 ||
		!strings.Contains(text, "applied 0001_start.sql") || !strings.Contains(text, `"status":"ready"`) {
		t.Errorf("but for nod check, which misses people both times, everything has to succeed:\n%s", text)
	}
}

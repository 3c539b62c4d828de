package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// settings are the lines NAME=VALUE of a unit or an environment file, in which a line that begins with # is a remark.
func settings(text string) (list [][2]string) {
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			list = append(list, [2]string{name, value})
		}
	}
	return list
}

// The unit as make install leaves it: it starts what was installed, with the file that the page makes, whose names nod knows and which a shell and systemd
// read alike. systemd itself is asked where it is installed.
func testUnit(t *testing.T, built string) {
	prefix := t.TempDir()
	c := exec.Command("make", "install", "PREFIX="+prefix)
	c.Dir = built
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("make install: %v\n%s", err, out)
	}
	path := filepath.Join(prefix, "lib", "systemd", "system", "nod.service")
	unit := map[string]string{}
	for _, s := range settings(from(path)) {
		unit[s[0]] = s[1]
	}
	program, command, _ := strings.Cut(unit["ExecStart"], " ")
	if info, err := os.Stat(program); err != nil || info.Mode().Perm() != 0o755 || command != "serve" || program != filepath.Join(prefix, "bin", "nod") {
		t.Errorf("it starts %s: %v", unit["ExecStart"], err)
	}
	if seconds, err := strconv.Atoi(unit["TimeoutStopSec"]); err != nil || time.Duration(seconds)*time.Second <= drain {
		t.Errorf("it is killed after %s s, and wants %s to finish", unit["TimeoutStopSec"], drain)
	}
	page := from(filepath.Join(root, "docs", "install.md"))
	if !strings.Contains(page, "install -D -m 600 deploy/nod.env "+unit["EnvironmentFile"]) {
		t.Errorf("the page does not make %s", unit["EnvironmentFile"])
	}
	if analyze, err := exec.LookPath("systemd-analyze"); err == nil {
		if out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
			t.Errorf("systemd says: %v\n%s", err, out)
		}
	}

	file := filepath.Join(root, "deploy", "nod.env")
	open := filepath.Join(t.TempDir(), "nod.env")
	text := regexp.MustCompile(`(?m)^#([A-Z])`).ReplaceAllString(from(file), "$1") // as if everything were set
	if err := os.WriteFile(open, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	known, values := variables(), settings(text)
	for _, s := range values {
		value := strings.TrimSuffix(strings.TrimPrefix(s[1], "'"), "'")
		if !known[s[0]] || s[1] != "'"+value+"'" {
			t.Errorf("nod.env: nod knows no %s, or its value has no quotes", s[0])
		}
		out, err := exec.Command("sh", "-c", "set -a; . "+open+"; set +a; printenv "+s[0]).Output()
		if err != nil || string(out) != value+"\n" {
			t.Errorf("a shell reads %s as %q: %v", s[0], out, err)
		}
	}
	if len(values) < 5 {
		t.Errorf("nod.env has %d variables", len(values))
	}
}

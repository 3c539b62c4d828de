package nod_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/kind.md makes a kind of request. This test follows it word for word in a copy of the repository: the files that it shows, the
// line in the catalogue, and the commands that test it.
func TestKindInAnHour(t *testing.T) {
	page, err := os.ReadFile("docs/kind.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := copied(t)
	shown := regexp.MustCompile("(?ms)^```[a-z]+ ([a-z]+/[^\n]+)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	if len(shown) < 8 {
		t.Fatalf("the page shows %d files", len(shown))
	}
	for _, file := range shown {
		name, text := filepath.Join(dir, filepath.FromSlash(file[1])), file[2]
		if there, err := os.ReadFile(name); err == nil {
			before, after, found := strings.Cut(string(there), "\n## route") // in the manual's both languages
			if !found {
				t.Fatalf("%s has no section on routes to put another before", file[1])
			}
			text = before + "\n" + text + "## route" + after
		}
		write(t, name, text)
	}
	line := regexp.MustCompile("(?ms)^```text\n(\t[a-z]+\\.Blueprint,\n)```$").FindStringSubmatch(string(page))
	if line == nil {
		t.Fatal("the page does not show the line for the catalogue")
	}
	catalog := filepath.Join(dir, "workflows", "catalog", "catalog.go")
	content, err := os.ReadFile(catalog)
	if err != nil {
		t.Fatal(err)
	}
	last := "\t\"github.com/nod-chat/nod/workflows/onboarding\"\n"
	imported := strings.Replace(string(content), last, last+"\t\"github.com/nod-chat/nod/workflows/parking\"\n", 1)
	list := strings.Index(imported, "\tleave.Blueprint,\n")
	if list < 0 || imported == string(content) {
		t.Fatal("the catalogue does not look as the page says")
	}
	write(t, catalog, imported[:list]+line[1]+imported[list:])

	run(t, dir, "gofmt", "-l", "workflows")
	commands := regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindStringSubmatch(string(page))
	if commands == nil {
		t.Fatal("the page does not show the commands")
	}
	run(t, dir, "git", "init", "--quiet")
	run(t, dir, "git", "add", "--all")
	for line := range strings.Lines(commands[1]) {
		command, _, _ := strings.Cut(line, "#")
		if command = strings.TrimSpace(command); command != "make run" { // which serves until it is stopped
			run(t, dir, "sh", "-c", command)
		}
	}
}

// copied copies the files of the repository without this one, which would go on for ever.
func copied(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range strings.Fields(string(out)) {
		if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() || name == "kind_test.go" {
			continue
		}
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(content))
	}
	return dir
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs a command in a folder. gofmt, which lists what it would change, has to stay silent.
func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false")
	out, err := c.CombinedOutput()
	if err != nil || name == "gofmt" && len(out) > 0 {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

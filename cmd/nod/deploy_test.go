package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// root is the repository, as tests of this package see it.
var root = filepath.Join("..", "..")

// repositoryFiles lists what Git has of the repository, and what it does not ignore.
func repositoryFiles(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// What make build makes, and what is made of it: an image, and a machine's service.
func TestBuilt(t *testing.T) {
	t.Parallel()
	built := build(t)
	t.Run("image", func(t *testing.T) { testImage(t, built) })
	t.Run("unit", func(t *testing.T) { testUnit(t, built) })
	if runtime.GOOS == "linux" { // of which the page speaks
		t.Run("page", func(t *testing.T) { testInstallPage(t, built) })
	}
}

// build copies what Git has of the repository and runs there what the Dockerfile runs.
func build(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range repositoryFiles(t) {
		to := filepath.Join(dir, name)
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(from(filepath.Join(root, name))), info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	ran := 0
	for _, line := range dockerfile(from(filepath.Join(root, "Dockerfile"))) {
		if line[0] != "RUN" {
			continue
		}
		ran++
		c := exec.Command("sh", "-ec", line[1])
		c.Dir, c.Env = dir, append(os.Environ(), "RELEASE=v9.8.7")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("RUN %s: %v\n%s", line[1], err, out)
		}
	}
	if ran == 0 {
		t.Fatal("the Dockerfile runs nothing")
	}
	return dir
}

func from(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return string(content)
}

// variables are the names that the environment may have, and those of secrets with _FILE behind them.
func variables() map[string]bool {
	names := map[string]bool{}
	for field := range reflect.TypeFor[Config]().Fields() {
		name := field.Tag.Get("env")
		names[name] = true
		if field.Type == reflect.TypeFor[Secret]() {
			names[name+"_FILE"] = true
		}
	}
	return names
}

// Both proxies pass on what chats call and nothing else, to where nod listens unless it is told otherwise, with the bodies that nod takes.
func TestProxies(t *testing.T) {
	c, err := readConfig(lookup(nil))
	if err != nil {
		t.Fatal(err)
	}
	_, admin, _ := net.SplitHostPort(c.AdminAddr)
	for name, want := range map[string][]string{
		"nginx.conf": {"location /slack/ {", "location = " + telegramPath + " {", "location / {\n\t\treturn 404;", "server " + c.Addr + ";", "client_max_body_size 1m;"},
		"Caddyfile":  {"@chats path /slack/* " + telegramPath + "\n", "handle @chats {", "handle {\n\t\trespond 404", "reverse_proxy " + c.Addr + " {", "max_size 1MiB"},
	} {
		text := from(filepath.Join(root, "deploy", name))
		for _, part := range want {
			if strings.Count(text, part) != 1 {
				t.Errorf("%s: %d times %q", name, strings.Count(text, part), part)
			}
		}
		passes := strings.Count(text, "proxy_pass ") + strings.Count(text, "reverse_proxy ")
		if strings.Contains(text, admin) || passes > 2 || strings.Count(text, "{") != strings.Count(text, "}") {
			t.Errorf("%s: it passes on %d times, or names %s", name, passes, admin)
		}
	}
}

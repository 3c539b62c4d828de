package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/storagetest"
)

// block is what a page shows between two fences: statements (sql), a file with its name (csv people.csv), or commands (sh).
type block struct{ kind, name, text string }

var fenced = regexp.MustCompile("(?ms)^( *)```(sql|sh|csv)(?: (\\S+))?\n(.*?)^ *```$")

// blocks are those of a section of a page, in their order. The section ends at the next heading, of whatever rank.
func blocks(t *testing.T, page, heading string) []block {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(content), "\n"+heading+"\n")
	if end := regexp.MustCompile(`(?m)^##+ `).FindStringIndex(section); end != nil {
		section = section[:end[0]]
	}
	var all []block
	for _, m := range fenced.FindAllStringSubmatch(section, -1) {
		text := strings.TrimPrefix(strings.ReplaceAll("\n"+m[4], "\n"+m[1], "\n"), "\n")
		all = append(all, block{m[2], m[3], text})
	}
	if !ok || len(all) == 0 {
		t.Fatalf("docs/%s shows nothing under %q", page, heading)
	}
	return all
}

// reader does what a page says, as somebody who has a Postgres and has never seen nod. What they type is what the page shows, but for the names of
// databases and roles, since other tests share the Postgres, and the password, which the page leaves open.
type reader struct {
	*testing.T
	dir     string // where they work; the files that the page shows are there
	names   *strings.Replacer
	env     []string
	admin   string
	serving *exec.Cmd
	ended   chan struct{}
	output  output
}

// newReader has an empty desk. Whatever is made under the names is removed at the end.
func newReader(t *testing.T, env ...string) *reader {
	t.Helper()
	suffix := fmt.Sprintf("_%d_%d", os.Getpid(), time.Now().UnixNano())
	databases, roles := []string{"nod" + suffix, "nod_before" + suffix}, []string{"nod" + suffix, "nod_owner" + suffix, "nod_serve" + suffix}
	x := &reader{T: t, dir: t.TempDir(), admin: freeAddress(t)}
	x.names = strings.NewReplacer("nod_before", databases[1], "nod_owner", roles[1], "nod_serve", roles[2], " nod;", " "+roles[0]+";", " nod ", " "+roles[0]+" ",
		"'…'", "'secret'")
	if err := os.Symlink(os.Args[0], filepath.Join(x.dir, "nod")); err != nil {
		t.Fatal(err)
	}
	x.env = append([]string{"NOD_RUN_MAIN=1", "PATH=" + x.dir + ":" + os.Getenv("PATH"), "NOD_ADDR=" + freeAddress(t), "NOD_ADMIN_ADDR=" + x.admin, "TZ=UTC",
		"GORACE=atexit_sleep_ms=0", "REDIS_URL=" + os.Getenv("REDIS_URL")}, env...)
	t.Cleanup(func() {
		x.stop()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, storagetest.Admin(t))
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close(ctx)
		for _, sql := range []string{"DROP DATABASE IF EXISTS " + databases[0] + " WITH (FORCE)", "DROP DATABASE IF EXISTS " + databases[1] + " WITH (FORCE)",
			"DROP ROLE IF EXISTS " + strings.Join(roles, ", ")} {
			if _, err := conn.Exec(ctx, sql); err != nil {
				t.Errorf("%s: %v", sql, err)
			}
		}
		if t.Failed() {
			t.Logf("nod serve said:\n%s", x.output.String())
		}
	})
	return x
}

// address is the reader's database, as a role that the page makes.
func (x *reader) address(role string) string {
	x.Helper()
	u, err := url.Parse(storagetest.Admin(x.T))
	if err != nil {
		x.Fatal("DATABASE_URL cannot be read")
	}
	u.User, u.Path = url.UserPassword(x.names.Replace(" " + role + " ")[1:len(x.names.Replace(" "+role+" "))-1], "secret"), "/"+strings.TrimSpace(x.names.Replace(" nod "))
	return u.String()
}

// follow does one block after the other and gives what the commands printed.
func (x *reader) follow(list ...block) string {
	x.Helper()
	var printed strings.Builder
	for _, b := range list {
		switch b.kind {
		case "sql":
			c := exec.CommandContext(x.Context(), "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", storagetest.Admin(x.T))
			c.Stdin = strings.NewReader(x.names.Replace(b.text))
			if out, err := c.CombinedOutput(); err != nil {
				x.Fatalf("the page's statements: %v\n%s\n%s", err, x.names.Replace(b.text), out)
			}
		case "csv":
			if err := os.WriteFile(filepath.Join(x.dir, b.name), []byte(b.text), 0o600); err != nil {
				x.Fatal(err)
			}
		case "sh":
			for line := range strings.Lines(b.text) {
				printed.WriteString(x.enter(strings.TrimSpace(line)))
			}
		}
	}
	return printed.String()
}

// enter types one line. What serves goes on in the background; nod check may find something wrong, and everything else has to succeed.
func (x *reader) enter(line string) string {
	x.Helper()
	if line == "nod serve" {
		x.serve()
		return ""
	}
	c := exec.CommandContext(x.Context(), "sh", "-c", line)
	c.Dir, c.Env = x.dir, x.env
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !(line == "nod check" && errors.As(err, &exit) && exit.ExitCode() == 1) {
		x.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// serve starts nod serve and waits until nod ready says that it is.
func (x *reader) serve() {
	x.Helper()
	x.serving, x.ended = exec.Command(filepath.Join(x.dir, "nod"), "serve"), make(chan struct{})
	x.serving.Env, x.serving.Dir = x.env, x.dir
	x.serving.Stdout, x.serving.Stderr = &x.output, &x.output
	if err := x.serving.Start(); err != nil {
		x.Fatal(err)
	}
	go func(c *exec.Cmd, ended chan struct{}) { _ = c.Wait(); close(ended) }(x.serving, x.ended)
	awaitReady(x.T, x.admin, x.ended, &x.output)
	if out := x.enter("nod ready"); !strings.Contains(out, `"postgres":"ok"`) {
		x.Errorf("nod ready says %s", out)
	}
}

// stop ends nod serve as its operator does.
func (x *reader) stop() {
	if x.serving == nil {
		return
	}
	_ = x.serving.Process.Signal(syscall.SIGTERM)
	<-x.ended
	if code := x.serving.ProcessState.ExitCode(); code != 0 {
		x.Errorf("nod serve ended with %d", code)
	}
	x.serving = nil
}

func TestBlocksOfAPage(t *testing.T) {
	all := blocks(t, "running.md", "## The first administrator")
	var kinds bytes.Buffer
	for _, b := range all {
		fmt.Fprintf(&kinds, "%s %s, ", b.kind, b.name)
		if strings.HasPrefix(b.text, " ") || strings.HasSuffix(b.text, "\n\n") {
			t.Errorf("a block begins or ends with white space: %q", b.text)
		}
	}
	if got := kinds.String(); !strings.HasPrefix(got, "sh , csv people.csv, sh , csv balances.csv, sh , ") {
		t.Errorf("the blocks are %s", got)
	}
}

package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		args string
		want options
	}{
		{"-- bin/nod demo", options{command: []string{"bin/nod", "demo"}}},
		{"-test -- go test -v ./...", options{test: true, command: []string{"go", "test", "-v", "./..."}}},
		{"-test -fsync -- sh", options{test: true, fsync: true, command: []string{"sh"}}},
		{"-clean", options{clean: true}},
	} {
		got, err := parse(strings.Fields(tc.args))
		if err != nil || got.test != tc.want.test || got.fsync != tc.want.fsync || got.clean != tc.want.clean || !slices.Equal(got.command, tc.want.command) {
			t.Errorf("parse(%s) = %+v, %v; want %+v", tc.args, got, err, tc.want)
		}
	}
	for _, args := range []string{"", "-test", "-test --", "-quick -- true"} {
		if _, err := parse(strings.Fields(args)); !errors.Is(err, errUsage) {
			t.Errorf("parse(%q): %v, want a usage error", args, err)
		}
	}
	if _, err := parse([]string{"-h"}); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("parse(-h): %v", err)
	}
}

func TestUsageExitCodes(t *testing.T) {
	for args, want := range map[string]int{"-h": 0, "-quick": 2, "": 2} {
		var out, errs bytes.Buffer
		if got := run(strings.Fields(args), &out, &errs); got != want {
			t.Errorf("dev %s: exit %d, want %d (%s%s)", args, got, want, &out, &errs)
		}
	}
}

func TestNewestProgram(t *testing.T) {
	s := server{files: []string{"fakedb"}, beside: []string{"initdb"}, least: 15}
	root := t.TempDir()
	add := func(dir, version string, beside ...string) string {
		dir = filepath.Join(root, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		script := "#!/bin/sh\necho '" + version + "'\n"
		for _, name := range append(beside, "fakedb") {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	dirs := []string{
		add("15", "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "initdb"),
		add("9.6", "postgres (PostgreSQL) 9.6.24", "initdb"),
		add("17", "postgres (PostgreSQL) 17rc1", "initdb"),
		add("alone", "postgres (PostgreSQL) 18.1"), // without initdb it is of no use
		filepath.Join(root, "absent"),
	}
	for _, tc := range []struct {
		dirs []string
		want int
		from string
	}{
		{dirs, 0, "17"},
		{dirs, 15, "15"},
		{dirs, 16, ""},
		{dirs[1:2], 0, ""},
		{nil, 0, ""},
	} {
		want := ""
		if tc.from != "" {
			want = filepath.Join(root, tc.from, "fakedb")
		}
		if got := s.newest(tc.dirs, tc.want); got != want {
			t.Errorf("newest(%v, %d) = %q, want %q", tc.dirs, tc.want, got, want)
		}
	}
}

func TestPostgresEnv(t *testing.T) {
	t.Setenv("DATABASE_URL", "")
	t.Setenv("NOD_MIGRATE_DATABASE_URL", "postgres://elsewhere/production")
	setPostgresEnv(false, "4711")
	if got, want := os.Getenv("DATABASE_URL"), "postgres://nod_serve@127.0.0.1:4711/nod?sslmode=disable"; got != want {
		t.Errorf("DATABASE_URL = %s, want %s", got, want)
	}
	if got, want := os.Getenv("NOD_MIGRATE_DATABASE_URL"), "postgres://nod_owner@127.0.0.1:4711/nod?sslmode=disable"; got != want {
		t.Errorf("NOD_MIGRATE_DATABASE_URL = %s, want %s", got, want)
	}
	setPostgresEnv(true, "4711")
	if got, ok := os.LookupEnv("NOD_MIGRATE_DATABASE_URL"); ok {
		t.Errorf("under -test NOD_MIGRATE_DATABASE_URL is still %s", got)
	}
}

func TestAddPath(t *testing.T) {
	for _, tc := range [][3]string{{"/a:/b", "/c", "/a:/b:/c"}, {"/a:/b", "/a", "/a:/b"}, {"", "/c", "/c"}} {
		if got := addPath(tc[0], tc[1]); got != tc[2] {
			t.Errorf("addPath(%q, %q) = %q, want %q", tc[0], tc[1], got, tc[2])
		}
	}
}

func TestPostmasterFile(t *testing.T) {
	dir := t.TempDir()
	if pid, state := postmaster(dir); pid != 0 || state != "" {
		t.Errorf("without a file: %d %q", pid, state)
	}
	text := "4711\n/data\n1764000000\n5433\n\n127.0.0.1\n  1234 5\nready   \n"
	if err := os.WriteFile(filepath.Join(dir, "postmaster.pid"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if !postmasterReady(dir, 4711) || postmasterReady(dir, 4712) {
		t.Error("the file says that 4711 is ready, and nobody else")
	}
}

func TestStarters(t *testing.T) {
	tree, bin := filepath.Join(t.TempDir(), "it's a tree"), t.TempDir()
	lib, programs := filepath.Join(tree, "usr/lib/x86_64-linux-gnu"), filepath.Join(tree, "usr/lib/postgresql/15/bin")
	for _, dir := range []string{lib, programs} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script := "#!/bin/sh\necho \"$LD_LIBRARY_PATH|$*\"\n"
	if err := os.WriteFile(filepath.Join(programs, "postgres"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeStarters(tree, bin); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(bin, "postgres"), "-k", "").CombinedOutput()
	if want := lib + "|-k \n"; err != nil || string(out) != want {
		t.Errorf("the starter said %q, %v; want %q", out, err, want)
	}
}

func TestStaleTestDirectoriesAreSwept(t *testing.T) {
	home := t.TempDir()
	live, dead := filepath.Join(home, "test-live"), filepath.Join(home, "test-dead")
	for _, dir := range []string{live, dead} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	held, err := tryLock(filepath.Join(live, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if !sweep(home) {
		t.Error("sweep did not see that one is in use")
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Error("the dead one's directory is still there")
	}
	if _, err := os.Stat(live); err != nil {
		t.Error("a running test lost its directory")
	}
}

func TestCompose(t *testing.T) {
	bin, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	fake := "#!/bin/sh\necho \"$* [$NOD_POSTGRES_SETTINGS]\" >>" + log + "\ncase $* in *' port '*) echo 127.0.0.1:49153; esac\n"
	if err := os.WriteFile(filepath.Join(bin, "docker"), []byte(fake), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	d := &dev{place: place{checkout: "/src/nod", key: "abc"}, opt: options{test: true}, dir: "/x/test-1", say: t.Logf}
	port, err := d.compose(t.Context(), postgresServer, "5432")
	if err != nil || port != "49153" {
		t.Errorf("compose: port %q, %v", port, err)
	}
	d.stop()
	said, _ := os.ReadFile(log)
	for _, want := range []string{
		"compose --project-name nod-abc-test-1 --file /src/nod/compose.yaml up --detach --wait postgres [-c max_connections=300 -c fsync=off",
		" port postgres 5432 [",
		" down --volumes [",
	} {
		if !strings.Contains(string(said), want) {
			t.Errorf("docker was not told %q, but\n%s", want, said)
		}
	}
}

func TestMissingNamesTheWays(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no docker
	d := &dev{say: t.Logf, tried: []string{"apt-get: no network"}}
	_, err := d.compose(t.Context(), redisServer, "6379")
	for _, want := range []string{"no Redis 7 or newer", "apt-get: no network", "docker: ", "install it: ", "REDIS_URL"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the message does not say %q:\n%v", want, err)
		}
	}
}

// The rest runs the real thing in a checkout of its own.

type checkout struct {
	t   *testing.T
	dir string
}

// TestMain lets the test's own binary be dev for the tests that run it.
func TestMain(m *testing.M) {
	if os.Getenv("BE_DEV") != "" {
		os.Unsetenv("BE_DEV")
		main()
	}
	os.Exit(m.Run())
}

func newCheckout(t *testing.T) checkout {
	t.Helper()
	if testing.Short() {
		t.Skip("starts servers")
	}
	c := checkout{t, t.TempDir()}
	if err := os.WriteFile(filepath.Join(c.dir, "go.mod"), []byte("module example.org/checkout\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, err := c.dev("-clean").CombinedOutput(); err != nil {
			t.Errorf("clean: %v\n%s", err, out)
		}
	})
	return c
}

func (c checkout) dev(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"BE_DEV=1"}
	for _, kv := range os.Environ() { // make test has set them already
		if name, _, _ := strings.Cut(kv, "="); name != "DATABASE_URL" && name != "REDIS_URL" {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	return cmd
}

func (c checkout) run(want int, args ...string) string {
	c.t.Helper()
	out, err := c.dev(args...).CombinedOutput()
	if got := codeOf(err); got != want {
		c.t.Fatalf("dev %s: exit %d, want %d\n%s", strings.Join(args, " "), got, want, out)
	}
	return string(out)
}

func codeOf(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitCode(exit.ProcessState)
	} else if err != nil {
		return -1
	}
	return 0
}

// background starts dev with a shell script and returns when the script has printed its first line.
func (c checkout) background(args ...string) (cmd *exec.Cmd, line string) {
	c.t.Helper()
	cmd = c.dev(args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { cmd.Process.Kill() })
	buf := make([]byte, 1000)
	n, err := out.Read(buf)
	if err != nil {
		c.t.Fatalf("dev %v printed nothing: %v", args, err)
	}
	return cmd, strings.TrimSpace(string(buf[:n]))
}

const psql = `psql -XAtq "$DATABASE_URL" -c `

func TestThrowAwayServers(t *testing.T) {
	c := newCheckout(t)
	out := c.run(0, "-test", "--", "sh", "-c", psql+`"select 1, rolsuper from pg_roles where rolname = current_user" -c "show fsync" && case $REDIS_URL in redis://127.0.0.1:*) echo redis; esac`)
	if want := "1|t\noff\nredis\n"; out != want {
		t.Errorf("said %q, want %q", out, want)
	}
	if out := c.run(0, "-test", "-fsync", "--", "sh", "-c", psql+`"show fsync"`); out != "on\n" {
		t.Errorf("with -fsync it is %q", out)
	}
	if left, _ := filepath.Glob(filepath.Join(homeOf(c.dir, checkoutKey(c.dir)), "test-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSeveralTestRunsAtOnce(t *testing.T) {
	c := newCheckout(t)
	running, first := c.background("-test", "--", "sh", "-c", `echo "$DATABASE_URL $REDIS_URL"; exec sleep 60`)
	if second := strings.TrimSpace(c.run(0, "-test", "--", "sh", "-c", `echo "$DATABASE_URL $REDIS_URL"`)); second == first {
		t.Errorf("both got %s", first)
	}
	if out := c.run(1, "-clean"); !strings.Contains(out, "tests are running") {
		t.Errorf("clean said %q", out)
	}
	running.Process.Signal(syscall.SIGTERM)
	running.Wait()
}

func TestKeptServers(t *testing.T) {
	c := newCheckout(t)
	c.run(0, "--", "sh", "-c", `psql -q "$NOD_MIGRATE_DATABASE_URL" -c "create table kept as select 42 as n" -c "grant select on kept to nod_serve" -c "create extension btree_gist"`)
	if out := c.run(0, "--", "sh", "-c", psql+`"select n, current_user from kept" -c "show fsync"`); out != "42|nod_serve\non\n" {
		t.Errorf("the second run found %q", out)
	}
	if out := c.run(1, "--", "sh", "-c", psql+`"create table mine()"`); !strings.Contains(out, "permission denied") {
		t.Errorf("nod_serve may create tables: %q", out)
	}
	running, _ := c.background("--", "sh", "-c", "echo up; exec sleep 60")
	if out := c.run(0, "--", "sh", "-c", psql+`"select n, current_user from kept"`); out != "42|nod_serve\n" {
		t.Errorf("a second run at once, which joins the first, found %q", out)
	}
	if _, err := os.Stat(filepath.Join(homeOf(c.dir, checkoutKey(c.dir)), "run", "environment")); err != nil {
		t.Error("the first is gone after the second has ended: ", err)
	}
	running.Process.Signal(syscall.SIGTERM)
	if got := codeOf(running.Wait()); got != 128+15 {
		t.Errorf("exit %d after SIGTERM, want 143", got)
	}
}

func TestExitCodesAndSignals(t *testing.T) {
	c := newCheckout(t)
	with := func(cmd *exec.Cmd) *exec.Cmd { // no servers needed here
		cmd.Env = append(cmd.Env, "DATABASE_URL=postgres://x", "REDIS_URL=redis://x")
		return cmd
	}
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -9 $$": 137, `test "$DATABASE_URL" = postgres://x`: 0} {
		if got := codeOf(with(c.dev("--", "sh", "-c", script)).Run()); got != want {
			t.Errorf("%s: exit %d, want %d", script, got, want)
		}
	}
	if got := codeOf(with(c.dev("--", "no-such-command")).Run()); got != 127 {
		t.Errorf("no such command: exit %d, want 127", got)
	}
	cmd, _ := c.background("-test", "--", "sh", "-c", `trap "exit 5" INT; echo up; sleep 60 & wait`)
	cmd.Process.Signal(os.Interrupt)
	if got := codeOf(cmd.Wait()); got != 5 {
		t.Errorf("the command's own answer to Ctrl-C: exit %d, want 5", got)
	}
}

// A developer's terminal crashes, or CI kills the job: nothing may go on, and the data must be whole.
func TestKilledDevTakesAllWithIt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells children that their parent died")
	}
	c := newCheckout(t)
	cmd, _ := c.background("--", "sh", "-c", `psql -q "$NOD_MIGRATE_DATABASE_URL" -c "create table kept()" && echo up && exec sleep 60`)
	pids := children(cmd.Process.Pid)
	if len(pids) != 3 {
		t.Fatalf("children: %v, want Postgres, Redis and the command", pids)
	}
	cmd.Process.Kill()
	cmd.Wait()
	// At once, while the old server may still hold its lock.
	c.run(0, "--", "sh", "-c", `psql -q "$NOD_MIGRATE_DATABASE_URL" -c "table kept"`)
	for _, pid := range pids {
		look, late := time.NewTicker(10*time.Millisecond), time.After(10*time.Second) // somebody else's child gives no signal when it ends
		for alive(pid) {
			select {
			case <-look.C:
			case <-late:
				t.Fatalf("process %d is still there", pid)
			}
		}
		look.Stop()
	}
}

// children reads /proc; minimal machines have no ps.
func children(parent int) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		if _, ppid := stat(file); ppid == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// alive does not count a zombie, which has ended and only waits for process 1 to notice.
func alive(pid int) bool {
	state, _ := stat(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return state != "" && state != "Z"
}

// stat reads "PID (NAME) STATE PPID …"; a name may hold anything.
func stat(file string) (state, ppid string) {
	text, _ := os.ReadFile(file)
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 2 {
		return "", ""
	}
	return fields[0], fields[1]
}

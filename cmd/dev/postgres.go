package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// rolesSQL makes what `make run` needs and may be run again: the owner migrates, the other serves and owns nothing.
const rolesSQL = `
SELECT 'CREATE ROLE nod_owner LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nod_owner') \gexec
SELECT 'CREATE ROLE nod_serve LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nod_serve') \gexec
SELECT 'CREATE DATABASE nod OWNER nod_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'nod') \gexec
GRANT CONNECT ON DATABASE nod TO nod_serve;
`

const testSQL = `SELECT 'CREATE DATABASE nod' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'nod') \gexec`

func (d *dev) startPostgres(ctx context.Context) error {
	data := filepath.Join(d.dir, "postgres")
	want := dataVersion(data)
	program, err := d.program(ctx, postgresServer, want)
	if errors.Is(err, errMissing) && want != 0 {
		return fmt.Errorf("%s was made by Postgres %d, which is not here: install that, or forget the data with dev -clean", data, want)
	}
	var port string
	var psql *exec.Cmd
	switch {
	case err == nil:
		port, err = d.runPostgres(ctx, program, data)
		psql = exec.CommandContext(ctx, filepath.Join(filepath.Dir(program), "psql"), "-h", "127.0.0.1", "-p", port)
		psql.Env = plainEnv()
		os.Setenv("PATH", addPath(os.Getenv("PATH"), filepath.Dir(program)))
	case errors.Is(err, errMissing):
		port, err = d.compose(ctx, postgresServer, "5432")
		psql = d.composeCommand(ctx, "exec", "-T", postgresServer.service, "psql")
	}
	if err != nil {
		return err
	}
	sql := rolesSQL
	if d.opt.test {
		sql = testSQL
	}
	psql.Args = append(psql.Args, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "postgres")
	psql.Stdin = strings.NewReader(sql)
	if out, err := psql.CombinedOutput(); err != nil {
		return fmt.Errorf("prepare the database: %w: %s", err, out)
	}
	setPostgresEnv(d.opt.test, port)
	return nil
}

// setPostgresEnv also removes a NOD_MIGRATE_DATABASE_URL that the person has set: it leads to another database than ours.
func setPostgresEnv(test bool, port string) {
	url := func(user string) string { return "postgres://" + user + "@127.0.0.1:" + port + "/nod?sslmode=disable" }
	if test {
		os.Setenv("DATABASE_URL", url("postgres"))
		os.Unsetenv("NOD_MIGRATE_DATABASE_URL")
		os.Unsetenv("NOD_DEMO_DATABASE")
		return
	}
	os.Setenv("DATABASE_URL", url("nod_serve"))
	os.Setenv("NOD_MIGRATE_DATABASE_URL", url("nod_owner"))
	os.Setenv("NOD_DEMO_DATABASE", "true") // it is ours, so the demonstration may begin it anew
}

// plainEnv is what servers and their tools get: no PG… variable of the person may change what they do.
func plainEnv() []string { return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"} }

// runPostgres starts the program on the cluster in data, which it makes when there is none, and returns its port.
func (d *dev) runPostgres(ctx context.Context, program, data string) (port string, err error) {
	owner, err := serverUser("postgres")
	if err != nil {
		return "", err
	}
	if dataVersion(data) == 0 {
		if !d.opt.test {
			d.say("making a new database in %s", data)
		}
		if err := initCluster(ctx, program, data, owner, d.opt.test); err != nil {
			return "", err
		}
	}
	for begin := time.Now(); ; {
		port, err = freePort()
		if err != nil {
			return "", err
		}
		err = d.serve(ctx, postgresServer, postgresCommand(program, data, port, d.opt), owner,
			syscall.SIGINT, // a "fast" shutdown: ends sessions, not data
			func(pid int) bool { return postmasterReady(data, pid) })
		// A server that was killed a moment ago may still hold its lock; the file is never ours to delete. Or
		// somebody was quicker to take the port.
		if err == nil || !passing(err) || time.Since(begin) > retryFor {
			return port, err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// retryFor leaves time for the system to bury a killed server; until then Postgres takes it for alive.
const retryFor = 20 * time.Second

func passing(err error) bool {
	for _, words := range []string{"lock file", "shared memory block", "could not bind", "Could not create server TCP listening socket"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// initCluster makes the cluster beside its place and renames it: a data directory that exists is whole.
func initCluster(ctx context.Context, program, data string, owner *syscall.Credential, test bool) error {
	fresh := data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := makePrivate(fresh, owner); err != nil {
		return err
	}
	args := []string{"-D", fresh, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"}
	if test {
		args = append(args, "--no-sync")
	}
	cmd := exec.Command(filepath.Join(filepath.Dir(program), "initdb"), args...)
	cmd.Env, cmd.Dir = plainEnv(), fresh
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	c, err := startChild(cmd, owner, syscall.SIGTERM)
	if err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	select {
	case <-ctx.Done():
		c.stop(syscall.SIGTERM)
		return ctx.Err()
	case <-c.done:
	}
	if !cmd.ProcessState.Success() {
		return fmt.Errorf("initdb: %s: %s", cmd.ProcessState, lastLines(out.String(), 5))
	}
	return os.Rename(fresh, data)
}

func postgresCommand(program, data, port string, opt options) *exec.Cmd {
	args := []string{"-D", data, "-h", "127.0.0.1", "-p", port, "-k", ""}
	for _, setting := range postgresSettings(opt) {
		args = append(args, "-c", setting)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = data
	return cmd
}

func postgresSettings(opt options) []string {
	if !opt.test {
		return nil
	}
	settings := []string{"max_connections=300"}
	if !opt.fsync {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	return settings
}

// dataVersion is the major version that made the cluster in data, 0 when there is none.
func dataVersion(data string) int {
	text, _ := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	v, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return v
}

// postmaster reads the lock file as pg_ctl does: the process is in its first line, the state in its eighth.
func postmaster(data string) (pid int, state string) {
	text, _ := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	lines := strings.Split(string(text), "\n")
	pid, _ = strconv.Atoi(lines[0])
	if len(lines) > 7 {
		state = strings.TrimSpace(lines[7])
	}
	return pid, state
}

func postmasterReady(data string, pid int) bool {
	have, state := postmaster(data)
	return have == pid && state == "ready"
}

func postmasterLives(data string) bool {
	pid, _ := postmaster(data)
	return pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// serve starts a server whose output goes to a log in d.dir, waits until it is ready and stops it at the end.
func (d *dev) serve(ctx context.Context, s server, cmd *exec.Cmd, owner *syscall.Credential, stop syscall.Signal,
	ready func(pid int) bool) error {
	logfile := filepath.Join(d.dir, s.service+".log")
	log, err := os.OpenFile(logfile, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = plainEnv()
	c, err := startChild(cmd, owner, stop)
	if err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	slow := time.After(5 * time.Second)
	for !ready(cmd.Process.Pid) {
		select {
		case <-ctx.Done():
			c.stop(stop)
			return ctx.Err()
		case <-c.done:
			return fmt.Errorf("%s ended at once (%s): %s", s.name, cmd.ProcessState, tail(logfile))
		case <-slow:
			d.say("waiting for %s; its log is %s", s.name, logfile)
		case <-time.After(5 * time.Millisecond):
		}
	}
	stopping := make(chan struct{})
	go func() {
		select {
		case <-stopping:
		case <-c.done:
			d.say("%s ended while the command was running (%s): %s", s.name, cmd.ProcessState, tail(logfile))
		}
	}()
	d.atEnd(func() {
		close(stopping)
		c.stop(stop)
	})
	return nil
}

func tail(file string) string {
	text, _ := os.ReadFile(file)
	return lastLines(string(text), 8)
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

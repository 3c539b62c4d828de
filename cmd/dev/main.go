// Command dev runs a command with a Postgres and a Redis of its own around it:
//
//	dev [-test] [-fsync] -- COMMAND [ARG...]
//
// For each of the two it takes the first that works: the server that DATABASE_URL or REDIS_URL names, programs found on
// this machine, Debian's packages (installed as root, else unpacked privately), docker compose. A server that it did not
// start is never touched, and what it started ends with it, on Linux also when it is killed with -9 (containers excepted).
//
// It is for developers and CI only, on Linux and macOS. Its servers listen on 127.0.0.1 and let every local user in
// without a password, so nothing in production may be started through it.
//
// One file per noun: postgres.go and redis.go are the servers, find.go looks for programs, debian.go and compose.go get
// what is missing. The next way to get a server is one more step in (*dev).program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const help = `dev runs COMMAND with a local Postgres and Redis, and stops them when it ends.

    dev [-test] [-fsync] -- COMMAND [ARG...]
    dev -clean

Without -test the data is kept between runs; while one COMMAND runs, another joins it and
uses the same servers. COMMAND finds
    DATABASE_URL              the role that serves, nod_serve
    NOD_MIGRATE_DATABASE_URL  the owner of the database, nod_owner
    NOD_DEMO_DATABASE         true: nod demo may begin it anew
    REDIS_URL
With -test everything is thrown away at the end, and COMMAND finds
    DATABASE_URL              a superuser and an empty database
    REDIS_URL
A DATABASE_URL or REDIS_URL that is already set is used as it is.

    -test   servers for one run of tests, fast and forgetful
    -fsync  with -test: write to disk as in production, for benchmarks
    -clean  forget the data and the programs kept for this checkout

dev ends with COMMAND's exit code, or 128 + the signal that ended it.
`

type options struct {
	test, fsync, clean bool
	command            []string
}

var errUsage = errors.New("say dev -h for help")

func parse(args []string) (options, error) {
	var opt options
	flags := flag.NewFlagSet("dev", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&opt.test, "test", false, "")
	flags.BoolVar(&opt.fsync, "fsync", false, "")
	flags.BoolVar(&opt.clean, "clean", false, "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return opt, err
	case err != nil:
		return opt, fmt.Errorf("%w; %w", err, errUsage)
	}
	opt.command = flags.Args()
	if !opt.clean && len(opt.command) == 0 {
		return opt, fmt.Errorf("which command? %w", errUsage)
	}
	return opt, nil
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	say := func(format string, a ...any) { fmt.Fprintf(stderr, "dev: "+format+"\n", a...) }
	opt, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, help)
		return 0
	case err != nil:
		say("%v", err)
		return 2
	}

	// The channel is for COMMAND. While there is none yet, the context ends the preparations.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()

	d, err := open(opt, say)
	if err == nil && opt.clean {
		err = d.clean(ctx)
	} else if err == nil {
		defer d.stop()
		err = d.start(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return 128 + int((<-signals).(syscall.Signal))
	case err != nil:
		say("%v", err)
		return 1
	case opt.clean:
		return 0
	}
	code, err := runCommand(opt.command, signals)
	if err != nil {
		say("%v", err)
	}
	return code
}

// dev is one run: where it keeps its things and what it has started.
type dev struct {
	place
	opt   options
	say   func(format string, a ...any)
	dir   string   // this run's data and logs
	ends  []func() // undo what was started, last first
	tried []string // why a way to a server did not work
}

func open(opt options, say func(string, ...any)) (*dev, error) {
	p, err := findPlace()
	if err != nil {
		return nil, err
	}
	return &dev{place: p, opt: opt, say: say}, nil
}

func (d *dev) atEnd(f func()) { d.ends = append(d.ends, f) }

func (d *dev) stop() {
	for len(d.ends) > 0 {
		last := len(d.ends) - 1
		d.ends[last]()
		d.ends = d.ends[:last]
	}
}

// start brings up what is missing and sets the environment that COMMAND inherits.
func (d *dev) start(ctx context.Context) error {
	postgres, redis := os.Getenv("DATABASE_URL") == "", os.Getenv("REDIS_URL") == ""
	if !postgres && !redis {
		return nil
	}
	err := d.openDir(ctx)
	if errors.Is(err, errLocked) {
		return d.join(err)
	}
	if err == nil && postgres {
		err = d.startPostgres(ctx)
	}
	if err == nil && redis {
		err = d.startRedis(ctx)
	}
	if err == nil && !d.opt.test {
		err = d.leaveEnvironment()
	}
	return err
}

// addPath puts dir at the end of PATH, so that COMMAND finds psql and pgbench but prefers what the person has.
func addPath(path, dir string) string {
	for _, have := range strings.Split(path, string(os.PathListSeparator)) {
		if have == dir {
			return path
		}
	}
	return strings.Trim(path+string(os.PathListSeparator)+dir, string(os.PathListSeparator))
}

package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A place is where dev keeps things for one checkout:
//
//	home/run/…      data of `make run`, kept
//	home/test-…/    data of one `make test`, removed at its end
//	home/debian/…   unpacked packages
//
// An ordinary user's home is .dev in the checkout. Servers that root starts run as users of their own, who could not walk
// into a checkout below a private directory, so root's home is in /var/lib, which only root can write.
type place struct {
	checkout, home string
	key            string // tells checkouts apart
}

func findPlace() (place, error) {
	dir, err := os.Getwd()
	if err != nil {
		return place{}, err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			key := checkoutKey(at)
			return place{at, homeOf(at, key), key}, nil
		}
		if at == filepath.Dir(at) {
			return place{}, fmt.Errorf("%s is not inside a checkout: no go.mod here or above", dir)
		}
	}
}

func checkoutKey(checkout string) string {
	sum := sha256.Sum256([]byte(checkout))
	return fmt.Sprintf("%x", sum[:4])
}

func homeOf(checkout, key string) string {
	if !isRoot() {
		return filepath.Join(checkout, ".dev")
	}
	return filepath.Join("/var/lib/nod-dev", filepath.Base(checkout)+"-"+key)
}

func isRoot() bool { return os.Geteuid() == 0 }

// makeWalkable makes dir and its parents so that other users can walk through them, whatever the umask.
func makeWalkable(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := makeWalkable(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return os.Chmod(dir, 0o755)
}

// makePrivate makes dir for owner alone; a nil owner is ourselves.
func makePrivate(dir string, owner *syscall.Credential) error {
	if err := os.MkdirAll(dir, 0o700); err != nil || owner == nil {
		return err
	}
	return os.Chown(dir, int(owner.Uid), int(owner.Gid))
}

// serverUser says as whom a server runs: nil is ourselves. Root never runs one itself: any local user may connect, and
// could then write files as root.
func serverUser(names ...string) (*syscall.Credential, error) {
	if !isRoot() {
		return nil, nil
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, fmt.Errorf("root cannot run this server itself and there is no user %s: make one, or start as an ordinary user",
		strings.Join(names, " or "))
}

var errLocked = errors.New("locked by another process")

// tryLock takes the lock file at path. The kernel lets go of it when we end, however we end.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, errLocked
	}
	return f, nil
}

// lock waits for the lock file at path.
func lock(ctx context.Context, path string) (*os.File, error) {
	for {
		f, err := tryLock(path)
		if !errors.Is(err, errLocked) {
			return f, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// openDir makes and locks the directory of this run.
func (d *dev) openDir(ctx context.Context) error {
	if err := makeWalkable(d.home); err != nil {
		return err
	}
	if d.opt.test {
		return d.openTestDir(ctx)
	}
	d.dir = filepath.Join(d.home, "run")
	if err := makeWalkable(d.dir); err != nil {
		return err
	}
	held, err := lockRun(d.dir)
	if err == nil {
		d.atEnd(func() { held.Close() })
	}
	return err
}

// lockRun takes the lock of the kept data and leaves our process number in it for those who come second.
func lockRun(dir string) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	f, err := tryLock(path)
	if errors.Is(err, errLocked) {
		pid, _ := os.ReadFile(path)
		return nil, fmt.Errorf("already running for this checkout (process %s): stop that one first (%w)", strings.TrimSpace(string(pid)),
			err)
	}
	if err != nil {
		return nil, err
	}
	f.Truncate(0)
	fmt.Fprintln(f, os.Getpid())
	return f, nil
}

func (d *dev) openTestDir(ctx context.Context) error {
	// Between making a directory and locking it, another dev must not take it for a dead one's.
	making, err := lock(ctx, filepath.Join(d.home, "tests.lock"))
	if err != nil {
		return err
	}
	defer making.Close()
	sweep(d.home)
	if d.dir, err = os.MkdirTemp(d.home, "test-"); err != nil {
		return err
	}
	held, err := tryLock(filepath.Join(d.dir, "lock"))
	if err != nil {
		return err
	}
	d.atEnd(func() {
		os.RemoveAll(d.dir)
		held.Close()
	})
	return os.Chmod(d.dir, 0o755)
}

// sweep removes the test directories whose dev was killed and says whether any is still in use.
func sweep(home string) (busy bool) {
	dirs, _ := filepath.Glob(filepath.Join(home, "test-*"))
	for _, dir := range dirs {
		held, err := tryLock(filepath.Join(dir, "lock"))
		if err != nil || postmasterLives(filepath.Join(dir, "postgres")) {
			busy = true
		} else {
			os.RemoveAll(dir)
		}
		if held != nil {
			held.Close()
		}
	}
	return busy
}

// clean forgets all that is kept for this checkout.
func (d *dev) clean(ctx context.Context) error {
	if _, err := os.Stat(d.home); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	run := filepath.Join(d.home, "run")
	if err := makeWalkable(run); err != nil {
		return err
	}
	held, err := lockRun(run)
	if err != nil {
		return err
	}
	defer held.Close()
	making, err := lock(ctx, filepath.Join(d.home, "tests.lock"))
	if err != nil {
		return err
	}
	defer making.Close()
	if sweep(d.home) {
		return errors.New("tests are running for this checkout: wait for them or stop them")
	}
	for begin := time.Now(); postmasterLives(filepath.Join(run, "postgres")); time.Sleep(50 * time.Millisecond) {
		if time.Since(begin) > patience || ctx.Err() != nil {
			return errors.New("its Postgres is still stopping: try again")
		}
	}
	return os.RemoveAll(d.home)
}

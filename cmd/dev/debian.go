package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func onDebian() bool {
	_, err := os.Stat("/etc/debian_version")
	_, apt := exec.LookPath("apt-get")
	return err == nil && apt == nil
}

// aptInstall installs s for the whole machine, as root, and keeps Debian from starting a server of its own.
func (d *dev) aptInstall(ctx context.Context, s server) error {
	d.say("installing %s with apt-get", s.name)
	if err := noDebianCluster(); err != nil {
		return err
	}
	undo, err := noServiceStarts()
	if err != nil {
		return err
	}
	defer undo()
	return apt(ctx, s.deb)
}

// noDebianCluster tells Debian's package not to make a cluster on port 5432. An administrator's own file stays.
func noDebianCluster() error {
	const file = "/etc/postgresql-common/createcluster.conf"
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte("# written by nod's cmd/dev, which starts its own\ncreate_main_cluster = false\n"), 0o644)
}

// noServiceStarts answers "no" for packages that ask whether they may start their service, until undo.
func noServiceStarts() (undo func(), err error) {
	const file = "/usr/sbin/policy-rc.d"
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if os.IsExist(err) {
		return func() {}, nil // containers have one
	}
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString("#!/bin/sh\n# nod's cmd/dev is installing packages; removed at once\nexit 101\n")
	f.Close()
	return func() { os.Remove(file) }, err
}

// aptUnpack downloads s and what it needs that this machine lacks, and unpacks them below home/debian without installing
// anything. Scripts in home/debian/bin start its programs with the libraries that came along.
func (d *dev) aptUnpack(ctx context.Context, s server) error {
	d.say("downloading %s with apt-get into %s", s.name, filepath.Join(d.home, "debian"))
	root := filepath.Join(d.home, "debian")
	state, cache, tree := filepath.Join(root, "state"), filepath.Join(root, "cache"), filepath.Join(root, "tree")
	for _, dir := range []string{filepath.Join(state, "lists", "partial"), filepath.Join(cache, "archives", "partial"), tree} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	err := apt(ctx, s.deb, "-o", "APT::Get::Download-Only=true",
		"-o", "Dir::State="+state, "-o", "Dir::State::status=/var/lib/dpkg/status", "-o", "Dir::Cache="+cache,
		"-o", "Dir::Log="+root, "-o", "Debug::NoLocking=1")
	if err != nil {
		return err
	}
	debs, _ := filepath.Glob(filepath.Join(cache, "archives", "*.deb"))
	for _, deb := range debs {
		if out, err := exec.CommandContext(ctx, "dpkg", "-x", deb, tree).CombinedOutput(); err != nil {
			return fmt.Errorf("unpack %s: %w: %s", filepath.Base(deb), err, out)
		}
	}
	for _, used := range []string{state, cache} { // a hundred megabytes
		if err := os.RemoveAll(used); err != nil {
			return err
		}
	}
	return writeStarters(tree, filepath.Join(root, "bin"))
}

// writeStarters writes a script into bin for each server program in tree.
func writeStarters(tree, bin string) error {
	var programs, libs []string
	for _, pattern := range []string{"usr/lib/postgresql/*/bin/*", "usr/bin/redis-*", "usr/bin/valkey-*"} {
		found, _ := filepath.Glob(filepath.Join(tree, pattern))
		programs = append(programs, found...)
	}
	for _, pattern := range []string{"usr/lib/*-linux-*", "lib/*-linux-*"} {
		found, _ := filepath.Glob(filepath.Join(tree, pattern))
		libs = append(libs, found...)
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	for _, program := range programs {
		script := fmt.Sprintf("#!/bin/sh\nexport LD_LIBRARY_PATH=%s\nexec %s \"$@\"\n", quote(strings.Join(libs, ":")), quote(program))
		if err := os.WriteFile(filepath.Join(bin, filepath.Base(program)), []byte(script), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// quote makes s one word for sh.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// apt refreshes the lists and then installs deb. A list that cannot be had (some other vendor's) matters only when the
// second step fails.
func apt(ctx context.Context, deb string, options ...string) error {
	update, updateErr := aptGet(ctx, append(slices.Clip(options), "update", "-o", "APT::Update::Error-Mode=any"))
	install, err := aptGet(ctx, append(slices.Clip(options), "install", "--yes", "--no-install-recommends", deb))
	switch {
	case err == nil:
		return nil
	case updateErr != nil:
		return fmt.Errorf("update: %w\n%s", updateErr, lastLines(update, 5))
	default:
		return fmt.Errorf("install: %w\n%s", err, lastLines(install, 5))
	}
}

func aptGet(ctx context.Context, args []string) (string, error) {
	cmd := exec.CommandContext(ctx, "apt-get", append(args, "-q",
		// keep configuration files that are already there instead of asking, and give up on a dead network soon
		"-o", "Dpkg::Options::=--force-confold", "-o", "DPkg::Lock::Timeout=300",
		"-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20")...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_SUSPEND=1", "LC_ALL=C")
	// dpkg must not be cut off in the middle.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = time.Minute
	out, err := cmd.CombinedOutput()
	return string(out), err
}

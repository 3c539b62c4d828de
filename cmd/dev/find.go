package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A server is what dev can look for on this machine or get.
type server struct {
	name    string   // as people call it
	service string   // in compose.yaml
	files   []string // what its program may be called
	beside  []string // programs needed in the same directory
	least   int      // lowest major version
	deb     string   // Debian's package
	url     string   // variable that names one
	install string   // how a person gets it
}

var postgresServer = server{
	name: "Postgres", service: "postgres", files: []string{"postgres"}, beside: []string{"initdb", "psql"}, least: 15,
	deb: "postgresql", url: "DATABASE_URL",
	install: "apt-get install postgresql · brew install postgresql@17 · dnf install postgresql-server",
}

var redisServer = server{
	name: "Redis", service: "redis", files: []string{"redis-server", "valkey-server"}, least: 7,
	deb: "redis-server", url: "REDIS_URL",
	install: "apt-get install redis-server · brew install redis · dnf install valkey",
}

var errMissing = errors.New("not on this machine")

// program returns the path of s's program, getting it when it is not here. want is the only major version that will do,
// 0 for the newest.
func (d *dev) program(ctx context.Context, s server, want int) (string, error) {
	if path := s.newest(searchDirs(d.home), want); path != "" {
		return path, nil
	}
	if !onDebian() {
		return "", errMissing
	}
	held, err := lock(ctx, filepath.Join(d.home, "setup.lock"))
	if err != nil {
		return "", err
	}
	defer held.Close()
	if path := s.newest(searchDirs(d.home), want); path != "" {
		return path, nil // another dev got it while we waited
	}
	if isRoot() {
		err = d.aptInstall(ctx, s)
	} else {
		err = d.aptUnpack(ctx, s)
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if path := s.newest(searchDirs(d.home), want); path != "" {
		return path, nil
	}
	if err == nil {
		err = fmt.Errorf("package %s has no %s %d or newer", s.deb, s.name, s.least)
	}
	d.tried = append(d.tried, "apt-get: "+err.Error())
	return "", errMissing
}

// missing is what a person reads when every way has failed.
func (d *dev) missing(s server) error {
	var b strings.Builder
	fmt.Fprintf(&b, "found no %s %d or newer and could not get one.", s.name, s.least)
	for _, why := range d.tried {
		fmt.Fprintf(&b, "\n  %s", strings.ReplaceAll(why, "\n", "\n    "))
	}
	fmt.Fprintf(&b, "\nAny one of these helps:\n  install it:  %s\n  start Docker; compose.yaml has the rest\n  set %s to a server that "+
		"is for this", s.install, s.url)
	return errors.New(b.String())
}

// searchDirs are the directories where a server's programs may lie; Debian keeps Postgres out of PATH.
func searchDirs(home string) []string {
	var dirs []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
		"/opt/homebrew/bin", "/usr/local/bin", "/usr/bin",
	} {
		found, _ := filepath.Glob(pattern)
		dirs = append(dirs, found...)
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if filepath.IsAbs(dir) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return append(dirs, filepath.Join(home, "debian", "bin"))
}

// newest returns the path of s's newest program in dirs that is neither too old nor another version than wanted, or "".
func (s server) newest(dirs []string, want int) string {
	best, newest := "", s.least-1
	for _, dir := range dirs {
		if !s.complete(dir) {
			continue
		}
		for _, file := range s.files {
			path := filepath.Join(dir, file)
			if v := majorVersion(path); v > newest && (want == 0 || v == want) {
				best, newest = path, v
			}
		}
	}
	return best
}

func (s server) complete(dir string) bool {
	for _, file := range s.beside {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			return false
		}
	}
	return true
}

var firstNumber = regexp.MustCompile(`\d+`)

// majorVersion asks a program, "postgres (PostgreSQL) 15.18" or "Redis server v=7.0.15"; 0 means that there is none.
func majorVersion(path string) int {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return 0
	}
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return 0
	}
	v, _ := strconv.Atoi(string(firstNumber.Find(out)))
	return v
}

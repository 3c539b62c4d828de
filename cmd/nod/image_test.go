package main

import (
	"debug/elf"
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/storage/storagetest"
)

// dockerfile gives the instructions of a Dockerfile: each its word, and the rest of the line.
func dockerfile(text string) (list [][2]string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if word, rest, ok := strings.Cut(line, " "); ok && word != "#" {
			list = append(list, [2]string{word, strings.TrimSpace(rest)})
		}
	}
	return list
}

// contained is what the Dockerfile's last stage makes.
type contained struct {
	copies  [][2]string // from where in the stage before, to where
	env     map[string]string
	words   map[string]string // EXPOSE, USER …
	command []string          // ENTRYPOINT
	serve   []string          // CMD
	health  []string
}

func lastStage(t *testing.T) contained {
	t.Helper()
	list := dockerfile(from(filepath.Join(root, "Dockerfile")))
	i := contained{env: map[string]string{}, words: map[string]string{}}
	stage, workdir := 0, ""
	words := func(s string) (all []string) {
		if err := json.Unmarshal([]byte(s), &all); err != nil {
			t.Fatalf("%s: in the form of a shell, which the image has not: %v", s, err)
		}
		return all
	}
	for _, l := range list {
		switch {
		case l[0] == "FROM":
			// An image of an older Go than go.mod's does not build: it is told to fetch no other.
			if stage++; stage == 1 && l[1] != "golang:"+regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(from(filepath.Join(root, "go.mod")))[1]+" AS build" {
				t.Errorf("FROM %s: go.mod has another Go", l[1])
			}
			i.words["FROM"] = l[1]
		case stage == 1 && l[0] == "WORKDIR":
			workdir = l[1]
		case stage == 1 && l[0] == "COPY":
			paths := strings.Fields(l[1])
			for _, path := range paths[:len(paths)-1] {
				if _, err := os.Stat(filepath.Join(root, path)); err != nil {
					t.Errorf("COPY %s: %v", l[1], err)
				}
			}
		case stage == 2 && l[0] == "COPY":
			paths := strings.Fields(strings.TrimPrefix(l[1], "--from=build "))
			if len(paths) != 2 || !strings.HasPrefix(l[1], "--from=build ") {
				t.Fatalf("COPY %s: not one path of the stage before", l[1])
			}
			i.copies = append(i.copies, [2]string{strings.TrimPrefix(paths[0], workdir+"/"), paths[1]})
		case stage == 2 && l[0] == "ENV":
			name, value, _ := strings.Cut(l[1], "=")
			i.env[name] = value
		case l[0] == "ENTRYPOINT":
			i.command = words(l[1])
		case l[0] == "CMD":
			i.serve = words(l[1])
		case l[0] == "HEALTHCHECK":
			_, command, _ := strings.Cut(l[1], "CMD ")
			i.health = words(command)
		default:
			i.words[l[0]] = l[1]
		}
	}
	return i
}

// What the Dockerfile says is done here without Docker: its copies are there, its commands build, and what it leaves runs in a folder that holds nothing
// else, as the user that it names. There nod finds the certificates and the zones that it needs, and its health check tells how it is.
func testImage(t *testing.T, built string) {
	i := lastStage(t)
	if i.words["FROM"] != "scratch" {
		t.Errorf("the image begins from %s, of which this test knows nothing", i.words["FROM"])
	}
	if len(i.env) != 1 || i.env["NOD_ADDR"] != ":"+i.words["EXPOSE"] {
		t.Errorf("it listens at %v and exposes %s", i.env, i.words["EXPOSE"])
	}
	uid, gid, _ := strings.Cut(i.words["USER"], ":")
	user, err1 := strconv.Atoi(uid)
	group, err2 := strconv.Atoi(gid)
	if err1 != nil || err2 != nil || user == 0 || group == 0 {
		t.Fatalf("USER %s: two numbers are wanted, neither of them 0", i.words["USER"])
	}
	g := telegramtest.New(telegramtest.Options{})
	api := httptest.NewTLSServer(g)
	api.Config.ErrorLog = nil
	t.Cleanup(func() { g.Close(); api.Close() })

	empty := t.TempDir()
	if err := os.Chmod(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range i.copies {
		to := filepath.Join(empty, c[1])
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		// The certificates are those of whoever answers for Telegram here: what nod trusts there it has from this file.
		content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: api.Certificate().Raw})
		if c[0] != "/etc/ssl/certs/ca-certificates.crt" { // which the golang image has
			content = []byte(from(filepath.Join(built, c[0])))
		}
		if err := os.WriteFile(to, content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS == "linux" {
		isStatic(t, filepath.Join(empty, i.command[0]))
	}

	db := storagetest.Empty(t)
	env := []string{"NOD_ADDR=" + freeAddress(t), "NOD_ADMIN_ADDR=" + freeAddress(t), "DATABASE_URL=" + db.URL, "TELEGRAM_BOT_TOKEN=" + telegramtest.Token, "TELEGRAM_API_URL=" + api.URL}
	within := func(stdin string, words ...string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), words[0], words[1:]...)
		c.Env, c.Dir, c.Stdin = env, "/", strings.NewReader(stdin)
		if os.Getuid() == 0 {
			c.SysProcAttr = &syscall.SysProcAttr{Chroot: empty, Credential: &syscall.Credential{Uid: uint32(user), Gid: uint32(group)}}
		} else { // nobody else may leave the root behind; what is static needs nothing of it, and the certificates are named
			c.Path = filepath.Join(empty, words[0])
			c.Env = append(env, "SSL_CERT_FILE="+filepath.Join(empty, "etc/ssl/certs/ca-certificates.crt"), "SSL_CERT_DIR="+empty)
		}
		return c
	}
	says := func(want, stdin string, words ...string) {
		t.Helper()
		out, _ := within(stdin, append(slices.Clone(i.command), words...)...).CombinedOutput()
		if !strings.Contains(string(out), want) {
			t.Errorf("%s: it does not say %q:\n%s", strings.Join(words, " "), want, out)
		}
	}
	says("nod v9.8.7, ", "", "version")
	says("nothing answers at NOD_ADMIN_ADDR", "", "ready")

	serving := within("", append(slices.Clone(i.command), i.serve...)...)
	var log output
	serving.Stderr = &log
	if err := serving.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serving.Wait() }()
	look, late := time.NewTicker(100*time.Millisecond), time.After(60*time.Second)
	defer look.Stop()
	for within("", i.health...).Run() != nil {
		select {
		case <-look.C:
		case err := <-ended:
			t.Fatalf("it ended: %v\n%s", err, log.String())
		case <-late:
			t.Fatalf("its health check does not succeed:\n%s", log.String())
		}
	}
	says("imported: 1 line changed something", "employee_no,name,email,manager_no,department,title,roles,country,timezone,language,hired_on\nE001,林小雨,,,,,admin,CN,Asia/Shanghai,zh,2015-06-01\n", "import", "people", "-", "-apply")
	says("Telegram: fine", "", "check")
	if err := serving.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v\n%s", err, log.String())
	}
}

// isStatic makes sure that a program asks for no loader and no libraries.
func isStatic(t *testing.T, path string) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it wants a loader")
		}
	}
	if libraries, _ := f.ImportedLibraries(); len(libraries) > 0 {
		t.Errorf("it wants %v", libraries)
	}
}

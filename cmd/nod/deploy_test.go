package main

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/storage/storagetest"
)

// root is the repository, as tests of this package see it.
var root = filepath.Join("..", "..")

// What make build makes, and what is made of it: an image, and a machine's service.
func TestBuilt(t *testing.T) {
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
	out, err := exec.Command("git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
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

type composition struct {
	Name     string `yaml:"name"`
	Services map[string]struct {
		Build       string            `yaml:"build"`
		Image       string            `yaml:"image"`
		Restart     string            `yaml:"restart"`
		DependsOn   map[string]any    `yaml:"depends_on"`
		Environment map[string]string `yaml:"environment"`
		Secrets     []string          `yaml:"secrets"`
		Networks    []string          `yaml:"networks"`
		Ports       []string          `yaml:"ports"`
		Volumes     []string          `yaml:"volumes"`
		Command     string            `yaml:"command"`
		Healthcheck struct {
			Test        []string `yaml:"test"`
			Interval    string   `yaml:"interval"`
			Timeout     string   `yaml:"timeout"`
			StartPeriod string   `yaml:"start_period"`
		} `yaml:"healthcheck"`
		Stop     string         `yaml:"stop_grace_period"`
		ReadOnly bool           `yaml:"read_only"`
		CapDrop  []string       `yaml:"cap_drop"`
		Security []string       `yaml:"security_opt"`
		Logging  map[string]any `yaml:"logging"`
	} `yaml:"services"`
	Networks map[string]struct {
		Internal bool `yaml:"internal"`
	} `yaml:"networks"`
	Volumes map[string]any `yaml:"volumes"`
	Secrets map[string]struct {
		File string `yaml:"file"`
	} `yaml:"secrets"`
}

// The compose file of docs/install.md, with the secrets that the page makes: nod takes its environment, every secret is there and used, nothing but nod's
// public port is published, and that on this machine only.
func TestCompose(t *testing.T) {
	deploy := filepath.Join(root, "deploy")
	var c composition
	if err := yaml.NewDecoder(strings.NewReader(from(filepath.Join(deploy, "compose.yaml"))), yaml.Strict()).Decode(&c); err != nil {
		t.Fatal(yaml.FormatError(err, false, true))
	}
	secrets := pageSecrets(t)
	used := map[string]bool{}
	for name, s := range c.Services {
		if s.Restart != "unless-stopped" || len(s.Healthcheck.Test) == 0 || len(s.Logging) == 0 {
			t.Errorf("%s: it restarts %q, and its health is asked by %q", name, s.Restart, s.Healthcheck.Test)
		}
		for _, secret := range s.Secrets {
			used[secret] = true
		}
		for _, n := range s.Networks {
			if n != "default" && !c.Networks[n].Internal {
				t.Errorf("%s: the network %s is open to the outside", name, n)
			}
		}
		if name != "nod" && (len(s.Ports) > 0 || slices.Contains(s.Networks, "default")) {
			t.Errorf("%s can be reached from outside", name)
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if _, named := c.Volumes[source]; named {
				continue
			}
			if info, err := os.Stat(filepath.Join(deploy, source)); err != nil || info.IsDir() {
				t.Errorf("%s: the volume %s is not there: %v", name, source, err)
			}
		}
		for waits := range s.DependsOn {
			if _, ok := c.Services[waits]; !ok {
				t.Errorf("%s waits for %s, which there is not", name, waits)
			}
		}
	}
	for name, s := range c.Secrets {
		if _, err := os.Stat(filepath.Join(secrets, filepath.Base(s.File))); err != nil || filepath.Dir(s.File) != "secrets" {
			t.Errorf("the secret %s: the page does not make %s: %v", name, s.File, err)
		}
		if !used[name] {
			t.Errorf("no service has the secret %s", name)
		}
	}

	nod, i := c.Services["nod"], lastStage(t)
	if _, err := os.Stat(filepath.Join(deploy, nod.Build, "Dockerfile")); err != nil {
		t.Error(err)
	}
	if !slices.Equal(nod.Healthcheck.Test, append([]string{"CMD"}, i.health...)) {
		t.Errorf("its health is asked by %q, the image's by %q", nod.Healthcheck.Test, i.health)
	}
	if !slices.Equal(nod.Ports, []string{"127.0.0.1:8080:" + i.words["EXPOSE"]}) {
		t.Errorf("published is %q", nod.Ports)
	}
	if stop, err := time.ParseDuration(nod.Stop); err != nil || stop <= drain {
		t.Errorf("it is killed after %s, and wants %s to finish", nod.Stop, drain)
	}
	if !nod.ReadOnly || !slices.Equal(nod.CapDrop, []string{"ALL"}) || !slices.Equal(nod.Security, []string{"no-new-privileges:true"}) {
		t.Error("nod may do more than it needs")
	}
	known := variables()
	config, err := readConfig(func(name string) string {
		value := nod.Environment[name]
		if secret, ok := strings.CutPrefix(value, "/run/secrets/"); ok {
			if !slices.Contains(nod.Secrets, secret) {
				t.Errorf("%s names a secret that nod is not given", name)
			}
			return filepath.Join(secrets, filepath.Base(c.Secrets[secret].File))
		}
		return value
	})
	if err != nil {
		t.Errorf("nod does not take this environment: %v", err)
	}
	for name := range nod.Environment {
		if !known[name] {
			t.Errorf("nod knows no %s", name)
		}
	}
	if config.Database == "" || config.SlackAppToken == "" || config.TelegramBotToken == "" || config.Redis == "" {
		t.Errorf("something is not set: %+v", config)
	}
	if host := regexp.MustCompile(`@(\w+):`).FindStringSubmatch(config.Database.Reveal()); host == nil || c.Services[host[1]].Image == "" {
		t.Error("the address of the database names no service")
	}

	makesTheRole(t, filepath.Join(deploy, "postgres.sh"), secrets)
}

// pageSecrets makes the secrets as docs/install.md says, and gives their folder. The tokens that it leaves open are filled in.
func pageSecrets(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "deploy"), 0o755); err != nil {
		t.Fatal(err)
	}
	random := "#!/bin/sh\n[ \"$*\" = 'rand -hex 24' ] && od -An -v -tx1 -N24 /dev/urandom | tr -d ' \\n'\n" // openssl may not be installed
	if err := os.WriteFile(filepath.Join(dir, "openssl"), []byte(random), 0o755); err != nil {
		t.Fatal(err)
	}
	made := blocks(t, "install.md", "## With Docker")[0].text
	made = strings.NewReplacer("xoxb-…", "xoxb-1", "xapp-…", "xapp-1", "123456:ABC…", "123456:ABC").Replace(made)
	c := exec.Command("sh", "-eu", "-c", made)
	c.Dir, c.Env = dir, append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	secrets := filepath.Join(dir, "deploy", "secrets")
	if info, err := os.Stat(secrets); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of the secrets is open to others: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(secrets, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no secrets", err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o644 || info.Size() < 5 {
			t.Errorf("%s: the user in the container cannot read it: %v", file, err)
		}
	}
	return secrets
}

// makesTheRole runs what the postgres image runs at its first start, and looks at the role and the database that come of it.
func makesTheRole(t *testing.T, script, secrets string) {
	t.Helper()
	x := newReader(t)
	text := strings.NewReplacer("-U postgres -d postgres", "-d '"+storagetest.Admin(t)+"'", "ROLE nod", "ROLE "+strings.TrimSpace(x.names.Replace(" nod ")),
		"DATABASE nod OWNER nod;", x.names.Replace("DATABASE nod OWNER nod;")).Replace(from(script))
	c := exec.Command("sh", "-c", text)
	c.Env = append(os.Environ(), "SECRETS="+secrets)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	x.env = append(x.env, "DATABASE_URL="+x.address("nod"))
	if out := x.enter("nod migrate"); !strings.Contains(out, "applied 0001_start.sql") {
		t.Errorf("the role that the image makes cannot migrate: %s", out)
	}
}

// settings are the lines NAME=VALUE of a unit or an environment file, in which a line that begins with # is a remark.
func settings(text string) (list [][2]string) {
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			list = append(list, [2]string{name, value})
		}
	}
	return list
}

// The unit as make install leaves it: it starts what was installed, with the file that the page makes, whose names nod knows and which a shell and systemd
// read alike. systemd itself is asked where it is installed.
func testUnit(t *testing.T, built string) {
	prefix := t.TempDir()
	c := exec.Command("make", "install", "PREFIX="+prefix)
	c.Dir = built
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("make install: %v\n%s", err, out)
	}
	path := filepath.Join(prefix, "lib", "systemd", "system", "nod.service")
	unit := map[string]string{}
	for _, s := range settings(from(path)) {
		unit[s[0]] = s[1]
	}
	program, command, _ := strings.Cut(unit["ExecStart"], " ")
	if info, err := os.Stat(program); err != nil || info.Mode().Perm() != 0o755 || command != "serve" || program != filepath.Join(prefix, "bin", "nod") {
		t.Errorf("it starts %s: %v", unit["ExecStart"], err)
	}
	if seconds, err := strconv.Atoi(unit["TimeoutStopSec"]); err != nil || time.Duration(seconds)*time.Second <= drain {
		t.Errorf("it is killed after %s s, and wants %s to finish", unit["TimeoutStopSec"], drain)
	}
	page := from(filepath.Join(root, "docs", "install.md"))
	if !strings.Contains(page, "install -D -m 600 deploy/nod.env "+unit["EnvironmentFile"]) {
		t.Errorf("the page does not make %s", unit["EnvironmentFile"])
	}
	if analyze, err := exec.LookPath("systemd-analyze"); err == nil {
		if out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
			t.Errorf("systemd says: %v\n%s", err, out)
		}
	}

	file := filepath.Join(root, "deploy", "nod.env")
	open := filepath.Join(t.TempDir(), "nod.env")
	text := regexp.MustCompile(`(?m)^#([A-Z])`).ReplaceAllString(from(file), "$1") // as if everything were set
	if err := os.WriteFile(open, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	known, values := variables(), settings(text)
	for _, s := range values {
		value := strings.TrimSuffix(strings.TrimPrefix(s[1], "'"), "'")
		if !known[s[0]] || s[1] != "'"+value+"'" {
			t.Errorf("nod.env: nod knows no %s, or its value has no quotes", s[0])
		}
		out, err := exec.Command("sh", "-c", "set -a; . "+open+"; set +a; printenv "+s[0]).Output()
		if err != nil || string(out) != value+"\n" {
			t.Errorf("a shell reads %s as %q: %v", s[0], out, err)
		}
	}
	if len(values) < 5 {
		t.Errorf("nod.env has %d variables", len(values))
	}
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

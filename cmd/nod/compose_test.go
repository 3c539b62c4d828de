package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/nod-chat/nod/storage/storagetest"
)

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

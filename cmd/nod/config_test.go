package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func lookup(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestConfigOfNothingWorks(t *testing.T) {
	c, err := readConfig(lookup(nil))
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8080" || c.AdminAddr != "127.0.0.1:8081" || c.SlackAPIURL != "https://slack.com/api/" || c.TelegramAPIURL != "https://api.telegram.org" {
		t.Errorf("defaults are %+v", c)
	}
}

// Every fault is named at once, and no value of a secret.
func TestConfigFaults(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readConfig(lookup(map[string]string{
		"DATABASE_URL": "mysql://u:hidden@h/d?sslmode=hidden", "NOD_MIGRATE_DATABASE_URL": "postgres://u:hidden@h:x/d", "REDIS_URL": "hidden", "NOD_MIGRATE": "yes",
		"NOD_CLOCK_OFFSET": "tomorrow", "NOD_ADDR": "8080", "NOD_ADMIN_ADDR": "localhost:", "NOD_PUBLIC_URL": "nod", "NOD_SECRET_KEY": "hidden", "NOD_LOG": "loud",
		"NOD_WEBHOOK_SECRET": "whsec_hidden!", "SLACK_BOT_TOKEN": "xoxp-hidden", "SLACK_TEAM_ID": "lantern", "SLACK_API_URL": "ftp://x", "NOD_SLACK_PREFIX": "N/",
		"TELEGRAM_BOT_TOKEN": "hidden", "TELEGRAM_API_URL": "x", "TELEGRAM_WEBHOOK_SECRET": "hidden!", "TELEGRAM_WEBHOOK_SECRET_FILE": "/nowhere",
		"SLACK_APP_TOKEN_FILE": "/nowhere/at-all", "SLACK_SIGNING_SECRET_FILE": empty,
	}))
	if err == nil {
		t.Fatal("nothing was found")
	}
	if strings.Contains(err.Error(), "hidden") {
		t.Errorf("a secret shows in\n%s", err)
	}
	var got []string
	for line := range strings.Lines(err.Error()) {
		name, _, _ := strings.Cut(line, " ")
		got = append(got, strings.Trim(name, ":"))
	}
	want := []string{"DATABASE_URL", "NOD_MIGRATE_DATABASE_URL", "REDIS_URL", "NOD_MIGRATE", "NOD_CLOCK_OFFSET", "NOD_ADDR", "NOD_ADMIN_ADDR", "NOD_PUBLIC_URL", "NOD_SECRET_KEY",
		"NOD_LOG", "NOD_WEBHOOK_SECRET", "SLACK_BOT_TOKEN", "SLACK_BOT_TOKEN", "SLACK_TEAM_ID", "SLACK_API_URL", "NOD_SLACK_PREFIX", "TELEGRAM_BOT_TOKEN", "TELEGRAM_API_URL",
		"TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_WEBHOOK_SECRET", "SLACK_APP_TOKEN_FILE", "SLACK_SIGNING_SECRET_FILE"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q\n%s", got, want, err)
	}
}

func TestSecretsFromFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("postgres://u@h/d\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(lookup(map[string]string{"DATABASE_URL_FILE": path}))
	if err != nil || c.Database.Reveal() != "postgres://u@h/d" {
		t.Errorf("got %q, %v", c.Database.Reveal(), err)
	}
	if _, err := readConfig(lookup(map[string]string{"DATABASE_URL": "postgres://u@h/d", "DATABASE_URL_FILE": path})); err == nil || !strings.Contains(err.Error(), "both set") {
		t.Errorf("both set: %v", err)
	}
}

// Telegram calls https addresses only; a Bot API server of one's own calls any.
func TestWebhookWantsHTTPS(t *testing.T) {
	for _, c := range []struct {
		public, api string
		fine        bool
	}{
		{"https://nod.example.com", "", true},
		{"http://nod.example.com", "", false},
		{"http://nod.example.com", "https://api.telegram.org/", false},
		{"http://10.0.0.7:8080", "http://10.0.0.8:8081", true},
		{"", "", false},
	} {
		_, err := readConfig(lookup(map[string]string{"TELEGRAM_BOT_TOKEN": "1:a", "TELEGRAM_WEBHOOK_SECRET": "s", "NOD_PUBLIC_URL": c.public, "TELEGRAM_API_URL": c.api}))
		if (err == nil) != c.fine || err != nil && !strings.Contains(err.Error(), "NOD_PUBLIC_URL") {
			t.Errorf("%q %q: %v", c.public, c.api, err)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// However a configuration is printed, logged or encoded, no secret is in it.
func TestSecretsAreMasked(t *testing.T) {
	const secret = "xoxb-do-not-show"
	c, err := readConfig(func(name string) string {
		return map[string]string{"SLACK_BOT_TOKEN": secret, "SLACK_APP_TOKEN": "xapp-do-not-show", "DATABASE_URL": "postgres://u:do-not-show@localhost/d"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.SlackBotToken.Reveal() != secret {
		t.Errorf("the token is %q", c.SlackBotToken.Reveal())
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+" "+verb+"\n", c.SlackBotToken, c)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("configured", "token", c.SlackBotToken, "config", c)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{"do-not-show", fmt.Sprintf("%x", "do-not-show")} {
		if strings.Contains(out.String(), shown) {
			t.Errorf("a secret shows in\n%s", out.String())
		}
	}
	if !strings.Contains(out.String(), mask) {
		t.Errorf("nothing says that there is a secret:\n%s", out.String())
	}
}

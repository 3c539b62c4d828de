package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// checkSlack tries both tokens and the way by which Slack's requests come.
func checkSlack(ctx context.Context, c Config) error {
	config := slackConfig(c)
	config.Log = slog.New(slog.DiscardHandler)
	chat := slack.New(config)
	at, err := askSlack(ctx, chat)
	faults := []error{err}
	if err == nil {
		faults = append(faults, lackingScopes(at.Scopes))
	}
	if c.SlackAppToken != "" {
		ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
		defer cancel()
		if err := chat.TrySocket(ctx); err != nil {
			faults = append(faults, fmt.Errorf("SLACK_APP_TOKEN does not open Socket Mode: %s; make a token with connections:write under "+
				"Basic Information → App-Level Tokens, and see that Socket Mode is on", oneLine(err)))
		}
	}
	if c.SlackSigningSecret != "" {
		faults = append(faults, checkSigning(ctx, c))
	}
	return errors.Join(faults...)
}

// slackFinds tells whether nod serve will find somebody in Slack by their address and make them known. Why Slack cannot be asked, if it
// cannot, is said of Slack.
func slackFinds(ctx context.Context, store *storage.Store, c Config, p workflows.Person) bool {
	if c.SlackBotToken == "" || p.Email == "" {
		return false
	}
	config := slackConfig(c)
	config.Log = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	member, found, err := slack.New(config).Lookup(ctx, p.Email)
	if err != nil || !found || !sameAddress(member, p) {
		return false
	}
	binds, err := store.BindsByEmail(ctx, slackUser(member.Team, member.User), member.Email, time.Now())
	return err == nil && binds
}

// lackingScopes compares what Slack says the bot token may do with what the adapter calls.
func lackingScopes(granted []string) error {
	if granted == nil { // a proxy took the header away: nothing can be said
		return nil
	}
	lacking := slices.DeleteFunc(slack.Scopes(), func(scope string) bool { return slices.Contains(granted, scope) })
	if len(lacking) == 0 {
		return nil
	}
	return fmt.Errorf("the app lacks the scopes %s; add them under OAuth & Permissions, as deploy/slack-manifest.yaml has them, and "+
		"reinstall the app", strings.Join(lacking, ", "))
}

var signingSecret = regexp.MustCompile(`^[0-9a-f]{32}$`)

// checkSigning looks at the signing secret, and has the service that runs at NOD_PUBLIC_URL answer a challenge as Slack would set it:
// docs.slack.dev/reference/events/url_verification. The answer tells whether nod is reached there, and whether it has the same secret.
func checkSigning(ctx context.Context, c Config) error {
	if !signingSecret.MatchString(c.SlackSigningSecret.Reveal()) {
		return errors.New("SLACK_SIGNING_SECRET does not look like one: Basic Information → Signing Secret shows 32 digits and letters a " +
			"to f")
	}
	if c.PublicURL == "" {
		return nil
	}
	address := strings.TrimSuffix(c.PublicURL, "/") + "/slack/events"
	challenge := rand.Text()
	body, err := json.Marshal(map[string]string{"type": "url_verification", "challenge": challenge})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("NOD_PUBLIC_URL is no address; write it as https://nod.example.com")
	}
	r.Header.Set("Content-Type", "application/json")
	slack.Sign(r, c.SlackSigningSecret.Reveal(), time.Now(), body)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("nothing answers at %s: %s; start nod serve, and check NOD_PUBLIC_URL and the proxy before it", address,
			oneLine(err))
	}
	defer resp.Body.Close()
	var answer struct {
		Challenge string `json:"challenge"`
	}
	content, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // what is cut off is no answer of ours
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("%s refuses a signature made with SLACK_SIGNING_SECRET: the nod that runs there has another secret, or a clock "+
			"that is off by minutes; give it this secret and restart it", address)
	case json.Unmarshal(content, &answer) != nil || answer.Challenge != challenge:
		return fmt.Errorf("another program than nod, or a nod without SLACK_SIGNING_SECRET, answers at %s (HTTP %d); check "+
			"NOD_PUBLIC_URL, and that the proxy passes /slack/ on to NOD_ADDR", address, resp.StatusCode)
	}
	return nil
}

// checkTelegram tries the token and asks Telegram what it thinks of the webhook. Two pollers show in the alerts: to ask for updates
// here would be a third.
func checkTelegram(ctx context.Context, c Config) error {
	config := telegramConfig(c)
	config.Log = slog.New(slog.DiscardHandler)
	chat, err := telegram.New(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	if _, err := chat.Check(ctx); err != nil {
		return fmt.Errorf("%w; check TELEGRAM_BOT_TOKEN", err)
	}
	address := ""
	if c.TelegramWebhookSecret != "" {
		if address = webhookAddress(c); c.PublicURL == "" {
			return nil // the configuration's fault, which is reported there
		}
	}
	wrong, err := chat.WebhookHealth(ctx, address)
	if err == nil && wrong != "" {
		err = errors.New(wrong)
	}
	return err
}

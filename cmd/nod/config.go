package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/nod-chat/nod/storage"
)

// Config is the environment. What is empty is off, or has a default that works.
type Config struct {
	Database        Secret        `env:"DATABASE_URL"`
	MigrateDatabase Secret        `env:"NOD_MIGRATE_DATABASE_URL"` // of a role that owns the tables; empty: DATABASE_URL's does
	Migrate         string        `env:"NOD_MIGRATE"`              // "off": serve applies no migrations
	DemoDatabase    bool          `env:"NOD_DEMO_DATABASE"`        // it is the demonstration's own, which may begin it anew; set by cmd/dev
	Redis           Secret        `env:"REDIS_URL"`
	ClockOffset     time.Duration `env:"NOD_CLOCK_OFFSET"`
	Addr            string        `env:"NOD_ADDR" envDefault:"127.0.0.1:8080"`
	AdminAddr       string        `env:"NOD_ADMIN_ADDR" envDefault:"127.0.0.1:8081"`
	PublicURL       string        `env:"NOD_PUBLIC_URL"`
	SecretKey       Secret        `env:"NOD_SECRET_KEY"`
	Policy          string        `env:"NOD_POLICY"` // path; empty: the policy that ships with the program
	Log             slog.Level    `env:"NOD_LOG" envDefault:"info"`
	WebhookSecret   Secret        `env:"NOD_WEBHOOK_SECRET"` // two, separated by a space, while rotating

	SlackBotToken      Secret `env:"SLACK_BOT_TOKEN"`
	SlackSigningSecret Secret `env:"SLACK_SIGNING_SECRET"` // HTTP mode
	SlackAppToken      Secret `env:"SLACK_APP_TOKEN"`      // Socket Mode
	SlackTeamID        string `env:"SLACK_TEAM_ID"`
	SlackAPIURL        string `env:"SLACK_API_URL" envDefault:"https://slack.com/api/"`
	SlackPrefix        string `env:"NOD_SLACK_PREFIX"`

	TelegramBotToken      Secret `env:"TELEGRAM_BOT_TOKEN"`
	TelegramAPIURL        string `env:"TELEGRAM_API_URL" envDefault:"https://api.telegram.org"`
	TelegramWebhookSecret Secret `env:"TELEGRAM_WEBHOOK_SECRET"` // webhook mode; empty: long polling
}

// readConfig reads the environment. The error names every fault at once; the config holds what could be read all the same.
func readConfig(getenv func(string) string) (Config, error) {
	var c Config
	values := map[string]string{}
	variables := map[string]string{} // by field
	var faults []error
	for field := range reflect.TypeFor[Config]().Fields() {
		name := field.Tag.Get("env")
		variables[field.Name] = name
		value, err := getenv(name), error(nil)
		if field.Type == reflect.TypeFor[Secret]() {
			value, err = fromFile(name, value, getenv(name+"_FILE"))
		}
		if err != nil {
			faults = append(faults, err)
		}
		if value != "" {
			values[name] = value
		}
	}
	if err := env.ParseWithOptions(&c, env.Options{Environment: values}); err != nil {
		faults = append(faults, unreadable(err, variables)...)
	}
	return c, errors.Join(append(faults, c.Validate())...)
}

// fromFile gives the secret that NAME_FILE points to, or the one in NAME.
func fromFile(name, value, path string) (string, error) {
	switch {
	case path == "":
		return value, nil
	case value != "":
		return value, fmt.Errorf("%s and %s_FILE are both set; unset one", name, name)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("%s_FILE: the file %s is empty", name, path)
	}
	return secret, nil
}

// unreadable says which variables could not be read at all. Only those that are no secrets can be: a secret is any text.
func unreadable(err error, variables map[string]string) []error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return []error{err}
	}
	var faults []error
	for _, err := range all.Errors {
		var bad env.ParseError
		switch errors.As(err, &bad); variables[bad.Name] {
		case "NOD_CLOCK_OFFSET":
			err = errors.New("NOD_CLOCK_OFFSET is no duration; write it as 90m or -36h")
		case "NOD_LOG":
			err = errors.New("NOD_LOG must be debug, info, warn or error")
		}
		faults = append(faults, err)
	}
	return faults
}

var (
	telegramToken  = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`)
	telegramSecret = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	slackTeam      = regexp.MustCompile(`^[TE][A-Z0-9_]+$`)
	slackPrefix    = regexp.MustCompile(`^[a-z0-9_-]{1,10}$`)
)

// Validate reports every fault of what is set. What a command cannot do without is that command's to say.
func (c Config) Validate() error {
	var faults []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	for name, value := range c.databases() {
		check(value == "" || isPostgres(value.Reveal()), "%s is not a Postgres address; write it as "+
			"postgres://user:password@host:port/database", name)
	}
	check(c.Redis == "" || isURL(c.Redis.Reveal(), "redis", "rediss", "unix"),
		"REDIS_URL is not a Redis address; write it as redis://host:6379/0")
	check(c.Migrate == "" || c.Migrate == "off", `NOD_MIGRATE can only be "off"; unset it to have nod serve apply migrations`)
	check(isAddress(c.Addr), "NOD_ADDR must be an address to listen on, as 127.0.0.1:8080")
	check(isAddress(c.AdminAddr), "NOD_ADMIN_ADDR must be an address to listen on, as 127.0.0.1:8081")
	check(c.PublicURL == "" || isURL(c.PublicURL, "https", "http"),
		"NOD_PUBLIC_URL must be the address at which people reach the bot, as https://nod.example.com")
	check(c.SecretKey == "" || len(c.SecretKey) >= 32, "NOD_SECRET_KEY is too short; it needs 32 bytes or more, as openssl rand -hex 32 "+
		"makes")
	check(c.WebhookSecret == "" || areWebhookSecrets(c.WebhookSecret.Reveal()),
		"NOD_WEBHOOK_SECRET must be whsec_ and base64, or two such with a space between them")

	check(c.SlackBotToken == "" || strings.HasPrefix(c.SlackBotToken.Reveal(), "xoxb-"),
		"SLACK_BOT_TOKEN must be the bot token, which begins with xoxb-")
	check(c.SlackAppToken == "" || strings.HasPrefix(c.SlackAppToken.Reveal(), "xapp-"),
		"SLACK_APP_TOKEN must be the app-level token, which begins with xapp-")
	check(c.SlackBotToken == "" || c.SlackSigningSecret != "" || c.SlackAppToken != "",
		"SLACK_BOT_TOKEN alone cannot receive anything; set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) too")
	check(c.SlackTeamID == "" || slackTeam.MatchString(c.SlackTeamID), "SLACK_TEAM_ID must be a workspace's id, as T0123ABCD")
	check(isURL(c.SlackAPIURL, "https", "http"), "SLACK_API_URL must be an address, as https://slack.com/api/")
	check(c.SlackPrefix == "" || slackPrefix.MatchString(c.SlackPrefix),
		"NOD_SLACK_PREFIX may have up to 10 small letters, digits, - and _")

	check(c.TelegramBotToken == "" || telegramToken.MatchString(c.TelegramBotToken.Reveal()),
		"TELEGRAM_BOT_TOKEN does not look like BotFather's: digits, a colon, then letters and digits")
	check(isURL(c.TelegramAPIURL, "https", "http"), "TELEGRAM_API_URL must be an address, as https://api.telegram.org")
	check(c.TelegramWebhookSecret == "" || telegramSecret.MatchString(c.TelegramWebhookSecret.Reveal()),
		"TELEGRAM_WEBHOOK_SECRET may have up to 256 letters, digits, _ and -")
	check(c.TelegramWebhookSecret == "" || c.PublicURL != "",
		"TELEGRAM_WEBHOOK_SECRET needs NOD_PUBLIC_URL, where Telegram is to call; set it, or unset the secret to poll")
	const official = "https://api.telegram.org" // a server of one's own calls anything
	check(c.TelegramWebhookSecret == "" || c.PublicURL == "" || strings.HasPrefix(c.PublicURL, "https://") ||
		strings.TrimRight(c.TelegramAPIURL, "/") != official,
		"NOD_PUBLIC_URL is no https address, and Telegram calls no other; set one, or unset TELEGRAM_WEBHOOK_SECRET to have nod "+
			"fetch its updates")
	return errors.Join(faults...)
}

// databases yields the two database addresses, in this order.
func (c Config) databases() func(yield func(string, Secret) bool) {
	return func(yield func(string, Secret) bool) {
		_ = yield("DATABASE_URL", c.Database) && yield("NOD_MIGRATE_DATABASE_URL", c.MigrateDatabase)
	}
}

// isPostgres tells an address that the driver understands. Of another scheme it would make one odd setting, and repeat it in its errors.
func isPostgres(s string) bool {
	scheme, _, isURL := strings.Cut(s, "://")
	return (!isURL || scheme == "postgres" || scheme == "postgresql") && storage.ServingRole(s) != ""
}

func isURL(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" && u.Scheme != "unix" {
		return false
	}
	for _, scheme := range schemes {
		if u.Scheme == scheme {
			return true
		}
	}
	return false
}

func isAddress(s string) bool {
	_, port, err := net.SplitHostPort(s)
	return err == nil && port != ""
}

func areWebhookSecrets(s string) bool {
	secrets := strings.Fields(s)
	for _, secret := range secrets {
		encoded, ok := strings.CutPrefix(secret, "whsec_")
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil || len(key) == 0 {
			return false
		}
	}
	return len(secrets) == 1 || len(secrets) == 2
}

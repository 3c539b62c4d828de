package telegram

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"

	"github.com/nod-chat/nod/bot/chat"
)

const (
	secretHeader = "X-Telegram-Bot-Api-Secret-Token"
	mostBody     = 1 << 20
	connections  = 40 // as many calls at once; Telegram's own default
)

// secretShape is https://core.telegram.org/bots/api#setwebhook.
var secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// wanted are the kinds of updates that anything is done with.
var wanted = []string{"message", "edited_message", "callback_query", "my_chat_member"}

// Webhook serves POST /telegram. 200 means that the update is done with; anything else has Telegram send it again.
func (c *Chat) Webhook() http.Handler {
	secret := sha256.Sum256([]byte(c.Secret))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "POST only", http.StatusMethodNotAllowed)
			return
		}
		given := sha256.Sum256([]byte(r.Header.Get(secretHeader))) // hashed, so that not even its length is told
		if c.Secret == "" || len(r.Header.Values(secretHeader)) != 1 || subtle.ConstantTimeCompare(secret[:], given[:]) != 1 {
			c.Log.WarnContext(r.Context(), "a webhook call without the right secret was refused")
			c.Alarm.Alert(r.Context(), "alert.telegram.secret", "", nil)
			chat.Refuse(w, http.StatusUnauthorized, "wrong secret")
			return
		}
		body, free, ok := c.Bodies.Read(w, r, mostBody)
		if !ok {
			return
		}
		free() // its sender is known
		c.received("")
		ctx, cancel := context.WithTimeout(r.Context(), c.Times.Webhook)
		defer cancel()
		j := c.take(body)
		select {
		case <-j.done:
			if j.err == nil {
				return
			}
		case <-ctx.Done():
		}
		http.Error(w, "not saved yet", http.StatusServiceUnavailable)
	})
}

// SetWebhook has Telegram send updates to the address, with the configured secret. It calls setWebhook only when something differs, so that
// many replicas that start together do not earn a 429. What is set cannot be read back whole: Telegram keeps the secret to itself, but says
// when it was answered 401.
func (c *Chat) SetWebhook(ctx context.Context, address string) error {
	if c.Secret == "" {
		return errors.New("TELEGRAM_WEBHOOK_SECRET is not set")
	}
	if !strings.HasPrefix(address, "http") {
		return fmt.Errorf("NOD_PUBLIC_URL gives %s, which is no address", address)
	}
	info, err := c.api.GetWebhookInfo(ctx)
	if err != nil {
		return fmt.Errorf("ask Telegram for its webhook: %w", err)
	}
	refused := strings.Contains(info.LastErrorMessage, "401")
	if info.URL == address && !refused && sameKinds(info.AllowedUpdates) {
		return nil
	}
	for range 3 {
		_, err = c.api.SetWebhook(ctx, &tg.SetWebhookParams{URL: address, SecretToken: c.Secret, AllowedUpdates: wanted,
			MaxConnections: connections})
		wait, ok := retryAfter(err)
		if !ok {
			break
		}
		if err := c.Pause(ctx, wait); err != nil {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("set Telegram's webhook: %w", err)
	}
	return nil
}

func sameKinds(set []string) bool {
	a, b := slices.Sorted(slices.Values(set)), slices.Sorted(slices.Values(wanted))
	return slices.Equal(a, b)
}

// WebhookHealth says what is wrong with the webhook, as Telegram sees it, and what to do; "" when nothing is. An empty address: none should
// be set, since updates are fetched.
func (c *Chat) WebhookHealth(ctx context.Context, address string) (string, error) {
	info, err := c.api.GetWebhookInfo(ctx)
	if err != nil {
		return "", fmt.Errorf("ask Telegram for its webhook: %w", err)
	}
	const otherProgram = "another program sets it with the same token"
	failed := func() string {
		return fmt.Sprintf("Telegram's last call failed at %s: %s (%d updates wait)",
			time.Unix(int64(info.LastErrorDate), 0).UTC().Format(time.RFC3339),
			strings.Join(strings.Fields(info.LastErrorMessage), " "), info.PendingUpdateCount)
	}
	switch {
	case address == "" && info.URL != "":
		return "updates are to be fetched (TELEGRAM_WEBHOOK_SECRET is not set), but a webhook is set to " + info.URL +
			", so Telegram gives none; nod serve removes it when it starts: if it comes back, " + otherProgram, nil
	case address == "":
		return "", nil
	case info.URL == "":
		return "no webhook is set, so Telegram sends nothing; nod serve sets it when it starts: if it is gone again, another program " +
			"fetches updates with the same token", nil
	case info.URL != address:
		return "the webhook is set to another address, " + info.URL + "; restart nod serve, which sets it to " + address +
			": if it changes back, " + otherProgram, nil
	case info.PendingUpdateCount == 0 && time.Since(time.Unix(int64(info.LastErrorDate), 0)) > time.Hour:
		return "", nil // it is told for long after all is well again
	case strings.Contains(info.LastErrorMessage, "401"):
		return failed() + "; the secret that Telegram knows is not TELEGRAM_WEBHOOK_SECRET: restart nod serve, which sets it anew", nil
	case info.LastErrorMessage != "":
		return failed() + "; check that " + address +
			" can be reached from the internet with a valid certificate, and that nod serve runs behind it", nil
	}
	return "", nil
}

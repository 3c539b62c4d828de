package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// Slack's own bound on the age of a signature: docs.slack.dev/authentication/verifying-requests-from-slack.
	maxAge = 5 * time.Minute

	stampHeader     = "X-Slack-Request-Timestamp"
	signatureHeader = "X-Slack-Signature"
)

var (
	errUnsigned = errors.New("the signature is missing or malformed")
	errForged   = errors.New("the signature does not match")
	errStale    = errors.New("the signature is too old or from the future")
)

// verify checks the v0 signature over the raw body. Without a signing secret nothing is genuine. It is no protection against a replay
// within five minutes: that is what causes are for.
func (c *Chat) verify(h http.Header, body []byte) error {
	stamp := h.Get(stampHeader)
	hexed, ok := strings.CutPrefix(h.Get(signatureHeader), "v0=")
	sent, err := hex.DecodeString(hexed)
	if c.SigningSecret == "" || !ok || err != nil || len(sent) != sha256.Size || len(h.Values(signatureHeader)) != 1 {
		return errUnsigned
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return errUnsigned
	}
	if !hmac.Equal(signature(c.SigningSecret, stamp, body), sent) {
		return errForged
	}
	if age := c.Now().Sub(time.Unix(seconds, 0)); age > maxAge || age < -maxAge {
		return errStale
	}
	return nil
}

// signature is what Slack makes of a body: docs.slack.dev/authentication/verifying-requests-from-slack.
func signature(secret, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:", stamp)
	mac.Write(body)
	return mac.Sum(nil)
}

// Sign signs a request as Slack does, for trying whether it would be let in.
func Sign(r *http.Request, secret string, at time.Time, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set(stampHeader, stamp)
	r.Header.Set(signatureHeader, "v0="+hex.EncodeToString(signature(secret, stamp, body)))
}

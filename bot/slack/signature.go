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

// seal is the signature that a request brings.
type seal struct {
	secret, stamp string
	sent          []byte
}

// signed reads the v0 signature and checks all of it that needs no body, so that no stranger's body is read. Without a signing secret
// nothing is genuine. It is no protection against a replay within five minutes: that is what causes are for.
func (c *Chat) signed(h http.Header) (seal, error) {
	stamp := h.Get(stampHeader)
	hexed, ok := strings.CutPrefix(h.Get(signatureHeader), "v0=")
	sent, err := hex.DecodeString(hexed)
	if c.SigningSecret == "" || !ok || err != nil || len(sent) != sha256.Size || len(h.Values(signatureHeader)) != 1 {
		return seal{}, errUnsigned
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return seal{}, errUnsigned
	}
	if age := c.Now().Sub(time.Unix(seconds, 0)); age > maxAge || age < -maxAge {
		return seal{}, errStale
	}
	return seal{c.SigningSecret, stamp, sent}, nil
}

// of tells whether the signature is that of a body.
func (s seal) of(body []byte) bool { return hmac.Equal(signature(s.secret, s.stamp, body), s.sent) }

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

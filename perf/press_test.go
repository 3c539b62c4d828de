//go:build bench

package perf

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/slack/slacktest"
)

// button is what one press on Approve differs in from another.
type button struct {
	user    string // of Slack, who presses
	message string // the card's timestamp
	subject string // the request's ID
	number  string // what the answer calls the request
	digest  string // of what the card showed
}

// pressForm is the body of a press, as Slack sends it, cut where a press differs from another: a text, what stands for a field, a text,
// and so on.
type pressForm struct{ texts, fields []string }

// What a press differs in.
const (
	userField    = "user"
	channelField = "channel"
	messageField = "message"
	subjectField = "subject"
	numberField  = "number"
	digestField  = "digest"
	momentField  = "moment"  // of the press, which tells it from others by the same person on the same message
	addressField = "address" // its response_url
)

// cutForm cuts a real press; stands tells which field each of its words is.
func cutForm(t *testing.T, payload map[string]any, stands map[string]string) (f pressForm) {
	t.Helper()
	raw, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	var words []string
	for word, field := range stands {
		if !strings.Contains(text, word) {
			t.Fatalf("the press says nowhere what its %s is, %q:\n%s", field, word, text)
		}
		words = append(words, regexp.QuoteMeta(word))
	}
	for {
		at := regexp.MustCompile(strings.Join(words, "|")).FindStringIndex(text)
		if at == nil {
			f.texts = append(f.texts, url.QueryEscape(text))
			f.texts[0] = "payload=" + f.texts[0]
			return f
		}
		f.texts = append(f.texts, url.QueryEscape(text[:at[0]]))
		f.fields = append(f.fields, stands[text[at[0]:at[1]]])
		text = text[at[1]:]
	}
}

// body fills the form in.
func (f pressForm) body(values map[string]string) []byte {
	var b bytes.Buffer
	for i, text := range f.texts {
		b.WriteString(text)
		if i < len(f.fields) {
			b.WriteString(url.QueryEscape(values[f.fields[i]]))
		}
	}
	return b.Bytes()
}

// slackPatience is how long Slack waits for an acknowledgement: docs.slack.dev/interactivity/handling-user-interaction.
const slackPatience = 3 * time.Second

// connection is one over which presses go, one after the other. It does as little as it can, since it runs on the processors that are
// measured.
type connection struct {
	net.Conn
	in   *bufio.Reader
	host string
}

func dial(host string) (*connection, error) {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	return &connection{conn, bufio.NewReader(conn), host}, nil
}

// post sends a signed press, and gives how long its acknowledgement took. Anything but a 200 is an error.
func (c *connection) post(body []byte) (time.Duration, error) {
	header := slacktest.Sign(slacktest.SigningSecret, time.Now(), body)
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	var out bytes.Buffer
	fmt.Fprintf(&out, "POST /slack/interactions HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", c.host, len(body))
	if err := header.Write(&out); err != nil {
		return 0, err
	}
	out.WriteString("\r\n")
	out.Write(body)
	begin := time.Now()
	if err := c.SetDeadline(begin.Add(slackPatience)); err != nil {
		return 0, err
	}
	if _, err := c.Write(out.Bytes()); err != nil {
		return 0, err
	}
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, said)
	}
	return time.Since(begin), err
}

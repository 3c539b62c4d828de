package telegram

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"
)

// I11: why a download failed is said without the address, which holds the token, and without the host.
func TestReasonHoldsNoAddress(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(149, 154, 167, 220), Port: 443}, Err: errors.New("connection refused")}
	for _, err := range []error{refused, &url.Error{Op: "Get", URL: "https://api.telegram.org/file/bot1:AAsecret/documents/x.pdf", Err: refused},
		&url.Error{Op: "Get", URL: "https://api.telegram.org/file/bot1:AAsecret/documents/x.pdf", Err: errors.New("EOF")}} {
		if got := reason(err); strings.Contains(got, "AAsecret") || strings.Contains(got, "149.154") || got == "" {
			t.Errorf("%v is told as %q", err, got)
		}
	}
}

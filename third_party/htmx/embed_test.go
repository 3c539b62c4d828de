package htmx

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// Somebody who changes the vendored file has to say so in three places that a reviewer reads.
func TestChecksum(t *testing.T) {
	sum := sha256.Sum256(Script)
	if got := hex.EncodeToString(sum[:]); got != SHA256 {
		t.Errorf("htmx.min.js has sha256 %s, embed.go says %s", got, SHA256)
	}
	if !strings.Contains(string(Script), `"`+Version+`"`) {
		t.Errorf("htmx.min.js does not call itself %s", Version)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, fact := range []string{SHA256, "| " + Version + " "} {
		if !strings.Contains(string(readme), fact) {
			t.Errorf("README.md does not name %s", fact)
		}
	}
}

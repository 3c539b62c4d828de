package font

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// Somebody who changes the vendored file has to say so in places that a reviewer reads.
func TestChecksum(t *testing.T) {
	sum := sha256.Sum256(DroidSansFallbackFull)
	if got := hex.EncodeToString(sum[:]); got != SHA256 {
		t.Errorf("DroidSansFallbackFull.ttf has sha256 %s, embed.go says %s", got, SHA256)
	}
	for file, facts := range map[string][]string{
		"README.md":    {SHA256, "| " + Version + " "},
		"LICENSE":      {"Apache License", "Version 2.0, January 2004"},
		"../../NOTICE": {"third_party/font ", "third_party/font/LICENSE"},
	} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, fact := range facts {
			if !strings.Contains(string(content), fact) {
				t.Errorf("%s does not say %s", file, fact)
			}
		}
	}
}

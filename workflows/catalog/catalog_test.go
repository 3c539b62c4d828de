package catalog_test

import (
	"testing"

	"github.com/nod-chat/nod/workflows/catalog"
)

// A request is found by its number alone, so no two kinds may share a prefix; nor a name, which is that of its section of the policy file
// too, nor a command.
func TestKindsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	once := func(what, name string) {
		if name == "" || seen[what+name] {
			t.Errorf("the %s %q is there twice or empty", what, name)
		}
		seen[what+name] = true
	}
	for _, b := range catalog.Kinds() {
		once("kind", string(b.Definition.Kind))
		once("prefix", b.Definition.Prefix)
		if b.Command != "" {
			once("command", b.Command)
		}
	}
}

package catalog_test

import (
	"testing"

	"github.com/nod-chat/nod/workflows/catalog"
	"github.com/nod-chat/nod/workflows/policy"
)

// A request is found by its number alone, so no two kinds may share a prefix; nor a name, nor a section of the policy file.
func TestKindsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	once := func(what, name string) {
		if name == "" || seen[what+name] {
			t.Errorf("the %s %q is there twice or empty", what, name)
		}
		seen[what+name] = true
	}
	for _, e := range catalog.Entries() {
		once("kind", string(e.Kind))
		once("section", e.Section)
	}
	for _, k := range policy.Default().Kinds() {
		once("prefix", k.Prefix)
	}
}

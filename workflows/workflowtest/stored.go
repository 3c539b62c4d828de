package workflowtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

// Stored loads the definitions that programs of the past have stored, dir/definitions/HASH.json, each under its hash, and plays the
// transcript beside it, HASH.txtar, whose requests begin with that definition and whose policy is today's. What a later program writes in
// other words, or has given up, does not keep a request from ending as it began. Such a file is never renewed; for a kind that has none
// yet, -update stores the definition of today.
func Stored(t *testing.T, dir string, o Options) {
	t.Helper()
	dir = filepath.Join(dir, "definitions")
	if *update {
		storeFirst(t, dir, o.Kind)
	}
	for _, file := range files(t, dir, "*.json") {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		hash := strings.TrimSuffix(filepath.Base(file), ".json")
		a := o.open(t, filepath.Join(dir, hash+".txtar"))
		t.Run(hash, func(t *testing.T) { a.playStored(t, hash, content) })
		t.Run(hash+" with fields added since", func(t *testing.T) { a.playStored(t, hash, later(t, content)) })
	}
}

func (a archive) playStored(t *testing.T, hash string, content []byte) {
	t.Helper()
	var d workflows.Definition
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	kind, err := a.rules.Restore(d, hash)
	if err != nil {
		t.Fatal(err)
	}
	if kind.Hash() != hash || kind.Kind != a.Kind {
		t.Fatalf("%s of %s came back as %s of %s", hash, a.Kind, kind.Hash(), kind.Kind)
	}
	m := NewMemory(t, a.rules)
	if m.byHash[hash] != nil {
		t.Fatalf("%s: today's policy is the one that was stored, so nothing is tested", a.file)
	}
	m.use(kind)
	if s := a.play(t, m); len(s.requests) == 0 {
		t.Fatalf("%s makes no request", a.file)
	}
}

// later adds to every object of a definition a field that the program does not know, as one that a newer replica stored while it was
// running beside.
func later(t *testing.T, content []byte) []byte {
	t.Helper()
	var d any
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	var add func(value any)
	add = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			for _, inner := range v {
				add(inner)
			}
			v["colour"] = "green"
		case []any:
			for _, inner := range v {
				add(inner)
			}
		}
	}
	add(d)
	changed, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func storeFirst(t *testing.T, dir string, name workflows.KindName) {
	t.Helper()
	if known, _ := filepath.Glob(filepath.Join(dir, "*.json")); len(known) > 0 {
		return
	}
	kind, ok := policy.Default().Kind(name)
	if !ok {
		t.Fatalf("there is no kind %q", name)
	}
	content, err := json.Marshal(kind.Definition)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, kind.Hash()+".json"), content, 0o644); err != nil {
		t.Fatal(err)
	}
}

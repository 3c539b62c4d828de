// Package nod_test holds the house itself to its plan: which room may know which, and what the files of a repository must be.
package nod_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nod-chat/nod/workflows/catalog"
)

const module = "github.com/nod-chat/nod"

// room is what a folder's packages may import beside the standard library: rooms of the house, and modules from elsewhere.
type room struct {
	rooms   []string
	modules []string
}

// The rooms and their arrows; kinds of requests need no line. A package that is not named here has no place yet: decide where it belongs
// before adding a line.
var rooms = map[string]room{
	"workflows":           {modules: []string{"github.com/looplab/fsm", "golang.org/x/text"}},
	"workflows/phrase":    {rooms: []string{"workflows"}},
	"workflows/approval":  {rooms: []string{"workflows"}},
	"workflows/catalog":   {rooms: []string{"workflows"}},
	"workflows/policy":    {rooms: []string{"workflows", "workflows/approval", "workflows/catalog"}, modules: []string{"github.com/goccy/go-yaml", "github.com/expr-lang/expr"}},
	"workflows/task":      {rooms: []string{"workflows"}},
	"workflows/plan":      {rooms: []string{"workflows", "workflows/task"}},
	"workflows/engine":    {rooms: []string{"workflows", "workflows/approval", "workflows/plan", "workflows/task"}, modules: []string{"github.com/google/uuid"}},
	"migrations":          {},
	"storage":             {rooms: []string{"workflows", "workflows/plan", "workflows/task", "migrations", "storage/table"}, modules: []string{"github.com/jackc/pgx/v5", "github.com/pressly/goose/v3"}},
	"storage/table":       {modules: []string{"golang.org/x/text", "github.com/xuri/excelize/v2"}},
	"storage/session":     {modules: []string{"github.com/redis/go-redis/v9"}},
	"storage/storagetest": {rooms: []string{"storage", "migrations"}, modules: []string{"github.com/jackc/pgx/v5"}},
	"bot":                 {rooms: []string{"workflows"}},
	"bot/draw":            {rooms: []string{"bot", "bot/texts", "workflows", "workflows/engine"}, modules: []string{"golang.org/x/sync"}},
	"bot/draw/drawtest": {rooms: []string{"bot", "bot/command", "bot/draw", "bot/form", "bot/texts", "workflows", "workflows/approval",
		"workflows/engine", "workflows/policy"}},
	"bot/form": {rooms: []string{"bot", "bot/draw", "bot/texts", "workflows", "workflows/engine",
		"workflows/phrase"}, modules: []string{"github.com/google/uuid"}},
	"bot/command": {rooms: []string{"bot", "bot/draw", "bot/picture", "bot/texts", "workflows", "workflows/phrase", "workflows/plan", "workflows/task"}},
	"bot/answer": {rooms: []string{"bot", "bot/command", "bot/draw", "bot/form", "bot/texts", "workflows", "workflows/engine", "workflows/task"},
		modules: []string{"github.com/google/uuid"}},
	"bot/texts": {rooms: []string{"workflows", "workflows/plan", "workflows/task"},
		modules: []string{"github.com/BurntSushi/toml", "github.com/nicksnyder/go-i18n/v2", "golang.org/x/text"}},
	"bot/deliver":               {rooms: []string{"bot", "bot/draw", "bot/texts", "workflows"}, modules: []string{"golang.org/x/sync"}},
	"bot/chat":                  {rooms: []string{"bot", "workflows"}},
	"bot/picture":               {rooms: []string{"bot", "third_party/font"}, modules: []string{"github.com/go-analyze/charts", "golang.org/x/text"}},
	"bot/web":                   {rooms: []string{"bot", "bot/chat", "bot/deliver", "workflows", "third_party/htmx"}, modules: []string{"github.com/google/uuid"}},
	"bot/bottest":               {rooms: []string{"bot", "bot/deliver", "workflows"}},
	"third_party/htmx":          {},
	"third_party/font":          {},
	"cmd/nod/sample":            {rooms: []string{"storage", "storage/table", "bot/web", "workflows", "workflows/policy"}},
	"bot/web/webtest":           {rooms: []string{"bot", "bot/bottest", "bot/deliver", "bot/web"}, modules: []string{"golang.org/x/net"}},
	"bot/slack":                 {rooms: []string{"bot", "bot/chat", "bot/deliver", "workflows"}, modules: []string{"github.com/slack-go/slack", "github.com/gorilla/websocket", "golang.org/x/time", "github.com/kyokomi/emoji/v2"}},
	"bot/slack/slacktest":       {rooms: []string{"bot/bottest", "bot/deliver", "bot"}, modules: []string{"github.com/gorilla/websocket"}},
	"bot/telegram":              {rooms: []string{"bot", "bot/chat", "bot/deliver", "workflows"}, modules: []string{"github.com/go-telegram/bot", "golang.org/x/time"}},
	"bot/telegram/telegramtest": {rooms: []string{"bot/bottest", "bot/deliver", "bot"}, modules: []string{"github.com/go-telegram/bot"}},
	"cmd/dev":                   {},
	"promises":                  {},
	"perf":                      {},
	"cmd/nod": {rooms: []string{"*"}, modules: []string{"github.com/alecthomas/kong", "github.com/caarlos0/env/v11", "github.com/prometheus/client_golang",
		"github.com/google/uuid", "golang.org/x/sync"}},
	"workflows/expense/invoice": {rooms: []string{"workflows"},
		modules: []string{"golang.org/x/text"}},
	"workflows/workflowtest": {rooms: []string{"workflows", "workflows/approval", "workflows/policy"},
		modules: []string{"github.com/BurntSushi/toml", "github.com/google/go-cmp", "github.com/rogpeppe/go-internal/txtar", "pgregory.net/rapid"}},
}

// aKind is the room of each kind of request. A kind knows what kinds are made of, and no other kind.
var aKind = room{rooms: []string{"workflows", "workflows/approval", "workflows/phrase"}}

// begins says which sorts of subjects a kind's requests begin, whose rooms it may know besides.
var begins = map[string][]string{"workflows/onboarding": {"workflows/plan"}}

// plan gives the rooms with those of the kinds, which the catalogue names: the folder of one is called after it.
func plan(t *testing.T) map[string]room {
	plan := maps.Clone(rooms)
	catalogue := plan["workflows/catalog"]
	for _, b := range catalog.Kinds() {
		folder := "workflows/" + string(b.Definition.Kind)
		if _, taken := rooms[folder]; taken {
			t.Errorf("%s is no name for a kind: the room is there already", b.Definition.Kind)
		}
		if _, err := os.Stat(filepath.FromSlash(folder)); err != nil {
			t.Errorf("the kind %s has no folder of its name: %v", b.Definition.Kind, err)
		}
		plan[folder] = room{rooms: append(slices.Clip(aKind.rooms), begins[folder]...)}
		for name := range rooms { // and what lies in its own folder
			if strings.HasPrefix(name, folder+"/") {
				plan[folder] = room{rooms: append(slices.Clip(plan[folder].rooms), name)}
			}
		}
		catalogue.rooms = append(slices.Clip(catalogue.rooms), folder)
	}
	plan["workflows/catalog"] = catalogue
	return plan
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func TestArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	house := plan(t)
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if name == "" {
			continue
		}
		place, ok := house[name]
		if !ok {
			t.Errorf("%s is not in the plan of the house, nor a kind that workflows/catalog names", name)
			continue
		}
		for _, imported := range p.Imports {
			if !allowed(place, imported) || forTests(imported) && !forTests(p.ImportPath) {
				t.Errorf("%s must not import %s", name, strings.TrimPrefix(imported, module+"/"))
			}
		}
	}
}

func allowed(place room, imported string) bool {
	if other, ok := strings.CutPrefix(imported, module+"/"); ok {
		return slices.Contains(place.rooms, other) || slices.Contains(place.rooms, "*")
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(place.modules, func(m string) bool { return imported == m || strings.HasPrefix(imported, m+"/") })
}

// forTests tells whether a package of the house is for tests only: nothing of the program may import it.
func forTests(path string) bool {
	return strings.HasPrefix(path, module+"/") && strings.HasSuffix(path, "test")
}

// rule is something that no file of the repository may hold.
type rule struct {
	name    string
	files   *regexp.Regexp
	except  *regexp.Regexp
	pattern *regexp.Regexp
}

var rules = []rule{
	{"tests wait for a signal, they never sleep", regexp.MustCompile(`_test\.go$`), nil, regexp.MustCompile(`time\.Sleep\(`)},
	{"a missing service fails a test, it never skips it", regexp.MustCompile(`_test\.go$`), regexp.MustCompile(`^house_test\.go$`), regexp.MustCompile(`\.Skip(f|Now)?\(`)},
	{"no floats: money and days are integers", regexp.MustCompile(`^(workflows|storage)/.*\.go$`), regexp.MustCompile(`_test\.go$`), regexp.MustCompile(`\bfloat(32|64)\b`)},
	{"SQL stands in storage and migrations only", regexp.MustCompile(`^(bot|workflows|cmd/nod)/.*\.go$`), regexp.MustCompile(`_test\.go$`),
		regexp.MustCompile("`\\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM)\\b")},
	{"business time comes from workflows.Clock", regexp.MustCompile(`^workflows/.*\.go$`), regexp.MustCompile(`_test\.go$|workflows/clock\.go$`), regexp.MustCompile(`time\.Now\(\)`)},
	{"nothing is left undone", regexp.MustCompile(`\.(go|sql|toml|html|css|js)$`), regexp.MustCompile(`^third_party/|house_test\.go$`), regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)},
}

var onPurpose = regexp.MustCompile(`if (testing\.Short\(\)|runtime\.GOOS )`)

var vague = regexp.MustCompile(`(^|/)(util|utils|common|helper|helpers|manager|misc|base)(/|\.go$)`)

// widest is how many columns a line of production Go may have, so that two files can be read side by side. A tab counts as four.
const widest = 140

// production tells whether a file is Go of the program, or of the packages that its tests share.
func production(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "third_party/") &&
		!strings.Contains("/"+name, "/testdata/")
}

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func TestRepositoryRules(t *testing.T) {
	out, err := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		info, err := os.Lstat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if vague.MatchString(name) {
			t.Errorf("%s: a file is named after what it holds", name)
		}
		if info.Size() > 1<<20 && !strings.HasPrefix(name, "third_party/") {
			t.Errorf("%s: %d bytes are too many for a repository", name, info.Size())
		}
		content, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(content), "\n")
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && len(lines) > 700 {
			t.Errorf("%s has %d lines: does it hold two ideas?", name, len(lines))
		}
		if production(name) && !generated.Match(content) {
			for i, line := range lines {
				if wide := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")); wide > widest {
					t.Errorf("%s:%d: a line ends before column 140; this one has %d", name, i+1, wide)
				}
			}
		}
		for _, r := range rules {
			if !r.files.MatchString(name) || r.except != nil && r.except.MatchString(name) {
				continue
			}
			for i, line := range lines {
				// -short, and another operating system, leave tests out on purpose; the line above says so.
				if r.pattern.MatchString(line) && (i == 0 || !onPurpose.MatchString(lines[i-1])) {
					t.Errorf("%s:%d: %s", name, i+1, r.name)
				}
			}
		}
	}
}

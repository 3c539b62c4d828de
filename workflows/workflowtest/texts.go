package workflowtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"github.com/BurntSushi/toml"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

// wording is a kind's own texts by language and key.
type wording map[string]map[string]string

func readWording(t T, kind *workflows.Kind) wording {
	t.Helper()
	w := wording{}
	for _, language := range workflows.Languages {
		content, err := fs.ReadFile(kind.Texts, language+".toml")
		if err != nil {
			t.Fatal(err)
		}
		read := map[string]any{}
		if err := toml.Unmarshal(content, &read); err != nil {
			t.Fatalf("%s.toml: %v", language, err)
		}
		texts := map[string]string{}
		for key, value := range read { // a text that depends on a number is a table of its forms
			switch v := value.(type) {
			case string:
				texts[key] = v
			case map[string]any:
				texts[key] = fmt.Sprint(v["one"], v["other"])
			}
		}
		w[language] = texts
	}
	return w
}

func (s *script) wording(name workflows.KindName) wording {
	if s.wordings[name] == nil {
		s.wordings[name] = readWording(s, s.Kind(name))
	}
	return s.wordings[name]
}

// say fills in a text of a kind, as the frame does with functions of its own; an argument that the text needs must be there.
func (s *script) say(kind workflows.KindName, language string, row workflows.Row) string {
	s.t.Helper()
	texts := s.wording(kind)[language]
	known := func(key string) string {
		if strings.HasPrefix(key, string(kind)+".") && texts[key] == "" {
			s.Fatalf("%s: %s: no text %q", language, row.Text, key)
		}
		return texts[key]
	}
	filled, err := template.New(row.Text).Option("missingkey=error").Funcs(template.FuncMap{
		"text":    known,
		"date":    func(d string) string { return d },
		"dates":   func(from, to string) string { return from + "–" + to },
		"brief":   func(from, to string) string { return from + "–" + to },
		"waited":  func(since string) string { return since },
		"name":    func(name string) string { return name },
		"inside":  func(name string) string { return name },
		"day":     func(d string) string { return d },
		"acting":  func(by, other any) string { return fmt.Sprint(by) },
		"days":    func(m int64) string { return fmt.Sprintf("%d min", m) },
		"time":    func(at string) string { return at },
		"half":    func(part string) string { return part },
		"state":   func(kind, state any) string { return fmt.Sprint(state) },
		"money":   func(amount string) string { return amount },
		"lines":   func(texts []string) string { return strings.Join(texts, "\n") },
		"words":   func(v any) string { return v.(workflows.Words).En },
		"list":    func(names []string) string { return strings.Join(names, ", ") },
		"command": func(name string) string { return "/" + name },
	}).Parse(known(row.Text))
	if err != nil {
		s.Fatalf("%s: %v", language, err)
	}
	var b strings.Builder
	if err := filled.Execute(&b, map[string]any(row.Args)); err != nil {
		s.Fatalf("%s: %v", language, err)
	}
	return b.String()
}

// sayBoth makes sure that a row can be said in every language. The texts of the frame are not the kind's to test.
func (s *script) sayBoth(kind workflows.KindName, row workflows.Row) {
	s.t.Helper()
	for _, language := range workflows.Languages {
		for _, key := range []string{row.Label, row.Text} {
			if strings.HasPrefix(key, string(kind)+".") {
				s.say(kind, language, workflows.Row{Text: key, Args: row.Args})
			}
		}
	}
}

func (s *script) sayRows(kind workflows.KindName) {
	s.t.Helper()
	if s.quiet {
		return
	}
	for _, row := range s.rows {
		s.sayBoth(kind, row)
	}
}

var argument = regexp.MustCompile(`\.[A-Z]\w*`)

// Texts holds the texts of a kind, whose package is that of the test: each exists in every language, with the same arguments; every key
// that the definition and the code name is a text, and every text is named by one of them or by Options.Texts.
func Texts(t *testing.T, o Options) {
	kind, ok := policy.Default().Kind(o.Kind)
	if !ok {
		t.Fatalf("there is no kind %q", o.Kind)
	}
	all := readWording(t, kind)
	en := all["en"]
	for _, language := range workflows.Languages {
		other := all[language]
		if a, b := slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(other)); !slices.Equal(a, b) {
			t.Errorf("the languages have different keys:\nen %v\n%s %v", a, language, b)
		}
		for key := range en {
			if a, b := arguments(en[key]), arguments(other[key]); !slices.Equal(a, b) {
				t.Errorf("%s: the languages use different arguments: en %v, %s %v", key, a, language, b)
			}
		}
	}
	needed := slices.Concat(kind.TextKeys(), o.Texts, keysInCode(t, kind, en))
	for _, key := range needed {
		if en[key] == "" {
			t.Errorf("no text %q", key)
		}
	}
	for key := range en {
		if !slices.Contains(needed, key) && !slices.Contains(mayHave(kind), key) {
			t.Errorf("nobody says %q", key)
		}
	}
}

func arguments(text string) []string {
	return slices.Compact(slices.Sorted(slices.Values(argument.FindAllString(text, -1))))
}

// mayHave lists what the frame shows where a kind has it: hints at fields, texts of the kind's own events, and what it says instead of
// the frame.
func mayHave(kind *workflows.Kind) []string {
	prefix := string(kind.Kind) + "."
	keys := []string{prefix + "words", prefix + "card.fallback"}
	for _, key := range kind.SharedKeys() {
		keys = append(keys, key, prefix+key)
	}
	for _, in := range workflows.Every(kind.Fields) {
		keys = append(keys, prefix+"hint."+in.Base, prefix+"usage."+in.Base, prefix+"line."+in.Owner)
	}
	for _, t := range kind.Transitions {
		told, notice := prefix+"told."+string(t.Event), prefix+"notice."+string(t.Event)
		keys = append(keys, told, notice, notice+".item", notice+".digest")
	}
	return keys
}

// keysInCode lists the strings of the package that look like keys of texts, without names of rules that are nothing else.
func keysInCode(t *testing.T, kind *workflows.Kind, en map[string]string) []string {
	names := slices.Concat(slices.Collect(maps.Keys(kind.Guards)), slices.Collect(maps.Keys(kind.Effects)),
		slices.Collect(maps.Keys(kind.Options)))
	prefix := string(kind.Kind) + "."
	var keys []string
	for _, name := range files(t, ".", "*.go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				s, _ := strconv.Unquote(lit.Value)
				if strings.HasPrefix(s, prefix) && !strings.HasSuffix(s, ".") && (!slices.Contains(names, s) || en[s] != "") {
					keys = append(keys, s)
				}
			}
			return true
		})
	}
	return keys
}

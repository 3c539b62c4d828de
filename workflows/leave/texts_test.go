package leave_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"github.com/BurntSushi/toml"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/leave"
	"github.com/nod-chat/nod/workflows/policy"
)

// words are the texts of a language.
func words(t testing.TB, language string) map[string]string {
	t.Helper()
	kind, _ := policy.Default().Kind("leave")
	content, err := fs.ReadFile(kind.Texts, language+".toml")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	if err := toml.Unmarshal(content, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

var both = map[string]map[string]string{}

// say fills in a text of this package, as the frame does with functions of its own; an argument that the text needs must be there.
func say(t testing.TB, language string, row workflows.Row) string {
	t.Helper()
	if both[language] == nil {
		both[language] = words(t, language)
	}
	texts := both[language]
	text, ok := texts[row.Text]
	if !ok {
		t.Fatalf("%s has no text %q", language, row.Text)
	}
	known := func(key string) string {
		if texts[key] == "" {
			t.Fatalf("%s: %s: no text %q", language, row.Text, key)
		}
		return texts[key]
	}
	filled := template.Must(template.New(row.Text).Option("missingkey=error").Funcs(template.FuncMap{
		"text":  known,
		"date":  func(d string) string { return d },
		"dates": func(from, to string) string { return from + "–" + to },
		"days":  func(m int64) string { return fmt.Sprintf("%d min", m) },
		"half":  func(part string) string { return part },
		"list":  func(names []string) string { return strings.Join(names, ", ") },
	}).Parse(text))
	var b strings.Builder
	if err := filled.Execute(&b, map[string]any(row.Args)); err != nil {
		t.Fatalf("%s: %v", language, err)
	}
	return b.String()
}

// sayBoth makes sure that a row can be said in every language.
func sayBoth(t testing.TB, row workflows.Row) {
	t.Helper()
	for _, language := range workflows.Languages {
		for _, key := range []string{row.Label, row.Text} {
			if strings.HasPrefix(key, "leave.") {
				say(t, language, workflows.Row{Text: key, Args: row.Args})
			}
		}
	}
}

// Every text exists in both languages, with the same arguments, and every key that the code names is a text.
func TestTexts(t *testing.T) {
	en, zh := words(t, "en"), words(t, "zh")
	if a, b := slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(zh)); !slices.Equal(a, b) {
		t.Errorf("the languages have different keys:\n%v\n%v", a, b)
	}
	variable := regexp.MustCompile(`\.[A-Z]\w*`)
	for key := range en {
		used := func(text string) []string {
			return slices.Compact(slices.Sorted(slices.Values(variable.FindAllString(text, -1))))
		}
		if a, b := used(en[key]), used(zh[key]); !slices.Equal(a, b) {
			t.Errorf("%s: the languages use different arguments: %v, %v", key, a, b)
		}
	}
	kind, _ := policy.Default().Kind("leave")
	needed := kind.TextKeys()
	for _, code := range leave.Codes {
		needed = append(needed, "leave.type."+code)
	}
	needed = append(needed, keysInCode(t, kind)...)
	for _, f := range leave.Blueprint.Definition.Fields { // a hint may be there, and is shown by the frame
		if hint := "leave.hint." + f.Name; en[hint] != "" {
			needed = append(needed, hint)
		}
	}
	for _, key := range needed {
		if en[key] == "" {
			t.Errorf("no text %q", key)
		}
	}
	for key := range en {
		if !slices.Contains(needed, key) {
			t.Errorf("nobody says %q", key)
		}
	}
}

// keysInCode lists the strings of the package that look like keys of texts, without names of guards and effects that are nothing else.
func keysInCode(t *testing.T, kind *workflows.Kind) []string {
	names := map[string]bool{"leave.types": true}
	for name := range kind.Guards {
		names[name] = true
	}
	for name := range kind.Effects {
		names[name] = true
	}
	en := words(t, "en")
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, name := range files {
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
				if strings.HasPrefix(s, "leave.") && !strings.HasSuffix(s, ".") && (!names[s] || en[s] != "") {
					keys = append(keys, s)
				}
			}
			return true
		})
	}
	return keys
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// allFlags gives the flags of every command, by its words ("audit verify"); of a group of commands, those of all of them.
func allFlags(t *testing.T) map[string][]string {
	t.Helper()
	parser, err := kong.New(&commands{}, kong.Name("nod"))
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string][]string{}
	var walk func(n *kong.Node, path []string)
	walk = func(n *kong.Node, path []string) {
		for _, f := range n.Flags {
			for i := range len(path) + 1 {
				at := strings.Join(path[:i], " ")
				flags[at] = append(flags[at], f.Name)
			}
		}
		for _, c := range n.Children {
			deeper := path
			if c.Type == kong.CommandNode {
				deeper = append(slices.Clip(path), c.Name)
			}
			key := strings.Join(deeper, " ")
			flags[key] = append(flags[key], "h", "help")
			walk(c, deeper)
		}
	}
	walk(parser.Model.Node, nil)
	return flags
}

var (
	mentioned = regexp.MustCompile("\\bnod ([a-z]+\\b(?:[^`\n;·\"“”\\\\,.]|\\.[^\\s\\\\])*)") // to the end of its sentence
	flagInIt  = regexp.MustCompile(`(?:^|[\s\[(])(--?)([a-z][a-z-]*)`)
	flagAlone = regexp.MustCompile("`(--?)([a-z][a-z-]*)[^`]*`")
)

// misspelled names the flags that a text gives to a command of nod which has no such flag, or spells in another way than its help.
func misspelled(flags map[string][]string, text string) []string {
	var wrong []string
	for _, m := range mentioned.FindAllStringSubmatch(text, -1) {
		command := ""
		for _, word := range strings.Fields(m[1]) {
			if deeper := strings.TrimSpace(command + " " + strings.Trim(word, ",.:")); flags[deeper] != nil {
				command = deeper
			}
		}
		if command == "" { // a sentence about nod
			continue
		}
		for _, f := range flagInIt.FindAllStringSubmatch(m[1], -1) {
			if f[1] != "-" || !slices.Contains(flags[command], f[2]) {
				wrong = append(wrong, "nod "+command+": "+f[1]+f[2])
			}
		}
	}
	return wrong
}

func TestMisspelled(t *testing.T) {
	flags := allFlags(t)
	for text, want := range map[string][]string{
		"nod import people people.csv -apply":                    nil,
		"nod import people people.csv --apply":                   {"nod import: --apply"},
		"say nod import people -aply, or so":                     {"nod import: -aply"},
		"`nod audit verify` and `-fast`; nod audit show -fast":   {"nod audit show: -fast"},
		"nod request NUMBER reassign -to E011 -reason \"-gone\"": nil,
		"nod request LV-1 close -to E011":                        {"nod request close: -to"},
		"nod is a bot -really":                                   nil,
		"nod dead retry NAME (or -all)":                          nil,
		"nod dead retry NAME (or -every)":                        {"nod dead retry: -every"},
		"nod import people a.csv --apply.\\n":                    {"nod import: --apply"},
		"as nod dead list prints it, or -all":                    nil,
	} {
		if got := misspelled(flags, text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Help, docs, messages and examples spell each flag as -apply, and name none that its command does not have. Typed, both spellings work.
func TestFlagsAreSpelledAlike(t *testing.T) {
	flags := allFlags(t)
	for command := range flags {
		var help bytes.Buffer
		args := append(strings.Fields(command), "-h")
		if rest, ok := strings.CutPrefix(command, "request "); ok {
			args = []string{"request", "LV-1", rest, "-h"}
		}
		if err := run(t.Context(), args, os.Getenv, strings.NewReader(""), &help, &help); err != nil {
			t.Fatalf("nod %s: %v", strings.Join(args, " "), err)
		}
		if strings.Contains(help.String(), "--") {
			t.Errorf("nod %s -h spells a flag in another way:\n%s", command, help.String())
		}
	}
	texts := regexp.MustCompile(`(\.md|\.toml|\.html|\.yaml|\.service|\.env|Makefile|\.go)$`)
	operating := regexp.MustCompile(`^docs/(running|install|slack|telegram|policy)(\.zh-CN)?\.md$`)
	read, found := 0, 0
	for _, name := range repositoryFiles(t) {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || !texts.MatchString(name) || strings.HasSuffix(name, "_test.go") {
			continue
		}
		read++
		found += len(mentioned.FindAll(content, -1))
		for _, wrong := range misspelled(flags, string(content)) {
			t.Errorf("%s: %s", name, wrong)
		}
		if !operating.MatchString(name) {
			continue
		}
		for _, m := range flagAlone.FindAllSubmatch(content, -1) {
			if string(m[1]) != "-" || !slices.Contains(flags[""], string(m[2])) {
				t.Errorf("%s: %s is a flag of no command", name, m[0])
			}
		}
	}
	if read < 100 || found < 50 {
		t.Fatalf("only %d files and %d commands were read", read, found)
	}
}

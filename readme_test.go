package nod_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Both READMEs have as many headings of each rank, the same commands, and point to the same files.
func TestReadmesAreEqual(t *testing.T) {
	en, zh := readme(t, "README.md"), readme(t, "README.zh-CN.md")
	if !slices.Equal(en.ranks, zh.ranks) {
		t.Errorf("headings: %v in English, %v in Chinese", en.ranks, zh.ranks)
	}
	if !slices.Equal(en.blocks, zh.blocks) {
		t.Errorf("commands and diagrams differ:\n%s\n%s", en.blocks, zh.blocks)
	}
	if !slices.Equal(en.links, zh.links) {
		t.Errorf("links: %v in English, %v in Chinese", en.links, zh.links)
	}
	if en.rows != zh.rows {
		t.Errorf("%d rows of tables in English, %d in Chinese", en.rows, zh.rows)
	}
	for _, link := range en.links {
		if _, err := os.Stat(link); err != nil {
			t.Errorf("the README points to %s: %v", link, err)
		}
	}
}

type outline struct {
	ranks, blocks, links []string
	rows                 int
}

var linked = regexp.MustCompile(`\]\(([^)]+)\)`)

func readme(t *testing.T, name string) outline {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var o outline
	parts := strings.Split(string(content), "```")
	for i, part := range parts {
		if i%2 == 1 {
			o.blocks = append(o.blocks, part)
			continue
		}
		for line := range strings.Lines(part) {
			switch {
			case strings.HasPrefix(line, "#"):
				o.ranks = append(o.ranks, line[:strings.IndexByte(line, ' ')])
			case strings.HasPrefix(line, "|"):
				o.rows++
			}
		}
		for _, m := range linked.FindAllStringSubmatch(part, -1) {
			if !strings.HasPrefix(m[1], "README") {
				o.links = append(o.links, m[1])
			}
		}
	}
	slices.Sort(o.links)
	return o
}

package nod_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	promiseTest  = regexp.MustCompile(`(?m)^func (TestI([0-9]+)[A-Z]\w*)\(`)
	promiseNamed = regexp.MustCompile("`(TestI[0-9]+[A-Z]\\w*)`")
	promiseRow   = regexp.MustCompile(`(?m)^\| I([0-9]+) \|`)
)

// docs/reliability.md names every test that keeps a promise, and no other; each of the fifteen promises has its row.
func TestReliabilityPageIsTrue(t *testing.T) {
	page, err := os.ReadFile("docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range promiseRow.FindAllStringSubmatch(string(page), -1) {
		rows = append(rows, m[1])
	}
	if want := strings.Fields("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"); !slices.Equal(rows, want) {
		t.Errorf("the page has the promises %v, want %v", rows, want)
	}
	there := map[string]bool{}
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range promiseTest.FindAllStringSubmatch(string(source), -1) {
			there[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range promiseNamed.FindAllStringSubmatch(string(page), -1) {
		named[m[1]] = true
		if !there[m[1]] {
			t.Errorf("the page names %s, which is not there", m[1])
		}
	}
	for name := range there {
		if !named[name] {
			t.Errorf("the page leaves out %s", name)
		}
	}
}

package nod_test

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// Every page that exists in Chinese too is the same page in both languages, section by section: the ranks of the headings, commands, statements and files
// to the letter, as many rows of tables and items of lists, the same links, and the same names of commands, variables and files. Each points to the other.
func TestPagesAreEqualInBothLanguages(t *testing.T) {
	for _, name := range []string{"README.md", "docs/install.md", "docs/running.md", "docs/slack.md", "docs/telegram.md", "docs/onboarding.md", "docs/policy.md"} {
		t.Run(name, func(t *testing.T) {
			chinese := strings.TrimSuffix(name, ".md") + ".zh-CN.md"
			en, zh := page(t, name), page(t, chinese)
			if !strings.Contains(en[0].text, "[简体中文]("+path.Base(chinese)+")") || !strings.Contains(zh[0].text, "[English]("+path.Base(name)+")") {
				t.Error("the top of each page does not point to the other language")
			}
			for i := range min(len(en), len(zh)) {
				if different := en[i].different(zh[i]); len(different) > 0 {
					t.Errorf("section %d, %q, in Chinese %q:\n%s", i, en[i].heading, zh[i].heading, strings.Join(different, "\n"))
					if len(en) != len(zh) {
						break // one section is there in one language only: those that follow say nothing
					}
				}
			}
			if len(en) != len(zh) {
				t.Errorf("%d sections in English, %d in Chinese", len(en), len(zh))
			}
			for _, s := range slices.Concat(en, zh) {
				for _, link := range s.links {
					file, anchor, inside := strings.Cut(link, "#")
					if strings.Contains(file, "://") {
						continue
					}
					target := path.Join(path.Dir(name), file)
					if file == "" {
						target = s.page
					}
					if _, err := os.Stat(target); err != nil {
						t.Errorf("section %q points to %s: %v", s.heading, link, err)
					} else if inside && !slices.ContainsFunc(page(t, target), func(s section) bool { return s.anchor() == anchor }) {
						t.Errorf("section %q points to %s, where no heading makes that anchor", s.heading, link)
					}
				}
			}
		})
	}
}

// section is a heading and what stands below it.
type section struct {
	page, heading, rank string
	text                string   // without its blocks
	blocks              []string // between fences, as they stand there
	codes               []string // in the text, between ` and `
	links               []string
	rows, items         int
}

var (
	headline = regexp.MustCompile(`(?m)^#+ .*$`)
	linked   = regexp.MustCompile(`\]\(([^)]+)\)`)
	coded    = regexp.MustCompile("`([^`\n]+)`")
	row      = regexp.MustCompile(`(?m)^\|`)
	item     = regexp.MustCompile(`(?m)^ *([0-9]+\.|-) `)
)

func page(t *testing.T, name string) []section {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []section
	for i, part := range strings.Split(string(content), "```") {
		if i%2 == 1 {
			last := &all[len(all)-1]
			last.blocks = append(last.blocks, part)
			continue
		}
		begins := headline.FindAllStringIndex(part, -1)
		from := 0
		for _, b := range begins {
			if len(all) > 0 {
				all[len(all)-1].text += part[from:b[0]]
			}
			heading := part[b[0]:b[1]]
			all = append(all, section{page: name, heading: heading, rank: heading[:strings.IndexByte(heading, ' ')]})
			from = b[1]
		}
		all[len(all)-1].text += part[from:]
	}
	for i := range all {
		s := &all[i]
		for _, m := range linked.FindAllStringSubmatch(s.text, -1) {
			s.links = append(s.links, m[1])
		}
		for _, m := range coded.FindAllStringSubmatch(s.heading+s.text, -1) {
			s.codes = append(s.codes, m[1])
		}
		s.rows, s.items = len(row.FindAllString(s.text, -1)), len(item.FindAllString(s.text, -1))
	}
	return all
}

// different says in what two sections of two languages differ.
func (s section) different(zh section) (all []string) {
	differ := func(what string, en, zh any) {
		if fmt.Sprint(en) != fmt.Sprint(zh) {
			all = append(all, fmt.Sprintf("\t%s: %v in English, %v in Chinese", what, en, zh))
		}
	}
	differ("the heading's rank", s.rank, zh.rank)
	differ("rows of tables", s.rows, zh.rows)
	differ("items of lists", s.items, zh.items)
	for i := range max(len(s.blocks), len(zh.blocks)) {
		differ(fmt.Sprintf("block %d", i+1), at(s.blocks, i), at(zh.blocks, i))
	}
	differ("only one language has the names", missing(s.codes, zh.codes), missing(zh.codes, s.codes))
	differ("links", whither(s.links), whither(zh.links))
	return all
}

// anchor is what GitHub calls a heading: small letters, digits, - for a space, and no punctuation.
func (s section) anchor() string {
	text := strings.ToLower(strings.TrimSpace(strings.TrimLeft(s.heading, "#")))
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return r
		}
		return -1
	}, text)
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "(none)"
}

// missing gives what of a list is not in another, each once.
func missing(list, other []string) []string {
	var only []string
	for _, word := range list {
		if !slices.Contains(other, word) && !slices.Contains(only, word) {
			only = append(only, word)
		}
	}
	slices.Sort(only)
	return only
}

// whither gives where links lead, whatever the language: a page in Chinese points to pages in Chinese, and its headings have other names.
func whither(links []string) []string {
	var all []string
	for _, link := range links {
		file, _, _ := strings.Cut(strings.Replace(link, ".zh-CN.md", ".md", 1), "#")
		if !strings.HasPrefix(file, "README") && file != "" {
			all = append(all, file)
		}
	}
	slices.Sort(all)
	return all
}

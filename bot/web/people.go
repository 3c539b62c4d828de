package web

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/nod-chat/nod/workflows"
)

// hues is how many colours avatars have, in the style sheet.
const hues = 8

// personView is a person as the pages show them.
type personView struct {
	No, Name, Title, Department string
	Short                       string // what the reader calls them
	City, Time                  string
	Language                    string
	Initials                    string
	Hue                         string // class of the avatar's colour
	Unread                      int
	Manager                     *personView
	Reports                     int
}

// short is how a reader of a language calls somebody: by the Chinese name, by the Latin one, or by the first name alone where that is all
// there is.
func short(name, lang string) string {
	latin, han := scripts(name)
	switch {
	case han != "" && (lang == "zh" || len(latin) == 0):
		return han
	case han != "":
		return strings.Join(latin, " ")
	case len(latin) > 0:
		return latin[0]
	}
	return name
}

type department struct {
	Name   string
	People []*personView
}

type pairView struct {
	A, B *personView
}

func (f frame) people(people []workflows.Person, unread map[string]int) []*personView {
	byID := map[workflows.PersonID]*personView{}
	var views []*personView
	for _, p := range people {
		v := &personView{
			No: p.No, Name: p.Name, Short: short(p.Name, f.Lang), Title: p.Title, Department: p.Department, Language: p.Language,
			City: f.city(p.Zone), Time: clockTime(f.now.In(zoneOf(p.Zone))),
			Initials: initials(p.Name, f.Lang), Hue: hue(p.No), Unread: unread[p.No],
		}
		byID[p.ID] = v
		views = append(views, v)
	}
	for i, p := range people {
		if m := byID[p.Manager]; m != nil {
			views[i].Manager = m
			m.Reports++
		}
	}
	return views
}

// departments groups people; whoever leads stands first.
func (f frame) departments(views []*personView) []department {
	var list []department
	for _, v := range views {
		name := v.Department
		if name == "" {
			name = f.T("web.start.no_department")
		}
		i := slices.IndexFunc(list, func(d department) bool { return d.Name == name })
		if i < 0 {
			list = append(list, department{Name: name})
			i = len(list) - 1
		}
		list[i].People = append(list[i].People, v)
	}
	for _, d := range list {
		slices.SortStableFunc(d.People, func(a, b *personView) int { return b.Reports - a.Reports })
	}
	slices.SortStableFunc(list, func(a, b department) int { return len(b.People) - len(a.People) })
	return list
}

// suggest names a few pairs in which something happens at once: somebody without a team beside their manager, one from each city.
func suggest(views []*personView) []pairView {
	var pairs []pairView
	cities := map[string]bool{}
	for _, v := range views {
		if v.Manager == nil || v.Reports > 0 || cities[v.City] || len(pairs) == 3 {
			continue
		}
		cities[v.City] = true
		pairs = append(pairs, pairView{v, v.Manager})
	}
	return pairs
}

// scripts takes a name apart: its Latin words, and its Chinese characters.
func scripts(name string) (latin []string, han string) {
	for _, word := range strings.Fields(name) {
		if strings.IndexFunc(word, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
			han += word
		} else {
			latin = append(latin, word)
		}
	}
	return latin, han
}

// initials are two letters; for a Chinese reader, or when there are none, the given name's characters.
func initials(name, lang string) string {
	latin, han := scripts(name)
	if runes := []rune(han); len(runes) > 0 && (lang == "zh" || len(latin) == 0) {
		return string(runes[max(0, len(runes)-2):])
	}
	letters := ""
	for i, word := range latin {
		if i == 0 || i == len(latin)-1 {
			letters += strings.ToUpper(string([]rune(word)[:1]))
		}
	}
	return letters
}

func hue(no string) string {
	h := fnv.New32a()
	h.Write([]byte(no))
	return "hue-" + strconv.Itoa(int(h.Sum32()%hues))
}

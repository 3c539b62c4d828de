package texts_test

import (
	"embed"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/bot/web"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/task"
)

func open(t *testing.T) *texts.Texts {
	t.Helper()
	words, err := texts.New(policy.Default().Kinds())
	if err != nil {
		t.Fatal(err)
	}
	return words
}

var placeholder = regexp.MustCompile(`\.[A-Z][A-Za-z]*`)

// Both languages have the same keys, and each text names the same arguments in both: one that is missing would leave out what people have to know.
func TestLanguagesSayTheSame(t *testing.T) {
	for name, source := range sources(t) {
		en, zh := read(t, source, "en.toml"), read(t, source, "zh.toml")
		for key, text := range en {
			other, ok := zh[key]
			if !ok {
				t.Errorf("%s: zh.toml lacks %s", name, key)
				continue
			}
			if a, b := arguments(text), arguments(other); !slices.Equal(a, b) {
				t.Errorf("%s: %s names %v in English and %v in Chinese", name, key, a, b)
			}
		}
		for key := range zh {
			if _, ok := en[key]; !ok {
				t.Errorf("%s: en.toml lacks %s", name, key)
			}
		}
	}
}

// sources are the texts of every room.
func sources(t *testing.T) map[string]fs.FS {
	t.Helper()
	all := map[string]fs.FS{"frame": os.DirFS("."), "task": task.Texts, "plan": plan.Texts}
	for name, files := range map[string]embed.FS{"web": web.Texts, "slack": slack.Texts, "telegram": telegram.Texts} {
		source, err := fs.Sub(files, "texts")
		if err != nil {
			t.Fatal(err)
		}
		all[name] = source
	}
	for _, k := range policy.Default().Kinds() {
		all[string(k.Kind)] = k.Texts
	}
	return all
}

// A command is typed differently in each chat, so no text spells one. A slash within an address or between words is none.
func TestNoTextSpellsACommand(t *testing.T) {
	literal := regexp.MustCompile(`(^|[^A-Za-z0-9_/.:}])[/／]([a-z{])`)
	for name, source := range sources(t) {
		for _, file := range []string{"en.toml", "zh.toml"} {
			for key, text := range read(t, source, file) {
				if literal.MatchString(text) {
					t.Errorf("%s: %s in %s spells a command: %s", name, key, file, text)
				}
			}
		}
	}
	for text, want := range map[string]bool{"see /help.": true, "输入/help查看": true, "／leave": true, "I do not know /{{.Name}}": true, "and/or": false, "https://t.me/{{.Bot}}": false} {
		if literal.MatchString(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestSpelling(t *testing.T) {
	words := open(t)
	print := words.For("en", "UTC", time.Time{})
	if got := print.Text("leave.help", nil); !strings.HasPrefix(got, "Ask for leave: /leave annual") {
		t.Error(got)
	}
	print.Spelling(func(command string) string { return "/acme-nod " + command })
	for key, want := range map[string]string{"requests.none": "/acme-nod help lists", "command.unknown": "I do not know /acme-nod x."} {
		if got := print.Text(key, workflows.Args{"Name": "x"}); !strings.Contains(got, want) {
			t.Errorf("%s is %q", key, got)
		}
	}
}

// decode gives what stands in a file of texts: sentences, and tables of the forms of a sentence that counts.
func decode(t *testing.T, source fs.FS, name string) map[string]any {
	t.Helper()
	content, err := fs.ReadFile(source, name)
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := toml.Unmarshal(content, &raw); err != nil {
		t.Fatal(err)
	}
	return raw
}

// read gives the texts of a file; of one that counts, the form for many.
func read(t *testing.T, source fs.FS, name string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for key, value := range decode(t, source, name) {
		switch v := value.(type) {
		case string:
			out[key] = v
		case map[string]any:
			out[key], _ = v["other"].(string)
		}
	}
	return out
}

// tables are the texts of a file that have several forms.
func tables(t *testing.T, source fs.FS, name string) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	for key, value := range decode(t, source, name) {
		if forms, ok := value.(map[string]any); ok {
			out[key] = forms
		}
	}
	return out
}

func arguments(text string) []string {
	list := placeholder.FindAllString(text, -1)
	slices.Sort(list)
	return slices.Compact(list)
}

// Every text can be written, with nothing in it that was left unfilled, whatever its arguments hold.
func TestEveryTextCanBeWritten(t *testing.T) {
	words := open(t)
	written := map[string]map[string]string{}
	for _, language := range workflows.Languages {
		written[language] = map[string]string{}
		for _, source := range sources(t) {
			maps.Copy(written[language], read(t, source, language+".toml"))
		}
	}
	for _, language := range workflows.Languages {
		print := words.For(language, "Asia/Shanghai", time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
		for _, key := range words.Keys() {
			args := workflows.Args{
				"Number": "LV-1", "Kind": "leave", "State": "pending", "By": "Zhou", "At": "2026-11-24T09:00:00Z", "Names": []string{"A", "B"}, "Count": 2, "Places": 2,
				"Name": "Lin", "For": "Tom", "Comment": "because", "Value": "x", "Max": 10, "ID": "1", "Told": "t", "To": []string{"A"}, "Next": []string{"A"},
				"Requester": "Tom", "Since": "2026-11-24T09:00:00Z", "Approver": "Zhou", "Person": "Lin", "Title": "Leave", "Who": "Tom", "Status": "s", "Text": "t",
				"Unit": "u", "Left": 480, "Granted": 960, "From": "2026-12-01", "Until": "2027-01-01", "Day": "d", "Clock": "c", "Place": "p", "More": 2,
				"No": "E1", "User": "U1", "Platform": "slack", "Country": "CN", "Year": "2027", "Code": "c", "Scope": "s", "Missing": []string{"leave.name"}, "Words": workflows.Said("w"),
			}
			if strings.HasPrefix(key, "leave.") { // a date here, people elsewhere
				args["To"] = "2026-12-03"
			}
			for _, name := range arguments(written[language][key]) { // a kind has arguments of its own
				if name = strings.TrimPrefix(name, "."); args[name] == nil {
					args[name] = "x"
				}
			}
			got := print.Text(key, args)
			if got == "" || strings.Contains(got, "<no value>") && (strings.HasPrefix(key, "notice.") || strings.HasPrefix(key, "alert.")) || got == key {
				t.Errorf("%s in %s is %q", key, language, got)
			}
		}
	}
}

// A text that counts has every form that its language tells apart: drawn for none, one and two it is a sentence, with the number in it or
// without, and never its key.
func TestWhatCountsHasEveryForm(t *testing.T) {
	var frames []fs.FS
	for name, source := range sources(t) {
		if _, kind := policy.Default().Kind(workflows.KindName(name)); !slices.Contains([]string{"frame", "task", "plan"}, name) && !kind {
			frames = append(frames, source)
		}
	}
	words, err := texts.New(policy.Default().Kinds(), frames...)
	if err != nil {
		t.Fatal(err)
	}
	counting, names := map[string]bool{}, map[string]bool{} // the second: those that say the number
	for _, source := range sources(t) {
		for _, lang := range workflows.Languages {
			for key, text := range read(t, source, lang+".toml") {
				names[key] = names[key] || slices.Contains(arguments(text), ".Count")
				counting[key] = counting[key] || names[key]
			}
			for key, forms := range tables(t, source, lang+".toml") {
				counting[key] = true
				want := map[string][]string{"en": {"one", "other"}, "zh": {"other"}}[lang] // https://cldr.unicode.org/index/cldr-spec/plural-rules
				if got := slices.Sorted(maps.Keys(forms)); !slices.Equal(got, want) {
					t.Errorf("%s in %s has the forms %v, want %v", key, lang, got, want)
				}
			}
		}
	}
	counted := 0
	for key := range counting {
		if !counting[key] {
			continue
		}
		counted++
		for _, lang := range workflows.Languages {
			said := map[int]string{}
			for _, n := range []int{0, 1, 2} {
				said[n] = words.Say(lang, key, workflows.Args{"Count": n, "Number": "LV-9", "By": "Lin", "Names": []string{"Lin"}})
				if said[n] == key || said[n] == "" {
					t.Errorf("%s in %s for %d is %q", key, lang, n, said[n])
				}
			}
			if lang == "en" && names[key] && said[1] == said[2] {
				t.Errorf("%s says the same of one and of two: %q", key, said[1])
			}
		}
	}
	if counted < 8 {
		t.Errorf("only %d texts count", counted)
	}
}

func TestPrinter(t *testing.T) {
	words := open(t)
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	en, zh := words.For("en", "Europe/Berlin", now), words.For("zh", "Asia/Shanghai", now)
	for _, c := range []struct{ got, want string }{
		{en.Date("2026-12-01"), "Tue 1 Dec"},
		{zh.Date("2026-12-01"), "12月1日（周二）"},
		{en.Date("2027-01-01"), "Fri 1 Jan 2027"},
		{zh.Date("2027-01-01"), "2027年1月1日（周五）"},
		{en.Dates("2026-12-01", "2026-12-03"), "Tue 1 – Thu 3 Dec"},
		{en.Dates("2026-11-30", "2026-12-03"), "Mon 30 Nov – Thu 3 Dec"},
		{en.Dates("2026-12-01", "2026-12-01"), "Tue 1 Dec"},
		{zh.Dates("2026-12-01", "2026-12-04"), "12月1日（周二）至12月4日（周五）"},
		{zh.Dates("2027-01-11", "2027-01-14"), "2027年1月11日（周一）至1月14日（周四）"},
		{zh.Dates("2026-12-30", "2027-01-02"), "2026年12月30日（周三）至2027年1月2日（周六）"},
		{zh.Brief("2026-12-01", "2026-12-04"), "12月1日–4日"},
		{zh.Brief("2026-11-30", "2026-12-04"), "11月30日–12月4日"},
		{zh.Brief("2026-12-16", "2026-12-16"), "12月16日"},
		{zh.Brief("2026-12-30", "2027-01-02"), "2026年12月30日–2027年1月2日"},
		{en.Brief("2026-12-01", "2026-12-04"), "Tue 1 – Fri 4 Dec"},
		{en.Dates("2027-01-11", "2027-01-14"), "Mon 11 – Thu 14 Jan 2027"},
		{en.Dates("2026-12-30", "2027-01-02"), "Wed 30 Dec 2026 – Sat 2 Jan 2027"},
		{en.Days(480), "1 day"},
		{en.Days(240), "0.5 days"},
		{en.Days(1440), "3 days"},
		{en.Days(-480), "−1 day"},
		{en.Days(0), "0 days"},
		{zh.Days(720), "1.5天"},
		{en.Time(now), "Tue 24 Nov, 10:00"},
		{zh.Time(now), "11月24日（周二）17:00"},
		{en.List([]string{"A", "B", "C"}), "A, B and C"},
		{en.Text("notice.attach", workflows.Args{"By": "Tom", "Count": 1, "Number": "LV-1"}), "Tom handed in a file for LV-1."},
		{zh.List([]string{"A", "B"}), "A、B"},
		{en.Text("request.not_found", workflows.Args{"Number": "LV-1\u202Etxt"}), `There is no request LV-1\u202Etxt that concerns you. /requests lists yours.`},
		{words.For("fr", "Nowhere/At", now).Time(now), "Tue 24 Nov, 09:00 UTC"}, // whose clock that is nobody can know otherwise
		{words.For("zh", "Nowhere/At", now).Time(now), "11月24日（周二）09:00（UTC）"},
		{words.For("en", "UTC", now).Time(now), "Tue 24 Nov, 09:00"},
		{zh.Text("notice.remind.item", workflows.Args{"Requester": "张敏", "Number": "LV-1", "Since": "2026-11-21T16:30:00Z"}), "张敏 · LV-1 · 已等待2天"}, // it was the 22nd by then in Shanghai
		{en.Text("notice.remind.item", workflows.Args{"Requester": "Lin", "Number": "LV-1", "Since": "2026-11-23T22:30:00Z"}), "Lin · LV-1 · waiting for 1 day"},
		{en.Text("notice.remind.item", workflows.Args{"Requester": "Lin", "Number": "LV-1", "Since": "2026-11-24T06:30:00Z"}), "Lin · LV-1 · waiting for 2 hours"},
		{en.Text("notice.remind.item", workflows.Args{"Requester": "Lin", "Number": "LV-1", "Since": "2026-11-24T08:30:00Z"}), "Lin · LV-1 · waiting for less than an hour"},
		{zh.Text("status.approved", workflows.Args{"By": "周凯", "For": ""}), "周凯已同意"},
		{zh.Text("status.approved", workflows.Args{"By": "周凯 Zhou Kai", "For": ""}), "周凯 Zhou Kai 已同意"},
		{zh.Text("status.approved", workflows.Args{"By": "Tom", "For": "张敏"}), "Tom（代张敏）已同意"},
		{zh.Text("status.waiting", workflows.Args{"Names": []string{"张敏", "Tom"}}), "等待张敏、Tom 审批"},
		{zh.Text("told.nudge", workflows.Args{"Names": []string{"Tom", "张敏"}, "Count": 2}), "已催办 Tom、张敏。"},
		{en.Text("told.nudge", workflows.Args{"Names": []string{"Tom", "Ann"}, "Count": 2}), "Tom and Ann have been reminded."},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// A text that was parsed once is written for many at the same moment, for each by their own clock.
func TestManyReadersOfOneText(t *testing.T) {
	words, now := open(t), time.Date(2026, time.November, 30, 1, 0, 0, 0, time.UTC)
	args := workflows.Args{"Number": "LV-1", "Since": "2026-11-29T23:30:00Z"}
	var writing sync.WaitGroup
	for zone, want := range map[string]string{"UTC": "LV-1 · waiting for 1 day", "Asia/Shanghai": "LV-1 · waiting for 1 hour"} {
		for range 8 {
			writing.Go(func() {
				p := words.For("en", zone, now)
				for range 100 {
					if got := p.Text("approvals.item", args); got != want {
						t.Errorf("in %s: %s, want %s", zone, got, want)
						return
					}
				}
			})
		}
	}
	writing.Wait()
}

// What a phone shows of a message is its beginning: who, and what, rather than a number that says nothing to its reader.
func TestNothingThatIsPushedBeginsWithANumber(t *testing.T) {
	leading := regexp.MustCompile(`^[^\pL\pN{]*\{\{-?\s*\.Number`)
	pushed := 0
	for name, source := range sources(t) {
		for _, lang := range workflows.Languages {
			for key, text := range read(t, source, lang+".toml") {
				if line := strings.HasSuffix(key, ".item"); line || !strings.Contains("."+key, ".notice.") && !strings.HasSuffix(key, "card.fallback") {
					continue
				}
				if pushed++; leading.MatchString(text) {
					t.Errorf("%s of %s in %s begins with a number: %q", key, name, lang, text)
				}
			}
		}
	}
	if pushed < 80 {
		t.Errorf("only %d texts are pushed", pushed)
	}
}

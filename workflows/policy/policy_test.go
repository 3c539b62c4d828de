package policy_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/catalog"
	"github.com/nod-chat/nod/workflows/leave"
	"github.com/nod-chat/nod/workflows/policy"
)

func TestDefault(t *testing.T) {
	p := policy.Default()
	var kinds, catalogued []workflows.KindName
	for _, k := range p.Kinds() {
		kinds = append(kinds, k.Definition.Kind)
	}
	for _, b := range catalog.Kinds() {
		catalogued = append(catalogued, b.Definition.Kind)
	}
	if !slices.Equal(kinds, catalogued) {
		t.Fatalf("the shipped policy has %v, the catalogue %v", kinds, catalogued)
	}
	kind, _ := p.Kind("leave")
	codes := func(country string) []string {
		var codes []string
		for _, o := range kind.Options["leave.types"](workflows.Person{Country: country}) {
			codes = append(codes, o.Value)
		}
		return codes
	}
	if got := codes("CN"); !slices.Equal(got, leave.Codes) {
		t.Errorf("China has %v", got)
	}
	for _, country := range []string{"DE", "US", ""} {
		if got := codes(country); !slices.Contains(got, "annual") || slices.Contains(got, "annual_company") {
			t.Errorf("%q has %v", country, got)
		}
	}
	mornings := p.Patterns()["mornings"].Week[1]
	if mornings.AM.Minutes() != 180 || mornings.PM.Minutes() != 0 {
		t.Errorf("mornings: %+v", mornings)
	}
}

// A stored definition gives the same kind again, whatever the policy has become; and a policy that is read twice gives the same definitions.
func TestRestore(t *testing.T) {
	old, _ := policy.Default().Kind("leave")
	stored, err := json.Marshal(old.Definition)
	if err != nil {
		t.Fatal(err)
	}
	var d workflows.Definition
	if err := json.Unmarshal(stored, &d); err != nil {
		t.Fatal(err)
	}
	changed, err := policy.Load("policy.yaml", []byte("leave: {types: [{code: sick}], route: [{name: hr, approvers: ['role:hr'], mode: any_of}]}"))
	if err != nil {
		t.Fatal(err)
	}
	if now, _ := changed.Kind("leave"); now.Hash() == old.Hash() {
		t.Error("another policy has the same hash")
	}
	restored, err := changed.Restore(d, old.Hash())
	if err != nil {
		t.Fatal(err)
	}
	if restored.Hash() != old.Hash() {
		t.Errorf("%s came back as %s", old.Hash(), restored.Hash())
	}
	form, faults := restored.ReadForm(workflows.Form{"type": "婚假", "from": "2026-03-02"}, workflows.Person{Country: "CN"})
	if len(faults) > 0 || form["type"] != "marriage" {
		t.Errorf("%v %v", form, faults)
	}
	d.Kind = "sabbatical"
	if _, err := changed.Restore(d, old.Hash()); err == nil {
		t.Error("a kind that nobody knows was restored")
	}
}

// What a file leaves out is the shipped policy's.
func TestLeftOut(t *testing.T) {
	shipped, _ := policy.Default().Kind("leave")
	for _, content := range []string{"", "# nothing\n", "\uFEFFpatterns: {early: {mon: '06:00-14:00'}}\n"} {
		p, err := policy.Load("policy.yaml", []byte(content))
		if err != nil {
			t.Fatalf("%q: %v", content, err)
		}
		if kind, _ := p.Kind("leave"); kind.Hash() != shipped.Hash() {
			t.Errorf("%q: leave is not the shipped one", content)
		}
	}
	p, err := policy.Load("policy.yaml", []byte("patterns: {early: {mon: '06:00-14:00', tue: '06:00-10:00, 11:00-15:00'}}"))
	if err != nil {
		t.Fatal(err)
	}
	week := p.Patterns()["early"].Week
	want := workflows.DayShifts{AM: workflows.Shift{From: 360, To: 720}, PM: workflows.Shift{From: 720, To: 840}}
	if week[1] != want || week[2].PM.From != 660 || len(p.Patterns()) != 1 {
		t.Errorf("%+v", p.Patterns())
	}
}

// A stretch over noon costs a whole day, unless it says which half it is; the clock of its person runs through all of it in either case.
func TestStretchThatIsAHalf(t *testing.T) {
	p, err := policy.Load("policy.yaml", []byte("patterns: {early: {mon: '08:30-12:30 am', tue: '08:30-12:30', wed: '11:30-15:30 pm', thu: '08:30-12:30 am, 13:00-17:00'}}"))
	if err != nil {
		t.Fatal(err)
	}
	pattern := p.Patterns()["early"]
	monday := workflows.Date{Year: 2026, Month: 3, Day: 9}
	for day, want := range []struct {
		am, pm         bool
		minutes, costs workflows.Minutes
	}{{true, false, 240, 240}, {true, true, 240, 480}, {false, true, 240, 240}, {true, true, 480, 480}} {
		d := monday.AddDays(day)
		am, pm := workflows.Works(pattern, workflows.Calendar{}, d)
		minutes := pattern.Shifts(workflows.Calendar{}, d).Minutes()
		if am != want.am || pm != want.pm || minutes != want.minutes {
			t.Errorf("%s: morning %v, afternoon %v, %d minutes", d.Weekday(), am, pm, minutes)
		}
		span, err := workflows.NewSpan(d, workflows.AM, d, workflows.PM)
		if err != nil {
			t.Fatal(err)
		}
		shares := leave.Count(leave.Type{Counts: leave.Working}, span, pattern, workflows.Calendar{})
		if len(shares) != 1 || shares[0].Minutes != want.costs {
			t.Errorf("%s costs %v, want %d", d.Weekday(), shares, want.costs)
		}
		h := workflows.Hours{Pattern: pattern}
		start := d.At(0, time.UTC)
		if end := h.Add(start, want.minutes); workflows.DateOf(end) != d {
			t.Errorf("%s: %d minutes of work end at %s", d.Weekday(), want.minutes, end)
		}
	}
}

// TestFaults reads testdata/*.txtar: a policy and every fault of it, with its line. SECTIONS stands for those that there are.
func TestFaults(t *testing.T) {
	sections := "patterns"
	for _, b := range catalog.Kinds() {
		sections += ", " + string(b.Definition.Kind)
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = policy.Load(archive.Files[0].Name, archive.Files[0].Data)
			var faults policy.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("not a list of faults: %v", err)
			}
			want := &archive.Files[1]
			got := strings.ReplaceAll(err.Error()+"\n", "the sections are "+sections, "the sections are SECTIONS")
			if got != string(want.Data) {
				if os.Getenv("UPDATE") == "" {
					t.Fatalf("got\n%swant\n%s(UPDATE=1 renews the file)", got, want.Data)
				}
				want.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A condition sees what it is said to see, and nothing is ever rounded.
func TestConditions(t *testing.T) {
	for when, asked := range map[string]bool{
		"minutes > 2 * day":                              false,
		"minutes >= 2 * day":                             true,
		`type == "annual" and country == "CN"`:           true,
		`department in ["Sales", "IT"]`:                  true,
		`tier != "new" || from >= "2026-12-01"`:          true,
		`days_off_unpublished != 0 && reason == "x"`:     false,
		`type in ["sick", "personal"] or minutes < day`:  false,
		`country == "CN" ? minutes > day : minutes > 10`: true,
	} {
		p, err := policy.Load("policy.yaml", []byte("leave:\n  types: [{code: annual}]\n  route:\n    - {name: manager, approvers: [manager], mode: any_of}\n"+
			"    - {name: more, approvers: ['role:hr'], mode: any_of, when: '"+when+"'}\n"))
		if err != nil {
			t.Errorf("%s: %v", when, err)
			continue
		}
		kind, _ := p.Kind("leave")
		boss := workflows.Person{ID: 1, No: "E1", Name: "boss", Active: true}
		lin := workflows.Person{ID: 2, No: "E2", Manager: 1, Department: "Sales", Country: "CN", Active: true}
		hr := workflows.Person{ID: 3, No: "E3", Roles: []string{"hr"}, Active: true}
		preview := kind.Preview(workflows.Request{Requester: 2, SubmittedBy: 2, SentBy: 2},
			workflows.Form{"type": "annual", "from": "2026-03-02", "to": "2026-03-03"}, workflows.Facts{Org: workflows.NewOrg(boss, lin, hr)})
		names := []string{}
		for _, s := range preview.Request.Steps {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " ") == "manager more"; got != asked {
			t.Errorf("%s: the route is %v", when, names)
		}
	}
}

// Whatever is in a file, reading it ends in a policy or in faults that each name a line of it.
func FuzzLoad(f *testing.F) {
	const rest = "patterns: {early: {mon: '06:00-14:00, 15:00-16:00'}}\nleave: {types: [{code: sick}], route: [{name: a, approvers: [manager], mode: any_of}]}\n"
	for _, content := range []string{
		rest + "equipment:\n  items: [{name: desk, aliases: [desks, 桌子]}]\n  currencies: [CNY]\n" +
			"  route:\n    - {name: a, approvers: ['role:hr', head], mode: in_order, when: quantity % 5 == 0 or amount > 5 CNY}\n",
		rest + "equipment: {currencies: [CNY], route: [{name: a, approvers: ['field:reason'], mode: all_of, when: 'reason matches \"^(\"'}]}",
		"leave: {types: [{code: &a sick}, *a], route: ~}", "a: [\n", "patterns: ~\n---\n", "leave:\n  blocked: [{from: 2026-02-30, to: x, reason: !!str y}]\n",
		"leave:\n  types:\n  - code: annual\n    countries: [CN]\n    max_per_year: -1\n    proof_above_days: 1e3\n    unit: |\n      day\n",
	} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		if len(content) > 2000 {
			return // more of the same, and each reads it anew
		}
		_, err := policy.Load("policy.yaml", []byte(content))
		if err == nil {
			return
		}
		var faults policy.Faults
		if !errors.As(err, &faults) || len(faults) == 0 {
			t.Fatalf("not a list of faults: %v", err)
		}
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > strings.Count(content, "\n")+strings.Count(content, "\r")+1 || fault.Sentence == "" {
				t.Errorf("%+v", fault)
			}
		}
	})
}

// The description for administrators names every key and every variable, and its examples are read as they stand.
func TestDocumentation(t *testing.T) {
	content, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	named := func(kind workflows.KindName, written string) {
		if !strings.Contains(string(content), written) {
			t.Errorf("docs/policy.md does not name %s, a key or a variable of %s", written, kind)
		}
	}
	for _, b := range catalog.Kinds() {
		kind := b.Definition.Kind
		for key, entry := range keysOf(reflect.TypeOf(b.Section())) {
			named(kind, string(kind)+"."+key)
			for _, name := range entry.all() {
				named(kind, "`"+name+"`")
			}
		}
		for name := range b.Variables {
			named(kind, "`"+name+"`")
		}
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(content), -1)
	for _, e := range examples {
		text := e[1]
		if strings.HasPrefix(text, "route:") {
			text = "leave:\n  types: [{code: sick}]\n  " + strings.ReplaceAll(text, "\n", "\n  ")
		}
		if _, err := policy.Load("docs/policy.md", []byte(text)); err != nil {
			t.Error(err)
		}
	}
	if len(examples) < 2 {
		t.Errorf("%d examples", len(examples))
	}
}

// keys are those of a section of the policy file, or of an entry of one, each with the keys within it.
type keys map[string]keys

// keysOf gives the keys of what is read into a type. What is written as one value, as a date, has none.
func keysOf(t reflect.Type) keys {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	found := keys{}
	for field := range t.Fields() {
		if tag, _, _ := strings.Cut(cmp.Or(field.Tag.Get("yaml"), field.Tag.Get("json")), ","); tag != "" {
			found[tag] = keysOf(field.Type)
		}
	}
	return found
}

func (k keys) all() []string {
	var all []string
	for name, within := range k {
		all = append(append(all, name), within.all()...)
	}
	return all
}

// TestShippedFile keeps the copy that administrators begin with like the policy that the program ships with: UPDATE=1 renews it.
func TestShippedFile(t *testing.T) {
	const file = "../../docs/policy.yaml"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, policy.Shipped(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(file)
	if err != nil || string(content) != string(policy.Shipped()) {
		t.Errorf("docs/policy.yaml is not the shipped policy (%v); renew it with UPDATE=1 go test ./workflows/policy", err)
	}
}

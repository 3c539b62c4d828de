package form_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/form"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

var wording = &fstest.MapFile{Data: []byte(`
"shopping.name" = "shopping"
"shopping.icon" = "🧺"
"shopping.form" = "Ask for things"
"shopping.help" = "Ask for things."
"shopping.example" = "two chairs"
"shopping.field.item" = "Item"
"shopping.field.quantity" = "How many"
"shopping.field.size" = "Size"
"shopping.field.day" = "Needed on"
"shopping.field.half" = "From the"
"shopping.field.colleague" = "For"
"shopping.field.customer" = "Customer"
"shopping.field.note" = "Note"
"shopping.field.offers" = "Offers"
"shopping.field.photo" = "Photos"
"shopping.field.price" = "Price"
"shopping.field.money" = "Currency"
"shopping.line.things" = "{{.Quantity}} × {{.Item}}{{if .PhotoCount}}, {{.Photo}}{{end}}"
"shopping.size.large" = "Large"
"shopping.hint.note" = "What it is for."
`)}

// photo is a field that a line may have besides.
var photo = workflows.Field{Name: "photo", Type: workflows.Files, Max: 2}

// shop makes the forms of a kind that has a list and a field of every other sort. lin fills them in.
type shop struct {
	form.Maker
	kind   *workflows.Kind
	people []workflows.Person // whom the directory finds
	below  []workflows.Person // for whom lin may act
	failed error              // what the directory answers instead
	held   map[string]workflows.File
}

var (
	zhao = workflows.Person{ID: 1, No: "E1", Name: "Zhao", Active: true}
	lin  = workflows.Person{ID: 2, No: "E2", Name: "Lin", Manager: 1, Active: true}
)

func newShop(t *testing.T, inLines ...workflows.Field) *shop {
	t.Helper()
	d := approval.Flow(workflows.Definition{Kind: "shopping", Prefix: "SH", ForOthers: true, Fields: []workflows.Field{
		{Name: "things", Type: workflows.Lines, Required: true, Fields: append([]workflows.Field{
			{Name: "item", Type: workflows.Text, Required: true, Max: 40},
			{Name: "quantity", Type: workflows.Number, Required: true, Default: "1", Min: 1, Max: 99},
		}, inLines...)},
		{Name: "size", Type: workflows.Choice, From: "sizes", Required: true},
		{Name: "day", Type: workflows.DateDay},
		{Name: "half", Type: workflows.HalfDay, Default: "am"},
		{Name: "colleague", Type: workflows.Employee},
		{Name: "customer", Type: workflows.Customer},
		{Name: "note", Type: workflows.Long, Max: 200},
		{Name: "offers", Type: workflows.Files, Max: 2},
	}, Route: []workflows.StepPlan{{Name: "manager", Approvers: []string{"manager"}, Mode: workflows.AnyOf}}}, nil)
	kind, err := workflows.NewKind(d, "", workflows.Rules{
		Approval: approval.Frame(nil), Texts: fstest.MapFS{"en.toml": wording, "zh.toml": wording},
		Title: func(workflows.Request) workflows.Row { return workflows.Row{} },
		Show:  func(workflows.Request, workflows.Facts, workflows.Relation) []workflows.Row { return nil },
		Options: map[string]workflows.Options{"sizes": func(workflows.Person) []workflows.Option {
			return []workflows.Option{{Value: "s<\u202e"}, {Value: "l", Text: "shopping.size.large", Alias: []string{"big"}}}
		}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	words, err := texts.New([]*workflows.Kind{kind})
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{kind: kind, held: map[string]workflows.File{}}
	s.Maker = form.Maker{Engine: s, Files: s, Directory: s, Person: lin,
		Print: words.For("en", "Asia/Shanghai", time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))}
	return s
}

func (s *shop) Now() time.Time { return time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC) }

func (s *shop) Preview(_ context.Context, viewer, requester workflows.Person, _ workflows.KindName, _ workflows.SubjectID, raw workflows.Form) (
	workflows.Preview, error) {
	facts := workflows.Facts{Org: workflows.NewOrg(append([]workflows.Person{zhao, lin}, s.below...)...), Files: s.held,
		Accounts: map[string]workflows.Account{"C1": {No: "C1", Name: "Acme"}}}
	return s.kind.Preview(workflows.Request{Requester: requester.ID, SubmittedBy: viewer.ID, SentBy: viewer.ID}, raw, facts), nil
}

func (s *shop) PeopleOf(_ context.Context, asker workflows.Person, most int) ([]workflows.Person, bool, error) {
	list := append([]workflows.Person{asker}, s.below...)
	return list[:min(len(list), most)], len(list) <= most, s.failed
}

func (s *shop) Whom(_ context.Context, asker workflows.Person, typed string) ([]workflows.Person, error) {
	var found []workflows.Person
	for _, p := range append([]workflows.Person{asker}, s.below...) {
		if p.Called(typed) || strings.Contains(p.Name, typed) {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return nil, workflows.Fault(workflows.ForField, "person.not_below", workflows.Args{"Value": typed})
	}
	return found, s.failed
}

// KeepFile keeps a file by its content, as the real store does.
func (s *shop) KeepFile(_ context.Context, f workflows.File, content []byte) (string, error) {
	sum := sha256.Sum256(content)
	f.ID = uuid.NewSHA1(uuid.Nil, sum[:]).String()
	if _, there := s.held[f.ID]; !there {
		s.held[f.ID] = f
	}
	return f.ID, nil
}

func (s *shop) Files(context.Context, []string) (map[string]workflows.File, error) {
	return s.held, nil
}

func (s *shop) FindPeople(_ context.Context, typed string, limit int) ([]workflows.Person, error) {
	var found []workflows.Person
	for _, p := range s.people {
		if len(found) < limit && (p.No == typed || strings.Contains(p.Name, typed)) {
			found = append(found, p)
		}
	}
	return found, s.failed
}

func (s *shop) FindAccounts(_ context.Context, typed string, _ int) ([]workflows.Account, error) {
	if typed == "acme" {
		return []workflows.Account{{No: "C1", Name: "Acme"}}, s.failed
	}
	return nil, s.failed
}

// filled is a form of the kind that came back with values, and with a line of its list open.
func (s *shop) filled(t *testing.T, values map[string]string, line int) form.Filled {
	t.Helper()
	state := bot.FormState{Form: "form:shopping", Nonce: "n", Values: values, Line: line}
	filled, err := form.ReadNew(state, func(name workflows.KindName) (*workflows.Kind, bool) { return s.kind, name == s.kind.Kind })
	if err != nil {
		t.Fatal(err)
	}
	filled.Requester = lin
	return filled
}

func (s *shop) again(t *testing.T, filled form.Filled) bot.Form {
	t.Helper()
	f, err := s.Recalculated(t.Context(), filled, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func field(t *testing.T, f bot.Form, name string) bot.FormField {
	t.Helper()
	for _, field := range f.Fields {
		if field.Name == name {
			return field
		}
	}
	t.Fatalf("the form has no field %s: %+v", name, f.Fields)
	return bot.FormField{}
}

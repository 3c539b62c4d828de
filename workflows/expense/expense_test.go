package expense_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/expense"
	"github.com/nod-chat/nod/workflows/phrase"
	"github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/workflowtest"
)

var options = workflowtest.Options{Kind: "expense", Check: check, Draw: draw, Texts: texts()}

// texts are the keys that the code puts together while it runs.
func texts() []string {
	list := []string{"expense.status.approved", "expense.hint.sanction", "expense.field.comment"}
	for _, code := range expense.Codes {
		list = append(list, "expense.category."+code)
	}
	for _, per := range []expense.Period{expense.PerLine, expense.PerDay, expense.PerMonth} {
		list = append(list, "expense.per."+string(per))
	}
	for _, state := range expense.Unpaid() {
		list = append(list, "expense.open."+string(state))
	}
	return list
}

func TestTranscripts(t *testing.T)           { workflowtest.Play(t, "testdata", options) }
func TestWalk(t *testing.T)                  { workflowtest.Walk(t, "testdata", options) }
func TestEveryEventByEverybody(t *testing.T) { workflowtest.Moves(t, "testdata", options) }
func TestStoredDefinitions(t *testing.T)     { workflowtest.Stored(t, "testdata", options) }
func TestTexts(t *testing.T)                 { workflowtest.Texts(t, options) }

// check holds I8 after every change: lines, total, what approvers allow and what is paid agree.
func check(m *workflowtest.Memory, r workflows.Request) error {
	return expense.SumsUp(m.KindOf(r).Definition, r)
}

func draw(t *rapid.T, m *workflowtest.Memory) workflows.Form {
	form := workflows.Form{"purpose": rapid.SampledFrom([]string{"", "visit"}).Draw(t, "purpose")}
	for id := range rapid.IntRange(1, 4).Draw(t, "lines") {
		set := func(field, value string) { form[workflows.LineName(field, id+1)] = value }
		set("category", rapid.SampledFrom([]string{"meal", "transport", "lodging", "other"}).Draw(t, "category"))
		set("date", rapid.SampledFrom([]string{"2026-02-26", "2026-02-27", "2026-02-28"}).Draw(t, "date"))
		set("amount", rapid.SampledFrom([]string{"0.01", "38", "86.50", "99.99", "700", "12,000.50"}).Draw(t, "amount"))
		set("currency", rapid.SampledFrom([]string{"CNY", "CNY", "USD", "JPY"}).Draw(t, "currency"))
		set("receipt", m.AnyFile(t))
	}
	return form
}

// What a line of chat asks for, as its writer would fill it in.
func TestLinesOfChat(t *testing.T) {
	kind, _ := policy.Default().Kind("expense")
	names := workflows.Names{Exact: []string{"expense", "报销"}, Hints: []string{"claim", "发票"}}
	today := workflows.Date{Year: 2026, Month: 11, Day: 25} // a Wednesday
	for line, want := range map[string]string{
		"Meal 86.50 yesterday with client KA-1024": "account=KA-1024 amount=86.50 category=meal currency=CNY date=2026-11-24",
		"打车 38 昨天":                                 "amount=38.00 category=transport currency=CNY date=2026-11-24",
		"taxi 38 yesterday":                        "amount=38.00 category=transport currency=CNY date=2026-11-24",
		"昨天打车38元":                                  "amount=38.00 category=transport currency=CNY date=2026-11-24",
		"hotel 420 on Monday in Shanghai":          "amount=420.00 category=lodging city=Shanghai currency=CNY date=2026-11-23",
		"dinner 12.5 yesterday":                    "amount=12.50 category=meal currency=CNY date=2026-11-24",
		"lunch €24.90 on 20 Nov":                   "amount=24.90 category=meal currency=EUR date=2026-11-20",
		"taxi 38":                                  "amount=38.00 category=transport currency=CNY",
		"120 km own car yesterday":                 "category=mileage date=2026-11-24 quantity=120",
		"自驾 120 公里 昨天":                             "category=mileage date=2026-11-24 quantity=120",
		"per diem from Monday to Tuesday":          "category=per_diem date=2026-11-23 until=2026-11-24",
		"陪客户KA-1024 晚餐 860 昨天":                     "account=KA-1024 amount=860.00 category=meal currency=CNY date=2026-11-24",
		"taxi 38 and 42 yesterday":                 "",
		"the taxi was late":                        "",
		"lunch tomorrow?":                          "",
		"annual leave next Monday":                 "",
		"two laptops please":                       "",
		"报销":                                       "nothing more",
	} {
		h := kind.Hear(phrase.NewLine(line, today), names, workflows.Person{})
		if got := inWords(h); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func inWords(h workflows.Hearing) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(h.Form)) {
		words = append(words, fmt.Sprintf("%s=%s", name, h.Form[name]))
	}
	if len(words) == 0 && h.Evidence > workflows.Nothing {
		return "nothing more"
	}
	return strings.Join(words, " ")
}

package workflows_test

import (
	"strings"
	"testing"

	"github.com/nod-chat/nod/workflows"
)

// everything is a form with a field of each type.
var everything = []workflows.Field{
	{Name: "line", Type: workflows.Text, Max: 20}, {Name: "text", Type: workflows.Long}, {Name: "currency", Type: workflows.Choice, From: "currencies"},
	{Name: "day", Type: workflows.DateDay}, {Name: "half", Type: workflows.HalfDay}, {Name: "dates", Type: workflows.Range},
	{Name: "number", Type: workflows.Number, Min: 1, Max: 20}, {Name: "amount", Type: workflows.Amount, Currency: "currency"},
	{Name: "person", Type: workflows.Employee}, {Name: "account", Type: workflows.Customer}, {Name: "proof", Type: workflows.Files},
	{Name: "things", Type: workflows.Lines, Fields: []workflows.Field{{Name: "item", Type: workflows.Text, Required: true}, {Name: "pieces", Type: workflows.Number, Default: "1"}}},
}

// Whatever a page or a chat sends for a form: each value is refused at its own field with a sentence, or comes out in machine form, which is read the
// same again.
func FuzzReadForm(f *testing.F) {
	options := func(f workflows.Field) []workflows.Option {
		return []workflows.Option{{Value: "CNY"}, {Value: "JPY"}, {Value: "KWD"}}
	}
	for _, sent := range []string{
		"line=a\ntext=b\ncurrency=CNY\namount=1,205.91\nday=2026-11-30\nhalf=am", "from=2026-11-30\nfrom_part=pm\nto=2026-12-01\nto_part=am",
		"number=１２\nperson=E001\naccount=KA-1\nproof=01890f3e-1111-7000-8000-000000000000", "item=desk\npieces=2\nitem_2=chair\nitem_51=x\npieces_2=",
		"currency=KWD\namount=1.205", "line= \u202E\u0301\ntext=\x00", "item_02=x\nitem_-1=x\nitem_9999999999999999999=y", "currency=yen\namount=¥5",
	} {
		f.Add(sent)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		if len(sent) > 2000 {
			return
		}
		raw := workflows.Form{}
		for line := range strings.SplitSeq(sent, "\n") {
			name, value, _ := strings.Cut(line, "=")
			raw[name] = value
		}
		form, faults := workflows.ReadForm(everything, raw, options)
		for _, fault := range faults {
			if fault.Text == "" || fault.Field == "" {
				t.Errorf("%q: %+v", sent, fault)
			}
			delete(raw, fault.Field)
		}
		for name, value := range form {
			if clean, err := workflows.CleanText(value, 5000); err != nil || clean != value || value == "" {
				t.Errorf("%q: %s is %q", sent, name, value)
			}
		}
		if len(faults) > 0 {
			return
		}
		again, faults := workflows.ReadForm(everything, form, options)
		if len(faults) > 0 || len(again) != len(form) {
			t.Errorf("%q is %v, and that is %v, %v", sent, form, again, faults)
		}
		for name, value := range form {
			if again[name] != value {
				t.Errorf("%q: %s is %q, and that is %q", sent, name, value, again[name])
			}
		}
	})
}

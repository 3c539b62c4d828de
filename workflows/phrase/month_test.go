package phrase_test

import (
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/phrase"
)

func TestMonthIn(t *testing.T) {
	today := workflows.Date{Year: 2026, Month: 11, Day: 24}
	for text, want := range map[string]struct{ month, rest string }{
		"2026-10": {"2026-10-01", ""}, "2026/10": {"2026-10-01", ""}, "2026.9": {"2026-09-01", ""}, "２０２６－１０": {"2026-10-01", ""},
		"October": {"2026-10-01", ""}, "oct": {"2026-10-01", ""}, "Nov": {"2026-11-01", ""}, "December": {"2025-12-01", ""},
		"October 2025": {"2025-10-01", ""}, "Oct, 2025": {"2025-10-01", ""}, "2025 October": {"2025-10-01", ""}, "may": {"2026-05-01", ""},
		"last month": {"2026-10-01", ""}, "this month": {"2026-11-01", ""}, "next month": {"2026-12-01", ""}, "Last Month": {"2026-10-01", ""},
		"10月": {"2026-10-01", ""}, "１０月": {"2026-10-01", ""}, "12月": {"2025-12-01", ""}, "十月": {"2026-10-01", ""}, "10月份": {"2026-10-01", ""},
		"2025年10月": {"2025-10-01", ""}, "2025 年 10 月": {"2025-10-01", ""}, "去年12月": {"2025-12-01", ""}, "今年3月": {"2026-03-01", ""},
		"上个月": {"2026-10-01", ""}, "上月": {"2026-10-01", ""}, "本月": {"2026-11-01", ""}, "这个月": {"2026-11-01", ""},
		"2027-01": {"2027-01-01", ""}, "company October": {"2026-10-01", "company"}, "10月 公司": {"2026-10-01", "公司"},
		"公司10月": {"2026-10-01", "公司"},

		"": {}, "Tom": {"", "Tom"}, "2026": {"", "2026"}, "2026-13": {"", "2026-13"}, "13月": {"", "13月"}, "0月": {"", "0月"},
		"1800-10": {"", "1800-10"}, "2026-10-05": {"", "2026-10-05"}, "5 Oct": {"", "5 Oct"}, "Oct 5": {"", "Oct 5"}, "10月5日": {"", "10月5日"},
		"September October": {"", "September October"}, "9月 10月": {"", "9月 10月"}, "9月到10月": {"", "9月到10月"}, "Sep-Oct": {"", "Sep-Oct"},
		"2026-10-": {"", "2026-10-"}, "month": {"", "month"}, "last": {"", "last"},
	} {
		first, rest, ok := phrase.MonthIn(text, today)
		if first.String() != want.month || rest != want.rest || ok != (want.month != "") {
			t.Errorf("%q is read as %q, %v, with %q left; want %q, %q", text, first, ok, rest, want.month, want.rest)
		}
	}
	if first, _, ok := phrase.MonthIn("last month", workflows.Date{Year: 2026, Month: 1, Day: 31}); !ok || first.String() != "2025-12-01" {
		t.Errorf("in January, last month is %s", first)
	}
	if first, _, _ := phrase.MonthIn("last month", workflows.Date{Year: 2026, Month: 3, Day: 31}); first.String() != "2026-02-01" {
		t.Errorf("on 31 March, last month is %s", first)
	}
}

// Nothing that is typed breaks it, and a month that is not understood takes nothing away.
func FuzzMonthIn(f *testing.F) {
	f.Add("2026-10")
	f.Add("去年12月 company")
	f.Add("Oct\xff")
	f.Fuzz(func(t *testing.T, text string) {
		first, rest, ok := phrase.MonthIn(text, workflows.Date{Year: 2026, Month: 11, Day: 24})
		if !ok && (rest != text || !first.IsZero()) || ok && first.Day != 1 || len(rest) > len(text) {
			t.Errorf("%q: %v %q %v", text, first, rest, ok)
		}
	})
}

package table_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/storage/table"
)

func TestDays(t *testing.T) {
	for cell, want := range map[string]table.Day{
		"2026-01-05": {ISO: "2026-01-05"}, "2026/1/5": {ISO: "2026-01-05"}, "2026.1.5": {ISO: "2026-01-05"}, "2026-1-5": {ISO: "2026-01-05"},
		"2026年1月5日": {ISO: "2026-01-05"}, "2026年01月05日 星期一": {ISO: "2026-01-05"}, "２０２６／１／５": {ISO: "2026-01-05"}, "'2026-01-05": {ISO: "2026-01-05"},
		"20260105": {ISO: "2026-01-05"}, "2026-01-05T00:00:00": {ISO: "2026-01-05"}, "2026-01-05 00:00:00": {ISO: "2026-01-05"}, "2026/1/5 9:30": {ISO: "2026-01-05"},
		"2026-01-05T00:00:00.000Z": {ISO: "2026-01-05"}, "5-Jan-26": {ISO: "2026-01-05"}, "05-JAN-2026": {ISO: "2026-01-05"}, "5 January 2026": {ISO: "2026-01-05"},
		"5. März 2026": {ISO: "2026-03-05"}, "05. Dez 26": {ISO: "2026-12-05"}, "Monday, January 5, 2026": {ISO: "2026-01-05"}, "Jan 5, 2026": {ISO: "2026-01-05"},
		"31-Dec-99": {ISO: "1999-12-31"}, "1-Jan-49": {ISO: "2049-01-01"}, "46027": {ISO: "2026-01-05", Serial: true}, "46027.5": {ISO: "2026-01-05", Serial: true},
		"10959": {ISO: "1930-01-01", Serial: true}, "24.12.2026": {ISO: "2026-12-24"}, "12/24/2026": {ISO: "2026-12-24"}, "24-12-2026": {ISO: "2026-12-24"},
		"5.5.2026": {ISO: "2026-05-05"}, "01.11.2026": {ISO: "2026-11-01", Or: "2026-01-11"}, "1/5/2026 0:00": {ISO: "2026-05-01", Or: "2026-01-05"},
		"2025-02-29": {ISO: "2025-02-29"}, "32.12.2026": {ISO: "2026-12-32"}, // there is no such day: said by whoever reads it
		"": {}, "tomorrow": {}, "2026": {}, "2026-11": {}, "26/11/30": {}, "11/30/26": {}, "5-Foo-26": {}, "2026/1-5": {}, "1000": {}, "99999": {}, "460270": {},
		"2026-01-05x": {}, "5-Jan": {}, "-46027": {}, "1,5": {},
	} {
		if got := table.ReadDay(cell); got != want {
			t.Errorf("%q is %+v, want %+v", cell, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // whatever a spreadsheet's form, the day is the same
		day := time.Date(1930, 1, 1+rapid.IntRange(0, 60000).Draw(t, "n"), 0, 0, 0, 0, time.UTC)
		forms := []string{"2006-01-02", "2006/1/2", "2006年1月2日", "2-January-2006", "02-Jan-2006", "Jan 2, 2006", "20060102", "2006-01-02 15:04:05"}
		cell := day.Format(rapid.SampledFrom(forms).Draw(t, "form"))
		if got := table.ReadDay(cell); got != (table.Day{ISO: day.Format(time.DateOnly)}) {
			t.Fatalf("%q is %+v", cell, got)
		}
	})
}

func TestDecimals(t *testing.T) {
	for cell, want := range map[string]string{"10": "10", "2.5": "2.5", "2,5": "2.5", "-2,5": "-2.5", "１０": "10", "１．５": "1.5", "－3": "-3", "\u22123": "-3", "'5": "5", "1.2E+05": "120000",
		"1,2E+01": "12", "5E-01": "0.5", "1.25E+01": "12.5", "1.25E-02": "0.0125", "-1.2E+01": "-12", "1,234.5": "1234.5", "1.234,5": "1234.5", "1 234,5": "1234.5",
		// what it cannot tell stays as it is
		"1,234": "1,234", "1,2,3": "1,2,3", "1.2.3": "1.2.3", "1e3": "1e3", "": "", "abc": "abc", "1,": "1,", ",5": ",5"} {
		if got := table.Decimal(cell); got != want {
			t.Errorf("%q is %q, want %q", cell, got, want)
		}
	}
	number := regexp.MustCompile(`^-?\d+(\.\d+)?$`)
	rapid.Check(t, func(t *rapid.T) { // an exponent is written out exactly
		mantissa, e := rapid.IntRange(10, 99).Draw(t, "mantissa"), rapid.IntRange(-9, 20).Draw(t, "exponent")
		cell := fmt.Sprintf("%d.%dE%+03d", mantissa/10, mantissa%10, e)
		got := table.Decimal(cell)
		var a, b float64
		fmt.Sscan(got, &a)
		fmt.Sscan(cell, &b)
		if !number.MatchString(got) || a != b {
			t.Fatalf("%q is %q", cell, got)
		}
	})
}

func TestTruths(t *testing.T) {
	for cell, want := range map[string]string{"TRUE": "true", "True": "true", "true": "true", "是": "true", "WAHR": "true", "1": "true", "１": "true", "'TRUE": "true", "yes": "true", "Y": "true",
		"FALSE": "false", "False": "false", "否": "false", "FALSCH": "false", "0": "false", "no": "false", "": "", "maybe": "", "2": "", "truely": ""} {
		got := ""
		if yes, ok := table.Truth(cell); ok {
			got = fmt.Sprint(yes)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", cell, got, want)
		}
	}
}

func TestCodes(t *testing.T) {
	for cell, want := range map[string]string{"0018": "18", "18": "18", "18.0": "18", "'0018": "18", "００１８": "18", "000": "0", "e003": "E003", "E0018": "E0018", "18a": "18A", "": ""} {
		if got := table.Loose(cell); got != want {
			t.Errorf("%q is loosely %q, want %q", cell, got, want)
		}
	}
	for cell, want := range map[string]bool{"1.2E+11": true, "1E+11": true, "1,2E+11": true, "1E11": false, "E003": false, "12": false} {
		if got := table.Shortened(cell); got != want {
			t.Errorf("%q is shortened: %v", cell, got)
		}
	}
}

package workflows

import (
	"slices"
	"testing"
)

func TestRequestNumber(t *testing.T) {
	for _, typed := range []string{"LV-1042", "lv-1042", " Lv-1042\n", "ＬＶ－１０４２", "ｌｖ‑１０４２", "LV–1042"} {
		if got, ok := RequestNumber(typed); !ok || got != "LV-1042" {
			t.Errorf("%q is %q, %v", typed, got, ok)
		}
	}
	for _, typed := range []string{"", "LV", "1042", "LV-", "-1", "LV-1 please", "LV-1'--", "LV-1234567890123456789"} {
		if got, ok := RequestNumber(typed); ok {
			t.Errorf("%q is %q", typed, got)
		}
	}
}

func TestRequestNumbersIn(t *testing.T) {
	for line, want := range map[string][]string{
		"LV-1": {"LV-1"}, "lv-1": {"LV-1"}, "ＬＶ－１": {"LV-1"}, "withdraw LV-5": {"LV-5"}, "撤回LV-5": {"LV-5"}, "同意 LV-3，谢谢": {"LV-3"},
		"reject LV-3 too busy": {"LV-3"}, "LV 3": {"LV-3"}, "lv3?": {"LV-3"}, "approve LV-3 and LV-4, LV-3 first": {"LV-3", "LV-4"}, "EQ-2.": {"EQ-2"},
		"LV": nil, "XX-1": nil, "ALV-1": nil, "LV-1-2": nil, "LV-1A": nil, "https://a.example/LV-1/x": nil, "": nil, "level 3": nil,
		"cancel my leave on 4 Dec": nil, "on4": nil, "what about on-4?": {"ON-4"}, "ON-4 please": {"ON-4"}, // a word needs its hyphen
	} {
		if got := RequestNumbersIn(line, []string{"LV", "EQ", "ON"}); !slices.Equal(got, want) {
			t.Errorf("%q has %q", line, got)
		}
	}
}

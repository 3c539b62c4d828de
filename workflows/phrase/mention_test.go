package phrase

import "testing"

// mentioned gives the word that is found in a line, and the line without it.
func mentioned(line string, words []string) (word, rest string, ok bool) {
	m, ok := find(line, 0, words)
	if !ok {
		return "", "", false
	}
	return m.word, without(line, m.from, m.to), true
}

func TestMention(t *testing.T) {
	words := []string{"annual", "年假", "annual leave", "公司年假", "sick leave", "产假", "陪产假", "comp-off", "time off in lieu", "PTO", "事假", ""}
	for _, test := range []struct{ line, word, rest string }{
		{"annual leave tomorrow", "annual leave", "tomorrow"},
		{"Annual Leave tomorrow", "annual leave", "tomorrow"},
		{"ANNUAL  leave", "annual leave", ""},
		{"annual-leave 3 Dec", "annual leave", "3 Dec"},
		{"annual tomorrow", "annual", "tomorrow"},
		{"tomorrow: annual leaves", "annual", "tomorrow: leaves"},
		{"please book annual leave for tomorrow", "annual leave", "please book for tomorrow"},
		{"comp off on Friday", "comp-off", "on Friday"},
		{"pto, 3 Dec", "PTO", ", 3 Dec"},
		{"请ｐｔｏ明天", "PTO", "请明天"},
		{"明天请年假", "年假", "明天请"},
		{"请年假明天", "年假", "请明天"},
		{"请公司年假", "公司年假", "请"},
		{"陪产假 12月3日", "陪产假", "12月3日"},
		{"产假", "产假", ""},
		{"事假和年假", "事假", "和年假"},
		{"请 年假 明天", "年假", "请 明天"},
	} {
		word, rest, ok := mentioned(test.line, words)
		if !ok || word != test.word || rest != test.rest {
			t.Errorf("in %q: %q, %q, %v; want %q, %q", test.line, word, rest, ok, test.word, test.rest)
		}
	}
	for _, line := range []string{"", " ", "biannual", "annually", "annual2", "crypto", "PTO_1", "年 假", "假", "ánnual", "annual\u0301", "\xff"} {
		if word, rest, ok := mentioned(line, words); ok {
			t.Errorf("in %q: %q, %q; want nothing", line, word, rest)
		}
	}
	if _, _, ok := mentioned("annual", nil); ok {
		t.Error("a word is found in none")
	}
}

func TestMentionThenRead(t *testing.T) {
	word, rest, ok := mentioned("下周一到周三请年假，回老家", []string{"年假", "病假"})
	got := Read(rest, today)
	if !ok || word != "年假" || short(got) != "2026-11-30..2026-12-02" || got.Rest != "回老家" {
		t.Errorf("read %q, %s, %q", word, short(got), got.Rest)
	}
}

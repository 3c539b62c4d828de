package storage

import "testing"

// I15: a word is replaced wherever it stands, and nowhere else.
func TestErasedWordsAreReplaced(t *testing.T) {
	w := newErasedWords("erased-7", "1042", "E1", "林小雨 Lin Xiaoyu", "a.b+c@example.com", `O"Hara \ Sons`)
	for text, want := range map[string]string{
		"LIN XIAOYU and 林小雨说 and 林小雨 Lin Xiaoyu": "erased-7 and erased-7说 and erased-7",
		"Lin Xiaoyue, Berlin Xiaoyu, Lin":        "Lin Xiaoyue, Berlin Xiaoyu, Lin",
		"1042, LV-1042, 10421, (1042)":           "erased-7, LV-1042, 10421, (erased-7)",
		"E1 is too short, aXb+c@example.com":     "E1 is too short, aXb+c@example.com",
		"A.B+c@example.com; xa.b+c@example.com":  "erased-7; xa.b+c@example.com",
	} {
		if got := w.replaced(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	const before = `{"1042":["O\"Hara \\ Sons",1042,1e3,null],"s":"\nLin Xiaoyu <1>"}`
	got, err := w.replacedJSON(before)
	if want := `{"erased-7":["erased-7",1042,1e3,null],"s":"\nerased-7 \u003c1\u003e"}`; err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

package phrase

import (
	"strings"
	"testing"

	"github.com/nod-chat/nod/workflows"
)

var _ workflows.Line = (*Line)(nil)

var someday = workflows.Date{Year: 2026, Month: 11, Day: 25}

func TestCount(t *testing.T) {
	things := []string{"laptop", "laptops", "monitor", "monitors", "standing desk", "显示器", "笔记本", "笔记本电脑"}
	for _, c := range []struct {
		line  string
		n     int // 0: nothing is counted
		thing string
		rest  string
	}{
		{"two laptops please", 2, "laptops", "please"},
		{"2 laptops", 2, "laptops", ""},
		{"I need a monitor", 1, "monitor", "I need"},
		{"I need a new monitor for home", 1, "monitor", "I need for home"},
		{"a standing desk", 1, "standing desk", ""},
		{"2 台显示器", 2, "显示器", ""},
		{"２台显示器", 2, "显示器", ""},
		{"两台新的显示器", 2, "显示器", ""},
		{"申请三台笔记本电脑给新同事", 3, "笔记本电脑", "申请给新同事"},
		{"显示器两台", 2, "显示器", ""},
		{"显示器 2 台", 2, "显示器", ""},
		{"monitor x2", 0, "", "monitor x2"}, // one word to the scanner
		{"monitor x 2", 2, "monitor", ""},
		{"monitors: 2", 2, "monitors", ""},
		{"laptop 2", 2, "laptop", ""},
		{"monitor, and two laptops", 2, "laptops", "monitor, and"},

		{"my laptop is broken", 0, "", "my laptop is broken"},
		{"laptop 2 is broken", 0, "", "laptop 2 is broken"},
		{"3-2 laptops", 0, "", "3-2 laptops"},
		{"several laptops", 0, "", "several laptops"},
		{"十几台显示器", 0, "", "十几台显示器"},
		{"0 laptops", 0, "", "0 laptops"},
		{"100000 laptops", 0, "", "100000 laptops"},
		{"two laptopsleeves", 0, "", "two laptopsleeves"},
	} {
		l := NewLine(c.line, someday)
		n, thing, ok := l.Count(things)
		if n != c.n || ok != (c.n > 0) || thing != c.thing || l.text != c.rest {
			t.Errorf("%q: %d %q, rest %q", c.line, n, thing, l.text)
		}
	}
}

func TestWishes(t *testing.T) {
	for line, want := range map[string]bool{
		"I need a laptop": true, "two laptops please": true, "could I get a monitor?": true, "I'd like a desk": true, "我想申请设备": true, "需要两台显示器": true,
		"可以申请一台显示器吗": true, "order me a monitor": true,
		"my laptop is broken": false, "I don't need a laptop": false, "do I need a laptop": false, "how do I order a laptop": false, "不需要显示器": false,
		"申请设备要多久": false, "why do you need my laptop": false, "please cancel the laptop": false, "the order of things": true, "": false,
	} {
		if got := NewLine(line, someday).Wishes(); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestAmountInALine(t *testing.T) {
	for _, c := range []struct{ line, want, rest string }{
		{"two laptops for 2400 CNY", "2400.00 CNY", "two laptops for"},
		{"two laptops, €1,205.91 each", "1205.91 EUR", "two laptops, each"},
		{"打车 38元 昨天", "38.00 CNY", "打车 昨天"},
		{"打车￥38", "38.00 CNY", "打车"},
		{"about eur 12 or so", "12.00 EUR", "about or so"},
		{"room 204 costs 88 块", "88.00 CNY", "room 204 costs"},

		{"two laptops", "", ""}, {"2400", "", ""}, {"2400 USD", "", ""}, {"1,205 CNY", "", ""}, {"12 EURO", "", ""}, {"at 3 CNYs", "", ""},
	} {
		l := NewLine(c.line, someday)
		m, ok := l.Amount([]string{"CNY", "EUR"})
		if ok != (c.want != "") || ok && (m.String() != c.want || l.text != c.rest) || !ok && l.text != c.line {
			t.Errorf("%q: %s, %v, rest %q", c.line, m, ok, l.text)
		}
	}
}

// What is left says only what nothing was taken of, without the words that led to it.
func TestWhatIsLeft(t *testing.T) {
	l := NewLine("I need two laptops on Friday for the fair", someday)
	if _, _, ok := l.Count([]string{"laptops"}); !ok {
		t.Fatal("nothing is counted")
	}
	if d, fault := l.Dates(); fault != nil || d.From.String() != "2026-11-27" {
		t.Fatalf("%+v", d)
	}
	if got := l.Text(); got != "I need the fair" && !strings.Contains(got, "the fair") {
		t.Errorf("left is %q", got)
	}
	if got := NewLine("for the fair", someday).Text(); got != "for the fair" {
		t.Errorf("of an untouched line %q is left", got)
	}
	l = NewLine("我想申请一台显示器", someday)
	if _, _, ok := l.Count([]string{"显示器"}); !ok || l.Text() != "" || !l.Idle() {
		t.Errorf("left is %q", l.Text())
	}
}

// Whatever a line holds, taking from it ends, and what is left is no longer than it was.
func FuzzLine(f *testing.F) {
	for _, line := range []string{"two laptops please next Monday", "2 台显示器 38元", "a a a", "１，２０５．９１ EUR laptop laptop x 2", "\xff laptop", "€"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		l := NewLine(line, someday)
		for range 100 {
			was := len(l.text)
			_, _, counted := l.Count([]string{"laptop", "laptops", "显示器"})
			_, amount := l.Amount([]string{"CNY", "EUR", "JPY"})
			if !counted && !amount {
				break
			}
			if len(l.text) >= was {
				t.Fatalf("%q: taking leaves %q", line, l.text)
			}
		}
		l.Wishes()
		l.Dates()
		if len(l.Text()) > len(line)+1 {
			t.Fatalf("%q leaves %q", line, l.Text())
		}
	})
}

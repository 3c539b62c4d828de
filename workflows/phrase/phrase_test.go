package phrase

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
)

var today = workflows.Date{Year: 2026, Month: 11, Day: 24} // a Tuesday

// example is a line, what is read of it, written shortly, and what is left of it.
type example struct{ line, want, rest string }

// short writes a reading as 2026-12-01, with both ends when they differ, and the halves where a day is not whole; "" is not understood.
func short(r Reading) string {
	if !r.Dated {
		return ""
	}
	from, to := r.From.String(), r.To.String()
	half := r.From == r.To && r.FromPart == r.ToPart
	if r.FromPart == workflows.PM || half {
		from += " " + r.FromPart.String()
	}
	if r.ToPart == workflows.AM || half {
		to += " " + r.ToPart.String()
	}
	if from == to && !half {
		return from
	}
	return from + ".." + to
}

// wholes is the same with the parts spelt as an example may spell them: a first morning and a last afternoon go without saying.
func wholes(s string) string {
	from, to, ok := strings.Cut(s, "..")
	if !ok || from[:10] == to[:10] {
		return s
	}
	return strings.TrimSuffix(from, " am") + ".." + strings.TrimSuffix(to, " pm")
}

func check(t *testing.T, examples []example) {
	t.Helper()
	for _, e := range examples {
		got := Read(e.line, today)
		if short(got) != wholes(e.want) || got.Rest != e.rest {
			t.Errorf("Read(%q) = %q, rest %q; want %q, rest %q", e.line, short(got), got.Rest, wholes(e.want), e.rest)
		}
	}
}

func refuse(t *testing.T, lines []string) {
	t.Helper()
	for _, line := range lines {
		if got := Read(line, today); got.Dated {
			t.Errorf("Read(%q) = %s, want it not understood", line, short(got))
		} else if got.From != (workflows.Date{}) || got.To != (workflows.Date{}) {
			t.Errorf("Read(%q) keeps dates that it did not understand: %+v", line, got)
		}
	}
}

func TestReadOnOtherDays(t *testing.T) {
	for _, test := range []struct{ today, line, want string }{
		{"2026-11-29", "next Monday", "2026-11-30"}, // Sunday is the last day of its week
		{"2026-11-29", "Monday", "2026-11-30"},
		{"2026-11-29", "this Sunday", "2026-11-29"},
		{"2026-11-29", "本周五", ""},
		{"2026-11-29", "Friday to next Tuesday", ""}, // Friday is 4 December, next Tuesday the 1st
		{"2026-11-30", "next Monday", "2026-12-07"},
		{"2026-11-30", "Monday", "2026-12-07"},
		{"2026-12-28", "2 Jan", "2027-01-02"},
		{"2027-01-05", "28 Dec", "2026-12-28"},
		{"2027-01-05", "28 Dec to 3 Jan", "2026-12-28..2027-01-03"},
		{"2028-02-10", "29 Feb", "2028-02-29"},
		{"2027-12-31", "29 Feb", "2028-02-29"},
		{"2028-03-30", "29 Feb", "2028-02-29"},
		{"2028-04-15", "29 Feb", ""},
		{"2026-12-31", "tomorrow", "2027-01-01"},
		{"2026-12-31", "明年1月3日", "2027-01-03"},
		{"2199-12-31", "tomorrow", ""},
		{"2028-02-27", "3 days from tomorrow", "2028-02-28..2028-03-01"},
	} {
		day, err := workflows.ParseDate(test.today)
		if err != nil {
			t.Fatal(err)
		}
		if got := short(Read(test.line, day)); got != test.want {
			t.Errorf("on %s Read(%q) = %q, want %q", test.today, test.line, got, test.want)
		}
	}
	if got := Read("tomorrow, Monday, next week", workflows.Date{}); got.Dated {
		t.Errorf("without a date of today, Read = %+v", got)
	}
}

func TestIdle(t *testing.T) {
	for line, want := range map[string]bool{"": true, "我想": true, "I want to take": true, "I'd like to take, please!": true, "how do I take": false, "hello": false, "说点什么": false, "to Tom": false} {
		if Idle(line) != want {
			t.Errorf("Idle(%q) is %v", line, !want)
		}
	}
}

func TestReadKeepsTheRestOfWhatItDoesNotUnderstand(t *testing.T) {
	for line, want := range map[string]string{
		"for the dentist":         "the dentist",
		"请假去医院":                   "去医院",
		"from 03/04 to 05/04":     "",
		"family, from 03/04":      "family",
		"  may I?  ":              "may I",
		"off-site, please":        "off-site",
		":palm_tree:":             ":palm_tree:",
		"family :palm_tree: ":     "family :palm_tree:",
		":+1: :palm-tree:":        ":+1: :palm-tree:",
		"家里有事:palm_tree:":         "家里有事:palm_tree:",
		": family:":               "family",
		".NET course.":            ".NET course",
		"\u202Eevil":              "\u202Eevil",
		"\xff\xfe broken":         "\xff\xfe broken",
		"<!channel> *bold* `x`":   "<!channel> *bold* `x`",
		"我妈生病了":                   "我妈生病了",
		"(family)":                "family",
		"(family) and (friends)":  "(family) and (friends)",
		"I would like to have it": "I would like to have it",
	} {
		if got := Read(line, today); got.Dated || got.Rest != want {
			t.Errorf("Read(%q) leaves %q, want %q", line, got.Rest, want)
		}
	}
}

// What speaks of dates and names no range is said, with the words that do; it is never left to be taken for a reason.
func TestWhatWasSeenIsNamed(t *testing.T) {
	for _, c := range []struct{ line, why, seen, rest string }{
		{"03/04", twoWays, "03/04", ""},
		{"annual leave 03/04 family", twoWays, "03/04", "annual leave family"},
		{"3.4.2027 dentist", twoWays, "3.4.2027", "dentist"},
		{"from 03/04 to 05/04", twoWays, "03/04", ""},
		{"from Monday", noEnd, "from Monday", ""},
		{"周一开始休假", noEnd, "周一开始", ""},
		{"not Monday", leftOut, "not Monday", ""},
		{"next week except Friday", leftOut, "next week except Friday", ""},
		{"除了周五", leftOut, "除了周五", ""},
		{"周五不请假", leftOut, "周五不请假", ""},
		{"Monday and Thursday", several, "Monday and Thursday", ""},
		{"周一、周四", several, "周一、周四", ""},
		{"I need a day off", noStart, "a day", ""},
		{"三天年假", noStart, "三天", "年假"},
		{"0000-01-01", outOfRange, "0000-01-01", ""},
		{"30 Feb", impossible, "30 Feb", ""},
		{"31.11.2026", impossible, "31.11.2026", ""},
		{"32.1.2027 dentist", impossible, "32.1.2027", "dentist"},
		{"13/13/2026", impossible, "13/13/2026", ""},
		{"dentist 2026-12-24 - 28", unclear, "2026-12-24 - 28", "dentist"},
		{"dentist between 24 and 28 Dec", several, "between 24 and 28 Dec", "dentist"},
		{"下周三四五看牙", unclear, "下周三四五", "看牙"},
		{"下周一、二、三看牙", several, "下周一、二、三", "看牙"},
		{"5 Dec to 3 Dec", backwards, "5 Dec to 3 Dec", ""},
		{"before Friday", unclear, "before Friday", ""},
		{"5号", unclear, "5号", ""},
		{"on the 5th", unclear, "5th", ""},
		{"next weekend, hiking", unclear, "next weekend", "hiking"},
		{"family", "", "", "family"},
	} {
		got := Read(c.line, today)
		if got.Dated || got.why != c.why || got.seen != c.seen || got.Rest != c.rest {
			t.Errorf("Read(%q): %q, seen %q, rest %q", c.line, got.why, got.seen, got.Rest)
		}
	}
	if e := Read("03/04", today).Fault(); e.Args["First"] != "2027-04-03" || e.Args["Second"] != "2027-03-04" {
		t.Errorf("03/04 may be %v", e.Args)
	}
}

// Half of a day that nobody says which it is has its date, and is asked about.
func TestHalfOfADay(t *testing.T) {
	for _, line := range []string{"half day tomorrow", "half a day tomorrow", "明天半天", "明天请半天假", "11月25日半天", "tomorrow I moved house and want half a day"} {
		if got := Read(line, today); got.Dated || !got.Half || got.From.String() != "2026-11-25" || got.why != "" {
			t.Errorf("Read(%q) = %+v", line, got)
		}
	}
	for _, line := range []string{"half day on Friday to Monday", "half day tomorrow and Friday", "half a day tomorrow or Friday", "周一到周三半天"} {
		if got := Read(line, today); got.Half || got.Dated || got.why == "" {
			t.Errorf("Read(%q) = %+v", line, got)
		}
	}
}

// A number that may as well be a date is one where dates are to be expected and nothing else speaks of them; who reads amounts leaves it to
// them. A month of one digit is none that could be the day, and neither is a number that counts something.
func TestNumbersThatMayBeDates(t *testing.T) {
	for line, want := range map[string]string{
		"24.12": "2026-12-24", "annual leave 24.12 family": "2026-12-24", "24.12 - 28.12": "2026-12-24..2026-12-28", "24.12-28.12": "2026-12-24..2026-12-28",
		"12.24": "2026-12-24", "年假 12.24-12.28": "2026-12-24..2026-12-28", "20261224": "2026-12-24", "20261224-20261228": "2026-12-24..2026-12-28", "２４．１２": "2026-12-24",
		"3.12": twoWays, "03.04": twoWays, "3.4.27": twoWays, "20261232": impossible,
		"tomorrow, room 24.12": "2026-11-25", "3.4": "", "1.5 days": unclear, "24.12 hours": "", "24.12%": "", "$24.12": "", "v24.12": "", "13.99": "", "1.2.3.4": "", "12345678": "", "12345678901": "",
	} {
		l := NewLine(line, today)
		d, fault := l.Dates()
		got := ""
		switch {
		case fault != nil:
			got = fault.Text
		case !d.From.IsZero() && d.From != d.To:
			got = d.From.String() + ".." + d.To.String()
		case !d.From.IsZero():
			got = d.From.String()
		}
		if loose := want != "" && want != unclear && want != "2026-11-25"; got != want || fault == nil && d.Loose != loose {
			t.Errorf("%q says %q, loosely %v; want %q", line, got, d.Loose, want)
		}
		if strict := Read(line, today); strict.Dated && want != "2026-11-25" {
			t.Errorf("Read(%q) = %+v", line, strict)
		}
	}
	if m, ok := NewLine("24.12", today).Figure("EUR"); !ok || m.Amount() != "24.12" {
		t.Errorf("24.12 as an amount is %v, %v", m, ok)
	}
}

// A day is read the same however it is written, wherever it stands by itself.
func TestReadDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, today := anyDate.Draw(t, "date"), anyDate.Draw(t, "today")
		for _, form := range forms {
			if got, fault := ReadDay(form(d), today); fault != nil || got != d {
				t.Fatalf("ReadDay(%q) = %s, %v", form(d), got, fault)
			}
		}
	})
	for typed, want := range map[string]string{"tomorrow": "2026-11-25", " 明天 ": "2026-11-25", "7 Dec": "2026-12-07", "2026/12/7": "2026-12-07",
		"2026-12-7": "2026-12-07", "２０２６－１２－７": "2026-12-07", "24.12.": "2026-12-24", "24.12": "2026-12-24", "24.12.26": "2026-12-24", "20261224": "2026-12-24"} {
		if got, fault := ReadDay(typed, today); fault != nil || got.String() != want {
			t.Errorf("ReadDay(%q) = %s, %v", typed, got, fault)
		}
	}
	for typed, want := range map[string]string{"03/04": twoWays, "0000-01-01": outOfRange, "30 Feb": impossible, "soon": "date.format", "tomorrow afternoon": "date.format",
		"7 Dec family": "date.format", "7-9 Dec": "date.format", "half day tomorrow": "date.format"} {
		if got, fault := ReadDay(typed, today); fault == nil || fault.Text != want || !got.IsZero() {
			t.Errorf("ReadDay(%q) = %s, %v", typed, got, fault)
		}
	}
}

func TestReadRefusesLongLines(t *testing.T) {
	within := "3 Dec " + strings.Repeat("家", maxLine-len("3 Dec "))
	if !Read(within, today).Dated {
		t.Error("a line of 500 runes is not read")
	}
	if got := Read(within+"家", today); got.Dated || got.Rest != within+"家" {
		t.Errorf("a line of 501 runes is read: %+v", got)
	}
}

var anyDate = rapid.Custom(func(t *rapid.T) workflows.Date {
	first, last := workflows.Date{Year: 1901, Month: 1, Day: 1}, workflows.Date{Year: 2198, Month: 12, Day: 31}
	return workflows.DateFromDays(rapid.IntRange(first.Days(), last.Days()).Draw(t, "days"))
})

func ordinalOf(n int) string {
	switch {
	case n%10 == 1 && n != 11:
		return "st"
	case n%10 == 2 && n != 12:
		return "nd"
	case n%10 == 3 && n != 13:
		return "rd"
	}
	return "th"
}

// forms writes one date in each way that names it whole.
var forms = []func(d workflows.Date) string{
	workflows.Date.String,
	func(d workflows.Date) string { return fmt.Sprintf("%d.%d.%d", d.Year, d.Month, d.Day) },
	func(d workflows.Date) string { return fmt.Sprintf("%d/%d/%d", d.Year, d.Month, d.Day) },
	func(d workflows.Date) string { return fmt.Sprintf("%d-%d-%d", d.Year, d.Month, d.Day) },
	func(d workflows.Date) string { return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year) },
	func(d workflows.Date) string {
		return fmt.Sprintf("the %d%s of %s %d", d.Day, ordinalOf(d.Day), d.Month, d.Year)
	},
	func(d workflows.Date) string {
		return fmt.Sprintf("%s %d%s, %d", d.Month.String()[:3], d.Day, ordinalOf(d.Day), d.Year)
	},
	func(d workflows.Date) string {
		return fmt.Sprintf("%s %02d %s %d", d.Weekday().String()[:3], d.Day, strings.ToUpper(d.Month.String()[:3]), d.Year)
	},
	func(d workflows.Date) string { return fmt.Sprintf("%d年%d月%d日", d.Year, d.Month, d.Day) },
	func(d workflows.Date) string {
		return wide(fmt.Sprintf("%d年%d月%d号", d.Year, d.Month, d.Day)) + "（星期" + string([]rune("日一二三四五六")[d.Weekday()]) + "）"
	},
}

func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r - '0' + '０'
		}
		return r
	}, s)
}

func TestReadUndoesEachForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, today := anyDate.Draw(t, "date"), anyDate.Draw(t, "today")
		length := rapid.IntRange(0, maxDays-1).Draw(t, "length")
		until := d.AddDays(length)
		for i, form := range forms {
			if got := Read(form(d), today); !got.Dated || got.From != d || got.To != d || got.FromPart != workflows.AM || got.ToPart != workflows.PM || got.Rest != "" {
				t.Fatalf("Read(%q) = %+v, want %s", form(d), got, d)
			}
			if i == 3 && length == 0 {
				continue
			}
			for _, link := range []string{" to ", " - ", "到", " 至 "} {
				line := "from " + form(d) + link + form(until)
				if got := Read(line, today); !got.Dated || got.From != d || got.To != until || got.Rest != "" {
					t.Fatalf("Read(%q) = %+v, want %s to %s", line, got, d, until)
				}
			}
			line := fmt.Sprintf("%s for %d days", form(d), length+1)
			if got := Read(line, today); !got.Dated || got.From != d || got.To != until || got.Rest != "" {
				t.Fatalf("Read(%q) = %+v, want %s to %s", line, got, d, until)
			}
		}
	})
}

func TestReadFindsTheYear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		today := anyDate.Draw(t, "today")
		d := today.AddDays(rapid.IntRange(-lookBack, 300).Draw(t, "ahead"))
		for _, line := range []string{
			fmt.Sprintf("%d %s", d.Day, d.Month), fmt.Sprintf("%s %d", d.Month, d.Day), fmt.Sprintf("%d月%d日", d.Month, d.Day),
		} {
			if got := Read(line, today); !got.Dated || got.From != d {
				t.Fatalf("on %s Read(%q) = %s, want %s", today, line, short(got), d)
			}
		}
	})
}

func TestReadWeekdays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		today := anyDate.Draw(t, "today")
		n := rapid.IntRange(0, 6).Draw(t, "weekday")
		monday := today.AddDays(-weekdayOf(today))
		name := monday.AddDays(n).Weekday().String()
		han := string([]rune("一二三四五六日")[n])
		for _, line := range []string{name, "on " + name, "周" + han, "星期" + han} {
			got := Read(line, today)
			if ahead := got.From.Days() - today.Days(); ahead < 1 || ahead > 7 || weekdayOf(got.From) != n {
				t.Fatalf("on %s Read(%q) = %s", today, line, short(got))
			}
		}
		for _, line := range []string{"next " + name, "下周" + han, "下个礼拜" + han} {
			if got := Read(line, today); got.From != monday.AddDays(7+n) {
				t.Fatalf("on %s Read(%q) = %s", today, line, short(got))
			}
		}
	})
}

// pieces are what lines of dates are made of; at random they make lines that nobody thought of.
var pieces = []string{
	"3", "5", "31", "0", "2026", "12", "Dec", "may", "sat", "Monday", "周一", "下周", "下周三", "明天", "半天", "三", "两", "天", "日", "号", "月", "年", "到", "-", "..", "to", "from",
	"for", "days", "day", "half", "a", "after", "tomorrow", "next", "this", "week", "am", "pm", "下午", "of", "the", ",", "、", "(", ")", "and", "in", "起", "开始", "后", "假", "请", "03/04",
	"2026-12-01", "2026/12/3", "14:30", "$", "3rd", "until", "x", "\xff", "\u202e", "🙂", "'",
}

func TestReadIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "parts")
		line := strings.Join(parts, rapid.SampledFrom([]string{" ", ""}).Draw(t, "gap"))
		sound(t, line, anyDate.Draw(t, "today"))
	})
}

// sound holds what is true of each reading of each line.
func sound(t interface {
	Helper()
	Fatalf(string, ...any)
}, line string, today workflows.Date) {
	t.Helper()
	got := Read(line, today)
	if again := Read(line, today); again != got {
		t.Fatalf("Read(%q) is once %+v and once %+v", line, got, again)
	}
	if len(got.Rest) > len(line)+1 {
		t.Fatalf("Read(%q) leaves more than there was: %q", line, got.Rest)
	}
	if !got.Dated {
		if got.Half {
			if got.From != got.To || got.why != "" || !exists(got.From) {
				t.Fatalf("Read(%q) is half of %+v", line, got)
			}
			return
		}
		if got != (Reading{Rest: got.Rest, seen: got.seen, why: got.why, either: got.either}) {
			t.Fatalf("Read(%q) did not understand, and says %+v", line, got)
		}
		if (got.seen != "") != (got.why != "") {
			t.Fatalf("Read(%q) does not say what it saw, or why it does not understand it: %+v", line, got)
		}
		return
	}
	if _, err := workflows.NewSpan(got.From, got.FromPart, got.To, got.ToPart); err != nil {
		t.Fatalf("Read(%q) = %+v: %v", line, got, err)
	}
	if !exists(got.From) || !exists(got.To) || got.To.Days()-got.From.Days() >= maxDays {
		t.Fatalf("Read(%q) = %+v", line, got)
	}
	if utf8.RuneCountInString(line) > maxLine {
		t.Fatalf("Read reads a line of %d bytes", len(line))
	}
}

func FuzzRead(f *testing.F) {
	for _, line := range []string{
		"from 3 Dec afternoon to 5 Dec morning", "half day on Friday morning", "请三天年假，从下周一开始", "12月3日下午到5日上午", "2026-12-01 pm 2026-12-03 am x",
		"Thu 3 Dec (family)", "明天（周三）", "3–5 Dec 2026", "Ⅻ月３日", "2026-12-01..", "a.m. tomorrow p.m", "in 3 days' time", "the the the 3 Dec", "\xe5\x91", "１，０００ ３．４",
	} {
		f.Add(line, 0)
	}
	f.Fuzz(func(t *testing.T, line string, ahead int) {
		sound(t, line, today.AddDays(ahead%100_000))
		if word, rest, ok := mentioned(line, []string{"annual leave", "3", "年假", "comp-off"}); ok && (word == "" || len(rest) > len(line)) {
			t.Fatalf("in %q: %q, %q", line, word, rest)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, bench := range []struct{ name, line string }{
		{"english", "I'd like to take annual leave from 3 Dec afternoon to 5 Dec morning for my sister's wedding"},
		{"chinese", "我想从下周一上午到下周三下午请年假，家里有事，谢谢"},
		{"longest english", strings.Repeat("sat 3 on ", 55)},
		{"longest chinese", strings.Repeat("下下下周三个半", 71)},
		{"longest numbers", strings.Repeat("3 of the ", 55)},
		{"longest days", strings.Repeat("三天年假", 125)},
		{"longest halves", strings.Repeat("a half day ", 45)},
		{"longest months", strings.Repeat("may 3 of ", 55)},
		{"longest the", strings.Repeat("the ", 125)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				Read(bench.line, today)
			}
		})
	}
}

package picture

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// yuan writes an amount of cents.
func yuan(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	whole := fmt.Sprint(cents / 100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s%s.%02d", sign, whole, cents%100)
}

func plain(v int64) string { return fmt.Sprint(v) }

// ranked is a ranking, as an expense report makes one.
func ranked(t testing.TB, b Bars, rest string, shares ...Share) Bars {
	t.Helper()
	groups, values, err := Ranked(shares, 8, rest)
	if err != nil {
		t.Fatal(err)
	}
	b.Groups, b.Series = groups, []Series{values}
	return b
}

// months is the last six months by category.
func months(b Bars, categories ...string) Bars {
	for i, name := range categories {
		values := make([]int64, len(b.Groups))
		for m := range values {
			values[m] = int64((len(categories) - i) * (137_500 + m*m*23_111) % 4_000_000)
			if (i+m)%5 == 4 {
				values[m] = 0
			}
		}
		b.Series = append(b.Series, Series{name, values})
	}
	return b
}

func charted(t testing.TB) map[string]Bars {
	categories := Bars{Title: "Expenses by category", Unit: "CNY · November 2026", Format: yuan, Empty: "Nothing yet"}
	persons := Bars{Title: "各员工报销金额", Unit: "单位：元 · 2026年11月", Format: yuan, Empty: "暂无数据"}
	six := Bars{Title: "Expenses of the last six months", Unit: "CNY", Format: yuan, Empty: "Nothing yet",
		Groups: []string{"June", "July", "August", "September", "October", "November"}}
	half := six
	half.Title, half.Unit, half.Groups = "近六个月报销金额", "单位：元", []string{"2026年6月", "7月", "8月", "9月", "10月", "11月"}
	hostile := Bars{Title: strings.Repeat("<b>Title</b>\n", 40), Unit: "\u202egnp.exe\u202c 😀🇨🇳", Format: yuan}
	return map[string]Bars{
		"categories_en": ranked(t, categories, "Other", Share{"Travel", 12_345_600}, Share{"Meals with customers", 4_410_050},
			Share{"Hotel", 8_120_000}, Share{"Local transport", 912_345}, Share{"Office supplies", 88_800}, Share{"Training", 120}),
		"persons_zh": ranked(t, persons, "其他", Share{"张喆", 3_410_000}, Share{"李堃", 2_120_050}, Share{"王晓明", 1_999_900},
			Share{"欧阳娜娜", 1_500_000}, Share{"阿卜杜热合曼·阿卜杜热西提·买买提艾力江（大客户部华东区高级客户经理，驻上海）", 1_234_567},
			Share{"Maria Łukasiewicz-Grześkowiak, Key Account Management EMEA", 800_000}, Share{"赵敏", 640_000}, Share{"周一", 100_000},
			Share{"吴二", 90_000}),
		"months_en":  months(six, "Travel", "Hotel", "Meals", "Office"),
		"months_zh":  months(half, "差旅费", "住宿费", "业务招待费", "办公用品", "培训费", "市内交通", "通讯费", "其他"),
		"empty_en":   ranked(t, categories, "Other", Share{"Travel", 0}),
		"empty_zh":   persons,
		"balance_en": {Title: "Days left", Format: plain, Groups: []string{"Lin Xiaoyu", "Zhao Min", "Owen"}, Series: []Series{{"", []int64{12, -3, 0}}}},
		"hostile": ranked(t, hostile, "\n", Share{"مرحبا بالعالم", 500}, Share{"שלום, Lin", 400}, Share{"😀😀😀", 300},
			Share{"a\nb\tc\x00d", 200}, Share{strings.Repeat("永", 5000), 100}, Share{"e\u0301\u0301" + strings.Repeat("\u0301", 300), 50},
			Share{"", 25}, Share{"bad \xff utf8 \u200d", 12}),
	}
}

// hair is how many pixels of a golden picture may differ, as processors round in their own ways: an edge, but no digit.
const hair = 50

func TestGoldens(t *testing.T) {
	for name, b := range charted(t) {
		t.Run(name, func(t *testing.T) {
			got, err := b.Draw()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".png")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if off := differing(decode(t, got), decode(t, want)); off > hair {
				t.Errorf("%s: %d pixels have changed (-update after a look at it)", file, off)
			}
		})
	}
}

func decode(t testing.TB, content []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// differing counts the pixels that differ visibly; of pictures of two sizes, all.
func differing(a, b image.Image) (off int) {
	if a.Bounds() != b.Bounds() {
		return a.Bounds().Dx() * a.Bounds().Dy()
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r, g, bl, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			if max(r, r2)-min(r, r2) > 0x1000 || max(g, g2)-min(g, g2) > 0x1000 || max(bl, b2)-min(bl, b2) > 0x1000 {
				off++
			}
		}
	}
	return off
}

// The comparison above would be worth nothing if a changed value went unseen.
func TestGoldenSeesAValue(t *testing.T) {
	b := charted(t)["categories_en"]
	before, err := b.Draw()
	if err != nil {
		t.Fatal(err)
	}
	b.Series[0].Values[3]++ // one cent
	after, err := b.Draw()
	if err != nil {
		t.Fatal(err)
	}
	if off := differing(decode(t, before), decode(t, after)); off <= hair {
		t.Errorf("a cent more changes only %d pixels", off)
	}
	again, err := b.Draw()
	if err != nil || !bytes.Equal(after, again) {
		t.Errorf("the same chart is another picture: %v", err)
	}
}

// largest is the largest chart that there can be.
func largest() Bars {
	b := Bars{Title: strings.Repeat("标题很长", 50), Unit: strings.Repeat("单位", 100), Format: yuan}
	for i := range MaxGroups {
		b.Groups = append(b.Groups, strings.Repeat(string(rune('一'+i*97)), 40)+fmt.Sprint(i))
	}
	for i := range MaxSeries {
		s := Series{Name: strings.Repeat(string(rune('丁'+i*131)), 40)}
		for g := range MaxGroups {
			s.Values = append(s.Values, int64(1+g*7919+i*104729)%9_999_999_99)
		}
		b.Series = append(b.Series, s)
	}
	return b
}

// The largest chart is neither too heavy nor too tall for a chat. How long it takes the benchmarks tell: 200 ms is the aim for each.
func TestLargest(t *testing.T) {
	content, err := largest().Draw()
	if err != nil {
		t.Fatal(err)
	}
	if len(content) > 300_000 {
		t.Errorf("%d bytes are more than 300 kB", len(content))
	}
	if size := decode(t, content).Bounds(); size.Dx() != width || size.Dy() > 2800 {
		t.Errorf("it is %v", size)
	}
}

// A bar of a share is as long as its part of the whole, and not as long as the picture because it is the largest.
func TestSharesOfAWhole(t *testing.T) {
	for _, share := range []int64{1, 50, 85, 100} {
		b := Bars{Title: "Pass rate", Groups: []string{"May"}, Series: []Series{{Values: []int64{share}}}, Whole: 100,
			Format: func(n int64) string { return fmt.Sprint(n, " %") }}
		content, err := b.Draw()
		if err != nil {
			t.Fatal(err)
		}
		drawn, longest := decode(t, content), 0
		for y := range drawn.Bounds().Dy() {
			long := 0
			for x := range drawn.Bounds().Dx() {
				if color.NRGBAModel.Convert(drawn.At(x, y)) == color.NRGBAModel.Convert(colours[0]) {
					long++
				}
			}
			longest = max(longest, long)
		}
		if want := inner * int(share) / 100; longest < want-1 || longest > want+1 {
			t.Errorf("the bar of %d %% is %d pixels long, want %d", share, longest, want)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	for name, chart := range map[string]Bars{"months": charted(b)["months_zh"], "largest": largest()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := chart.Draw(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	good := func() Bars {
		return Bars{Title: "T", Format: plain, Groups: []string{"a", "b"}, Series: []Series{{"x", []int64{1, 2}}, {"y", []int64{3, 4}}}}
	}
	if _, err := good().Draw(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Bars){
		"nobody says how a value is written": func(b *Bars) { b.Format = nil },
		"has 1 values for 2 bars":            func(b *Bars) { b.Series[1].Values = []int64{1} },
		"cannot be negative":                 func(b *Bars) { b.Series[1].Values[0] = -1 },
		"no word for that":                   func(b *Bars) { b.Series = nil },
		"bars are more than":                 func(b *Bars) { b.Groups, b.Series = make([]string, MaxGroups+1), nil },
		"parts are more than":                func(b *Bars) { b.Series = make([]Series, MaxSeries+1) },
		ErrTooLarge.Error():                  func(b *Bars) { b.Series[0].Values[0] = math.MaxInt64 },
	} {
		b := good()
		spoil(&b)
		if p, err := b.Picture("x.png"); err == nil || !strings.Contains(err.Error(), name) || p != nil {
			t.Errorf("%q is refused with %v", name, err)
		}
	}
}

func TestExtremes(t *testing.T) {
	for _, values := range [][]int64{{math.MaxInt64, 1}, {math.MinInt64, math.MaxInt64}, {math.MinInt64, -1}, {1, 0}} {
		b := Bars{Title: "T", Format: plain, Groups: []string{"a", "b"}, Series: []Series{{"", values}}}
		if _, err := b.Draw(); err != nil {
			t.Errorf("%d: %v", values, err)
		}
		s := newScale(values, 0)
		for _, v := range append(values, 0) {
			if x := s.at(v); x < margin || x > margin+inner {
				t.Errorf("%d of %d is at %d", v, values, x)
			}
		}
	}
}

func TestAlt(t *testing.T) {
	b := Bars{Title: "Expenses\nby month", Unit: "CNY", Format: yuan, Groups: []string{"Oct", "Nov"}, Empty: "Nothing yet",
		Series: []Series{{"Travel", []int64{100_000, 0}}, {"Hotel\u202e", []int64{50, 7}}}}
	p, err := b.Picture("expenses.png")
	if err != nil {
		t.Fatal(err)
	}
	want := "Expenses by month\nCNY\nOct 1,000.50 (Travel 1,000.00, Hotel 0.50)\nNov 0.07 (Hotel 0.07)"
	if p.Alt != want || p.Name != "expenses.png" {
		t.Errorf("the picture %s says\n%s\nwant\n%s", p.Name, p.Alt, want)
	}
	b.Series = nil
	if got := b.Alt(); got != "Expenses by month\nCNY\nNothing yet" {
		t.Errorf("an empty one says %q", got)
	}
	b.Groups, b.Series = make([]string, MaxGroups), []Series{{"", make([]int64, MaxGroups)}}
	for i := range b.Groups {
		b.Groups[i], b.Series[0].Values[i] = strings.Repeat("名", 90), 5
	}
	if got := []rune(b.Alt()); len(got) > maxAlt || !strings.HasSuffix(string(got), "0.05\n…") {
		t.Errorf("a long one has %d characters and ends %q", len(got), string(got[len(got)-10:]))
	}
	b.Title = strings.Repeat("长", 5000)
	if got := []rune(b.Alt()); len(got) > maxAlt {
		t.Errorf("with a long title it has %d characters", len(got))
	}
}

func TestLabel(t *testing.T) {
	if _, err := letters(); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"":                      "",
		"李堃 Łukasz Ёлка Ωμ":     "李堃 Łukasz Ёлка Ωμ",
		"e\u0301":               "é",
		"a\r\n b\u2028c\x00":    "a b c",
		"\u202eabc\u202c\u200d": "abc",
		"مرحبا בית":             "□ □",
		"😀":                     "□",
		"Lin 🇨🇳 Xiaoyu":         "Lin Xiaoyu",
		"￥1,234.50 €5 −3 50%":   "￥1,234.50 €5 -3 50%",
	} {
		if got := label(in); got != want {
			t.Errorf("%q is drawn as %q, want %q", in, got, want)
		}
	}
}

// Also those who see few colours can tell a bar from the paper, and read what stands on it.
func TestContrast(t *testing.T) {
	for i, c := range colours {
		if got := contrast(c, paper); got < 3 {
			t.Errorf("colour %d has a contrast of %.2f to the paper", i, got)
		}
		if got := contrast(c, onto(c)); got < 4.5 {
			t.Errorf("letters on colour %d have a contrast of %.2f", i, got)
		}
	}
	if got := contrast(quiet, track); got < 4.5 {
		t.Errorf("quiet letters on a track have a contrast of %.2f", got)
	}
	if got := contrast(lack, paper); got < 3 {
		t.Errorf("a negative bar has a contrast of %.2f", got)
	}
}

func TestStacked(t *testing.T) {
	groups := []string{"Oct", "Nov"}
	var cells []Cell
	for i, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "Other"} {
		cells = append(cells, Cell{"Oct", name, int64(10 * (i + 1))}, Cell{"Nov", name, 1})
	}
	cells = append(cells, Cell{"Nov", "a", 1000}, Cell{"Nov", "a", 1})
	series, err := Stacked(groups, cells, "Other")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(series), "[{a [10 1002]} {h [80 1]} {g [70 1]} {f [60 1]} {e [50 1]} {d [40 1]} {c [30 1]} {Other [110 2]}]"; got != want {
		t.Errorf("stacked as\n%s\nwant\n%s", got, want)
	}
	if _, err := Stacked(groups, []Cell{{"Dec", "a", 1}}, "Other"); err == nil {
		t.Error("a value of no bar is taken")
	}
	if _, err := Stacked(groups, []Cell{{"Oct", "a", math.MaxInt64}, {"Nov", "a", 1}}, "Other"); err == nil {
		t.Error("a sum that does not fit is taken")
	}
	if series, err := Stacked(groups, nil, "Other"); err != nil || len(series) != 0 {
		t.Errorf("nothing is stacked as %v, %v", series, err)
	}
}

func TestRanked(t *testing.T) {
	groups, values, err := Ranked([]Share{{"b", 2}, {"a", 2}, {"c", 9}, {"a", 2}, {"d", 1}}, 4, "rest")
	if err != nil || fmt.Sprint(groups, values.Values) != "[c a a rest] [9 2 2 3]" {
		t.Errorf("ranked %v %v, %v", groups, values, err)
	}
	if _, _, err := Ranked(nil, 0, "rest"); err == nil {
		t.Error("a ranking of none is made")
	}
	if _, _, err := Ranked([]Share{{"a", math.MaxInt64}, {"b", 1}, {"c", 1}}, 1, "rest"); err == nil {
		t.Error("a sum that does not fit is made")
	}
}

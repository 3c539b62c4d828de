package phrase

import (
	"regexp"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// Line is a line of chat, of which kinds take what they understand: it is the workflows.Line. Each kind is given one of its own.
type Line struct {
	text  string // what nobody has taken
	today workflows.Date
	taken bool
}

// NewLine reads a line. today is the writer's own date.
func NewLine(text string, today workflows.Date) *Line {
	return &Line{text: strings.TrimSpace(text), today: today}
}

// Text is what nobody has taken, without words that only led to what was.
func (l *Line) Text() string {
	if !l.taken {
		return l.text
	}
	if Idle(l.text) {
		return ""
	}
	r := reader{toks: scan(l.text)}
	return r.remainder(l.text, nil)
}

// Mention takes the first of the words.
func (l *Line) Mention(words []string) (string, bool) {
	m, ok := find(l.text, 0, words)
	if ok {
		l.take(m.from, m.to)
	}
	return m.word, ok
}

func (l *Line) take(from, to int) {
	l.text, l.taken = without(l.text, from, to), true
}

// Mentions tells whether one of the words stands in what is left.
func (l *Line) Mentions(words []string) bool {
	_, ok := find(l.text, 0, words)
	return ok
}

// Dates takes what the line says of dates.
func (l *Line) Dates() (workflows.DateRange, *workflows.Error) {
	read := readLoosely(l.text, l.today)
	fault := read.Fault()
	if fault == nil && !read.Dated && !read.Half {
		return workflows.DateRange{}, nil
	}
	l.text, l.taken = read.Rest, true
	dates := workflows.DateRange{From: read.From, FromPart: read.FromPart, To: read.To, ToPart: read.ToPart}
	dates.Half, dates.Loose = read.Half, read.Loose
	return dates, fault
}

// Today is the writer's own date.
func (l *Line) Today() workflows.Date { return l.today }

// Idle tells whether what is left says nothing by itself.
func (l *Line) Idle() bool { return Idle(l.text) }

// classifiers are the words that Chinese puts between a number and what it counts.
var classifiers = strings.Fields("台 个 部 把 张 套 件 块 条 副 盏 只 本 支 架 份")

// describing are words that may stand between a number and what it counts.
var describing = strings.Fields("new more extra further other additional spare second small large big 新 的")

// Count takes one of the things together with the number that counts it: two laptops, a new monitor, 2 台显示器, 显示器两台, monitor x2. A
// thing that nothing counts is left.
func (l *Line) Count(things []string) (n int, thing string, ok bool) {
	for start := 0; start < len(l.text); {
		m, found := find(l.text, start, things)
		if !found {
			return 0, "", false
		}
		if n, from := countBefore(l.text[:m.from]); n > 0 {
			l.take(from, m.to)
			return n, m.word, true
		}
		if n, length := countBehind(l.text[m.to:]); n > 0 {
			l.take(m.from, m.to+length)
			return n, m.word, true
		}
		start = m.to
	}
	return 0, "", false
}

// countBefore reads the number at the end of what stands before a thing, and where it begins.
func countBefore(text string) (n, from int) {
	toks := scan(text)
	i := len(toks) - 1
	skip := func(words []string) {
		for i >= 0 && isOne(toks[i].text, words) {
			i--
		}
	}
	skip(describing)
	skip(classifiers)
	if i < 0 || !counts(toks[i]) {
		return 0, 0
	}
	if before := i - 1; before >= 0 && toks[before].class == link { // a range, or a part of a code
		return 0, 0
	}
	return toks[i].n, toks[i].start
}

// countBehind reads the number that follows a thing, and how long that is.
func countBehind(text string) (n, length int) {
	toks := scan(text)
	i := 0
	if i < len(toks) && isOne(toks[i].text, []string{"x", "×", "*", ":"}) {
		i++
	}
	if i >= len(toks) || !counts(toks[i]) || toks[i].text == "a" || toks[i].text == "an" {
		return 0, 0
	}
	n, length = toks[i].n, toks[i].end
	if i+1 < len(toks) && isOne(toks[i+1].text, classifiers) {
		return n, toks[i+1].end
	}
	if toks[i].han || i > 0 || i+1 == len(toks) { // "monitor 2 for me" may be the second monitor
		return n, length
	}
	return 0, 0
}

// counts tells whether a token is a number of things.
func counts(t token) bool {
	const most = 1000
	return (t.class == number || t.class == numeral) && t.n > 0 && t.n <= most
}

func isOne(text string, words []string) bool {
	for _, w := range words {
		if text == w {
			return true
		}
	}
	return false
}

var (
	wishes = strings.Fields("need want please order request 申请 需要 想要 我要 想领 领用 购买 采购 要 想买")
	// polite are wishes of several words.
	polite = []string{"would like", "i'd like", "i’d like", "could i have", "could i get", "can i have", "can i get", "may i have",
		"could we have", "could we get", "can we have", "can we get"}
	refusing = strings.Fields("don't don’t not never no cancel without didn't didn’t doesn't doesn’t 不 别 取消 没 没有 不用 不要 不需要 无需")
	doubting = strings.Fields("怎么 什么 多少 多久 哪 谁 几时 何时 是否")
	asking   = strings.Fields("how what when why who where which whose do did does has is are was were") // at the beginning
)

// Wishes tells whether the writer wants something. A question and a refusal are none.
func (l *Line) Wishes() bool {
	if l.Mentions(refusing) || l.Mentions(doubting) {
		return false
	}
	if toks := scan(l.text); len(toks) > 0 && isOne(toks[0].text, asking) {
		return false
	}
	return l.Mentions(wishes) || l.Mentions(polite)
}

var amountShape = regexp.MustCompile(`[0-9０-９](?:[0-9０-９.,'’．，]*[0-9０-９])?`)

// Amount takes an amount that is written with one of the currencies: 2400 CNY, €86.50, 38 元.
func (l *Line) Amount(currencies []string) (workflows.Money, bool) {
	for _, at := range amountShape.FindAllStringIndex(l.text, -1) {
		before, behind := l.text[:at[0]], l.text[at[1]:]
		for _, code := range currencies {
			for _, sign := range workflows.CurrencySigns(code) {
				m, err := workflows.ParseMoney(l.text[at[0]:at[1]], code)
				if err != nil {
					continue
				}
				if from, ok := endsWith(before, sign); ok {
					l.take(from, at[1])
					return m, true
				}
				if length, ok := beginsWith(behind, sign); ok {
					l.take(at[0], at[1]+length)
					return m, true
				}
			}
		}
	}
	return workflows.Money{}, false
}

// endsWith tells whether text ends with a word, in any case, which begins at from; space may follow it.
func endsWith(text, word string) (from int, ok bool) {
	trimmed := strings.TrimRight(text, " \u00a0")
	from = len(trimmed) - len(word)
	if from < 0 || !strings.EqualFold(trimmed[from:], word) {
		return 0, false
	}
	m, ok := find(text, from, []string{word})
	return from, ok && m.from == from
}

// beginsWith tells whether text begins with a word, in any case, and how long that is with the space before it.
func beginsWith(text, word string) (length int, ok bool) {
	trimmed := strings.TrimLeft(text, " \u00a0")
	space := len(text) - len(trimmed)
	m, ok := find(trimmed, 0, []string{word})
	return space + m.to, ok && m.from == 0
}

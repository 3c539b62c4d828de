package texts

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n"

	"github.com/nod-chat/nod/workflows"
)

// Printer writes texts for one reader.
type Printer struct {
	texts     *Texts
	language  string
	zone      string
	location  *time.Location
	now       time.Time
	localizer *i18n.Localizer
	spell     func(command string) string
}

// Language is the reader's.
func (p *Printer) Language() string { return p.language }

// Has tells whether there is a text for a key.
func (p *Printer) Has(key string) bool { return p.texts.keys[p.language][key] }

// Own is the key by which a kind says something in its own words, as "expense.notice.approved", where it has some; else the frame's.
func (p *Printer) Own(kind workflows.KindName, key string) string {
	if own := string(kind) + "." + key; p.Has(own) {
		return own
	}
	return key
}

// Of writes a text of a kind: its own, where it has one.
func (p *Printer) Of(kind workflows.KindName, key string, args workflows.Args) string {
	return p.Text(p.Own(kind, key), args)
}

// State is what a state of a kind is called.
func (p *Printer) State(kind workflows.KindName, state workflows.State) string {
	return p.Of(kind, "state."+string(state), nil)
}

// Spelling has commands written as the reader types them. spell takes a command's name; nil: a slash before it, as most chats have it.
func (p *Printer) Spelling(spell func(command string) string) *Printer {
	if spell == nil {
		spell = slashed
	}
	p.spell = spell
	return p
}

// ForPerson gives a printer for somebody else who reads in the same place.
func (p *Printer) ForPerson(reader workflows.Person) *Printer {
	return p.texts.ForPerson(reader, p.now).Spelling(p.spell)
}

func slashed(command string) string { return "/" + command }

// Command writes a command as this reader types it.
func (p *Printer) Command(name string) string { return p.spell(name) }

// Text writes the text of a key. What a person typed reaches a text only as an argument, and every argument is made inert
// here: whatever would turn, hide or break the line is shown as an escape. A key that is missing is a fault of the
// program: it is logged and shown as it is.
func (p *Printer) Text(key string, args workflows.Args) string {
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: writing{p, inert(args)}, TemplateParser: parser{}}
	if count, ok := args["Count"]; ok {
		if n, ok := integer(count); ok {
			config.PluralCount = n
		}
	}
	s, err := p.localizer.Localize(config)
	if err != nil {
		slog.Error("a text cannot be written", "key", key, "language", p.language, "error", err)
		return key
	}
	return spaced(s)
}

// edge stands where the function name began and ended a name; nothing that a person typed holds one, since it is made inert.
const edge = '\u2063'

func named(v any) string { return string(edge) + fmt.Sprint(v) + string(edge) }

// inside writes what begins with a capital by itself as it stands within a sentence.
func inside(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(first)) + s[size:]
}

// spaced puts a space where Latin and Chinese letters meet at the edge of a name, as Chinese is typeset, and none where like meets like.
func spaced(s string) string {
	if !strings.ContainsRune(s, edge) {
		return s
	}
	var b strings.Builder
	var before rune
	at := false // an edge
	for _, r := range s {
		if r == edge {
			at = true
			continue
		}
		if at && (unicode.Is(unicode.Han, before) && latin(r) || latin(before) && unicode.Is(unicode.Han, r)) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		before, at = r, false
	}
	return b.String()
}

func latin(r rune) bool {
	return !unicode.Is(unicode.Han, r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func inert(args workflows.Args) map[string]any {
	safe := make(map[string]any, len(args))
	for name, value := range args {
		switch v := value.(type) {
		case string:
			value = workflows.Inert(v)
		case []string:
			list := make([]string, len(v))
			for i, s := range v {
				list[i] = workflows.Inert(s)
			}
			value = list
		case []any:
			list := make([]any, len(v))
			for i, s := range v {
				if s, ok := s.(string); ok {
					list[i] = workflows.Inert(s)
				}
			}
			value = list
		}
		safe[name] = value
	}
	return safe
}

// functions are what a text may use. Each takes a machine form and shows it to the reader of the printer who writes the text.
func functions(by func() *Printer) template.FuncMap {
	return template.FuncMap{
		"date":   func(v any) string { return by().Date(fmt.Sprint(v)) },
		"dates":  func(from, to any) string { return by().Dates(fmt.Sprint(from), fmt.Sprint(to)) },
		"days":   func(v any) string { return by().days(v) },
		"time":   func(v any) string { return by().time(fmt.Sprint(v)) },
		"day":    func(v any) string { return by().shortDay(fmt.Sprint(v)) },
		"brief":  func(from, to any) string { return by().Brief(fmt.Sprint(from), fmt.Sprint(to)) },
		"month":  func(v any) string { return by().month(fmt.Sprint(v)) },
		"waited": func(v any) string { return by().waited(fmt.Sprint(v)) },
		"half":   func(v any) string { return by().Text("half."+fmt.Sprint(v), nil) },
		"text":   func(key any) string { return by().Text(fmt.Sprint(key), nil) },
		"state": func(kind, state any) string {
			return by().State(workflows.KindName(fmt.Sprint(kind)), workflows.State(fmt.Sprint(state)))
		},
		"words":   func(v any) string { return by().words(v) },
		"list":    func(v any) string { return by().list(v) },
		"name":    named,
		"inside":  func(v any) string { return inside(fmt.Sprint(v)) },
		"lines":   func(v any) string { return strings.Join(texts(v), "\n") },
		"acting":  func(name, other any) string { return by().acting(fmt.Sprint(name), fmt.Sprint(other)) },
		"money":   func(v any) string { return by().Money(fmt.Sprint(v)) },
		"command": func(name any) string { return by().Command(fmt.Sprint(name)) },
	}
}

// Date shows a calendar date with its weekday, and with its year when that is not this one.
func (p *Printer) Date(s string) string {
	d, err := workflows.ParseDate(s)
	if err != nil {
		return s
	}
	return p.day(d, p.otherYear(d), true)
}

func (p *Printer) month(s string) string {
	d, err := workflows.ParseDate(s)
	if err != nil {
		return s
	}
	return p.Month(d)
}

// Month shows the month of a date, with its year.
func (p *Printer) Month(d workflows.Date) string {
	if p.language == "zh" {
		return fmt.Sprintf("%d年%d月", d.Year, d.Month)
	}
	return fmt.Sprintf("%s %d", d.Month, d.Year)
}

// shortDay shows a date without its year, wherever that is: it stands where only days of now are.
func (p *Printer) shortDay(s string) string {
	d, err := workflows.ParseDate(s)
	if err != nil {
		return s
	}
	return p.day(d, false, true)
}

func (p *Printer) otherYear(d workflows.Date) bool { return d.Year != p.now.In(p.location).Year() }

// day is the one way in which a date is written. English always says the weekday; Chinese leaves it out where a line has to be short.
func (p *Printer) day(d workflows.Date, year, weekday bool) string {
	t := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC)
	if p.language == "zh" {
		s := fmt.Sprintf("%d月%d日", d.Month, d.Day)
		if weekday {
			s += fmt.Sprintf("（周%s）", string([]rune("日一二三四五六")[t.Weekday()]))
		}
		if year {
			s = fmt.Sprintf("%d年%s", d.Year, s)
		}
		return s
	}
	if year {
		return t.Format("Mon 2 Jan 2006")
	}
	return t.Format("Mon 2 Jan")
}

// Dates shows a range of calendar dates.
func (p *Printer) Dates(from, to string) string { return p.dates(from, to, true) }

// Brief shows a range of calendar dates in as few letters as the language allows, for a line that has to be short.
func (p *Printer) Brief(from, to string) string { return p.dates(from, to, false) }

func (p *Printer) dates(from, to string, weekdays bool) string {
	a, errA := workflows.ParseDate(from)
	b, errB := workflows.ParseDate(to)
	if errA != nil || errB != nil {
		return from + " – " + to
	}
	year := p.otherYear(a) || p.otherYear(b)
	month := a.Year == b.Year && a.Month == b.Month
	switch chinese := p.language == "zh"; {
	case a == b:
		return p.day(a, year, weekdays)
	case chinese && !weekdays && month:
		return fmt.Sprintf("%s–%d日", p.day(a, year, false), b.Day)
	case chinese && !weekdays:
		return p.day(a, year, false) + "–" + p.day(b, a.Year != b.Year, false)
	case chinese: // the year and what else both share is said once, in front
		return p.day(a, year, true) + "至" + p.day(b, a.Year != b.Year, true)
	case month: // and in English behind the last
		t := time.Date(a.Year, a.Month, a.Day, 12, 0, 0, 0, time.UTC)
		return t.Format("Mon 2") + " – " + p.day(b, year, true)
	}
	return p.day(a, a.Year != b.Year, true) + " – " + p.day(b, year, true)
}

// Days shows minutes of the standard day as days, exactly to the half and otherwise to the hundredth.
func (p *Printer) Days(m workflows.Minutes) string {
	sign := ""
	if m < 0 {
		sign, m = "−", -m
	}
	hundredths := (m*100 + workflows.StandardDay/2) / workflows.StandardDay
	number := sign + strconv.FormatInt(int64(hundredths/100), 10)
	if rest := hundredths % 100; rest != 0 {
		number += "." + strings.TrimRight(fmt.Sprintf("%02d", rest), "0")
	}
	if hundredths == 100 {
		return p.Text("unit.day", workflows.Args{"Number": number})
	}
	return p.Text("unit.days", workflows.Args{"Number": number})
}

func (p *Printer) days(v any) string {
	n, ok := integer(v)
	if !ok {
		return fmt.Sprint(v)
	}
	return p.Days(workflows.Minutes(n))
}

// Money shows an amount written as 1205.91 CNY, with its thousands set apart: 1,205.91 CNY.
func (p *Printer) Money(s string) string {
	amount, currency, _ := strings.Cut(s, " ")
	sign := ""
	if rest, negative := strings.CutPrefix(amount, "-"); negative {
		sign, amount = "−", rest
	}
	whole, fraction, point := strings.Cut(amount, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + fraction
	}
	return strings.TrimSpace(sign + whole + " " + currency)
}

// Time shows an instant on the reader's own clock; that of UTC, which is said, when nobody knows their zone.
func (p *Printer) Time(t time.Time) string {
	t = t.In(p.location)
	key, day := "unit.time", workflows.DateOf(t)
	if p.location == time.UTC && p.zone != "UTC" {
		key = "unit.time_utc"
	}
	return p.Text(key, workflows.Args{"Day": p.day(day, p.otherYear(day), true), "Clock": t.Format("15:04")})
}

func (p *Printer) time(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	return p.Time(t)
}

// waited tells how long ago an instant is: in days as the reader's calendar counts them, on the same day in hours.
func (p *Printer) waited(s string) string {
	since, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	from, now := workflows.DateOf(since.In(p.location)), workflows.DateOf(p.now.In(p.location))
	if days := now.Days() - from.Days(); days > 0 {
		return p.Text("waited.days", workflows.Args{"Count": days})
	}
	if hours := int(p.now.Sub(since).Hours()); hours > 0 {
		return p.Text("waited.hours", workflows.Args{"Count": hours})
	}
	return p.Text("waited.just", nil)
}

// acting names somebody, and whoever's place they took, if that was not their own.
func (p *Printer) acting(name, other string) string {
	if other == "" {
		return name
	}
	return p.Text("names.for", workflows.Args{"Name": name, "For": other})
}

// Joined joins names by the text of a key.
func (p *Printer) Joined(names []string, key string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = named(name)
	}
	return spaced(strings.Join(list, p.Text(key, nil)))
}

// words shows what a company says in its reader's language, also after a way through JSON; what is said in one language only, in that one.
func (p *Printer) words(v any) string {
	var w workflows.Words
	switch v := v.(type) {
	case workflows.Words:
		w = v
	case map[string]any:
		w.En, _ = v["en"].(string)
		w.Zh, _ = v["zh"].(string)
	}
	if p.language == "zh" {
		return workflows.Inert(cmp.Or(w.Zh, w.En))
	}
	return workflows.Inert(cmp.Or(w.En, w.Zh))
}

// List joins names.
func (p *Printer) List(names []string) string {
	if p.language == "zh" {
		return strings.Join(names, "、")
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func (p *Printer) list(v any) string { return p.List(texts(v)) }

// texts reads a list of texts, also after a way through JSON.
func texts(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case []any:
		list := make([]string, len(v))
		for i, text := range v {
			list[i] = fmt.Sprint(text)
		}
		return list
	case nil:
		return nil
	}
	return []string{fmt.Sprint(v)}
}

// integer reads a whole number, also after a way through JSON.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case workflows.Minutes:
		return int64(v), true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	case float64:
		return int64(v), v == math.Trunc(v)
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	}
	return 0, false
}

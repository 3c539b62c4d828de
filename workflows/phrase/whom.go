package phrase

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nod-chat/nod/workflows"
)

// Whom is for whom a line asks.
type Whom struct {
	Name string // as it stands in the line; empty: for its writer
	With string // another name that is joined to it, where it is sure
	Sure bool   // it can be for nobody else: for Tom, 帮王磊请假, Tom's leave. Otherwise it is a name that stands in the line somewhere
	Rest string // the line without the name and the words that lead to it
}

const (
	mostNameWords = 60 // that are looked up
	mostNameRunes = 40 // of a row of Chinese characters, of which any two to four may be a name
)

// NameWords lists the words of a line that may be parts of a name, in small letters, for those to be found who have them. Dates and the
// words around them are none.
func NameWords(line string) []string {
	var words []string
	add := func(word string) {
		if _, err := workflows.CleanText(word, len(word)); err != nil {
			return // nobody is called what cannot be stored
		}
		if len(words) < 4*mostNameWords && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	apart := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;，；、()（）<>", r) }
	for _, field := range strings.FieldsFunc(line, apart) {
		field = strings.ToLower(strings.Map(fold, strings.Trim(field, "@.!?:。！？：")))
		if strings.Contains(field, "@") || strings.ContainsFunc(field, unicode.IsDigit) {
			add(field) // an address or a number
		}
	}
	var row []rune
	flush := func() {
		row = row[:min(len(row), mostNameRunes)]
		for i := range row {
			for n := 2; n <= 4 && i+n <= len(row); n++ {
				add(string(row[i : i+n]))
			}
		}
		row = row[:0]
	}
	for i := 0; i < len(line); {
		r, size := next(line, i)
		if isHan(r) {
			row = append(row, r)
			i += size
			continue
		}
		flush()
		if !unicode.IsLetter(r) {
			i += size
			continue
		}
		t := scanWord(line, i)
		word := strings.TrimSuffix(strings.TrimSuffix(t.text, "'s"), "’s")
		if _, known := english[word]; !known && roles[word]&^excluding == 0 {
			add(word)
		}
		i = t.end
	}
	flush()
	return words
}

// NamesIn lists those of the people of whom a line speaks: by the first name in it that one of them has, whole, by a part of it, or by
// their number or address.
func NamesIn(line string, people []workflows.Person) []workflows.Person {
	_, who := firstName(line, people)
	return who
}

func firstName(line string, people []workflows.Person) (first mention, who []workflows.Person) {
	for _, p := range people {
		m, ok := named(line, p)
		switch {
		case !ok:
		case len(who) == 0 || m.from < first.from || m.from == first.from && m.to > first.to:
			first, who = m, []workflows.Person{p}
		case m.from == first.from && m.to == first.to:
			who = append(who, p)
		}
	}
	return first, who
}

// named finds a person's name in a line. The longest row of its parts wins, wherever it begins.
func named(line string, p workflows.Person) (mention, bool) {
	parts := strings.Fields(p.Name)
	var words []string
	for i := range parts {
		for k := len(parts); k > i; k-- {
			word := strings.Join(parts[i:k], " ")
			_, known := english[strings.ToLower(word)]
			if utf8.RuneCountInString(word) > 1 && !known && roles[strings.ToLower(word)]&^excluding == 0 {
				words = append(words, word)
			}
		}
	}
	for _, word := range []string{p.No, p.Email} {
		if word != "" {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return mention{}, false
	}
	return find(line, 0, words)
}

var (
	leading  = split("on behalf of, in the name of, for, 帮忙给, 帮, 给, 替, 代, 为, @")
	bindings = split("on behalf of, in the name of, @")
	myself   = split("for me, for myself, 帮我自己, 帮我, 给我, 替我, 为我自己, 为我")
	// claiming follow a name whose bearer the line is about.
	claiming = split("'s, ’s, 的, 请, 要请, 想请, 申请, 休, 要休, 想休, is, has, needs, wants, will, would, takes, was")
	joined   = regexp.MustCompile(`(?i)^\s*(?:and\b|&|,|，|、|和|与|跟|及)\s*`)
	// unnamed are people at work whom a line speaks of without their names; it may be for them.
	unnamed = regexp.MustCompile(`(?i)\bfor ((?:my|our|the|a) (?:` + atWork + `))\b|^\s*((?:my|our) (?:` + atWork + `))\b|` +
		`^\s*(?:帮|给|替|代)?((?:我们?的?|咱们?的?)?(?:同事|老板|领导|上级|经理|主管|下属|组员|徒弟|实习生))`)
	dropped = split("'s, ’s, 的, 要, 想, is, has, needs, wants, will be, takes, was")
)

const atWork = "colleagues?|co-?workers?|boss|manager|supervisor|team ?mates?|employees?|subordinates?|direct reports?|intern|mentee"

// WhomOf tells for whom a line asks. people are those who have a word of the line in their names, and writer is who wrote it: a line that
// says it is for them, or names nobody else, is theirs.
func WhomOf(line string, people []workflows.Person, writer workflows.PersonID) Whom {
	if m, ok := find(line, 0, myself); ok && !continues(line, m) {
		return Whom{Sure: true, Rest: without(line, m.from, m.to)}
	}
	m, who := firstName(line, people)
	if len(who) == 0 || len(who) == 1 && who[0].ID == writer {
		return unknownName(line)
	}
	from, to := m.from, m.to
	before, behind := line[:from], line[to:]
	w := Whom{Name: line[from:to], Sure: Idle(before)}
	for _, word := range leading {
		if at, ok := endsWith(before, word); ok {
			w.Sure, from = true, at
			break
		}
	}
	for _, word := range claiming {
		if _, ok := beginsWith(behind, word); ok {
			w.Sure = true
			break
		}
	}
	w.Rest = line
	if w.Sure {
		if at := joined.FindStringIndex(behind); at != nil {
			if other, also := firstName(behind[at[1]:], people); len(also) > 0 && other.from == 0 && also[0].ID != writer {
				w.With = behind[at[1]:][:other.to]
			}
		}
		for _, word := range dropped {
			if length, ok := beginsWith(behind, word); ok {
				to += length
				break
			}
		}
		w.Rest = without(line, from, to)
	}
	return w
}

// continues says whether a Chinese word goes on behind a mention, so that it means somebody else: 帮我妈.
func continues(line string, m mention) bool {
	if !strings.HasSuffix(m.word, "我") {
		return false
	}
	r, _ := utf8.DecodeRuneInString(line[m.to:])
	return strings.ContainsRune("妈爸爷奶外女儿弟妹哥姐们同", r)
}

// unknownName finds a name that a line says it is for, whoever that may be: behind @, "on behalf of", and 帮 … 请. Somebody without a name,
// as a colleague, may be meant.
func unknownName(line string) Whom {
	if m, ok := find(line, 0, bindings); ok {
		if to := nameEnd(line, m.to); to > m.to {
			return Whom{Name: strings.TrimSpace(line[m.to:to]), Sure: true, Rest: without(line, m.from, to)}
		}
	}
	for _, word := range []string{"帮", "给", "替", "代"} {
		m, ok := find(line, 0, []string{word})
		if !ok {
			continue
		}
		for _, verb := range []string{"请", "申请", "休", "提交"} {
			end := strings.Index(line[m.to:], verb)
			name := ""
			if end > 0 {
				name = strings.TrimSpace(line[m.to : m.to+end])
			}
			if n := utf8.RuneCountInString(name); n > 0 && n <= 20 && !strings.ContainsAny(name, ",，。;；、") {
				return Whom{Name: name, Sure: true, Rest: without(line, m.from, m.to+end)}
			}
		}
	}
	if m := unnamed.FindStringSubmatchIndex(line); m != nil {
		for i := 2; i < len(m); i += 2 {
			if m[i] < 0 {
				continue
			}
			w := Whom{Name: line[m[i]:m[i+1]], Rest: line}
			if w.Sure = i == 2 && m[0] == 0; w.Sure {
				w.Rest = strings.TrimSpace(line[m[1]:])
			}
			return w
		}
	}
	return Whom{Rest: line}
}

// nameEnd is where the name that begins at i ends: up to three words, of which those after the first begin with a capital, or one row of
// Chinese characters.
func nameEnd(line string, i int) int {
	end := i
	for words := 0; words < 3; words++ {
		at := skipWhile(line, end, unicode.IsSpace)
		r, _ := next(line, at)
		switch {
		case at >= len(line):
			return end
		case isHan(r):
			if words > 0 {
				return end
			}
			return skipWhile(line, at, isHan)
		case !unicode.IsLetter(r) && !unicode.IsDigit(r), words > 0 && !unicode.IsUpper(r):
			return end
		}
		t := scanWord(line, at)
		if unicode.IsDigit(r) {
			return end
		}
		if words > 0 && t.class != other {
			return end
		}
		end = skipWhile(line, t.end, inNumber)
	}
	return end
}

// inNumber tells whether a rune can stand in an employee number, as in E003b.
func inNumber(r rune) bool { return r == '_' || unicode.IsDigit(r) || unicode.IsLetter(r) && !isHan(r) }

package workflows

import (
	"strconv"
	"strings"
	"unicode"
)

// decimal takes a number apart as people write it: 1205, 1,205.91, 1.205,91, 1 205,91, 1'205.91, in full-width digits too. places is how
// many decimals it may have. What could mean two things (1,205 and 1,2,3) is refused: number.unclear; what is no number: number.invalid.
func decimal(typed string, places int) (whole, fraction string, fault *Error) {
	refuse := func(text string) (string, string, *Error) {
		return "", "", Refuse(Invalid, text, Args{"Value": Cut(strings.TrimSpace(typed), 40)})
	}
	groups, signs, ok := digitGroups(typed)
	if !ok {
		return refuse("number.invalid")
	}
	if len(signs) == 0 {
		return groups[0], "", nil
	}
	last := signs[len(signs)-1]
	tail := groups[len(groups)-1]
	switch {
	case last == ' ' || strings.Count(signs, string(last)) > 1: // it sets thousands apart, and there are no decimals
	case len(signs) > 1:
		fraction = tail
	case len(tail) == 3 && (last == ',' || places != 3): // thousands to some, decimals to others
		return refuse("number.unclear")
	default:
		fraction = tail
	}
	if fraction != "" {
		groups, signs = groups[:len(groups)-1], signs[:len(signs)-1]
	}
	if !inThousands(groups, signs) {
		return refuse("number.unclear")
	}
	return strings.Join(groups, ""), fraction, nil
}

// digitGroups gives the rows of digits and the sign behind each but the last; every kind of space and apostrophe is ' '.
func digitGroups(typed string) (groups []string, signs string, ok bool) {
	groups = []string{""}
	for _, r := range strings.TrimSpace(typed) {
		switch r = foldDigit(r); {
		case r >= '0' && r <= '9':
			groups[len(groups)-1] += string(r)
			continue
		case r == '\'' || r == '’' || unicode.IsSpace(r):
			r = ' '
		case r != ',' && r != '.':
			return nil, "", false
		}
		if groups[len(groups)-1] == "" {
			return nil, "", false
		}
		signs += string(r)
		groups = append(groups, "")
	}
	return groups, signs, groups[len(groups)-1] != ""
}

// foldDigit makes a full-width digit, comma or stop an ordinary one, as Chinese keyboards write them.
func foldDigit(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

// inThousands tells whether one sign sets all groups apart, each but the first of three digits.
func inThousands(groups []string, signs string) bool {
	for i, g := range groups {
		if i > 0 && (len(g) != 3 || signs[i-1] != signs[0]) || i == 0 && len(groups) > 1 && len(g) > 3 {
			return false
		}
	}
	return true
}

// MaxNumber is the most that a number may be whose field does not say.
const MaxNumber = 1_000_000

// Most is the largest value of a number's field.
func (f Field) Most() int {
	if f.Max > 0 {
		return f.Max
	}
	return MaxNumber
}

func readNumber(_ *formReader, in Input, typed string) (string, *Error) {
	whole, fraction, fault := decimal(typed, 0)
	if fault != nil {
		return "", fault
	}
	if fraction != "" {
		return "", Refuse(Invalid, "number.whole", Args{"Value": Cut(typed, 40)})
	}
	n, err := strconv.Atoi(whole)
	if err != nil || n < in.Min || n > in.Most() {
		return "", Refuse(Invalid, "number.range", Args{"Min": in.Min, "Max": in.Most()})
	}
	return strconv.Itoa(n), nil
}

func takesNumber(_ *hearer, in Input, word string) bool {
	_, fault := readNumber(nil, in, word)
	return fault == nil
}

func numberValue(_ Input, value string, _ Form) any {
	n, _ := strconv.Atoi(value) // machine form, or empty: nothing is zero
	return n
}

func planNumber(f Field, _ []Field) string {
	if f.Min > f.Most() {
		return "its least value is more than its largest"
	}
	return ""
}

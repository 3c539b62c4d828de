package leave

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// Policy is what a company decides about leave: the section "leave" of the policy file. docs/policy.md describes it for people.
type Policy struct {
	Types   []Type               `yaml:"types" json:"types"`
	Blocked []Block              `yaml:"blocked" json:"blocked,omitempty"`
	Route   []workflows.StepPlan `yaml:"route" json:"-"` // a definition keeps its route in a place of its own
}

// Type is one type of leave in some countries.
type Type struct {
	Code          string   `yaml:"code" json:"code"`
	Countries     []string `yaml:"countries" json:"countries,omitempty"` // none: every country that no type names
	Aliases       []string `yaml:"aliases" json:"aliases,omitempty"`     // what people may type for it
	Unit          Unit     `yaml:"unit" json:"unit"`
	Paid          bool     `yaml:"paid" json:"paid,omitempty"`
	NeedsBalance  bool     `yaml:"needs_balance" json:"needs_balance,omitempty"`
	NegativeTo    int      `yaml:"negative_to" json:"negative_to,omitempty"` // days that the balance may go below zero
	Counts        Counts   `yaml:"counts" json:"counts"`
	MaxPerRequest int      `yaml:"max_per_request" json:"max_per_request,omitempty"`   // days; 0: no limit
	MaxPerYear    int      `yaml:"max_per_year" json:"max_per_year,omitempty"`         // days dated in one calendar year; 0: no limit
	MaxInARow     int      `yaml:"max_in_a_row" json:"max_in_a_row,omitempty"`         // days, joined over days off; 0: no limit
	MinService    int      `yaml:"min_service_days" json:"min_service_days,omitempty"` // calendar days from hired_on to the first day
	Notice        int      `yaml:"notice_days" json:"notice_days,omitempty"`           // working days
	Backdate      *int     `yaml:"backdate_days" json:"backdate_days"`                 // working days; nil: DefaultBackdate, 0 with notice
	PastStart     Past     `yaml:"past_start" json:"past_start"`
	ProofAbove    *int     `yaml:"proof_above_days" json:"proof_above_days,omitempty"` // days; nil: no proof
	// ProofWithin is in calendar days after the last day; nil: DefaultProofWithin.
	ProofWithin *int `yaml:"proof_within_days" json:"proof_within_days,omitempty"`
	Private     bool `yaml:"private" json:"private,omitempty"` // its name stays out of titles, which lock screens show
}

// Unit is the smallest piece of a type that can be asked for.
type Unit string

// The units.
const (
	Day     Unit = "day"
	HalfDay Unit = "half_day"
)

// Counts says which dates of a leave cost something.
type Counts string

// The ways of counting.
const (
	Working Counts = "working"
	Dates   Counts = "calendar" // days off are counted too
)

// Past says what becomes of a pending request whose start passes.
type Past string

// What can become of it.
const (
	Expire   Past = "expire"
	Backdate Past = "backdate" // it waits on
)

// DefaultBackdate is how many working days back a type may be asked for that does not say.
const DefaultBackdate = 20

// DefaultProofWithin is how many days after the leave its proof may come.
const DefaultProofWithin = 7

// Codes are the types that can be offered: those whose names the texts know.
var Codes = []string{"annual", "annual_company", "sick", "personal", "marriage", "bereavement", "maternity", "paternity", "childcare",
	"comp"}

// Block is a range of dates on which leave is refused, or warned of.
type Block struct {
	From        workflows.Date `yaml:"from" json:"from"`
	To          workflows.Date `yaml:"to" json:"to"`
	Reason      string         `yaml:"reason" json:"reason"`
	Departments []string       `yaml:"departments" json:"departments,omitempty"` // none: all
	Types       []string       `yaml:"types" json:"types,omitempty"`             // none: all
	Warn        bool           `yaml:"warn" json:"warn,omitempty"`
}

// Complete fills in what the file leaves out.
func (p *Policy) Complete() any {
	c := *p
	c.Types = slices.Clone(p.Types)
	for i := range c.Types {
		t := &c.Types[i]
		if t.Unit == "" {
			t.Unit = HalfDay
		}
		if t.Counts == "" {
			t.Counts = Working
		}
		if t.PastStart == "" {
			t.PastStart = Expire
		}
		if t.ProofAbove != nil && t.ProofWithin == nil {
			days := DefaultProofWithin
			t.ProofWithin = &days
		}
		if t.Backdate == nil {
			days := DefaultBackdate
			if t.Notice > 0 {
				days = 0
			}
			t.Backdate = &days
		}
	}
	return c
}

// Plan gives the route as the file states it.
func (p *Policy) Plan() []workflows.StepPlan { return p.Route }

// Check tells fault of everything that reading the file could not know to be wrong, with the place as in types[2].code.
func (p *Policy) Check(fault func(place, sentence string)) {
	if len(p.Types) == 0 {
		fault("types", "no type of leave is listed, so nobody could ask for any")
	}
	taken := map[string]int{} // code or alias in a country
	for i, t := range p.Types {
		t.check(func(field, format string, args ...any) {
			fault(fmt.Sprintf("types[%d].%s", i, field), fmt.Sprintf(format, args...))
		}, func(word, country string) (sooner string, twice bool) {
			key := country + " " + strings.ToLower(word)
			j, twice := taken[key]
			if !twice {
				taken[key], j = i, i
			}
			return p.Types[j].Code, twice
		})
	}
	for i, b := range p.Blocked {
		b.check(func(field, format string, args ...any) {
			fault(fmt.Sprintf("blocked[%d].%s", i, field), fmt.Sprintf(format, args...))
		})
	}
}

func (t Type) check(fault func(field, format string, args ...any), take func(word, country string) (string, bool)) {
	if !slices.Contains(Codes, t.Code) {
		fault("code", "unknown type %q; the types are %s", t.Code, strings.Join(Codes, ", "))
	}
	countries := t.Countries
	if len(countries) == 0 {
		countries = []string{""}
	}
	for i, c := range t.Countries {
		if !isCountry(c) {
			fault(fmt.Sprintf("countries[%d]", i), "%q is no country code; write two capital letters, as CN", c)
		}
	}
	for _, c := range countries {
		if _, twice := take(t.Code, c); twice {
			fault("code", "type %s is there twice for %s", t.Code, countryName(c))
		}
		for i, alias := range t.Aliases {
			if sooner, twice := take(alias, c); twice {
				fault(fmt.Sprintf("aliases[%d]", i), "%q already means %s in %s", alias, sooner, countryName(c))
			}
		}
	}
	oneOf(fault, "unit", t.Unit, Day, HalfDay)
	oneOf(fault, "counts", t.Counts, Working, Dates)
	oneOf(fault, "past_start", t.PastStart, Expire, Backdate)
	for _, days := range []struct {
		field string
		n     int
	}{
		{"negative_to", t.NegativeTo},
		{"max_per_request", t.MaxPerRequest}, {"max_per_year", t.MaxPerYear}, {"max_in_a_row", t.MaxInARow},
		{"min_service_days", t.MinService}, {"notice_days", t.Notice}, {"backdate_days", value(t.Backdate)},
		{"proof_above_days", value(t.ProofAbove)}, {"proof_within_days", value(t.ProofWithin)},
	} {
		if days.n < 0 || days.n > maxPolicyDays {
			fault(days.field, "%d is out of range; write a number of days from 0 to %d", days.n, maxPolicyDays)
		}
	}
	if t.Notice > 0 && value(t.Backdate) > 0 {
		fault("backdate_days", "a type that needs notice cannot be asked for afterwards; leave out notice_days or this")
	}
	if t.ProofWithin != nil && t.ProofAbove == nil {
		fault("proof_within_days", "this type asks for no proof; set proof_above_days or leave this out")
	}
	if t.NegativeTo > 0 && !t.NeedsBalance {
		fault("negative_to", "this type has no balance that could go below zero; set needs_balance: true or leave this out")
	}
}

// maxPolicyDays is more than any rule needs and keeps every product of days and minutes small.
const maxPolicyDays = 3660

func (b Block) check(fault func(field, format string, args ...any)) {
	switch {
	case b.From.IsZero():
		fault("from", "the first blocked date is missing")
	case b.To.IsZero():
		fault("to", "the last blocked date is missing")
	case b.To.Before(b.From):
		fault("to", "%s is before %s, the first blocked date", b.To, b.From)
	}
	if strings.TrimSpace(b.Reason) == "" {
		fault("reason", "the reason is missing; people read it when their leave is refused")
	}
	for i, code := range b.Types {
		if !slices.Contains(Codes, code) {
			fault(fmt.Sprintf("types[%d]", i), "unknown type %q; the types are %s", code, strings.Join(Codes, ", "))
		}
	}
}

func oneOf[T ~string](fault func(field, format string, args ...any), field string, got T, known ...T) {
	if got == "" || slices.Contains(known, got) {
		return
	}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	fault(field, "unknown %s %q; write one of %s", field, got, strings.Join(words, ", "))
}

func value(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

func isCountry(s string) bool {
	return len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func countryName(code string) string {
	if code == "" {
		return "all other countries"
	}
	return code
}

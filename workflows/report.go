package workflows

import "slices"

// Reporting is how reports read what a kind's requests spend.
type Reporting struct {
	Currency   string              // in whose minor units Charge.Base counts
	CostCenter string              // the field that names a cost centre; a request without one is its requester's department's
	Heading    func(string) string // gives a text key for a heading, or the heading as it is written where texts know none
	Standing   map[State]Standing  // of requests that have charges
}

// Standing says how far what a request charges is settled.
type Standing string

// The standings. Only what was approved counts as spent, and approved is not paid.
const (
	Undecided Standing = "undecided" // asked for, and not decided
	Unpaid    Standing = "unpaid"    // approved, and nothing of it is paid
	PartPaid  Standing = "part_paid" // approved, and something of it is paid
	Paid      Standing = "paid"
)

// Approved tells whether what a request charges counts as spent.
func (s Standing) Approved() bool { return s == Unpaid || s == PartPaid || s == Paid }

// ApprovedStates lists the states in which what a request charges counts as spent.
func (r *Reporting) ApprovedStates() []State {
	var list []State
	for state, standing := range r.Standing {
		if standing.Approved() {
			list = append(list, state)
		}
	}
	slices.Sort(list)
	return list
}

// Scope says whose charges a report sums.
type Scope string

// The scopes, from the narrowest to the widest.
const (
	OwnScope     Scope = "own"     // one's own
	BelowScope   Scope = "below"   // one's own and those of everybody below
	CompanyScope Scope = "company" // everybody's
)

// reporters are the roles that see what the whole company spends, beside those that look after the kind's requests.
var reporters = []string{"hr", "director"}

// Scope gives the scope in which somebody sees what the kind's requests spend: the one they ask for, or the widest that they have where
// they ask for none. leads: somebody reports to them. What is not theirs to see is refused.
func (k *Kind) Scope(p Person, leads bool, asked Scope) (Scope, error) {
	var theirs []Scope // the widest first
	if p.Active && (k.HoldsOffice(p) || slices.ContainsFunc(reporters, p.Has)) {
		theirs = append(theirs, CompanyScope)
	}
	if p.Active && leads {
		theirs = append(theirs, BelowScope)
	}
	if p.Active {
		theirs = append(theirs, OwnScope)
	}
	switch {
	case len(theirs) > 0 && asked == "":
		return theirs[0], nil
	case slices.Contains(theirs, asked):
		return asked, nil
	}
	return "", Refuse(NotYours, "report.not_yours", nil)
}

// SpendingWanted says which charges are summed: those of a kind's requests whose dates lie in some months.
type SpendingWanted struct {
	Kind       KindName
	Scope      Scope
	Person     PersonID // whose scope it is
	Month      Date     // its first day
	Months     int      // how many months are summed by heading, of which Month is the last
	Approved   []State  // in which a request's charges count
	CostCenter string   // the field, as in Reporting
}

// Spending is what charges come to: by heading for each month, and the rest for the last month alone.
type Spending struct {
	Headings    []Sum // for each month
	CostCenters []Sum
	People      []Sum
	States      []Sum // of all charges, also of those that do not count
}

// Sum is what some charges come to. Several of one key have different definitions.
type Sum struct {
	Key        string // a heading, a cost centre, an employee number, or a state
	Name       string // of a person
	Month      Date   // its first day
	Definition string // of the requests, which says the currency of Base
	Base       int64  // in minor units
	Requests   int    // of a state: how many there are
}

package workflows

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// PersonID is the number under which a person is stored; zero is nobody.
type PersonID int64

// Person is an employee.
type Person struct {
	ID              PersonID `json:"id"`
	No              string   `json:"no"` // the employee number, as the company writes it
	Name            string   `json:"name"`
	Email           string   `json:"email,omitempty"`
	Manager         PersonID `json:"manager,omitempty"`
	Department      string   `json:"department,omitempty"`
	Title           string   `json:"title,omitempty"`
	Roles           []string `json:"roles,omitempty"` // admin, hr, finance, sales, mentor, director …
	Country         string   `json:"country,omitempty"`
	Zone            string   `json:"zone,omitempty"`     // IANA name, as Asia/Shanghai
	Language        string   `json:"language,omitempty"` // en or zh
	HiredOn         Date     `json:"hired_on"`
	FirstEmployedOn Date     `json:"first_employed_on"`
	Tier            string   `json:"tier,omitempty"`
	Pattern         string   `json:"pattern,omitempty"` // name of a weekly pattern in the policy; empty: the country's
	Active          bool     `json:"active"`
	Away            bool     `json:"away,omitempty"` // not at work at the moment the facts were loaded
}

// Has tells whether the person holds a role.
func (p Person) Has(role string) bool { return slices.Contains(p.Roles, role) }

// Titled is how a person is called where somebody else could have the same name: E003 Tom Baker.
func (p Person) Titled() string { return p.No + " " + p.Name }

// maxTyped is the longest name that somebody is looked up by, in runes.
const maxTyped = 100

// TypedName is whom somebody means by what they typed, as it is looked up: without an @ before it, full-width letters and digits folded, a
// single space between the words; "" for what is no name.
func TypedName(typed string) string {
	clean, err := CleanText(norm.NFKC.String(typed), maxTyped)
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(strings.TrimLeft(clean, "@")), " ")
}

// Called tells whether what somebody typed means the person and could mean nobody else by chance: their number, alone or before their name,
// their whole name, or their address.
func (p Person) Called(typed string) bool {
	typed = TypedName(typed)
	return typed != "" && slices.ContainsFunc([]string{p.No, p.Titled(), p.Name, p.Email}, func(name string) bool {
		return strings.EqualFold(name, typed)
	})
}

func wantPerson(value string, w *Wants) { w.People = append(w.People, value) }

// checkPerson refuses whoever does not work here.
func checkPerson(in Input, value string, f Facts) *Error {
	if p, ok := f.Org.ByNo(value); !ok || !p.Active {
		return Fault(in.Name, "person.not_found", Args{"Value": Cut(value, 40)})
	}
	return nil
}

func showPerson(_ Input, value string, about shown) Row {
	if p, ok := about.facts.Org.ByNo(value); ok {
		return quoted(p.Titled())
	}
	return quoted(value)
}

// Org is the part of the company that a request's route can name.
type Org struct {
	people map[PersonID]Person
	order  []PersonID // by employee number, so that a route comes out the same each time
}

// NewOrg makes an Org of the people loaded for a request.
func NewOrg(people ...Person) Org {
	o := Org{people: make(map[PersonID]Person, len(people))}
	for _, p := range people {
		if _, twice := o.people[p.ID]; !twice {
			o.order = append(o.order, p.ID)
		}
		o.people[p.ID] = p
	}
	slices.SortFunc(o.order, func(a, b PersonID) int {
		if o.people[a].No < o.people[b].No {
			return -1
		}
		return 1
	})
	return o
}

// Person looks a person up by id; the zero Person when the facts do not hold them.
func (o Org) Person(id PersonID) Person { return o.people[id] }

// ByNo looks a person up by employee number.
func (o Org) ByNo(no string) (Person, bool) {
	for _, id := range o.order {
		if o.people[id].No == no {
			return o.people[id], true
		}
	}
	return Person{}, false
}

// Holders lists the active holders of a role.
func (o Org) Holders(role string) []PersonID {
	return o.filter(func(p Person) bool { return p.Active && p.Has(role) })
}

// Heads lists the heads of a department: its active members whose manager is outside it.
func (o Org) Heads(department string) []PersonID {
	if department == "" {
		return nil
	}
	return o.filter(func(p Person) bool {
		return p.Active && p.Department == department && o.people[p.Manager].Department != department
	})
}

// Manager gives the n-th active manager above a person (1 is the nearest); 0 when there is none. A circle in the data ends the walk.
func (o Org) Manager(id PersonID, n int) PersonID {
	seen := map[PersonID]bool{id: true}
	for {
		id = o.people[id].Manager
		if id == 0 || seen[id] {
			return 0
		}
		seen[id] = true
		if o.people[id].Active {
			if n--; n == 0 {
				return id
			}
		}
	}
}

// Departments lists a person's department and those that it is below: their managers', up to the top.
func (o Org) Departments(id PersonID) []string {
	list := []string{o.people[id].Department}
	for n := 1; ; n++ {
		above := o.Manager(id, n)
		if above == 0 {
			return list
		}
		if d := o.people[above].Department; !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
}

// Top gives the topmost active manager above a person; 0 when there is none.
func (o Org) Top(id PersonID) PersonID {
	top := PersonID(0)
	for n := 1; ; n++ {
		next := o.Manager(id, n)
		if next == 0 {
			return top
		}
		top = next
	}
}

func (o Org) filter(keep func(Person) bool) []PersonID {
	var ids []PersonID
	for _, id := range o.order {
		if keep(o.people[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}

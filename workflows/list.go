package workflows

import "time"

// Listed is a request as a line of a list: who holds one's own request, or who asks for one's approval.
type Listed struct {
	Request Request // without steps and turns
	People  []string
	Since   time.Time // from when it stands in the list
}

// Page says which lines of a list are wanted. It is found by a request at its edge and not by how many lines are before it, so that nobody
// misses one who decides some of them between two pages.
type Page struct {
	After  SubjectID // the lines behind this request's; empty: from the first on
	Before SubjectID // the lines in front of this request's, which After gives way to
	Size   int       // how many at most
}

// MostCounted is how far a list is counted: to count on would read all of it.
const MostCounted = 1000

// List is a page of a list.
type List struct {
	Lines []Listed
	First int // the place of the first of them in the list, from 1; as far as it is counted
	Total int // how many there are; MostCounted: or more
}

// Last is the place of the last line.
func (l List) Last() int { return l.First + len(l.Lines) - 1 }

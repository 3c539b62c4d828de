package workflows

// ForField is the input of a new request's form that says for whom it is, where the definition has that: an employee number. Empty: for
// whoever sends it. It is none of the definition's fields, since it belongs to the request and not to its form.
const ForField = "for"

// MayActFor tells whether somebody may ask in a person's place, and look up what that takes: hr for anyone, a manager for the people
// below, and everybody for themselves. org has the person and everyone above.
func MayActFor(p Person, whom PersonID, org Org) bool {
	switch {
	case whom == 0 || !p.Active:
		return false
	case p.ID == whom || p.Has("hr"):
		return true
	}
	for n := 1; ; n++ {
		switch above := org.Manager(whom, n); above {
		case p.ID:
			return true
		case 0:
			return false
		}
	}
}

// Filed tells whether somebody else asks for the requester.
func (r *Request) Filed() bool { return r.SubmittedBy != r.Requester }

// Own lists whose request it is: who it is for, and whoever filed it for them. Neither ever decides it.
func (r *Request) Own() []PersonID {
	if r.Filed() {
		return []PersonID{r.Requester, r.SubmittedBy}
	}
	return []PersonID{r.Requester}
}

// MayFile refuses a form that somebody sends in another's place without the right to. It is asked again with each revision: whoever was a
// manager when they filed it may be none by now. org has the requester and everyone above.
func (k *Kind) MayFile(r Request, by Person, org Org) error {
	switch {
	case by.ID == r.Requester:
		return nil
	case r.Seq == 0 && !k.ForOthers: // a request under way keeps to the definition with which it began
		return Refuse(NotYours, "request.only_own", nil)
	case !MayActFor(by, r.Requester, org):
		return Refuse(NotYours, "request.not_for_them", nil)
	case !org.Person(r.Requester).Active:
		return Refuse(NotYours, "request.left", Args{"Name": org.Person(r.Requester).Name})
	}
	return nil
}

// filedRow says on a card who asked, and for whom.
func filedRow(r Request, org Org) Row {
	return Row{Label: "label.filed", Text: "card.filed",
		Args: Args{"By": org.Person(r.SubmittedBy).Name, "For": org.Person(r.Requester).Name}}
}

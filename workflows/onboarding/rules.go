package onboarding

import (
	"strings"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
)

// key is what a request claims as long as it waits: nobody is to begin twice.
func key(employeeNo string) string { return "onboarding:" + employeeNo }

func wants(form workflows.Form, _ workflows.Person) workflows.Wants {
	no := strings.TrimSpace(form["newcomer"]) // the form may hold anything: it has not been checked yet
	return workflows.Wants{Claims: []string{key(no), plan.Claim(no)}}
}

// measure notes whether hr asks.
func measure(r workflows.Request, f workflows.Facts) (map[string]int64, []*workflows.Error) {
	n := int64(0)
	if f.Org.Person(r.Requester).Has("hr") {
		n = 1
	}
	return map[string]int64{byHR: n}, nil
}

// people refuses a request for somebody for whom its sender may not act, and roles that cannot be one person's.
func people(r workflows.Request, f workflows.Facts) []*workflows.Error {
	var faults []*workflows.Error
	newcomer, _ := f.Org.ByNo(r.Form["newcomer"])
	sender := f.Org.Person(r.Requester)
	switch {
	case newcomer.ID == 0: // the form says so
	case newcomer.ID == sender.ID, !workflows.MayActFor(sender, newcomer.ID, f.Org):
		faults = append(faults, workflows.Fault("newcomer", "onboarding.not_theirs", workflows.Args{"Value": newcomer.No}))
	}
	for _, role := range []string{"mentor", "manager"} {
		if r.Form[role] == r.Form["newcomer"] {
			faults = append(faults, workflows.Fault(role, "onboarding.themselves", workflows.Args{"Name": newcomer.Name}))
		}
	}
	return faults
}

// How far from today the first day may be, in days: what is longer ago cannot be made up for.
const (
	mostPast   = 14
	mostFuture = 366
)

// start refuses a first day that is too far away. One that a revision leaves as it was may be over by now.
func start(r workflows.Request, f workflows.Facts) []*workflows.Error {
	first, err := workflows.ParseDate(r.Form["start"])
	if err != nil || r.Before != nil && r.Before.Form["start"] == r.Form["start"] {
		return nil // of what is no date the form says so
	}
	today := f.Today(f.Org.Person(r.Requester))
	if n := first.Days() - today.Days(); n < -mostPast || n > mostFuture {
		args := workflows.Args{"Past": mostPast, "Date": first.String()}
		return []*workflows.Error{workflows.Fault("start", "onboarding.start", args)}
	}
	return nil
}

// free refuses a second plan for somebody.
func free(r workflows.Request, f workflows.Facts) []*workflows.Error {
	newcomer, _ := f.Org.ByNo(r.Form["newcomer"])
	if !workflows.MayActFor(f.Org.Person(r.Requester), newcomer.ID, f.Org) {
		return nil // they hear that it is not theirs to ask, and nothing of anybody else's plan
	}
	for _, k := range []string{plan.Claim(newcomer.No), key(newcomer.No)} {
		if by, taken := f.Claimed[k]; taken {
			return []*workflows.Error{workflows.Fault("newcomer", "onboarding.taken",
				workflows.Args{"Name": newcomer.Name, "Number": by.Number})}
		}
	}
	return nil
}

// decider refuses an approval by the new hire, who has a part in the plan and none in beginning it: it stays with them until they are
// chased, and then goes to those above them too.
func decider(r workflows.Request, f workflows.Facts) []*workflows.Error {
	last := r.LastDecision()
	if last == nil || f.Org.Person(last.Person).No != r.Form["newcomer"] {
		return nil
	}
	return []*workflows.Error{workflows.Refuse(workflows.NotYours, "onboarding.own", workflows.Args{"Number": r.Number})}
}

func claim(r workflows.Request, _ workflows.Facts, d *workflows.Decision) error {
	d.Claims = append(d.Claims, key(r.Form["newcomer"]))
	return nil
}

func release(_ workflows.Request, _ workflows.Facts, d *workflows.Decision) error {
	d.Freed = true
	return nil
}

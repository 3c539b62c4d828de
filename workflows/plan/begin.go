package plan

import (
	"github.com/nod-chat/nod/workflows"
)

// New makes the plan that an approved request begins. One that was approved after its first day begins on the day on which it was.
func (s Script) New(id workflows.SubjectID, p Plan, actor workflows.Actor, f Facts) (Plan, workflows.Outcome, error) {
	p.Subject = workflows.Subject{Ref: workflows.Ref{Kind: Kind, ID: id}, State: StatePreparing, Definition: p.Definition, Revision: 1}
	p.Template, p.Name = s.Template.Code, s.Template.Name
	p.Phases = make([]Progress, len(s.Template.Phases))
	for i, ph := range s.Template.Phases {
		p.Phases[i] = Progress{Code: ph.Code, Name: ph.Name}
	}
	if today := f.Today(f.Org.Person(p.Newcomer)); p.Start.Before(today) {
		p.Start = today
	}
	c := &change{view: &view{p: p, s: s, f: f}, act: workflows.Act{Event: Begin}, actor: actor, out: new(workflows.Outcome)}
	c.out.Prefix = Prefix
	c.out.Claims = []string{Claim(f.Org.Person(p.Newcomer).No)}
	people := c.crew()
	c.card(people...)
	n := workflows.Notice{Text: "notice.plan_begun", Args: workflows.Args{"Start": c.p.Start.String(), "Mentor": c.name(p.Mentor),
		"Manager": c.name(p.Manager)}}
	for _, r := range []Role{IT, HR} {
		for i, id := range p.Who(r, f.Facts) {
			if i == 0 { // one of each office hears of it; its tasks go to them
				c.tell(id, n)
			}
		}
	}
	return c.p, c.finish(""), nil
}

// Claim is the key that a plan has as long as it is open: a person goes through one at a time.
func Claim(employeeNo string) string { return "plan:" + employeeNo }

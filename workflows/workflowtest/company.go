package workflowtest

import (
	"fmt"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// Company is who the transcripts are about:
//
//	wang     the director, above everybody          hr       han
//	zhao     the head of Sales, below wang          admin    ada
//	lin mei  of Sales, below zhao, in Shanghai      mallory  of IT, who means harm
//	tom      of Sales, below zhao, in Berlin
func Company() []workflows.Person {
	hired := workflows.Date{Year: 2020, Month: time.January, Day: 1}
	who := func(id workflows.PersonID, name string, manager workflows.PersonID, department, country, zone string,
		roles ...string) workflows.Person {
		return workflows.Person{ID: id, No: fmt.Sprintf("E%03d", id), Name: name, Manager: manager, Department: department,
			Country: country, Zone: zone, Roles: roles, HiredOn: hired, Active: true}
	}
	return []workflows.Person{
		who(1, "wang", 0, "Board", "CN", "Asia/Shanghai", "director"),
		who(2, "zhao", 1, "Sales", "CN", "Asia/Shanghai", "sales"), // the head of Sales: wang is outside it
		who(3, "lin", 2, "Sales", "CN", "Asia/Shanghai", "sales"),
		who(4, "mei", 2, "Sales", "CN", "Asia/Shanghai", "sales"),
		who(5, "han", 1, "People", "CN", "Asia/Shanghai", "hr"),
		who(6, "ada", 1, "IT", "CN", "Asia/Shanghai", "admin"),
		who(7, "tom", 2, "Sales", "DE", "Europe/Berlin", "sales"),
		who(66, "mallory", 1, "IT", "CN", "Asia/Shanghai"),
	}
}

// monday is when transcripts begin: 09:00 on a Monday in Shanghai.
var monday = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// shanghai is the clock of the transcripts.
var shanghai = workflows.Zone("Asia/Shanghai")

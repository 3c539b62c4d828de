package workflows

import "encoding/json"

// DueBeginPlan is the kind of the due item that an approved request leaves which asks for a plan.
const DueBeginPlan = "begin_plan"

// PlanWanted is the plan that a request asks for, as its due item carries it: people by their employee numbers.
type PlanWanted struct {
	Newcomer string          `json:"newcomer"`
	Mentor   string          `json:"mentor"`
	Manager  string          `json:"manager"`
	Start    Date            `json:"start"` // calendar day 1
	Script   json.RawMessage `json:"script"`
}

package leave_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/leave"
	"github.com/nod-chat/nod/workflows/workflowtest"
)

var options = workflowtest.Options{Kind: "leave", Check: check, Draw: draw, Texts: typeNames()}

func TestTranscripts(t *testing.T)           { workflowtest.Play(t, "testdata", options) }
func TestWalk(t *testing.T)                  { workflowtest.Walk(t, "testdata", options) }
func TestEveryEventByEverybody(t *testing.T) { workflowtest.Moves(t, "testdata", options) }
func TestStoredDefinitions(t *testing.T)     { workflowtest.Stored(t, "testdata", options) }
func TestTexts(t *testing.T)                 { workflowtest.Texts(t, options) }

// check holds a leave against what its state says of it: half-days are held while it waits and once it is approved, and what is booked is
// what it costs.
func check(m *workflowtest.Memory, r workflows.Request) error {
	hold, used, held := m.Hold(r.ID)
	if held != (r.State == approval.StatePending || r.State == approval.StateApproved) || used != (r.State == approval.StateApproved) {
		return fmt.Errorf("it is %s; its half-days are held: %v, used: %v", r.State, held, used)
	}
	var booked workflows.Minutes
	for _, s := range hold.Shares {
		booked += s.Minutes
	}
	needsBalance := m.KindOf(r).Wants(r.Form, m.Person(r.Requester)).Ledger
	if held && needsBalance && booked != workflows.Minutes(r.Measures[leave.MeasureMinutes]) {
		return fmt.Errorf("I8: it is %s and costs %d; booked are %d", r.State, r.Measures[leave.MeasureMinutes], booked)
	}
	return nil
}

func draw(t *rapid.T, m *workflowtest.Memory) workflows.Form {
	from := workflows.Date{Year: 2026, Month: time.March, Day: 2}.AddDays(rapid.IntRange(0, 40).Draw(t, "from"))
	part := rapid.SampledFrom([]string{"am", "pm"})
	return workflows.Form{"type": "annual", "from": from.String(), "to": from.AddDays(rapid.IntRange(0, 5).Draw(t, "length")).String(),
		"from_part": part.Draw(t, "from_part"), "to_part": part.Draw(t, "to_part"), "proof": m.AnyFile(t)}
}

func typeNames() []string {
	var keys []string
	for _, code := range leave.Codes {
		keys = append(keys, "leave.type."+code)
	}
	for _, code := range []string{"annual", "annual_company", "marriage", "paternity", "childcare"} { // the others have the kind's icon
		keys = append(keys, "leave.icon."+code)
	}
	return keys
}

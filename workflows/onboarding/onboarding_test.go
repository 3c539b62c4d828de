package onboarding_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/workflowtest"
)

var options = workflowtest.Options{Kind: "onboarding", Check: check, Draw: draw,
	Texts: []string{"onboarding.label.newcomer", "onboarding.label.mentor", "onboarding.label.manager"}}

func TestTranscripts(t *testing.T)           { workflowtest.Play(t, "testdata", options) }
func TestWalk(t *testing.T)                  { workflowtest.Walk(t, "testdata", options) }
func TestEveryEventByEverybody(t *testing.T) { workflowtest.Moves(t, "testdata", options) }
func TestStoredDefinitions(t *testing.T)     { workflowtest.Stored(t, "testdata", options) }
func TestTexts(t *testing.T)                 { workflowtest.Texts(t, options) }

// check: whose plan it is is none of those whose request it is, their mentor and manager are others, and it takes nothing of anybody's time.
func check(m *workflowtest.Memory, r workflows.Request) error {
	newcomer := r.Form["newcomer"]
	for _, id := range r.Own() {
		if m.Person(id).No == newcomer {
			return fmt.Errorf("%s begins their own plan", m.Person(id).Name)
		}
	}
	if newcomer == "" || r.Form["mentor"] == newcomer || r.Form["manager"] == newcomer {
		return fmt.Errorf("the form names %q as the new hire and %q and %q", newcomer, r.Form["mentor"], r.Form["manager"])
	}
	if _, _, held := m.Hold(r.ID); held {
		return fmt.Errorf("it books time")
	}
	return nil
}

// draw draws what a manager of Sales might send: those below and others, mentor and manager among whom is sometimes the new hire, and first
// days on both sides of what is allowed.
func draw(t *rapid.T, _ *workflowtest.Memory) workflows.Form {
	one := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	return workflows.Form{
		"newcomer": one("newcomer", "E003", "E003", "E004", "E007", "E066"),
		"mentor":   one("mentor", "E006", "E004", "E007"),
		"manager":  one("manager", "E001", "E002", "E001", "E002", "E003"),
		"start":    one("start", "2026-03-02", "2026-03-09", "2026-02-16", "2026-05-04", "2027-02-26", "2026-01-05"),
		"template": one("template", "sales", "sales", ""),
		"note":     one("note", "", "knows the market"),
	}
}

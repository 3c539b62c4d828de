package promises

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

// waits lists the employee numbers of those who can decide a request now.
func (c *company) waits(number string) string {
	c.Helper()
	return value[string](c, `SELECT coalesce(string_agg(p.employee_no, ' ' ORDER BY p.employee_no), '') FROM turns t JOIN subjects s ON s.id = t.request_id
		JOIN people p ON p.id = t.person_id WHERE s.number = $1 AND t.state = 'open'`, number)
}

func (c *company) wantWaits(number, want string) {
	c.Helper()
	if got := c.waits(number); got != want {
		c.Errorf("%s waits for %q, want %q", number, got, want)
	}
}

// form is what a user's leave form says before it is sent.
func (c *company) form(user, args string) string {
	c.Helper()
	c.must(c.chat.Type(c.Context(), user, "/leave "+args))
	form := c.screen(user).Form
	if form == nil {
		c.Fatalf("%s sees no form, but %q", user, c.told(user))
	}
	return form.Text
}

// Rules, routes: zhou asks for more than ten days, which the head of her department decides after her manager: she is that head. Her manager stands in
// for her, and is asked once, not twice.
func TestRouteApproverIsTheRequester(t *testing.T) {
	c := open(t)
	c.grant("zhou", "annual_company", 30)
	number := c.ask("zhou", "annual_company 2026-12-01 2026-12-25")
	c.wantWaits(number, "boss")
	c.press("boss", number, "approve")
	c.settle()
	c.wantState(number, "approved")
	c.wantEvents(number, "submit", "approve")
}

// Rules, routes: nobody is on record above mallory. Her form says so before she sends it, and the administrator decides.
func TestRouteNobodyFound(t *testing.T) {
	c := open(t)
	c.exec("UPDATE people SET manager_id = NULL WHERE employee_no = 'mallory'")
	if text := c.form("mallory", "annual 2026-12-01"); !strings.Contains(text, "Nobody is on record for this step, so the administrators decide.") || !strings.Contains(text, "Bo Sun") {
		t.Errorf("mallory's form says\n%s", text)
	}
	number := c.ask("mallory", "annual 2026-12-01")
	c.wantWaits(number, "boss")
	if card := c.card("mallory", number); !strings.Contains(card.Text, "the administrators decide") {
		t.Errorf("mallory's card does not say who decides, and why:\n%s", card.Text)
	}
	c.press("boss", number, "approve")
	c.settle()
}

// older is the shipped policy, and a kind as an older program stored it.
type older struct {
	*policy.Policy
	kind *workflows.Kind
}

func (o older) Kinds() []*workflows.Kind { return []*workflows.Kind{o.kind} }

func (o older) Restore(workflows.Definition, string) (*workflows.Kind, error) { return o.kind, nil }

// I1, I2: a condition that an older program took fails when tom asks. His request is neither refused nor a step shorter: the administrator decides that
// step, form and cards say why in each language, and the log names the condition and nothing of what tom wrote.
func TestRouteConditionThatFails(t *testing.T) {
	j := keepJournal(t)
	c := openWith(t, func(p *policy.Policy) rules {
		today, _ := p.Kind("leave")
		d := today.Definition
		d.Route = []workflows.StepPlan{{Name: "manager", Approvers: []string{"manager"}, Mode: workflows.AnyOf},
			{Name: "more", Approvers: []string{"role:hr"}, Mode: workflows.AnyOf, When: "reason matches reason"}}
		k, err := p.Restore(d, "of-an-older-program")
		if err != nil {
			t.Fatal(err)
		}
		return older{p, k}
	})
	const says, sagt = "It could not be worked out who decides here, so the administrators do.", "无法判断此节点由谁审批，由管理员审批。"
	if text := c.form("tom", "annual 2026-12-01 (hearing-4711"); !strings.Contains(text, says) || !strings.Contains(text, "Bo Sun") {
		t.Errorf("tom's form says\n%s", text)
	}
	number := c.ask("tom", "annual 2026-12-01 (hearing-4711")
	c.wantWaits(number, "zhou")
	for who, want := range map[string]string{"tom": says, "zhou": sagt} {
		if card := c.card(who, number); !strings.Contains(card.Text, want) {
			t.Errorf("%s's card does not say who decides, and why:\n%s", who, card.Text)
		}
	}
	c.press("zhou", number, "approve")
	c.settle()
	c.wantState(number, approval.StatePending)
	c.wantWaits(number, "boss")
	c.press("boss", number, "approve")
	c.settle()
	c.wantState(number, approval.StateApproved)
	if log := j.String(); strings.Count(log, `condition="reason matches reason"`) != 1 || !strings.Contains(log, "request="+number) ||
		strings.Contains(log, "hearing-4711") {
		t.Errorf("the log:\n%s", log)
	}
}

// Rules, who is who: boss is at the top and the only administrator, so hr decides about boss. Without anybody in hr the request is refused, and says
// what to do.
func TestRouteTheAdministratorAsks(t *testing.T) {
	c := open(t)
	number := c.ask("boss", "annual 2026-12-01")
	c.wantWaits(number, "hana")
	c.press("hana", number, "approve")
	c.settle()
	c.exec("UPDATE people SET roles = '{}' WHERE employee_no = 'hana'")
	c.must(c.chat.Type(t.Context(), "boss", "/leave annual 2026-12-02"))
	c.must(c.chat.Send(t.Context(), "boss", 1))
	if form := c.screen("boss").Form; form == nil || !strings.Contains(form.Faults[""], "Nobody can be found who could decide this") {
		t.Errorf("boss sees %v", form)
	}
	if n := value[int](c, "SELECT count(*) FROM requests"); n != 1 {
		t.Errorf("%d requests are stored", n)
	}
}

// Rules, routes: zhou has left before lin asks. Her own manager decides.
func TestRouteInactiveApprover(t *testing.T) {
	c := open(t)
	c.exec("UPDATE people SET active = false WHERE employee_no = 'zhou'")
	number := c.ask("lin", "annual 2026-12-01")
	c.wantWaits(number, "boss")
	c.press("boss", number, "approve")
	c.settle()
	c.wantState(number, "approved")
}

// Rules, stand-in: zhou is on approved leave today. What comes meanwhile goes to her manager too, at once, and either of them decides.
func TestRouteAwayApprover(t *testing.T) {
	c := open(t)
	away := c.ask("zhou", "annual 2026-11-25 2026-11-27")
	c.press("boss", away, "approve")
	c.settle()
	number := c.ask("tom", "annual 2026-12-14")
	c.wantWaits(number, "boss zhou")
	if card := c.card("boss", number); !strings.Contains(card.Text, "周凯 Zhou Kai is away, so Bo Sun is asked too") {
		t.Errorf("boss's card does not say why:\n%s", card.Text)
	}
	c.press("boss", number, "approve")
	c.settle()
	c.wantState(number, "approved")
	if card := c.card("tom", number); !strings.Contains(card.Text, "Bo Sun for 周凯 Zhou Kai") {
		t.Errorf("tom's card says\n%s", card.Text)
	}
	c.wantWaits(number, "")
}

// Rules, acting for others: hr files for tom, and his manager decides; hr does not, by no button. A manager files for lin, and the next manager decides.
// mallory files for nobody.
func TestRouteOnBehalf(t *testing.T) {
	c := open(t)
	file := func(by workflows.Cause, for_ string) (string, error) {
		person, err := c.store.PersonByNo(t.Context(), for_)
		c.must(err)
		answer, err := c.engine.Submit(t.Context(), by, "leave", person, workflows.Form{"type": "annual", "from": "2026-12-01", "to": "2026-12-02"})
		c.settle()
		return answer.Number, err
	}
	number, err := file(by("hana", "for tom"), "tom")
	c.must(err)
	c.wantWaits(number, "zhou")
	button := c.button("zhou", number, "approve")
	for _, user := range []string{"hana", "tom"} {
		c.must(c.chat.PressOld(t.Context(), user, button))
		c.wantTold(user, "Nobody can decide their own request, or one that they filed for somebody else.")
	}
	c.press("zhou", number, "approve")
	c.settle()
	if got := c.balance("tom", "annual"); got != 8*480 {
		t.Errorf("tom's balance is %d", got)
	}

	number, err = file(by("zhou", "for lin"), "lin")
	c.must(err)
	c.wantWaits(number, "boss")
	c.must(c.chat.PressOld(t.Context(), "zhou", c.button("boss", number, "approve")))
	c.wantTold("zhou", "代")
	c.press("boss", number, "approve")
	c.settle()

	if _, err = file(by("mallory", "for hana"), "hana"); !errors.Is(err, &workflows.Error{Code: workflows.NotYours}) {
		t.Errorf("mallory filed for hana: %v", err)
	}
	c.exec("UPDATE people SET manager_id = (SELECT id FROM people WHERE employee_no = 'hana') WHERE employee_no = 'mallory'")
	number, err = file(by("hana", "for mallory"), "mallory")
	c.must(err)
	c.wantWaits(number, "boss")
}

// Rules, requests: a running request keeps the definition with which it began. One replica was started with another policy; the other, which has never
// seen that policy, decides its requests all the same, and without a pause.
func TestRunningRequestKeepsItsDefinition(t *testing.T) {
	c := open(t)
	other, err := policy.Load("other.yaml", []byte(strings.Replace(string(policy.Shipped()), "approvers: [manager]", `approvers: ["manager:2"]`, 1)))
	c.must(err)
	newer, err := engine.New(t.Context(), storagetest.Connect(t, c.db), other, c.clock)
	c.must(err)
	tom, err := c.store.PersonByNo(t.Context(), "tom")
	c.must(err)
	answer, err := newer.Submit(t.Context(), by("tom", "form"), "leave", tom, workflows.Form{"type": "annual", "from": "2026-12-01"})
	c.must(err)
	c.wantWaits(answer.Number, "boss")
	began := time.Now()
	_, err = c.acts(t.Context(), c.engine, by("boss", "press"), answer.Number, workflows.Act{Event: approval.Approve})
	c.must(err)
	if took := time.Since(began); took > time.Second {
		t.Errorf("the press took %s", took)
	}
	c.settle()
	c.wantState(answer.Number, "approved")
}

// Zhou Kai was there when Tom asked. Her own leave begins while his request waits: her manager is asked too, once, and both may decide.
func TestRouteLeaveBeginsWhileATurnIsOpen(t *testing.T) {
	c := open(t)
	leave := c.ask("zhou", "annual 2026-11-26 2026-12-04")
	c.press("boss", leave, "approve")
	number := c.ask("tom", "annual 2026-12-07")
	c.must(c.store.Relieve(c.Context(), c.clock.Now()))
	c.tick()
	c.wantEvents(number, "submit")

	c.at(start.AddDate(0, 0, 1))
	for range 2 {
		c.must(c.store.Relieve(c.Context(), c.clock.Now()))
		c.tick()
	}
	c.wantEvents(number, "submit", "relieve")
	if card := c.card("boss", number); !card.Has("approve") {
		t.Errorf("the manager's card:\n%s", card.Text)
	}
	if !c.screen("tom").Says("is away now") {
		t.Errorf("Tom was not told:\n%s", c.screen("tom"))
	}
	c.press("zhou", number, "approve") // from the beach
	c.settle()
	c.wantState(number, "approved")
}

// I14: the approver leaves and nobody can be found to decide instead. The request stays with them, rather than with nobody, until somebody is imported.
func TestI14NobodyLeftToDecide(t *testing.T) {
	c := open(t)
	c.expectFaults = 10
	number := c.ask("tom", "annual 2026-12-07")
	c.exec("UPDATE people SET active = false WHERE employee_no IN ('zhou', 'boss', 'hana')")
	c.must(c.store.Relieve(c.Context(), c.clock.Now()))
	c.tick()
	c.wantEvents(number, "submit")
	c.exec("UPDATE people SET active = true WHERE employee_no = 'boss'")
	c.exec("UPDATE due SET next_at = '-infinity'")
	c.tick()
	c.wantEvents(number, "submit", "relieve")
	if card := c.card("boss", number); !card.Has("approve") {
		t.Errorf("the manager's card:\n%s", card.Text)
	}
}

package promises

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/workflows"
)

func TestStory(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01 2026-12-03 family")
	for _, want := range []string{number, "10天 → 7天", "Tom Baker", "family", "12月1日"} {
		if card := c.card("zhou", number); !strings.Contains(card.Text, want) {
			t.Errorf("the manager's card lacks %q:\n%s", want, card.Text)
		}
	}
	if card := c.card("tom", number); !card.Has("withdraw") || card.Has("approve") || !strings.Contains(card.Text, "Waiting for 周凯 Zhou Kai") {
		t.Errorf("the requester's card:\n%s %v", card.Text, card.Buttons)
	}
	c.press("zhou", number, "approve")
	c.settle()
	c.wantTold("zhou", "你已同意 "+number)
	for _, user := range []string{"zhou", "tom"} {
		if card := c.card(user, number); len(card.Buttons) != 0 {
			t.Errorf("%s still sees buttons on a decided card: %v", user, card.Buttons)
		}
	}
	if card := c.card("tom", number); !strings.Contains(card.Text, "Approved by 周凯 Zhou Kai") {
		t.Errorf("the requester's card says\n%s", card.Text)
	}
	if !c.screen("tom").Says("周凯 Zhou Kai approved your request: Tue 1 – Thu 3 Dec · Annual leave · 3 days (" + number + ")") {
		t.Errorf("the requester was not told:\n%s", c.screen("tom"))
	}
	c.wantEvents(number, "submit", "approve")
	if got := c.balance("tom", "annual"); got != 7*480 {
		t.Errorf("balance %d minutes, want 7 days", got)
	}
}

// I2: a double click is one decision, and the second press hears of the first.
func TestI2DoubleClick(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01 2026-12-03")
	card := c.card("zhou", number)
	if err := c.chat.Press(t.Context(), "zhou", card.Reference, "approve", 2); err != nil {
		t.Fatal(err)
	}
	c.settle()
	c.wantState(number, "approved")
	c.wantEvents(number, "submit", "approve")
	answers := c.screen("zhou").Private
	if n := len(answers); n != 2 {
		t.Fatalf("%d answers, want one for each press", n)
	}
	once := 0
	for _, a := range answers {
		if strings.Contains(a.Text, "只算一次") {
			once++
		}
	}
	if once != 1 {
		t.Errorf("the answers are %v", answers)
	}
}

// I2: an old button pressed under a new cause hears who decided, and when.
func TestI2LatePress(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01 2026-12-03")
	old := c.button("zhou", number, "approve")
	c.press("zhou", number, "approve")
	c.settle()
	c.must(c.chat.PressOld(t.Context(), "zhou", old))
	c.wantTold("zhou", "周凯 Zhou Kai 已于")
	c.wantEvents(number, "submit", "approve")
}

// I3: mallory forges a press of Approve with an ID that she has come by, and tom one for his own request. Neither learns or changes
// anything.
func TestI3StrangersDecideNothing(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01 2026-12-03")
	button := c.button("zhou", number, "approve")
	for user, part := range map[string]string{"mallory": "There is no request " + number, "lin": "没有与你有关的申请 " + number, "hana": "not yours to decide"} { // hana is in hr
		c.must(c.chat.PressOld(t.Context(), user, button))
		c.wantTold(user, part)
	}
	c.must(c.chat.PressOld(t.Context(), "tom", button))
	c.wantTold("tom", "Nobody can decide their own request")
	c.must(c.chat.PressOld(t.Context(), "nobody", button))
	c.wantTold("nobody", "I do not know who you are")
	c.must(c.chat.Type(t.Context(), "mallory", "/requests "+number))
	c.wantTold("mallory", "There is no request "+number)
	c.wantEvents(number, "submit")
}

// I3: an approver who was deactivated a moment ago has no say any more.
func TestI3DeactivatedApprover(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01 2026-12-03")
	c.exec("UPDATE people SET active = false WHERE employee_no = 'zhou'")
	c.press("zhou", number, "approve")
	c.wantState(number, "pending")
	c.exec("UPDATE people SET active = true WHERE employee_no = 'zhou'")
}

// I4: what was returned and edited is another request; the button of the old card decides nothing, and the audit keeps what the card showed.
func TestI4StaleRevision(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01 2026-12-03")
	old := c.button("zhou", number, "approve")
	c.decide("zhou", number, "return", "3 Dec is the fair")
	c.wantState(number, "returned")
	if card := c.card("tom", number); !card.Has("edit") || !strings.Contains(card.Text, "3 Dec is the fair") {
		t.Fatalf("the returned card:\n%s %v", card.Text, card.Buttons)
	}
	c.must(c.chat.PressOld(t.Context(), "zhou", old))
	c.wantTold("zhou", "退回")
	c.press("tom", number, "edit")
	c.must(c.chat.Change(t.Context(), "tom", map[string]string{"to": "2026-12-02"}))
	c.must(c.chat.Send(t.Context(), "tom", 1))
	c.settle()
	c.wantState(number, "pending")
	c.must(c.chat.PressOld(t.Context(), "zhou", old))
	c.wantTold("zhou", "已被修改")
	c.wantState(number, "pending")
	c.press("zhou", number, "approve")
	c.settle()
	c.wantEvents(number, "submit", "return", "edit", "approve")
	audit := c.audit(number)
	shown := audit[3].Values.Shown
	if shown == nil || shown.Revision != 2 || shown.Hash == "" || !strings.Contains(string(shown.Facts), "2026-12-02") {
		t.Errorf("the audit keeps %+v of what the card showed", shown)
	}
	if got := c.balance("tom", "annual"); got != 8*480 {
		t.Errorf("balance %d minutes, want 8 days", got)
	}
}

// I4: zhou decides before her card's post was answered, as from a list of what waits for her. The audit keeps what the card would have
// shown, as of every other decision.
func TestI4DecidedBeforeTheCardWasPosted(t *testing.T) {
	c := open(t)
	number := c.sent("tom", "annual 2026-12-01")
	_, err := c.acts(t.Context(), c.engine, workflows.Cause{ChatUser: user("zhou"), Key: "early"}, number, workflows.Act{Event: "approve"})
	c.must(err)
	audit := c.audit(number)
	shown := audit[len(audit)-1].Values.Shown
	if shown == nil || shown.Revision != 1 || !strings.Contains(string(shown.Facts), "2026-12-01") {
		t.Errorf("the audit keeps %+v of what zhou signed", shown)
	}
	c.settle()
}

// I2: two approvers of one step press in the same moment; one decides, the other hears of it.
func TestI2TwoApproversAtOnce(t *testing.T) {
	c := open(t)
	c.exec(`UPDATE people SET department = 'People', manager_id = (SELECT id FROM people WHERE employee_no = 'boss') WHERE employee_no = 'tom'`)
	// Above ten days the heads of the department decide too: tom's department has two, hana and tom himself, so the other is boss by way of tom.
	c.exec(`UPDATE people SET department = 'Sales', manager_id = (SELECT id FROM people WHERE employee_no = 'boss') WHERE employee_no IN ('mallory', 'tom')`)
	c.grant("lin", "annual_company", 30)
	number := c.ask("lin", "annual_company 2026-12-01 2026-12-31")
	c.press("zhou", number, "approve")
	c.settle()
	heads := []string{}
	for _, user := range []string{"zhou", "tom", "mallory"} {
		if m, ok := c.screen(user).Message(number); ok && m.Has("approve") {
			heads = append(heads, user)
		}
	}
	if len(heads) < 2 {
		t.Fatalf("the second step waits for %v, want two people", heads)
	}
	var wg sync.WaitGroup
	for _, user := range heads {
		button := c.button(user, number, "approve")
		wg.Go(func() { c.chat.PressOld(t.Context(), user, button) })
	}
	wg.Wait()
	c.settle()
	c.wantState(number, "approved")
	c.wantEvents(number, "submit", "approve", "approve")
}

// I2: zhou approves by way of a machine whose clock is two minutes ahead; then one head rejects. What the other head hears is the rejection:
// which decision is the last is no matter of clocks.
func TestI2ClocksDoNotOrderDecisions(t *testing.T) {
	c := open(t)
	c.exec(`UPDATE people SET department = 'Sales', manager_id = (SELECT id FROM people WHERE employee_no = 'boss') WHERE employee_no IN ('mallory', 'tom')`)
	c.grant("lin", "annual_company", 30)
	number := c.ask("lin", "annual_company 2026-12-01 2026-12-31")
	ahead := &workflows.Clock{Machine: func() time.Time { return time.Now().Add(2 * time.Minute) }}
	ahead.Set(c.clock.Offset())
	_, err := c.acts(t.Context(), c.replicaWith(ahead).engine, workflows.Cause{ChatUser: user("zhou"), Key: "approve"}, number,
		workflows.Act{Event: "approve"})
	c.must(err)
	c.settle()
	_, err = c.acts(t.Context(), c.engine, workflows.Cause{ChatUser: user("tom"), Key: "reject"}, number,
		workflows.Act{Event: "reject", Comment: "no"})
	c.must(err)
	r := c.request(number)
	if last := r.LastDecision(); last == nil || last.State != workflows.TurnRejected {
		t.Errorf("the last decision is %+v", last)
	}
	_, err = c.acts(t.Context(), c.engine, workflows.Cause{ChatUser: user("mallory"), Key: "approve"}, number, workflows.Act{Event: "approve"})
	if !errors.Is(err, &workflows.Error{Code: workflows.NotNow, Text: "request.already_rejected"}) {
		t.Errorf("the other head hears %v", err)
	}
}

// I2: approve against withdraw in the same moment, many times: one of the two happens, and the ledger agrees with it.
func TestI2ApproveAgainstWithdraw(t *testing.T) {
	c := open(t)
	outcomes := map[workflows.State]int{}
	for i := range 10 {
		day := workflows.Date{Year: 2026, Month: 12, Day: 1}.AddDays(7 * (i / 3)).AddDays(i % 3)
		number := c.ask("tom", "annual "+day.String())
		approve, withdraw := c.button("zhou", number, "approve"), c.button("tom", number, "withdraw")
		var wg sync.WaitGroup
		wg.Go(func() { c.chat.PressOld(t.Context(), "zhou", approve) })
		wg.Go(func() { c.chat.PressOld(t.Context(), "tom", withdraw) })
		wg.Wait()
		c.settle()
		r := c.request(number)
		outcomes[r.State]++
		if len(c.events(number)) != 2 {
			t.Errorf("%s: %v", number, c.events(number))
		}
	}
	if outcomes["approved"]+outcomes["withdrawn"] != 10 {
		t.Errorf("outcomes: %v", outcomes)
	}
	if got, want := c.balance("tom", "annual"), int64(10-outcomes["approved"])*480; got != want {
		t.Errorf("balance %d minutes, want %d", got, want)
	}
}

// I2: approve against edit. The approver's button is of the revision before the edit, so at most one of them is about what was signed.
func TestI2ApproveAgainstEdit(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01 2026-12-03")
	old := c.button("zhou", number, "approve")
	c.decide("zhou", number, "return", "shorter, please")
	c.press("tom", number, "edit")
	c.must(c.chat.Change(t.Context(), "tom", map[string]string{"to": "2026-12-01"}))
	var wg sync.WaitGroup
	wg.Go(func() { c.chat.Send(t.Context(), "tom", 1) })
	wg.Go(func() { c.chat.PressOld(t.Context(), "zhou", old) })
	wg.Wait()
	c.settle()
	c.wantState(number, "pending")
	c.wantEvents(number, "submit", "return", "edit")
}

// I4: an older backup is restored, and numbers are given out again. The button of what used to be LV-1 does nothing to the new LV-1,
// and neither does the new one's with the digest of a revision that was made otherwise; the cards of what is open are drawn again.
func TestI4RestoredNumbersAreOthers(t *testing.T) {
	c := open(t)
	before := c.ask("lin", "annual 2026-12-07") // which the backup has
	c.exec("ALTER SEQUENCE number_lv RESTART WITH 2")
	number := c.ask("tom", "annual 2026-12-01 2026-12-03")
	old := c.button("zhou", number, "approve")
	id, _ := c.subject(number)
	c.exec("SET session_replication_role = replica") // what restoring a backup of before does
	for _, table := range []string{"bookings", "due", "cards", "causes", "audit_values", "audit"} {
		c.exec("DELETE FROM "+table+" WHERE subject_id = $1", string(id))
	}
	for table, key := range map[string]string{"notices": "about", "turns": "request_id", "requests": "id", "subjects": "id"} {
		c.exec("DELETE FROM "+table+" WHERE "+key+" = $1", string(id))
	}
	c.exec("RESET session_replication_role")
	c.exec("ALTER SEQUENCE number_lv RESTART WITH 2")
	n, err := c.store.Redraw(t.Context())
	if err != nil || n != 2 {
		t.Errorf("%d cards are drawn again, %v; want lin's and zhou's", n, err)
	}
	c.settle()

	other := c.ask("hana", "annual 2026-12-14")
	if other != number {
		t.Fatalf("the number is %s, want %s again", other, number)
	}
	c.must(c.chat.PressOld(t.Context(), "zhou", old))
	c.wantTold("zhou", "申请已不存在")
	fresh, err := c.chat.Action("boss", c.card("boss", other).Reference, "approve")
	c.must(err)
	fresh.Digest = old.Digest
	c.must(c.chat.PressOld(t.Context(), "boss", fresh))
	c.wantTold("boss", "was edited after you saw it")
	c.wantEvents(other, "submit")
	c.wantEvents(before, "submit")
}

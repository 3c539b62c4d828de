package promises

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

const (
	shanghai = "Asia/Shanghai"
	berlin   = "Europe/Berlin"
	newYork  = "America/New_York"
)

// on reads a local time.
func on(zone, local string) time.Time {
	place, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", local, place)
	if err != nil {
		panic(err)
	}
	return t
}

// wantNext checks which slot of a person's clock comes next, and when, to the minute that I13 allows.
func (c *company) wantNext(number, no string, slot int, at time.Time) {
	c.Helper()
	var gotSlot int
	var gotAt time.Time
	err := c.owner.QueryRow(c.Context(), `SELECT d.slot, d.at FROM due d JOIN subjects s ON s.id = d.subject_id JOIN people p ON p.id = d.party_id
		WHERE s.number = $1 AND p.employee_no = $2 AND d.kind = 'turn'`, number, no).Scan(&gotSlot, &gotAt)
	if err != nil {
		c.Fatalf("%s has no clock for %s: %v", no, number, err)
	}
	if off := gotAt.Sub(at).Abs(); gotSlot != slot || off > time.Minute {
		c.Errorf("%s's clock for %s: slot %d at %s, want slot %d at %s", no, number, gotSlot, gotAt.In(at.Location()), slot, at)
	}
}

// notices lists the kinds of what a person was sent about a request, in order.
func (c *company) notices(number, no string) []string {
	c.Helper()
	rows, err := c.owner.Query(c.Context(), `SELECT n.text FROM notices n JOIN subjects s ON s.id = n.about JOIN people p ON p.id = n.party_id
		WHERE s.number = $1 AND p.employee_no = $2 ORDER BY n.seq`, number, no)
	c.must(err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	c.must(err)
	return list
}

func (c *company) wantNotices(number, no string, want ...string) {
	c.Helper()
	if got := c.notices(number, no); !slices.Equal(got, want) {
		c.Errorf("%s was sent %v about %s, want %v", no, got, number, want)
	}
}

// pass moves the business clock on to a moment and fires what is due then, more often than it needs.
func (c *company) pass(to time.Time) {
	c.Helper()
	c.at(to)
	for range 3 {
		c.tick()
	}
}

// I13: tom asks on a Friday at four, zhou's time. zhou works until six, so her four hours are over on Monday at eleven; two mornings follow, and on the
// third her manager is asked as well. However often the clock is looked at, each of these happens once.
func TestI13RemindersFollowTheApproversWeek(t *testing.T) {
	c := open(t)
	c.at(on(shanghai, "2026-11-27 16:00"))
	number := c.ask("tom", "annual 2026-12-14 2026-12-15")
	c.pass(on(shanghai, "2026-11-27 16:02"))
	c.wantNext(number, "zhou", 1, on(shanghai, "2026-11-30 11:00"))

	c.pass(on(shanghai, "2026-11-30 10:58"))
	c.wantEvents(number, "submit")
	c.pass(on(shanghai, "2026-11-30 11:01"))
	c.wantEvents(number, "submit", "remind")
	if !c.screen("zhou").Says("⏰ Tom Baker 的年假申请（") {
		t.Errorf("zhou was not reminded:\n%s", c.screen("zhou"))
	}
	c.wantNext(number, "zhou", 2, on(shanghai, "2026-12-01 09:00"))
	c.pass(on(shanghai, "2026-12-01 09:01"))
	c.wantNext(number, "zhou", 3, on(shanghai, "2026-12-02 09:00"))
	c.pass(on(shanghai, "2026-12-02 09:01"))
	c.wantNext(number, "zhou", 4, on(shanghai, "2026-12-03 09:00"))
	c.pass(on(shanghai, "2026-12-03 08:58"))
	c.wantEvents(number, "submit", "remind", "remind", "remind")
	c.pass(on(shanghai, "2026-12-03 09:01"))
	c.wantEvents(number, "submit", "remind", "remind", "remind", "escalate")

	c.wantNotices(number, "zhou", "notice.remind", "notice.remind", "notice.remind", "notice.escalated")
	c.wantNotices(number, "tom", "notice.escalated")
	if !c.screen("tom").Says("周凯 Zhou Kai has not answered " + number + ", so Bo Sun can decide it now too.") {
		t.Errorf("tom was not told of the escalation:\n%s", c.screen("tom"))
	}
	if zhou, boss := c.card("zhou", number), c.card("boss", number); !zhou.Has("approve") || !boss.Has("approve") {
		t.Errorf("both can decide now, but their buttons are %v and %v", zhou.Buttons, boss.Buttons)
	}
	late := c.button("zhou", number, "approve")
	c.press("boss", number, "approve")
	c.settle()
	c.wantState(number, "approved")
	if card := c.card("zhou", number); len(card.Buttons) != 0 || !strings.Contains(card.Text, "Bo Sun") {
		t.Errorf("zhou's card after boss decided:\n%s %v", card.Text, card.Buttons)
	}
	c.must(c.chat.PressOld(t.Context(), "zhou", late))
	c.wantTold("zhou", "Bo Sun")
	c.pass(on(shanghai, "2026-12-10 12:00"))
	c.wantEvents(number, "submit", "remind", "remind", "remind", "escalate", "approve")
}

// I13: three requests wait for zhou. The reminders of a morning come as one message that names each once, and not what has been decided meanwhile; those of
// two mornings on which no chat took them come as one as well.
func TestI13RemindersOfAMorningAreOneMessage(t *testing.T) {
	c := open(t)
	c.at(on(shanghai, "2026-11-27 09:30"))
	var numbers []string
	for _, args := range []string{"annual 2026-12-14", "annual 2026-12-16", "annual 2026-12-18"} {
		numbers = append(numbers, c.ask("tom", args))
	}
	reminders := func() (list []string) {
		for _, m := range c.screen("zhou").Messages {
			if strings.HasPrefix(m.Text, "⏰") {
				list = append(list, m.Text)
			}
		}
		return list
	}
	c.pass(on(shanghai, "2026-11-27 09:33"))
	c.pass(on(shanghai, "2026-11-27 16:00")) // the first reminder of each comes at once
	if list := reminders(); len(list) != 3 {
		t.Fatalf("zhou was sent %q", list)
	}
	c.pass(on(shanghai, "2026-11-30 09:01"))
	c.press("zhou", numbers[1], "approve")
	c.overdue() // the digest is gathered
	c.settle()
	list := reminders()[3:]
	if len(list) != 1 || !strings.HasPrefix(list[0], "⏰ 你有 2 条申请待审批") || strings.Count(list[0], numbers[0]) != 1 || !strings.Contains(list[0], numbers[2]) ||
		strings.Contains(list[0], numbers[1]) || !strings.Contains(list[0], "Tom Baker") {
		t.Fatalf("zhou's morning begins with %q", list)
	}
	c.chat.Refuse(func(deliver.Post) error { return deliver.RetryAfter{Wait: time.Hour} })
	c.pass(on(shanghai, "2026-12-01 09:01"))
	c.overdue()
	c.settle()
	c.chat.Refuse(nil)
	c.overdue()
	c.settle()
	if list = reminders()[4:]; len(list) != 1 || strings.Count(list[0], numbers[0]) != 1 || strings.Count(list[0], numbers[2]) != 1 {
		t.Errorf("after a day without a chat zhou is sent %q", list)
	}
	for _, n := range []string{numbers[0], numbers[2]} {
		c.wantEvents(n, "submit", "remind", "remind", "remind") // each is in the audit by itself
	}
}

// I13: the National Day holiday stops zhou's clock for a week, and the Saturday on which China makes up for it is a working morning like any other.
func TestI13HolidaysAndMakeUpDays(t *testing.T) {
	c := open(t)
	c.at(on(shanghai, "2026-09-30 16:00"))
	number := c.ask("tom", "annual 2026-11-02 2026-11-03")
	c.pass(on(shanghai, "2026-09-30 16:02"))
	c.wantNext(number, "zhou", 1, on(shanghai, "2026-10-08 11:00"))
	c.pass(on(shanghai, "2026-10-08 11:01"))
	c.wantNext(number, "zhou", 2, on(shanghai, "2026-10-09 09:00"))
	c.pass(on(shanghai, "2026-10-09 09:01"))
	c.wantNext(number, "zhou", 3, on(shanghai, "2026-10-10 09:00"))
	c.pass(on(shanghai, "2026-10-10 09:01"))
	c.wantNext(number, "zhou", 4, on(shanghai, "2026-10-12 09:00"))
	c.wantEvents(number, "submit", "remind", "remind", "remind")
}

// Rules, clocks: t0 is when the card was posted, not when the request was sent. The chat was down over the morning.
func TestT0IsThePostedCard(t *testing.T) {
	c := open(t)
	c.expectFaults = 10
	c.at(on(shanghai, "2026-11-25 09:30"))
	c.chat.Refuse(func(deliver.Post) error { return errors.New("the chat is down") })
	number := c.ask("tom", "annual 2026-12-14")
	c.pass(on(shanghai, "2026-11-25 11:00"))
	c.wantNext(number, "zhou", 0, on(shanghai, "2026-11-25 11:01"))
	c.chat.Refuse(nil)
	c.overdue()
	c.settle()
	c.pass(on(shanghai, "2026-11-25 11:05"))
	c.wantNext(number, "zhou", 1, on(shanghai, "2026-11-25 16:00"))
}

// I13: two replicas look at the clock at the same moment, again and again. Nobody is reminded twice.
func TestI13TwoEnginesFireOnce(t *testing.T) {
	c := open(t)
	other := c.replica()
	c.at(on(shanghai, "2026-11-25 09:30"))
	var numbers []string
	for _, day := range []string{"2026-12-14", "2026-12-15", "2026-12-16", "2026-12-17"} {
		numbers = append(numbers, c.ask("tom", "annual "+day))
	}
	for _, moment := range []string{"2026-11-25 09:32", "2026-11-25 14:31", "2026-11-26 09:01", "2026-11-27 09:01", "2026-11-30 09:01"} {
		c.at(on(shanghai, moment))
		var wg sync.WaitGroup
		for range 2 {
			for _, e := range []interface{ tick(*company) }{replica{c.engine, c.deliverer}, other} {
				wg.Go(func() { e.tick(c) })
			}
		}
		wg.Wait()
	}
	c.settle()
	for _, number := range numbers {
		c.wantEvents(number, "submit", "remind", "remind", "remind", "escalate")
		c.wantNotices(number, "zhou", "notice.remind", "notice.remind", "notice.remind", "notice.escalated")
	}
}

// I13: nothing ran for three days. zhou finds one reminder, not a heap, and the rest of her clock goes on from there.
func TestI13NoHeapAfterDowntime(t *testing.T) {
	c := open(t)
	c.at(on(shanghai, "2026-11-24 09:30"))
	number := c.ask("tom", "annual 2026-12-14")
	c.pass(on(shanghai, "2026-11-24 09:32"))
	c.pass(on(shanghai, "2026-11-27 10:00"))
	c.wantEvents(number, "submit", "remind")
	c.wantNext(number, "zhou", 2, on(shanghai, "2026-11-30 09:00"))
	if zhou := c.screen("zhou"); strings.Count(zhou.String(), "⏰") != 1 {
		t.Errorf("zhou came back to\n%s", zhou)
	}
}

// Rules, clocks: zhou's own approved leave is no working time. She is away on Thursday and Friday.
func TestClockStopsWhileTheApproverIsAway(t *testing.T) {
	c := open(t)
	c.at(on(shanghai, "2026-11-25 10:00"))
	away := c.ask("zhou", "annual 2026-11-26 2026-11-27")
	c.press("boss", away, "approve")
	c.settle()
	c.at(on(shanghai, "2026-11-25 16:30"))
	number := c.ask("tom", "annual 2026-12-14")
	c.pass(on(shanghai, "2026-11-25 16:32"))
	c.wantNext(number, "zhou", 1, on(shanghai, "2026-11-30 11:30"))
}

// Rules, clocks: a decision ends the clock. Whatever was still to be sent about it is dropped.
func TestClockDiesWithTheRequest(t *testing.T) {
	c := open(t)
	c.at(on(shanghai, "2026-11-25 09:30"))
	number := c.ask("tom", "annual 2026-12-14")
	c.pass(on(shanghai, "2026-11-25 09:32"))
	c.press("zhou", number, "approve")
	c.settle()
	if n := value[int](c, "SELECT count(*) FROM due"); n != 0 {
		t.Errorf("%d due items outlive the decision", n)
	}
	for _, moment := range []string{"2026-11-25 15:00", "2026-11-26 09:01", "2026-12-16 09:00"} {
		c.pass(on(shanghai, moment))
	}
	c.wantEvents(number, "submit", "approve")
	c.wantNotices(number, "zhou")
}

// Rules, clocks: handed to boss and back to zhou, a request is zhou's anew: her clock starts again, and the old one does not run beside it.
func TestOneClockAfterThereAndBack(t *testing.T) {
	c := open(t)
	c.at(on(shanghai, "2026-11-25 09:30"))
	number := c.ask("tom", "annual 2026-12-14")
	c.pass(on(shanghai, "2026-11-25 09:32"))
	c.pass(on(shanghai, "2026-11-25 14:31"))
	c.reassign(number, "boss")
	c.at(on(shanghai, "2026-11-25 15:00"))
	c.reassign(number, "zhou")
	c.pass(on(shanghai, "2026-11-25 15:02"))
	c.wantNext(number, "zhou", 1, on(shanghai, "2026-11-26 10:00"))
	c.pass(on(shanghai, "2026-11-26 09:01"))
	c.wantEvents(number, "submit", "remind", "reassign", "reassign")
	c.pass(on(shanghai, "2026-11-26 10:01"))
	c.wantEvents(number, "submit", "remind", "reassign", "reassign", "remind")
	c.wantNext(number, "zhou", 2, on(shanghai, "2026-11-27 09:00"))
}

func (c *company) reassign(number, to string) {
	c.Helper()
	cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: workflows.PlatformCLI, User: "root"}, Key: "reassign:" + to}
	_, err := c.acts(c.Context(), c.engine, cause, number, workflows.Act{Event: approval.Reassign, Person: to, Comment: "as agreed"})
	c.must(err)
	c.settle()
}

// I14: no chat reaches zhou. Her manager is asked within a working day, and decides.
func TestI14UnreachableApproverIsEscalated(t *testing.T) {
	for name, why := range map[string]string{
		"never bound":     "DELETE FROM bindings WHERE user_id = 'zhou'",
		"blocked the bot": "UPDATE bindings SET gone_at = now() WHERE user_id = 'zhou'",
		"unbound":         "UPDATE bindings SET ended_at = now() WHERE user_id = 'zhou'",
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			c.exec(why)
			c.at(on(shanghai, "2026-11-25 14:00"))
			number := c.ask("tom", "annual 2026-12-14")
			c.pass(on(shanghai, "2026-11-25 14:02"))
			c.pass(on(shanghai, "2026-11-26 14:00"))
			c.wantNotices(number, "tom", "notice.escalated")
			if !c.card("boss", number).Has("approve") {
				t.Error("boss cannot decide")
			}
			c.press("boss", number, "approve")
			c.settle()
			c.wantState(number, "approved")
		})
	}
}

// I14: zhou is bound to a chat a moment after tom asked. What waits for her is shown to her there, and her clock begins with it.
func TestI14BoundALittleLate(t *testing.T) {
	c := open(t)
	c.exec("DELETE FROM bindings WHERE user_id = 'zhou'")
	c.at(on(shanghai, "2026-11-25 09:30"))
	number := c.ask("tom", "annual 2026-12-14")
	c.at(on(shanghai, "2026-11-25 10:30"))
	zhou, err := c.store.PersonByNo(t.Context(), "zhou")
	c.must(err)
	for range 2 {
		c.must(c.store.Bind(t.Context(), zhou.ID.Party(), user("zhou"), c.clock.Now()))
	}
	c.settle()
	c.pass(on(shanghai, "2026-11-25 10:32"))
	c.wantNext(number, "zhou", 1, on(shanghai, "2026-11-25 15:30"))
	c.press("zhou", number, "approve")
	c.settle()
	c.wantState(number, "approved")
}

// I14: zhou saw her card, then left the chat. The next reminder finds nobody, so her manager is asked in its place.
func TestI14ApproverLeavesTheChat(t *testing.T) {
	c := open(t)
	c.at(on(shanghai, "2026-11-25 09:30"))
	number := c.ask("tom", "annual 2026-12-14")
	c.pass(on(shanghai, "2026-11-25 09:32"))
	c.exec("UPDATE bindings SET gone_at = now() WHERE user_id = 'zhou'")
	c.pass(on(shanghai, "2026-11-25 14:31"))
	c.wantEvents(number, "submit", "escalate")
	c.press("boss", number, "approve")
	c.settle()
}

// I14: zhou's card can never be posted, though her chat is not gone. Nobody waits for that for ever.
func TestI14CardThatCannotBePosted(t *testing.T) {
	c := open(t)
	c.expectFaults = 100
	c.at(on(shanghai, "2026-11-25 14:00"))
	c.chat.Refuse(func(p deliver.Post) error {
		if p.Card != nil && p.Card.Who != "" {
			return errors.New("the platform refuses this card")
		}
		return nil
	})
	number := c.ask("tom", "annual 2026-12-14")
	for _, moment := range []string{"2026-11-25 14:02", "2026-11-26 10:00", "2026-11-26 14:05"} {
		c.pass(on(shanghai, moment))
	}
	c.wantNotices(number, "tom", "notice.escalated")
	c.chat.Refuse(nil)
}

// Rules, clocks: nobody decided tom's leave by the end of its first day in Berlin. It expires, what it reserved is free again, and both hear of it.
func TestExpiryAtTheEndOfTheFirstDay(t *testing.T) {
	c := open(t)
	c.at(on(berlin, "2026-11-27 10:00"))
	number := c.ask("tom", "annual 2026-11-30 2026-12-01")
	if got := c.balance("tom", "annual"); got != 8*480 {
		t.Fatalf("balance %d while it waits", got)
	}
	c.pass(on(berlin, "2026-11-30 23:59"))
	c.wantState(number, "pending")
	c.pass(on(berlin, "2026-12-01 00:00"))
	c.wantState(number, "expired")
	if got := c.balance("tom", "annual"); got != 10*480 {
		t.Errorf("balance %d after it expired", got)
	}
	if n := value[int](c, "SELECT count(*) FROM bookings"); n != 0 {
		t.Error("the days are still taken")
	}
	for user, left := range map[string]int{"tom": 1, "zhou": 0} { // he may ask again
		if list := c.notices(number, user); !slices.Contains(list, "notice.expire") {
			t.Errorf("%s was sent %v", user, list)
		}
		if card := c.card(user, number); len(card.Buttons) != left {
			t.Errorf("%s's expired card has the buttons %v", user, card.Buttons)
		}
	}
	if again := c.ask("tom", "annual 2026-11-30 2026-12-01"); again == number {
		t.Error("the same days cannot be asked for again")
	}
}

// I13: tom moves west while his leave waits. At Berlin's midnight his first day is not over where he is, so it expires at New York's.
func TestI13TooEarlyIsPutOff(t *testing.T) {
	c := open(t)
	c.at(on(berlin, "2026-11-27 10:00"))
	number := c.ask("tom", "annual 2026-11-30 2026-12-01")
	c.exec("UPDATE people SET timezone = 'America/New_York' WHERE employee_no = 'tom'")
	c.pass(on(berlin, "2026-12-01 00:00"))
	c.wantState(number, "pending")
	c.pass(on(newYork, "2026-11-30 23:59"))
	c.wantState(number, "pending")
	c.pass(on(newYork, "2026-12-01 00:00"))
	c.wantState(number, "expired")
	if got := c.balance("tom", "annual"); got != 10*480 {
		t.Errorf("balance %d after it expired", got)
	}
}

// I13: a proof that is missing is asked for at nine where tom is by then.
func TestI13ProofIsAskedForWhereItsOwnerIs(t *testing.T) {
	c := open(t)
	c.at(on(berlin, "2026-11-27 10:00"))
	number := c.ask("tom", "sick 2026-11-27 2026-12-02")
	c.press("zhou", number, "approve")
	due := value[time.Time](c, "SELECT at FROM due WHERE kind = 'chase'").In(on(berlin, "2026-12-01 00:00").Location())
	c.exec("UPDATE people SET timezone = 'America/New_York' WHERE employee_no = 'tom'")
	c.pass(due)
	chased := func() bool { return slices.Contains(c.notices(number, "tom"), "leave.chase") }
	if chased() {
		t.Errorf("it is asked for at %s already", due.In(on(newYork, "2026-12-01 00:00").Location()))
	}
	c.pass(on(newYork, due.Format(time.DateOnly)+" 09:00"))
	if !chased() {
		t.Error("it is never asked for")
	}
}

// I13: whoever moves by the people file has what falls due for them at the same time of their day, east and west. What is a minute from
// now, as the first look at a turn's card, stays.
func TestI13MovedPersonsClocksMove(t *testing.T) {
	for _, zone := range []string{shanghai, newYork} {
		t.Run(zone, func(t *testing.T) {
			c := open(t)
			c.at(on(berlin, "2026-11-27 10:00"))
			number := c.ask("tom", "annual 2026-11-30 2026-12-01")
			before := value[time.Time](c, "SELECT at FROM due WHERE kind = 'turn'")
			header := "employee_no,name,email,manager_no,department,title,roles,country,timezone,language,hired_on"
			sheet, faults := table.Read(strings.NewReader(header+"\ntom,Tom Baker,tom@example.com,zhou,Sales,,,DE,"+zone+",en,2020-01-01\n"),
				storage.PeopleColumns)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			plan, err := c.store.ImportPeople(sheet, storage.PeopleRules{TimesOfDay: approval.TimesOfDay}, c.clock.Now()).Apply(t.Context())
			if c.must(err); len(plan.Faults) > 0 {
				t.Fatal(plan.Faults)
			}
			if after := value[time.Time](c, "SELECT at FROM due WHERE kind = 'turn'"); !after.Equal(before) {
				t.Errorf("the first look at zhou's card moved from %s to %s", before, after)
			}
			c.pass(on(zone, "2026-11-30 23:59"))
			c.wantState(number, "pending")
			c.pass(on(zone, "2026-12-01 00:00"))
			c.wantState(number, "expired")
		})
	}
}

// I13: one replica's machine is two hours ahead, another's two hours behind. Neither expires a request before its requester's midnight,
// and each does within a minute of it.
func TestI13MachinesThatDisagree(t *testing.T) {
	for _, ahead := range []time.Duration{2 * time.Hour, -2 * time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			c := open(t)
			c.at(on(berlin, "2026-11-27 10:00"))
			number := c.ask("tom", "annual 2026-11-30 2026-12-01")
			for _, minute := range []struct {
				at   string
				want workflows.State
			}{{"2026-11-30 23:59", "pending"}, {"2026-12-01 00:01", "expired"}} {
				c.at(on(berlin, minute.at))
				other := c.skewed(ahead)
				other.tick(c)
				if off := other.engine.Now().Sub(c.clock.Now()).Abs(); off > time.Second {
					t.Errorf("the replica's time is off by %s", off)
				}
				c.wantState(number, minute.want)
			}
		})
	}
}

// Rules, clocks: who falls ill cannot ask beforehand. Sick leave waits on after its first day.
func TestSickLeaveDoesNotExpire(t *testing.T) {
	c := open(t)
	c.at(on(berlin, "2026-11-27 10:00"))
	number := c.ask("tom", "sick 2026-11-27 2026-11-30")
	c.pass(on(berlin, "2026-12-01 00:10"))
	c.wantState(number, "pending")
	c.press("zhou", number, "approve")
	c.settle()
	c.wantState(number, "approved")
}

// I14: among the due items are one of a kind that nobody knows, one that belongs to nothing, one whose request uses a definition that cannot be read,
// and one whose request is locked by somebody who sleeps. zhou is reminded of the others all the same, within five seconds.
func TestI14PoisonItemsDelayNobody(t *testing.T) {
	c := open(t)
	c.expectFaults = 100
	c.at(on(shanghai, "2026-11-25 09:30"))
	poisoned := c.ask("tom", "annual 2026-12-14")
	locked := c.ask("tom", "annual 2026-12-15")
	var good []string
	for _, day := range []string{"2026-12-16", "2026-12-17", "2026-12-18"} {
		good = append(good, c.ask("tom", "annual "+day))
	}
	c.pass(on(shanghai, "2026-11-25 09:32"))
	c.exec("INSERT INTO due (kind, key, at) VALUES ('riddle', 'of the sphinx', $1)", on(shanghai, "2026-11-25 09:00"))
	c.exec("INSERT INTO due (kind, key, slot, at) VALUES ('turn', 'of nothing', 2, $1)", on(shanghai, "2026-11-25 09:00"))
	definition := value[string](c, "SELECT definition FROM subjects WHERE number = $1", poisoned)
	c.exec(`INSERT INTO definitions (hash, kind, body, added_at) VALUES ('poison', 'leave', '{"kind": "leave", "policy": "not a policy"}', now())`)
	c.exec("UPDATE subjects SET definition = 'poison' WHERE number = $1", poisoned)
	c.exec("UPDATE due SET at = at - interval '1 hour' WHERE subject_id IN (SELECT id FROM subjects WHERE number IN ($1, $2))", poisoned, locked)
	sleeper, err := c.owner.Begin(t.Context())
	c.must(err)
	_, err = sleeper.Exec(t.Context(), "SELECT FROM subjects WHERE number = $1 FOR UPDATE", locked)
	c.must(err)

	c.at(on(shanghai, "2026-11-25 14:31"))
	began := time.Now()
	done := make(chan error, 1)
	go func() {
		_, _, err := c.engine.Tick(t.Context())
		done <- err
	}()
	for _, number := range good {
		c.await(number+" is reminded of", func() bool { return len(c.events(number)) == 2 })
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the others waited %s for a bad item", took)
	}
	c.must(<-done)
	c.must(sleeper.Rollback(t.Context()))
	c.overdue()
	c.tick()
	c.wantEvents(locked, "submit", "remind")
	c.wantEvents(poisoned, "submit")
	c.exec("UPDATE subjects SET definition = $2 WHERE number = $1", poisoned, definition)
	c.exec("DELETE FROM due WHERE kind = 'riddle' OR key = 'of nothing'")
	c.overdue()
	c.tick()
	c.wantEvents(poisoned, "submit", "remind")
}

package promises

import (
	"errors"
	"flag"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// move is what one of the people does next, as drawn: a press on the which-th request there is at that moment, or a new request.
type move struct {
	event workflows.Event
	which int
	day   int
	days  int
	half  bool
}

func drawMoves(t *rapid.T, who string, events ...workflows.Event) []move {
	one := rapid.Custom(func(t *rapid.T) move {
		return move{
			event: rapid.SampledFrom(events).Draw(t, "event"),
			which: rapid.IntRange(0, 7).Draw(t, "which"),
			day:   rapid.IntRange(0, 5).Draw(t, "day"),
			days:  rapid.IntRange(0, 2).Draw(t, "days"),
			half:  rapid.Bool().Draw(t, "half"),
		}
	})
	return rapid.SliceOfN(one, 4, 14).Draw(t, who)
}

func (m move) form() workflows.Form {
	first := workflows.Date{Year: 2026, Month: 12, Day: 1}.AddDays(m.day)
	f := workflows.Form{"type": "comp", "from": first.String(), "to": first.AddDays(m.days).String(), "from_part": "am", "to_part": "pm"}
	if m.half {
		f["to_part"] = "am"
	}
	return f
}

// I8: three people with three days of comp each ask, withdraw and edit, on dates that get in each other's way, while two approve, reject and return,
// all at the same time. Whatever they do, the ledger sums and no lot is overdrawn.
func TestI8LedgerUnderConcurrentPeople(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue { // each check is a company of its own
		if err := flag.Set("rapid.checks", "6"); err != nil {
			t.Fatal(err)
		}
		defer flag.Set("rapid.checks", f.DefValue)
	}
	rapid.Check(t, func(rt *rapid.T) {
		askers := map[string][]move{}
		for _, user := range []string{"tom", "lin", "hana"} {
			askers[user] = drawMoves(rt, user, approval.Submit, approval.Submit, approval.Withdraw, approval.Edit)
		}
		deciders := map[string][]move{}
		for _, user := range []string{"zhou", "boss"} {
			deciders[user] = drawMoves(rt, user, approval.Approve, approval.Approve, approval.Reject, approval.Return)
		}
		c := open(t)
		for user := range askers {
			c.grant(user, "comp", 3)
		}
		var people sync.WaitGroup
		for user, moves := range askers {
			people.Go(func() { c.play(user, moves) })
		}
		for user, moves := range deciders {
			people.Go(func() { c.play(user, moves) })
		}
		people.Wait()
		c.settle()
		c.check()
		for user := range askers {
			granted, taken := int64(3*480), value[int64](c, `SELECT coalesce(sum((measures ->> 'minutes')::bigint), 0)::bigint FROM requests r JOIN subjects s ON s.id = r.id JOIN people p ON p.id = r.requester_id
				WHERE p.employee_no = $1 AND s.state IN ('pending', 'approved')`, user)
			if got := c.balance(user, "comp"); got != granted-taken || got < 0 {
				t.Errorf("I8: %s has %d minutes left of %d after %d were asked for or taken", user, got, granted, taken)
			}
		}
		for what, sql := range map[string]string{
			"bookings overlap": "SELECT count(*) FROM bookings a JOIN bookings b ON a.person_id = b.person_id AND a.subject_id < b.subject_id AND a.halves && b.halves",
			"a booking and its request disagree": `SELECT count(*) FROM subjects s FULL JOIN bookings k ON k.subject_id = s.id
				WHERE (k.subject_id IS NOT NULL) <> (s.state IN ('pending', 'approved')) OR k.approved <> (s.state = 'approved')`,
		} {
			if n := value[int](c, sql); n != 0 {
				t.Errorf("%s: %d times", what, n)
			}
		}
	})
}

// play makes a person's moves. Refusals are what half of them meet; anything else that goes wrong is the program's fault.
func (c *company) play(user string, moves []move) {
	person, err := c.store.PersonByNo(c.Context(), user)
	if err != nil {
		c.Error(err)
		return
	}
	for i, m := range moves {
		cause := by(user, fmt.Sprint("move:", i))
		number := fmt.Sprintf("LV-%d", m.which+1)
		refs, err := c.store.Find(c.Context(), number)
		var r workflows.Request
		if err == nil && len(refs) == 1 {
			r, err = c.store.Request(c.Context(), refs[0].ID)
		}
		switch {
		case m.event == approval.Submit:
			_, err = c.engine.Submit(c.Context(), cause, "leave", person, m.form())
		case err != nil || r.ID == "": // there is no such request yet
		case m.event == approval.Edit:
			_, err = c.engine.Act(c.Context(), cause, r.ID, workflows.Act{Event: m.event, Digest: r.Digest, Form: m.form()})
		default:
			_, err = c.engine.Act(c.Context(), cause, r.ID, workflows.Act{Event: m.event, Digest: r.Digest, Comment: "as discussed"})
		}
		var refusal *workflows.Error
		if err != nil && (!errors.As(err, &refusal) || refusal.Code == workflows.Unavailable || refusal.Code == workflows.Unconfirmed) {
			c.Errorf("%s: %s %s: %v", user, m.event, number, err)
		}
	}
}

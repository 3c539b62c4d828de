package expense_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/expense"
	"github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/workflowtest"
)

// payable makes a claim of two lines that is approved, and gives its number.
func payable(t *rapid.T, m *workflowtest.Memory, amounts ...string) string {
	form := workflows.Form{}
	for i, amount := range amounts {
		for field, value := range map[string]string{"category": "transport", "date": "2026-02-27", "amount": amount, "currency": "CNY"} {
			form[workflows.LineName(field, i+1)] = value
		}
		form[workflows.LineName("receipt", i+1)] = m.AddFile(m.Named("lin").ID, fmt.Sprint(i, ".pdf"))
	}
	lin := m.Named("lin")
	d, err := m.Change(m.Draft("expense", lin.ID, lin.ID), workflows.Act{Event: approval.Submit, Form: form}, workflows.PersonActor(lin, "web"))
	if err != nil {
		t.Fatal(err)
	}
	number := d.Request.Number
	for m.Request(number).State == approval.StatePending {
		r := m.Request(number)
		i := slices.IndexFunc(r.Turns, func(turn workflows.Turn) bool { return turn.State == workflows.TurnOpen })
		by := workflows.PersonActor(m.Person(r.Turns[i].Person), "web")
		if _, err := m.Change(r, workflows.Act{Event: approval.Approve, Digest: r.Digest}, by); err != nil {
			t.Fatal(err)
		}
	}
	return number
}

func finance(t workflowtest.T) *workflowtest.Memory {
	m := workflowtest.NewMemory(t, policy.Default())
	m.Check = check
	i := slices.IndexFunc(m.People, func(p workflows.Person) bool { return p.Name == "mei" })
	m.People[i].Roles = append(m.People[i].Roles, "finance")
	return m
}

func reader(t *rapid.T, m *workflowtest.Memory, r workflows.Request) expense.Reader {
	read, err := expense.NewReader(m.KindOf(r).Definition)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func cents(n int64) workflows.Money { return workflows.Money{Minor: n, Currency: "CNY"} }

// What an approver lowers begins with what is allowed as things stand: after a limit, and after whoever lowered it before.
func TestSanctionBeginsWithWhatIsAllowed(t *testing.T) {
	m := finance(t)
	lin := m.Named("lin")
	receipt := m.AddFile(lin.ID, "night.pdf")
	form := workflows.Form{"category": "lodging", "date": "2026-02-27", "amount": "640", "currency": "CNY", "receipt": receipt,
		"category_2": "transport", "date_2": "2026-02-27", "amount_2": "38", "currency_2": "CNY"}
	d, err := m.Change(m.Draft("expense", lin.ID, lin.ID), workflows.Act{Event: approval.Submit, Form: form}, workflows.PersonActor(lin, "web"))
	if err != nil {
		t.Fatal(err)
	}
	number := d.Request.Number
	begins := func(first, second string) {
		t.Helper()
		r := m.Request(number)
		if _, values := m.KindOf(r).Asked(expense.Sanction, r); values["amount"] != first || values["amount_2"] != second {
			t.Errorf("the form begins with %v, want %s and %s", values, first, second)
		}
	}
	begins("450.00", "38.00")
	r := m.Request(number)
	act := workflows.Act{Event: expense.Sanction, Digest: r.Digest, Comment: "the metro was there", Form: workflows.Form{"amount_2": "6"}}
	if _, err := m.Change(r, act, workflows.PersonActor(m.Named("zhao"), "web")); err != nil {
		t.Fatal(err)
	}
	begins("450.00", "6.00")
}

// I8: whatever is paid, sent back, handed in and taken back, in any order and in any parts, what is paid and what is open come to what is
// due; what is refused changes nothing, and a payment that is brought again is never paid again.
func TestI8PaymentsSumUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := finance(t)
		number := payable(t, m, "38", "61.99")
		const due = 99_99
		operator := workflows.OperatorActor("finance@desk")
		paid := int64(0)
		var brought []workflows.Form
		for i := range rapid.IntRange(1, 20).Draw(t, "acts") {
			before := m.Request(number)
			act := workflows.Act{Event: rapid.SampledFrom([]workflows.Event{expense.Pay, expense.Pay, expense.PayFailed, expense.Queue,
				expense.Reverse}).Draw(t, "event"), Digest: before.Digest, Comment: "because"}
			amount := rapid.Int64Range(1, due+1).Draw(t, "amount")
			switch {
			case act.Event != expense.Pay && act.Event != expense.PayFailed:
			case len(brought) > 0 && act.Event == expense.Pay && rapid.Bool().Draw(t, "again"):
				act.Form = rapid.SampledFrom(brought).Draw(t, "form")
				if _, err := m.Change(before, act, operator); err == nil {
					t.Fatalf("%v was paid twice", act.Form)
				}
				continue
			case rapid.Bool().Draw(t, "all that is open"):
				amount = due - paid
			default:
				day := workflows.DateOf(m.Now).AddDays(-rapid.IntRange(0, 2).Draw(t, "days ago"))
				act.Form = expense.Payment(cents(amount), day, fmt.Sprint("line ", i))
			}
			d, err := m.Change(before, act, operator)
			after := m.Request(number)
			standing := reader(t, m, after).Standing(after)
			switch {
			case err != nil && after.Seq != before.Seq:
				t.Fatalf("%s was refused (%v) and changed something", act.Event, err)
			case err != nil:
			case act.Event == expense.Pay:
				paid += amount
				if act.Form != nil {
					brought = append(brought, act.Form)
				}
				if amount > due || d.Request.State == expense.StatePaid != (paid == due) {
					t.Fatalf("%d of %d is paid, and the claim is %s", paid, due, d.Request.State)
				}
			case act.Event == expense.Reverse:
				paid = 0
			}
			if standing.Due != cents(due) || standing.Paid != cents(paid) || standing.Open != cents(due-paid) {
				t.Fatalf("after %s of %d: %+v, want %d paid of %d", act.Event, amount, standing, paid, due)
			}
		}
	})
}

// The order in which the parts of a claim are paid makes no difference to what becomes of it.
func TestI8OrderOfPayments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := finance(t)
		const due = 10_000
		number := payable(t, m, "38", "62")
		var parts []workflows.Form
		for left := int64(due); left > 0; {
			part := rapid.Int64Range(1, left).Draw(t, "part")
			if len(parts) == 9 {
				part = left
			}
			left -= part
			parts = append(parts, expense.Payment(cents(part), workflows.DateOf(m.Now), fmt.Sprint("line ", len(parts))))
		}
		for _, part := range rapid.Permutation(parts).Draw(t, "order") {
			r := m.Request(number)
			if r.State == expense.StatePaid {
				t.Fatal("paid before all is")
			}
			if _, err := m.Change(r, workflows.Act{Event: expense.Pay, Form: part}, workflows.OperatorActor("finance@desk")); err != nil {
				t.Fatal(err)
			}
		}
		r := m.Request(number)
		if s := reader(t, m, r).Standing(r); r.State != expense.StatePaid || s.Open != cents(0) || s.PaidOn != workflows.DateOf(m.Now) {
			t.Fatalf("%s, %+v", r.State, s)
		}
	})
}

package promises

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/expense"
)

// claimed has tom keep a line in his draft with a receipt, send it, and zhou and mallory of finance approve it; it gives the number.
func (c *company) claimed(receipt bottest.File) string {
	c.Helper()
	ctx := c.Context()
	c.must(c.chat.Type(ctx, "tom", "meal 60 yesterday"))
	c.must(c.chat.SendFiles(ctx, "tom", "train 553 yesterday", receipt))
	c.settle()
	c.press("tom", "EX-1", "send")
	c.settle()
	c.press("zhou", "EX-1", "approve")
	c.settle()
	c.press("mallory", "EX-1", "approve")
	c.settle()
	return "EX-1"
}

// I2, I4: lines and receipts that come to two replicas at the same moment, each of them twice, make one draft that holds each once.
func TestI2DraftGrowsOnce(t *testing.T) {
	c := open(t)
	engines := []replica{c.replica(), c.replica()}
	tom, err := c.store.PersonByNo(t.Context(), "tom")
	c.must(err)
	var all sync.WaitGroup
	for n := range 10 {
		for _, r := range engines {
			all.Go(func() {
				form := workflows.Form{"category": "meal", "date": "2026-11-24", "amount": fmt.Sprint(n + 1), "currency": "CNY"}
				cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: "memory", Team: "test", User: "tom"}, Key: fmt.Sprint("line ", n)}
				if _, err := r.engine.Add(t.Context(), cause, "expense", tom, form); err != nil {
					t.Errorf("line %d: %v", n, err)
				}
			})
		}
	}
	all.Wait()
	if n := value[int](c, "SELECT count(*) FROM requests"); n != 1 {
		t.Errorf("%d drafts were begun", n)
	}
	sum := 0
	for name, amount := range c.request("EX-1").Form {
		if field, _ := workflows.SplitLineName(name); field == "amount" {
			n := 0
			if _, err := fmt.Sscanf(amount, "%d.00", &n); err != nil {
				t.Error(err)
			}
			sum += n
		}
	}
	if sum != 55 {
		t.Errorf("its lines come to %d: %v", sum, c.request("EX-1").Form)
	}
}

// I3: many people hand in the same e-invoice at the same moment. One claim has it, the others are refused, and none learns whose it is. When
// that one is withdrawn the next gets it.
func TestI3OneClaimHasAnInvoice(t *testing.T) {
	c := open(t)
	r := c.replica()
	form := workflows.Form{"category": "meal", "date": "2026-11-24", "amount": "60", "currency": "CNY", "invoice_no": "2511 2000 0000 1234 5678"}
	submit := func(no, key string) error {
		p, err := c.store.PersonByNo(t.Context(), no)
		c.must(err)
		cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: "memory", Team: "test", User: no}, Key: key}
		_, err = r.engine.Submit(t.Context(), cause, "expense", p, form)
		return err
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for _, no := range []string{"lin", "tom", "hana", "zhou"} {
		for n := range 3 {
			all.Go(func() {
				err := submit(no, fmt.Sprint(no, n))
				mu.Lock()
				defer mu.Unlock()
				var refusal *workflows.Error
				switch {
				case err == nil:
					won++
				case !errors.As(err, &refusal) || refusal.Code != workflows.Invalid:
					t.Errorf("%s: %v", no, err)
				case fmt.Sprint(refusal.Args["Number"]) == "EX-1" && value[string](c, `SELECT p.employee_no FROM requests r JOIN people p ON p.id = r.requester_id`) != no:
					t.Errorf("%s learns of %v", no, refusal.Args)
				}
			})
		}
	}
	all.Wait()
	if n := value[int](c, "SELECT count(*) FROM requests"); won != 1 || n != 1 {
		t.Fatalf("%d claims have the invoice, %d are there", won, n)
	}
	owner := value[string](c, `SELECT p.employee_no FROM requests r JOIN people p ON p.id = r.requester_id`)
	number := value[string](c, "SELECT number FROM subjects")
	c.act(owner, number, approval.Withdraw)
	if err := submit("hana", "again"); err != nil {
		t.Errorf("the invoice of a withdrawn claim: %v", err)
	}
}

// A draft is kept until it is sent, with its receipts: no form and no file that was never sent lives for nine days, and a draft claim does, in
// the database alone.
func TestDraftIsKeptForDays(t *testing.T) {
	c := open(t)
	ctx := t.Context()
	ticket := bottest.File{Name: "ticket.pdf", Content: []byte("%PDF-1.4 ticket")}
	c.must(c.chat.SendFiles(ctx, "tom", "train 553 yesterday", ticket))
	c.settle()
	c.exec("UPDATE files SET added_at = now() - interval '9 days'")
	c.at(start.AddDate(0, 0, 9))
	c.must(c.store.Prune(ctx, c.clock.Now()))
	c.must(c.chat.Type(ctx, "tom", "taxi 38 yesterday"))
	c.settle()
	c.press("tom", "EX-1", "send")
	c.settle()
	c.wantState("EX-1", approval.StatePending)
	if r := c.request("EX-1"); r.Form["date"] != "2026-11-24" || r.Form["date_2"] != "2026-12-03" || r.Measures[expense.MeasureTotal] != 591_00 {
		t.Errorf("it was sent as %v, %v", r.Form, r.Measures)
	}
	c.press("zhou", "EX-1", "files")
	if files := c.screen("zhou").Files(); len(files) != 1 || string(files[0].Content) != string(ticket.Content) {
		t.Errorf("zhou was given %q", files)
	}
}

// invoiceXML is a fully digitalised e-invoice, with the elements of github.com/BitBrewing/EInvoiceXml2Pdf, assets/demo.xml. All in it is made up.
const invoiceXML = `<?xml version="1.0" encoding="utf-8"?><EInvoice><EInvoiceData><SellerInformation><SellerName>某某餐饮</SellerName></SellerInformation>
<BasicInformation><TotalAmWithoutTax>56.60</TotalAmWithoutTax><TotalTaxAm>3.40</TotalTaxAm><TotalTax-includedAmount>60.00</TotalTax-includedAmount></BasicInformation>
<IssuItemInformation><ItemName>*餐饮服务*餐费</ItemName></IssuItemInformation></EInvoiceData>
<TaxSupervisionInfo><InvoiceNumber>26112000001182262999</InvoiceNumber><IssueTime>2026-11-24</IssueTime></TaxSupervisionInfo></EInvoice>`

// I3: lin has claimed an e-invoice. Mallory wants it paid once more: she hands in other bytes of it with another number typed beside, in a draft
// and in a form, and after she has let it lie as the proof of a leave. Its number is the file's own, so none of it works, and she is told no more than
// that it is claimed.
func TestI3AnInvoiceKeepsItsNumber(t *testing.T) {
	c := open(t)
	ctx := t.Context()
	bill := func(n int) bottest.File {
		return bottest.File{Name: fmt.Sprintf("bill %d.xml", n), Content: []byte(invoiceXML + strings.Repeat(" ", n))}
	}
	refused := func() {
		t.Helper()
		if form := c.screen("mallory").Form; form == nil || !strings.Contains(form.Faults["receipt"], "was handed in already. Each") {
			t.Errorf("she reads\n%s", c.screen("mallory"))
		}
	}
	c.must(c.chat.SendFiles(ctx, "lin", "", bill(0)))
	c.settle()
	c.press("lin", "EX-1", "send")
	c.settle()
	c.wantState("EX-1", approval.StatePending)

	c.must(c.chat.SendFiles(ctx, "mallory", "", bill(1)))
	c.settle()
	if form := c.request("EX-2").Form; form["invoice_no"] != "26112000001182262999" || form["amount"] != "60.00" {
		t.Fatalf("her draft is %v", form)
	}
	c.press("mallory", "EX-2", "edit_line")
	c.must(c.chat.Change(ctx, "mallory", map[string]string{"invoice_no": "26112000001182262998"}))
	c.must(c.chat.Send(ctx, "mallory", 1))
	c.settle()
	if text := c.card("mallory", "EX-2").Text; !strings.Contains(text, "was handed in already. Each") || strings.Contains(text, "EX-1") {
		t.Errorf("her draft reads\n%s", text)
	}
	c.press("mallory", "EX-2", "discard")
	c.settle()

	c.must(c.chat.Type(ctx, "mallory", "/leave sick 2026-11-25 2026-11-30"))
	c.must(c.chat.Attach(ctx, "mallory", "proof", bill(2)))
	for n := range 2 {
		c.must(c.chat.Type(ctx, "mallory", "/expense"))
		c.must(c.chat.Change(ctx, "mallory", map[string]string{"category": "meal", "date": "2026-11-24", "amount": "60", "invoice_no": ""}))
		c.must(c.chat.Attach(ctx, "mallory", "receipt", bill(2+n)))
		c.must(c.chat.Change(ctx, "mallory", map[string]string{"invoice_no": []string{"", "26112000001182262997"}[n]}))
		c.must(c.chat.Send(ctx, "mallory", 1))
		refused()
	}
	if n := value[int](c, "SELECT count(*) FROM requests r JOIN subjects s ON s.id = r.id WHERE s.state = 'pending'"); n != 1 {
		t.Errorf("%d claims wait", n)
	}
}

// I5, I8: what a claim spends and which receipts it has follow it through its life: kept by its approval, lowered by whoever allows less, and
// gone with it when it comes to nothing.
func TestI8ChargesFollowTheirClaim(t *testing.T) {
	c := open(t)
	c.claimed(note)
	charges := func() string {
		return value[string](c, `SELECT coalesce(string_agg(heading || ' ' || amount || ' ' || base, ', ' ORDER BY line), '') FROM charges`)
	}
	keys := func() int { return value[int](c, "SELECT count(*) FROM claims WHERE key LIKE 'file:%'") }
	if got := charges(); got != "meal 6000 6000, travel 55300 55300" || keys() != 1 {
		t.Errorf("an approved claim spends %q and has %d files", got, keys())
	}
	c.must(c.chat.Type(t.Context(), "lin", "打车 38 昨天"))
	c.settle()
	c.press("lin", "EX-2", "send")
	c.settle()
	c.press("zhou", "EX-2", "sanction")
	c.must(c.chat.Change(t.Context(), "zhou", map[string]string{"amount": "30", "comment": "the metro was there"}))
	c.must(c.chat.Send(t.Context(), "zhou", 1))
	c.settle()
	c.press("mallory", "EX-2", "approve")
	c.settle()
	if got := charges(); !strings.Contains(got, "transport 3800 3000") {
		t.Errorf("what was lowered is kept as %q", got)
	}
	c.must(c.chat.SendFiles(t.Context(), "lin", "dinner 20 yesterday", bottest.File{Name: "b.pdf", Content: []byte("%PDF-1.4 b")}))
	c.settle()
	c.press("lin", "EX-3", "send")
	c.settle()
	if keys() != 2 {
		t.Errorf("%d files are claimed", keys())
	}
	c.press("lin", "EX-3", "withdraw")
	c.settle()
	if got := charges(); strings.Contains(got, "2000") || keys() != 1 {
		t.Errorf("after a withdrawal %q is spent, and %d files are claimed", got, keys())
	}
}

// I3: nobody pays their own claim, and only finance pays: a forged button of each is refused.
func TestI3NobodyPaysTheirOwn(t *testing.T) {
	c := open(t)
	c.claimed(note)
	pay := c.button("mallory", "EX-1", "pay")
	for user, refusal := range map[string]string{"tom": "not yours", "zhou": "不由你审批", "hana": "not yours", "lin": "没有与你有关的申请"} {
		c.must(c.chat.PressOld(t.Context(), user, pay))
		c.wantTold(user, refusal)
	}
	c.exec("UPDATE people SET roles = '{finance}' WHERE employee_no = 'tom'")
	c.must(c.chat.PressOld(t.Context(), "tom", pay))
	c.wantState("EX-1", approval.StateApproved)
	c.must(c.chat.PressOld(t.Context(), "mallory", pay))
	c.wantState("EX-1", "paid")
	c.settle()
	if told := c.screen("tom"); !told.Says("613.00 CNY is paid") {
		t.Errorf("tom hears nothing of it:\n%s", told)
	}
}

// I4, I8: two administrators import the bank's file at the same moment, each line twice: each line pays once, under whatever cause
// it comes, more than is open is refused, and finance pays the rest in the chat.
func TestI8EachPaymentOnce(t *testing.T) {
	c := open(t)
	c.claimed(note) // 613.00
	engines := []replica{c.replica(), c.replica()}
	id := c.request("EX-1").ID
	money := func(minor int64) workflows.Money { return workflows.Money{Minor: minor, Currency: "CNY"} }
	day := workflows.Date{Year: 2026, Month: 11, Day: 24}
	var all sync.WaitGroup
	var mu sync.Mutex
	paid := map[int]int{}
	for n := range 6 {
		for i, r := range engines {
			for try := range 2 {
				all.Go(func() {
					cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: workflows.PlatformCLI, User: fmt.Sprint("admin", i)}, Key: fmt.Sprint(n, " ", try)}
					act := workflows.Act{Event: expense.Pay, Form: expense.Payment(money(100_00), day, fmt.Sprint("line ", n))}
					answer, err := r.engine.Act(t.Context(), cause, id, act)
					var refusal *workflows.Error
					switch {
					case err == nil && !answer.Repeated:
						mu.Lock()
						paid[n]++
						mu.Unlock()
					case err != nil && (!errors.As(err, &refusal) || refusal.Text != "expense.paid_before"):
						t.Errorf("line %d: %v", n, err)
					}
				})
			}
		}
	}
	all.Wait()
	for n := range 6 {
		if paid[n] != 1 {
			t.Errorf("line %d was paid %d times", n, paid[n])
		}
	}
	act := workflows.Act{Event: expense.Pay, Form: expense.Payment(money(20_00), day, "too much")}
	cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: workflows.PlatformCLI, User: "admin"}, Key: "too much"}
	if _, err := engines[0].engine.Act(t.Context(), cause, id, act); !errors.Is(err, &workflows.Error{Code: workflows.Invalid, Text: "expense.paid_too_much"}) {
		t.Errorf("more than is open: %v", err)
	}
	c.settle()
	c.press("mallory", "EX-1", "pay")
	c.wantState("EX-1", "paid")
	r := c.request("EX-1")
	d, err := c.store.Definition(t.Context(), r.Definition)
	c.must(err)
	read, err := expense.NewReader(d)
	c.must(err)
	if s := read.Standing(r); s.Due != money(613_00) || s.Paid != money(613_00) || s.Open != money(0) {
		t.Errorf("it stands at %+v", s)
	}
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/expense"
)

// approvedClaims makes claims of ten yuan that are approved, of people with a bank account: EX-1 and so on.
func approvedClaims(t *testing.T, n int) office {
	t.Helper()
	db := storagetest.New(t)
	o := office{t: t, db: db, store: storagetest.Connect(t, db)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(o.sample(t.Context(), nil))
	must(o.owner(t.Context(), []string{"UPDATE people SET bank_account = 'DE89 3704 0044'"}))
	for i := range n {
		day := workflows.DateOf(time.Now().UTC()).AddDays(-i - 1)
		must(o.claim(t.Context(), []string{"E003", "category=transport", "date=" + day.String(), "amount=10", "currency=CNY"}))
		for _, who := range []string{"E011", "E012"} {
			must(o.press(t.Context(), []string{who, "approve", fmt.Sprint("EX-", i+1)}))
		}
	}
	return o
}

// program is the program itself, as a process of its own.
func (o office) program(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(o.t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "NOD_RUN_MAIN=1", "DATABASE_URL="+o.db.URL, "GORACE=atexit_sleep_ms=0")
	return cmd
}

// killed runs the program and kills it with -9 when as many changes are committed, before it hears of the last of them.
func (o office) killed(changes int, args ...string) {
	o.t.Helper()
	x := newTrap(o.t, o.db.URL)
	cmd := o.program(args...)
	cmd.Env = append(cmd.Env, "DATABASE_URL="+x.url)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	started, sprung := make(chan struct{}), make(chan struct{})
	x.arm("database", "COMMIT\x00", changes-1, func() {
		<-started
		cmd.Process.Kill()
		close(sprung)
	})
	if err := cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	close(started)
	if err := cmd.Wait(); err == nil {
		o.t.Fatalf("nod %q was not killed:\n%s", args, &out)
	}
	select {
	case <-sprung:
	case <-o.t.Context().Done():
	case <-time.After(10 * time.Second):
		o.t.Fatalf("nod %q ended by itself:\n%s", args, &out)
	}
}

func (o office) states() map[string]int {
	o.t.Helper()
	counts := map[string]int{}
	for _, state := range append(expense.Unpaid(), expense.StatePaid) {
		open, err := o.store.OpenRequests(o.t.Context(), claimKind, []workflows.State{state})
		if err != nil {
			o.t.Fatal(err)
		}
		if len(open) > 0 {
			counts[string(state)] = len(open)
		}
	}
	return counts
}

// I4: an import of payments that is killed in the middle, and begun again, pays every line once.
func TestI4ImportOfPaymentsIsKilled(t *testing.T) {
	t.Parallel()
	const claims = 12
	o := approvedClaims(t, claims)
	file := filepath.Join(t.TempDir(), "bank.csv")
	content := "claim_no,paid_on,amount,currency,reference\n"
	for i := range claims {
		for part := range 2 {
			content += fmt.Sprintf("EX-%d,%s,%d.00,CNY,B-%d\n", i+1, workflows.DateOf(time.Now().UTC()), 4+2*part, part)
		}
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	o.killed(1, "import", "payments", file, "-apply")
	o.killed(7, "import", "payments", file, "-apply")
	out, err := o.program("import", "payments", file, "-apply").CombinedOutput()
	if err != nil || !bytes.HasSuffix(out, []byte("imported: 16 lines changed something, 8 skipped\n")) {
		t.Errorf("it ends with %v:\n%s", err, out)
	}
	if got := o.states(); len(got) != 0 { // those that are paid are final, and open no more
		t.Errorf("claims are left: %v", got)
	}
	for i := range claims {
		number := fmt.Sprint("EX-", i+1)
		story, err := o.program("audit", "show", number).CombinedOutput()
		if err != nil || bytes.Count(story, []byte(" pay ")) != 2 {
			t.Errorf("%s: %v\n%s", number, err, story)
		}
	}
	if out, err := o.program("audit", "verify").CombinedOutput(); err != nil {
		t.Errorf("nod audit verify: %v\n%s", err, out)
	}
}

// I4: an export that is killed while it marks claims leaves each of them in one batch or in the next, and both files can be had.
func TestI4ExportOfPaymentsIsKilled(t *testing.T) {
	t.Parallel()
	const claims = 12
	o := approvedClaims(t, claims)
	dir := t.TempDir()
	const marked = 5
	o.killed(marked, "export", "payments", filepath.Join(dir, "first.csv"), "-apply")
	if _, err := os.Stat(filepath.Join(dir, "first.csv")); err == nil {
		t.Error("a killed export leaves a file that may not be whole")
	}
	said, err := o.program("export", "payments", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	seen := map[string]int{}
	read := func(args ...string) {
		t.Helper()
		file := filepath.Join(dir, "read.csv")
		if out, err := o.program(append([]string{"export", "payments", file}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, number := range regexp.MustCompile(`(?m)^EX-\d+`).FindAllString(string(content), -1) {
			seen[number]++
		}
		os.Remove(file)
	}
	m := regexp.MustCompile(`with the bank already: batch (\S+),`).FindSubmatch(said)
	if m == nil {
		t.Fatalf("no batch is told:\n%s", said)
	}
	read("-batch", string(m[1]))
	if len(seen) != marked {
		t.Errorf("%d were marked, want %d", len(seen), marked)
	}
	read("-apply")
	for i := range claims {
		if n := seen[fmt.Sprint("EX-", i+1)]; n != 1 {
			t.Errorf("EX-%d is in %d files", i+1, n)
		}
	}
	if got := o.states(); got[string(expense.StateQueued)] != claims {
		t.Errorf("they are %v", got)
	}
}

// What finance does between the plan of a file and its turn is named; the other claims are paid.
func TestPaymentsOfChangedClaims(t *testing.T) {
	t.Parallel()
	o := approvedClaims(t, 4)
	ctx := t.Context()
	d, err := openDesk(ctx, &program{getenv: func(name string) string { return map[string]string{"DATABASE_URL": o.db.URL}[name] }})
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	e, err := d.engine(ctx)
	if err != nil {
		t.Fatal(err)
	}
	plan := paymentPlan{desk: d, engine: e, actor: workflows.OperatorActor("finance@desk"), claims: map[workflows.SubjectID]*planned{}}
	for i, amount := range []int64{10_00, 10_00, 6_00, 10_00} {
		line := storage.PaymentLine{Line: i + 2, Claim: fmt.Sprint("EX-", i+1), On: workflows.DateOf(time.Now().UTC()), Reference: "B",
			Amount: workflows.Money{Minor: amount, Currency: "CNY"}}
		if err := plan.add(ctx, line); err != nil || len(plan.faults) > 0 {
			t.Fatal(err, plan.faults)
		}
	}
	for _, press := range [][]string{{"E008", "pay", "EX-1"}, {"E008", "pay_failed", "EX-3", "no such account"}} {
		if err := o.press(ctx, press); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	err = plan.apply(ctx, &out)
	if err == nil || !strings.HasPrefix(err.Error(), "line 2: EX-1 was changed meanwhile: Nothing has changed: EX-1 has been “Paid” since ") ||
		!strings.HasSuffix(err.Error(), "\n1 line of the file not imported; see what became of the claims, put the file right and import it again, which skips what is imported") {
		t.Errorf("it ends with %v", err)
	}
	want := "line 3: EX-2: 10.00 CNY of 10.00 CNY, paid\nline 4: EX-3 was changed meanwhile: 6.00 CNY is noted, and it is now: Part paid\n" +
		"line 5: EX-4: 10.00 CNY of 10.00 CNY, paid\nimported: 3 lines changed something, 0 skipped\n"
	if out.String() != want {
		t.Errorf("it prints\n%s\nwant\n%s", &out, want)
	}
	if err := plan.apply(ctx, &out); err == nil || !strings.Contains(out.String(), "imported: 0 lines changed something, 3 skipped") {
		t.Errorf("once more: %v\n%s", err, &out)
	}
}

package main

import (
	"strings"
	"testing"
	"time"
)

// The program is killed with -9 at the worst moments; whoever pressed presses again, as people do. Everything happened once, and everybody sees it.
func TestKilled(t *testing.T) {
	moments := []struct {
		name, from, sign string
	}{
		{"inside the transaction", "database", "BEGIN\x00"},
		{"after the commit, before the answer", "database", "COMMIT\x00"},
		{"after the commit, before the post", "program", "INSERT INTO web_messages"},
		{"after the chat took the post", "program", "SET reference = nullif"}, // before it is noted
	}
	for _, m := range moments {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			b := openBinary(t)
			ctx := t.Context()
			week := monday()

			// Tom's form is sent into the crash.
			b.must(b.Type(ctx, "E003", "/leave annual "+days(week, 2)+" family"))
			b.armKill(m.from, m.sign)
			b.Send(ctx, "E003", 1) // may fail: its answer is lost with the program
			b.awaitEnd()
			b.start()
			if screen, err := b.Screen(ctx, "E003"); err != nil || screen.Form != nil {
				b.must(b.Send(ctx, "E003", 1)) // the form is still open, so Tom presses Send again
			}
			b.sees("E003", "LV-1", "周凯 Zhou Kai")

			// Zhou Kai's approval is sent into the next crash. A fresh process sends each statement's text once, by which the moment is recognised.
			card := b.sees("E011", "LV-1", "Tom Baker")
			b.drained()
			b.kill()
			b.start()
			b.armKill(m.from, m.sign)
			b.Press(ctx, "E011", card.Reference, "approve", 1)
			b.awaitEnd()
			b.start()
			b.Press(ctx, "E011", card.Reference, "approve", 1) // again; there may be no such button any more
			b.sees("E003", "LV-1", "Approved by 周凯 Zhou Kai")
			card = b.sees("E011", "LV-1", "已同意")
			if len(card.Buttons) != 0 {
				t.Errorf("a decided card has buttons: %v", card.Buttons)
			}
			story := b.nod("audit", "show", "LV-1")
			if strings.Count(story, " submit ") != 1 || strings.Count(story, " approve ") != 1 || strings.Count(story, "\n") != 2 {
				t.Errorf("the audit tells another story:\n%s", story)
			}
		})
	}
}

// armKill kills the program when the sign passes.
func (b *binary) armKill(from, sign string) {
	process, ended := b.cmd.Process, b.ended
	b.trap.arm(from, sign, 0, func() {
		process.Kill()
		<-ended
	})
}

// awaitEnd waits for the program to be dead.
func (b *binary) awaitEnd() {
	b.Helper()
	select {
	case <-b.ended:
	case <-time.After(15 * time.Second):
		b.Fatal("the moment to kill the program never came")
	}
}

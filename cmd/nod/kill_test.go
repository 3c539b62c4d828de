package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/slack/slacktest"
)

// The program is killed with -9 at the worst moments; whoever pressed presses again, as people do. Everything happened once, and everybody sees it.
func TestKilled(t *testing.T) {
	t.Parallel()
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

// I1: the books of Tom are locked, so that his form is not saved when Slack has to be answered, and he reads that it is being saved. Then the program is
// killed. The next one saves it, once, and tells him: in the dialog that still stands there, or by a message when he has closed it.
func TestI1KilledWhileSaving(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]struct {
		closed bool
		asks   string
		files  []bottest.File
	}{
		"the dialog is open":    {false, "annual", nil},
		"the dialog was closed": {true, "annual", nil},
		"a file was handed in":  {false, "sick", []bottest.File{{Name: "note.pdf", Content: []byte("%PDF-1.4 a note")}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			s := workspace(t)
			b := openCommand(t, "serve", append(slackEnv(s), "SLACK_SIGNING_SECRET="+slacktest.SigningSecret)...)
			s.UseHTTP("http://" + b.addr)
			tom, user := slacktest.NewDriver(s, nil), slacktest.UserID("tom")
			b.Driver = tom
			b.must(b.Type(ctx, "tom", "/leave "+how.asks+" "+days(monday(), 2)))
			if len(how.files) > 0 {
				b.must(tom.Attach(ctx, "tom", "proof", how.files...))
			}

			conn, err := pgx.Connect(ctx, b.db.Owner)
			b.must(err)
			defer conn.Close(context.Background())
			books, err := conn.Begin(ctx)
			b.must(err)
			_, err = books.Exec(ctx, `SELECT FROM books k JOIN people p ON p.id = k.person_id WHERE p.employee_no = 'E003' FOR UPDATE OF k`)
			b.must(err)
			form, err := s.Submission(user)
			b.must(err)
			if o := s.Interact(ctx, form); !o.OK() || s.Dialog("tom") != "saving" {
				t.Fatalf("tom sees %q: %+v", s.Dialog("tom"), o)
			}
			var kept int
			b.must(books.QueryRow(ctx, `SELECT count(*) FROM submissions WHERE body NOT LIKE '%/hook/%'`).Scan(&kept))
			if kept != 1 {
				t.Errorf("%d forms are kept, without the secret address to answer at", kept)
			}
			b.kill()
			if how.closed {
				s.CloseModal(user)
			}
			b.must(books.Rollback(ctx))
			b.start()

			told := bottest.Await(ctx, t, b, "tom", "the outcome", func(s bottest.Screen) bool { return s.Says("LV-1 is sent") })
			if !how.closed && s.Dialog("tom") != "answer" {
				t.Errorf("tom sees %q with\n%s", s.Dialog("tom"), told)
			}
			b.sees("tom", "LV-1", "周凯 Zhou Kai")
			if !within(func() bool {
				b.must(conn.QueryRow(ctx, `SELECT count(*) FROM submissions`).Scan(&kept))
				return kept == 0
			}) {
				t.Fatal("the form is kept after its outcome was told")
			}
			if story := b.nod("audit", "show", "LV-1"); strings.Count(story, " submit ") != 1 || strings.Count(story, "\n") != 1 {
				t.Errorf("the audit tells another story:\n%s", story)
			}
			var requests, files int
			b.must(conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM requests), (SELECT count(*) FROM files WHERE subject_id IS NOT NULL)`).Scan(&requests, &files))
			if requests != 1 || files != len(how.files) {
				t.Errorf("%d requests with %d files are stored", requests, files)
			}
		})
	}
}

package promises

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/storage"
)

// workspace is the company's Slack, in which lin has a dialog before her.
type workspace struct {
	*company
	*slacktest.Driver
	store *storage.Store // the program's
	chat  *slack.Chat
}

// inSlack opens it; store is the program's, nil: the company's.
func inSlack(c *company, store *storage.Store, change func(*slack.Times)) *workspace {
	c.Helper()
	c.expectFaults = 1000
	server := slacktest.New(slacktest.Config{Scopes: slack.Scopes(), Commands: []string{"nod", "timeoff", "approvals", "requests"}})
	c.Cleanup(server.Close)
	lin := slacktest.UserID("lin")
	server.Add(slacktest.User{ID: lin, Name: "lin"})
	c.exec(`INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at) SELECT 'person', id, 'slack', $1, $2, now() FROM people WHERE employee_no = 'lin'`,
		slacktest.TeamID, lin)
	if store == nil {
		store = c.store
	}
	w := &workspace{company: c, store: store}
	w.chat = w.program(server, change)
	w.Driver = slacktest.NewDriver(server, w.chat)
	app := httptest.NewServer(w.chat.Handler())
	c.Cleanup(app.Close)
	server.UseHTTP(app.URL)
	c.must(w.Type(c.Context(), "lin", "/leave annual 2026-12-01"))
	return w
}

// program is Slack's adapter in one process more.
func (w *workspace) program(server *slacktest.Server, change func(*slack.Times)) *slack.Chat {
	w.Helper()
	frame, err := fs.Sub(slack.Texts, "texts")
	w.must(err)
	words, err := texts.New(w.rules.Kinds(), frame)
	w.must(err)
	config := slack.Config{Bot: w.bot, Submissions: w.store, Words: words, Log: slog.Default(), BotToken: slacktest.BotToken,
		SigningSecret: slacktest.SigningSecret, TeamID: slacktest.TeamID, APIURL: server.URL}
	config.Times.Submission, config.Times.Search = 200*time.Millisecond, 10*time.Millisecond
	if change != nil {
		change(&config.Times)
	}
	chat := slack.New(config)
	w.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		w.must(chat.Close(ctx))
	})
	return chat
}

// takesUp runs a program that takes up what others have left.
func (w *workspace) takesUp(chat *slack.Chat) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- chat.RunSubmissions(ctx) }()
	w.Cleanup(func() {
		stop()
		w.must(<-ended)
	})
}

// sends sends lin's form, and gives what Slack was answered.
func (w *workspace) sends() (action string, faults map[string]string) {
	w.Helper()
	p, err := w.Submission(slacktest.UserID("lin"))
	w.must(err)
	began := time.Now()
	o := w.Interact(w.Context(), p)
	if took := time.Since(began); !o.OK() || took > 3*time.Second {
		w.Fatalf("Slack was answered %+v after %s", o, took)
	}
	var a struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
	}
	w.must(json.Unmarshal(o.Body, &a))
	return a.Action, a.Errors
}

// lockBooks keeps everybody from lin's books until free.
func (w *workspace) lockBooks() (free func()) {
	w.Helper()
	conn, err := pgx.Connect(w.Context(), w.db.Owner)
	w.must(err)
	w.Cleanup(func() { conn.Close(context.Background()) })
	tx, err := conn.Begin(w.Context())
	w.must(err)
	_, err = tx.Exec(w.Context(), "SELECT FROM books k JOIN people p ON p.id = k.person_id WHERE p.employee_no = 'lin' FOR UPDATE OF k")
	w.must(err)
	return func() { w.must(tx.Rollback(context.Background())) }
}

func (w *workspace) sees(what string, ok func(bottest.Screen) bool) {
	w.Helper()
	bottest.Await(w.Context(), w.T, w.Driver, "lin", what, ok)
}

// I1: the database is away when lin sends her form, or gives no answer any more. Nothing says that it is being saved: the form stays as it is, with a
// sentence that it was not saved. When the database is back it is sent once more, and is one request.
func TestI1NothingIsCalledSavedWithoutADatabase(t *testing.T) {
	for name, cut := range map[string]func(*line){
		"down":   func(l *line) { l.proxy.Stop() },
		"silent": func(l *line) { l.toxic("timeout", "downstream", `{"timeout": 0}`) },
	} {
		t.Run(name, func(t *testing.T) {
			l := overLine(t, 4)
			w := inSlack(l.company, l.over, nil)
			cut(l)
			action, faults := w.sends()
			var told string
			for _, fault := range faults {
				told += fault
			}
			if action != "errors" || !strings.Contains(told, "Not saved") && !strings.Contains(told, "操作未生效：数据库") || strings.Contains(told, "正在保存") {
				t.Errorf("lin was answered %s %q", action, faults)
			}
			if at := w.Dialog("lin"); !strings.HasPrefix(at, "form:") {
				t.Errorf("lin sees %q", at)
			}
			l.heal()
			if name == "down" {
				l.must(l.proxy.Start())
			}
			l.await("it is sent", func() bool { action, _ = w.sends(); return action == "clear" })
			if n := value[int](l.company, "SELECT count(*) FROM requests"); n != 1 {
				t.Errorf("%d requests are stored", n)
			}
			if n := value[int](l.company, "SELECT count(*) FROM submissions"); n != 0 {
				t.Errorf("%d forms are kept", n)
			}
		})
	}
}

// I1: two programs are at one form, since the first was taken for dead. It is one request, whichever saves it, and lin reads the outcome.
func TestI1TakenUpWhileItIsSaved(t *testing.T) {
	w := inSlack(open(t), nil, nil)
	free := w.lockBooks()
	if action, _ := w.sends(); action != "update" || w.Dialog("lin") != "saving" {
		t.Fatalf("lin was answered %s and sees %q", action, w.Dialog("lin"))
	}
	other := w.program(w.Server, nil)
	w.exec("UPDATE submissions SET next_at = now()")
	w.takesUp(other)
	w.await("both wait for the books", func() bool {
		return value[int](w.company, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 2
	})
	free()
	w.sees("the outcome", func(s bottest.Screen) bool { return s.Says("LV-1") && w.Dialog("lin") == "answer" })
	w.await("nothing is kept", func() bool { return value[int](w.company, "SELECT count(*) FROM submissions") == 0 })
	if n := value[int](w.company, "SELECT count(*) FROM requests"); n != 1 {
		t.Errorf("%d requests are stored", n)
	}
	w.wantEvents("LV-1", "submit")
}

// I1: what was saved before the program was killed is told, not saved again.
func TestI1SavedButNotTold(t *testing.T) {
	w := inSlack(open(t), nil, nil)
	free := w.lockBooks()
	w.sends()
	// The program is killed behind the commit: the form lies there as it did before.
	w.exec("CREATE TABLE before AS SELECT * FROM submissions")
	free()
	w.sees("the outcome", func(s bottest.Screen) bool { return w.Dialog("lin") == "answer" })
	w.await("nothing is kept", func() bool { return value[int](w.company, "SELECT count(*) FROM submissions") == 0 })
	w.CloseModal(slacktest.UserID("lin"))
	w.exec("UPDATE before SET next_at = now()")
	w.exec("INSERT INTO submissions SELECT * FROM before")
	w.takesUp(w.program(w.Server, nil))
	w.sees("a message", func(s bottest.Screen) bool { return len(s.Messages) > 0 && s.Says("LV-1") })
	w.await("nothing is kept", func() bool { return value[int](w.company, "SELECT count(*) FROM submissions") == 0 })
	if n := value[int](w.company, "SELECT count(*) FROM requests"); n != 1 {
		t.Errorf("%d requests are stored", n)
	}
}

// I1: a form that cannot be saved in several tries is kept for the administrator, and lin reads that it is not tried any more.
func TestI1GivenUpIsTold(t *testing.T) {
	w := inSlack(open(t), nil, nil)
	free := w.lockBooks()
	w.sends()
	// Another dialog with the same form, whose program was killed, and which lin has closed.
	w.exec("INSERT INTO submissions SELECT platform, team, user_id, key, 'saving:gone', body, sent_at, now() FROM submissions")
	w.takesUp(w.program(w.Server, func(t *slack.Times) { t.Handling = 300 * time.Millisecond }))
	w.sees("that it is given up", func(s bottest.Screen) bool {
		for _, m := range s.Messages {
			if strings.Contains(m.Text, "could not be saved after several tries") && strings.Contains(m.Text, "已停止重试") {
				return true
			}
		}
		return false
	})
	letter := value[[]byte](w.company, "SELECT body FROM dead_letters WHERE platform = 'slack' AND key LIKE '%/saving:gone'")
	w.await("it is not kept any more", func() bool {
		return value[int](w.company, "SELECT count(*) FROM submissions WHERE place = 'saving:gone'") == 0
	})
	free()
	w.sees("the outcome of the other", func(s bottest.Screen) bool { return w.Dialog("lin") == "answer" && s.Says("LV-1") })
	before := 0
	w.sees("what she was told so far", func(s bottest.Screen) bool { before = len(s.Messages); return true })
	w.must(w.chat.Retry(t.Context(), letter))
	w.sees("the same outcome, as a message", func(s bottest.Screen) bool { return len(s.Messages) > before })
	if n := value[int](w.company, "SELECT count(*) FROM requests"); n != 1 {
		t.Errorf("%d requests are stored", n)
	}
}

// I1: what became of the form is that something in it is wrong by now. Its dialog is gone, so lin gets it back as a message, to be changed.
func TestI1TakenUpWithFaults(t *testing.T) {
	w := inSlack(open(t), nil, nil)
	free := w.lockBooks()
	w.sends()
	w.exec("CREATE TABLE before AS SELECT platform, team, user_id, key || '-other' AS key, 'saving:gone' AS place, body, sent_at, now() AS next_at FROM submissions")
	free()
	w.sees("the outcome", func(s bottest.Screen) bool { return w.Dialog("lin") == "answer" })
	w.exec("INSERT INTO submissions SELECT * FROM before") // another send of the same days, which are taken now
	w.takesUp(w.program(w.Server, nil))
	w.sees("the form", func(s bottest.Screen) bool {
		for _, m := range s.Messages {
			if m.Has("change") && strings.Contains(m.Text, "LV-1") {
				return true
			}
		}
		return false
	})
	w.await("nothing is kept", func() bool { return value[int](w.company, "SELECT count(*) FROM submissions") == 0 })
	if n := value[int](w.company, "SELECT count(*) FROM requests"); n != 1 {
		t.Errorf("%d requests are stored", n)
	}
}

// I11: whoever reads a dump of the database finds no token of the bot's, no secret that signs, and no address by which anybody could write
// in its name, not even beside a form that lies there while it is being saved.
func TestI11DumpHoldsNoToken(t *testing.T) {
	w := inSlack(open(t), nil, nil)
	free := w.lockBooks()
	w.sends()
	if n := value[int](w.company, "SELECT count(*) FROM submissions"); n != 1 {
		t.Fatalf("%d forms lie there", n)
	}
	secrets := []string{slacktest.BotToken, slacktest.SigningSecret, w.Server.URL}
	kept := w.left(secrets)
	free()
	w.sees("the outcome", func(s bottest.Screen) bool { return w.Dialog("lin") == "answer" })
	if kept = append(kept, w.left(secrets)...); len(kept) > 0 {
		t.Errorf("a dump holds %q", kept)
	}
	if len(w.left([]string{slacktest.UserID("lin")})) == 0 {
		t.Error("what was looked through has nothing of what was done")
	}
}

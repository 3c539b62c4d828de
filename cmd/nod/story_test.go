package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
)

// phone is one person's chat in the story: a driver and the name that the platform knows them by.
type phone struct {
	b      *binary
	driver bottest.Driver
	user   string
}

func (p phone) do(err error) {
	p.b.Helper()
	p.b.must(err)
}

// screen waits until the person's screen is as it should be.
func (p phone) screen(what string, ok func(bottest.Screen) bool) bottest.Screen {
	p.b.Helper()
	return await(p.b.T, p.driver, p.user, what, ok)
}

func (p phone) card(number, text string) bottest.Shown {
	p.b.Helper()
	var card bottest.Shown
	p.screen(number+" with "+text, func(s bottest.Screen) bool {
		m, ok := s.Message(number)
		card = m
		return ok && strings.Contains(m.Text, text)
	})
	return card
}

func (p phone) ask(ctx context.Context, args string) {
	p.b.Helper()
	p.do(p.driver.Type(ctx, p.user, "/leave "+args))
	p.screen("the form", func(s bottest.Screen) bool { return s.Form != nil })
	p.do(p.driver.Send(ctx, p.user, 1))
}

// workspace is Lantern Trading's Slack, with a stranger in it.
func workspace(t *testing.T) *slacktest.Server {
	t.Helper()
	s := slacktest.New(slacktest.Config{Scopes: slackScopes(t), Commands: []string{"nod", "timeoff", "expense", "tasks", "approvals", "requests"}})
	t.Cleanup(s.Close)
	for name, email := range map[string]string{"tom": "tom.baker@lantern.example", "zhou": "Zhou.Kai@Lantern.example",
		"katrin": "katrin.vogel@lantern.example", "mallory": "mallory@elsewhere.example"} {
		s.Add(slacktest.User{ID: slacktest.UserID(name), Name: name, Email: email, Confirmed: true})
	}
	return s
}

func slackEnv(s *slacktest.Server) []string {
	return []string{"SLACK_BOT_TOKEN=" + slacktest.BotToken, "SLACK_TEAM_ID=" + slacktest.TeamID, "SLACK_API_URL=" + s.URL}
}

// In Slack alone: Tom asks, his manager, who never wrote to the bot, is found by his address and decides; a stranger gets nothing.
func TestStorySlack(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"http", "socket"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := workspace(t)
			secret := "SLACK_SIGNING_SECRET=" + slacktest.SigningSecret
			if mode == "socket" {
				s.UseSockets()
				secret = "SLACK_APP_TOKEN=" + slacktest.AppToken
			}
			b := prepareCommand(t, "serve", append(slackEnv(s), secret)...)
			if mode == "http" {
				s.UseHTTP("http://" + b.addr)
			} else {
				b.sockets = s
			}
			b.start()
			ctx := t.Context()
			driver := slacktest.NewDriver(s, nil)
			tom, zhou, mallory := phone{b, driver, "tom"}, phone{b, driver, "zhou"}, phone{b, driver, "mallory"}

			if ready := b.ready(); mode == "socket" && (ready["slack"] != "ok" || !strings.HasPrefix(ready["slack_detail"], "2 open, the last hello at 20")) {
				t.Errorf("/readyz says %v", ready)
			}
			tom.ask(ctx, "annual "+days(monday(), 3)+" family")
			tom.card("LV-1", "Waiting for 周凯 Zhou Kai")
			card := zhou.card("LV-1", "Tom Baker")
			if !strings.Contains(card.Text, "15天 → 12天") || !card.Has("approve") {
				t.Errorf("the manager's card:\n%s", card.Text)
			}
			mallory.do(driver.Type(ctx, "mallory", "/requests LV-1"))
			mallory.screen("who she is not", func(x bottest.Screen) bool { return x.Says("I do not know who you are") })
			zhou.do(driver.Press(ctx, "zhou", card.Reference, "approve", 2))
			tom.card("LV-1", "Approved by 周凯 Zhou Kai")
			if card := zhou.card("LV-1", "已同意"); len(card.Buttons) != 0 {
				t.Errorf("a decided card has buttons: %v", card.Buttons)
			}
			// The stranger turns out to be Emily, whose address differs. A code makes her known; it works once.
			code := strings.Fields(b.nod("link", "E006", "slack"))[0]
			mallory.do(driver.Type(ctx, "mallory", "link "+code))
			mallory.screen("a welcome", func(x bottest.Screen) bool { return x.Says("this chat is linked to you now") })
			zhou.do(driver.Type(ctx, "zhou", "link "+code))
			zhou.screen("a refusal", func(x bottest.Screen) bool { return x.Says("This code is not valid") || x.Says("绑定码无效") })

			if story := b.nod("audit", "show", "LV-1"); strings.Count(story, " approve ") != 1 || !strings.Contains(story, "slack") {
				t.Errorf("the audit tells\n%s", story)
			}
		})
	}
}

// A line in Slack becomes a draft, which outlives the program; sent twice it is one request. A long one lies in the database. What is wrong with one is on
// it, and it cannot be sent. Somebody whom nobody knows reads the language of their app.
func TestStorySlackLine(t *testing.T) {
	t.Parallel()
	s := workspace(t)
	s.Add(slacktest.User{ID: slacktest.UserID("wang"), Name: "wang", Email: "wang@elsewhere.example", Confirmed: true, Locale: "zh-CN"})
	b := openCommand(t, "serve", append(slackEnv(s), "SLACK_SIGNING_SECRET="+slacktest.SigningSecret)...)
	s.UseHTTP("http://" + b.addr)
	ctx := t.Context()
	driver := slacktest.NewDriver(s, nil)
	tom, wang := phone{b, driver, "tom"}, phone{b, driver, "wang"}
	friday := monday().AddDate(0, 0, 4).Format(time.DateOnly)
	draft := func(text string) bottest.Shown {
		var found bottest.Shown
		tom.screen("a draft with "+text, func(x bottest.Screen) bool {
			for _, m := range x.Messages {
				if m.Number == "" && strings.Contains(m.Text, text) {
					found = m
				}
			}
			return found.Text != ""
		})
		return found
	}
	tom.do(driver.Type(ctx, "tom", "annual "+days(monday(), 3)+" family & <b>"))
	m := draft("This is what I understood")
	for _, want := range []string{"Annual leave", monday().Format("Mon 2 Jan"), "15 days → 12 days", "family & <b>", "周凯 Zhou Kai"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the draft does not say %q:\n%s", want, m.Text)
		}
	}
	b.kill()
	b.start()
	tom.do(driver.Press(ctx, "tom", m.Reference, "send", 2))
	tom.card("LV-1", "Waiting for 周凯 Zhou Kai")
	if sent := draft("LV-1 is sent."); sent.Reference != m.Reference || len(sent.Buttons) != 0 {
		t.Errorf("the draft became %+v", sent)
	}
	tom.do(driver.Type(ctx, "tom", "annual "+days(monday(), 2)))
	if m = draft("LV-1 already asks for"); m.Has("send") || !m.Has("change") {
		t.Errorf("what cannot be sent reads\n%s\n%v", m.Text, m.Buttons)
	}
	tom.do(driver.Press(ctx, "tom", m.Reference, "cancel_draft", 1))
	draft("Discarded: nothing was sent")
	tom.do(driver.Type(ctx, "tom", "sick "+strings.Repeat("long ", 390))) // nobody writes so much around a date, so none is looked for
	m = draft("Still missing: First day")
	tom.do(driver.Press(ctx, "tom", m.Reference, "change", 1))
	tom.screen("the form", func(x bottest.Screen) bool {
		return x.Form != nil && strings.HasPrefix(x.Form.Values["reason"], "long long")
	})
	tom.do(driver.Change(ctx, "tom", map[string]string{"from": friday, "to": friday, "reason": "the flu"}))
	tom.do(driver.Send(ctx, "tom", 1))
	tom.card("LV-2", "the flu")
	if sent := draft("LV-2 is sent."); sent.Reference != m.Reference || len(sent.Buttons) != 0 {
		t.Errorf("the draft became %+v", sent)
	}
	tom.do(driver.Type(ctx, "tom", "well, well"))
	tom.screen("what can be said", func(x bottest.Screen) bool { return x.Says("/nod help lists what else I can do") })
	wang.do(driver.Type(ctx, "wang", "annual tomorrow"))
	x := wang.screen("who he is not", func(x bottest.Screen) bool {
		return x.Says("你的账号尚未绑定") && x.Says("/nod link 绑定码")
	})
	if x.Says("I do not know") {
		t.Errorf("wang reads\n%s", x)
	}
	if story := b.nod("audit", "show", "LV-1"); strings.Count(story, "submit") != 1 {
		t.Errorf("the audit tells\n%s", story)
	}
}

// In Slack, with a proof: Tom hands a doctor's note in with his form, and another one later; his manager reads both, wants one only, and has it.
func TestStorySlackFiles(t *testing.T) {
	t.Parallel()
	s := workspace(t)
	s.UseSockets()
	b := prepareCommand(t, "serve", append(slackEnv(s), "SLACK_APP_TOKEN="+slacktest.AppToken)...)
	b.sockets = s
	b.start()
	ctx := t.Context()
	driver := slacktest.NewDriver(s, nil)
	tom, zhou, mallory := phone{b, driver, "tom"}, phone{b, driver, "zhou"}, phone{b, driver, "mallory"}
	note, scan := bottest.File{Name: "诊断 note.pdf", Content: []byte("%PDF-1.4 note")}, bottest.File{Name: "scan.pdf", Content: []byte("%PDF-1.4 scan")}

	tom.do(driver.Type(ctx, "tom", "/leave sick "+days(monday(), 5)+" flu"))
	tom.screen("the form", func(x bottest.Screen) bool { return x.Form != nil })
	tom.do(driver.Attach(ctx, "tom", "proof", bottest.File{Name: "note.pdf", Content: []byte("MZ no document")}))
	tom.do(driver.Send(ctx, "tom", 1))
	tom.screen("what is wrong with it", func(x bottest.Screen) bool {
		return x.Form != nil && strings.Contains(x.Form.Faults["proof"], "neither a PDF nor a photo")
	})
	s.CloseModal(slacktest.UserID("tom"))

	tom.do(driver.Type(ctx, "tom", "/leave sick "+days(monday(), 5)+" flu"))
	tom.screen("the form", func(x bottest.Screen) bool { return x.Form != nil })
	tom.do(driver.Attach(ctx, "tom", "proof", note))
	tom.do(driver.Send(ctx, "tom", 1))
	card := tom.card("LV-1", "Waiting for 周凯 Zhou Kai")
	tom.do(driver.Press(ctx, "tom", card.Reference, "attach", 1))
	tom.screen("the form for a proof", func(x bottest.Screen) bool { return x.Form != nil })
	tom.do(driver.Attach(ctx, "tom", "proof", scan))
	tom.do(driver.Send(ctx, "tom", 1))
	tom.card("LV-1", "scan.pdf")
	card = zhou.card("LV-1", "scan.pdf")
	zhou.do(driver.Press(ctx, "zhou", card.Reference, "files", 1))
	got := zhou.screen("the files", func(x bottest.Screen) bool { return len(x.Files()) == 2 }).Files()
	if got[0].Name != note.Name || string(got[0].Content) != string(note.Content) || got[1].Name != scan.Name || string(got[1].Content) != string(scan.Content) {
		t.Errorf("the manager was given %q", got)
	}
	zhou.do(driver.Press(ctx, "zhou", card.Reference, "return", 1))
	zhou.screen("the form for a reason", func(x bottest.Screen) bool { return x.Form != nil })
	zhou.do(driver.Change(ctx, "zhou", map[string]string{"comment": "Only the note, please"}))
	zhou.do(driver.Send(ctx, "zhou", 1))
	card = tom.card("LV-1", "Returned by")
	tom.do(driver.Press(ctx, "tom", card.Reference, "edit", 1))
	form := tom.screen("the form as it was", func(x bottest.Screen) bool { return x.Form != nil && len(x.Form.Files["proof"]) == 2 }).Form
	tom.do(driver.Change(ctx, "tom", map[string]string{"proof.kept": strings.Fields(form.Values["proof.kept"])[0]}))
	tom.do(driver.Send(ctx, "tom", 1))
	if card = tom.card("LV-1", "Waiting for 周凯 Zhou Kai"); !strings.Contains(card.Text, "note.pdf") || strings.Contains(card.Text, "scan.pdf") {
		t.Errorf("Tom's card holds\n%s", card.Text)
	}
	mallory.do(driver.Type(ctx, "mallory", "/requests LV-1"))
	mallory.screen("who she is not", func(x bottest.Screen) bool { return x.Says("I do not know who you are") && len(x.Files()) == 0 })
}

// slackScopes reads what the shipped manifest asks for: with less than that the story would not be played.
func slackScopes(t *testing.T) []string {
	t.Helper()
	return []string{"chat:write", "commands", "files:read", "files:write", "im:write", "im:history", "users:read", "users:read.email"}
}

// The whole story: an employee asks in Telegram on the phone, one person with one state; the manager decides in Slack; every copy of the card is true in
// every chat; strangers get nothing, and a killed program loses and doubles nothing.
func TestStory(t *testing.T) {
	t.Parallel()
	s, g := workspace(t), botAPI(t)
	api := httptest.NewServer(g)
	t.Cleanup(func() {
		g.Close()
		api.Close()
	})
	s.UseSockets()
	b := prepareCommand(t, "serve", append(slackEnv(s), "SLACK_APP_TOKEN="+slacktest.AppToken, "TELEGRAM_BOT_TOKEN="+telegramtest.Token, "TELEGRAM_API_URL="+api.URL)...)
	b.sockets = s
	b.start()
	ctx := t.Context()
	onSlack, onTelegram := slacktest.NewDriver(s, nil), telegramtest.NewDriver(g, nil)
	tom, mallory := phone{b, onTelegram, "tom"}, phone{b, onTelegram, "mallory"}
	tomAtHisDesk, zhou := phone{b, onSlack, "tom"}, phone{b, onSlack, "zhou"}

	// Tom links his phone with a code; the code is worth nothing to Mallory afterwards.
	code := strings.Fields(b.nod("link", "E003", "telegram"))[0]
	tom.do(onTelegram.Type(ctx, "tom", "/start "+code))
	tom.screen("a welcome", func(x bottest.Screen) bool { return x.Says("this chat is linked to you now") })
	mallory.do(onTelegram.Type(ctx, "mallory", "/start "+code))
	mallory.screen("a refusal", func(x bottest.Screen) bool { return x.Says("This code is not valid") })
	mallory.do(onTelegram.Type(ctx, "mallory", "/leave"))
	mallory.screen("who she is not", func(x bottest.Screen) bool { return x.Says("I do not know who you are") })

	// He asks on the phone. The card is in Telegram and, since he is known in Slack too once he is asked for there, in both.
	tomAtHisDesk.do(onSlack.Type(ctx, "tom", "/approvals"))
	tomAtHisDesk.screen("an answer", func(x bottest.Screen) bool { return x.Says("Nothing is waiting for you") })
	tom.ask(ctx, "annual "+days(monday(), 3)+" family")
	for _, p := range []phone{tom, tomAtHisDesk} {
		p.card("LV-1", "Waiting for 周凯 Zhou Kai")
	}

	// The program dies and comes back; the buttons of before still work. Zhou Kai decides in Slack.
	card := zhou.card("LV-1", "Tom Baker")
	b.kill()
	b.start()
	zhou.do(onSlack.Press(ctx, "zhou", card.Reference, "approve", 1))
	for _, p := range []phone{tom, tomAtHisDesk} {
		if m := p.card("LV-1", "Approved by 周凯 Zhou Kai"); len(m.Buttons) != 0 {
			t.Errorf("%s still sees buttons: %v", p.user, m.Buttons)
		}
	}
	zhou.card("LV-1", "已同意")
	story := b.nod("audit", "show", "LV-1")
	if !strings.Contains(story, "submit E003 Tom Baker telegram") || !strings.Contains(story, "approve E011 周凯 Zhou Kai slack") {
		t.Errorf("the audit tells\n%s", story)
	}

	// He photographs a receipt with the phone and says what it was. Zhou Kai looks at the photo in Slack and approves; finance pays.
	receipt := bottest.File{Name: "dinner.jpg", Content: photo("dinner.jpg")}
	tom.do(onTelegram.SendFiles(ctx, "tom", "", receipt))
	tom.card("EX-1", "still to say")
	tom.do(onTelegram.Type(ctx, "tom", "dinner 86.50 yesterday"))
	card = tom.card("EX-1", "86.50 CNY")
	tom.do(onTelegram.Press(ctx, "tom", card.Reference, "send", 1))
	tomAtHisDesk.card("EX-1", "Waiting for 周凯 Zhou Kai")
	card = zhou.card("EX-1", "Tom Baker")
	zhou.do(onSlack.Press(ctx, "zhou", card.Reference, "files", 1))
	got := zhou.screen("the receipt", func(x bottest.Screen) bool { return len(x.Files()) == 1 }).Files()[0]
	if string(got.Content) != string(receipt.Content) {
		t.Errorf("the manager was given %d bytes of %q", len(got.Content), got.Name)
	}
	zhou.do(onSlack.Press(ctx, "zhou", card.Reference, "approve", 1))
	katrin := phone{b, onSlack, "katrin"}
	card = katrin.card("EX-1", "Tom Baker")
	katrin.do(onSlack.Press(ctx, "katrin", card.Reference, "approve", 1))
	card = katrin.card("EX-1", "not paid yet")
	tom.card("EX-1", "not paid yet")
	katrin.do(onSlack.Press(ctx, "katrin", card.Reference, "pay", 1))
	tom.card("EX-1", "86.50 CNY paid on")
	if story := b.nod("audit", "show", "EX-1"); !strings.Contains(story, "pay E012 Katrin Vogel slack") {
		t.Errorf("the audit tells\n%s", story)
	}
}

// botAPI is Telegram's server with the story's people.
func botAPI(t *testing.T) *telegramtest.Server {
	t.Helper()
	return telegramtest.New(telegramtest.Options{})
}

// The first administrator begins with what the workspace knows: a people file of its live full members with a verified address, and nobody else.
func TestImportFromSlack(t *testing.T) {
	t.Parallel()
	s := workspace(t)
	s.Add(slacktest.User{ID: "U0BOT", Name: "a bot", Email: "bot@lantern.example", Confirmed: true, Bot: true})
	s.Add(slacktest.User{ID: "U0GUEST", Name: "a guest", Email: "guest@lantern.example", Confirmed: true, Guest: true})
	s.Add(slacktest.User{ID: "U0GONE", Name: "somebody who left", Email: "gone@lantern.example", Confirmed: true, Deleted: true})
	s.Add(slacktest.User{ID: "U0SLY", Name: "=HYPERLINK(1)", Email: "sly@lantern.example", Confirmed: true})
	b := openCommand(t, "serve", append(slackEnv(s), "SLACK_APP_TOKEN="+slacktest.AppToken)...)
	out := b.nod("import", "people", "-from", "slack")
	for _, want := range []string{"employee_no,name,email,manager_no", "tom.baker@lantern.example", ",'=HYPERLINK(1),"} {
		if !strings.Contains(out, want) {
			t.Errorf("the file lacks %q:\n%s", want, out)
		}
	}
	for _, unwanted := range []string{"bot@", "guest@", "gone@"} {
		if strings.Contains(out, unwanted) {
			t.Errorf("the file has %s:\n%s", unwanted, out)
		}
	}
}

// The administrator's day: somebody turns up with Tom's address, somebody else tries the address of the webhook, and Zhou Kai's account is in wrong hands.
// Each is refused, told to whom it concerns, and told to the administrator on the phone, with what to do.
func TestStoryOfTheAdministrator(t *testing.T) {
	t.Parallel()
	s, g := workspace(t), botAPI(t)
	api := httptest.NewServer(g)
	t.Cleanup(func() { g.Close(); api.Close() })
	s.Add(slacktest.User{ID: slacktest.UserID("twin"), Name: "twin", Email: "Tom.Baker@lantern.example", Confirmed: true})
	b := openCommand(t, "serve", append(slackEnv(s), "SLACK_SIGNING_SECRET="+slacktest.SigningSecret, "TELEGRAM_BOT_TOKEN="+telegramtest.Token, "TELEGRAM_API_URL="+api.URL)...)
	s.UseHTTP("http://" + b.addr)
	ctx := t.Context()
	onSlack, onTelegram := slacktest.NewDriver(s, nil), telegramtest.NewDriver(g, nil)
	wang := phone{b, onTelegram, "wang"}
	tom, twin, zhou := phone{b, onSlack, "tom"}, phone{b, onSlack, "twin"}, phone{b, onSlack, "zhou"}
	reads := func(p phone, text string) {
		t.Helper()
		p.screen(text, func(x bottest.Screen) bool { return x.Says(text) })
	}

	wang.do(onTelegram.Type(ctx, "wang", "/start "+strings.Fields(b.nod("link", "E013", "telegram"))[0]))
	reads(wang, "绑定成功")
	tom.do(onSlack.Type(ctx, "tom", "/requests"))
	reads(tom, "You have not asked for anything yet")
	for range 2 {
		twin.do(onSlack.Type(ctx, "twin", "/requests"))
		reads(twin, "Another user of this workspace is already linked as Tom Baker. Please ask your administrator, who has been told.")
	}
	reads(wang, "又有一个 slack 账号（"+slacktest.UserID("twin")+"）使用 Tom Baker（E003）的邮箱")

	for range 5 {
		r, err := http.Post("http://"+b.addr+"/slack/events", "application/json", strings.NewReader(`{"type":"event_callback"}`))
		b.must(err)
		r.Body.Close()
		if r.StatusCode != http.StatusUnauthorized {
			t.Errorf("a request that nobody signed: %s", r.Status)
		}
	}
	reads(wang, "签名不符")

	tom.ask(ctx, "annual "+days(monday(), 1)+" family")
	card := zhou.card("LV-1", "Tom Baker")
	if out := b.nod("unlink", "E011"); !strings.Contains(out, "ended: slack user "+slacktest.UserID("zhou")) {
		t.Errorf("nod unlink says %s", out)
	}
	zhou.do(onSlack.Press(ctx, "zhou", card.Reference, "approve", 1))
	reads(zhou, "This account was unlinked from 周凯 Zhou Kai. To link it again, ask your administrator for a code")
	tom.card("LV-1", "Waiting for 周凯 Zhou Kai")
	zhou.do(onSlack.Type(ctx, "zhou", "link "+strings.Fields(b.nod("link", "E011", "slack"))[0]))
	reads(zhou, "绑定成功")
	zhou.do(onSlack.Type(ctx, "zhou", "unlink"))
	reads(zhou, "已解除绑定")

	out := strings.Builder{}
	_ = run(ctx, []string{"check"}, func(name string) string { // what goes on is a fault
		return map[string]string{"DATABASE_URL": b.db.URL, "REDIS_URL": b.redis}[name]
	}, strings.NewReader(""), &out, &out)
	for _, want := range []string{"alerts: 20", "A second slack account", "Requests to nod’s Slack address are refused"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nod check does not say %q:\n%s", want, out.String())
		}
	}
}

package main

import (
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/workflows"
)

// Somebody's first day: HR and the manager begin the plan in Slack while the new hire is in no chat yet, so the mentor sees what there is to do. Then the new
// hire links a phone and goes on in Telegram; the mentor's card in Slack follows.
func TestStoryOnboarding(t *testing.T) {
	t.Parallel()
	s, g := workspace(t), botAPI(t)
	api := httptest.NewServer(g)
	t.Cleanup(func() { g.Close(); api.Close() })
	for name, email := range map[string]string{"chen": "chen.jing@lantern.example", "zhang": "zhang.min@lantern.example"} {
		s.Add(slacktest.User{ID: slacktest.UserID(name), Name: name, Email: email, Confirmed: true})
	}
	ahead := time.Until(workflows.DateOf(monday()).At(10*60, workflows.Zone("Asia/Shanghai"))).Truncate(time.Second)
	b := openCommand(t, "serve", append(slackEnv(s), "SLACK_SIGNING_SECRET="+slacktest.SigningSecret, "TELEGRAM_BOT_TOKEN="+telegramtest.Token,
		"TELEGRAM_API_URL="+api.URL, "NOD_CLOCK_OFFSET="+ahead.String())...)
	s.UseHTTP("http://" + b.addr)
	ctx := t.Context()
	onSlack, onTelegram := slacktest.NewDriver(s, nil), telegramtest.NewDriver(g, nil)
	chen, zhou, zhang := phone{b, onSlack, "chen"}, phone{b, onSlack, "zhou"}, phone{b, onSlack, "zhang"}
	liu := phone{b, onTelegram, "liu"}
	conn, err := pgx.Connect(ctx, b.db.Owner)
	b.must(err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "UPDATE bindings SET ended_at = now() WHERE platform = 'web'") // the sample's people sit at the demo's web chat
	b.must(err)
	says := func(p phone, text string) {
		t.Helper()
		p.screen(text, func(x bottest.Screen) bool { return x.Says(text) })
	}

	chen.do(onSlack.Type(ctx, "chen", "/onboarding"))
	chen.screen("the form", func(x bottest.Screen) bool { return x.Form != nil })
	chen.do(onSlack.Change(ctx, "chen", map[string]string{
		"newcomer": "E005", "start": monday().Format(time.DateOnly), "mentor": "E002", "manager": "E011"}))
	chen.do(onSlack.Send(ctx, "chen", 1))
	chen.card("ON-1", "等待周凯")
	zhou.do(onSlack.Press(ctx, "zhou", zhou.card("ON-1", "刘洋").Reference, "approve", 1))

	// Zhang Min never wrote to the bot either; she is found by her address. Liu Yang's tasks are hers to see as long as he has no chat.
	says(zhang, "刘洋 Liu Yang 今天入职，你是导师")
	zhang.do(onSlack.Type(ctx, "zhang", "/requests TP-1"))
	says(zhang, "产品 ░░░░░░░░░░ 0/12")
	b.Driver = onSlack
	(&play{binary: b, who: "zhang", ahead: ahead}).idle()
	zhang.do(onSlack.Type(ctx, "zhang", "/tasks"))
	says(zhang, "阅读销售手册和保密规定")
	says(zhang, "今天到期 · 替刘洋 Liu Yang")

	liu.do(onTelegram.Type(ctx, "liu", "/start "+strings.Fields(b.nod("link", "E005", "telegram"))[0]))
	says(liu, "绑定成功")
	says(liu, "欢迎刘洋 Liu Yang")
	b.kill()
	b.start()
	liu.do(onTelegram.Type(ctx, "liu", "/tasks"))
	x := liu.screen("his tasks", func(x bottest.Screen) bool { return x.Says("阅读销售手册和保密规定") })
	number := regexp.MustCompile(`保密规定\s+(TK-\d+)`).FindStringSubmatch(x.String())
	if number == nil {
		t.Fatalf("no number stands below the task:\n%s", x)
	}
	liu.do(onTelegram.Type(ctx, "liu", "/requests "+number[1]))
	var card bottest.Shown
	liu.screen("the task", func(x bottest.Screen) bool {
		i := slices.IndexFunc(x.Private, func(m bottest.Shown) bool { return strings.Contains(m.Text, "wiki.example.com") && m.Has("done") })
		if i >= 0 {
			card = x.Private[i]
		}
		return i >= 0
	})
	liu.do(onTelegram.Press(ctx, "liu", card.Reference, "done", 2))
	liu.do(onTelegram.Type(ctx, "liu", "/onboarding"))
	says(liu, "产品 ░░░░░░░░░░ 1/12")
	zhang.do(onSlack.Type(ctx, "zhang", "/onboarding"))
	says(zhang, "░░░░░░░░░░ 1/46")
	if story := b.nod("audit", "show", number[1]); strings.Count(story, " done ") != 1 || !strings.Contains(story, "telegram") {
		t.Errorf("the audit tells\n%s", story)
	}
}

package slack_test

import (
	"context"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/answer"
	"github.com/nod-chat/nod/bot/command"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

// builtIn are Slack's own commands, which no app may register; one of them makes Slack refuse the whole manifest:
// slack.com/help/articles/201259356-Use-built-in-slash-commands.
var builtIn = []string{"active", "apps", "archive", "away", "call", "close", "collapse", "dm", "dnd", "expand", "feed", "invite", "invite_people", "join", "kick", "leave", "me", "msg",
	"mute", "open", "part", "prefs", "pro", "remind", "remove", "rename", "s", "search", "shortcuts", "shrug", "star", "status", "topic", "unmute", "who"}

func readManifest(t *testing.T) slackapi.Manifest {
	t.Helper()
	raw, err := os.ReadFile("../../deploy/slack-manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var m slackapi.Manifest
	if err := yaml.UnmarshalWithOptions(raw, &m, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return m
}

// kinds is an engine that has the kinds of the sample company, and nothing else.
type kinds struct {
	answer.Engine
	list []*workflows.Kind
}

func (k kinds) Kinds() []*workflows.Kind { return k.list }
func (kinds) Now() time.Time             { return time.Date(2026, 11, 24, 5, 29, 0, 0, time.UTC) }

// slashCommands are those that the bot's commands make: the app's own, and one for each that has a name of its own.
func slashCommands(t *testing.T) []slackapi.ManifestSlashCommand {
	t.Helper()
	engine := kinds{list: policy.Default().Kinds()}
	words, err := texts.New(engine.list)
	if err != nil {
		t.Fatal(err)
	}
	chat := slack.New(slack.Config{Bot: answer.New(engine, nil, words, nil)})
	var help [][]bot.CommandHelp // in each language
	for _, language := range workflows.Languages {
		print := words.For(language, "UTC", engine.Now()).Spelling(chat.Spell)
		help = append(help, command.New(engine, nil, words, nil).Help(print))
	}
	list := []slackapi.ManifestSlashCommand{{Command: "/nod", Description: "Everything nod can do · 全部功能", ShouldEscape: true}}
	var names []string
	for i, h := range help[0] {
		names = append(names, h.Name)
		if h.Registered == "" {
			continue
		}
		var described []string
		for _, in := range help {
			described = append(described, in[i].Help)
		}
		list = append(list, slackapi.ManifestSlashCommand{Command: "/" + h.Registered, Description: strings.Join(described, " · "), UsageHint: h.Usage,
			ShouldEscape: true}) // so that @Tom comes as a person, and not as a nickname
	}
	list[0].UsageHint = "[" + strings.Join(names, " | ") + "]"
	return list
}

func TestManifest(t *testing.T) {
	m := readManifest(t)
	want := slashCommands(t)
	if !slices.Equal(m.Features.SlashCommands, want) {
		text, err := yaml.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		t.Errorf("the commands are %+v; the bot's make\n%s", m.Features.SlashCommands, text)
	}
	var names []string
	for _, c := range m.Features.SlashCommands {
		name := strings.TrimPrefix(c.Command, "/")
		names = append(names, name)
		if slices.Contains(builtIn, name) {
			t.Errorf("%s is Slack's own", c.Command)
		}
		// docs.slack.dev/reference/app-manifest: 32, 2000 and 1000 characters.
		if !regexp.MustCompile(`^/[a-z0-9_-]{1,31}$`).MatchString(c.Command) || c.Description == "" ||
			utf8.RuneCountInString(c.Description) > 2000 || utf8.RuneCountInString(c.UsageHint) > 1000 || !c.ShouldEscape {
			t.Errorf("%+v", c)
		}
	}
	if !slices.Equal(names, commands) {
		t.Errorf("the commands are %v, the tests have %v", names, commands)
	}
	if len(names) > 50 { // docs.slack.dev/reference/app-manifest: features.slash_commands
		t.Errorf("%d commands are too many", len(names))
	}

	// The scopes are those of the methods that the adapter calls and of the events that it wants, no more and no fewer.
	needed := map[string]bool{"commands": len(names) > 0}
	for method, listed := range slack.Methods() {
		if !slices.Equal(listed, slacktest.Scopes(method)) {
			t.Errorf("%s needs %v, listed are %v", method, slacktest.Scopes(method), listed)
		}
		for _, scope := range slacktest.Scopes(method) {
			needed[scope] = true
		}
	}
	delete(needed, "connections:write") // the app-level token's
	for _, event := range m.Settings.EventSubscriptions.BotEvents {
		list, known := slacktest.EventScopes(event)
		if !known {
			t.Errorf("the adapter knows no event %s", event)
		}
		for _, scope := range list {
			needed[scope] = true
		}
	}
	if want := slices.Sorted(maps.Keys(needed)); !slices.Equal(m.OAuthConfig.Scopes.Bot, want) || !slices.Equal(scopes, want) || !slices.Equal(slack.Scopes(), want) {
		t.Errorf("the scopes are %v, needed are %v", m.OAuthConfig.Scopes.Bot, want)
	}
	if len(m.OAuthConfig.Scopes.User) > 0 {
		t.Error("nothing is done in a user's name")
	}
	home := m.Features.AppHome
	if !home.HomeTabEnabled || !home.MessagesTabEnabled || home.MessagesTabReadOnlyEnabled { // without the messages tab no card arrives: messages_tab_disabled
		t.Errorf("the app home is %+v", home)
	}
	if !m.Settings.Interactivity.IsEnabled || m.Settings.TokenRotationEnabled {
		t.Errorf("the settings are %+v", m.Settings)
	}
	// docs.slack.dev/reference/app-manifest
	for what, limits := range map[string][3]int{
		"name": {utf8.RuneCountInString(m.Display.Name), 1, 35}, "description": {utf8.RuneCountInString(m.Display.Description), 1, 140},
		"long_description": {utf8.RuneCountInString(m.Display.LongDescription), 174, 4000},
	} {
		if n := limits[0]; n < limits[1] || n > limits[2] {
			t.Errorf("%s has %d characters", what, n)
		}
	}
}

// TestCalledMethods uses everything once and holds the list of methods against what was really called.
func TestCalledMethods(t *testing.T) {
	d := &desk{answer: office}
	h := open(t, d, true, func(c *slack.Config) { c.Binder = &binder{bound: map[string]bool{}} })
	_, err := h.chat.Check(t.Context())
	h.must(err)
	_, _, err = h.chat.Lookup(t.Context(), "lin@lantern.example")
	h.must(err)
	_, err = h.chat.Colleagues(t.Context())
	h.must(err)
	reference, err := h.chat.Post(t.Context(), h.Address("lin"), post("k", sample()))
	h.must(err)
	h.must(h.chat.Edit(t.Context(), h.Address("lin"), reference, post("k", sample())))
	_, _, err = h.chat.Find(t.Context(), h.Address("lin"), post("k", sample()))
	h.must(err)
	h.must(h.OpenHome(t.Context(), "lin"))
	h.must(h.Type(t.Context(), "lin", "/leave"))
	h.must(h.Send(t.Context(), "lin", 1))
	d.mu.Lock()
	d.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		return r.Tell(ctx, bot.Message{Text: "heard"})
	}
	d.mu.Unlock()
	h.must(h.Type(t.Context(), "lin", "hello"))
	h.settle()
	handIn(h, d, "lin", slacktest.File{Name: "note.pdf", Content: pdf, Hidden: true})
	d.mu.Lock()
	d.answer = giving(func(context.Context) ([]byte, error) { return pdf, nil })
	d.mu.Unlock()
	h.must(h.Type(t.Context(), "lin", "/requests LV-7"))
	h.settle()
	used := map[string]bool{}
	for _, c := range h.Calls("") {
		used[c.Method] = true
	}
	delete(used, "response_url") // no method: it needs no token
	if got, want := slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(slack.Methods())); !slices.Equal(got, want) {
		t.Errorf("called were %v, listed are %v", got, want)
	}
}

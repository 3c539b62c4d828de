package slack_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
)

// silent is a bot that never answers.
type silent struct{}

func (silent) Handle(context.Context, bot.Update, bot.Reply) error { return nil }
func (silent) OpensForm(bot.Content) bool                          { return false }
func (silent) Commands(string) []bot.CommandHelp                   { return nil }

// FuzzIntake sends signed bodies of any shape: whatever they are, they are answered or refused, and nothing breaks.
func FuzzIntake(f *testing.F) {
	for _, seed := range []string{`{"type":"block_actions","user":{"id":"U1"},"actions":[{"type":"button","action_id":"approve","value":"{\"name\":\"approve\"}","action_ts":"1"}]}`,
		`{"type":"block_actions","user":{"id":"U1"},"actions":[{"type":"button","action_id":"approve","value":"{\"name\":\"approve\",\"subject\":\"x\",\"digest\":7}"}]}`,
		`{"type":"view_submission","view":{"id":"V1","callback_id":"form:reject","private_metadata":"{\"n\":\"x\",\"i\":\"\\u0000\",\"g\":\"x\"}"}}`,
		`{"type":"block_actions","user":{"id":"U1"},"container":{"channel_id":"D1","message_ts":"1.1"},"actions":[{"type":"button","action_id":"send","value":"{\"f\":\"form:leave\",\"n\":\"x\",\"s\":{\"a\":\"b\"}}"}]}`,
		`{"type":"block_actions","user":{"id":"U1"},"actions":[{"type":"button","action_id":"change","value":"{\"f\":\"form:leave\",\"n\":\"x\",\"a\":true}"}]}`,
		`{"type":"view_submission","view":{"id":"V1","callback_id":"form:leave","private_metadata":"{\"n\":\"x\"}","state":{"values":[]},"blocks":[{"type":"input","block_id":"a"}]}}`,
		`{"type":"block_actions","view":{"type":"modal","callback_id":"form:leave","state":{"values":{"a":{"a":{"selected_option":null,"value":7}}}}},"actions":[{"type":"datepicker"}]}`,
		`{"type":"event_callback","event":{"type":"message","channel_type":"im","user":"U1","text":"／leave &lt;b&gt;","channel":"D1","ts":"1.1"}}`,
		`{"type":"view_submission","view":{"id":"V1","callback_id":"form:leave","private_metadata":"{\"n\":\"x\"}","state":{"values":{"a~1":{"a":{"files":[{"id":"F1"},7]}},"a.kept~1":{"a":{"selected_options":[{"value":"x"}]}}}}}}`,
		`{"type":"event_callback","event":{"type":"user_change","user":{"id":7}}}`, `[]`, `null`, `{"type":"url_verification"}`} {
		f.Add(seed)
	}
	clock := newClock()
	f.Fuzz(func(t *testing.T, body string) {
		c := slack.New(slack.Config{Bot: silent{}, Words: words{}, SigningSecret: slacktest.SigningSecret, TeamID: slacktest.TeamID, APIURL: "http://127.0.0.1:1/", Now: clock.now, Pause: clock.pause})
		for path, content := range map[string]string{"/slack/interactions": url.Values{"payload": {body}}.Encode(), "/slack/events": body,
			"/slack/commands": url.Values{"team_id": {slacktest.TeamID}, "user_id": {"U1"}, "command": {"/nod"}, "text": {body}}.Encode()} {
			status := serve(c.Handler(), "POST", path, slacktest.Sign(slacktest.SigningSecret, clock.now(), []byte(content)), []byte(content))
			if status != http.StatusOK && status != http.StatusBadRequest && status != http.StatusServiceUnavailable {
				t.Errorf("%s %q: %d", path, content, status)
			}
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

package slack

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/nod-chat/nod/bot/chat"
)

// What rides in a view is ours or nothing, and what is taken is written the same again.
func FuzzReadMeta(f *testing.F) {
	for _, s := range []string{`{"n":"x"}`, `{"n":"x","r":"LV-1","i":"01890a5d-ac96-774b-bcce-b302099a8057","g":"rev3-Rev3_r","u":"https://x","d":"D1:1.1","f":2,"l":3,"t":1,"v":{"a_2":"b"},"a":"y","h":true}`,
		`{"n":"\ud800","v":{"\u0000":"<"}}`, `{"n":"x"}{}`, `{"N":"x"}`, `null`, `{"l":-1}`, ``} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > maxMeta {
			return // Slack holds no more
		}
		m, err := readMeta(s)
		if err != nil {
			return
		}
		if !chat.IsAbout(m.Subject, m.Digest) {
			t.Errorf("%q is about %q, %q", s, m.Subject, m.Digest)
		}
		if again, err := readMeta(m.String()); err != nil || again.String() != m.String() {
			t.Errorf("%q is written as %q, %v", s, m, err)
		}
	})
}

// What a button of a message form brings back is a form of ours or nothing, and is written the same again.
func FuzzReadFormButton(f *testing.F) {
	for _, s := range []string{`{"f":"form:leave","n":"x","s":{"from":"2026-12-01","things_2":"<b>"}}`, `{"f":"form:leave","n":"x","a":true}`, `{"f":"leave","n":"x"}`,
		`{"f":"form:leave","n":"x","r":"LV-1","i":"01890a5d-ac96-774b-bcce-b302099a8057","g":"rev3-Rev3_r","l":2}`, `{"f":"form:leave","n":"x","s":{"A":""}}`, `[]`, `null`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4*maxButtonValue {
			return // Slack holds no more
		}
		b, err := readFormButton(s)
		if err != nil {
			return
		}
		if err := chat.CheckState(b.state()); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		text := chat.Encode(b)
		if again, err := readFormButton(text); err != nil || chat.Encode(again) != text {
			t.Errorf("%q is written as %q, %v", s, text, err)
		}
	})
}

// A slash command comes as a form or as JSON, and says the same in both.
func FuzzReadCommand(f *testing.F) {
	for _, s := range []string{"team_id=T1&user_id=U1&channel_id=D1&command=%2Fnod&text=leave+tomorrow&trigger_id=1.2.3&response_url=https%3A%2F%2Fhooks", "text=a&text=b", "text=%zz", "text=%FF%00", ";", "ssl_check=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := readCommand([]byte(body))
		if err != nil {
			return
		}
		c := got.(command)
		again, err := readCommand([]byte(url.Values{"team_id": {c.Team}, "user_id": {c.User}, "channel_id": {c.Channel}, "command": {c.Command}, "text": {c.Text},
			"response_url": {c.Respond}, "trigger_id": {c.Trigger}, "ssl_check": {c.SSLCheck}}.Encode()))
		if err != nil || again != got {
			t.Errorf("%q is %+v, and that is %+v, %v", body, got, again, err)
		}
	})
}

// Whatever Slack or somebody in its name says was pressed or filled in: a form is one of ours or none, its files belong to a field, and a button is one
// that can be.
func FuzzReadInteraction(f *testing.F) {
	for _, s := range []string{
		`{"type":"block_actions","actions":[{"action_id":"approve","value":"{\"name\":\"approve\",\"subject\":\"01890a5d-ac96-774b-bcce-b302099a8057\",\"digest\":\"rev3-Rev3_r\"}"}]}`,
		`{"view":{"callback_id":"form:leave","private_metadata":"{\"n\":\"x\"}","state":{"values":{"a~1":{"a":{"files":[{"id":"F1"},7]}},"a.kept~1":{"a":{"selected_options":[{"value":"x"}]}}}},"blocks":[{"type":"input","block_id":"a~1"}]}}`,
		`{"view":{"callback_id":"form:leave","private_metadata":"{\"n\":\"x\"}","state":{"values":{"a":{"a":{"value":"1"}},"b":{"b":{"selected_date":"2026-12-01"}},"c":{"c":{"selected_user":"U2"}},"d":{"d":{"selected_option":{"value":"am"}}}}}}}`,
		`{"view":{"state":{"values":[]},"blocks":{}}}`, `{"view":null,"actions":[null,{"value":"null"}]}`, `{"view":{"callback_id":"form:x","private_metadata":"{\"n\":\"x\"}","state":{"values":{"~":{"":{"files":{}}}}}}}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		got, err := readInteraction([]byte(url.Values{"payload": {payload}}.Encode()))
		if err != nil {
			return
		}
		in := got.(interaction)
		for _, a := range in.Actions {
			action, err := a.action()
			if err == nil && (action.Name != a.ID || chat.CheckAction(action) != nil) {
				t.Errorf("%q: %+v", payload, action)
			}
		}
		if in.View == nil {
			return
		}
		state, _, err := formState(in.View)
		if err != nil {
			return
		}
		for _, name := range in.View.inputs() {
			_ = blockOf(in.View.inputs(), fieldOf(name))
		}
		if err := chat.CheckState(state); err != nil {
			t.Errorf("%q: %v", payload, err)
		}
		for _, u := range (&Chat{}).uploads(in.View) {
			if _, ok := state.Values[u.Field]; !ok || u.Name == "" {
				t.Errorf("%q: a file %+v of no field among %v", payload, u, state.Values)
			}
		}
	})
}

// An event of any shape is refused, or read and the same again.
func FuzzReadEvent(f *testing.F) {
	for _, s := range []string{`{"type":"event_callback","event":{"type":"message","user":"U1","channel":"D1"}}`, `{"event":{"type":"user_change","user":{"id":"U1","deleted":true}}}`,
		`{"event":{"user":7,"channel":{"id":"C1"}}}`, `{"event":null}`, `null`, `{"event":{"user":{"id":[]}}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := readEvent([]byte(body))
		if err != nil {
			return
		}
		e := got.(envelope)
		again, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		if second, err := readEvent(again); err != nil || second.(envelope).ID != e.ID || second.(envelope).Event.Text != e.Event.Text {
			t.Errorf("%q is %+v, %v", body, second, err)
		}
	})
}

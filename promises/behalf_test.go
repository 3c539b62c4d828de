package promises

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// I3: zhou files leave for her own tom, and wants to see it approved by herself: as tom's manager, in whose place boss is asked; by an administrator who is
// talked into giving it to her, or to tom; by waiting until boss is slow, and away. Neither of the two is ever asked. Both have its card and may take
// it back; what boss reads names both, and so does the audit.
func TestI3NobodyDecidesWhatTheyFiled(t *testing.T) {
	c := open(t)
	c.must(c.chat.Type(t.Context(), "zhou", "/leave for Tom Baker annual 2026-12-14 2026-12-15"))
	c.must(c.chat.Send(t.Context(), "zhou", 1))
	c.settle()
	const number = "LV-1"
	c.wantWaits(number, "boss")
	for _, user := range []string{"zhou", "tom", "boss"} {
		if card := c.card(user, number); !strings.Contains(card.Text, "周凯 Zhou Kai") || !strings.Contains(card.Text, "Tom Baker") ||
			card.Has("approve") != (user == "boss") || card.Has("withdraw") != (user != "boss") {
			t.Errorf("%s sees\n%s", user, card.Text)
		}
	}
	for _, to := range []string{"zhou", "tom"} {
		cause := workflows.Cause{ChatUser: workflows.ChatUser{Platform: workflows.PlatformCLI, User: "root"}, Key: "reassign:" + to}
		_, err := c.acts(t.Context(), c.engine, cause, number, workflows.Act{Event: approval.Reassign, Person: to, Comment: "she asked for it"})
		if !errors.Is(err, &workflows.Error{Code: workflows.Invalid, Text: "request.own"}) {
			t.Errorf("it was given to %s: %v", to, err)
		}
	}
	button := c.button("boss", number, "approve")
	for _, user := range []string{"zhou", "tom"} {
		c.must(c.chat.PressOld(t.Context(), user, button))
		if told := c.told(user); !strings.Contains(told, "or one that they filed for somebody else") && !strings.Contains(told, "代他人提交") {
			t.Errorf("%s was told %q", user, told)
		}
	}
	for range 8 { // reminders and the escalation, whose manager there is none
		c.at(c.engine.Now().Add(24 * time.Hour))
		c.tick()
	}
	c.exec("UPDATE people SET active = false WHERE employee_no = 'boss'")
	c.must(c.store.Relieve(t.Context(), c.clock.Now()))
	c.tick()
	c.wantWaits(number, "hana")
	c.press("hana", number, "approve")
	c.settle()
	c.wantState(number, "approved")
	if !c.screen("zhou").Says("已同意你代 Tom Baker 提交的申请：") {
		t.Errorf("zhou does not hear of it:\n%s", c.screen("zhou"))
	}
	rows := c.audit(number)
	if first := rows[0]; first.Values.Actor != "zhou 周凯 Zhou Kai" || first.Values.For != "tom Tom Baker" || first.For == 0 {
		t.Errorf("the audit says %+v", first)
	}
	if got := c.balance("tom", "annual"); got != 8*480 {
		t.Errorf("tom has %d minutes left", got)
	}
	if got := c.balance("zhou", "annual"); got != 10*480 {
		t.Errorf("zhou has %d minutes left", got)
	}
}

// drawnForm keeps the form that it is shown.
type drawnForm struct {
	bot.Reply
	form *bot.Form
}

func (d *drawnForm) Update(_ context.Context, f bot.Form) error {
	d.form = &f
	return nil
}

// I3: mallory, of another team, wants leave in tom's place and a look at what he has left, by every way there is, also with the form of somebody
// who may. She reads the same of him as of nobody at all.
func TestI3NobodyAsksInTheirPlace(t *testing.T) {
	c := open(t)
	type told struct{ name, text string }
	var heard []told
	for _, name := range []string{"tom", "Tom Baker", "@tom", "tom@example.com", "Nobody Atall", "X99"} {
		c.must(c.chat.Type(t.Context(), "mallory", "/leave for "+name+" annual 2026-12-14"))
		heard = append(heard, told{"/leave for " + name, c.told("mallory")})
		c.must(c.chat.Type(t.Context(), "mallory", "/balance "+name))
		heard = append(heard, told{"/balance " + name, c.told("mallory")})
	}
	for i, h := range heard {
		if h.text != heard[i%2].text || !strings.Contains(h.text, "Only HR, and managers for their own people") {
			t.Errorf("%s: %q", h.name, h.text)
		}
	}
	for _, name := range []string{"tom", "Nobody Atall"} { // hers has no place for it; a hand-made one has
		state := bot.FormState{Form: "form:leave", Nonce: "n", Values: map[string]string{"type": "annual", "from": "2026-12-14", workflows.ForField: name}}
		for _, content := range []bot.Content{bot.Submission{FormState: state}, bot.Recalculation{FormState: state}} {
			var seen drawnForm
			c.must(c.bot.Handle(t.Context(), bot.Update{Cause: by("mallory", "forged form"), Content: content}, &seen))
			if seen.form == nil || !strings.Contains(seen.form.Fault, "Only HR, and managers") || len(seen.form.Preview)+len(seen.form.Steps) > 0 {
				t.Errorf("%s: mallory sees %+v", name, seen.form)
			}
		}
	}
	// past the bot, and with a binding that is hers: the transaction finds it out
	tom, err := c.store.PersonByNo(t.Context(), "tom")
	c.must(err)
	_, err = c.engine.Submit(t.Context(), by("mallory", "forged"), "leave", tom, workflows.Form{"type": "annual", "from": "2026-12-14"})
	if !errors.Is(err, &workflows.Error{Code: workflows.NotYours}) {
		t.Errorf("mallory filed for tom: %v", err)
	}
	mallory, err := c.store.PersonByNo(t.Context(), "mallory")
	c.must(err)
	preview, err := c.engine.Preview(t.Context(), mallory, tom, "leave", "", workflows.Form{"type": "annual", "from": "2026-12-14"})
	c.must(err)
	if len(preview.Rows)+len(preview.Steps) > 0 || len(preview.Faults) != 1 || preview.Faults[0].Text != "request.not_for_them" {
		t.Errorf("mallory looks at %+v, %+v", preview.Rows, preview.Faults)
	}
	if n := value[int](c, "SELECT count(*) FROM requests"); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

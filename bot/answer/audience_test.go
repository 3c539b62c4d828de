package answer_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/answer"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

// contact is the chat user of a customer's person.
const contact = "contact"

// typable is all that a command or kind can be called: by its own name and by what people say for it.
func typable(t *testing.T, words *texts.Texts) []string {
	t.Helper()
	names := map[string]bool{"link": true, "unlink": true} // which the list of commands leaves out
	for _, c := range newBot(t).Commands("en") {
		names[c.Name] = true
	}
	for _, key := range words.Keys() {
		if name, ok := strings.CutPrefix(key, "said."); ok && names[name] {
			for _, language := range workflows.Languages {
				for said := range strings.FieldsSeq(words.Say(language, key, nil)) {
					names[said] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func open(t *testing.T) *texts.Texts {
	t.Helper()
	words, err := texts.New(policy.Default().Kinds())
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// pressed are buttons and forms, of whatever somebody got hold of.
func pressed() map[string]bot.Content {
	all := map[string]bot.Content{
		"a button that runs a command": bot.Press{Action: bot.Action{Name: "command", Args: "link ABC", Opens: true}},
		"a new request":                bot.Submission{FormState: bot.FormState{Form: "form:leave", Nonce: "n", Values: days}},
		"a new request, worked out":    bot.Recalculation{FormState: bot.FormState{Form: "form:leave", Nonce: "n", Values: days}},
		"a form of no kind":            bot.Submission{FormState: bot.FormState{Form: "form:nothing", Nonce: "n"}},
	}
	for _, name := range []string{"show", "files", "approve", "reject", "withdraw", "leave", "nothing"} {
		form := bot.FormState{Form: "form:" + name, Nonce: "n", Subject: request, Digest: digest}
		all[name] = bot.Press{Action: bot.Action{Name: name, Subject: request, Digest: digest}}
		all[name+", to be opened"] = bot.Press{Action: bot.Action{Name: name, Subject: request, Digest: digest, Opens: true}}
		all["the form of "+name] = bot.Submission{FormState: form}
		all["the form of "+name+", worked out"] = bot.Recalculation{FormState: form}
	}
	return all
}

// only checks that all which an update led to is one sentence.
func only(t *testing.T, b *answer.Bot, u bot.Update, want string) {
	t.Helper()
	h := new(heard)
	err := b.Handle(t.Context(), u, h)
	if err != nil || h.form != nil || h.done || len(h.told) != 1 || h.told[0] != want {
		t.Errorf("%s says %+v and is answered with %q, form %v, %v, want %q", u.Cause.User, u.Content, h.told, h.form, err, want)
	}
}

// A customer's contact who knows what employees type learns nothing by typing it: there is no such command, kind, button or form.
// The engine and the directory of these tests have no answer to most of it, so that whatever gets through to them breaks.
func TestContactsFindNothing(t *testing.T) {
	b, words := newBot(t), open(t)
	for _, language := range workflows.Languages {
		none := words.Say(language, "audience.none", nil)
		only(t, b, from(contact, language, bot.Command{Name: "nothing"}), none)
		for _, name := range typable(t, words) {
			for _, args := range []string{"", "LV-1", "ABC", "annual 2026-12-01"} {
				only(t, b, from(contact, language, bot.Command{Name: name, Args: args}), none)
			}
			only(t, b, from(contact, language, bot.ReadTyped("/"+name)), none)
			only(t, b, from(contact, language, bot.Said{Text: name}), none)
		}
		only(t, b, from(contact, language, bot.Command{Name: strings.Repeat("x", 400)}), none)
		for _, c := range pressed() {
			only(t, b, from(contact, language, c), none)
		}
		for _, line := range []string{"annual leave tomorrow", "年假 明天", "hello", ""} {
			only(t, b, from(contact, language, bot.Said{Text: line}), none)
		}
	}
	// An employee reads what there is instead.
	only(t, b, from(tom.No, "", bot.Command{Name: "nothing"}), words.Say("en", "command.unknown", workflows.Args{"Name": "nothing"}))
}

// Whoever nobody knows can become known, and nothing else.
func TestStrangersCanOnlyLink(t *testing.T) {
	b, words := newBot(t), open(t)
	stranger := words.Say("en", "person.unknown", nil)
	tried := pressed()
	for _, name := range append(typable(t, words), "nothing", "") {
		if slices.Contains(append(strings.Fields(words.Say("zh", "said.link", nil)), "link"), name) {
			continue
		}
		tried["/"+name], tried["/"+name+" ABC"] = bot.Command{Name: name}, bot.Command{Name: name, Args: "ABC"}
		tried[name], tried[name+" ABC"] = bot.Said{Text: name}, bot.Said{Text: name + " ABC"}
	}
	tried["a line that reads like a request"] = bot.Said{Text: "annual leave tomorrow"}
	tried["link, and more"] = bot.Said{Text: "link me to the office please"}
	for _, c := range tried {
		only(t, b, from("nobody", "en", c), stranger)
	}
	linked := words.Say(zhou.Language, "link.done", workflows.Args{"Name": zhou.Name})
	for _, c := range []bot.Content{
		bot.Command{Name: "link", Args: "ABC"}, bot.Command{Name: "LINK", Args: " ABC "},
		bot.Said{Text: "link ABC"}, bot.Said{Text: "绑定 ABC"},
	} {
		only(t, b, from("nobody", "en", c), linked)
		only(t, b, from(tom.No, "en", c), linked) // who is known, too
	}
	only(t, b, from("nobody", "en", bot.Command{Name: "link", Args: "XYZ"}), words.Say("en", "link.wrong", nil))

	// Where the adapter knows why they are nobody, they hear that, and can link all the same.
	why := workflows.Refuse(workflows.NotYours, "identity.unlinked", workflows.Args{"Person": tom.Name})
	u := from("nobody", "en", bot.Command{Name: "help"})
	u.Stranger = why
	only(t, b, u, words.Say("en", "identity.unlinked", workflows.Args{"Person": tom.Name}))
	u.Content = bot.Command{Name: "link", Args: "ABC"}
	only(t, b, u, linked)
}

package command_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/command"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

// shelf has requests LV-1, LV-2 … of the same person, each of which waits, and gives pages of them as storage does.
type shelf struct {
	command.Directory
	n int
}

func (s shelf) page(p workflows.Page) (l workflows.List) {
	first := 1
	switch {
	case p.Before != "":
		fmt.Sscanf(string(p.Before), "LV-%d", &first)
		first = max(first-p.Size, 1)
	case p.After != "":
		fmt.Sscanf(string(p.After), "LV-%d", &first)
		first++
	}
	l.First, l.Total = first, min(s.n, workflows.MostCounted)
	for i := first; i <= min(s.n, first+p.Size-1); i++ {
		r := workflows.Request{Form: workflows.Form{"type": "annual", "from": "2026-12-21", "from_part": "am", "to": "2026-12-23", "to_part": "pm"},
			Measures: map[string]int64{"minutes": 3 * 480}}
		r.Ref = workflows.Ref{Kind: "leave", ID: workflows.SubjectID(fmt.Sprint("LV-", i)), Number: fmt.Sprint("LV-", i)}
		r.State = "pending"
		l.Lines = append(l.Lines, workflows.Listed{Request: r, People: []string{"Zhou Kai"}})
	}
	return l
}

func (s shelf) ApprovalsOf(_ context.Context, _ workflows.PersonID, p workflows.Page) (workflows.List, error) {
	return s.page(p), nil
}

func (s shelf) RequestsOf(_ context.Context, _ workflows.PersonID, p workflows.Page) (workflows.List, error) {
	return s.page(p), nil
}

// numbered finds every request by its number, which is its ID here.
type numbered struct{ office }

func (numbered) Find(_ context.Context, number string) (workflows.Ref, error) {
	return workflows.Ref{Kind: "leave", ID: workflows.SubjectID(number), Number: number}, nil
}

func (n numbered) KindOf(context.Context, workflows.Request) (*workflows.Kind, error) {
	k, _ := n.Current("leave")
	return k, nil
}

// A list says what each line is about and how many there are, shows twenty, and goes on and back by its buttons, each page in the place of the
// one before; one that fits has none.
func TestListsArePaged(t *testing.T) {
	words := openTexts(t)
	o := numbered{office{kinds: policy.Default().Kinds()}}
	tom := tomOf(words)
	run := func(n int, typed bot.Content) bot.Message {
		t.Helper()
		result, err := command.New(o, shelf{n: n}, words, func() {}).Run(t.Context(), tom, typed)
		if err != nil {
			t.Fatal(err)
		}
		return result.Message
	}
	pressed := func(n int, m bot.Message, label string) bot.Message {
		t.Helper()
		for _, a := range m.Actions {
			if a.Label == label && a.Name == bot.CommandAction && !a.Opens {
				return run(n, bot.ReadCommand(a.Args))
			}
		}
		t.Fatalf("there is no %q below %q: %+v", label, m.Text, m.Actions)
		return bot.Message{}
	}
	check := func(m bot.Message, replaces bool, lines, buttons int, says ...string) {
		t.Helper()
		if len(m.Items) != lines || len(m.Actions) != buttons || m.Replaces != replaces {
			t.Errorf("%d lines, %d buttons, in place %v: %q", len(m.Items), len(m.Actions), m.Replaces, m.Text)
		}
		for _, want := range says {
			if !strings.Contains(m.Text, want) {
				t.Errorf("%q does not say %q", m.Text, want)
			}
		}
	}
	for _, name := range []string{"approvals", "requests"} {
		first := run(24, bot.Command{Name: name})
		check(first, false, 20, 1, "1–20 of 24")
		second := pressed(24, first, "Next page")
		check(second, true, 4, 1, "21–24 of 24")
		check(pressed(24, second, "Previous page"), true, 20, 1, "1–20 of 24")
		check(pressed(45, run(45, bot.Command{Name: name, Args: "after LV-20"}), "Next page"), true, 5, 1, "41–45 of 45")
		check(run(45, bot.Command{Name: name, Args: "after LV-20"}), true, 20, 2, "21–40 of 45")
		check(run(20, bot.Command{Name: name}), false, 20, 0)
		check(run(3000, bot.Command{Name: name}), false, 20, 1, "of 1000 or more")
		check(run(3000, bot.Command{Name: name, Args: "after LV-2000"}), true, 20, 2, "of 1000 or more")
	}
	item := run(24, bot.Command{Name: "approvals"}).Items[0]
	if item.Text != "Zhou Kai · Mon 21 – Wed 23 Dec · Annual leave · 3 days" || !strings.HasPrefix(item.Detail, "LV-1 · ") ||
		len(item.Actions) != 1 || item.Actions[0].Name != bot.ShowAction {
		t.Errorf("a line is %+v", item)
	}
	item = run(24, bot.Command{Name: "requests"}).Items[0]
	if item.Text != "Mon 21 – Wed 23 Dec · Annual leave · 3 days" || item.Detail != "LV-1 · waiting for Zhou Kai" {
		t.Errorf("a line of one's own is %+v", item)
	}
	if m := run(24, bot.Command{Name: "approvals"}); !strings.HasPrefix(m.Text, "24 requests are waiting for you") {
		t.Errorf("of 24 it says %q", m.Text)
	}
}

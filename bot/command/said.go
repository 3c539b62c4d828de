package command

import (
	"context"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/phrase"
)

// said is what was typed, read in every way.
type said struct {
	line    string              // all of it
	kind    *workflows.Kind     // by whose name it was called; nil: by none
	text    string              // what is left of the line behind that name
	purpose phrase.Purpose      // of the line
	numbers []string            // of requests
	people  []workflows.Person  // of whom it may speak
	whom    phrase.Whom         // for whom it asks
	asked   []workflows.Hearing // the forms that it may ask for
	slashed bool                // it is a command, which opens a form where a line is kept in a draft
}

// read reads what was typed. people are those who have a word of it in their names.
func (c *Commands) read(typed bot.Content, p workflows.Person, people []workflows.Person) said {
	_, line := words(typed)
	s := said{line: line, text: line, people: people}
	if k, args, ok := c.kindOf(typed); ok {
		s.kind, s.text = k, args
	}
	s.purpose = phrase.PurposeOf(s.text)
	_, slashed := typed.(bot.Command)
	s.slashed = slashed
	if slashed && s.kind != nil && s.purpose != phrase.ToTakeBack {
		s.purpose = phrase.ToAsk
	}
	s.numbers = workflows.RequestNumbersIn(s.text, c.engine.Prefixes())
	s.whom = phrase.WhomOf(s.text, people, p.ID)
	if s.asked = c.hear(s.kind, s.whom.Rest, p); s.whom.Name != "" && !slices.ContainsFunc(s.asked, forOthers) {
		s.whom = phrase.Whom{Rest: s.text} // it names somebody, for whom nobody else can ask
		s.asked = c.hear(s.kind, s.text, p)
	}
	if slashed && s.kind != nil && s.whom.Name != "" && !s.whom.Sure {
		h := c.behind(s.kind, s.text, p)
		if !phrase.Idle(strings.Replace(h.Rest(), s.whom.Name, "", 1)) { // the command says whose it is, and the name is part of a reason
			s.whom, s.asked = phrase.Whom{Rest: s.text}, []workflows.Hearing{h}
		}
	}
	return s
}

func forOthers(h workflows.Hearing) bool { return h.Kind.ForOthers }

// hear reads a line for the kind by whose name it was called, or for all.
func (c *Commands) hear(k *workflows.Kind, line string, p workflows.Person) []workflows.Hearing {
	if k != nil {
		return []workflows.Hearing{c.behind(k, line, p)}
	}
	return c.line(line, p)
}

// opens tells whether what was said opens its author's form at once.
func (s said) opens() bool {
	return s.purpose == phrase.ToAsk && s.whom.Name == "" && !s.numbered() && len(s.asked) == 1 && s.asked[0].Halved == "" &&
		!s.adds(s.asked[0])
}

// nothing tells whether nothing can come of it.
func (s said) nothing() bool {
	return len(s.asked) == 0 && len(s.numbers) == 0 && s.purpose != phrase.ToTakeBack && s.purpose != phrase.ToDecide
}

// numbered tells whether it is about requests that it names by their numbers.
func (s said) numbered() bool {
	return len(s.numbers) > 0 && (s.purpose != phrase.ToAsk || len(s.asked) == 0)
}

// answer gives what comes of something that was said.
func (s said) answer(ctx context.Context, c call, all *Commands) (Result, error) {
	if s.kind != nil && !s.whom.Sure {
		if words, ok := all.forSomebody(s.kind, s.text, c.Person); ok {
			found, name, rest, err := all.somebody(ctx, c.Person, words)
			if err != nil {
				return Result{}, err
			}
			return all.forOther(c, s.kind, true, found, name, rest)
		}
	}
	switch {
	case s.numbered():
		return c.numbered(ctx, s.numbers)
	case s.purpose == phrase.ToTakeBack:
		return c.undo(ctx, s.text)
	case s.purpose == phrase.ToDecide:
		return c.decide(ctx, s.text, c.others(s))
	case s.purpose == phrase.ToPropose && s.whom.Name == "" && len(s.asked) > 0:
		return Result{Message: c.which("said.propose", s)}, nil
	case s.purpose == phrase.ToQuestion || s.purpose == phrase.ToPropose:
		return c.question(ctx, s, all)
	case len(s.asked) == 0:
		return c.unclear(all), nil
	case s.whom.With != "":
		return c.message("said.one_person", workflows.Args{"First": s.whom.Name, "Second": s.whom.With}), nil
	case s.whom.Name != "" && !s.whom.Sure:
		return Result{Message: c.whose(s)}, nil
	case s.whom.Name != "":
		found, err := c.engine.Whom(ctx, c.Person, s.whom.Name)
		if err != nil {
			return Result{}, err
		}
		k := s.asked[slices.IndexFunc(s.asked, forOthers)].Kind
		return all.forOther(c, k, s.kind != nil, found, s.whom.Name, s.whom.Rest)
	case len(s.asked) > 1:
		return Result{Message: c.which("said.which", s)}, nil
	}
	if h := s.asked[0]; s.adds(h) {
		return Result{Add: &Ask{Kind: h.Kind, Requester: c.Person, Values: h.Form}}, nil
	}
	return c.asks(s.asked[0], c.Person, s.kind == nil), nil
}

// adds tells whether what was heard is kept in its author's draft: a line that says something, of a kind that has drafts.
func (s said) adds(h workflows.Hearing) bool { return !s.slashed && h.Kind.Drafts() && len(h.Form) > 0 }

// asks comes to the form of what was heard. guessed tells that no kind was named: whoever wrote it sees what was understood before they
// send anything.
func (c call) asks(h workflows.Hearing, requester workflows.Person, guessed bool) Result {
	if h.Halved != "" {
		return Result{Message: c.half(h)}
	}
	ask := Ask{Kind: h.Kind, Requester: requester, Values: h.Form, Faults: h.Faults}
	if guessed {
		ask.Intro = c.text("form.understood", nil)
	}
	return Result{Ask: &ask}
}

// others are the people of whom a line speaks, without its author.
func (c call) others(s said) []workflows.Person {
	return slices.DeleteFunc(phrase.NamesIn(s.text, s.people), func(p workflows.Person) bool { return p.ID == c.Person.ID })
}

func (c call) unclear(all *Commands) Result {
	return c.message("said.unclear", workflows.Args{"Examples": all.examples(c.Print)})
}

// question answers what can be answered: who is away, what is left, what has become of a request.
func (c call) question(ctx context.Context, s said, all *Commands) (Result, error) {
	others := c.others(s)
	switch phrase.TopicOf(s.text) {
	case phrase.OfBalance:
		whose := ""
		if len(others) > 0 {
			whose = others[0].No
		}
		return balance(ctx, c.with(whose))
	case phrase.OfRequests:
		if len(others) == 0 {
			return requests(ctx, c.with(""))
		}
	case phrase.OfAbsence:
		span, dated := c.dates(s.text)
		switch {
		case len(others) > 0 || phrase.OfAnybody(s.text) || dated && !phrase.OfWriter(s.text):
			return c.away(ctx, s.text, others)
		case !dated:
			return c.unclear(all), nil
		}
		list, err := c.directory.Holding(ctx, c.Person.ID, span, pageSize)
		switch {
		case err != nil:
			return Result{}, err
		case len(list) > 0:
			return c.short(ctx, "mine", list)
		}
		return c.message("mine.none", days(span)), nil
	}
	return c.unclear(all), nil
}

// with is the call with other words behind the command.
func (c call) with(args string) call {
	c.args = args
	return c
}

// numbered shows the request with a number, or of several lets the author choose.
func (c call) numbered(ctx context.Context, numbers []string) (Result, error) {
	if len(numbers) == 1 {
		ref, err := c.engine.Find(ctx, numbers[0])
		return Result{Show: ref.ID}, err
	}
	m := bot.Message{Text: c.text("said.numbers", nil)}
	for _, number := range numbers[:min(len(numbers), pageSize)] {
		ref, err := c.engine.Find(ctx, number)
		if err != nil {
			return Result{}, err
		}
		show := draw.ShowButton(c.Print, ref)
		m.Items = append(m.Items, bot.Item{Text: ref.Number, Actions: []bot.Action{show}})
	}
	return Result{Message: m}, nil
}

// opening is a button that opens the form of a kind for what stands behind its name.
func opening(k *workflows.Kind, args, label string) bot.Action {
	return bot.Action{Name: bot.CommandAction, Args: string(k.Kind) + " " + args, Opens: true, Label: label}
}

// which lets the author choose the form that a line is meant for. Each has a button that opens it, filled in as far as the line tells.
func (c call) which(key string, s said) bot.Message {
	m := bot.Message{Text: c.text(key, nil)}
	for _, h := range s.asked {
		kind := string(h.Kind.Kind)
		m.Actions = append(m.Actions, opening(h.Kind, s.line, c.text(kind+".icon", nil)+" "+c.text(kind+".form", nil)))
	}
	return m
}

// whose asks for whom a line is meant that names somebody.
func (c call) whose(s said) bot.Message {
	args := workflows.Args{"Name": s.whom.Name}
	m := bot.Message{Text: c.text("said.whose", args)}
	k := s.asked[0].Kind
	m.Actions = append(m.Actions, opening(k, "for me "+s.text, c.text("said.for_me", nil)),
		opening(k, "for "+s.whom.Name+" "+s.text, c.text("said.for_them", args)))
	return m
}

// half asks which half of a day is meant.
func (c call) half(h workflows.Hearing) bot.Message {
	m := bot.Message{Text: c.text("said.half", workflows.Args{"Date": h.Form["from"]})}
	for _, half := range []string{"am", "pm"} {
		var words []string
		if no := h.Form[workflows.ForField]; no != "" {
			words = append(words, "for "+no)
		}
		for _, in := range workflows.Inputs(h.Kind.Fields, h.Form) {
			value := h.Form[in.Name]
			if in.Owner == h.Halved && in.Type == workflows.HalfDay {
				value = half
			}
			if value != "" {
				words = append(words, value)
			}
		}
		m.Actions = append(m.Actions, opening(h.Kind, strings.Join(words, " "), c.text("half."+half, nil)))
	}
	return m
}

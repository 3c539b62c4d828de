package command

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// mostNameWords is of how many words a name is at most that stands before something else.
const mostNameWords = 4

// forWords begin what is said of somebody else, behind a kind's name.
var forWords = []string{"for", "帮", "替", "代", "给", "为"}

// articles begin what a request is for, and no name: for a wedding.
var articles = []string{"a", "an", "the", "my", "our", "some", "this", "these"}

// forSomebody gives what follows "for" where that is somebody and not a day, a choice or a reason: "Tom Baker annual tomorrow". An @ says
// it by itself.
func (r reader) forSomebody(k *workflows.Kind, args string, p workflows.Person) (words string, ok bool) {
	first, rest, _ := strings.Cut(strings.TrimSpace(args), " ")
	rest = strings.TrimSpace(rest)
	switch {
	case !k.ForOthers:
		return "", false
	case strings.HasPrefix(first, "@") || strings.HasPrefix(first, "＠"):
		return args, workflows.TypedName(first) != ""
	case !slices.ContainsFunc(forWords, func(w string) bool { return strings.EqualFold(w, first) }) || rest == "":
		return "", false
	}
	name := strings.TrimLeft(strings.Fields(rest)[0], "@＠")
	letter, _ := utf8.DecodeRuneInString(name)
	understood := k.Hear(r.open(name, p), workflows.Names{Given: true}, p).Evidence > workflows.Nothing
	employeeNo := unicode.IsLetter(letter) // as E003; 3 days begin with a digit
	return rest, employeeNo && !understood && !slices.Contains(articles, strings.ToLower(name))
}

// somebody finds the person whose name words begin with, among those for whom somebody may act, and gives what follows it. The longest
// name counts. Of several they have to say which.
func (r reader) somebody(ctx context.Context, asker workflows.Person, words string) (
	found []workflows.Person, name, rest string, err error,
) {
	fields := strings.Fields(words)
	for n := min(len(fields), mostNameWords); n > 0; n-- {
		name = strings.Join(fields[:n], " ")
		found, err = r.engine.Whom(ctx, asker, name)
		if !errors.Is(err, &workflows.Error{Code: workflows.Invalid}) { // else nobody is called that
			return found, name, strings.Join(fields[n:], " "), err
		}
	}
	return nil, name, "", err
}

// forOther makes the form that was asked for in somebody else's place. What was said beside the name is read as it is theirs to say.
func (c *Commands) forOther(by call, k *workflows.Kind, named bool, found []workflows.Person, name, rest string) (Result, error) {
	if len(found) > 1 {
		return Result{Message: whichPerson(by.Author, found, name, func(p workflows.Person) string {
			return string(k.Kind) + " for " + p.No + " " + rest
		})}, nil
	}
	var h workflows.Hearing
	if named {
		h = c.behind(k, rest, found[0])
	} else {
		h = k.Hear(c.open(rest, found[0]), c.names(k), found[0])
	}
	h.Form[workflows.ForField] = found[0].No
	return by.asks(h, found[0], !named), nil
}

// whichPerson asks who of several is meant. Each has a button that runs a command with their number.
func whichPerson(by Author, found []workflows.Person, name string, args func(workflows.Person) string) bot.Message {
	m := bot.Message{Text: by.Print.Text("person.which", workflows.Args{"Value": workflows.Cut(name, 40)})}
	for _, p := range found {
		m.Actions = append(m.Actions, bot.Action{Name: bot.CommandAction, Args: strings.TrimSpace(args(p)), Opens: true,
			Label: workflows.Inert(p.Titled())})
	}
	return m
}

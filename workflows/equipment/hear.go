package equipment

import (
	"strconv"

	"github.com/nod-chat/nod/workflows"
)

// hear takes the things that a line counts or wishes for: "two laptops and a monitor please", 2 台显示器. A line that only speaks of a thing
// ("my laptop is broken") asks for nothing. What is wanted stands in the form as its writer called it.
func (k rules) hear(heard workflows.Line, form workflows.Form, asked bool) workflows.Evidence {
	words := k.words()
	wished := asked || heard.Wishes()
	found := 0
	take := func(n int, thing string) {
		found++
		form[workflows.LineName("item", found)] = thing
		form[workflows.LineName("quantity", found)] = strconv.Itoa(n)
	}
	for found < things.MostLines() {
		n, thing, ok := heard.Count(words)
		if !ok {
			break
		}
		take(n, thing)
	}
	if thing, ok := heard.Mention(words); ok && found == 0 && wished {
		take(1, thing)
	}
	switch {
	case found == 0:
		return workflows.Nothing
	case !wished && !heard.Idle():
		clear(form)
		return workflows.Nothing
	}
	return workflows.Named
}

// words are what people call the things of the policy.
func (k rules) words() []string {
	var words []string
	for _, item := range k.Items {
		words = append(append(words, item.Name), item.Aliases...)
	}
	return words
}

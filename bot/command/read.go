package command

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/phrase"
)

// reader reads the form of a request out of what was typed. What a line says to a kind, the kind tells.
type reader struct {
	engine Engine
	texts  *texts.Texts
}

// behind reads what was typed behind a kind's name.
func (r reader) behind(k *workflows.Kind, args string, p workflows.Person) workflows.Hearing {
	return k.ReadBehind(args, r.open(args, p), r.names(k), p)
}

// Heard gives what a line says to a kind that is known to be meant.
func (r reader) Heard(k *workflows.Kind, line string, p workflows.Person) workflows.Form {
	names := r.names(k)
	names.Given = true
	return k.Hear(r.open(line, p), names, p).Form
}

// open makes a line to take from.
func (r reader) open(line string, p workflows.Person) workflows.Line {
	return phrase.NewLine(line, workflows.DateOf(r.engine.Now().In(p.Location())))
}

// names are what people call a kind.
func (r reader) names(k *workflows.Kind) workflows.Names {
	return workflows.Names{Exact: r.texts.InAll(string(k.Kind) + ".name"), Hints: r.texts.Words(string(k.Kind) + ".words")}
}

// near is how much less may speak for a kind than for the likeliest, and it is still asked which of them is meant: anything less than a
// date, or less than a name for a kind that is named itself.
func near(h, likeliest workflows.Evidence) bool {
	return likeliest-h < workflows.Dated || h >= workflows.Named && likeliest-h < workflows.Named
}

// line finds what kinds a line may be meant for, the likeliest first. Of several, any could be: their author has to say.
func (r reader) line(line string, p workflows.Person) []workflows.Hearing {
	var heard []workflows.Hearing
	for _, k := range r.engine.Kinds() {
		if h := k.Hear(r.open(line, p), r.names(k), p); h.Evidence > workflows.Nothing && wanted(h, line) {
			heard = append(heard, h)
		}
	}
	slices.SortStableFunc(heard, func(a, b workflows.Hearing) int { return cmp.Compare(b.Evidence, a.Evidence) })
	for i, h := range heard {
		if !near(h.Evidence, heard[0].Evidence) {
			return heard[:i]
		}
	}
	return heard
}

// wanted tells whether a line that says little more than a date can be meant as a request: what else it says has to read like a reason, and
// not like work.
func wanted(h workflows.Hearing, line string) bool {
	switch {
	case !h.OnlyDated():
		return true
	case h.Evidence < workflows.Named:
		return phrase.ReadsLikeReason(h.Rest()) && !phrase.OfWork(line)
	}
	return !phrase.OfWork(line)
}

// usage is made from a kind's form: what can be given behind its name, as far as the kind calls it something there.
func usage(k *workflows.Kind, print *texts.Printer) string {
	var words []string
	for _, in := range workflows.Every(k.Fields) {
		if key := string(k.Kind) + ".usage." + in.Base; print.Has(key) {
			words = append(words, "["+print.Text(key, nil)+"]")
		}
	}
	return strings.Join(words, " ")
}

package policy

import (
	"errors"
	"fmt"
	"math/bits"
	"regexp/syntax"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/nod-chat/nod/workflows"
)

// language is what conditions may be made of: what is not named here is refused, since a condition that fails when somebody sends a request
// would stop everybody's. It knows of every whole number how small and how large it can become, so that no sum or product wraps around and
// nothing is divided by zero.
type language struct {
	names map[string]any
	spans map[string]span // of the form's numbers
	used  map[string]span // the whole numbers that were met
}

// sort is what a part of a condition is.
type sort string

const (
	truth  sort = "yes or no"
	whole  sort = "a whole number"
	text   sort = "a text"
	amount sort = "an amount"
)

// part is a part of a condition.
type part struct {
	sort sort
	span span // of a whole number
}

// span is where a whole number lies.
type span struct{ least, most int64 }

func (s span) holds(n int64) bool { return s.least <= n && n <= s.most }

const (
	// maxMeasure is more than any kind measures: the minutes of a leave and the pieces of a list are below 10^8.
	maxMeasure = 1_000_000_000
	// maxResult bounds what comes of a calculation: two of these still sum without wrapping around.
	maxResult = 1_000_000_000_000_000_000
)

// spans gives the bounds of the form's numbers, one that is left empty being zero. What a kind measures under the same name comes first.
func spans(fields []workflows.Field, own map[string]any) map[string]span {
	bounds := map[string]span{}
	for _, in := range workflows.Every(fields) {
		if _, measured := own[in.Name]; in.Type == workflows.Number && in.Line == 0 && !measured {
			bounds[in.Name] = span{min(0, int64(in.Min)), max(0, int64(in.Most()))}
		}
	}
	return bounds
}

// part says what a part of a condition is, or what has to be written instead.
func (l *language) part(node ast.Node) (part, error) {
	switch n := node.(type) {
	case *ast.BoolNode:
		return part{sort: truth}, nil
	case *ast.StringNode:
		return part{sort: text}, nil
	case *ast.IntegerNode:
		return calculated(span{int64(n.Value), int64(n.Value)}, true)
	case *ast.IdentifierNode:
		return l.name(n.Value)
	case *ast.UnaryNode:
		return l.unary(n)
	case *ast.BinaryNode:
		return l.binary(n)
	case *ast.ConditionalNode:
		return l.choice(n)
	case *ast.CallNode:
		return l.amounts(n)
	case *ast.NilNode:
		return part{}, errors.New(`nil cannot be used; write "" for a text that is left empty, and 0 for a number`)
	}
	return part{}, fmt.Errorf("%s cannot be used; a condition compares names, whole numbers, amounts and texts in quotes",
		workflows.Cut(strings.ToValidUTF8(node.String(), "\uFFFD"), 40))
}

func (l *language) name(name string) (part, error) {
	switch l.names[name].(type) {
	case string:
		return part{sort: text}, nil
	case workflows.Money:
		return part{sort: amount}, nil
	case int:
		bounds, known := l.spans[name]
		if !known {
			bounds = span{-maxMeasure, maxMeasure}
		}
		l.used[name] = bounds
		return calculated(bounds, true)
	}
	return part{}, fmt.Errorf("%s cannot be used; write one of the names in docs/policy.md", workflows.Cut(name, 40))
}

func (l *language) unary(n *ast.UnaryNode) (part, error) {
	p, err := l.part(n.Node)
	if err != nil {
		return part{}, err
	}
	switch {
	case (n.Operator == "not" || n.Operator == "!") && p.sort == truth:
		return p, nil
	case n.Operator == "+" && p.sort == whole:
		return p, nil
	case n.Operator == "-" && p.sort == whole:
		return part{whole, span{-p.span.most, -p.span.least}}, nil
	}
	return part{}, fmt.Errorf("%q cannot stand before %s; compare it first, as not (quantity > 5)", n.Operator, p.sort)
}

func (l *language) binary(n *ast.BinaryNode) (part, error) {
	switch n.Operator {
	case "in":
		return l.list(n)
	case "..":
		return part{}, errors.New(`".." cannot be used; compare with both ends, as quantity >= 1 and quantity <= 5`)
	case "matches":
		if err := pattern(n.Right); err != nil {
			return part{}, err
		}
	}
	left, err := l.part(n.Left)
	if err != nil {
		return part{}, err
	}
	right, err := l.part(n.Right)
	if err != nil {
		return part{}, err
	}
	both := func(s sort) bool { return left.sort == s && right.sort == s }
	a, b := left.span, right.span
	switch n.Operator {
	case "==", "!=":
		if both(truth) || both(whole) || both(text) {
			return part{sort: truth}, nil
		}
	case "<", "<=", ">", ">=":
		if both(whole) || both(text) {
			return part{sort: truth}, nil
		}
	case "and", "&&", "or", "||":
		if both(truth) {
			return part{sort: truth}, nil
		}
	case "contains", "startsWith", "endsWith", "matches":
		if both(text) {
			return part{sort: truth}, nil
		}
	case "+":
		switch {
		case both(text):
			return left, nil
		case both(whole):
			return calculated(span{a.least + b.least, a.most + b.most}, true)
		}
	case "-":
		if both(whole) {
			return calculated(span{a.least - b.most, a.most - b.least}, true)
		}
	case "*":
		if both(whole) {
			return calculated(product(a, b))
		}
	case "%":
		if both(whole) {
			return remainder(a, b)
		}
	default:
		return part{}, fmt.Errorf("%q cannot be used; the signs that can are listed in docs/policy.md", n.Operator)
	}
	return part{}, fmt.Errorf("%q cannot stand between %s and %s; compare what is alike", n.Operator, left.sort, right.sort)
}

// list is what "in" looks through. Amounts are not: two currencies would be taken for unlike, which nobody said.
func (l *language) list(n *ast.BinaryNode) (part, error) {
	array, ok := n.Right.(*ast.ArrayNode)
	if !ok {
		return part{}, errors.New(`behind "in" stands a list, as in type in ["sick", "personal"]; compare a number with both ends instead`)
	}
	wanted, err := l.part(n.Left)
	if err != nil {
		return part{}, err
	}
	if wanted.sort != whole && wanted.sort != text {
		return part{}, fmt.Errorf("%s cannot be looked for in a list; write == for each, with or between them", wanted.sort)
	}
	for _, node := range array.Nodes {
		p, err := l.part(node)
		if err != nil {
			return part{}, err
		}
		if p.sort != wanted.sort {
			return part{}, fmt.Errorf("%s is looked for, and the list has %s; compare what is alike", wanted.sort, p.sort)
		}
	}
	return part{sort: truth}, nil
}

func (l *language) choice(n *ast.ConditionalNode) (part, error) {
	asked, err := l.part(n.Cond)
	if err != nil {
		return part{}, err
	}
	yes, err := l.part(n.Exp1)
	if err != nil {
		return part{}, err
	}
	no, err := l.part(n.Exp2)
	if err != nil {
		return part{}, err
	}
	if asked.sort != truth || yes.sort != no.sort {
		return part{}, errors.New(`before "?" stands what is yes or no, and on both sides of ":" what is alike`)
	}
	return part{yes.sort, span{min(yes.span.least, no.span.least), max(yes.span.most, no.span.most)}}, nil
}

// amounts are what withAmounts wrote, and comparisons of them.
func (l *language) amounts(n *ast.CallNode) (part, error) {
	name, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || !strings.HasPrefix(name.Value, moneyPrefix) {
		return part{}, errors.New("there are no functions here; compare the names themselves")
	}
	if name.Value == moneyPrefix {
		code, known := n.Arguments[1].(*ast.StringNode)
		if known {
			_, known = workflows.Decimals(code.Value)
		}
		if !known { // it was not written by withAmounts
			return part{}, fmt.Errorf("%s cannot be used; write an amount with its currency, as 1000.00 CNY", moneyPrefix)
		}
		return part{sort: amount}, nil
	}
	for _, node := range n.Arguments {
		if _, err := l.part(node); err != nil {
			return part{}, err
		}
	}
	return part{sort: truth}, nil
}

// calculated is what comes of whole numbers.
func calculated(s span, fits bool) (part, error) {
	if !fits || s.least < -maxResult || s.most > maxResult {
		return part{}, fmt.Errorf("this can become too large to be calculated with (more than %d); write smaller numbers, or compare with "+
			"one that is worked out already", int64(maxResult))
	}
	return part{whole, s}, nil
}

// product gives the bounds of a product; false when one does not fit.
func product(a, b span) (span, bool) {
	var bounds span
	for i, pair := range [][2]int64{{a.least, b.least}, {a.least, b.most}, {a.most, b.least}, {a.most, b.most}} {
		x, y := pair[0], pair[1]
		high, low := bits.Mul64(uint64(max(x, -x)), uint64(max(y, -y)))
		if high > 0 || low > maxResult {
			return span{}, false
		}
		if p := x * y; i == 0 {
			bounds = span{p, p}
		} else {
			bounds = span{min(bounds.least, p), max(bounds.most, p)}
		}
	}
	return bounds, true
}

// remainder of a has the sign of a and is less than b.
func remainder(a, b span) (part, error) {
	if b.holds(0) {
		return part{}, errors.New(`what stands behind "%" can be zero, which nothing is divided by; write a number, as quantity % 5`)
	}
	most := max(b.most, -b.most, b.least, -b.least) - 1
	return part{whole, span{max(min(a.least, 0), -most), min(max(a.most, 0), most)}}, nil
}

// maxPattern bounds what a pattern costs on the longest text: each of its instructions may be looked at for each letter.
const maxPattern = 200

// pattern refuses what "matches" could fail at, or take long over: a pattern that is not written down, and one that is large.
func pattern(node ast.Node) error {
	written, ok := node.(*ast.StringNode)
	if !ok {
		return errors.New(`behind "matches" stands a pattern in quotes, never what somebody typed; contains, startsWith or endsWith can ` +
			`look for that`)
	}
	parsed, err := syntax.Parse(written.Value, syntax.Perl)
	if err == nil {
		compiled, err := syntax.Compile(parsed.Simplify())
		if err == nil && len(compiled.Inst) <= maxPattern {
			return nil
		}
	}
	return fmt.Errorf("the pattern %q is too large; repeat less in it, or write contains, startsWith or endsWith",
		workflows.Cut(written.Value, 40))
}

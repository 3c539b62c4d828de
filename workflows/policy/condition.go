package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/nod-chat/nod/workflows"
)

// maxNodes and maxLength bound a condition; those of a route are one line.
const (
	maxNodes  = 200
	maxLength = 4000
)

// Compiler makes conditions that see a form's texts, numbers and amounts, a kind's own integers, and who asks. Every name is checked when
// the file is read, and so is that nothing in a condition can fail once people depend on it: see language. There are no functions, and no
// division or decimal point but in an amount, as 1000.00 CNY, so that no condition ever depends on how a fraction is rounded.
func Compiler(fields []workflows.Field, own map[string]any) workflows.Compile {
	variables := conditionNames(fields, own)
	compile := compiler(variables)
	return func(source string) (workflows.Condition, error) {
		if len(source) > maxLength {
			return nil, fmt.Errorf("a condition can have at most %d letters; divide the step into several", maxLength)
		}
		program, err := compile(source)
		if err != nil {
			return nil, err
		}
		spoken := language{names: variables, spans: spans(fields, own), used: map[string]span{}}
		if _, err := spoken.part(program.Node()); err != nil {
			return nil, err
		}
		return condition(source, program, spoken.used), nil
	}
}

// storedCompiler makes the conditions of a definition stored by a program that took more than this one does: a request under way keeps the
// rules with which it began. One that fails is the administrators' to decide.
func storedCompiler(fields []workflows.Field, own map[string]any) workflows.Compile {
	compile := compiler(conditionNames(fields, own))
	return func(source string) (workflows.Condition, error) {
		program, err := compile(source)
		if err != nil {
			return nil, err
		}
		return condition(source, program, nil), nil
	}
}

func conditionNames(fields []workflows.Field, own map[string]any) map[string]any {
	variables := workflows.ConditionNames(fields)
	variables["department"], variables["tier"], variables["country"] = "", "", ""
	maps.Copy(variables, own)
	return variables
}

// compiler compiles what is well formed.
func compiler(variables map[string]any) func(source string) (*vm.Program, error) {
	options := append([]expr.Option{
		expr.Env(variables), expr.AsBool(), expr.DisableAllBuiltins(), expr.MaxNodes(maxNodes), expr.Optimize(false),
	}, moneyOperators()...)
	return func(source string) (*vm.Program, error) {
		written, err := withAmounts(source)
		if err != nil {
			return nil, err
		}
		program, err := expr.Compile(written, options...)
		if err != nil {
			return nil, explain(err, variables)
		}
		node := program.Node()
		var whole wholeNumbers
		ast.Walk(&node, &whole)
		if whole.fault != "" {
			return nil, errors.New(whole.fault)
		}
		return program, nil
	}
}

// condition runs a program. used says within which bounds the whole numbers have to lie for which it was found good.
func condition(source string, program *vm.Program, used map[string]span) workflows.Condition {
	return func(values map[string]any) (bool, error) {
		for name, bounds := range used {
			if n, ok := values[name].(int); !ok || !bounds.holds(int64(n)) {
				return false, fmt.Errorf("condition %q: %s is not known, or not between %d and %d", source, name, bounds.least, bounds.most)
			}
		}
		result, err := expr.Run(program, values)
		if err != nil {
			return false, fmt.Errorf("condition %q: %w", source, err)
		}
		holds, ok := result.(bool)
		if !ok {
			return false, fmt.Errorf("condition %q says neither yes nor no", source)
		}
		return holds, nil
	}
}

// explain makes one line of the compiler's several, and names what could have been meant.
func explain(err error, variables map[string]any) error {
	text := err.Error()
	var at *file.Error
	if errors.As(err, &at) {
		text = at.Message
	}
	text, _, _ = strings.Cut(text, "\n")
	switch {
	case strings.HasPrefix(text, "unknown name"):
		text += "; known are " + strings.Join(slices.Sorted(maps.Keys(variables)), ", ")
	case strings.HasPrefix(text, "error parsing regexp"):
		text += "; write contains, startsWith or endsWith to look for it as it stands"
	case strings.HasPrefix(text, "invalid operation"):
		text += "; compare what is alike, as quantity > 5 or tier == \"gold\""
	}
	return errors.New(text)
}

// wholeNumbers finds what could make a fraction.
type wholeNumbers struct{ fault string }

func (w *wholeNumbers) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.FloatNode:
		w.fault = "only whole numbers can be used; multiply both sides until they are whole"
	case *ast.BinaryNode:
		if n.Operator == "/" || n.Operator == "**" || n.Operator == "^" {
			w.fault = fmt.Sprintf("%q cannot be used; multiply the other side instead", n.Operator)
		}
	case *ast.CallNode:
		if name, ok := n.Callee.(*ast.IdentifierNode); !ok || !strings.HasPrefix(name.Value, moneyPrefix) {
			w.fault = "there are no functions here"
		}
	}
}

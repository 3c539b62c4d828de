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

	"github.com/nod-chat/nod/workflows"
)

// maxNodes bounds a condition; those of a route are one line.
const maxNodes = 200

// Compiler makes conditions that see a form's texts, numbers and amounts, a kind's own integers, and who asks. Every name is checked when
// the file is read. There are no functions, and no division or decimal point but in an amount, as 1000.00 CNY, so that no condition ever
// depends on how a fraction is rounded.
func Compiler(fields []workflows.Field, own map[string]any) workflows.Compile {
	variables := workflows.ConditionNames(fields)
	variables["department"], variables["tier"], variables["country"] = "", "", ""
	maps.Copy(variables, own)
	options := append([]expr.Option{
		expr.Env(variables), expr.AsBool(), expr.DisableAllBuiltins(), expr.MaxNodes(maxNodes), expr.Optimize(false),
	}, moneyOperators()...)

	return func(source string) (workflows.Condition, error) {
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
		return func(values map[string]any) (bool, error) {
			result, err := expr.Run(program, values)
			if err != nil {
				return false, fmt.Errorf("condition %q: %w", source, err)
			}
			return result.(bool), nil
		}, nil
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
	if strings.HasPrefix(text, "unknown name") {
		text += "; known are " + strings.Join(slices.Sorted(maps.Keys(variables)), ", ")
	}
	return errors.New(text)
}

// wholeNumbers finds what could make a fraction.
type wholeNumbers struct{ fault string }

func (w *wholeNumbers) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.FloatNode:
		w.fault = "only whole numbers can be used"
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

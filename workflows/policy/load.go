package policy

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/catalog"
)

const patternsSection = "patterns"

// shipped are the sections of the shipped policy.
var shipped = sync.OnceValue(func() map[string]ast.Node { return newReader(shippedName).sections(Shipped()) })

// Load reads a policy file; name is what its faults call it. A section that the file leaves out is the shipped
// one's. The error is all Faults at once.
func Load(name string, content []byte) (*Policy, error) {
	r := newReader(name)
	found := r.sections(content)
	if found == nil && len(r.faults) > 0 { // it is no YAML
		return nil, r.faults
	}
	pick := func(name string) ast.Node {
		if node, ok := found[name]; ok {
			return node
		}
		return shipped()[name]
	}

	p := Policy{patterns: map[string]workflows.Pattern{}}
	r.readPatterns(pick(patternsSection), p.patterns)
	for _, b := range catalog.Kinds() {
		section := b.Section()
		r.readSection(pick(string(b.Definition.Kind)), b, section)
		if len(r.faults) > 0 {
			continue
		}
		kind, err := b.New(section, Compiler(b.Definition.Fields, b.Variables))
		if err != nil {
			r.fault(string(b.Definition.Kind), "%v", err)
			continue
		}
		p.kinds = append(p.kinds, kind)
	}
	if len(r.faults) > 0 {
		r.faults.sort()
		return nil, r.faults
	}
	return &p, nil
}

var byteOrderMark = []byte("\uFEFF")

// sections parses a file and gives the node of each of its sections.
func (r *reader) sections(content []byte) map[string]ast.Node {
	known := []string{patternsSection}
	for _, b := range catalog.Kinds() {
		known = append(known, string(b.Definition.Kind))
	}
	file, err := parser.ParseBytes(bytes.TrimPrefix(content, byteOrderMark), 0)
	var bad yaml.Error
	switch {
	case errors.As(err, &bad):
		r.lines[""] = bad.GetToken().Position.Line
		r.fault("", "%s", bad.GetMessage())
		return nil
	case err != nil:
		r.fault("", "%v", err)
		return nil
	case len(file.Docs) > 1:
		r.fault("", "the file holds %d documents; write one, without a line of ---", len(file.Docs))
		return nil
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		return nil
	}
	sections := map[string]ast.Node{}
	body := file.Docs[0].Body
	if _, empty := body.(*ast.NullNode); empty || body.Type() == ast.CommentType {
		return nil
	}
	pairs, ok := mapping(body)
	if !ok {
		r.fault("", "the file must be a list of sections, each with a colon: %s", strings.Join(known, ", "))
	}
	for _, pair := range pairs {
		name := pair.Key.GetToken().Value
		r.lines[name] = pair.Key.GetToken().Position.Line
		if !slices.Contains(known, name) {
			r.fault(name, "unknown section %q; the sections are %s", name, strings.Join(known, ", "))
			continue
		}
		sections[name] = pair.Value
	}
	return sections
}

func (r *reader) readPatterns(node ast.Node, into map[string]workflows.Pattern) {
	weeks := map[string]week{}
	if node == nil || !r.read(node, &weeks, patternsSection) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(weeks)) {
		place := patternsSection + "." + name
		if into[name] = weeks[name].pattern(); into[name] == (workflows.Pattern{}) && !r.badIn(place) {
			r.fault(place, "no day of this week is worked; write at least one, as mon: 09:00-12:00")
		}
	}
}

func (r *reader) readSection(node ast.Node, b workflows.Blueprint, into workflows.Section) {
	name := string(b.Definition.Kind)
	if node == nil || !r.read(node, into, name) {
		return
	}
	into.Check(func(place, sentence string) { r.fault(name+"."+place, "%s", sentence) })
	r.checkRoute(b, name+".route", into.Plan())
}

// checkRoute holds each part of each step against what the core takes, so that a fault is told at its own line.
func (r *reader) checkRoute(b workflows.Blueprint, place string, plan []workflows.StepPlan) {
	if len(plan) == 0 {
		r.fault(place, "the route has no step, so nobody could decide; write at least one")
	}
	names := map[string]bool{}
	for i, step := range plan {
		at := fmt.Sprintf("%s[%d]", place, i)
		if step.Name == "" || names[step.Name] {
			r.fault(at+".name", "each step needs a name of its own; %q is empty or there twice", step.Name)
		}
		names[step.Name] = true
		try := func(place string, part workflows.StepPlan) {
			part.Name = cmp.Or(step.Name, strconv.Itoa(i+1))
			if err := tryStep(b, part); err != nil {
				r.fault(place, "%v", err)
			}
		}
		good := []string{"manager"}
		try(at+".mode", workflows.StepPlan{Approvers: good, Mode: step.Mode})
		if step.When != "" {
			try(at+".when", workflows.StepPlan{Approvers: good, Mode: workflows.AnyOf, When: step.When})
		}
		if len(step.Approvers) == 0 {
			try(at+".approvers", workflows.StepPlan{Mode: workflows.AnyOf})
		}
		for j, approver := range step.Approvers {
			try(fmt.Sprintf("%s.approvers[%d]", at, j), workflows.StepPlan{Approvers: []string{approver}, Mode: workflows.AnyOf})
		}
	}
}

// tryStep says what is wrong with a step.
func tryStep(b workflows.Blueprint, step workflows.StepPlan) error {
	if faults := approval.CheckStep(step, b.Definition.Fields); len(faults) > 0 {
		return faults[0]
	}
	if step.When == "" {
		return nil
	}
	if _, err := Compiler(b.Definition.Fields, b.Variables)(step.When); err != nil {
		return fmt.Errorf("step %s: condition %q: %w", step.Name, step.When, err)
	}
	return nil
}

package policy

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/nod-chat/nod/workflows"
)

// reader reads nodes into Go values, strictly. The library's own decoder stops at the first fault; people want to see all of them.
type reader struct {
	file   string
	lines  map[string]int  // where each place of the file stands; "" is the file itself
	bad    map[string]bool // places of which something has been said
	unread map[string]bool // places that do not have their shape
	faults Faults
}

func newReader(file string) *reader {
	return &reader{file: file, lines: map[string]int{"": 1}, bad: map[string]bool{}, unread: map[string]bool{}}
}

// fault notes what is wrong at a place. The first word about a place is the one that helps; what follows
// from it, there and within, is left out.
func (r *reader) fault(place, format string, args ...any) {
	if r.bad[place] || r.within(place) {
		return
	}
	r.bad[place] = true
	r.faults = append(r.faults, Fault{File: r.file, Line: r.line(place), Sentence: fmt.Sprintf(format, args...)})
}

// within tells whether a place lies in one that could not be read at all.
func (r *reader) within(place string) bool {
	for place != "" {
		if place = parent(place); r.unread[place] {
			return true
		}
	}
	return false
}

// badIn tells whether something has been said of what lies in a place.
func (r *reader) badIn(place string) bool {
	for bad := range r.bad {
		if strings.HasPrefix(bad, place+".") || strings.HasPrefix(bad, place+"[") {
			return true
		}
	}
	return false
}

// parent gives the place that a place lies in.
func parent(place string) string { return place[:max(0, strings.LastIndexAny(place, ".["))] }

// line finds a place's line: that of the nearest place that it lies in, where the file leaves it out.
func (r *reader) line(place string) int {
	for {
		if n, ok := r.lines[place]; ok {
			return n
		}
		place = parent(place)
	}
}

// read fills the value that into points to, and tells whether the node had its shape at all.
func (r *reader) read(node ast.Node, into any, place string) bool {
	return r.decode(node, reflect.ValueOf(into).Elem(), place)
}

func (r *reader) decode(node ast.Node, v reflect.Value, place string) bool {
	if _, known := r.lines[place]; !known {
		r.lines[place] = startLine(node)
	}
	ok := r.decodeNode(node, v, place)
	r.unread[place] = !ok
	return ok
}

func (r *reader) decodeNode(node ast.Node, v reflect.Value, place string) bool {
	switch node.(type) {
	case *ast.NullNode:
		r.fault(place, "%s has no value; write one, or leave the line out", last(place))
		return false
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		r.fault(place, "anchors, aliases and tags cannot be used here; write the value out")
		return false
	}
	if text, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return r.fillText(node, text, place)
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return r.decode(node, v.Elem(), place)
	case reflect.Struct:
		return r.fillStruct(node, v, place)
	case reflect.Map:
		return r.fillMap(node, v, place)
	case reflect.Slice:
		return r.fillSlice(node, v, place)
	}
	return r.fillScalar(node, v, place)
}

func (r *reader) fillStruct(node ast.Node, v reflect.Value, place string) bool {
	pairs, ok := mapping(node)
	if !ok {
		r.fault(place, "%s must hold lines of the form key: value", last(place))
		return false
	}
	fields, names := map[string]reflect.Value{}, []string{}
	for i := range v.NumField() {
		name := key(v.Type().Field(i))
		fields[name] = v.Field(i)
		names = append(names, name)
	}
	for _, pair := range pairs {
		name := pair.Key.GetToken().Value
		at := place + "." + name
		r.lines[at] = pair.Key.GetToken().Position.Line
		if !slices.Contains(names, name) {
			r.fault(at, "unknown key %q; the keys here are %s", name, strings.Join(names, ", "))
			continue
		}
		r.decode(pair.Value, fields[name], at)
	}
	return true
}

func (r *reader) fillMap(node ast.Node, v reflect.Value, place string) bool {
	pairs, ok := mapping(node)
	if !ok {
		r.fault(place, "%s must hold lines of the form name: value", last(place))
		return false
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, pair := range pairs {
		name := pair.Key.GetToken().Value
		at := place + "." + name
		r.lines[at] = pair.Key.GetToken().Position.Line
		element := reflect.New(v.Type().Elem()).Elem()
		if r.decode(pair.Value, element, at) {
			v.SetMapIndex(reflect.ValueOf(name), element)
		}
	}
	return true
}

func (r *reader) fillSlice(node ast.Node, v reflect.Value, place string) bool {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		r.fault(place, "%s must be a list, as [a, b]", last(place))
		return false
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list.Values), len(list.Values)))
	for i, element := range list.Values {
		r.decode(element, v.Index(i), fmt.Sprintf("%s[%d]", place, i))
	}
	return true
}

func (r *reader) fillScalar(node ast.Node, v reflect.Value, place string) bool {
	switch n := node.(type) {
	case *ast.StringNode:
		if v.Kind() == reflect.String {
			v.SetString(n.Value)
			return true
		}
	case *ast.LiteralNode:
		if v.Kind() == reflect.String {
			v.SetString(strings.TrimSpace(n.Value.Value))
			return true
		}
	case *ast.BoolNode:
		if v.Kind() == reflect.Bool {
			v.SetBool(n.Value)
			return true
		}
	case *ast.IntegerNode:
		number, err := strconv.ParseInt(fmt.Sprint(n.Value), 10, 64)
		if v.CanInt() && err == nil && number >= math.MinInt32 && number <= math.MaxInt32 {
			v.SetInt(number)
			return true
		}
	}
	switch want := map[reflect.Kind]string{reflect.Bool: "true or false", reflect.Int: "a whole number"}[v.Kind()]; {
	case want != "":
		r.fault(place, "%s must be %s", last(place), want)
	default:
		r.fault(place, "%s must be text; put it in quotes if it looks like something else", last(place))
	}
	return false
}

func (r *reader) fillText(node ast.Node, into encoding.TextUnmarshaler, place string) bool {
	scalar, ok := node.(ast.ScalarNode)
	if !ok {
		r.fault(place, "%s must be a single value", last(place))
		return false
	}
	text := fmt.Sprint(scalar.GetValue())
	err := into.UnmarshalText([]byte(text))
	if err == nil {
		return true
	}
	var refusal *workflows.Error
	if errors.As(err, &refusal) { // the only values of the core that read themselves are dates
		r.fault(place, "%q is no date; write it as 2026-11-30", text)
	} else {
		r.fault(place, "%v", err)
	}
	return false
}

// mapping gives the pairs of a node that has any.
func mapping(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// startLine finds the line on which a node begins; the library's token of a mapping is its first colon.
func startLine(node ast.Node) int {
	if pairs, ok := mapping(node); ok && len(pairs) > 0 {
		return pairs[0].Key.GetToken().Position.Line
	}
	return node.GetToken().Position.Line
}

// key is how the file calls a field.
func key(f reflect.StructField) string {
	for _, tag := range []string{"yaml", "json"} {
		if name, _, _ := strings.Cut(f.Tag.Get(tag), ","); name != "" {
			return name
		}
	}
	return strings.ToLower(f.Name)
}

// last is what to call the end of a place.
func last(place string) string {
	if strings.HasSuffix(place, "]") {
		return "each entry of " + last(parent(place))
	}
	return place[strings.LastIndexByte(place, '.')+1:]
}

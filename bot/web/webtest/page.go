package webtest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// node is an element of a page, or a text when its name is empty.
type node struct {
	name string
	attr map[string]string
	kids []*node
	text string
}

// parse reads what the web chat writes. Its templates close what they open, so that an XML reader that knows HTML's empty elements is
// enough; a page that it cannot read is a fault of the templates.
func parse(html string) (*node, error) {
	d := xml.NewDecoder(strings.NewReader(html))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &node{}
	open := []*node{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if len(open) != 1 {
				return nil, fmt.Errorf("<%s> is not closed", open[len(open)-1].name)
			}
			return root, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read page: %w", err)
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				n.attr[a.Name.Local] = a.Value
			}
			top.kids = append(top.kids, n)
			open = append(open, n)
		case xml.EndElement:
			if len(open) == 1 || top.name != token.Name.Local {
				return nil, fmt.Errorf("</%s> closes <%s>", token.Name.Local, top.name)
			}
			open = open[:len(open)-1]
		case xml.CharData:
			top.kids = append(top.kids, &node{text: string(token)})
		}
	}
}

// all lists the elements below n that want says.
func (n *node) all(want func(*node) bool) []*node {
	var list []*node
	for _, kid := range n.kids {
		if kid.name != "" && want(kid) {
			list = append(list, kid)
		}
		list = append(list, kid.all(want)...)
	}
	return list
}

func (n *node) first(want func(*node) bool) *node {
	if list := n.all(want); len(list) > 0 {
		return list[0]
	}
	return nil
}

func (n *node) has(class string) bool {
	for _, c := range strings.Fields(n.attr["class"]) {
		if c == class {
			return true
		}
	}
	return false
}

// words is all that can be read in n, in order.
func (n *node) words() string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	n.write(&b)
	return strings.TrimSpace(b.String())
}

func (n *node) write(b *strings.Builder) {
	if _, hidden := n.attr["hidden"]; hidden {
		return
	}
	b.WriteString(n.text)
	for _, kid := range n.kids {
		kid.write(b)
		switch kid.name {
		case "dt", "span", "label", "h2", "h3", "p", "li", "option":
			b.WriteString(" ")
		}
	}
}

func element(name string) func(*node) bool { return func(n *node) bool { return n.name == name } }
func class(name string) func(*node) bool   { return func(n *node) bool { return n.has(name) } }
func id(name string) func(*node) bool      { return func(n *node) bool { return n.attr["id"] == name } }
func with(attr, value string) func(*node) bool {
	return func(n *node) bool { return n.attr[attr] == value }
}

// values gives what a form would send, as a browser does.
func (n *node) values() map[string]string {
	values := map[string]string{}
	for _, input := range n.all(func(n *node) bool { return n.attr["name"] != "" }) {
		name := input.attr["name"]
		switch input.name {
		case "input":
			_, checked := input.attr["checked"]
			switch kind := input.attr["type"]; {
			case kind == "file", (kind == "radio" || kind == "checkbox") && !checked:
			case kind == "checkbox":
				values[name] = strings.TrimPrefix(values[name]+" "+input.attr["value"], " ")
			default:
				values[name] = input.attr["value"]
			}
		case "textarea":
			values[name] = strings.TrimPrefix(input.plain(), "\n") // a browser drops the first line end
		case "select":
			values[name] = ""
			for i, option := range input.all(element("option")) {
				if _, selected := option.attr["selected"]; selected || i == 0 {
					values[name] = option.attr["value"]
				}
			}
		}
	}
	return values
}

func (n *node) plain() string {
	text := n.text
	for _, kid := range n.kids {
		text += kid.plain()
	}
	return text
}

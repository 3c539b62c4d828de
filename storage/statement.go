package storage

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// args are the values of a statement's names: @name, or @name::type.
type args map[string]any

// with puts arguments together that statements share and such as are their own.
func with(some ...args) args {
	n := 0
	for _, a := range some {
		n += len(a)
	}
	all := make(args, n)
	for _, a := range some {
		maps.Copy(all, a)
	}
	return all
}

// RewriteQuery has pgx send a statement on its own.
func (a args) RewriteQuery(_ context.Context, _ *pgx.Conn, sql string, _ []any) (string, []any, error) {
	s := read(sql)
	values, err := s.values(a, 0)
	return s.alone, values, err
}

// statement is the text of one as Postgres takes it, in two forms. One that reads FROM @each may be sent once for many: @each are then
// those for whom it is sent, a row for each with their own values, and @n is which of them a row of its result belongs to. On its own it
// is the same statement with the values in their places.
//
// So a press is written down once, and costs no more for it: on its own Postgres plans it as if there were no @each, and for many it
// starts each statement once.
type statement struct {
	alone, many string
	names       []string // in the order of their numbers
	types       []string // as they are cast where they first stand; '': nowhere
	sql         string
}

// who tells, among the results of a statement with @each, for whom a row is.
const who = "n"

// What is no name, as a text between quotes, is passed over.
var names = regexp.MustCompile(`'[^']*'|@([a-z_]+)(?:::([a-z]+(?:\[\])?))?`)

var statements sync.Map // what was read so far, by the text

// read finds the names of a statement. A name's first place says its type where the statement has @each.
func read(sql string) *statement {
	if known, ok := statements.Load(sql); ok {
		return known.(*statement)
	}
	s := &statement{sql: sql}
	numbers := map[string]int{}
	number := func(name, cast string) int {
		if _, known := numbers[name]; !known {
			s.names, s.types = append(s.names, name), append(s.types, cast)
			numbers[name] = len(s.names)
		}
		return numbers[name]
	}
	replaced := func(each, name func(name, cast string) string) string {
		return names.ReplaceAllStringFunc(sql, func(found string) string {
			switch part := names.FindStringSubmatch(found); {
			case part[1] == "":
				return found
			case part[0] == "@each":
				return each("", "")
			default:
				return name(part[1], part[2])
			}
		})
	}
	cast := func(to string) string {
		if to == "" {
			return ""
		}
		return "::" + to
	}
	s.alone = replaced(
		func(string, string) string { return "(SELECT) AS each" },
		func(name, to string) string { return "$" + strconv.Itoa(number(name, to)) + cast(to) })
	if s.forMany() {
		var arrays []string
		for i, to := range s.types {
			arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+1, to))
		}
		rows := "unnest(" + strings.Join(arrays, ", ") + ") AS each (\"" + strings.Join(s.names, `", "`) + "\")"
		s.many = replaced(
			func(string, string) string { return rows },
			func(name, _ string) string { return `each."` + name + `"` })
	}
	known, _ := statements.LoadOrStore(sql, s)
	return known.(*statement)
}

func (s *statement) forMany() bool { return strings.Contains(s.sql, "@each") }

// values puts a statement's values in their order. Every name has one, and every value a name.
func (s *statement) values(a args, n int) ([]any, error) {
	values := make([]any, len(s.names))
	given := 0
	for i, name := range s.names {
		v, ok := a[name]
		switch {
		case ok:
			given++
		case name == who && s.forMany():
			v = n
		default:
			return nil, fmt.Errorf("no value is given for @%s in %s", name, s.sql)
		}
		values[i] = v
	}
	if given != len(a) {
		return nil, fmt.Errorf("%d values are given and %d are used in %s", len(a), given, s.sql)
	}
	return values, nil
}

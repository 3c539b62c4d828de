package workflowtest

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

var update = flag.Bool("update", false, "renew the golden files")

// Options say which kind is tested, and what is its own.
type Options struct {
	Kind  workflows.KindName
	Check func(m *Memory, r workflows.Request) error       // what must hold of a request after each change, beside what does for all
	Draw  func(t *rapid.T, m *Memory) workflows.Form       // for Walk: any form, of which some can be sent
	Texts []string                                         // for Texts: the keys that the code puts together while it runs
	load  func(name string, content []byte) (Rules, error) // nil: policy.Load
}

// Play plays each transcript of a folder as a test of its own.
func Play(t *testing.T, dir string, o Options) {
	t.Helper()
	for _, file := range files(t, dir, "*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a := o.open(t, file)
			a.play(t, NewMemory(t, a.rules))
		})
	}
}

// files lists the files of a folder that a pattern finds; to find none is a fault of the test.
func files(t *testing.T, dir, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("no %s in %s: %v", pattern, dir, err)
	}
	return found
}

// archive is a file of transcripts with the policy that they go by: its lines, and further parts by name.
type archive struct {
	Options
	file  string
	rules Rules
	lines string
	parts map[string]string
}

const policyPart = "policy.yaml"

func (o Options) open(t *testing.T, file string) archive {
	t.Helper()
	parsed, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := archive{Options: o, file: file, lines: string(parsed.Comment), parts: map[string]string{}}
	var content []byte
	for _, part := range parsed.Files {
		if _, twice := a.parts[part.Name]; twice {
			t.Fatalf("%s: the part %s is there twice", file, part.Name)
		}
		a.parts[part.Name] = string(part.Data)
		if part.Name == policyPart {
			content = part.Data
		}
	}
	if a.load == nil {
		a.load = func(name string, content []byte) (Rules, error) { return policy.Load(name, content) }
	}
	if a.rules, err = a.load(policyPart, content); err != nil { // without a section, the shipped one's is taken
		t.Fatalf("%s: %v", file, err)
	}
	return a
}

// play plays the lines before the first part.
func (a archive) play(t T, m *Memory, how ...func(*script)) *script {
	t.Helper()
	s := &script{Memory: m, t: t, kind: a.Kind, wordings: map[workflows.KindName]wording{}}
	for _, set := range how {
		set(s)
	}
	m.t, m.Check = s, a.Check
	m.heard = func(d workflows.Decision) { s.hear(d.Notices) }
	s.playAll(a.file, a.lines)
	return s
}

// script is a transcript being played.
type script struct {
	*Memory
	t        T
	at       string             // the line being played
	kind     workflows.KindName // that is tested
	quiet    bool               // nothing is shown, since only what becomes of the requests is looked at
	actor    workflows.Actor
	number   string // of the request that presses are about
	rows     []workflows.Row
	told     []told // by the line before
	notices  []workflows.Notice
	wordings map[workflows.KindName]wording
}

// A script is where Memory's faults are told, with the line at which they came about.

func (s *script) Helper() { s.t.Helper() }

func (s *script) Fatal(args ...any) {
	s.t.Helper()
	s.Fatalf("%s", fmt.Sprint(args...))
}

func (s *script) Fatalf(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s\n\t%s", s.at, fmt.Sprintf(format, args...))
}

func (s *script) playAll(file, lines string) {
	s.t.Helper()
	for i, text := range strings.Split(lines, "\n") {
		s.at = fmt.Sprintf("%s:%d: %s", file, i+1, text)
		if words := split(text); len(words) > 0 && !strings.HasPrefix(text, "#") {
			s.play(words)
		}
	}
}

// request is a line that asks for something and may be refused; check one that may not.
type (
	request struct {
		least int // words after the command
		do    func(s *script, args []string) error
	}
	check struct {
		least int
		do    func(s *script, args []string)
	}
)

var requests = map[string]request{
	"press":   {1, (*script).press},
	"edit":    {0, (*script).edit},
	"add":     {0, (*script).add},
	"preview": {0, (*script).preview},
}

var checks = map[string]check{
	"as":      {1, (*script).as},
	"file":    {1, (*script).file},
	"rate":    {3, (*script).rate},
	"account": {2, (*script).account},
	"on":      {1, (*script).on},
	"at":      {2, (*script).setTime},
	"next":    {1, (*script).next},
	"person":  {2, (*script).column},
	"grant":   {4, (*script).grant},
	"holiday": {3, (*script).holiday},

	"said":    {1, (*script).said},
	"state":   {2, (*script).state},
	"steps":   {1, (*script).stepsAre},
	"note":    {2, (*script).noteIs},
	"waits":   {1, (*script).waitsFor},
	"turn":    {3, (*script).turnIs},
	"title":   {2, (*script).titleIs},
	"row":     {2, (*script).rowIs},
	"norow":   {2, (*script).noRow},
	"offers":  {2, (*script).offers},
	"buttons": {1, (*script).buttonsAre},
	"notice":  {1, (*script).noticeIs},
	"due":     {2, (*script).dueIs},
	"audit":   {1, (*script).auditIs},
	"balance": {3, (*script).balanceIs},
	"booked":  {2, (*script).bookedIs},
	"pays":    {4, (*script).paysIs},
	"closed":  {2, (*script).closedIs},
	"holds":   {1, (*script).holdsIs},
}

func (s *script) play(words []string) {
	s.t.Helper()
	refused := words[0] == "!"
	if refused {
		words = words[1:]
	}
	if len(words) == 0 {
		s.Fatalf("what is refused?")
	}
	command, args := words[0], words[1:]
	asks, ok := requests[command]
	if kind, slashed := strings.CutPrefix(command, "/"); slashed {
		asks, ok = request{0, func(s *script, args []string) error { return s.submit(workflows.KindName(kind), args) }}, true
	}
	if ok {
		s.enough(args, asks.least)
		s.notices = nil
		err := asks.do(s, args)
		s.told = toldBy(err)
		if (err != nil) != refused {
			s.Fatalf("refused: %v", err)
		}
		return
	}
	known, ok := checks[command]
	if !ok || refused {
		s.Fatalf("no such command")
	}
	s.enough(args, known.least)
	known.do(s, args)
}

func (s *script) enough(args []string, least int) {
	s.t.Helper()
	if len(args) < least {
		s.Fatalf("%d more words are needed", least-len(args))
	}
}

// split cuts a line into words. What stands between single quotes belongs to one word, \n in it is the end of a line.
func split(text string) []string {
	var words []string
	var word strings.Builder
	begun := false
	for i, part := range strings.Split(text, "'") {
		if i%2 == 1 {
			word.WriteString(strings.ReplaceAll(part, `\n`, "\n"))
			begun = true
			continue
		}
		for j, piece := range strings.FieldsFunc(part, isSpace) {
			if begun && (j > 0 || isSpace(rune(part[0]))) {
				words = append(words, word.String())
				word.Reset()
			}
			word.WriteString(piece)
			begun = true
		}
		if begun && part != "" && isSpace(rune(part[len(part)-1])) {
			words = append(words, word.String())
			word.Reset()
			begun = false
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}

func isSpace(r rune) bool { return r == ' ' || r == '\t' }

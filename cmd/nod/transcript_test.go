package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/policy"
)

// Each file of testdata/chat is played by people of the sample company in the web chat of the real program, a process over a real
// Postgres and Redis. Each file of a kind's testdata/chat is played in every chat and in every language that nod speaks:
//
//	as NO                     who acts from now on (an employee number)
//	/command words            typed
//	says words                typed without a slash
//	sends NAME [words]        a file by itself, with words under it: the part of that name, or a picture of its own
//	answer words              the same, and the beginning of what is read then is kept as it is drawn, without dates
//	open                      the form of what was said, which a chat may show as a message first
//	fill FIELD VALUE          in the open form
//	attach FIELD NAME         a file in the open form, as with sends
//	answers N                 in the open form of a test: N questions are answered right, the others wrong
//	list DO [LINE]            add_line, edit_line or remove_line of the open form's list
//	send [twice]              the open form
//	fault FIELD TEXT          the open form says so at that field
//	form [TEXT]               the open form shows it; without TEXT the form is kept as it is drawn
//	press NUMBER ACTION       a button of the newest card; "twice" at the end: a double click
//	keep NAME NUMBER ACTION   remembers a button as it is now
//	old NAME                  presses the remembered button
//	card NUMBER TEXT          the newest card reads so; "! card": it does not
//	buttons NUMBER A B …      are those of the newest card
//	look NUMBER A B …         likewise, and the card is kept as it is drawn
//	notice NUMBER A B …       a message about NUMBER that is no card has these buttons; "! notice": none has
//	tap NUMBER ACTION         presses one of such a message
//	taps NUMBER ACTION        each such message's button A is pressed, until none has it
//	told TEXT                 a private answer, or a message, reads so
//	pictured TEXT             a picture is described so
//	! told TEXT               none does
//	clock STEP                hour, morning, week
//	idle                      nothing is due any more, and nothing waits to be sent to the actor
//	later STEP TEXT           the clock is moved on by STEPs until what is due has happened and the actor reads TEXT in a message
//	hours NUMBER EVENT …      the clock is moved on by hours until the request's audit has these events, in this order
//	restart                   kill -9, and a new start
//	stop                      SIGTERM: ends within ten seconds, exit code 0; and a new start
//	nod ARGS => TEXT          the command line prints it
//
// The part clock says when the business clock begins, in Shanghai, as "$MON 10:00".
//
// TEXT may hold $MON, $TUE … of a week without holidays, as 2026-11-30, and $AGO for three days ago. What is kept as it is drawn stands in the file's parts, one for
// each chat and language, as slack.zh; times of day are left out of it, and -update writes the parts anew.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/chat/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := &play{binary: openBinary(t, strings.Fields(part(archive, "env"))...), kept: map[string]button{}, week: monday()}
			p.play(file, archive)
			t.Log("drawn:\n" + p.drawn.String())
		})
	}
}

// play plays the lines of a transcript.
func (p *play) play(file string, archive *txtar.Archive) {
	p.Helper()
	p.files = map[string][]byte{}
	for _, f := range archive.Files {
		p.files[f.Name] = []byte(p.dates(string(f.Data)))
	}
	for i, line := range strings.Split(string(archive.Comment), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := p.line(p.dates(line)); err != nil {
			p.Fatalf("%s:%d: %s\n\t%v", file, i+1, line, err)
		}
	}
}

// part is a part of a transcript; "" when it has none of that name.
func part(archive *txtar.Archive, name string) string {
	for _, f := range archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// play is a transcript being played.
type play struct {
	*binary
	who   string
	week  time.Time
	ahead time.Duration // how far the business clock is ahead of the machine's from the start
	kept  map[string]button
	drawn strings.Builder // what was kept as it is drawn
	files map[string][]byte
}

// button is a button as it was drawn at some time.
type button struct{ user, values string }

func (p *play) dates(line string) string {
	for i, day := range []string{"$MON", "$TUE", "$WED", "$THU", "$FRI", "$SAT", "$SUN"} {
		line = strings.ReplaceAll(line, day, p.week.AddDate(0, 0, i).Format(time.DateOnly))
	}
	return strings.ReplaceAll(line, "$AGO", time.Now().AddDate(0, 0, -3).Format(time.DateOnly))
}

func (p *play) line(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	ctx := p.Context()
	a, b, _ := strings.Cut(rest, " ")
	switch {
	case strings.HasPrefix(line, "/"):
		return p.Type(ctx, p.who, line)
	case word == "says":
		return p.Type(ctx, p.who, rest)
	case word == "sends":
		return p.SendFiles(ctx, p.who, b, p.file(a))
	case word == "attach":
		return p.Attach(ctx, p.who, a, p.file(b))
	case word == "answer":
		return p.answer(rest)
	case word == "as":
		p.who = rest
	case word == "fill":
		return p.Change(ctx, p.who, map[string]string{a: b})
	case word == "open":
		return p.open()
	case word == "list":
		return p.list(bot.LineEvent(a), b)
	case word == "send":
		return p.Send(ctx, p.who, times(rest))
	case word == "press":
		action, how, _ := strings.Cut(b, " ")
		p.settled(p.who)
		card := p.sees(p.who, a, "")
		return p.Press(ctx, p.who, card.Reference, action, times(how))
	case word == "keep":
		number, action, _ := strings.Cut(b, " ")
		p.settled(p.who)
		values, err := p.web.ButtonValues(ctx, p.who, p.sees(p.who, number, "").Reference, action)
		p.kept[a] = button{p.who, values}
		return err
	case word == "old":
		return p.web.PressValues(ctx, p.who, p.kept[a].values)
	case word == "card":
		p.sees(p.who, a, b)
	case line == "! card "+strings.TrimPrefix(line, "! card "):
		number, text, _ := strings.Cut(strings.TrimPrefix(line, "! card "), " ")
		screen, err := p.Screen(ctx, p.who)
		if m, ok := screen.Message(number); err != nil || ok && strings.Contains(m.Text, text) {
			return fmt.Errorf("there it is (%v): %s", err, m.Text)
		}
	case word == "buttons" || word == "look":
		card := p.shows(p.who, a, "the buttons "+b, func(m bottest.Shown) bool {
			var have []string
			for _, button := range m.Buttons {
				have = append(have, button.Action)
			}
			return strings.Join(have, " ") == b
		})
		if word == "look" {
			p.keep(a, card.Text)
		}
	case word == "notice":
		p.notice(a, func(have []string) bool { return slices.Equal(have, strings.Fields(b)) }, true)
	case strings.HasPrefix(line, "! notice "):
		number, buttons, _ := strings.Cut(strings.TrimPrefix(line, "! notice "), " ")
		p.notice(number, func(have []string) bool { return slices.Equal(have, strings.Fields(buttons)) }, false)
	case word == "tap":
		return p.Press(ctx, p.who, p.notice(a, func(have []string) bool { return slices.Contains(have, b) }, true).Reference, b, 1)
	case word == "taps":
		return p.tapAll(a, b)
	case word == "pictured":
		p.seesPicture(p.who, rest)
	case word == "told":
		p.hears(p.who, rest)
	case strings.HasPrefix(line, "! told "):
		screen, err := p.Screen(ctx, p.who)
		if err != nil || screen.Says(strings.TrimPrefix(line, "! told ")) {
			return fmt.Errorf("there it is (%v):\n%s", err, screen)
		}
	case word == "form" || word == "fault":
		return p.form(word, rest)
	case word == "clock":
		return p.web.MoveClock(ctx, p.who, rest)
	case word == "idle":
		p.idle()
	case word == "answers":
		return p.answers(rest)
	case word == "later":
		return p.later(a, b)
	case word == "hours":
		return p.hours(a, strings.Fields(b))
	case word == "restart":
		p.kill()
		p.start()
	case word == "stop":
		return p.stop()
	case word == "nod":
		command, want, _ := strings.Cut(rest, " => ")
		if out := p.nod(strings.Fields(command)...); !strings.Contains(out, want) {
			return fmt.Errorf("it printed\n%s", out)
		}
	default:
		return fmt.Errorf("what is %q?", word)
	}
	return nil
}

// photo is a picture that is another for each name.
func photo(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	img := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range img.Pix {
		img.Pix[i] = sum[i%len(sum)]
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // a buffer takes all
	}
	return b.Bytes()
}

// open waits for a form, or for the message that stands for one, which it opens.
func (p *play) open() error {
	var screen bottest.Screen
	var err error
	if !within(func() bool {
		if screen, err = p.Screen(p.Context(), p.who); err != nil || screen.Form != nil {
			return true
		}
		if n := len(screen.Messages) - 1; n >= 0 && screen.Messages[n].Has("change") {
			err = p.Press(p.Context(), p.who, screen.Messages[n].Reference, "change", 1)
		}
		return err != nil
	}) {
		return fmt.Errorf("no form opens; they see\n%s", screen)
	}
	return err
}

// notice waits until there is a message about a number that is no card and has such buttons, the oldest of which it gives; or until there
// is none.
func (p *play) notice(number string, such func(buttons []string) bool, there bool) bottest.Shown {
	p.Helper()
	what := "such a notice of " + number
	if !there {
		what = "that there is no " + what
	}
	screen := await(p.T, p, p.who, what, func(s bottest.Screen) bool { return (noticeOn(s, number, such) >= 0) == there })
	if i := noticeOn(screen, number, such); i >= 0 {
		return screen.Messages[i]
	}
	return bottest.Shown{}
}

// noticeOn finds a message about a request that is no card and has such buttons; below zero: there is none.
func noticeOn(screen bottest.Screen, number string, such func(buttons []string) bool) int {
	return slices.IndexFunc(screen.Messages, func(m bottest.Shown) bool {
		var have []string
		for _, b := range m.Buttons {
			have = append(have, b.Action)
		}
		return m.Number == "" && strings.Contains(m.Text, number) && such(have)
	})
}

// tapAll presses a button on each message about a request that is no card, until none has it any more: two of a moment come as one.
func (p *play) tapAll(number, button string) error {
	has := func(have []string) bool { return slices.Contains(have, button) }
	var screen bottest.Screen
	var err error
	if !within(func() bool {
		if screen, err = p.Screen(p.Context(), p.who); err != nil {
			return true
		}
		i := noticeOn(screen, number, has)
		if i >= 0 {
			err = p.Press(p.Context(), p.who, screen.Messages[i].Reference, button, 1)
		}
		return i < 0 || err != nil
	}) {
		return fmt.Errorf("%s stays on a message about %s:\n%s", button, number, screen)
	}
	return err
}

// file is a file of the transcript's, or a picture that has its name.
func (p *play) file(name string) bottest.File {
	content, ok := p.files[name]
	if !ok {
		content = photo(name)
	}
	return bottest.File{Name: name, Content: content}
}

// list presses what acts on a list, and waits until the form shows other lines or another open one.
func (p *play) list(do bot.LineEvent, line string) error {
	lines := func() (string, error) {
		screen, err := p.Screen(p.Context(), p.who)
		if err != nil || screen.Form == nil {
			return "", fmt.Errorf("no form is open (%v):\n%s", err, screen)
		}
		return fmt.Sprint(screen.Form.Open, screen.Form.Lines), nil
	}
	before, err := lines()
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(line)
	if err := p.List(p.Context(), p.who, do, n); err != nil {
		return err
	}
	var now string
	if !within(func() bool { now, err = lines(); return err != nil || now != before }) {
		return fmt.Errorf("the list stays as it was: %s", before)
	}
	return err
}

// form waits until the open form shows a text, at a field or anywhere: a chat may draw it a moment after it was filled in.
func (p *play) form(word, rest string) error {
	field, text, _ := strings.Cut(rest, " ")
	var screen bottest.Screen
	var err error
	shown := within(func() bool {
		if screen, err = p.Screen(p.Context(), p.who); err != nil || screen.Form == nil {
			return true
		}
		if word == "fault" {
			return screen.Form.Faults[field] != "" && strings.Contains(screen.Form.Faults[field], text)
		}
		return strings.Contains(screen.Form.Title+"\n"+screen.Form.Text, rest)
	})
	switch {
	case err != nil || screen.Form == nil:
		return fmt.Errorf("no form is open (%v):\n%s", err, screen)
	case !shown:
		return fmt.Errorf("the form shows\n%s\nand the faults are %v", screen.Form.Text, screen.Form.Faults)
	case rest == "":
		p.keep(screen.Form.Title, screen.Form.Text)
	}
	return nil
}

// clock is a time of day as cards write it, with its date, or as the web chat does above a message.
var clock = regexp.MustCompile(`([A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2}, |\d{1,2}月\d{1,2}日（周.）|^nod )\d\d:\d\d`)

// keep keeps what somebody sees as it is drawn, without dates, which are others every day, and without empty lines.
func (p *play) keep(what, text string) {
	fmt.Fprintf(&p.drawn, "%s reads %s:\n", p.who, aDate.ReplaceAllString(what, "…"))
	for line := range strings.Lines(text) {
		line = aDate.ReplaceAllString(clock.ReplaceAllString(line, "…"), "…")
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintf(&p.drawn, "\t%s\n", line)
		}
	}
}

// aDate is a date as people read it, or several of which the month may be named once.
var aDate = regexp.MustCompile(`([A-Z][a-z]{2} \d{1,2}( [A-Z][a-z]{2})? – )?[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2}( \d{4})?|` +
	`\d{1,2}月\d{1,2}日(（周.）| 周.)?|\d{4}-\d{2}-\d{2}`)

// answerLines are those that are kept of an answer: what it says, and the beginning of what it shows.
const answerLines = 4

// answer types a line and keeps what its writer reads then: a private answer, or a message where a chat has none.
func (p *play) answer(line string) error {
	ctx := p.Context()
	before, err := p.Screen(ctx, p.who)
	if err != nil {
		return err
	}
	if err := p.Type(ctx, p.who, line); err != nil {
		return err
	}
	text := ""
	await(p.T, p, p.who, "an answer", func(s bottest.Screen) bool {
		for _, lists := range [][2][]bottest.Shown{{before.Private, s.Private}, {before.Messages, s.Messages}} {
			if n := len(lists[1]); n > len(lists[0]) {
				text = lists[1][n-1].Text
				return true
			}
		}
		return false
	})
	lines := strings.SplitAfterN(strings.TrimSpace(text), "\n", answerLines+1)
	text = strings.Join(lines[:min(len(lines), answerLines)], "")
	p.keep(line, text)
	return nil
}

// hours moves the clock on until what is due has happened. After each hour the program gets a moment to notice.
func (p *play) hours(number string, want []string) error {
	store := storagetest.Connect(p, p.db)
	look := time.NewTicker(60 * time.Millisecond)
	defer look.Stop()
	var have []string
	for range 24 * 14 {
		refs, err := store.Find(p.Context(), number)
		if err != nil || len(refs) != 1 {
			return fmt.Errorf("%s: %v, %v", number, refs, err)
		}
		rows, err := store.Audit(p.Context(), refs[0].ID)
		if err != nil {
			return err
		}
		have = have[:0]
		for _, a := range rows {
			have = append(have, string(a.Event))
		}
		if slices.Equal(have, want) {
			return nil
		}
		if err := p.web.MoveClock(p.Context(), p.who, "hour"); err != nil {
			return err
		}
		<-look.C
	}
	return fmt.Errorf("in two weeks there were %v", have)
}

func times(how string) int {
	if how == "twice" {
		return 2
	}
	return 1
}

// stop asks the program to end, while a page is open, and starts it again.
func (b *binary) stop() error {
	live, err := http.Get("http://" + b.addr + "/live/E003") // an open stream must not hold it up
	if err != nil {
		return err
	}
	defer live.Body.Close()
	begin := time.Now()
	if err := b.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-b.ended:
	case <-time.After(10 * time.Second):
		return fmt.Errorf("it still runs %s after SIGTERM", time.Since(begin))
	}
	if code := b.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("it ended with exit code %d", code)
	}
	b.start()
	return nil
}

// I11: whatever happened, the output of the program holds no password and nothing that people wrote.
func TestI11OutputHoldsNoSecret(t *testing.T) {
	t.Parallel()
	b := openBinary(t, "NOD_LOG=debug")
	b.ask("E003", "annual "+days(monday(), 2)+" a-very-private-reason")
	b.sees("E011", "LV-1", "a-very-private-reason")
	out := b.output.String() + b.nod("version")
	for _, secret := range []string{"nod_test_serve:", "a-very-private-reason", "@lantern"} {
		if strings.Contains(out, secret) {
			t.Errorf("the output holds %q:\n%s", secret, out)
		}
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "serve")
	cmd.Env = []string{"NOD_RUN_MAIN=1", "DATABASE_URL=postgres://nod:hunter2@127.0.0.1:1/nod", "GORACE=atexit_sleep_ms=0"}
	said, err := cmd.CombinedOutput()
	if err == nil || bytes.Contains(said, []byte("hunter2")) {
		t.Errorf("serving without a database: %v\n%s", err, said)
	}
}

// later moves the clock on until somebody reads a text. After each step the program does all that is due.
func (p *play) later(step, text string) error {
	var screen bottest.Screen
	reads := func() bool {
		return slices.ContainsFunc(screen.Messages, func(m bottest.Shown) bool { return strings.Contains(m.Text, text) })
	}
	for range 60 {
		p.idle()
		var err error
		if screen, err = p.Screen(p.Context(), p.who); err != nil || reads() {
			return err
		}
		if err := p.web.MoveClock(p.Context(), p.who, step); err != nil {
			return err
		}
	}
	return fmt.Errorf("they see\n%s", screen)
}

// idle waits until nothing is due by the business clock, and nothing waits to be sent to whoever acts.
func (p *play) idle() {
	p.Helper()
	ctx := p.Context()
	conn, err := pgx.Connect(ctx, p.db.Owner)
	p.must(err)
	defer conn.Close(ctx)
	var due, sending int
	if !within(func() bool {
		p.must(conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM due d
				WHERE d.at <= now() + (coalesce((SELECT offset_us FROM web_clock), 0) + $2) * interval '1 microsecond'),
			(SELECT count(*) FROM cards c JOIN bindings b ON b.id = c.binding_id WHERE b.user_id = $1 AND c.wanted > c.shown AND NOT c.dead)
			+ (SELECT count(*) FROM notices n JOIN bindings b ON b.id = n.binding_id WHERE b.user_id = $1 AND n.sent_at IS NULL)`,
			p.Address(p.who).User, p.ahead.Microseconds()).Scan(&due, &sending))
		return due+sending == 0
	}) {
		p.Fatalf("%d items are still due, and %d messages wait to be sent to %s", due, sending, p.who)
	}
}

// answers fills in the open form of a test.
func (p *play) answers(right string) error {
	screen, err := p.Screen(p.Context(), p.who)
	if err != nil || screen.Form == nil {
		return fmt.Errorf("no form is open (%v):\n%s", err, screen)
	}
	n, _ := strconv.Atoi(right)
	kind, _ := policy.Default().Kind("onboarding")
	var shipped struct {
		Tests []plan.Test `json:"tests"`
	}
	p.must(json.Unmarshal(kind.Policy, &shipped))
	filled := map[string]string{}
	for _, test := range shipped.Tests {
		for _, q := range test.Questions {
			for i := range 20 {
				asked := strings.Contains(screen.Form.Text, fmt.Sprintf("%d. %s", i+1, q.Ask.En)) ||
					strings.Contains(screen.Form.Text, fmt.Sprintf("%d. %s", i+1, q.Ask.Zh))
				if !asked {
					continue
				}
				filled[fmt.Sprintf("q%d", i+1)] = answerTo(q, i < n)
			}
		}
	}
	if len(filled) == 0 {
		return fmt.Errorf("no question of a test is asked:\n%s", screen.Form.Text)
	}
	return p.Change(p.Context(), p.who, filled)
}

// answerTo is a right or a wrong answer.
func answerTo(q plan.Question, right bool) string {
	switch {
	case q.Number != nil && right:
		return strconv.FormatInt(*q.Number, 10)
	case q.Number != nil:
		return strconv.FormatInt(*q.Number+q.Within+1, 10)
	case len(q.Right) > 1 && right:
		var letters string
		for _, n := range q.Right {
			letters += string(rune('A' + n - 1))
		}
		return letters
	case len(q.Right) > 1:
		return string(rune('A' + q.Right[0] - 1))
	case right:
		return strconv.Itoa(q.Right[0])
	}
	return strconv.Itoa(q.Right[0]%len(q.Options) + 1)
}

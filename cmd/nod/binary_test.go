package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/bot/web/webtest"
	"github.com/nod-chat/nod/cmd/nod/sample"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// binary is the real program as a process of its own, with the sample company, used through the pages of its web chat unless the test
// puts another chat in its place.
type binary struct {
	*testing.T
	bottest.Driver
	web     *webtest.Driver
	db      storagetest.Database
	redis   string
	trap    *trap // stands between the program and its database
	addr    string
	admin   string
	extra   []string
	command string
	cmd     *exec.Cmd
	ended   chan struct{}
	output  output
	sockets *slacktest.Server // whose sockets it opens; nil: it opens none
}

// output collects what the program prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// openBinary starts the demonstration over a database of its own; it ends with the test, which then checks what must hold at all times.
func openBinary(t *testing.T, extra ...string) *binary {
	t.Helper()
	return openCommand(t, "demo", extra...)
}

// openCommand starts a subcommand that serves.
func openCommand(t *testing.T, command string, extra ...string) *binary {
	t.Helper()
	b := prepareCommand(t, command, extra...)
	b.start()
	return b
}

// prepareCommand makes all ready for a subcommand that serves, but does not start it yet.
func prepareCommand(t *testing.T, command string, extra ...string) *binary {
	t.Helper()
	b := &binary{T: t, db: storagetest.New(t), redis: ownRedis(t), command: command, extra: extra}
	if command == "serve" {
		if err := sample.Load(t.Context(), storagetest.Connect(t, b.db), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	b.trap = newTrap(t, b.db.URL)
	b.addr, b.admin = freeAddress(t), freeAddress(t)
	b.web = webtest.New("http://"+b.addr, nil)
	b.Driver = b.web
	t.Cleanup(func() {
		b.check()
		if b.cmd != nil {
			b.kill()
		}
		if t.Failed() {
			t.Logf("the program said:\n%s", b.output.String())
		}
	})
	return b
}

var ports atomic.Int32

// freeAddress gives an address that no other test gets, below the ports that systems hand out by themselves, which somebody else's connection
// could take before the program listens there, or while it is killed and started again.
func freeAddress(t *testing.T) string {
	t.Helper()
	const first, count = 20_000, 12_000
	for range count {
		address := fmt.Sprintf("127.0.0.1:%d", first+(os.Getpid()*101+int(ports.Add(1)))%count)
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

func (b *binary) env() []string {
	return append([]string{"NOD_RUN_MAIN=1", "DATABASE_URL=" + b.trap.url, "NOD_MIGRATE_DATABASE_URL=" + b.db.Migrator, "REDIS_URL=" + b.redis,
		"NOD_ADDR=" + b.addr, "NOD_ADMIN_ADDR=" + b.admin, "GORACE=atexit_sleep_ms=0", "TZ=UTC"}, b.extra...)
}

// start runs the program and waits until it is ready.
func (b *binary) start() {
	b.Helper()
	b.cmd = exec.Command(os.Args[0], b.command)
	b.cmd.Env = b.env()
	b.cmd.Stdout, b.cmd.Stderr = &b.output, &b.output
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := b.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended, cmd := make(chan struct{}), b.cmd
	b.ended = ended
	go func() { cmd.Wait(); close(ended) }()
	awaitReady(b.T, b.admin, ended, &b.output)
	b.awaitSockets(2)
}

// ready is what the program says of itself at /readyz.
func (b *binary) ready() map[string]string {
	b.Helper()
	r, err := http.Get("http://" + b.admin + "/readyz")
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	var parts map[string]string
	if err := json.NewDecoder(r.Body).Decode(&parts); err != nil {
		b.Fatal(err)
	}
	return parts
}

// kill ends the program as kill -9 does.
func (b *binary) kill() {
	b.cmd.Process.Kill()
	<-b.ended
	b.awaitSockets(0)
}

// awaitSockets waits until Slack has so many sockets of the program: it is ready before they are open.
func (b *binary) awaitSockets(n int) {
	b.Helper()
	if b.sockets == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second) // also while a test ends
	defer cancel()
	if err := b.sockets.AwaitSockets(ctx, n); err != nil {
		b.Fatal(err)
	}
}

// nod runs a command line over the same database.
func (b *binary) nod(args ...string) string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0], args...)
	cmd.Env = b.env()
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("nod %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// check verifies the audit by the program's own command, and that no card or notice went out twice.
func (b *binary) check() {
	ctx := context.Background()
	cmd := exec.CommandContext(ctx, os.Args[0], "audit", "verify")
	cmd.Env = append(b.env(), "DATABASE_URL="+b.db.URL)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Errorf("I5: nod audit verify: %v\n%s", err, out)
	}
	conn, err := pgx.Connect(ctx, b.db.Owner)
	if err != nil {
		b.Error(err)
		return
	}
	defer conn.Close(ctx)
	for what, sql := range map[string]string{
		"I6: a card was posted twice": `SELECT count(*) FROM (SELECT m.user_id, m.body -> 'card' ->> 'number' FROM web_messages m
			WHERE m.body -> 'card' ->> 'number' IS NOT NULL AND m.body #>> '{card,folded}' IS DISTINCT FROM 'true' GROUP BY 1, 2 HAVING count(*) > 1) x`,
		"I6: more notices were posted than there are":                       `SELECT greatest(0, (SELECT count(*) FROM web_messages m WHERE m.body -> 'message' IS NOT NULL) - (SELECT count(*) FROM notices))`,
		"I6: a booking is used without an approval, or the other way about": `SELECT count(*) FROM bookings k JOIN subjects s ON s.id = k.subject_id WHERE k.approved <> (s.state = 'approved')`,
		"I2: a slot was decided twice": `SELECT count(*) FROM (SELECT request_id, revision, step, slot FROM turns WHERE state IN ('approved', 'rejected', 'returned')
			GROUP BY 1, 2, 3, 4 HAVING count(*) > 1) x`,
	} {
		var n int
		if err := conn.QueryRow(ctx, sql).Scan(&n); err != nil {
			b.Errorf("%s: %v", what, err)
		} else if n != 0 {
			b.Errorf("%s: %d times", what, n)
		}
	}
}

// drained waits until nothing waits to be sent.
func (b *binary) drained() {
	b.Helper()
	ctx := b.Context()
	conn, err := pgx.Connect(ctx, b.db.Owner)
	b.must(err)
	defer conn.Close(ctx)
	var n int
	if !within(func() bool {
		b.must(conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM cards WHERE wanted > shown AND NOT dead) + (SELECT count(*) FROM notices WHERE sent_at IS NULL)`).Scan(&n))
		return n == 0
	}) {
		b.Fatalf("%d messages still wait to be sent", n)
	}
}

// settled waits until no card of a user's waits to be sent: what they send themselves may post a new one, and shrink the one before to a
// line between a look at it and a press.
func (b *binary) settled(user string) {
	b.Helper()
	ctx := b.Context()
	conn, err := pgx.Connect(ctx, b.db.Owner)
	b.must(err)
	defer conn.Close(ctx)
	var n int
	if !within(func() bool {
		b.must(conn.QueryRow(ctx, `SELECT count(*) FROM cards c JOIN bindings b ON b.id = c.binding_id
			WHERE b.user_id = $1 AND b.ended_at IS NULL AND c.wanted > c.shown AND NOT c.dead`, b.Address(user).User).Scan(&n))
		return n == 0
	}) {
		b.Fatalf("%d cards of %s still wait to be sent", n, user)
	}
}

func (b *binary) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// sees waits until a user's current card of a request reads so: what a killed program had claimed is sent by the next one.
func (b *binary) sees(user, number, text string) bottest.Shown {
	b.Helper()
	return b.shows(user, number, fmt.Sprintf("%q", text), func(m bottest.Shown) bool { return strings.Contains(m.Text, text) })
}

// shows waits until a user's current card of a request is as it should be.
func (b *binary) shows(user, number, what string, ok func(bottest.Shown) bool) bottest.Shown {
	b.Helper()
	var card bottest.Shown
	await(b.T, b, user, number+" with "+what, func(s bottest.Screen) bool {
		m, found := s.Message(number)
		card = m
		return found && ok(m)
	})
	return card
}

// hears waits until a user reads a text anywhere.
func (b *binary) hears(user, text string) {
	b.Helper()
	await(b.T, b, user, fmt.Sprintf("%q", text), func(s bottest.Screen) bool { return s.Says(text) })
}

func (b *binary) seesPicture(user, text string) {
	b.Helper()
	await(b.T, b, user, fmt.Sprintf("a picture of %q", text), func(s bottest.Screen) bool {
		return slices.ContainsFunc(s.Pictures(), func(p bottest.Picture) bool { return len(p.Content) > 0 && strings.Contains(p.Alt, text) })
	})
}

// ask opens the leave form and sends it.
func (b *binary) ask(user, args string) {
	b.Helper()
	b.must(b.Type(b.Context(), user, "/leave "+args))
	b.must(b.Send(b.Context(), user, 1))
}

// trap passes bytes between the program and Postgres, until it is armed: then it acts at the first sign that it waits for.
type trap struct {
	url string

	mu   sync.Mutex
	sign []byte
	from string // program or database: whose bytes carry the sign
	skip int    // signs to let pass first
	act  func() // before the bytes go on, which they do not when it returns
}

func newTrap(t *testing.T, to string) *trap {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	target := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	u.Host = l.Addr().String()
	x := &trap{url: u.String()}
	go func() {
		for {
			program, err := l.Accept()
			if err != nil {
				return
			}
			database, err := net.Dial("tcp", target)
			if err != nil {
				program.Close()
				continue
			}
			go x.pass(database, program, "program")
			go x.pass(program, database, "database")
		}
	}()
	return x
}

// arm makes the trap call act when sign passes, instead of passing it on.
func (x *trap) arm(from, sign string, skip int, act func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.from, x.sign, x.skip, x.act = from, []byte(sign), skip, act
}

func (x *trap) sprung(from string, b []byte) func() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.act == nil || x.from != from || !bytes.Contains(b, x.sign) {
		return nil
	}
	if x.skip > 0 {
		x.skip--
		return nil
	}
	act := x.act
	x.act = nil
	return act
}

func (x *trap) pass(to, from net.Conn, name string) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			if act := x.sprung(name, b[:n]); act != nil {
				act()
				return
			}
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// monday begins an ordinary week, some weeks ahead: five working days and a weekend in each of the company's countries.
func monday() time.Time {
	d := workflows.DateOf(time.Now()).AddDays(14)
	for d.Weekday() != time.Monday {
		d = d.AddDays(1)
	}
	ordinary := func() bool {
		for _, country := range workflows.Countries() {
			for day := range 7 {
				if _, special := workflows.NewCalendar(country).Override(d.AddDays(day)); special {
					return false
				}
			}
		}
		return true
	}
	for !ordinary() {
		d = d.AddDays(7)
	}
	return d.At(0, time.UTC)
}

func days(from time.Time, n int) string {
	return fmt.Sprintf("%s %s", from.Format(time.DateOnly), from.AddDate(0, 0, n-1).Format(time.DateOnly))
}

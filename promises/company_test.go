package promises

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/answer"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

// company is a small company on nod: everything real but the chat, which is in memory.
//
//	boss (director, admin) ← zhou (manager) ← lin, tom         hana: hr      mallory: another team, wants what is not hers
type company struct {
	*testing.T
	db        storagetest.Database
	owner     *pgx.Conn     // for looking and for breaking things, never for what the program does
	look      *pgxpool.Pool // for looking from several places at once
	store     *storage.Store
	beside    *storage.Store // for deciding once more: concerned_test.go
	clock     *workflows.Clock
	engine    *engine.Engine
	bot       *answer.Bot
	deliverer *deliver.Deliverer
	chat      *bottest.Memory
	texts     *texts.Texts
	rules     rules
	// expectFaults is how many errors the program may log because of what the test does to it.
	expectFaults int64
}

type employee struct{ no, name, manager, department, roles, country, zone, language string }

var staff = []employee{
	{"boss", "Bo Sun", "", "Board", "{admin,director}", "DE", "Europe/Berlin", "en"},
	{"zhou", "周凯 Zhou Kai", "boss", "Sales", "{}", "CN", "Asia/Shanghai", "zh"},
	{"lin", "林小雨 Lin Xiaoyu", "zhou", "Sales", "{}", "CN", "Asia/Shanghai", "zh"},
	{"tom", "Tom Baker", "zhou", "Sales", "{}", "DE", "Europe/Berlin", "en"},
	{"hana", "Hana Weber", "boss", "People", "{hr}", "DE", "Europe/Berlin", "en"},
	{"mallory", "Mallory Moss", "boss", "Finance", "{finance}", "DE", "Europe/Berlin", "en"},
}

// start is the moment at which every test begins: a Wednesday morning, working time in Berlin and Shanghai.
var start = time.Date(2026, time.November, 25, 9, 0, 0, 0, time.UTC)

// open makes the company on a database as most people set one up: one plain role owns it and serves.
func open(t *testing.T) *company { return openOn(t, storagetest.New(t)) }

func openOn(t *testing.T, db storagetest.Database) *company {
	return openRuled(t, db, policy.Default())
}

// openWith makes the company with other rules than those of the shipped policy.
func openWith(t *testing.T, change func(*policy.Policy) rules) *company {
	return openRuled(t, storagetest.New(t), change(policy.Default()))
}

// rules are what the company goes by.
type rules interface {
	engine.Rules
	Kinds() []*workflows.Kind
}

func openRuled(t *testing.T, db storagetest.Database, by rules) *company {
	c := &company{T: t, db: db, clock: &workflows.Clock{}, chat: bottest.NewMemory(), rules: by}
	c.at(start)
	owner, err := pgx.Connect(t.Context(), c.db.Owner)
	c.must(err)
	t.Cleanup(func() { owner.Close(context.Background()) })
	c.owner = owner
	c.look, err = pgxpool.New(t.Context(), c.db.Owner)
	c.must(err)
	t.Cleanup(c.look.Close)
	for _, e := range staff {
		c.exec(`INSERT INTO people (employee_no, name, email, manager_id, department, roles, country, timezone, language, hired_on)
			VALUES ($1, $2, $1 || '@example.com', (SELECT id FROM people WHERE employee_no = $3), $4, $5::text[], $6, $7, $8, '2020-01-01')`,
			e.no, e.name, e.manager, e.department, e.roles, e.country, e.zone, e.language)
		c.exec(`INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at) SELECT 'person', id, 'memory', 'test', employee_no, now() FROM people WHERE employee_no = $1`, e.no)
		c.grant(e.no, "annual", 10)
	}
	c.store = storagetest.Connect(t, c.db)
	c.build()
	t.Cleanup(c.check)
	return c
}

// build wires the program as cmd/nod does.
func (c *company) build() {
	c.Helper()
	var err error
	c.texts, err = texts.New(c.rules.Kinds())
	c.must(err)
	if c.beside == nil {
		c.beside = storagetest.Connect(c.T, c.db)
	}
	c.engine, err = engine.New(c.Context(), whole{c.store, c, c.beside}, c.rules, c.clock)
	c.must(err)
	c.bot = answer.New(c.engine, c.store, c.texts, func() {})
	c.deliverer = c.newDeliverer(map[string]deliver.Sender{bottest.Platform: c.chat})
	c.chat.Connect(c.bot)
}

func (c *company) newDeliverer(senders map[string]deliver.Sender) *deliver.Deliverer {
	return deliver.New(c.store, draw.NewDisplays(c.engine, c.engine.Sorts()...), c.engine.Now, c.texts, senders)
}

// subject names the request that has a number, with the digest of its revision as a button would carry it. It does not ask the program,
// which a test may have cut off.
func (c *company) subject(number string) (id workflows.SubjectID, digest string) {
	c.Helper()
	var hash []byte
	if err := c.look.QueryRow(context.Background(), "SELECT s.id::text, s.digest FROM subjects s JOIN requests r ON r.id = s.id WHERE s.number = $1", number).Scan(&id, &hash); err != nil {
		c.Errorf("%s: %v", number, err)
	}
	return id, workflows.RevisionDigest(hash)
}

// acts has somebody do something to a request as it is.
func (c *company) acts(ctx context.Context, e *engine.Engine, cause workflows.Cause, number string, act workflows.Act) (workflows.Answer, error) {
	c.Helper()
	id, digest := c.subject(number)
	act.Digest = digest
	return e.Act(ctx, cause, id, act)
}

// request is a request as it is stored.
func (c *company) request(number string) workflows.Request {
	c.Helper()
	id, _ := c.subject(number)
	r, err := c.store.Request(context.Background(), id)
	c.must(err)
	return r
}

// audit is what is recorded of a request.
func (c *company) audit(number string) []workflows.AuditRow {
	c.Helper()
	rows, err := c.store.Audit(context.Background(), c.request(number).ID)
	c.must(err)
	return rows
}

// user is somebody in the chat of the tests.
func user(no string) workflows.ChatUser {
	return workflows.ChatUser{Platform: bottest.Platform, Team: bottest.Team, User: no}
}

// replica is a second copy of the program over the same database and chat.
type replica struct {
	engine    *engine.Engine
	deliverer *deliver.Deliverer
}

func (c *company) replica() replica { return c.replicaWith(c.clock) }

// skewed is a replica whose machine's clock is ahead. Its business clock follows the database's as the program's does.
func (c *company) skewed(ahead time.Duration) replica {
	c.Helper()
	clock := &workflows.Clock{Machine: func() time.Time { return time.Now().Add(ahead) }}
	clock.Set(c.clock.Offset())
	c.must(clock.Follow(c.Context(), c.store.Now))
	return c.replicaWith(clock)
}

func (c *company) replicaWith(clock *workflows.Clock) replica {
	c.Helper()
	store := storagetest.Connect(c.T, c.db)
	e, err := engine.New(c.Context(), store, policy.Default(), clock)
	c.must(err)
	return replica{e, deliver.New(store, draw.NewDisplays(e, e.Sorts()...), e.Now, c.texts, map[string]deliver.Sender{bottest.Platform: c.chat})}
}

// tick has one replica fire and send what there is; an error is the test's, though other replicas go on.
func (r replica) tick(c *company) {
	if _, _, err := r.engine.Tick(c.Context()); err != nil {
		c.Error(err)
	}
	if _, err := r.deliverer.Round(c.Context()); err != nil {
		c.Error(err)
	}
}

// overdue ends every wait before another try, as if the time had passed.
func (c *company) overdue() {
	c.Helper()
	c.exec("UPDATE cards SET next_at = now()")
	c.exec("UPDATE notices SET next_at = now()")
	c.exec("UPDATE due SET next_at = now()")
}

// await looks until ok holds, for ten seconds at most.
func (c *company) await(what string, ok func() bool) {
	c.Helper()
	bottest.Eventually(c, what, ok)
}

func (c *company) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *company) exec(sql string, values ...any) {
	c.Helper()
	if _, err := c.owner.Exec(context.Background(), sql, values...); err != nil {
		c.Fatal(err)
	}
}

func value[T any](c *company, sql string, values ...any) T {
	c.Helper()
	var v T
	if err := c.owner.QueryRow(context.Background(), sql, values...).Scan(&v); err != nil {
		c.Fatalf("%s: %v", sql, err)
	}
	return v
}

func (c *company) grant(no, leaveType string, days int) {
	c.Helper()
	c.exec(`WITH lot AS (INSERT INTO lots (person_id, unit, valid_from, valid_until, key)
			SELECT id, 'leave:' || $2, '2026-01-01', '2027-12-31', $1 || $2 FROM people WHERE employee_no = $1 RETURNING id, person_id, unit)
		INSERT INTO ledger (person_id, unit, lot_id, kind, date, amount, at) SELECT person_id, unit, id, 'grant', '2026-01-01', $3, now() FROM lot`,
		no, leaveType, days*480)
}

// at sets the business clock.
func (c *company) at(t time.Time) { c.clock.Set(time.Until(t)) }

// settle sends everything that waits to be sent.
func (c *company) settle() {
	c.Helper()
	for range 100 {
		n, err := c.deliverer.Round(c.Context())
		c.must(err)
		if n == 0 {
			return
		}
	}
	c.Fatal("the outbox never empties")
}

// tick fires what has fallen due and sends what follows.
func (c *company) tick() {
	c.Helper()
	_, _, err := c.engine.Tick(c.Context())
	c.must(err)
	c.settle()
}

// ask sends a leave request of a person, delivers what follows, and gives its number.
func (c *company) ask(user, args string) string {
	c.Helper()
	number := c.sent(user, args)
	c.settle()
	return number
}

// sent sends a leave request of a person and gives its number; what follows is still to be delivered.
func (c *company) sent(user, args string) string {
	c.Helper()
	c.must(c.chat.Type(c.Context(), user, "/leave "+args))
	c.must(c.chat.Send(c.Context(), user, 1))
	s := c.screen(user)
	if s.Form != nil {
		c.Fatalf("%s's request was refused: %v\n%s", user, s.Form.Faults, s.Form.Text)
	}
	return value[string](c, `SELECT s.number FROM requests r JOIN subjects s ON s.id = r.id JOIN people p ON p.id = r.requester_id WHERE p.employee_no = $1 ORDER BY r.submitted_at DESC, r.id DESC LIMIT 1`, user)
}

func (c *company) screen(user string) bottest.Screen {
	c.Helper()
	s, err := c.chat.Screen(c.Context(), user)
	c.must(err)
	return s
}

// card finds the card of a request that is current on a user's screen.
func (c *company) card(user, number string) bottest.Shown {
	c.Helper()
	m, ok := c.screen(user).Message(number)
	if !ok {
		c.Fatalf("%s sees no card of %s:\n%s", user, number, c.screen(user))
	}
	return m
}

// press presses a button of the user's current card of a request.
func (c *company) press(user, number, action string) {
	c.Helper()
	c.must(c.chat.Press(c.Context(), user, c.card(user, number).Reference, action, 1))
}

// button gives a button of a card as it is now, so that it can be pressed when it is old.
func (c *company) button(user, number, action string) bot.Action {
	c.Helper()
	a, err := c.chat.Action(user, c.card(user, number).Reference, action)
	c.must(err)
	return a
}

// decide presses a button and fills in its reason.
func (c *company) decide(user, number, action, reason string) {
	c.Helper()
	c.press(user, number, action)
	c.must(c.chat.Change(c.Context(), user, map[string]string{"comment": reason}))
	c.must(c.chat.Send(c.Context(), user, 1))
	c.settle()
}

// edited has tom ask for three days, zhou return that as too long, and tom send one day; it gives the number.
func (c *company) edited(reason string) string {
	c.Helper()
	number := c.ask("tom", "annual 2026-12-01 2026-12-03 "+reason)
	c.decide("zhou", number, "return", "too long")
	c.press("tom", number, "edit")
	c.must(c.chat.Change(c.Context(), "tom", map[string]string{"to": "2026-12-01"}))
	c.must(c.chat.Send(c.Context(), "tom", 1))
	c.settle()
	return number
}

// told is the last private answer that a user was given.
func (c *company) told(user string) string {
	c.Helper()
	private := c.screen(user).Private
	if len(private) == 0 {
		c.Fatalf("%s was told nothing", user)
	}
	return private[len(private)-1].Text
}

func (c *company) wantTold(user, part string) {
	c.Helper()
	if told := c.told(user); !strings.Contains(told, part) {
		c.Errorf("%s was told %q, want %q", user, told, part)
	}
}

func (c *company) wantState(number string, want workflows.State) {
	c.Helper()
	r := c.request(number)
	if r.State != want {
		c.Errorf("%s is %s, want %s", number, r.State, want)
	}
}

// balance is what is left to a person of a type, in minutes: all entries less all that is booked.
func (c *company) balance(no, leaveType string) int64 {
	c.Helper()
	return value[int64](c, `SELECT (coalesce((SELECT sum(l.amount) FROM ledger l WHERE l.person_id = p.id AND l.unit = 'leave:' || $2), 0)
		- coalesce((SELECT sum(m) FROM bookings k, unnest(k.dates, k.amounts) AS s (d, m)
		             WHERE k.person_id = p.id AND k.unit = 'leave:' || $2 AND s.d > coalesce(b.closed_on, '-infinity')), 0))::bigint
		FROM people p JOIN books b ON b.person_id = p.id WHERE p.employee_no = $1`, no, leaveType)
}

// events lists a request's audit, in order.
func (c *company) events(number string) []string {
	c.Helper()
	var list []string
	for _, a := range c.audit(number) {
		list = append(list, string(a.Event))
	}
	return list
}

func (c *company) wantEvents(number string, want ...string) {
	c.Helper()
	if diff := cmp.Diff(want, c.events(number)); diff != "" {
		c.Errorf("audit of %s (-want +got):\n%s", number, diff)
	}
}

// check is run after every test: audit = state (I5), the ledger sums (I8), one decision for each slot (I2), every effect once (I6).
func (c *company) check() {
	ctx := context.Background()
	if n := logged.Swap(0); n > c.expectFaults {
		c.Errorf("the program logged %d errors", n)
	}
	verdict, err := c.store.VerifyAudit(ctx, storage.Verification{})
	if err != nil {
		c.Fatal(err)
	}
	for _, b := range verdict.Broken {
		c.Errorf("I5: %s: %s", b, b.Why)
	}
	for what, sql := range map[string]string{
		"I8: more is settled of a lot than there was": `SELECT count(*) FROM (SELECT lot_id FROM ledger WHERE lot_id IS NOT NULL GROUP BY lot_id HAVING sum(amount) < 0) x`,
		"I8: a booking does not cost what was measured": `SELECT count(*) FROM bookings k JOIN requests r ON r.id = k.subject_id
			WHERE k.unit <> '' AND (SELECT coalesce(sum(m), 0) FROM unnest(k.amounts) m) <> (r.measures ->> 'minutes')::bigint`,
		"I6: a booking is used without an approval, or the other way about": `SELECT count(*) FROM bookings k JOIN subjects s ON s.id = k.subject_id
			WHERE k.approved <> (s.state = 'approved')`,
		"I6: a booking outlives its request": `SELECT count(*) FROM bookings k JOIN subjects s ON s.id = k.subject_id WHERE s.state NOT IN ('pending', 'approved')`,
		"I6: a request that costs time and is pending or approved books nothing": `SELECT count(*) FROM subjects s JOIN requests r ON r.id = s.id
			WHERE s.state IN ('pending', 'approved') AND r.measures ? 'minutes' AND NOT EXISTS (SELECT FROM bookings k WHERE k.subject_id = s.id)`,
		"I14: a pending request waits for nobody": `SELECT count(*) FROM subjects s WHERE s.state = 'pending'
			AND NOT EXISTS (SELECT FROM turns t JOIN people p ON p.id = t.person_id WHERE t.request_id = s.id AND t.state = 'open' AND p.active)`,
		"I3: somebody decided their own request": `SELECT count(*) FROM turns t JOIN requests r ON r.id = t.request_id WHERE t.person_id IN (r.requester_id, r.submitted_by_id)`,
	} {
		var n int
		if err := c.owner.QueryRow(ctx, sql).Scan(&n); err != nil {
			c.Fatalf("%s: %v", what, err)
		}
		if n != 0 {
			c.Errorf("%s: %d times", what, n)
		}
	}
}

// faults counts what the program logged as an error: in these tests nothing goes wrong that it should have to log, unless a test says so.
type faults struct {
	slog.Handler
	seen *atomic.Int64
}

func (f faults) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		f.seen.Add(1)
	}
	return f.Handler.Handle(ctx, r)
}

var logged atomic.Int64

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(faults{slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}), &logged}))
	os.Exit(m.Run())
}

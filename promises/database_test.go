package promises

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/rs/zerolog"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// line is the only way between the program and Postgres, and can be cut, slowed and counted.
type line struct {
	*company
	proxy    *toxiproxy.Proxy
	over     *storage.Store // the program's, over the line
	redialed func()         // called before a new connection is made
	received atomic.Int64   // bytes that came from Postgres
	sent     atomic.Int64   // bytes that went to it
}

// overLine puts the program of a company behind a line. What the tests look at goes past it.
func overLine(t *testing.T, connections int32) *line {
	c := open(t)
	c.expectFaults = 1000
	u, err := url.Parse(c.db.URL)
	c.must(err)
	l := &line{company: c}
	logger := zerolog.Nop()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), logger)
	l.proxy = toxiproxy.NewProxy(server, "postgres", "127.0.0.1:0", u.Host)
	c.must(l.proxy.Start())
	t.Cleanup(l.proxy.Stop)
	u.Host = l.proxy.Listen
	direct := c.store
	c.store = storagetest.Connect(t, storagetest.Database{URL: u.String()}, func(config *pgxpool.Config) {
		config.MaxConns = connections
		config.ConnConfig.DialFunc = l.dial
	})
	l.over = c.store
	c.build()
	c.store = direct
	return l
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if l.redialed != nil {
		l.redialed()
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &countedConn{Conn: conn, line: l}, nil
}

type countedConn struct {
	net.Conn
	line *line
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.line.received.Add(int64(n))
	return n, err
}

func (c *countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.line.sent.Add(int64(n))
	return n, err
}

// toxic does something to the line until heal.
func (l *line) toxic(kind, stream, attributes string) {
	l.Helper()
	_, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(fmt.Sprintf(`{"name": "fault", "type": %q, "stream": %q, "attributes": %s}`, kind, stream, attributes)))
	l.must(err)
}

func (l *line) heal() { l.proxy.Toxics.ResetToxics(context.Background()) }

// day is a working day of its own for each n, with no holiday among them.
func day(n int) string {
	return workflows.Date{Year: 2027, Month: 1, Day: 11}.AddDays(n/5*7 + n%5).String()
}

// I1: the line is cut at every part of the conversation of a press, on its way to Postgres and on its way back, COMMIT among it. zhou always hears what
// became of her press, and it is true; what was not saved she presses again. Nothing is ever counted twice.
func TestI1CutWhileDeciding(t *testing.T) {
	l := overLine(t, 1)
	press := func(number string) (told string) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_ = l.chat.PressOld(ctx, "zhou", l.button("zhou", number, "approve")) // an error is for the adapter: it leaves the update for another try
		return l.told("zhou")
	}
	n := 0
	ask := func() string {
		n++
		return l.ask("tom", "personal "+day(n))
	}
	press(ask()) // the first one prepares its statements
	number := ask()
	received, sent := l.received.Load(), l.sent.Load()
	press(number)
	received, sent = l.received.Load()-received, l.sent.Load()-sent
	saved, unsaved := 0, 0
	for stream, bytes := range map[string]int64{"downstream": received, "upstream": sent} {
		const cuts = 16
		for i := range int64(cuts) {
			number := ask()
			l.toxic("limit_data", stream, fmt.Sprintf(`{"bytes": %d}`, bytes*(i+1)/cuts-1))
			l.redialed = sync.OnceFunc(l.heal)
			told := press(number)
			l.heal()
			r := l.request(number)
			switch {
			case strings.HasPrefix(told, "你已同意 "+number) && r.State == "approved": // not that she had pressed before: she pressed once
				saved++
			case (strings.Contains(told, "Not saved") || strings.Contains(told, "操作未生效：数据库")) && r.State == "pending":
				unsaved++
				if told := press(number); !strings.Contains(told, "你已同意 "+number) {
					t.Errorf("%s pressed again: %s", number, told)
				}
			default:
				t.Errorf("%s cut at %s %d of %d: %s, and zhou was told %q", number, stream, i+1, cuts, r.State, told)
			}
			l.wantEvents(number, "submit", "approve")
			l.settle()
		}
	}
	if saved == 0 {
		t.Error("no press came through: the cuts hit nothing but the look-up of the person")
	}
	t.Logf("%d presses were saved in spite of a cut, %d were told that they were not", saved, unsaved)
}

// I1: the same for a new request. The chat sends the form again under the same cause until it is told; there is one request, and its days are reserved once.
func TestI1CutWhileAsking(t *testing.T) {
	l := overLine(t, 1)
	tom, err := l.store.PersonByNo(t.Context(), "tom")
	l.must(err)
	asked := 0
	submit := func() (string, int) {
		asked++
		form := workflows.Form{"type": "annual", "from": day(asked), "to": day(asked), "from_part": "am", "to_part": "pm"}
		for try := 1; ; try++ {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			answer, err := l.engine.Submit(ctx, by("tom", fmt.Sprint("form:", asked)), "leave", tom, form)
			cancel()
			if err == nil {
				return answer.Number, try
			}
			if !errors.Is(err, &workflows.Error{Code: workflows.Unavailable}) && !errors.Is(err, &workflows.Error{Code: workflows.Unconfirmed}) {
				t.Fatalf("tom was told %v", err)
			}
		}
	}
	submit()
	received, sent := l.received.Load(), l.sent.Load()
	submit()
	received, sent = l.received.Load()-received, l.sent.Load()-sent
	numbers := map[string]bool{}
	for stream, bytes := range map[string]int64{"downstream": received, "upstream": sent} {
		const cuts = 4
		for i := range int64(cuts) {
			l.toxic("limit_data", stream, fmt.Sprintf(`{"bytes": %d}`, bytes-40*i*i-1)) // most of them about the end, where COMMIT is
			l.redialed = sync.OnceFunc(l.heal)
			number, _ := submit()
			l.heal()
			numbers[number] = true
		}
	}
	if n := value[int](l.company, "SELECT count(*) FROM requests"); n != 10 || len(numbers) != 8 {
		t.Errorf("%d requests were stored for 10 forms", n)
	}
	if got := l.balance("tom", "annual"); got != 0 {
		t.Errorf("%d minutes are left of ten days", got)
	}
}

// I1: Postgres ends connections one after the other, at any moment, while three people press. Each press comes true once.
func TestI1BackendsTerminated(t *testing.T) {
	l := overLine(t, 4)
	const each = 8
	var buttons []string
	for i := range each {
		for _, user := range []string{"tom", "lin"} {
			buttons = append(buttons, l.ask(user, "personal "+day(i)))
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var killer, presses sync.WaitGroup
	ended := 0
	killer.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for range 150 {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				ended += value[int](l.company, `SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
					WHERE datname = current_database() AND application_name = 'nod' AND xact_start IS NOT NULL ORDER BY random() LIMIT 1) x`)
			}
		}
	})
	todo := make(chan string, len(buttons))
	for _, number := range buttons {
		todo <- number
	}
	close(todo)
	for range 3 {
		presses.Go(func() {
			for number := range todo {
				for { // zhou presses until she is told
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					_, err := l.acts(ctx, l.engine, by("zhou", "press:"+number), number, workflows.Act{Event: approval.Approve})
					cancel()
					if err == nil {
						break
					}
					if !errors.Is(err, &workflows.Error{Code: workflows.Unavailable}) && !errors.Is(err, &workflows.Error{Code: workflows.Unconfirmed}) {
						t.Errorf("%s: %v", number, err)
						break
					}
				}
			}
		})
	}
	presses.Wait()
	stop()
	killer.Wait()
	if ended == 0 {
		t.Error("no connection was ended within a transaction")
	}
	for _, number := range buttons {
		l.wantState(number, "approved")
		l.wantEvents(number, "submit", "approve")
	}
}

// I1: Postgres is down. Whoever presses, types or sends a form is told within the time that there is, and the adapter hears that it must not acknowledge.
// When Postgres is back, the same press counts, and nothing had to be restarted.
func TestI1PostgresDown(t *testing.T) {
	l := overLine(t, 4)
	number := l.ask("tom", "annual 2026-12-01")
	button := l.button("zhou", number, "approve")
	l.must(l.chat.Type(t.Context(), "lin", "/leave annual 2026-12-02"))
	l.proxy.Stop()
	for what, do := range map[string]func(ctx context.Context) error{
		"zhou": func(ctx context.Context) error { return l.chat.PressOld(ctx, "zhou", button) },
		"lin":  func(ctx context.Context) error { return l.chat.Send(ctx, "lin", 1) },
		"tom":  func(ctx context.Context) error { return l.chat.Type(ctx, "tom", "/requests") },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		began := time.Now()
		err := do(ctx)
		cancel()
		if err == nil {
			t.Errorf("%s: the adapter would acknowledge what was not saved", what)
		}
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("%s waited %s", what, took)
		}
		l.wantTold(what, "Not saved")
	}
	l.must(l.proxy.Start())
	l.must(l.chat.PressOld(t.Context(), "zhou", button))
	l.wantTold("zhou", "你已同意 "+number)
	l.must(l.chat.Send(t.Context(), "lin", 1))
	l.wantTold("lin", "已提交")
	l.settle()
	l.wantEvents(number, "submit", "approve")
}

// I1: Postgres takes two seconds for every answer. A press still comes true within the ten that its sender waits.
func TestI1PostgresSlow(t *testing.T) {
	l := overLine(t, 1)
	l.press("zhou", l.ask("tom", "annual 2026-12-02"), "approve") // a connection that has been used before
	number := l.ask("tom", "annual 2026-12-01")
	button := l.button("zhou", number, "approve")
	l.toxic("latency", "downstream", `{"latency": 2000}`)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	l.must(l.chat.PressOld(ctx, "zhou", button))
	l.wantTold("zhou", "你已同意 "+number)
	l.heal()
	l.settle()
	l.wantEvents(number, "submit", "approve")
}

// I1: the network takes what is sent to Postgres and gives nothing back, not even an end. The sender is told when the time is up.
func TestI1PostgresSilent(t *testing.T) {
	l := overLine(t, 2)
	number := l.ask("tom", "annual 2026-12-01")
	button := l.button("zhou", number, "approve")
	l.toxic("timeout", "downstream", `{"timeout": 0}`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	began := time.Now()
	if err := l.chat.PressOld(ctx, "zhou", button); err == nil {
		t.Error("the adapter would acknowledge what was not saved")
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("zhou waited %s", took)
	}
	l.wantTold("zhou", "Not saved")
	l.heal()
	l.must(l.chat.PressOld(t.Context(), "zhou", button))
	l.settle()
	l.wantEvents(number, "submit", "approve")
}

// I1: every connection of the pool waits for a lock. One more press is told that it was not saved; when a connection is free it counts.
func TestI1PoolExhausted(t *testing.T) {
	l := overLine(t, 2)
	var stuck []string
	for i := range 2 {
		stuck = append(stuck, l.ask("tom", "personal "+day(i)))
	}
	number := l.ask("lin", "annual 2026-12-01")
	button := l.button("zhou", number, "approve")
	tx, err := l.owner.Begin(t.Context())
	l.must(err)
	_, err = tx.Exec(t.Context(), "SELECT FROM subjects WHERE number = ANY ($1) FOR UPDATE", stuck)
	l.must(err)
	var waiting sync.WaitGroup
	for _, s := range stuck {
		waiting.Go(func() {
			if _, err := l.acts(t.Context(), l.engine, by("zhou", "press:"+s), s, workflows.Act{Event: approval.Approve}); err != nil {
				t.Errorf("%s: %v", s, err)
			}
		})
	}
	l.await("both connections wait for a lock", func() bool {
		var n int
		err := tx.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&n)
		return err == nil && n == 2
	})
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := l.chat.PressOld(ctx, "zhou", button); err == nil {
		t.Error("the adapter would acknowledge what was not saved")
	}
	l.wantTold("zhou", "Not saved")
	l.must(tx.Rollback(t.Context()))
	waiting.Wait()
	l.must(l.chat.PressOld(t.Context(), "zhou", button))
	l.wantTold("zhou", "你已同意 "+number)
	l.settle()
	for _, s := range append(stuck, number) {
		l.wantEvents(s, "submit", "approve")
	}
}

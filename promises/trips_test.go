package promises

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// trips counts how often a connection turns from sending to waiting for an answer.
type trips struct {
	net.Conn
	turns *atomic.Int64
	asked atomic.Bool
}

func (c *trips) Write(p []byte) (int, error) {
	c.asked.Store(true)
	return c.Conn.Write(p)
}

func (c *trips) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.asked.Swap(false) {
		c.turns.Add(1)
	}
	return n, err
}

// Design, the way of one press: two trips to Postgres, also for a request that has to be told to others, and in a chat as well: who it is that presses
// is found out in the first.
func TestTwoTrips(t *testing.T) {
	c := open(t)
	var turns atomic.Int64
	direct := c.store
	c.store = storagetest.Connect(t, c.db, func(config *pgxpool.Config) {
		config.MaxConns = 1
		config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			return &trips{Conn: conn, turns: &turns}, err
		}
	})
	c.build()
	c.store = direct
	tom, err := c.store.PersonByNo(t.Context(), "tom")
	c.must(err)
	submit := func(n string) string {
		answer, err := c.engine.Submit(t.Context(), by("tom", "form:"+n), "leave", tom, workflows.Form{"type": "annual", "from": n, "to": n})
		c.must(err)
		return answer.Number
	}
	approve := func(number string) {
		_, err := c.acts(t.Context(), c.engine, by("zhou", "press:"+number), number, workflows.Act{Event: approval.Approve})
		c.must(err)
	}
	approve(submit("2026-12-01")) // prepares the statements

	turns.Store(0)
	number := submit("2026-12-02")
	if n := turns.Swap(0); n != 2 {
		t.Errorf("a submit takes %d trips, want 2", n)
	}
	c.settle() // zhou's card is there
	turns.Store(0)
	approve(number)
	if n := turns.Swap(0); n != 2 {
		t.Errorf("an approval takes %d trips, want 2", n)
	}
	number = submit("2026-12-03")
	c.settle()
	button := c.button("zhou", number, "approve")
	c.must(c.chat.PressOld(t.Context(), "zhou", button))
	number = submit("2026-12-04")
	c.settle()
	button = c.button("zhou", number, "approve")
	turns.Store(0)
	c.must(c.chat.PressOld(t.Context(), "zhou", button))
	if n := turns.Swap(0); n != 2 {
		t.Errorf("a press in a chat takes %d trips, want 2", n)
	}
	c.settle()
}

// Design, the way of one press: somebody holds LV-1's row. A press on LV-2 does not wait for it; one on LV-1 waits until its time is up, and is told.
func TestPressesDoNotWaitForOneAnother(t *testing.T) {
	c := open(t)
	c.expectFaults = 1
	held, free := c.ask("tom", "annual 2026-12-01"), c.ask("tom", "annual 2026-12-02")
	hold, other := c.button("zhou", held, "approve"), c.button("zhou", free, "approve")
	tx, err := c.owner.Begin(t.Context())
	c.must(err)
	_, err = tx.Exec(t.Context(), "SELECT FROM subjects WHERE number = $1 FOR UPDATE", held)
	c.must(err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	waits := make(chan error, 1)
	go func() { waits <- c.chat.PressOld(ctx, "zhou", hold) }()
	c.must(c.chat.PressOld(t.Context(), "zhou", other))
	select {
	case <-waits:
		t.Fatal("the press on the held request came back first")
	default:
	}
	c.wantTold("zhou", "你已同意 "+free)
	if err := <-waits; !errors.Is(err, &workflows.Error{Code: workflows.Unavailable}) {
		t.Errorf("the adapter heard %v", err)
	}
	if told := c.told("zhou"); !strings.Contains(told, "操作未生效：数据库") && !strings.Contains(told, "未保存") {
		t.Errorf("zhou was told %q", told)
	}
	c.must(tx.Rollback(t.Context()))
	c.must(c.chat.PressOld(t.Context(), "zhou", hold))
	c.settle()
	c.wantEvents(held, "submit", "approve")
}

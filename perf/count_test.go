//go:build bench

package perf

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// counter counts what goes over a connection: trips, each of which is something said after something heard, and statements.
type counter struct {
	trips, statements atomic.Int64
}

func (c *counter) watch(config *pgx.ConnConfig) {
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return &countedConn{Conn: conn, counter: c}, err
	}
	config.Tracer = c
}

func (c *counter) reset() {
	c.trips.Store(0)
	c.statements.Store(0)
}

type countedConn struct {
	net.Conn
	counter *counter
	asking  atomic.Bool // no answer has come yet to what was written
}

func (c *countedConn) Write(p []byte) (int, error) {
	if !c.asking.Swap(true) {
		c.counter.trips.Add(1)
	}
	return c.Conn.Write(p)
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.asking.Store(false)
	}
	return n, err
}

// TraceQueryStart counts a statement that is sent alone.
func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.statements.Add(1)
	return ctx
}

func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (c *counter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

// TraceBatchQuery counts a statement of a batch.
func (c *counter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {
	c.statements.Add(1)
}

func (c *counter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// processes are those of the Postgres server, known by the number of their parent; empty: not on this machine, or not Linux.
type processes string

func serverProcesses(t *testing.T, owner *pgx.Conn) processes {
	var lockFile string
	if err := owner.QueryRow(t.Context(), "SELECT pg_read_file('postmaster.pid')").Scan(&lockFile); err != nil {
		return ""
	}
	parent, _, _ := strings.Cut(lockFile, "\n")
	return processes(parent)
}

// cpu is the time that they have used so far, the ended ones included.
func (p processes) cpu() time.Duration {
	if p == "" {
		return 0
	}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	ticks := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // it ended in between
		}
		// The name in parentheses may hold spaces; what follows it begins with the third field.
		pid, _, _ := strings.Cut(string(content), " ")
		fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
		if len(fields) < 15 || pid != string(p) && fields[1] != string(p) {
			continue
		}
		for _, field := range fields[11:15] {
			n, _ := strconv.Atoi(field)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// ownCPU is the time that this program has used so far.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// load is the machine's load average of the last 1, 5 and 15 minutes.
func load() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(content))[:3], " ")
}

package storagetest

import (
	"context"
	"crypto/rand"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Pooler is how a connection pooler stands before a database, as PgBouncer does (pgbouncer.org/config.html, protocol of 1.18): it
// makes up what a client may cancel by, and knows no prepared statements.
type Pooler struct {
	Session    bool // a client keeps its connection (pool_mode = session); else it has one for a transaction
	Ignores    bool // parameters of a start that it does not know (ignore_startup_parameters); else they are refused
	RoundRobin bool // the connection that was idle longest is given first (server_round_robin); else the one used last
	Size       int  // of the pool (default_pool_size); 0: 20
}

// tracked are the parameters of a start that a pooler knows.
var tracked = []string{"user", "database", "client_encoding", "datestyle", "timezone", "standard_conforming_strings", "application_name"}

// Before puts the pooler before the database at an address and gives its own. It ends with the test.
func (p Pooler) Before(t testing.TB, address string) string {
	t.Helper()
	if p.Size == 0 {
		p.Size = 20
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal("the address cannot be read")
	}
	u.Host, u.RawQuery = l.Addr().String(), "sslmode=disable"
	ctx, stop := context.WithCancel(context.Background())
	pool := &pool{Pooler: p, to: address, freed: make(chan struct{}, 1)}
	var clients sync.WaitGroup
	clients.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			clients.Go(func() { pool.serve(ctx, conn) })
		}
	})
	t.Cleanup(func() {
		stop()
		l.Close()
		clients.Wait()
		pool.close()
	})
	return u.String()
}

type pool struct {
	Pooler
	to    string
	freed chan struct{}

	mu   sync.Mutex
	idle []*pgconn.HijackedConn
	open int
}

// take gives a connection to the database, and waits until one is free when all are taken.
func (p *pool) take(ctx context.Context) (*pgconn.HijackedConn, error) {
	for {
		p.mu.Lock()
		if n := len(p.idle); n > 0 {
			at := n - 1
			if p.RoundRobin {
				at = 0
			}
			conn := p.idle[at]
			p.idle = slices.Delete(p.idle, at, at+1)
			p.mu.Unlock()
			return conn, nil
		}
		room := p.open < p.Size
		if room {
			p.open++
		}
		p.mu.Unlock()
		if room {
			conn, err := pgconn.Connect(ctx, p.to)
			if err != nil {
				return nil, err
			}
			if err := conn.SyncConn(ctx); err != nil {
				return nil, err
			}
			return conn.Hijack()
		}
		select {
		case <-p.freed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (p *pool) give(conn *pgconn.HijackedConn) {
	p.mu.Lock()
	p.idle = append(p.idle, conn)
	p.mu.Unlock()
	p.wake()
}

// drop ends a connection that a client left in the middle of something.
func (p *pool) drop(conn *pgconn.HijackedConn) {
	conn.Conn.Close()
	p.mu.Lock()
	p.open--
	p.mu.Unlock()
	p.wake()
}

func (p *pool) wake() {
	select {
	case p.freed <- struct{}{}:
	default:
	}
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.idle {
		conn.Conn.Close()
	}
}

// serve speaks with one client until it goes.
func (p *pool) serve(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Now()) })()
	client := pgproto3.NewBackend(conn, conn)
	if !p.greet(client, conn) {
		return
	}
	var server *pgconn.HijackedConn
	defer func() {
		if server != nil {
			p.drop(server)
		}
	}()
	for {
		message, err := client.Receive()
		if err != nil {
			return
		}
		if _, ends := message.(*pgproto3.Terminate); ends {
			return
		}
		if server == nil {
			if server, err = p.take(ctx); err != nil {
				return
			}
		}
		server.Frontend.Send(message)
		switch message.(type) {
		case *pgproto3.Query, *pgproto3.Sync:
		default:
			continue // it is answered with the others that end in a Sync
		}
		if server.Frontend.Flush() != nil {
			return
		}
		free, err := answer(client, server)
		if err != nil {
			return
		}
		if free && !p.Session {
			p.give(server)
			server = nil
		}
	}
}

// answer passes on what the server says, and tells whether it is in no transaction then.
func answer(client *pgproto3.Backend, server *pgconn.HijackedConn) (free bool, err error) {
	for {
		message, err := server.Frontend.Receive()
		if err != nil {
			return false, err
		}
		client.Send(message)
		if ready, ok := message.(*pgproto3.ReadyForQuery); ok {
			return ready.TxStatus == 'I', client.Flush()
		}
		if err := client.Flush(); err != nil { // what was received is overwritten by the next
			return false, err
		}
	}
}

// greet lets a client in, whoever it is.
func (p *pool) greet(client *pgproto3.Backend, conn net.Conn) bool {
	start, err := client.ReceiveStartupMessage()
	if err != nil {
		return false
	}
	if _, asksForTLS := start.(*pgproto3.SSLRequest); asksForTLS {
		if _, err := conn.Write([]byte{'N'}); err != nil {
			return false
		}
		if start, err = client.ReceiveStartupMessage(); err != nil {
			return false
		}
	}
	wants, ok := start.(*pgproto3.StartupMessage)
	if !ok { // to cancel something
		return false
	}
	for name := range wants.Parameters {
		if !slices.Contains(tracked, name) && !p.Ignores {
			client.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "08P01", Message: "unsupported startup parameter: " + name})
			_ = client.Flush() // it is not let in
			return false
		}
	}
	key := make([]byte, 8)
	rand.Read(key)
	client.Send(&pgproto3.AuthenticationOk{})
	for name, value := range map[string]string{"server_version": "15.0", "client_encoding": "UTF8", "standard_conforming_strings": "on",
		"server_encoding": "UTF8", "integer_datetimes": "on", "TimeZone": wants.Parameters["timezone"]} {
		client.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	client.Send(&pgproto3.BackendKeyData{ProcessID: 1<<30 | uint32(key[0])<<8 | uint32(key[1]), SecretKey: key[4:]})
	client.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	return client.Flush() == nil
}

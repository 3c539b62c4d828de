package storage_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
)

// whys opens a database every way there is and looks for one sentence, which holds no secret.
func whys(t *testing.T, url, want string) {
	t.Helper()
	for way, open := range map[string]func() error{
		"open": func() error {
			store, err := storage.Open(t.Context(), url)
			if err == nil {
				store.Close()
			}
			return err
		},
		"migrate": func() error { return storage.Migrate(t.Context(), url, storagetest.Prefixes, "") },
		"status": func() error {
			_, err := storage.MigrationStatus(t.Context(), url)
			return err
		},
	} {
		switch err := open(); {
		case err == nil:
			t.Errorf("%s: nothing is said", way)
		case !errors.As(err, new(*storage.Unusable)) || !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v\nwant a sentence with %q", way, err, want)
		case strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: this is not one sentence, or it holds a secret: %v", way, err)
		}
	}
}

// A pooler that gives each transaction another connection is told from one that does not, whatever it does with what it does not know,
// whichever connection it gives, and however few it has.
func TestPoolers(t *testing.T) {
	for name, p := range map[string]storagetest.Pooler{
		"refuses parameters":         {},
		"ignores parameters":         {Ignores: true},
		"the longest idle first":     {Ignores: true, RoundRobin: true},
		"one connection":             {Ignores: true, Size: 1},
		"two, the longest idle":      {RoundRobin: true, Size: 2},
		"five, the longest idle one": {RoundRobin: true, Size: 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storagetest.New(t)
			address := p.Before(t, db.URL)
			warm(t, address, p.Size)
			whys(t, address, "a connection pooler (as PgBouncer with pool_mode = transaction) stands before the database")
		})
	}
	for name, p := range map[string]storagetest.Pooler{
		"session":                    {Session: true, Ignores: true},
		"session, refuses":           {Session: true},
		"session, the longest first": {Session: true, RoundRobin: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storagetest.Empty(t)
			address := p.Before(t, db.URL)
			warm(t, address, 3)
			if err := storage.Migrate(t.Context(), address, storagetest.Prefixes, ""); err != nil {
				t.Fatal(err)
			}
			store, err := storage.Open(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			for range 20 { // whichever connection
				got, err := store.Planning(t.Context())
				if err != nil || got != "off force_generic_plan" {
					t.Fatalf("statements are planned with %q, %v", got, err)
				}
			}
		})
	}
	t.Run("a pool of one session", func(t *testing.T) {
		t.Parallel()
		_, err := storage.Open(t.Context(), storagetest.Pooler{Session: true, Size: 1}.Before(t, storagetest.New(t).URL))
		if err == nil || !strings.Contains(err.Error(), "gives nod no second connection") {
			t.Errorf("got %v", err)
		}
	})
}

// warm has a pooler make some connections, which it may keep for whoever comes.
func warm(t *testing.T, address string, n int) {
	t.Helper()
	for range n {
		config, err := pgx.ParseConfig(address)
		if err != nil {
			t.Fatal(err)
		}
		config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(t.Context(), "BEGIN"); err != nil {
			t.Fatal(err)
		}
		defer conn.Exec(context.Background(), "ROLLBACK")
	}
}

// Whatever keeps nod from its database is one sentence that says what to do.
func TestUnusable(t *testing.T) {
	db := storagetest.New(t)
	owner := dial(t, db.Owner)
	with := func(change func(u *url.URL)) string {
		u, err := url.Parse(db.URL)
		if err != nil {
			t.Fatal(err)
		}
		change(u)
		return u.String()
	}
	var all sync.WaitGroup
	silent := listens(t, func(net.Conn) {})
	for want, address := range map[string]string{
		"it is no Postgres address; write it as postgres://": "postgres://nod:hunter2@127.0.0.1:x/nod",
		"nothing listens at 127.0.0.1:1; check the address":  "postgres://nod:hunter2@127.0.0.1:1/nod",
		"there is no host nowhere.invalid":                   "postgres://nod:hunter2@nowhere.invalid/nod",
		"does not answer within 5s":                          "postgres://nod:hunter2@" + silent + "/nod",
		`there is no database "nowhere"`:                     with(func(u *url.URL) { u.Path = "/nowhere" }),
		"no encrypted connection to":                         "postgres://nod:hunter2@" + listens(t, noTLS) + "/nod?sslmode=require",
		`refuses the password of the role "nod"`:             "postgres://nod:hunter2@" + listens(t, says("28P01", "auth_failed", "no")) + "/nod?sslmode=disable",
		"write sslmode=require into the address":             "postgres://nod:hunter2@" + listens(t, says("28000", "ClientAuthentication", "kein Eintrag")) + "/nod?sslmode=disable",
		`the role "nod" in (there is none)`:                  "postgres://nod:hunter2@" + listens(t, says("28000", "InitializeSessionUserId", "there is none")) + "/nod?sslmode=disable",
		"is starting, stopping or being restored":            "postgres://nod:hunter2@" + listens(t, says("57P03", "", "no")) + "/nod?sslmode=disable",
		"takes no more connections":                          "postgres://nod:hunter2@" + listens(t, says("53300", "", "no")) + "/nod?sslmode=disable",
	} {
		all.Go(func() { whys(t, address, want) })
	}
	all.Wait()

	t.Run("no right to connect", func(t *testing.T) {
		exec(t, owner, "DO $$ BEGIN EXECUTE 'REVOKE CONNECT ON DATABASE ' || current_database() || ' FROM PUBLIC'; END $$")
		exec(t, owner, "DO $$ BEGIN CREATE ROLE nod_test_stranger LOGIN PASSWORD 'hunter2'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$")
		whys(t, with(func(u *url.URL) { u.User = url.UserPassword("nod_test_stranger", "hunter2") }), `the role "nod_test_stranger" may not connect to the database`)
	})
	t.Run("another encoding", func(t *testing.T) {
		name := "nod_test_latin_" + strings.ToLower(rand.Text())
		exec(t, owner, "CREATE DATABASE "+name+" ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
		t.Cleanup(func() { owner.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)") })
		whys(t, with(func(u *url.URL) { u.Path = "/" + name }), "is encoded as LATIN1")
	})
	t.Run("an old server", func(t *testing.T) {
		whys(t, "postgres://nod:hunter2@"+listens(t, old)+"/nod?sslmode=disable", "it is Postgres 14.9, and nod needs 15 or newer")
	})
	t.Run("read only", func(t *testing.T) {
		exec(t, owner, "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_read_only = on'; END $$")
		store, err := storage.Open(t.Context(), db.URL) // as who verifies the audit may
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		for _, err := range []error{store.Serves(t.Context()), storage.Migrate(t.Context(), db.URL, storagetest.Prefixes, "")} {
			if err == nil || !strings.Contains(err.Error(), "default_transaction_read_only is on; turn it off") {
				t.Errorf("got %v", err)
			}
		}
	})
}

// A role that serves and lacks its rights, or may not migrate, is told so.
func TestRightsAreLooked(t *testing.T) {
	db := storagetest.NewSplit(t)
	store := storagetest.Connect(t, db)
	if err := store.Serves(t.Context()); err != nil {
		t.Fatal(err)
	}
	owner := dial(t, db.Owner)
	exec(t, owner, "REVOKE INSERT ON turns FROM nod_test_serve")
	if err := store.Serves(t.Context()); err == nil || !strings.Contains(err.Error(), `the role "nod_test_serve" may not use the table turns; run nod migrate as the role that owns`) {
		t.Errorf("got %v", err)
	}
	exec(t, owner, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC")
	if err := store.Serves(t.Context()); err == nil || !strings.Contains(err.Error(), "has no tables of nod; run nod migrate") {
		t.Errorf("got %v", err)
	}
	err := storage.Migrate(t.Context(), db.URL, storagetest.Prefixes, "")
	if err == nil || !strings.Contains(err.Error(), `the role "nod_test_serve" may not change the tables of the database`) {
		t.Errorf("got %v", err)
	}
}

// listens answers each connection by a function, and keeps it open until the test ends.
func listens(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go answer(conn)
		}
	}()
	return l.Addr().String()
}

func noTLS(conn net.Conn) {
	if _, err := pgproto3.NewBackend(conn, conn).ReceiveStartupMessage(); err == nil {
		conn.Write([]byte{'N'})
	}
}

func says(code, routine, sentence string) func(net.Conn) {
	return func(conn net.Conn) {
		client := pgproto3.NewBackend(conn, conn)
		if _, err := client.ReceiveStartupMessage(); err == nil {
			client.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Routine: routine, Message: sentence})
			client.Flush()
		}
	}
}

// old is a server of another version, which answers the first question only.
func old(conn net.Conn) {
	client := pgproto3.NewBackend(conn, conn)
	if _, err := client.ReceiveStartupMessage(); err != nil {
		return
	}
	client.Send(&pgproto3.AuthenticationOk{})
	client.Send(&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"})
	client.Send(&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"})
	client.Send(&pgproto3.BackendKeyData{ProcessID: 7, SecretKey: []byte{1, 2, 3, 4}})
	client.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	client.Flush()
	if _, err := client.Receive(); err != nil {
		return
	}
	fields, values := []pgproto3.FieldDescription{}, [][]byte{}
	for _, column := range []struct {
		oid   uint32
		value string
	}{{23, "7"}, {1184, time.Now().UTC().Format("2006-01-02 15:04:05.000000+00")}, {23, "140009"}, {25, "14.9"}, {25, "UTF8"}} {
		fields = append(fields, pgproto3.FieldDescription{Name: []byte("x"), DataTypeOID: column.oid, TypeModifier: -1})
		values = append(values, []byte(column.value))
	}
	client.Send(&pgproto3.RowDescription{Fields: fields})
	client.Send(&pgproto3.DataRow{Values: values})
	client.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
	client.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	client.Flush()
}

package storage

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Unusable says in one sentence why nod cannot work with a database, and what to do. It names no password.
type Unusable struct {
	Sentence string
	cause    error
}

func (u *Unusable) Error() string { return u.Sentence }
func (u *Unusable) Unwrap() error { return u.cause }

func unusable(cause error, format string, a ...any) error {
	return &Unusable{Sentence: fmt.Sprintf(format, a...), cause: cause}
}

const (
	connectTime    = 5 * time.Second
	oldestPostgres = 15 // whose SQL nod uses
)

// Every statement is small and met again and again: compiling it, or planning it anew for its values, costs many times what running it
// does (measured: 50 ms a press). They are set when a connection starts, which costs no trip; a pooler takes them only later.
var planning = map[string]string{"jit": "off", "plan_cache_mode": "force_generic_plan"}

const sqlSetPlanning = `SELECT set_config('jit', 'off', false), set_config('plan_cache_mode', 'force_generic_plan', false)`

const sqlExamine = `
SELECT pg_backend_pid(), clock_timestamp(), current_setting('server_version_num')::integer, current_setting('server_version'),
       current_setting('server_encoding')`

// takesNoChanges are, in SQL, the two reasons why a server may take none.
const takesNoChanges = `pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'`

const sqlWritable = `SELECT ` + takesNoChanges

// server tells which of takesNoChanges holds.
type server struct{ standby, readOnly bool }

// writable is an error where nothing can be changed.
func (s server) writable() error {
	switch {
	case s.standby:
		return unusable(nil, "the server is a standby, which takes no changes; give the address of the primary")
	case s.readOnly:
		return unusable(nil, "the database takes no changes, since default_transaction_read_only is on; turn it off for the role and the "+
			"database")
	}
	return nil
}

// examine makes a connection and finds out whether nod can work with what answers. A pooler has made up the number of the process that a
// client may cancel. Everything is asked by the simple protocol, which all answer.
func examine(ctx context.Context, config *pgx.ConnConfig) (pooled bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	config = config.Copy()
	config.ConnectTimeout = connectTime
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	config.RuntimeParams["client_encoding"] = "UTF8" // whatever the database's is
	conn, err := pgx.ConnectConfig(ctx, config)
	if pg := new(pgconn.PgError); errors.As(err, &pg) && pg.Code == protocolViolation { // PgBouncer does not know a parameter of a start
		withoutPlanning(config)
		conn, err = pgx.ConnectConfig(ctx, config)
	}
	if err != nil {
		return false, unanswered(err, &config.Config)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var pid uint32
	var asked time.Time
	var number int
	var version, encoding string
	err = conn.QueryRow(ctx, sqlExamine).Scan(&pid, &asked, &number, &version, &encoding)
	if err != nil {
		return false, unanswered(err, &config.Config)
	}
	switch {
	case number < oldestPostgres*10000:
		return false, unusable(nil, "it is Postgres %s, and nod needs %d or newer; upgrade it", version, oldestPostgres)
	case encoding != "UTF8":
		return false, unusable(nil, "the database %q is encoded as %s, which cannot hold every name; make one with "+
			"CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0", config.Database, encoding)
	case pid == conn.PgConn().PID():
		return false, nil
	}
	return true, ownSession(ctx, config, conn, pid, asked)
}

const sqlMyProcess = `SELECT a.pid, a.backend_start FROM pg_stat_activity a WHERE a.pid = pg_backend_pid()`

const sqlMyPID = `SELECT pg_backend_pid()`

// mostBeside is how many connections of a pooler are tried: more than it has idle.
const mostBeside = 40

// ownSession makes sure that a pooler leaves a connection its server's process between transactions: nod locks, listens and prepares
// statements for longer. Beside it, transactions are begun and kept open. Either one of them, or the connection itself, gets a process
// that it must not get; or one of them gets a new one: then the pooler had none to spare, though that of the connection was idle. pid is
// the process that conn had, and asked when it said so, by the database's clock.
func ownSession(ctx context.Context, config *pgx.ConnConfig, conn *pgx.Conn, pid uint32, asked time.Time) error {
	shared := func(err error) error {
		return unusable(err, "a connection pooler (as PgBouncer with pool_mode = transaction) stands before the database and hands each "+
			"transaction to another connection, while nod needs its own; give the address of Postgres itself, or of a pool with "+
			"pool_mode = session")
	}
	scarce := func(err error) error {
		return unusable(err, "the connection pooler before the database gives nod no second connection (%s); give it a larger pool, of %d "+
			"or more, or give the address of Postgres itself", brief(err), poolSize+3)
	}
	for range mostBeside {
		beside, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return scarce(err)
		}
		defer beside.Close(context.WithoutCancel(ctx))
		tx, err := beside.Begin(ctx)
		if pg := new(pgconn.PgError); errors.As(err, &pg) && pg.Code == protocolViolation { // pool_mode = statement knows no transactions
			return shared(err)
		}
		if err != nil {
			return scarce(err)
		}
		var other uint32
		var begun time.Time
		if err := tx.QueryRow(ctx, sqlMyProcess).Scan(&other, &begun); err != nil {
			return scarce(err)
		}
		if other == pid {
			return shared(nil)
		}
		var again uint32
		if err := conn.QueryRow(ctx, sqlMyPID).Scan(&again); err != nil || again != pid {
			return shared(err)
		}
		if begun.After(asked) {
			return nil
		}
	}
	return shared(nil)
}

func withoutPlanning(config *pgx.ConnConfig) {
	for name := range planning {
		delete(config.RuntimeParams, name)
	}
}

// setPlanning sets on a connection through a pooler what it did not take at the start.
func setPlanning(config *pgxpool.Config) {
	withoutPlanning(config.ConnConfig)
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sqlSetPlanning)
		return err
	}
}

// SQLSTATEs: postgresql.org/docs/current/errcodes-appendix.html.
const (
	protocolViolation   = "08P01"
	featureNotSupported = "0A000"
	authorization       = "28000"
	wrongPassword       = "28P01"
	noDatabase          = "3D000"
	noRight             = "42501"
	tooManyConnections  = "53300"
	cannotConnectNow    = "57P03"
)

// pgHBA is the server's function that refuses an address, whatever its language.
const pgHBA = "ClientAuthentication"

// unanswered makes a sentence of why no connection came about, or why it did not answer.
func unanswered(err error, c *pgconn.Config) error {
	at := net.JoinHostPort(c.Host, fmt.Sprint(c.Port))
	if strings.HasPrefix(c.Host, "/") {
		at = c.Host
	}
	var pg *pgconn.PgError
	var dns *net.DNSError
	var network *net.OpError
	switch {
	case errors.As(err, &pg):
		return refused(err, pg, c, at)
	case errors.As(err, &dns):
		return unusable(err, "there is no host %s; check the address", c.Host)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return unusable(err, "nothing listens at %s; check the address, and that the server runs", at)
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err):
		return unusable(err, "%s does not answer within %s; check the address, the firewall, and that the server runs", at, connectTime)
	case errors.As(err, &network):
		return unusable(err, "%s cannot be reached: %s; check the address, and that the server runs", at, brief(network.Err))
	case c.TLSConfig != nil:
		return unusable(err, "no encrypted connection to %s comes about (%s); set sslmode and sslrootcert of the address as the server "+
			"wants them", at, brief(err))
	}
	return unusable(err, "%s does not answer as a Postgres does (%s); check the address", at, brief(err))
}

// refused makes a sentence of what a server said.
func refused(err error, pg *pgconn.PgError, c *pgconn.Config, at string) error {
	switch pg.Code {
	case wrongPassword:
		return unusable(err, "the server refuses the password of the role %q; correct it in the address", c.User)
	case authorization:
		if pg.Routine == pgHBA && c.TLSConfig == nil {
			return unusable(err, "the server lets the role %q into the database %q from here only with encryption, or not at all; write "+
				"sslmode=require into the address, or allow it in pg_hba.conf", c.User, c.Database)
		}
		if pg.Routine == pgHBA {
			return unusable(err, "the server does not let the role %q into the database %q from here; allow it in pg_hba.conf", c.User,
				c.Database)
		}
		return unusable(err, "the server does not let the role %q in (%s); check the role's name and rights", c.User, brief(err))
	case noDatabase:
		return unusable(err, "there is no database %q at %s; make it with CREATE DATABASE, as docs/running.md shows, or check the address",
			c.Database, at)
	case noRight:
		return unusable(err, "the role %q may not connect to the database %q; GRANT it CONNECT, or make it the owner", c.User, c.Database)
	case tooManyConnections:
		return unusable(err, "the server takes no more connections; raise max_connections, or give the role more")
	case cannotConnectNow:
		return unusable(err, "the server is starting, stopping or being restored; try again when it is ready")
	}
	return unusable(err, "the server at %s refuses nod: %s; check the address", at, brief(err))
}

// brief is an error's own words on one line, without the address, which pgx puts before them.
func brief(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.Join(strings.Fields(pg.Message), " ")
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			break
		}
		err = inner
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

const sqlServes = `
SELECT ` + takesNoChanges + `, current_user,
       EXISTS (SELECT FROM pg_class c WHERE c.relname = 'subjects' AND c.relnamespace = 'public'::regnamespace),
       coalesce((SELECT c.relname::text
                   FROM pg_class c
                  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'goose_db_version'
                    AND NOT (has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
                             AND has_table_privilege(c.oid, 'INSERT'))
                  ORDER BY c.relname
                  LIMIT 1), '')`

// Serves tells whether nod serve can work over the database: it can be written to, and the role has its rights.
func (s *Store) Serves(ctx context.Context) error {
	var found server
	var migrated bool
	var role, forbidden string
	err := s.pool.QueryRow(ctx, sqlServes).Scan(&found.standby, &found.readOnly, &role, &migrated, &forbidden)
	if err != nil {
		return unanswered(err, &s.pool.Config().ConnConfig.Config)
	}
	if err := found.writable(); err != nil {
		return err
	}
	switch {
	case !migrated:
		return unusable(nil, "the database has no tables of nod; run nod migrate")
	case forbidden != "":
		return unusable(nil, "the role %q may not use the table %s; run nod migrate as the role that owns the tables, with "+
			"NOD_MIGRATE_DATABASE_URL, which gives it its rights", role, forbidden)
	}
	return nil
}

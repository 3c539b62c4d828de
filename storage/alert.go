package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/nod-chat/nod/workflows"
)

// toldAgain is how long the administrators are left in peace about one thing.
const toldAgain = 24 * time.Hour

// An earlier telling that has not gone out, because no chat reached its administrator, gives way to the new one.
const sqlAlert = `
WITH met AS (
	INSERT INTO alerts (key, text, args, first_at, last_at, told_at)
	VALUES (@key, @text, @args, @now, @now, @now)
	ON CONFLICT (key) DO UPDATE
	   SET text = excluded.text, args = excluded.args, count = alerts.count + 1, last_at = greatest(alerts.last_at, excluded.last_at),
	       told = alerts.told + CASE WHEN alerts.told_at <= @now::timestamptz - @again * interval '1 second' THEN 1 ELSE 0 END,
	       told_at = CASE WHEN alerts.told_at <= @now::timestamptz - @again * interval '1 second' THEN @now ELSE alerts.told_at END
	RETURNING key, id, text, args, told, told_at = @now AS tell
), stale AS (
	DELETE FROM notices n
	 USING met
	 WHERE n.about = met.id AND n.seq < met.told AND n.sent_at IS NULL
)
INSERT INTO notices (about, seq, party_kind, party_id, text, args, tone, avoid, binding_id, platform, next_at)
SELECT n.about, n.seq, n.party_kind, n.party_id, n.text, n.args, 'warn', n.avoid, chat.id, coalesce(chat.platform, ''),
       now()
  FROM (SELECT met.id AS about, met.told AS seq, 'person' AS party_kind, p.id AS party_id, met.text, met.args,
       split_part(met.key, '.', 1) AS avoid
          FROM met, people p
         WHERE met.tell AND p.active AND p.roles <> '{}' AND 'admin' = ANY (p.roles)) n
  LEFT JOIN LATERAL (` + chatOf + `) chat ON true
ON CONFLICT (about, seq, party_id, party_kind, text) DO NOTHING`

// Alert records that something needs an administrator's eye and leaves each of them a notice, at most one a day for one key. The key
// says what is wrong and with whom, and begins with the platform if it is about one, whose notice then goes by another chat if the
// administrator has one.
func (s *Store) Alert(ctx context.Context, key, text string, about workflows.Args, now time.Time) error {
	return alert(ctx, s.pool, key, text, about, now)
}

// alert does it within the transaction that found it out.
func alert(ctx context.Context, db interface {
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
}, key, text string, about workflows.Args, now time.Time) error {
	values, err := json.Marshal(orNone(about))
	if err != nil {
		return fmt.Errorf("encode alert %s: %w", key, err)
	}
	_, err = db.Exec(ctx, sqlAlert, args{"key": workflows.Cut(key, 190), "text": text, "args": values, "now": now,
		"again": int(toldAgain.Seconds())})
	return err
}

// Alert is something that an administrator has to look at.
type Alert struct {
	Key, Text   string
	Args        workflows.Args
	Count       int64 // how often it was met; a storm is counted by the minute
	First, Last time.Time
}

// What is a state that can be asked for is left out: GoneChats has it.
const sqlAlerts = `
SELECT a.key, a.text, a.args, a.count, a.first_at, a.last_at
  FROM alerts a
 WHERE a.last_at > @now::timestamptz - interval '7 days' AND a.text <> 'alert.gone'
 ORDER BY a.last_at DESC
 LIMIT 100`

// Alerts lists what was met in the last seven days, newest first.
func (s *Store) Alerts(ctx context.Context, now time.Time) ([]Alert, error) {
	rows, err := s.pool.Query(ctx, sqlAlerts, args{"now": now})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Alert, error) {
		var a Alert
		err := row.Scan(&a.Key, &a.Text, &a.Args, &a.Count, &a.First, &a.Last)
		return a, err
	})
}

// Somebody whom Slack may still find by their address has a quarter of an hour for that.
const sqlWaitedFor = `
SELECT DISTINCT p.employee_no || ' ' || p.name
  FROM turns t
  JOIN people p ON p.id = t.person_id
 WHERE t.state = 'open' AND t.opened_at < @now::timestamptz - interval '15 minutes' AND p.active
   AND NOT EXISTS (SELECT FROM bindings b WHERE b.party_kind = 'person' AND b.party_id = p.id AND b.ended_at IS NULL AND b.gone_at IS NULL)
 ORDER BY 1
 LIMIT 100`

// WaitedFor names up to 100 people whose decision is waited for and whom no chat reaches.
func (s *Store) WaitedFor(ctx context.Context, now time.Time) ([]string, error) {
	rows, err := s.pool.Query(ctx, sqlWaitedFor, args{"now": now})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

const sqlCountries = `SELECT DISTINCT p.country FROM people p WHERE p.active AND p.country <> '' ORDER BY 1`

// Countries lists where people work.
func (s *Store) Countries(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, sqlCountries)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

const sqlStaff = `
SELECT count(*),
       count(*) FILTER (WHERE 'admin' = ANY (p.roles)),
       coalesce(array_agg(p.id ORDER BY p.employee_no) FILTER (WHERE 'admin' = ANY (p.roles)
           AND NOT EXISTS (SELECT FROM bindings b WHERE b.party_kind = 'person' AND b.party_id = p.id AND b.ended_at IS NULL
           AND b.gone_at IS NULL)), '{}')
  FROM people p
 WHERE p.active`

const sqlUnheld = `
SELECT r.role
  FROM unnest(@roles::text[]) AS r (role)
 WHERE NOT EXISTS (SELECT FROM people p WHERE p.active AND p.roles <> '{}' AND p.roles @> ARRAY[r.role])
 ORDER BY r.role`

// Unheld lists those of some roles that nobody has who works here.
func (s *Store) Unheld(ctx context.Context, roles []string) ([]string, error) {
	rows, err := s.pool.Query(ctx, sqlUnheld, args{"roles": orEmpty(roles)})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Staff counts the people who work here and the administrators among them, and gives the administrators whom no chat reaches.
func (s *Store) Staff(ctx context.Context) (people, admins int, unreached []workflows.PersonID, err error) {
	err = s.pool.QueryRow(ctx, sqlStaff).Scan(&people, &admins, &unreached)
	return people, admins, unreached, err
}

package storage

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

const (
	// CodeLife is how long a link code can be redeemed.
	CodeLife = 10 * time.Minute
	// codeTries is how many wrong codes a chat user may send within lockOut before the next are not looked at.
	codeTries = 5
	lockOut   = 15 * time.Minute
)

// coded are the platforms on which a code makes a chat user known.
var coded = []string{"slack", "telegram"}

const sqlCode = `
INSERT INTO link_codes (hash, person_id, platform, expires_at)
SELECT @hash, p.id, @platform, now() + @life * interval '1 second'
  FROM people p
 WHERE p.employee_no = @no AND p.active`

// A new code makes the ones before it worthless.
const sqlCodesEnd = `
UPDATE link_codes c
   SET used_at = now()
  FROM people p
 WHERE p.id = c.person_id AND p.employee_no = @no AND c.platform = ANY (@platforms::text[]) AND c.used_at IS NULL`

// LinkCode makes a single-use code by which a chat user becomes a person. Only its hash is stored.
func (s *Store) LinkCode(ctx context.Context, employeeNo, platform string) (code string, err error) {
	code = rand.Text()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlCodesEnd, args{"no": employeeNo, "platforms": []string{platform}}); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, sqlCode, args{"hash": codeHash(code), "platform": platform, "no": employeeNo,
			"life": int(CodeLife.Seconds())})
		if err == nil && done.RowsAffected() == 0 {
			return workflows.Refuse(workflows.NotFound, "person.not_found", workflows.Args{"Value": employeeNo})
		}
		return err
	})
	return code, err
}

// codeHash is enough for a code of 130 random bits: there is nothing to guess.
func codeHash(code string) []byte {
	sum := sha256.Sum256([]byte(strings.ToUpper(strings.TrimSpace(code))))
	return sum[:]
}

const sqlLocked = `SELECT EXISTS (SELECT FROM link_failures WHERE platform = @platform AND team = @team AND user_id = @user
	AND failures >= @tries AND until > now())`

const sqlFailure = `
INSERT INTO link_failures (platform, team, user_id, failures, until)
VALUES (@platform, @team, @user, 1, now() + @lock * interval '1 second')
ON CONFLICT (platform, team, user_id) DO UPDATE
   SET failures = CASE WHEN link_failures.until > now() THEN link_failures.failures + 1 ELSE 1 END, until = excluded.until`

const sqlRedeem = `
UPDATE link_codes c
   SET used_at = now()
  FROM people p
 WHERE c.hash = @hash AND c.platform = @platform AND c.used_at IS NULL AND c.expires_at > now() AND p.id = c.person_id AND p.active
RETURNING p.id`

// One person has one user on a platform and one user is one person: whatever bound either to another before ends.
const sqlUnbindBoth = `
UPDATE bindings
   SET ended_at = @now
 WHERE platform = @platform AND ended_at IS NULL AND (team = @team AND user_id = @user) <> (party_kind = 'person' AND party_id = @person)
   AND (team = @team AND user_id = @user OR party_kind = 'person' AND party_id = @person)
RETURNING id, platform, user_id, bound_at`

// Redeem binds a chat user to the person whose code they bring. A wrong, used or expired code is refused alike, and after some of them
// the user is locked out for a while.
func (s *Store) Redeem(ctx context.Context, u workflows.ChatUser, code string, now time.Time) (workflows.Person, error) {
	who := chatUser(u)
	var locked bool
	if err := s.pool.QueryRow(ctx, sqlLocked, with(who, args{"tries": codeTries})).Scan(&locked); err != nil {
		return workflows.Person{}, err
	}
	if locked {
		return workflows.Person{}, workflows.Refuse(workflows.TooSoon, "link.locked", nil)
	}
	var person int64
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, sqlRedeem, args{"hash": codeHash(code), "platform": u.Platform}).Scan(&person); err != nil {
			return err
		}
		if _, err := endBindings(ctx, tx, sqlUnbindBoth, with(who, args{"person": person, "now": now})); err != nil {
			return err
		}
		if err := reached(ctx, tx, u); err != nil { // theirs already, and they have just written from there
			return err
		}
		return bind(ctx, tx, workflows.PersonID(person).Party(), u, "", now)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		if _, err := s.pool.Exec(ctx, sqlFailure, with(who, args{"lock": int(lockOut.Seconds())})); err != nil {
			return workflows.Person{}, err
		}
		return workflows.Person{}, workflows.Refuse(workflows.Invalid, "link.wrong", nil)
	}
	if err != nil {
		return workflows.Person{}, err
	}
	return s.Person(ctx, workflows.PersonID(person))
}

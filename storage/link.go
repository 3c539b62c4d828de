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

// Whoever binds a person locks them first, so that a code and an address, or two codes, never do so at the same moment.
const sqlLockCoded = `
SELECT p.id
  FROM people p
 WHERE p.id = (SELECT c.person_id FROM link_codes c WHERE c.hash = @hash)
   FOR NO KEY UPDATE`

// One person has one user on a platform and one user is one person: whatever bound either to another before ends.
const sqlUnbindBoth = `
UPDATE bindings
   SET ended_at = @now
 WHERE platform = @platform AND ended_at IS NULL AND (team = @team AND user_id = @user) <> (party_kind = 'person' AND party_id = @person)
   AND (team = @team AND user_id = @user OR party_kind = 'person' AND party_id = @person)
RETURNING id, platform, user_id, bound_at`

// Redeem binds a chat user to the person whose code they bring. A wrong, used or expired code is refused alike, and after some of them
// the user is locked out for a while. The same delivery again hears what the first one did.
func (s *Store) Redeem(ctx context.Context, c workflows.Cause, code string, now time.Time) (workflows.Person, error) {
	came, err := s.once(ctx, c, now, func(tx pgx.Tx) (outcome, error) { return redeem(ctx, tx, c.ChatUser, code, now) })
	switch {
	case err != nil:
		return workflows.Person{}, err
	case came.Refused != nil:
		return workflows.Person{}, came.Refused
	}
	return s.Person(ctx, came.Person)
}

func redeem(ctx context.Context, tx pgx.Tx, u workflows.ChatUser, code string, now time.Time) (outcome, error) {
	who := chatUser(u)
	var locked bool
	if err := tx.QueryRow(ctx, sqlLocked, with(who, args{"tries": codeTries})).Scan(&locked); err != nil {
		return outcome{}, err
	}
	if locked {
		return outcome{}, workflows.Refuse(workflows.TooSoon, "link.locked", nil)
	}
	hash := codeHash(code)
	if _, err := tx.Exec(ctx, sqlLockCoded, args{"hash": hash}); err != nil {
		return outcome{}, err
	}
	var person workflows.PersonID
	err := tx.QueryRow(ctx, sqlRedeem, args{"hash": hash, "platform": u.Platform}).Scan(&person)
	if errors.Is(err, pgx.ErrNoRows) {
		_, err := tx.Exec(ctx, sqlFailure, with(who, args{"lock": int(lockOut.Seconds())}))
		return outcome{Refused: workflows.Refuse(workflows.Invalid, "link.wrong", nil)}, err
	}
	if err != nil {
		return outcome{}, err
	}
	if _, err := endBindings(ctx, tx, sqlUnbindBoth, with(who, args{"person": int64(person), "now": now})); err != nil {
		return outcome{}, err
	}
	holder, err := holderOf(ctx, tx, person, u.Platform)
	if err != nil {
		return outcome{}, err
	}
	if holder == u { // theirs already, and they have just written from there
		return outcome{Person: person}, reached(ctx, tx, u)
	}
	bound, err := bind(ctx, tx, person.Party(), u, "", now)
	if err == nil && !bound { // the user has become somebody else at the same moment
		err = errOvertaken
	}
	return outcome{Person: person}, err
}

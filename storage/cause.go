package storage

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

const sqlAnswered = `
SELECT c.answer
  FROM causes c
 WHERE c.platform = @platform AND c.team = @team AND c.user_id = @user AND c.key = @key AND c.subject_id IS NULL`

// outcome is what came of a delivery that changes no subject, as it is kept: whom it concerned, or why nothing came of it.
type outcome struct {
	Person  workflows.PersonID `json:"person,omitempty"`
	Refused *workflows.Error   `json:"refused,omitempty"`
}

// onceTries is how often such a delivery is tried while others get in its way.
const onceTries = 10

// errOvertaken undoes a try that somebody else was faster than; the next one sees what they did.
var errOvertaken = errors.New("somebody else was faster")

// once does what a delivery asks for that changes no subject, in one transaction, and keeps what came of it: the same delivery gets that
// when it comes again, and changes nothing. A refusal in the outcome is kept too, with what was written; one that is an error writes
// nothing.
func (s *Store) once(ctx context.Context, c workflows.Cause, now time.Time, do func(tx pgx.Tx) (outcome, error)) (came outcome, err error) {
	for try := 0; ; try++ {
		err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) (err error) {
			came, err = answered(ctx, tx, c, now, do)
			return err
		})
		var refusal *workflows.Error
		if err == nil || errors.As(err, &refusal) {
			return came, err
		}
		if !errors.Is(err, errOvertaken) && !passing(err) || try >= onceTries || !wait(ctx, time.Duration(try)*20*time.Millisecond) {
			return came, unread(err)
		}
	}
}

func answered(ctx context.Context, tx pgx.Tx, c workflows.Cause, now time.Time, do func(tx pgx.Tx) (outcome, error)) (
	came outcome, err error,
) {
	cause := with(chatUser(c.ChatUser), args{"key": c.Key})
	var known []byte
	err = tx.QueryRow(ctx, sqlAnswered, cause).Scan(&known)
	if err == nil {
		return came, json.Unmarshal(known, &came)
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return came, err
	}
	if came, err = do(tx); err != nil {
		return came, err
	}
	answer, err := json.Marshal(came)
	if err != nil {
		return came, err
	}
	_, err = tx.Exec(ctx, sqlAnswer, with(cause, args{"subject": nil, "answer": answer, "at": now}))
	return came, err
}

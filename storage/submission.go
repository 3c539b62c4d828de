package storage

import (
	"context"
	"time"

	"github.com/nod-chat/nod/workflows"
)

const sqlSubmissionKeep = `
INSERT INTO submissions (platform, team, user_id, key, place, body, sent_at, next_at)
VALUES (@platform, @team, @user, @key, @place, @body, now(), now() + @lease * interval '1 microsecond')
ON CONFLICT (platform, team, user_id, key, place) DO NOTHING`

// KeepSubmission keeps a form until DropSubmission. Its sender's program has it for the time of the lease; then anybody may claim it.
func (s *Store) KeepSubmission(ctx context.Context, c workflows.Cause, place string, body []byte, lease time.Duration) error {
	_, err := s.pool.Exec(ctx, sqlSubmissionKeep, with(submissionKey(c, place), args{"body": body, "lease": lease.Microseconds()}))
	return err
}

const sqlSubmissionsClaim = `
WITH free AS (
	SELECT platform, team, user_id, key, place
	  FROM submissions
	 WHERE platform = @platform AND next_at <= now()
	 ORDER BY next_at
	 LIMIT @limit
	   FOR UPDATE SKIP LOCKED)
UPDATE submissions s
   SET next_at = now() + @lease * interval '1 microsecond', tries = s.tries + 1
  FROM free f
 WHERE s.platform = f.platform AND s.team = f.team AND s.user_id = f.user_id AND s.key = f.key AND s.place = f.place
RETURNING s.platform, s.team, s.user_id, s.key, s.place, s.body, s.tries`

// ClaimSubmissions gives forms that nobody is at, and has them for the time of the lease.
func (s *Store) ClaimSubmissions(ctx context.Context, platform string, limit int, lease time.Duration) ([]workflows.Submission, error) {
	rows, err := s.pool.Query(ctx, sqlSubmissionsClaim, args{"platform": platform, "limit": limit, "lease": lease.Microseconds()})
	if err != nil {
		return nil, err
	}
	var list []workflows.Submission
	var k workflows.Submission
	u := &k.Cause.ChatUser
	return list, each(func() { list = append(list, k); k.Body = nil },
		&u.Platform, &u.Team, &u.User, &k.Cause.Key, &k.Place, &k.Body, &k.Tries).rows(rows)
}

const sqlSubmissionDelay = `
UPDATE submissions SET next_at = now() + @wait * interval '1 microsecond'
 WHERE platform = @platform AND team = @team AND user_id = @user AND key = @key AND place = @place`

// DelaySubmission has a claimed form wait before it is claimed again.
func (s *Store) DelaySubmission(ctx context.Context, c workflows.Cause, place string, wait time.Duration) error {
	_, err := s.pool.Exec(ctx, sqlSubmissionDelay, with(submissionKey(c, place), args{"wait": wait.Microseconds()}))
	return err
}

const sqlSubmissionDrop = `
DELETE FROM submissions
 WHERE platform = @platform AND team = @team AND user_id = @user AND key = @key AND place = @place`

// DropSubmission forgets a form; that there is none is no fault.
func (s *Store) DropSubmission(ctx context.Context, c workflows.Cause, place string) error {
	_, err := s.pool.Exec(ctx, sqlSubmissionDrop, submissionKey(c, place))
	return err
}

func submissionKey(c workflows.Cause, place string) args {
	return with(chatUser(c.ChatUser), args{"key": c.Key, "place": place})
}

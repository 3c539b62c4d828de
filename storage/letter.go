package storage

import "context"

const sqlLetter = `
INSERT INTO dead_letters (platform, key, body, why, at)
VALUES (@platform, @key, @body, @why, now())
ON CONFLICT (platform, key) DO NOTHING`

// Dead keeps an update that could not be handled after several tries, for the administrator to look at.
func (s *Store) Dead(ctx context.Context, platform, key string, body []byte, why string) error {
	_, err := s.pool.Exec(ctx, sqlLetter, args{"platform": platform, "key": key, "body": body, "why": why})
	return err
}

const sqlLetters = `SELECT count(*) FROM dead_letters d WHERE d.at > now() - interval '7 days'`

// DeadLetters counts the updates of the last week that could not be handled.
func (s *Store) DeadLetters(ctx context.Context) (n int, err error) {
	err = s.pool.QueryRow(ctx, sqlLetters).Scan(&n)
	return n, err
}

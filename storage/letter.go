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

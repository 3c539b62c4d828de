package storage

import "context"

const sqlUnhandledKeep = `
INSERT INTO dead_letters (platform, key, body, why, at)
VALUES (@platform, @key, @body, @why, now())
ON CONFLICT (platform, key) DO NOTHING`

// KeepUnhandled keeps an update that could not be handled after several tries, for the administrator to look at.
func (s *Store) KeepUnhandled(ctx context.Context, platform, key string, body []byte, why string) error {
	_, err := s.pool.Exec(ctx, sqlUnhandledKeep, args{"platform": platform, "key": key, "body": body, "why": why})
	return err
}

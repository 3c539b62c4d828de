package storage

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// maxWaiting is how many files of a person may wait for a form to be sent: two of the longest lists with a file in each line, and no store
// for everything.
const maxWaiting = 2 * workflows.MaxLines

// A file that is given once more while its form is still open, as when a form is sent again after a fault, is the same file.
const sqlFileKept = `
SELECT f.id::text, (SELECT count(*) FROM files w WHERE w.person_id = @person AND w.subject_id IS NULL)
  FROM (SELECT 1) one
  LEFT JOIN files f ON f.person_id = @person AND f.subject_id IS NULL AND f.sha256 = @sha
 LIMIT 1`

// The same file may have come at this moment, unseen by the look before.
const sqlFileKeep = `
INSERT INTO files (id, person_id, name, type, size, sha256, key, content, added_at)
VALUES (@id, @person, @name, @type, @size, @sha, @key, @content, now())
ON CONFLICT (person_id, sha256) WHERE subject_id IS NULL DO UPDATE
   SET added_at = excluded.added_at, key = coalesce(nullif(files.key, ''), excluded.key)
RETURNING id::text`

// What was given for something else, as a proof, waits without the key that it has as a receipt.
const sqlFileKeyed = `UPDATE files SET key = @key WHERE id = @id AND key = ''`

// KeepFile stores what a person handed in, and gives the ID under which it lies: f's, or that of the same file if it waits already.
func (s *Store) KeepFile(ctx context.Context, f workflows.File, content []byte) (id string, err error) {
	sha := sha256.Sum256(content)
	var kept *string
	var waiting int
	if err := s.pool.QueryRow(ctx, sqlFileKept, args{"person": int64(f.Owner), "sha": sha[:]}).Scan(&kept, &waiting); err != nil {
		return "", unread(err)
	}
	switch {
	case kept != nil && f.Key != "":
		_, err := s.pool.Exec(ctx, sqlFileKeyed, args{"id": *kept, "key": f.Key})
		return *kept, unread(err)
	case kept != nil:
		return *kept, nil
	case waiting >= maxWaiting:
		return "", workflows.Refuse(workflows.TooSoon, "file.waiting", nil)
	}
	err = s.pool.QueryRow(ctx, sqlFileKeep, args{"id": f.ID, "person": int64(f.Owner), "name": f.Name, "type": f.Type, "size": f.Size,
		"sha": sha[:], "key": f.Key, "content": content}).Scan(&id)
	return id, unread(err)
}

// Files finds files by their IDs; those that do not exist are left out. Who may see them is the caller's to know.
func (s *Store) Files(ctx context.Context, ids []string) (map[string]workflows.File, error) {
	trip := &Trip{}
	found := map[string]workflows.File{}
	queueFiles(trip, sqlFilesOf, ids, "", found)
	return found, unread(trip.send(ctx, s.pool))
}

const sqlFileContent = `SELECT content FROM files WHERE id = @id`

// FileContent gives what a file holds; NotFound when there is none.
func (s *Store) FileContent(ctx context.Context, id string) (content []byte, err error) {
	err = s.pool.QueryRow(ctx, sqlFileContent, args{"id": id}).Scan(&content)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, workflows.Refuse(workflows.NotFound, "file.unknown", nil)
	}
	return content, unread(err)
}

const sqlFilesOf = `
SELECT f.id::text, f.person_id, coalesce(f.subject_id::text, ''), f.name, f.type, f.size, encode(f.sha256, 'hex'), f.key,
       coalesce(s.number, ''), coalesce(r.requester_id, 0)
  FROM files f
  LEFT JOIN LATERAL (SELECT c.subject_id
                       FROM claims c
                      WHERE c.key IN ('file:' || encode(f.sha256, 'hex'), nullif(f.key, ''))
                        AND c.subject_id IS DISTINCT FROM @subject::uuid
                      LIMIT 1) c ON true
  LEFT JOIN subjects s ON s.id = c.subject_id
  LEFT JOIN requests r ON r.id = c.subject_id
 WHERE f.id = ANY (@files::uuid[])`

// Of two requests that take the same file the second waits, and then sees whose it is.
const sqlFilesLocked = sqlFilesOf + ` ORDER BY f.id FOR UPDATE OF f`

// queueFiles reads files. Who else has claimed the content or the key of one is told beside what subject has.
func queueFiles(trip *Trip, sql string, ids []string, subject workflows.SubjectID, found map[string]workflows.File) {
	var f workflows.File
	var by workflows.Claimed
	queue(trip, sql, args{"files": ids, "subject": uuidArg(subject)}, each(func() {
		file := f
		if by.Number != "" {
			claimed := by
			file.Claimed = &claimed
		}
		found[f.ID] = file
	}, &f.ID, &f.Owner, &f.Subject, &f.Name, &f.Type, &f.Size, &f.Hash, &f.Key, &by.Number, &by.Requester))
}

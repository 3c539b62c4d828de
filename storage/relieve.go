package storage

// What a person who leaves was asked to decide falls due at once: a running service moves it to their manager within a second or two.
const sqlRelieve = `
INSERT INTO due (kind, key, slot, at, request_id, person_id, task)
SELECT 'relieve', t.request_id || '/' || t.revision || '/' || t.step || '/' || t.slot || '/' || t.person_id, 0, @now, t.request_id, t.person_id,
       ARRAY[t.revision, t.step, t.slot, t.person_id]::bigint[]
  FROM tasks t
 WHERE t.person_id = ANY (@people::bigint[]) AND t.state = 'open'
ON CONFLICT (kind, key, slot) DO NOTHING`

const sqlEndBindings = `UPDATE bindings SET ended_at = @now WHERE person_id = ANY (@people::bigint[]) AND ended_at IS NULL`

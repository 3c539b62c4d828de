-- One decision in four statements: lock and look, change, note, tell. A request swings between pending and approved, so that none is ever used up.
\set id random(1, :n)
BEGIN;
SELECT state, version, approver
  FROM yardstick.requests
 WHERE id = :id
   FOR UPDATE;
UPDATE yardstick.requests
   SET state = CASE state WHEN 'pending' THEN 'approved' ELSE 'pending' END, version = version + 1, updated_at = now()
 WHERE id = :id;
INSERT INTO yardstick.request_events (request_id, version, actor, event, from_state, to_state)
SELECT id, version, approver, 'approve', 'pending', state
  FROM yardstick.requests
 WHERE id = :id;
INSERT INTO yardstick.outbox (request_id, target, payload)
VALUES (:id, 'U00000001', '{"text": "Your leave request was approved", "channel": "D0123456789"}');
COMMIT;

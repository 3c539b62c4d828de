-- The same writes as decide.sql in one statement: one trip, and the lock is held for as long as it takes.
\set id random(1, :n)
WITH r AS (
	UPDATE yardstick.requests
	   SET state = CASE state WHEN 'pending' THEN 'approved' ELSE 'pending' END, version = version + 1, updated_at = now()
	 WHERE id = :id
	RETURNING id, version, state, approver, requester
), e AS (
	INSERT INTO yardstick.request_events (request_id, version, actor, event, from_state, to_state)
	SELECT id, version, approver, 'approve', 'pending', state
	  FROM r
)
INSERT INTO yardstick.outbox (request_id, target, payload)
SELECT id, requester, '{"text": "Your leave request was approved", "channel": "D0123456789"}'
  FROM r;

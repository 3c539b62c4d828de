-- The same writes as submit.sql in one statement.
\set u random(1, 20000)
WITH r AS (
	INSERT INTO yardstick.requests (kind, state, requester, approver, data, remind_at)
	VALUES ('leave', 'pending', 'U' || lpad((:u)::text, 8, '0'), 'M' || lpad((:u % 1000)::text, 8, '0'),
	        '{"from": "2026-11-01", "to": "2026-11-05", "days": 4, "reason": "family visit", "channel": "C0123456789", "ts": "1700000000.000001"}',
	        now() + interval '1 day')
	RETURNING id, version, state, requester, approver
), e AS (
	INSERT INTO yardstick.request_events (request_id, version, actor, event, to_state)
	SELECT id, version, requester, 'submit', state
	  FROM r
)
INSERT INTO yardstick.outbox (request_id, target, payload)
SELECT id, approver, '{"text": "Leave request to decide", "channel": "D0123456789"}'
  FROM r;

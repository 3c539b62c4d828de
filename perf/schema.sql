-- The yardstick's tables: the least that a bot must keep which forgets no approval. psql -v n=ROWS -f schema.sql makes them anew with n pending
-- requests, each with its first event. The indexes are those that somebody would miss: my approvals, my requests, what to remind of, what to send.
DROP SCHEMA IF EXISTS yardstick CASCADE;
CREATE SCHEMA yardstick;
SET search_path = yardstick;

CREATE TABLE requests (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	public_id  uuid NOT NULL DEFAULT gen_random_uuid(),
	kind       text NOT NULL,
	state      text NOT NULL,
	version    integer NOT NULL DEFAULT 1,
	requester  text NOT NULL,
	approver   text NOT NULL,
	data       jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	remind_at  timestamptz
) WITH (fillfactor = 90);

CREATE TABLE request_events (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	request_id bigint NOT NULL REFERENCES requests (id),
	version    integer NOT NULL,
	actor      text NOT NULL,
	event      text NOT NULL,
	from_state text,
	to_state   text NOT NULL,
	data       jsonb NOT NULL DEFAULT '{}',
	at         timestamptz NOT NULL DEFAULT now(),
	UNIQUE (request_id, version)
);

CREATE TABLE outbox (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	request_id bigint NOT NULL,
	target     text NOT NULL,
	payload    jsonb NOT NULL,
	due_at     timestamptz NOT NULL DEFAULT now(),
	attempts   integer NOT NULL DEFAULT 0,
	sent_at    timestamptz
);

INSERT INTO requests (kind, state, requester, approver, data, created_at, remind_at)
SELECT (ARRAY['leave', 'expense', 'onboarding'])[1 + g % 3], 'pending', 'U' || lpad((g % 20000)::text, 8, '0'), 'M' || lpad((g % 1000)::text, 8, '0'),
       jsonb_build_object('from', '2026-11-01', 'to', '2026-11-05', 'days', 4, 'reason', 'family visit ' || g, 'channel', 'C0123456789',
                          'ts', '1700000000.' || lpad((g % 1000000)::text, 6, '0')),
       now() - (g % 86400) * interval '1 second', now() + (g % 864000) * interval '1 second'
  FROM generate_series(1, :n) g;

INSERT INTO request_events (request_id, version, actor, event, to_state)
SELECT id, 1, requester, 'submit', 'pending'
  FROM requests;

CREATE UNIQUE INDEX requests_public_id ON requests (public_id);
CREATE INDEX requests_approver ON requests (approver, created_at) WHERE state = 'pending';
CREATE INDEX requests_requester ON requests (requester, created_at);
CREATE INDEX requests_remind ON requests (remind_at) WHERE state = 'pending';
CREATE INDEX outbox_due ON outbox (due_at) WHERE sent_at IS NULL;

VACUUM ANALYZE requests;
VACUUM ANALYZE request_events;
CHECKPOINT;

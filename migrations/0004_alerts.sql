-- +goose Up
-- What an administrator has to look at: one row for each thing that is wrong, however often it is met.
CREATE TABLE alerts (
	key      text PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 200),
	text     text NOT NULL,
	args     jsonb NOT NULL DEFAULT '{}' CHECK (length(args::text) <= 4000),
	count    bigint NOT NULL DEFAULT 1,
	first_at timestamptz NOT NULL,
	last_at  timestamptz NOT NULL,
	told     integer NOT NULL DEFAULT 1, -- how often the administrators were told
	told_at  timestamptz NOT NULL
);

-- A notice is about a request, or about an alert. Its seq is then that of the telling.
ALTER TABLE notices ALTER COLUMN request_id DROP NOT NULL;
ALTER TABLE notices ADD COLUMN alert text REFERENCES alerts (key);
ALTER TABLE notices ADD CONSTRAINT notices_about_one CHECK (num_nonnulls(request_id, alert) = 1) NOT VALID;
ALTER TABLE notices VALIDATE CONSTRAINT notices_about_one;
CREATE UNIQUE INDEX notices_alert ON notices (alert, seq, person_id) WHERE alert IS NOT NULL;

-- A chat that somebody unlinked by hand is bound again by a code only, not by its user's address.
ALTER TABLE bindings ADD COLUMN unlinked boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE bindings DROP COLUMN unlinked;
DELETE FROM notices WHERE request_id IS NULL;
ALTER TABLE notices DROP CONSTRAINT notices_about_one, DROP COLUMN alert, ALTER COLUMN request_id SET NOT NULL;
DROP TABLE alerts;

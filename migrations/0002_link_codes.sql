-- +goose Up
-- A code that binds a chat user to a person: single-use, short-lived, stored as a hash only.
CREATE TABLE link_codes (
	hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
	person_id  bigint NOT NULL REFERENCES people (id),
	platform   text NOT NULL CHECK (platform IN ('slack', 'telegram')),
	expires_at timestamptz NOT NULL, -- by the machine's clock, as all that guards
	used_at    timestamptz
);
CREATE INDEX link_codes_person ON link_codes (person_id, platform) WHERE used_at IS NULL;

-- Wrong codes that a chat user has tried: after some of them the next are not even looked at for a while.
CREATE TABLE link_failures (
	platform text NOT NULL,
	team     text NOT NULL,
	user_id  text NOT NULL,
	failures integer NOT NULL,
	until    timestamptz NOT NULL, -- when they are forgotten
	PRIMARY KEY (platform, team, user_id)
);

-- +goose Down
DROP TABLE link_failures, link_codes;

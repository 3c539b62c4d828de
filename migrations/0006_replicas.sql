-- +goose Up
-- A program that serves. It renews its row every second; one that has not done so for some seconds is gone, and what it had claimed is free.
CREATE TABLE replicas (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name       text NOT NULL, -- of the machine and the process, for an administrator
	started_at timestamptz NOT NULL,
	seen_at    timestamptz NOT NULL, -- both by the database's clock
	late       jsonb NOT NULL DEFAULT '[]' -- its loops that have not done their work
);

-- What one program does for all, as fetching updates; whoever is named does it.
CREATE TABLE leaders (
	name       text PRIMARY KEY,
	replica_id bigint NOT NULL REFERENCES replicas (id) ON DELETE CASCADE
);

-- Who has claimed something. No foreign key: each claim would lock the same few rows.
ALTER TABLE cards ADD COLUMN claimed_by bigint;
ALTER TABLE notices ADD COLUMN claimed_by bigint;
ALTER TABLE due ADD COLUMN claimed_by bigint;
ALTER TABLE dead_letters ADD COLUMN claimed_by bigint;
CREATE INDEX cards_claimed ON cards (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX notices_claimed ON notices (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX due_claimed ON due (claimed_by) WHERE claimed_by IS NOT NULL;

-- The direct channel between the bot and a chat user, where a platform has one that must be asked for: it stays the same.
ALTER TABLE bindings ADD COLUMN channel text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE bindings DROP COLUMN channel;
ALTER TABLE dead_letters DROP COLUMN claimed_by;
ALTER TABLE due DROP COLUMN claimed_by;
ALTER TABLE notices DROP COLUMN claimed_by;
ALTER TABLE cards DROP COLUMN claimed_by;
DROP TABLE leaders, replicas;

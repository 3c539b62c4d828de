-- +goose Up
-- Reminders of one morning go to their person as one message.
ALTER TABLE notices ADD COLUMN digest boolean NOT NULL DEFAULT false;
CREATE INDEX notices_digest ON notices (person_id) WHERE sent_at IS NULL AND digest;

-- +goose Down
ALTER TABLE notices DROP COLUMN digest;

-- +goose Up
-- What waits for an office, as claims to be paid, is listed by its state, the oldest first.
CREATE INDEX subjects_open ON subjects (kind, state, changed_at, id) WHERE NOT final;

-- +goose Down
DROP INDEX subjects_open;

-- +goose Up
-- What waits for an office, as claims to be paid, is looked for among what is not over, the oldest first. No column of the index changes
-- while a request is under way, so that a press need not write to it.
CREATE INDEX subjects_open ON subjects (kind, id) WHERE NOT final;

-- +goose Down
DROP INDEX subjects_open;

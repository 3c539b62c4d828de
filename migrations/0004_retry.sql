-- +goose Up
-- An update that could not be handled is handed in again when an administrator says so: nod dead retry.
ALTER TABLE dead_letters
	ADD COLUMN retry_at timestamptz, -- when it is handed in again, by the machine's clock; NULL: not at all
	ADD COLUMN retries integer NOT NULL DEFAULT 0; -- how often it was, and failed again

-- +goose Down
ALTER TABLE dead_letters DROP COLUMN retry_at, DROP COLUMN retries;

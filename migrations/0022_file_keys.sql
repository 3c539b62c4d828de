-- +goose Up
-- What a file is claimed by in whatever bytes it comes: the number of an e-invoice is the same in its PDF, its OFD and its XML.
ALTER TABLE files ADD COLUMN key text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE files DROP COLUMN key;

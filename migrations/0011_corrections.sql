-- +goose Up
-- A correction of what was granted is an entry of its own, with who says why, and with what makes it the same when it is imported again. One
-- that is spread over several lots has several entries.
ALTER TABLE ledger ADD COLUMN reason text NOT NULL DEFAULT '', ADD COLUMN key text;
CREATE UNIQUE INDEX ledger_key ON ledger (key, nr) WHERE key IS NOT NULL;

-- +goose Down
DROP INDEX ledger_key;
ALTER TABLE ledger DROP COLUMN reason, DROP COLUMN key;

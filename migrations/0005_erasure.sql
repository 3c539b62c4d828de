-- +goose Up
-- What a subject said is erased: its number, states, amounts and the chain of its audit are left, and cards say so.
ALTER TABLE subjects ADD COLUMN erased boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE subjects DROP COLUMN erased;

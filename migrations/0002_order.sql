-- +goose Up
-- A delivery that changes no subject, as a code that links a chat, is answered once too.
ALTER TABLE causes ALTER COLUMN subject_id DROP NOT NULL;

-- The seq of the change that decided a turn: which decision came first is told by it, and not by clocks.
ALTER TABLE turns ADD COLUMN decided_seq integer;

-- +goose Down
ALTER TABLE turns DROP COLUMN decided_seq;
DELETE FROM causes WHERE subject_id IS NULL;
ALTER TABLE causes ALTER COLUMN subject_id SET NOT NULL;

-- +goose Up
-- A delivery that changes no subject, as a code that links a chat, is answered once too.
ALTER TABLE causes ALTER COLUMN subject_id DROP NOT NULL;

-- +goose Down
DELETE FROM causes WHERE subject_id IS NULL;
ALTER TABLE causes ALTER COLUMN subject_id SET NOT NULL;

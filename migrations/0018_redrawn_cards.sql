-- +goose Up
-- What a card shows changed, and its subject did not, while it was being sent: it is drawn again behind that.
ALTER TABLE cards ADD COLUMN again boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE cards DROP COLUMN again;

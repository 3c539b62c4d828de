-- +goose Up
-- Where a person's claims are paid. It is apart from what is loaded of people, so that nothing but a payment file asks for it.
ALTER TABLE people ADD COLUMN bank_account text NOT NULL DEFAULT '' CHECK (length(bank_account) <= 60);

-- +goose Down
ALTER TABLE people DROP COLUMN bank_account;

-- +goose Up
-- Exchange rates as they were imported: one of a currency and day. The base is kept with each, so that the rates of another base are not
-- taken for those of the policy's.
CREATE TABLE rates (
	currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	date     date NOT NULL,
	base     text NOT NULL CHECK (base ~ '^[A-Z]{3}$' AND base <> currency),
	per_base bigint NOT NULL CHECK (per_base > 0 AND per_base < 1000000000000000000), -- units of the currency for one of the base, in 10^-10
	PRIMARY KEY (currency, date)
);

-- +goose Down
DROP TABLE rates;

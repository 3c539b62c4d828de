-- +goose Up
-- Forms that are half filled in while Redis is away. A row may go a day after it was saved.
CREATE TABLE drafts (
	owner    text NOT NULL,
	form     text NOT NULL,
	state    bytea NOT NULL CHECK (length(state) <= 65536),
	saved_at timestamptz NOT NULL, -- by the machine's clock
	PRIMARY KEY (owner, form)
);

-- Updates that could not be handled after several tries, for the administrator.
CREATE TABLE dead_letters (
	platform text NOT NULL,
	key      text NOT NULL,
	body     bytea NOT NULL,
	why      text NOT NULL,
	at       timestamptz NOT NULL,
	PRIMARY KEY (platform, key)
);

-- +goose Down
DROP TABLE dead_letters, drafts;

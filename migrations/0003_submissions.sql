-- +goose Up
-- Forms whose sender was told that they are being saved before anything came of them: Slack waits three seconds, a lock may take longer. A
-- row is there before that is said, and goes when the sender knows the outcome, so that whoever is left after a crash takes it up.
CREATE TABLE submissions (
	platform text NOT NULL,
	team     text NOT NULL,
	user_id  text NOT NULL,
	key      text NOT NULL, -- of the cause: what was saved before the crash is not saved again
	place    text NOT NULL, -- the dialog that waits for the outcome: two of one cause wait each for itself
	body     bytea NOT NULL, -- what the adapter needs to send it once more
	sent_at  timestamptz NOT NULL, -- both by the machine's clock
	next_at  timestamptz NOT NULL, -- until then somebody is at it
	tries    integer NOT NULL DEFAULT 0, -- how often it was taken up
	PRIMARY KEY (platform, team, user_id, key, place)
);
CREATE INDEX submissions_next ON submissions (platform, next_at);

-- +goose Down
DROP TABLE submissions;

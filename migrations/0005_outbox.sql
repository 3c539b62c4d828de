-- +goose Up
-- Cards to be posted and cards to be drawn again are claimed apart, from both ends, so that neither a mass of edits nor an old heap keeps a new card waiting.
CREATE INDEX cards_posts ON cards (next_at) WHERE wanted > shown AND NOT dead AND reference IS NULL;
CREATE INDEX cards_edits ON cards (next_at) WHERE wanted > shown AND NOT dead AND reference IS NOT NULL;
-- Code from before still works without this one, only slower, and it does so for the moments of an update.
DROP INDEX cards_outbox;

-- +goose Down
CREATE INDEX cards_outbox ON cards (next_at) WHERE wanted > shown AND NOT dead;
DROP INDEX cards_posts, cards_edits;

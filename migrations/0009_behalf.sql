-- +goose Up
-- Requests that somebody filed for somebody else: who of the two sent the revision, and what somebody filed, the newest first.
ALTER TABLE requests ADD COLUMN sent_by_id bigint REFERENCES people (id); -- NULL: an older program wrote it, and whoever filed it sent it
CREATE INDEX requests_submitter ON requests (submitted_by_id, submitted_at DESC) WHERE submitted_by_id <> requester_id;

-- +goose Down
DROP INDEX requests_submitter;
ALTER TABLE requests DROP COLUMN sent_by_id;

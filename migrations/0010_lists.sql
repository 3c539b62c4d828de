-- +goose Up
-- Lists are read page by page along their index, which has to tell requests of one moment apart.
CREATE INDEX turns_listed ON turns (person_id, opened_at, request_id) WHERE state = 'open';
DROP INDEX turns_waiting;
CREATE INDEX requests_listed ON requests (requester_id, submitted_at DESC, id DESC);
DROP INDEX requests_requester;

-- +goose Down
CREATE INDEX turns_waiting ON turns (person_id, opened_at) WHERE state = 'open';
DROP INDEX turns_listed;
CREATE INDEX requests_requester ON requests (requester_id, submitted_at DESC);
DROP INDEX requests_listed;

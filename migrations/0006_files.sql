-- +goose Up
-- What people hand in with a request. Content lies beside the rest, so that a copy of the database is a copy of everything, and every replica has it.
CREATE TABLE files (
	id         uuid PRIMARY KEY, -- a version 7 one, and the only name under which a file is stored
	person_id  bigint NOT NULL REFERENCES people (id), -- who handed it in
	request_id uuid REFERENCES requests (id), -- whose form has held it; NULL: no form with it was sent yet
	name       text NOT NULL, -- as its owner called it, for showing only
	type       text NOT NULL, -- found from the content
	size       integer NOT NULL CHECK (size > 0),
	sha256     bytea NOT NULL CHECK (length(sha256) = 32),
	content    bytea NOT NULL,
	added_at   timestamptz NOT NULL -- by the machine's clock
);
ALTER TABLE files ALTER COLUMN content SET STORAGE EXTERNAL; -- pictures and PDFs are compressed already
CREATE INDEX files_waiting ON files (person_id) WHERE request_id IS NULL;
CREATE INDEX files_request ON files (request_id) WHERE request_id IS NOT NULL;

-- +goose Down
DROP TABLE files;

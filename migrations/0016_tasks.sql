-- +goose Up
-- What people have to do by a day. body is the task as the program writes it and as the audit tells it; the columns beside it are read out
-- of it by the database itself, so that there is one truth and lists have their indexes.
CREATE TABLE tasks (
	id        uuid PRIMARY KEY REFERENCES subjects (id),
	body      jsonb NOT NULL,
	open      boolean NOT NULL,
	owner_id  bigint NOT NULL GENERATED ALWAYS AS ((body ->> 'owner')::bigint) STORED,
	due_on    text NOT NULL GENERATED ALWAYS AS (body ->> 'due') STORED, -- 2026-11-30, which sorts as a date does
	source_id uuid GENERATED ALWAYS AS ((body #>> '{source,subject}')::uuid) STORED,
	helpers   jsonb GENERATED ALWAYS AS (body -> 'helpers') STORED,
	part      text NOT NULL GENERATED ALWAYS AS (coalesce(body #>> '{source,part}', '')) STORED
) WITH (fillfactor = 80);
-- What is open, by owner and day: neither grows with what was done.
CREATE INDEX tasks_open ON tasks (owner_id, due_on, id) WHERE open;
-- And by who stands in.
CREATE INDEX tasks_helpers ON tasks USING gin (helpers) WHERE open;
-- What a plan gave out.
CREATE INDEX tasks_source ON tasks (source_id, part) WHERE source_id IS NOT NULL;

-- +goose Down
DROP TABLE tasks;

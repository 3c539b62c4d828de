-- +goose Up
-- Plans that people go through, as new hires through their first thirty days. As with tasks, body is the plan as the program writes it and
-- as the audit tells it, and the database reads the columns beside it out of it by itself.
CREATE TABLE plans (
	id          uuid PRIMARY KEY REFERENCES subjects (id),
	body        jsonb NOT NULL,
	open        boolean NOT NULL,
	newcomer_id bigint NOT NULL GENERATED ALWAYS AS ((body ->> 'newcomer')::bigint) STORED,
	mentor_id   bigint NOT NULL GENERATED ALWAYS AS ((body ->> 'mentor')::bigint) STORED,
	manager_id  bigint NOT NULL GENERATED ALWAYS AS ((body ->> 'manager')::bigint) STORED,
	start_on    text NOT NULL GENERATED ALWAYS AS (body ->> 'start') STORED -- 2026-11-30, which sorts as a date does
) WITH (fillfactor = 80);
CREATE INDEX plans_newcomer ON plans (newcomer_id, id);
CREATE INDEX plans_mentor ON plans (mentor_id) WHERE open;
CREATE INDEX plans_manager ON plans (manager_id) WHERE open;
CREATE INDEX plans_open ON plans (start_on, id) WHERE open;
-- Reports read the months that they are about.
CREATE INDEX plans_start ON plans (start_on);

-- +goose Down
DROP TABLE plans;

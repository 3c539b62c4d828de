-- +goose Up
-- What the lines of requests spend, by date: limits of a day or a month count it, and reports sum it. base is in minor units of the base
-- currency of the request's kind, as it was when the request was sent.
CREATE TABLE charges (
	subject_id uuid NOT NULL REFERENCES subjects (id),
	line       integer NOT NULL,
	person_id  bigint NOT NULL REFERENCES people (id),
	heading    text NOT NULL,
	date       date NOT NULL,
	amount     bigint NOT NULL,
	currency   text NOT NULL,
	base       bigint NOT NULL CHECK (base >= 0),
	PRIMARY KEY (subject_id, line)
);
CREATE INDEX charges_person ON charges (person_id, date);
CREATE INDEX charges_date ON charges (date);

-- A request's keys go when nothing comes of it.
CREATE INDEX claims_subject ON claims (subject_id);

-- +goose Down
DROP INDEX claims_subject;
DROP TABLE charges;

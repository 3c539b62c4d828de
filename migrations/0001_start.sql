-- +goose Up
-- What is settled here cannot change later: the row format of the audit, the unit of the ledger (integer minutes), and the shape of causes.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE people (
	id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	employee_no       text NOT NULL UNIQUE CHECK (employee_no <> ''),
	name              text NOT NULL CHECK (name <> ''),
	email             text NOT NULL DEFAULT '',
	manager_id        bigint REFERENCES people (id) CHECK (manager_id <> id),
	department        text NOT NULL DEFAULT '',
	title             text NOT NULL DEFAULT '',
	roles             text[] NOT NULL DEFAULT '{}',
	country           text NOT NULL DEFAULT '',
	timezone          text NOT NULL DEFAULT 'UTC',
	language          text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'zh')),
	hired_on          date,
	first_employed_on date,
	tier              text NOT NULL DEFAULT '' CHECK (tier IN ('', 'new', 'senior', 'expert')),
	pattern           text NOT NULL DEFAULT '',
	active            boolean NOT NULL DEFAULT true
);
CREATE UNIQUE INDEX people_email ON people (lower(email)) WHERE email <> '' AND active;
CREATE INDEX people_manager ON people (manager_id);
CREATE INDEX people_department ON people (department) WHERE active;
CREATE INDEX people_roles ON people USING gin (roles);

-- A chat user who is known to be a person. Ended bindings stay, so that the audit can be read.
CREATE TABLE bindings (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	person_id bigint NOT NULL REFERENCES people (id),
	platform  text NOT NULL CHECK (platform NOT IN ('', 'system', 'cli')),
	team      text NOT NULL,
	user_id   text NOT NULL CHECK (user_id <> ''),
	bound_at  timestamptz NOT NULL,
	ended_at  timestamptz,
	gone_at   timestamptz -- the chat takes no more messages
);
CREATE UNIQUE INDEX bindings_user ON bindings (platform, team, user_id) WHERE ended_at IS NULL;
CREATE INDEX bindings_person ON bindings (person_id) WHERE ended_at IS NULL;

-- Imported days override the years that come with the program.
CREATE TABLE calendar_days (
	country text NOT NULL,
	date    date NOT NULL,
	kind    text NOT NULL CHECK (kind IN ('workday', 'rest', 'statutory')),
	name    text NOT NULL DEFAULT '',
	PRIMARY KEY (country, date)
);

-- Definitions as they were when a request began.
CREATE TABLE definitions (
	hash     text PRIMARY KEY,
	kind     text NOT NULL,
	body     json NOT NULL,
	added_at timestamptz NOT NULL
);

CREATE TABLE requests (
	id              uuid PRIMARY KEY, -- a version 7 one, so that new rows lie together
	number          text NOT NULL UNIQUE,
	kind            text NOT NULL,
	definition      text NOT NULL, -- a hash of definitions; no foreign key, since every new request would lock the same few rows
	requester_id    bigint NOT NULL REFERENCES people (id),
	submitted_by_id bigint NOT NULL REFERENCES people (id),
	state           text NOT NULL,
	final           boolean NOT NULL,
	revision        integer NOT NULL CHECK (revision > 0),
	seq             integer NOT NULL CHECK (seq > 0),
	form            jsonb NOT NULL,
	measures        jsonb NOT NULL,
	steps           jsonb NOT NULL,
	step            integer NOT NULL,
	submitted_at    timestamptz NOT NULL,
	changed_at      timestamptz NOT NULL,
	audit_hash      bytea NOT NULL -- of the last audit row: the next one is linked to it
) WITH (fillfactor = 80);
CREATE INDEX requests_requester ON requests (requester_id, submitted_at DESC);

CREATE TABLE tasks (
	request_id uuid NOT NULL REFERENCES requests (id),
	revision   integer NOT NULL,
	step       integer NOT NULL,
	slot       integer NOT NULL,
	person_id  bigint NOT NULL REFERENCES people (id),
	for_id     bigint REFERENCES people (id),
	why        text NOT NULL DEFAULT '',
	state      text NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'returned', 'closed')),
	comment    text NOT NULL DEFAULT '',
	opened_at  timestamptz NOT NULL,
	decided_at timestamptz,
	nudged_at  timestamptz,
	nr         integer NOT NULL, -- the order in which a request's tasks opened
	PRIMARY KEY (request_id, revision, step, slot, person_id),
	CHECK ((state IN ('open', 'closed')) = (decided_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX tasks_waiting ON tasks (person_id, opened_at) WHERE state = 'open';
-- Two deciding outcomes of one slot cannot be stored, whatever the program does.
CREATE UNIQUE INDEX tasks_one_decision ON tasks (request_id, revision, step, slot) WHERE state IN ('approved', 'rejected', 'returned');
CREATE UNIQUE INDEX tasks_one_open ON tasks (request_id, person_id) WHERE state = 'open';

-- The first answer to each delivery; a repeat hears it again. Kept 30 days.
CREATE TABLE causes (
	platform   text NOT NULL,
	team       text NOT NULL,
	user_id    text NOT NULL,
	key        text NOT NULL,
	request_id uuid NOT NULL REFERENCES requests (id) DEFERRABLE INITIALLY IMMEDIATE,
	answer     jsonb NOT NULL,
	at         timestamptz NOT NULL,
	PRIMARY KEY (platform, team, user_id, key)
);
CREATE INDEX causes_at ON causes USING brin (at);

-- One row for each change of a request, hash-chained per request. The values lie apart, so that erasing a person leaves the chain whole.
CREATE TABLE audit (
	request_id uuid NOT NULL REFERENCES requests (id),
	seq        integer NOT NULL,
	at         timestamptz NOT NULL,
	event      text NOT NULL,
	actor_id   bigint NOT NULL DEFAULT 0, -- 0: a clock, or an administrator at the command line
	for_id     bigint NOT NULL DEFAULT 0,
	operator   text NOT NULL DEFAULT '',
	platform   text NOT NULL,
	revision   integer NOT NULL,
	from_state text NOT NULL,
	to_state   text NOT NULL,
	digest     bytea NOT NULL CHECK (length(digest) = 32),
	hash       bytea NOT NULL CHECK (length(hash) = 32),
	PRIMARY KEY (request_id, seq)
);
CREATE TABLE audit_values (
	request_id uuid NOT NULL,
	seq        integer NOT NULL,
	salt       bytea,
	body       json, -- json, not jsonb: the digest is over these very bytes
	PRIMARY KEY (request_id, seq),
	FOREIGN KEY (request_id, seq) REFERENCES audit (request_id, seq),
	CHECK ((salt IS NULL) = (body IS NULL))
);

-- +goose StatementBegin
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
-- The serving role has no right to change the audit; this stops an owner too. It costs an insert nothing.
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION audit_is_append_only();

-- The ledger: signed minutes of the person's standard day that sum. A lot is a grant with its validity; lot NULL is what no grant covers.
CREATE TABLE lots (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	person_id   bigint NOT NULL REFERENCES people (id),
	unit        text NOT NULL,
	valid_from  date NOT NULL,
	valid_until date, -- the last valid day; NULL: never ends
	reason      text NOT NULL DEFAULT '',
	key         text NOT NULL UNIQUE, -- what makes a grant the same grant when it is imported again
	CHECK (valid_until >= valid_from)
);
CREATE INDEX lots_person ON lots (person_id, unit);

CREATE TABLE ledger (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	person_id  bigint NOT NULL REFERENCES people (id),
	unit       text NOT NULL,
	lot_id     bigint REFERENCES lots (id),
	kind       text NOT NULL CHECK (kind IN ('grant', 'accrual', 'carry_in', 'expiry', 'reserve', 'release', 'use', 'reversal', 'adjust')),
	date       date NOT NULL, -- the day that is granted from or taken
	minutes    bigint NOT NULL CHECK (minutes <> 0),
	request_id uuid REFERENCES requests (id),
	seq        integer, -- the change of the request that wrote it
	nr         integer NOT NULL DEFAULT 0, -- its place within that change
	at         timestamptz NOT NULL,
	CHECK ((request_id IS NULL) = (seq IS NULL)),
	UNIQUE (request_id, seq, nr)
);
CREATE INDEX ledger_person ON ledger (person_id, unit);

-- Half-days that somebody's request holds, as [start, end) counted from 1970-01-01 am. No two of one person overlap.
CREATE TABLE spans (
	request_id uuid PRIMARY KEY REFERENCES requests (id),
	person_id  bigint NOT NULL REFERENCES people (id),
	halves     int4range NOT NULL CHECK (NOT isempty(halves)),
	approved   boolean NOT NULL DEFAULT false,
	CONSTRAINT spans_exclusive EXCLUDE USING gist (person_id WITH =, halves WITH &&)
);
CREATE INDEX spans_halves ON spans USING gist (halves);

-- A key that is used once for ever, as an invoice number.
CREATE TABLE claims (
	key        text PRIMARY KEY,
	request_id uuid NOT NULL REFERENCES requests (id)
);

-- A message in a chat that shows a request. Level-triggered: wanted > shown means that it has to be drawn again.
CREATE TABLE cards (
	id         uuid PRIMARY KEY,
	request_id uuid NOT NULL REFERENCES requests (id),
	binding_id bigint NOT NULL REFERENCES bindings (id),
	folded     boolean NOT NULL DEFAULT false, -- a newer card of the same request stands below it
	reference  text, -- the platform's name of the message; NULL until it is posted
	wanted     integer NOT NULL,
	shown      integer NOT NULL DEFAULT 0,
	revision   integer NOT NULL DEFAULT 0, -- of the request as shown
	hash       text NOT NULL DEFAULT '', -- of what is shown, so that an edit that changes nothing is not sent
	redraw     boolean NOT NULL DEFAULT false, -- whatever the hash says: what is on the screen is in doubt
	facts      json, -- what is shown, for the audit of a decision
	attempts   integer NOT NULL DEFAULT 0,
	lost       boolean NOT NULL DEFAULT false, -- the answer to a post was lost: look it up before posting again
	next_at    timestamptz NOT NULL, -- by the machine's clock, as all of the outbox
	dead       boolean NOT NULL DEFAULT false,
	posted_at  timestamptz -- by the business clock: t0
) WITH (fillfactor = 80);
CREATE INDEX cards_outbox ON cards (next_at) WHERE wanted > shown AND NOT dead;
CREATE INDEX cards_request ON cards (request_id);
CREATE UNIQUE INDEX cards_current ON cards (request_id, binding_id) WHERE NOT folded;

-- A short message that is sent once.
CREATE TABLE notices (
	id         uuid PRIMARY KEY,
	request_id uuid NOT NULL REFERENCES requests (id),
	seq        integer NOT NULL,
	person_id  bigint NOT NULL REFERENCES people (id),
	kind       text NOT NULL,
	args       jsonb NOT NULL DEFAULT '{}',
	attempts   integer NOT NULL DEFAULT 0,
	lost       boolean NOT NULL DEFAULT false,
	next_at    timestamptz NOT NULL,
	sent_at    timestamptz, -- sent, or dropped because it no longer holds
	UNIQUE (request_id, seq, person_id, kind)
);
CREATE INDEX notices_outbox ON notices (next_at) WHERE sent_at IS NULL;

-- What has to happen at a time, once per slot.
CREATE TABLE due (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind       text NOT NULL,
	key        text NOT NULL,
	slot       integer NOT NULL DEFAULT 0,
	at         timestamptz NOT NULL, -- by the business clock
	request_id uuid REFERENCES requests (id),
	person_id  bigint REFERENCES people (id),
	task       bigint[] NOT NULL DEFAULT '{}',
	attempts   integer NOT NULL DEFAULT 0,
	next_at    timestamptz NOT NULL DEFAULT '-infinity', -- a failed item waits, by the machine's clock, and holds up nobody
	UNIQUE (kind, key, slot)
);
CREATE INDEX due_at ON due (at);
CREATE INDEX due_request ON due (request_id);

-- The web chat of the demonstration is a chat like others, and this is its server's memory.
CREATE TABLE web_messages (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	user_id   text NOT NULL, -- an employee number
	key       text NOT NULL UNIQUE, -- the sender's: the same post is stored once
	body      json NOT NULL,
	posted_at timestamptz NOT NULL,
	edited_at timestamptz,
	change    bigint NOT NULL -- of the user's, as it was posted or last edited
);
CREATE INDEX web_messages_user ON web_messages (user_id, change);
-- A user's posts and edits are counted, one after the other, so that a browser can ask for what is new without missing any.
CREATE TABLE web_users (
	user_id text PRIMARY KEY,
	change  bigint NOT NULL DEFAULT 0,
	read    bigint NOT NULL DEFAULT 0 -- the last change that the user has seen
);
-- How far the demonstration's clock was moved on, so that a restart does not turn it back.
CREATE TABLE web_clock (
	one    boolean PRIMARY KEY DEFAULT true CHECK (one),
	offset_us bigint NOT NULL
);

-- +goose Down
DROP TABLE web_clock, web_users, web_messages, due, notices, cards, claims, spans, ledger, lots, audit_values, audit, causes, tasks, requests, definitions,
	calendar_days, bindings, people;
DROP FUNCTION audit_is_append_only;
DROP EXTENSION btree_gist;

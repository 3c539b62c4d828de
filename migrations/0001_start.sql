-- +goose Up
-- What is settled here cannot change later: the row format of the audit, that amounts are integers of their unit, the shape of causes,
-- and that whatever has a story is a subject. A new sort of subject adds a table of its own and no column to any of these.

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Parties: who acts and who looks.

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

-- A customer's person.
CREATE TABLE contacts (
	id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name     text NOT NULL CHECK (name <> ''),
	email    text NOT NULL DEFAULT '',
	timezone text NOT NULL DEFAULT 'UTC',
	language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'zh')),
	active   boolean NOT NULL DEFAULT true
);

-- A customer. The rep looks after it.
CREATE TABLE accounts (
	account_no text PRIMARY KEY CHECK (account_no <> ''),
	name       text NOT NULL CHECK (name <> ''),
	ka         boolean NOT NULL, -- a key account
	rep_id     bigint REFERENCES people (id),
	language   text NOT NULL CHECK (language IN ('en', 'zh')),
	timezone   text NOT NULL
);
CREATE INDEX accounts_rep ON accounts (rep_id);

-- Whoever can be written to, in one place.
CREATE VIEW parties AS
SELECT 'person' AS kind, id, name, timezone, language, active FROM people
UNION ALL
SELECT 'contact', id, name, timezone, language, active FROM contacts;

-- A chat user who is known to be a party. Ended bindings stay, so that the audit can be read.
CREATE TABLE bindings (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	party_kind text NOT NULL CHECK (party_kind IN ('person', 'contact')),
	party_id   bigint NOT NULL,
	platform   text NOT NULL CHECK (platform NOT IN ('', 'system', 'cli')),
	team       text NOT NULL,
	user_id    text NOT NULL CHECK (user_id <> ''),
	address    text NOT NULL DEFAULT '', -- that the platform had verified, where it made the binding; it holds as long as it is the party's
	bound_at   timestamptz NOT NULL,
	ended_at   timestamptz,
	gone_at    timestamptz, -- the chat takes no more messages
	unlinked   boolean NOT NULL DEFAULT false -- by hand: bound again by a code only, not by its user's address
);
CREATE UNIQUE INDEX bindings_user ON bindings (platform, team, user_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX bindings_party ON bindings (party_id, party_kind, platform) WHERE ended_at IS NULL;

-- A code that binds a chat user to a person: single-use, short-lived, stored as a hash only.
CREATE TABLE link_codes (
	hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
	person_id  bigint NOT NULL REFERENCES people (id),
	platform   text NOT NULL CHECK (platform IN ('slack', 'telegram')),
	expires_at timestamptz NOT NULL, -- by the machine's clock, as all that guards
	used_at    timestamptz
);
CREATE INDEX link_codes_person ON link_codes (person_id, platform) WHERE used_at IS NULL;

-- Wrong codes that a chat user has tried: after some of them the next are not even looked at for a while.
CREATE TABLE link_failures (
	platform text NOT NULL,
	team     text NOT NULL,
	user_id  text NOT NULL,
	failures integer NOT NULL,
	until    timestamptz NOT NULL, -- when they are forgotten
	PRIMARY KEY (platform, team, user_id)
);

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

-- The shell: what everything with a story shares. This row is the one that is locked and updated.
CREATE TABLE subjects (
	id         uuid PRIMARY KEY, -- a version 7 one, so that new rows lie together
	number     text NOT NULL CHECK (number <> ''),
	kind       text NOT NULL,
	definition text NOT NULL DEFAULT '', -- a hash of definitions; no foreign key, since every new request would lock the same few rows
	state      text NOT NULL,
	final      boolean NOT NULL,
	revision   integer NOT NULL CHECK (revision > 0),
	digest     bytea NOT NULL, -- the hash of the audit row that made this revision
	seq        integer NOT NULL CHECK (seq > 0),
	changed_at timestamptz NOT NULL,
	audit_hash bytea NOT NULL, -- of the last audit row: the next one is linked to it
	UNIQUE (number, kind) -- a customer's order may be called LV-1 too
) WITH (fillfactor = 80);
CREATE INDEX subjects_definition ON subjects (definition) WHERE NOT final;

CREATE TABLE requests (
	id              uuid PRIMARY KEY REFERENCES subjects (id),
	requester_id    bigint NOT NULL REFERENCES people (id),
	submitted_by_id bigint NOT NULL REFERENCES people (id),
	form            jsonb NOT NULL,
	measures        jsonb NOT NULL,
	steps           jsonb NOT NULL,
	step            integer NOT NULL,
	submitted_at    timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX requests_requester ON requests (requester_id, submitted_at DESC);

-- An approver's part in a step of a request.
CREATE TABLE turns (
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
	nr         integer NOT NULL, -- the order in which a request's turns opened
	PRIMARY KEY (request_id, revision, step, slot, person_id),
	CHECK ((state IN ('open', 'closed')) = (decided_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX turns_waiting ON turns (person_id, opened_at) WHERE state = 'open';
-- Two deciding outcomes of one slot cannot be stored, whatever the program does.
CREATE UNIQUE INDEX turns_one_decision ON turns (request_id, revision, step, slot) WHERE state IN ('approved', 'rejected', 'returned');
CREATE UNIQUE INDEX turns_one_open ON turns (request_id, person_id) WHERE state = 'open';

-- The first answer to each delivery; a repeat hears it again. Kept 30 days.
CREATE TABLE causes (
	platform   text NOT NULL,
	team       text NOT NULL,
	user_id    text NOT NULL,
	key        text NOT NULL,
	subject_id uuid NOT NULL REFERENCES subjects (id),
	answer     jsonb NOT NULL,
	at         timestamptz NOT NULL,
	PRIMARY KEY (platform, team, user_id, key)
);
CREATE INDEX causes_at ON causes USING brin (at);

-- One row for each change of a subject, hash-chained per subject. The values lie apart, so that erasing a person leaves the chain
-- whole. No foreign key leads to the audit or from it: to check one, Postgres locks rows as their owner, who may not update them.
-- VerifyAudit finds what belongs to nothing.
CREATE TABLE audit (
	subject_id uuid NOT NULL,
	seq        integer NOT NULL,
	at         timestamptz NOT NULL,
	event      text NOT NULL,
	actor_kind text NOT NULL CHECK (actor_kind IN ('person', 'contact', 'operator', 'clock', 'program')),
	actor_id   bigint NOT NULL DEFAULT 0, -- of a person or contact
	for_id     bigint NOT NULL DEFAULT 0,
	operator   text NOT NULL DEFAULT '',
	platform   text NOT NULL,
	revision   integer NOT NULL,
	from_state text NOT NULL,
	to_state   text NOT NULL,
	digest     bytea NOT NULL CHECK (length(digest) = 32),
	hash       bytea NOT NULL CHECK (length(hash) = 32),
	PRIMARY KEY (subject_id, seq)
);
CREATE TABLE audit_values (
	subject_id uuid NOT NULL,
	seq        integer NOT NULL,
	salt       bytea,
	body       json, -- json, not jsonb: the digest is over these very bytes
	PRIMARY KEY (subject_id, seq),
	CHECK ((salt IS NULL) = (body IS NULL))
);

-- +goose StatementBegin
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
-- The serving role has no right to change the audit; this stops an owner who serves too. It costs an insert nothing. Values may be
-- erased, and nothing else.
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_append_only BEFORE DELETE OR TRUNCATE ON audit_values EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_only_erased BEFORE UPDATE ON audit_values FOR EACH ROW
	WHEN (NEW.body IS NOT NULL OR NEW.subject_id <> OLD.subject_id OR NEW.seq <> OLD.seq) EXECUTE FUNCTION audit_is_append_only();

-- The ledger: signed amounts, integers of their unit; those of leave are minutes of the person's standard day. A lot is a grant with
-- its validity; what was settled without one is a debt. What is left is the sum of the entries less what is booked; which lot pays for
-- which date is worked out, never stored.
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
CREATE INDEX lots_person ON lots (person_id, (coalesce(valid_until, 'infinity'::date)));

CREATE TABLE ledger (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	person_id  bigint NOT NULL REFERENCES people (id),
	unit       text NOT NULL,
	lot_id     bigint REFERENCES lots (id),
	kind       text NOT NULL CHECK (kind IN ('grant', 'accrual', 'carry_in', 'expiry', 'adjust', 'settle')),
	date       date NOT NULL, -- the day on which it takes effect; of a settlement the last day that it settles
	amount     bigint NOT NULL CHECK (amount <> 0),
	subject_id uuid REFERENCES subjects (id),
	seq        integer, -- the change of the subject that wrote it
	nr         integer NOT NULL DEFAULT 0, -- its place within that change
	at         timestamptz NOT NULL,
	CHECK ((subject_id IS NULL) = (seq IS NULL)),
	UNIQUE (subject_id, seq, nr)
);
CREATE INDEX ledger_lot ON ledger (lot_id);
CREATE INDEX ledger_debt ON ledger (person_id) WHERE lot_id IS NULL;
-- A period of a lot is settled once.
CREATE UNIQUE INDEX ledger_settled ON ledger (person_id, unit, coalesce(lot_id, 0), date) WHERE kind = 'settle';

-- A person's books: the row that is locked while their lots and bookings are looked at in order to change them. It is never the
-- person's own row, so that somebody who asks for leave keeps nobody waiting whose request they approve.
CREATE TABLE books (
	person_id bigint PRIMARY KEY REFERENCES people (id),
	closed_on date -- what is booked until this day has been settled by entries and is not read any more; NULL: never yet
);
-- +goose StatementBegin
CREATE FUNCTION open_books() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO books (person_id) VALUES (NEW.id);
	RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER open_books AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION open_books();

-- What a request takes of its requester's time: half-days as [start, end) counted from 1970-01-01 am, of which no two of one person
-- overlap, and what each date costs. Reserved until it is approved, used from then on; one that comes to nothing is deleted. Dates and
-- amounts are written once for a revision.
CREATE TABLE bookings (
	subject_id uuid PRIMARY KEY REFERENCES subjects (id),
	person_id  bigint NOT NULL REFERENCES people (id),
	halves     int4range NOT NULL CHECK (NOT isempty(halves)),
	away       boolean NOT NULL DEFAULT false, -- once approved: the person is not at work then
	unit       text NOT NULL DEFAULT '', -- '': no ledger pays for it
	dates      date[] NOT NULL DEFAULT '{}',
	amounts    bigint[] NOT NULL DEFAULT '{}',
	approved   boolean NOT NULL DEFAULT false,
	CHECK (cardinality(dates) = cardinality(amounts)),
	CONSTRAINT bookings_exclusive EXCLUDE USING gist (person_id WITH =, halves WITH &&)
) WITH (fillfactor = 80);

-- A key that is used once for ever, as an invoice number.
CREATE TABLE claims (
	key        text PRIMARY KEY,
	subject_id uuid NOT NULL REFERENCES subjects (id)
);

-- What people hand in. Content lies beside the rest, so that a copy of the database is a copy of everything, and every replica has it.
CREATE TABLE files (
	id         uuid PRIMARY KEY, -- a version 7 one, and the only name under which a file is stored
	person_id  bigint NOT NULL REFERENCES people (id), -- who handed it in
	subject_id uuid REFERENCES subjects (id), -- the one subject whose form has held it; NULL: no form with it was sent yet
	name       text NOT NULL, -- as its owner called it, for showing only
	type       text NOT NULL, -- found from the content
	size       integer NOT NULL CHECK (size > 0),
	sha256     bytea NOT NULL CHECK (length(sha256) = 32),
	content    bytea NOT NULL,
	added_at   timestamptz NOT NULL -- by the machine's clock
);
ALTER TABLE files ALTER COLUMN content SET STORAGE EXTERNAL; -- pictures and PDFs are compressed already
CREATE UNIQUE INDEX files_waiting ON files (person_id, sha256) WHERE subject_id IS NULL;

-- A message in a chat that shows a subject. Level-triggered: wanted > shown means that it has to be drawn again.
CREATE TABLE cards (
	id         uuid PRIMARY KEY,
	subject_id uuid NOT NULL REFERENCES subjects (id),
	binding_id bigint NOT NULL REFERENCES bindings (id),
	platform   text NOT NULL, -- the binding's, so that each platform's lane claims by an index of its own
	folded     boolean NOT NULL DEFAULT false, -- a newer card of the same subject stands below it
	reference  text, -- the platform's name of the message; NULL until it is posted
	wanted     integer NOT NULL,
	shown      integer NOT NULL DEFAULT 0,
	revision   integer NOT NULL DEFAULT 0, -- of the subject as shown
	hash       text NOT NULL DEFAULT '', -- of what is shown, so that an edit that changes nothing is not sent
	redraw     boolean NOT NULL DEFAULT false, -- whatever the hash says: what is on the screen is in doubt
	facts      json, -- what is shown, for the audit of a decision
	attempts   integer NOT NULL DEFAULT 0,
	lost       boolean NOT NULL DEFAULT false, -- the answer to a post was lost: look it up before posting again
	next_at    timestamptz NOT NULL, -- by the machine's clock, as all of the outbox
	dead       boolean NOT NULL DEFAULT false,
	posted_at  timestamptz -- by the business clock: t0
) WITH (fillfactor = 80);
-- Cards to be posted and cards to be drawn again are claimed apart, from both ends, so that neither a mass of edits nor an old heap
-- keeps a new card waiting.
CREATE INDEX cards_posts ON cards (platform, next_at) WHERE wanted > shown AND NOT dead AND reference IS NULL;
CREATE INDEX cards_edits ON cards (platform, next_at) WHERE wanted > shown AND NOT dead AND reference IS NOT NULL;
CREATE INDEX cards_subject ON cards (subject_id);
CREATE INDEX cards_binding ON cards (binding_id);
CREATE UNIQUE INDEX cards_current ON cards (subject_id, binding_id) WHERE NOT folded;

-- A short message that is sent once. about is what it is about: the ID of a subject, of an alert, or of nothing else that has a card,
-- as a digest.
CREATE TABLE notices (
	id         uuid PRIMARY KEY,
	about      uuid NOT NULL,
	seq        integer NOT NULL, -- of the change that left it, or the count of the telling
	party_kind text NOT NULL CHECK (party_kind IN ('person', 'contact')),
	party_id   bigint NOT NULL,
	text       text NOT NULL,
	args       jsonb NOT NULL DEFAULT '{}',
	tone       text NOT NULL DEFAULT '',
	holds      text NOT NULL DEFAULT '', -- while what it holds; '': anyway
	digest     boolean NOT NULL DEFAULT false, -- it goes with the others of its text in one message
	avoid      text NOT NULL DEFAULT '', -- a platform that is the wrong one for it, if the party has another
	binding_id bigint REFERENCES bindings (id), -- the chat that it goes to; NULL: none reaches its party
	platform   text NOT NULL DEFAULT '', -- the binding's
	attempts   integer NOT NULL DEFAULT 0,
	lost       boolean NOT NULL DEFAULT false,
	next_at    timestamptz NOT NULL,
	sent_at    timestamptz, -- sent, or dropped because it no longer holds
	CHECK ((binding_id IS NULL) = (platform = '')),
	UNIQUE (about, seq, party_id, party_kind, text)
);
CREATE INDEX notices_outbox ON notices (platform, next_at) WHERE sent_at IS NULL;
CREATE INDEX notices_party ON notices (party_id) WHERE sent_at IS NULL;
CREATE INDEX notices_sent ON notices USING brin (sent_at);

-- What has to happen at a time, once per slot.
CREATE TABLE due (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind       text NOT NULL, -- names its handler
	key        text NOT NULL,
	slot       integer NOT NULL DEFAULT 0,
	at         timestamptz NOT NULL, -- by the business clock
	subject_id uuid REFERENCES subjects (id), -- NULL: it is about none, as a digest
	party_kind text NOT NULL DEFAULT '',
	party_id   bigint NOT NULL DEFAULT 0,
	data       jsonb, -- what its handler wants to know besides
	attempts   integer NOT NULL DEFAULT 0,
	next_at    timestamptz NOT NULL DEFAULT '-infinity', -- a failed item waits, by the machine's clock, and holds up nobody
	UNIQUE (kind, key, slot)
);
CREATE INDEX due_at ON due (at);
CREATE INDEX due_subject ON due (subject_id);

-- What an administrator has to look at: one row for each thing that is wrong, however often it is met.
CREATE TABLE alerts (
	key      text PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 200),
	id       uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(), -- what its notices are about
	text     text NOT NULL,
	args     jsonb NOT NULL DEFAULT '{}' CHECK (length(args::text) <= 4000),
	count    bigint NOT NULL DEFAULT 1,
	first_at timestamptz NOT NULL,
	last_at  timestamptz NOT NULL,
	told     integer NOT NULL DEFAULT 1, -- how often the administrators were told
	told_at  timestamptz NOT NULL
);

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
	one       boolean PRIMARY KEY DEFAULT true CHECK (one),
	offset_us bigint NOT NULL
);

-- +goose Down
DROP VIEW parties;
DROP TABLE web_clock, web_users, web_messages, dead_letters, drafts, alerts, due, notices, cards, files, claims, bookings, books, ledger, lots, audit_values,
	audit, causes, turns, requests, subjects, definitions, calendar_days, link_failures, link_codes, bindings, accounts, contacts, people;
DROP FUNCTION audit_is_append_only, open_books;
DROP EXTENSION btree_gist;

-- +goose Up
-- Few people have a role. Whoever holds one is found among these: Postgres thinks little of the index that it replaces, and read all people.
CREATE INDEX people_holders ON people (id) WHERE active AND roles <> '{}';
DROP INDEX people_roles;

-- Whether somebody unlinked a chat by hand is told by the last of their chats, which may have ended.
CREATE INDEX bindings_ever ON bindings (party_id);

-- +goose Down
DROP INDEX bindings_ever;
CREATE INDEX people_roles ON people USING gin (roles);
DROP INDEX people_holders;

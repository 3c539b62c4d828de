-- +goose Up
-- What a press writes is looked at no more, row by row, for what it names: that was a tenth of a submission, and locked the chat of
-- whoever is written to. The program that serves has no right to delete what is named (storage.Migrate), and nod audit verify finds what
-- names nothing.
ALTER TABLE requests
	DROP CONSTRAINT requests_id_fkey, DROP CONSTRAINT requests_requester_id_fkey,
	DROP CONSTRAINT requests_submitted_by_id_fkey, DROP CONSTRAINT requests_sent_by_id_fkey;
ALTER TABLE turns DROP CONSTRAINT turns_request_id_fkey, DROP CONSTRAINT turns_person_id_fkey, DROP CONSTRAINT turns_for_id_fkey;
ALTER TABLE bookings DROP CONSTRAINT bookings_subject_id_fkey, DROP CONSTRAINT bookings_person_id_fkey;
ALTER TABLE causes DROP CONSTRAINT causes_subject_id_fkey;
ALTER TABLE cards DROP CONSTRAINT cards_subject_id_fkey, DROP CONSTRAINT cards_binding_id_fkey;
ALTER TABLE notices DROP CONSTRAINT notices_binding_id_fkey;
ALTER TABLE due DROP CONSTRAINT due_subject_id_fkey;

-- +goose Down
ALTER TABLE due ADD FOREIGN KEY (subject_id) REFERENCES subjects (id);
ALTER TABLE notices ADD FOREIGN KEY (binding_id) REFERENCES bindings (id);
ALTER TABLE cards ADD FOREIGN KEY (subject_id) REFERENCES subjects (id), ADD FOREIGN KEY (binding_id) REFERENCES bindings (id);
ALTER TABLE causes ADD FOREIGN KEY (subject_id) REFERENCES subjects (id);
ALTER TABLE bookings ADD FOREIGN KEY (subject_id) REFERENCES subjects (id), ADD FOREIGN KEY (person_id) REFERENCES people (id);
ALTER TABLE turns
	ADD FOREIGN KEY (request_id) REFERENCES requests (id), ADD FOREIGN KEY (person_id) REFERENCES people (id),
	ADD FOREIGN KEY (for_id) REFERENCES people (id);
ALTER TABLE requests
	ADD FOREIGN KEY (id) REFERENCES subjects (id), ADD FOREIGN KEY (requester_id) REFERENCES people (id),
	ADD FOREIGN KEY (submitted_by_id) REFERENCES people (id), ADD FOREIGN KEY (sent_by_id) REFERENCES people (id);

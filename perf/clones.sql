-- Copies one request and everything that hangs on it: psql -v n=ROWS -v people=N -v pattern=LV-1 -f clones.sql, when E1 has sent that one through the
-- engine and its cards are posted. The copies go round the company, each time round a week later, so that nobody's leaves overlap. Ids, people and
-- dates are made to fit; the hashes of the audit are the pattern's and would not verify.
SET session_replication_role = replica; -- the foreign keys hold by construction, and checking them takes most of the time

CREATE TEMP TABLE clones AS
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(p.first + g), 12, '0'))::uuid AS id, -- in order and older than any real one
       'LV-' || nextval('number_lv') AS number, e.id AS requester, e.employee_no AS no, e.manager_id AS approver, 7 * (1 + (g - 1) / :people) AS days
  FROM generate_series(1, :n) g
 CROSS JOIN (SELECT count(*) AS first FROM subjects) p
  JOIN people e ON e.employee_no = 'E' || (1 + (g - 1) % :people);
ANALYZE clones;

-- What every copy is made from.
CREATE TEMP TABLE pattern AS
SELECT s.*, r.requester_id, r.form, r.measures, r.steps, r.step, r.submitted_at, e.manager_id AS approver_id
  FROM subjects s
  JOIN requests r ON r.id = s.id
  JOIN people e ON e.id = r.requester_id
 WHERE s.number = :'pattern';

INSERT INTO subjects (id, number, kind, definition, state, final, revision, digest, seq, changed_at, audit_hash)
SELECT c.id, c.number, p.kind, p.definition, p.state, p.final, p.revision, p.digest, p.seq, p.changed_at, p.audit_hash
  FROM pattern p
 CROSS JOIN clones c
 ORDER BY c.id;

INSERT INTO requests (id, requester_id, submitted_by_id, form, measures, steps, step, submitted_at)
SELECT c.id, c.requester, c.requester,
       p.form || jsonb_build_object('from', (p.form ->> 'from')::date + c.days, 'to', (p.form ->> 'to')::date + c.days), p.measures,
       jsonb_set(p.steps, '{0,slots,0,people}', jsonb_build_array(c.approver)), p.step, p.submitted_at
  FROM pattern p
 CROSS JOIN clones c
 ORDER BY c.id;

INSERT INTO turns (request_id, revision, step, slot, person_id, for_id, why, state, comment, opened_at, decided_at, nr)
SELECT c.id, t.revision, t.step, t.slot, c.approver, t.for_id, t.why, t.state, t.comment, t.opened_at, t.decided_at, t.nr
  FROM pattern p
  JOIN turns t ON t.request_id = p.id
 CROSS JOIN clones c
 ORDER BY c.id;

INSERT INTO causes (platform, team, user_id, key, subject_id, answer, at)
SELECT q.platform, q.team, c.no, 'clone ' || c.number || ' ' || q.key, c.id, q.answer, q.at
  FROM pattern p
  JOIN causes q ON q.subject_id = p.id
 CROSS JOIN clones c
 ORDER BY c.id;

INSERT INTO audit (subject_id, seq, at, event, actor_kind, actor_id, for_id, operator, platform, revision, from_state, to_state, digest, hash)
SELECT c.id, a.seq, a.at, a.event, a.actor_kind, CASE WHEN a.actor_id = p.requester_id THEN c.requester ELSE c.approver END, a.for_id, a.operator, a.platform, a.revision, a.from_state, a.to_state, a.digest, a.hash
  FROM pattern p
  JOIN audit a ON a.subject_id = p.id
 CROSS JOIN clones c
 ORDER BY c.id;

INSERT INTO audit_values (subject_id, seq, salt, body)
SELECT c.id, v.seq, v.salt, v.body
  FROM pattern p
  JOIN audit_values v ON v.subject_id = p.id
 CROSS JOIN clones c
 ORDER BY c.id;

INSERT INTO bookings (subject_id, person_id, halves, away, unit, dates, amounts, approved)
SELECT c.id, c.requester, int4range(lower(k.halves) + 2 * c.days, upper(k.halves) + 2 * c.days), k.away, k.unit,
       ARRAY(SELECT d + c.days FROM unnest(k.dates) d), k.amounts, k.approved
  FROM pattern p
  JOIN bookings k ON k.subject_id = p.id
 CROSS JOIN clones c
 ORDER BY c.id;

INSERT INTO cards (subject_id, binding_id, platform, folded, reference, wanted, shown, revision, hash, redraw, facts, attempts, lost, next_at, dead, posted_at)
SELECT c.id, b.id, b.platform, k.folded, k.reference || '-' || c.number, k.wanted, k.shown, k.revision, k.hash, k.redraw, k.facts, k.attempts,
       k.lost, k.next_at, k.dead, k.posted_at
  FROM pattern p
  JOIN cards k ON k.subject_id = p.id
  JOIN bindings o ON o.id = k.binding_id
 CROSS JOIN clones c
  JOIN bindings b ON b.party_kind = o.party_kind AND b.party_id = CASE WHEN o.party_id = p.requester_id THEN c.requester ELSE c.approver END
 ORDER BY c.id;

INSERT INTO due (kind, key, slot, at, subject_id, party_kind, party_id, data)
SELECT d.kind, replace(d.key, p.id::text, c.id::text), d.slot, d.at + c.days * interval '1 day', c.id,
       d.party_kind, CASE WHEN d.party_id = p.requester_id THEN c.requester ELSE c.approver END,
       CASE WHEN d.data ? 'person' THEN d.data || jsonb_build_object('person', c.approver) ELSE d.data END
  FROM pattern p
  JOIN due d ON d.subject_id = p.id
 CROSS JOIN clones c
 ORDER BY c.id;

VACUUM ANALYZE;
CHECKPOINT;

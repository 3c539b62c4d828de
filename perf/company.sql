-- The company that presses, before its first request: psql -v people=N -f company.sql. Twenty people to a manager, who heads a department of their own;
-- everybody is known to one chat and has more annual leave than a benchmark can use up.
INSERT INTO people (employee_no, name, department, roles, country, timezone, hired_on)
VALUES ('boss', 'Bo Sun', 'Board', '{admin,director}', 'DE', 'Europe/Berlin', '2020-01-01'),
       ('hana', 'Hana Weber', 'People', '{hr}', 'DE', 'Europe/Berlin', '2020-01-01');

INSERT INTO people (employee_no, name, manager_id, department, country, timezone, hired_on)
SELECT 'M' || g, 'Manager ' || g, (SELECT id FROM people WHERE employee_no = 'boss'), 'Department ' || g, 'DE', 'Europe/Berlin', '2020-01-01'
  FROM generate_series(1, greatest(1, :people / 20)) g;

INSERT INTO people (employee_no, name, email, manager_id, department, country, timezone, hired_on)
SELECT 'E' || g, 'Employee ' || g, 'e' || g || '@example.com', m.id, m.department, 'DE', 'Europe/Berlin', '2020-01-01'
  FROM generate_series(1, :people) g
  JOIN people m ON m.employee_no = 'M' || (1 + g % greatest(1, :people / 20));

INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at)
SELECT 'person', id, 'memory', 'test', employee_no, now()
  FROM people;

INSERT INTO lots (person_id, unit, valid_from, valid_until, key)
SELECT id, 'leave:annual', '2026-01-01', '2099-12-31', 'bench ' || employee_no
  FROM people
 WHERE employee_no LIKE 'E%';

INSERT INTO ledger (person_id, unit, lot_id, kind, date, amount, at)
SELECT person_id, unit, id, 'grant', '2026-01-01', 100000 * 480, now()
  FROM lots;

VACUUM ANALYZE;

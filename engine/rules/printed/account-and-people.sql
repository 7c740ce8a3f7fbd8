-- $4 = Signed In
-- $5 = {"Signed In"}
-- $6 = 0 months 2592000 seconds
-- $7 = 1
-- $8 = 5
-- $9 = {00000000-0000-7000-8000-000000000000}
WITH once AS MATERIALIZED (
SELECT 
),
works_at AS (
SELECT DISTINCT profile_id AS owner_id, account_id FROM profile_accounts WHERE tenant_id = (SELECT kith_tenant()) AND profile_id = ANY ($1::uuid[])
),
accounts_read AS (
SELECT * FROM accounts
WHERE tenant_id = (SELECT kith_tenant()) AND id = ANY (ARRAY(SELECT account_id FROM works_at)) AND ($2::timestamptz, $3::text) IS NOT NULL
),
colleagues AS (
SELECT DISTINCT account_id, profile_id
FROM profile_accounts
WHERE tenant_id = (SELECT kith_tenant()) AND account_id = ANY (ARRAY(SELECT id FROM accounts_read))
),
subjects AS (
SELECT id, traits, first_seen, last_seen, created_at
FROM profiles p
WHERE tenant_id = (SELECT kith_tenant()) AND id = ANY (ARRAY(SELECT unnest($1::uuid[]) UNION SELECT profile_id FROM colleagues)) AND merged_into IS NULL
  AND ($2::timestamptz, $3::text) IS NOT NULL
),
owned AS (
SELECT profile_id AS owner_id, id
FROM identifiers
WHERE tenant_id = (SELECT kith_tenant()) AND profile_id = ANY (ARRAY(SELECT unnest($1::uuid[]) UNION SELECT profile_id FROM colleagues))
),
events_read AS (
SELECT *
FROM (
  SELECT o.owner_id, e.*, e.name = $4::text AS c0, e.occurred_at <= $2::timestamptz AS c1
  FROM (
    SELECT identifier_id, name, occurred_at, received_at, id
    FROM tenant_events
    WHERE identifier_id = ANY (ARRAY(SELECT id FROM owned)) AND name = ANY ($5::text[])
    OFFSET 0
  ) e
  FULL JOIN owned o ON o.id = e.identifier_id
  CROSS JOIN once
  OFFSET 0
) e
WHERE id IS NOT NULL
),
events_0 AS (
SELECT owner_id,
  count(*) FILTER (WHERE e.c0 AND e.c1) AS f0,
  date_part('epoch', min(e.occurred_at) FILTER (WHERE e.occurred_at > $2::timestamptz)) AS f1
FROM events_read e CROSS JOIN once
GROUP BY owner_id
),
account_contracts AS (
SELECT o.id AS owner_id, r.*
FROM (
  SELECT * FROM contracts WHERE tenant_id = (SELECT kith_tenant()) AND account_id = ANY (ARRAY(SELECT id FROM accounts_read))
  OFFSET 0
) r
JOIN accounts_read o ON o.id = r.account_id
),
account_contracts_facts_0 AS (
SELECT owner_id,
  count(*) FILTER (WHERE (CASE WHEN coalesce(r.ends_at > $2::timestamptz AND (r.ends_at - $6::interval) <= $2::timestamptz, false) THEN 1 ELSE -1 END * LEAST(CASE WHEN (r.ends_at - $6::interval) > $2::timestamptz THEN date_part('epoch', (r.ends_at - $6::interval)) END, CASE WHEN r.ends_at > $2::timestamptz THEN date_part('epoch', r.ends_at) END, 'infinity'::float8) > 0)) AS f0,
  min(abs(CASE WHEN coalesce(r.ends_at > $2::timestamptz AND (r.ends_at - $6::interval) <= $2::timestamptz, false) THEN 1 ELSE -1 END * LEAST(CASE WHEN (r.ends_at - $6::interval) > $2::timestamptz THEN date_part('epoch', (r.ends_at - $6::interval)) END, CASE WHEN r.ends_at > $2::timestamptz THEN date_part('epoch', r.ends_at) END, 'infinity'::float8))) FILTER (WHERE true AND true) AS f1
FROM account_contracts r CROSS JOIN once
GROUP BY owner_id
),
people_answers AS (
SELECT s.id,
  CASE WHEN coalesce(coalesce(events_0.f0, 0) >= $7::numeric, false) THEN 1 ELSE -1 END * LEAST(events_0.f1, 'infinity'::float8) AS q0
FROM subjects s
CROSS JOIN once
LEFT JOIN events_0 ON events_0.owner_id = s.id
),
people_facts AS (
SELECT c.account_id AS owner_id, count(*) AS total,
  count(*) FILTER (WHERE q0 > 0) AS n0, min(abs(q0)) AS t0
FROM colleagues c
JOIN people_answers p ON p.id = c.profile_id
GROUP BY c.account_id
),
accounts_0_0 AS (
SELECT id, parent_id, u0
FROM (
SELECT a.id, a.parent_id,
  LEAST(CASE WHEN coalesce(coalesce(account_contracts_facts_0.f0, 0) >= $7::numeric, false) THEN 1 ELSE -1 END * LEAST(account_contracts_facts_0.f1, 'infinity'::float8), CASE WHEN coalesce(coalesce(people_facts.n0, 0) >= $8::numeric, false) THEN 1 ELSE -1 END * LEAST(people_facts.t0, 'infinity'::float8)) AS u0
FROM accounts_read a
CROSS JOIN once
LEFT JOIN account_contracts_facts_0 ON account_contracts_facts_0.owner_id = a.id
LEFT JOIN people_facts ON people_facts.owner_id = a.id
OFFSET 0
) a
),
account_answers AS (
SELECT w.owner_id,
  max(accounts_0_0.u0) AS a0
FROM works_at w
JOIN accounts_0_0 ON accounts_0_0.id = w.account_id
GROUP BY w.owner_id
)
SELECT a.definition_id, s.id AS profile_id, a.value, CASE WHEN a.until < 'infinity' THEN to_timestamp(a.until) END AS next_at, a.is_member
FROM (
SELECT s.id, ARRAY[
  coalesce(account_answers.a0, '-infinity'::float8)
]::float8[] AS segment_untils
FROM subjects s
CROSS JOIN once
LEFT JOIN events_0 ON events_0.owner_id = s.id
LEFT JOIN account_answers ON account_answers.owner_id = s.id
WHERE s.id = ANY ($1::uuid[])
OFFSET 0
) s
CROSS JOIN LATERAL (
  SELECT d, (u > 0) IS TRUE, CASE WHEN u > 0 THEN 'true'::jsonb ELSE 'false'::jsonb END, abs(u)
  FROM (SELECT unnest($9::uuid[]) AS d, unnest(s.segment_untils) AS u) r
) a (definition_id, is_member, value, until)

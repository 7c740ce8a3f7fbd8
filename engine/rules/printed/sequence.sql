-- $4 = a
-- $5 = b
-- $6 = c
-- $7 = {"a","b","c"}
-- $8 = 0 months 86400 seconds
-- $9 = {00000000-0000-7000-8000-000000000000}
WITH once AS MATERIALIZED (
SELECT 
),
subjects AS (
SELECT id, traits, first_seen, last_seen, created_at
FROM profiles p
WHERE tenant_id = (SELECT kith_tenant()) AND id = ANY ($1::uuid[]) AND merged_into IS NULL
  AND ($2::timestamptz, $3::text) IS NOT NULL
),
owned AS (
SELECT profile_id AS owner_id, id
FROM identifiers
WHERE tenant_id = (SELECT kith_tenant()) AND profile_id = ANY ($1::uuid[])
),
events_read AS (
SELECT *
FROM (
  SELECT o.owner_id, e.*, e.name = $4::text AS c0, e.name = $5::text AS c1, e.name = $6::text AS c2
  FROM (
    SELECT identifier_id, name, occurred_at, received_at, id
    FROM tenant_events
    WHERE identifier_id = ANY (ARRAY(SELECT id FROM owned)) AND name = ANY ($7::text[])
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
  date_part('epoch', min(e.occurred_at) FILTER (WHERE e.occurred_at > $2::timestamptz)) AS f0
FROM events_read e CROSS JOIN once
GROUP BY owner_id
),
parts_0 AS (
SELECT owner_id,
  max(u) FILTER (WHERE part = 0) AS p0
FROM (
SELECT 0 AS part, owner_id, u FROM (
SELECT owner_id, 'infinity'::float8 AS u
FROM (
SELECT *, CASE WHEN m2 THEN max(s1) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS s2
FROM (
SELECT *, CASE WHEN m1 THEN max(s0) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS s1
FROM (
SELECT *, CASE WHEN m0 THEN occurred_at END AS s0 FROM (
  SELECT owner_id, NULL::jsonb AS key, e.occurred_at, e.received_at, e.id, e.c0 AS m0, e.c1 AS m1, e.c2 AS m2
  FROM events_read e
  WHERE e.occurred_at <= $2::timestamptz AND (e.c0 OR e.c1 OR e.c2)
) e0
) e1
WINDOW w AS (PARTITION BY owner_id ORDER BY occurred_at, received_at, id)
) e2
WINDOW w AS (PARTITION BY owner_id ORDER BY occurred_at, received_at, id)
) e
WHERE s2 IS NOT NULL AND occurred_at <= (s2 + $8::interval)
GROUP BY owner_id
) p
) parts
GROUP BY owner_id
)
SELECT a.definition_id, s.id AS profile_id, a.value, CASE WHEN a.until < 'infinity' THEN to_timestamp(a.until) END AS next_at, a.is_member
FROM (
SELECT s.id, ARRAY[
  GREATEST(LEAST(coalesce(parts_0.p0, '-infinity'::float8), events_0.f0), - events_0.f0)
]::float8[] AS segment_untils
FROM subjects s
CROSS JOIN once
LEFT JOIN events_0 ON events_0.owner_id = s.id
LEFT JOIN parts_0 ON parts_0.owner_id = s.id
OFFSET 0
) s
CROSS JOIN LATERAL (
  SELECT d, (u > 0) IS TRUE, CASE WHEN u > 0 THEN 'true'::jsonb ELSE 'false'::jsonb END, abs(u)
  FROM (SELECT unnest($9::uuid[]) AS d, unnest(s.segment_untils) AS u) r
) a (definition_id, is_member, value, until)

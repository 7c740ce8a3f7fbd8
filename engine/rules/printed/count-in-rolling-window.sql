-- $4 = 0 months 604800 seconds
-- $5 = Product Viewed
-- $6 = {"price"}
-- $7 = {"Product Viewed"}
-- $8 = 100
-- $9 = {00000000-0000-7000-8000-000000000000}
WITH once AS MATERIALIZED (
SELECT ($2::timestamptz - $4::interval) AS v0
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
  SELECT o.owner_id, e.*, e.name = $5::text AS c0, CASE WHEN jsonb_typeof(e.p0) = 'number' THEN (e.p0)::numeric END AS c1, e.occurred_at <= $2::timestamptz AND e.occurred_at > once.v0 AS c2
  FROM (
    SELECT identifier_id, name, occurred_at, received_at, id, properties #> $6::text[] AS p0
    FROM tenant_events
    WHERE identifier_id = ANY (ARRAY(SELECT id FROM owned)) AND name = ANY ($7::text[]) AND occurred_at >= ($2::timestamptz - $4::interval)
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
  date_part('epoch', ((array_agg(e.occurred_at ORDER BY e.occurred_at DESC) FILTER (WHERE e.c0 AND e.c2 AND coalesce(e.c1 > $8::numeric, false)))[3] + $4::interval)) AS f0,
  date_part('epoch', min(e.occurred_at) FILTER (WHERE e.occurred_at > $2::timestamptz)) AS f1
FROM events_read e CROSS JOIN once
GROUP BY owner_id
)
SELECT a.definition_id, s.id AS profile_id, a.value, CASE WHEN a.until < 'infinity' THEN to_timestamp(a.until) END AS next_at, a.is_member
FROM (
SELECT s.id, ARRAY[
  CASE WHEN events_0.f0 IS NULL THEN - LEAST(events_0.f1, 'infinity'::float8) ELSE LEAST(events_0.f0, events_0.f1) END
]::float8[] AS segment_untils
FROM subjects s
CROSS JOIN once
LEFT JOIN events_0 ON events_0.owner_id = s.id
OFFSET 0
) s
CROSS JOIN LATERAL (
  SELECT d, (u > 0) IS TRUE, CASE WHEN u > 0 THEN 'true'::jsonb ELSE 'false'::jsonb END, abs(u)
  FROM (SELECT unnest($9::uuid[]) AS d, unnest(s.segment_untils) AS u) r
) a (definition_id, is_member, value, until)

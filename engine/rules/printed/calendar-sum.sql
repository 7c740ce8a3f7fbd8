-- $4 = Order Completed
-- $5 = {"total"}
-- $6 = {"Order Completed"}
-- $7 = 100
-- $8 = {00000000-0000-7000-8000-000000000000}
WITH once AS MATERIALIZED (
SELECT date_part('epoch', ((date_trunc('month', $2::timestamptz AT TIME ZONE $3::text) + 1 * interval '1 month') AT TIME ZONE $3::text)) AS v0, ((date_trunc('month', $2::timestamptz AT TIME ZONE $3::text) + -1 * interval '1 month') AT TIME ZONE $3::text) AS v1, ((date_trunc('month', $2::timestamptz AT TIME ZONE $3::text) + 0 * interval '1 month') AT TIME ZONE $3::text) AS v2
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
  SELECT o.owner_id, e.*, e.name = $4::text AS c0, e.occurred_at <= $2::timestamptz AND e.occurred_at >= once.v1 AND e.occurred_at < once.v2 AS c1, CASE WHEN jsonb_typeof(e.p0) = 'number' THEN (e.p0)::numeric END AS c2
  FROM (
    SELECT identifier_id, name, occurred_at, received_at, id, properties #> $5::text[] AS p0
    FROM tenant_events
    WHERE identifier_id = ANY (ARRAY(SELECT id FROM owned)) AND name = ANY ($6::text[]) AND occurred_at >= ((date_trunc('month', $2::timestamptz AT TIME ZONE $3::text) + -1 * interval '1 month') AT TIME ZONE $3::text)
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
  sum(e.c2) FILTER (WHERE e.c0 AND e.c1) AS f0,
  date_part('epoch', min(e.occurred_at) FILTER (WHERE e.occurred_at > $2::timestamptz)) AS f1,
  bool_or(true) FILTER (WHERE e.occurred_at >= once.v1 AND e.c0) AS f2
FROM events_read e CROSS JOIN once
GROUP BY owner_id
)
SELECT a.definition_id, s.id AS profile_id, a.value, CASE WHEN a.until < 'infinity' THEN to_timestamp(a.until) END AS next_at, a.is_member
FROM (
SELECT s.id, ARRAY[
  CASE WHEN coalesce(coalesce(events_0.f0, 0) >= $7::numeric, false) THEN 1 ELSE -1 END * LEAST(events_0.f1, CASE WHEN events_0.f2 THEN once.v0 END, 'infinity'::float8)
]::float8[] AS segment_untils
FROM subjects s
CROSS JOIN once
LEFT JOIN events_0 ON events_0.owner_id = s.id
OFFSET 0
) s
CROSS JOIN LATERAL (
  SELECT d, (u > 0) IS TRUE, CASE WHEN u > 0 THEN 'true'::jsonb ELSE 'false'::jsonb END, abs(u)
  FROM (SELECT unnest($8::uuid[]) AS d, unnest(s.segment_untils) AS u) r
) a (definition_id, is_member, value, until)

-- $4 = lead
-- $5 = 00000000-0000-7000-8000-000000000001
-- $6 = 0 months 1209600 seconds
-- $7 = 1
-- $8 = "customer"
-- $9 = "lead"
-- $10 = {00000000-0000-7000-8000-000000000000,00000000-0000-7000-8000-000000000002}
-- $11 = {00000000-0000-7000-8000-000000000001}
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
profile_orders AS (
SELECT o.owner_id AS owner_id, r.*
FROM (
  SELECT * FROM orders WHERE tenant_id = (SELECT kith_tenant()) AND identifier_id = ANY (ARRAY(SELECT id FROM owned))
  OFFSET 0
) r
JOIN owned o ON o.id = r.identifier_id
),
profile_orders_facts_0 AS (
SELECT owner_id,
  count(*)  AS f0
FROM profile_orders r CROSS JOIN once
GROUP BY owner_id
)
SELECT a.definition_id, s.id AS profile_id, a.value, CASE WHEN a.until < 'infinity' THEN to_timestamp(a.until) END AS next_at, a.is_member
FROM (
SELECT s.id, ARRAY[
  l0_0.d0,
  CASE WHEN (CASE WHEN coalesce(normalize(CASE WHEN jsonb_typeof(l1_0.d1_value) = 'string' THEN l1_0.d1_value #>> '{}' END) = $4::text, false) THEN 1 ELSE -1 END * LEAST(l1_0.d1_until, 'infinity'::float8) > 0) AND (CASE
  WHEN l1_0.d1_value IS NOT NULL THEN coalesce((SELECT min(v.since) FROM label_values v
  WHERE v.tenant_id = (SELECT kith_tenant()) AND v.label_id = $5::uuid AND v.profile_id = s.id AND v.value = l1_0.d1_value), $2::timestamptz)
  WHEN EXISTS (SELECT FROM label_values v
  WHERE v.tenant_id = (SELECT kith_tenant()) AND v.label_id = $5::uuid AND v.profile_id = s.id) THEN $2::timestamptz
  ELSE coalesce((
    SELECT max(t.at) FROM transitions t
    WHERE t.tenant_id = (SELECT kith_tenant()) AND t.profile_id = s.id AND t.label_id = $5::uuid
  ), s.first_seen)
END + $6::interval) <= $2::timestamptz THEN 1 ELSE -1 END * LEAST(abs(CASE WHEN coalesce(normalize(CASE WHEN jsonb_typeof(l1_0.d1_value) = 'string' THEN l1_0.d1_value #>> '{}' END) = $4::text, false) THEN 1 ELSE -1 END * LEAST(l1_0.d1_until, 'infinity'::float8)), CASE WHEN (CASE
  WHEN l1_0.d1_value IS NOT NULL THEN coalesce((SELECT min(v.since) FROM label_values v
  WHERE v.tenant_id = (SELECT kith_tenant()) AND v.label_id = $5::uuid AND v.profile_id = s.id AND v.value = l1_0.d1_value), $2::timestamptz)
  WHEN EXISTS (SELECT FROM label_values v
  WHERE v.tenant_id = (SELECT kith_tenant()) AND v.label_id = $5::uuid AND v.profile_id = s.id) THEN $2::timestamptz
  ELSE coalesce((
    SELECT max(t.at) FROM transitions t
    WHERE t.tenant_id = (SELECT kith_tenant()) AND t.profile_id = s.id AND t.label_id = $5::uuid
  ), s.first_seen)
END + $6::interval) > $2::timestamptz THEN date_part('epoch', (CASE
  WHEN l1_0.d1_value IS NOT NULL THEN coalesce((SELECT min(v.since) FROM label_values v
  WHERE v.tenant_id = (SELECT kith_tenant()) AND v.label_id = $5::uuid AND v.profile_id = s.id AND v.value = l1_0.d1_value), $2::timestamptz)
  WHEN EXISTS (SELECT FROM label_values v
  WHERE v.tenant_id = (SELECT kith_tenant()) AND v.label_id = $5::uuid AND v.profile_id = s.id) THEN $2::timestamptz
  ELSE coalesce((
    SELECT max(t.at) FROM transitions t
    WHERE t.tenant_id = (SELECT kith_tenant()) AND t.profile_id = s.id AND t.label_id = $5::uuid
  ), s.first_seen)
END + $6::interval)) END)
]::float8[] AS segment_untils, ARRAY[
  l1_0.d1_until
]::float8[] AS label_untils, ARRAY[l1_0.d1_value]::jsonb[] AS label_values
FROM subjects s
CROSS JOIN once
LEFT JOIN profile_orders_facts_0 ON profile_orders_facts_0.owner_id = s.id
CROSS JOIN LATERAL (
  SELECT d0 FROM (SELECT
    CASE WHEN coalesce(coalesce(profile_orders_facts_0.f0, 0) >= $7::numeric, false) THEN 'infinity'::float8 ELSE '-infinity'::float8 END AS d0
    OFFSET 0
  ) c OFFSET 0
) l0_0
CROSS JOIN LATERAL (
  SELECT CASE WHEN d1_0 > 0 THEN $8::jsonb ELSE $9::jsonb END AS d1_value, CASE WHEN d1_0 > 0 THEN d1_0 ELSE LEAST(- d1_0, 'infinity'::float8) END AS d1_until FROM (SELECT
    l0_0.d0 AS d1_0
    OFFSET 0
  ) c OFFSET 0
) l1_0
OFFSET 0
) s
CROSS JOIN LATERAL (
  SELECT d, (u > 0) IS TRUE, CASE WHEN u > 0 THEN 'true'::jsonb ELSE 'false'::jsonb END, abs(u)
  FROM (SELECT unnest($10::uuid[]) AS d, unnest(s.segment_untils) AS u) r
  UNION ALL
  SELECT d, NULL::boolean, v, u
  FROM (SELECT unnest($11::uuid[]) AS d, unnest(s.label_untils) AS u, unnest(s.label_values) AS v) r
) a (definition_id, is_member, value, until)

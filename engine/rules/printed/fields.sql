-- $4 = {"plan"}
-- $5 = pro
-- $6 = {"address","city"}
-- $7 = {"Rome"}
-- $8 = {5}
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
)
SELECT a.definition_id, s.id AS profile_id, a.value, CASE WHEN a.until < 'infinity' THEN to_timestamp(a.until) END AS next_at, a.is_member
FROM (
SELECT s.id, ARRAY[
  CASE WHEN (coalesce(normalize(CASE WHEN jsonb_typeof((s.traits #> $4::text[])) = 'string' THEN (s.traits #> $4::text[]) #>> '{}' END) = $5::text, false) AND NOT (coalesce(normalize(CASE WHEN jsonb_typeof((s.traits #> $6::text[])) = 'string' THEN (s.traits #> $6::text[]) #>> '{}' END) = ANY ($7::text[]), false) OR coalesce((s.traits #> $6::text[]) = ANY ($8::jsonb[]), false))) THEN 'infinity'::float8 ELSE '-infinity'::float8 END
]::float8[] AS segment_untils
FROM subjects s
CROSS JOIN once
OFFSET 0
) s
CROSS JOIN LATERAL (
  SELECT d, (u > 0) IS TRUE, CASE WHEN u > 0 THEN 'true'::jsonb ELSE 'false'::jsonb END, abs(u)
  FROM (SELECT unnest($9::uuid[]) AS d, unnest(s.segment_untils) AS u) r
) a (definition_id, is_member, value, until)

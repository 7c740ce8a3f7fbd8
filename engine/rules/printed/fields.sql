-- $4 = {"plan"}
-- $5 = pro
-- $6 = {"address","city"}
-- $7 = {"Rome"}
-- $8 = {5}
-- $9 = 00000000-0000-7000-8000-000000000000
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
SELECT a.definition_id, s.id AS profile_id, a.value, CASE WHEN a.until < 'infinity' THEN to_timestamp(a.until) END AS next_at
FROM subjects s
CROSS JOIN once
CROSS JOIN LATERAL (
  SELECT d0 FROM (SELECT
    CASE WHEN (coalesce(normalize(CASE WHEN jsonb_typeof((s.traits #> $4::text[])) = 'string' THEN (s.traits #> $4::text[]) #>> '{}' END) = $5::text, false) AND NOT (coalesce(normalize(CASE WHEN jsonb_typeof((s.traits #> $6::text[])) = 'string' THEN (s.traits #> $6::text[]) #>> '{}' END) = ANY ($7::text[]), false) OR coalesce((s.traits #> $6::text[]) = ANY ($8::jsonb[]), false))) THEN 'infinity'::float8 ELSE '-infinity'::float8 END AS d0
    OFFSET 0
  ) c OFFSET 0
) l0_0
CROSS JOIN LATERAL (
  SELECT d, CASE WHEN u > 0 THEN 'true'::jsonb ELSE 'false'::jsonb END, abs(u)
  FROM unnest(ARRAY[$9::uuid]::uuid[], ARRAY[l0_0.d0]::float8[]) AS segment (d, u)
) a (definition_id, value, until)

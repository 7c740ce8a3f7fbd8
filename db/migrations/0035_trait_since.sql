-- Since when a trait has its value: saying the same again does not begin it anew. A statement is {"v", "at", "by"}, and besides
-- "since", where it had the value before "at" already, and "other", when something else was last said before. Of two statements
-- the newer counts; of the two that are equal, the earlier one tells since when, unless something else was said in between.
-- Symmetric and idempotent. What was said in between several equal statements and comes late shortens "since" to the last of
-- them, as those before are not kept one by one.
CREATE FUNCTION public.merge_trait(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT jsonb_strip_nulls(jsonb_build_object('at', n ->> 'at', 'by', n ->> 'by', 'other', other,
    'since', nullif(least(
      CASE WHEN coalesce(n ->> 'since', n ->> 'at') > coalesce(other, '') THEN coalesce(n ->> 'since', n ->> 'at') END,
      CASE WHEN same AND coalesce(o ->> 'since', o ->> 'at') > coalesce(other, '') THEN coalesce(o ->> 'since', o ->> 'at') END,
      CASE WHEN same AND o ->> 'at' > coalesce(other, '') THEN o ->> 'at' END,
      n ->> 'at'), n ->> 'at')))
  || jsonb_build_object('v', n -> 'v')
FROM (
  SELECT n, o, same, greatest(n ->> 'other', CASE WHEN same THEN o ->> 'other' ELSE o ->> 'at' END) AS other
  FROM (
    SELECT n, o, n -> 'v' = o -> 'v' AS same
    FROM (
      SELECT CASE WHEN first THEN b ELSE a END AS n, CASE WHEN first THEN a ELSE b END AS o
      FROM (SELECT (a ->> 'at', coalesce(a ->> 'by', '')) < (b ->> 'at', coalesce(b ->> 'by', '')) AS first) AS ordered
    ) AS newer
  ) AS compared
) AS known
$$;
--> statement-breakpoint
CREATE AGGREGATE public.fold_trait(jsonb) (SFUNC = public.merge_trait, STYPE = jsonb, PARALLEL = SAFE);
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.fold_traits(old jsonb, said jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT old || coalesce(jsonb_object_agg(key, coalesce(public.merge_trait(old -> key, value), value)), '{}') FROM jsonb_each(said)
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.replace_traits(old jsonb, said jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT coalesce(jsonb_object_agg(key, CASE
  WHEN old -> key -> 'v' = value -> 'v' THEN old -> key
  WHEN old -> key IS NULL THEN value
  ELSE value || jsonb_build_object('other', old -> key -> 'at') END), '{}') FROM jsonb_each(said)
$$;

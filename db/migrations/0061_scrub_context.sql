-- What others' events say of somebody erased: as in 0012, and of a phone number as the doors read it, whatever its punctuation.
CREATE OR REPLACE FUNCTION public.without_identifiers(identifiers jsonb, ids uuid[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT identifiers - coalesce((
  SELECT array_agg(key) FROM jsonb_each_text(CASE jsonb_typeof(identifiers) WHEN 'object' THEN identifiers END)
  WHERE ARRAY[identifier_id(key, value), CASE key WHEN 'email' THEN identifier_id(key, lower(btrim(value)))
    WHEN 'phone' THEN identifier_id(key, regexp_replace(regexp_replace(value, '[\s().\-/]', '', 'g'), '^00', '+')) END] && ids), '{}')
$$;
--> statement-breakpoint
-- The same of an event's context, which may bring traits and the ids of other systems.
CREATE FUNCTION public.context_without_identifiers(context jsonb, ids uuid[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE jsonb_typeof(context) WHEN 'object' THEN context || coalesce((
  SELECT jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'object' THEN without_identifiers(value, ids) WHEN 'array' THEN coalesce((
    SELECT jsonb_agg(one ORDER BY n) FROM jsonb_array_elements(value) WITH ORDINALITY AS listed (one, n)
    WHERE without_identifiers(jsonb_build_object(coalesce(one ->> 'type', ''), one ->> 'id'), ids) <> '{}'), '[]') ELSE value END)
  FROM jsonb_each(context) WHERE key IN ('traits', 'externalIds', 'externalId')), '{}') ELSE context END
$$;

-- What compiled rules call. Functions in plain SQL, so that the planner can inline them.

-- A stored ISO 8601 text as an instant, or null: engine/rules/instant.ts says which texts. A date is its midnight; without
-- an offset both are in the timezone given.
CREATE FUNCTION public.to_instant(value jsonb, timezone text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT CASE
  WHEN jsonb_typeof(value) <> 'string'
    OR value #>> '{}' !~ '^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-](0\d|1[0-4]):?[0-5]\d)?)?$'
    OR NOT pg_input_is_valid(value #>> '{}', 'timestamptz') THEN NULL
  WHEN value #>> '{}' ~ '(Z|[+-]\d\d:?\d\d)$' THEN (value #>> '{}')::timestamptz
  ELSE (value #>> '{}')::timestamp AT TIME ZONE timezone
END
$$;
--> statement-breakpoint

-- The first day from today on that has the day and month of a date; 29 February is kept on the 28th in other years.
CREATE FUNCTION public.next_anniversary(day date, today date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE
  WHEN (day + make_interval(years => years))::date >= today THEN (day + make_interval(years => years))::date
  ELSE (day + make_interval(years => years + 1))::date
END
FROM (SELECT (extract(year FROM today) - extract(year FROM day))::integer AS years) AS elapsed
$$;
--> statement-breakpoint

-- Rules are evaluated by the worker and, for previews, by the API: one statement for both, so one name for the events.
GRANT SELECT ON tenant_events TO kith_worker;

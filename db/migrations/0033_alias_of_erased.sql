-- What an alias event says without the name that it says was another's before, if that is one of the ids: somebody erased may
-- be named so in others' events.
CREATE FUNCTION public.without_previous(said jsonb, ids uuid[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN ARRAY[identifier_id('user_id', said ->> 'previousId'), identifier_id('anonymous_id', said ->> 'previousId')] && ids
  THEN said - 'previousId' ELSE said END
$$;

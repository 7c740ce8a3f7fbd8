-- What the doors need: to tell whether the schema is the newest.

-- The API's role cannot read drizzle's own table.
CREATE FUNCTION ops.newest_migration() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN (SELECT max(created_at) FROM drizzle.__drizzle_migrations);
END
$$;

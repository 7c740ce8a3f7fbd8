-- The query box: SELECTs that people type, run over connections of a login role of the tenant's own, so that whatever a
-- statement does to its session (set_config, query_to_xml), the tenant stays the one that the role was made for.

-- Made when it is first asked for. The password is derived by the API from its own; null where the API has none.
CREATE FUNCTION ops.sql_box_role(password text) RETURNS name LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  tenant uuid := public.kith_tenant();
  -- Roles belong to the server, where another database may have the same tenant; and pg_roles tells everybody their names.
  name name := 'kith_sql_' || left(md5(current_database() || tenant), 24);
BEGIN
  IF tenant IS NULL THEN RAISE EXCEPTION 'expected a tenant'; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('kith roles'));
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
    EXECUTE format('ALTER ROLE %I PASSWORD %L', name, password);
    INSERT INTO ops.sql_roles (role, tenant_id) VALUES (name, tenant) ON CONFLICT (role) DO NOTHING;
  ELSE
    DELETE FROM ops.sql_roles WHERE role = name;
    PERFORM ops.create_sql_role(name, tenant, password);
  END IF;
  RETURN name;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.sql_box_role(text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.sql_box_role(text) TO kith_api;
--> statement-breakpoint

-- A reader needs neither to wake Kith's processes nor to hold the locks that they agree upon. Postgres lets everybody; only a
-- superuser can take that back, and only who could take it back has to give it to Kith's roles.
DO $$
DECLARE
  function regprocedure;
BEGIN
  FOR function IN
    SELECT oid FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace
      AND (proname = 'pg_notify' OR proname LIKE 'pg\_advisory\_%' OR proname LIKE 'pg\_try\_advisory\_%')
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function);
    IF NOT has_function_privilege('kith_api', function, 'EXECUTE') THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO kith_api, kith_worker', function);
    END IF;
  END LOOP;
END
$$;

-- Tenants and their identity graphs. A graph per tenant: isolation by construction, dropped in one statement.

CREATE FUNCTION ops.graph_name(tenant uuid) RETURNS name LANGUAGE sql IMMUTABLE AS $$
SELECT ('kith_' || replace(tenant::text, '-', ''))::name
$$;
--> statement-breakpoint

-- Labels are made here, once: the first concurrent writer of a label races. An index serves each look-up that the hot
-- path makes: nodes by key (unique, so that no race doubles a node) and edges by either end.
CREATE FUNCTION ops.create_graph(tenant uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ag_catalog, pg_catalog AS $$
DECLARE
  graph name := ops.graph_name(tenant);
  label text;
BEGIN
  PERFORM ag_catalog.create_graph(graph);
  FOREACH label IN ARRAY ARRAY['Profile', 'Identifier', 'Account'] LOOP
    PERFORM ag_catalog.create_vlabel(graph, label);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (ag_catalog.agtype_access_operator(properties, ''"id"''::ag_catalog.agtype))', graph, label);
  END LOOP;
  FOREACH label IN ARRAY ARRAY['IDENTIFIES', 'MERGED_INTO', 'WORKS_AT', 'CHILD_OF'] LOOP
    PERFORM ag_catalog.create_elabel(graph, label);
    EXECUTE format('CREATE INDEX ON %I.%I (start_id)', graph, label);
    EXECUTE format('CREATE INDEX ON %I.%I (end_id)', graph, label);
  END LOOP;
  FOR label IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = graph::text::regnamespace AND c.relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', graph, label);
    EXECUTE format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', graph, label);
    EXECUTE format('CREATE POLICY tenant ON %I.%I USING ((SELECT public.kith_tenant()) = %L)', graph, label, tenant);
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO kith_worker', graph);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO kith_worker', graph);
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO kith_worker', graph);
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.create_graph(uuid) FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON SCHEMA ag_catalog TO kith_worker;
--> statement-breakpoint

CREATE FUNCTION ops.tenant_created() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  INSERT INTO public.feed_heads (tenant_id) VALUES (NEW.id);
  PERFORM ops.create_graph(NEW.id);
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ops.tenant_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = ag_catalog, pg_catalog AS $$
BEGIN
  PERFORM ag_catalog.drop_graph(ops.graph_name(OLD.id), true);
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER created AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION ops.tenant_created();
--> statement-breakpoint
CREATE TRIGGER deleted AFTER DELETE ON tenants FOR EACH ROW EXECUTE FUNCTION ops.tenant_deleted();

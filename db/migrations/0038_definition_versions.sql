-- What the rules of labels and segments said, version by version: a transition is explained by the rule of its time.
CREATE TABLE "definition_versions" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"kind" text NOT NULL,
	"definition_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"rule" jsonb NOT NULL,
	"status" text NOT NULL,
	"at" timestamptz DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "definition_versions_tenant_id_kind_definition_id_version_pk" PRIMARY KEY("tenant_id","kind","definition_id","version")
);
--> statement-breakpoint
INSERT INTO definition_versions (tenant_id, kind, definition_id, version, rule, status, at)
SELECT tenant_id, 'segment', id, version, rule, status, updated_at FROM segments
UNION ALL
SELECT tenant_id, 'label', id, version, rule, status, updated_at FROM labels;
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
GRANT SELECT ON definition_versions TO kith_api, kith_worker;
--> statement-breakpoint
CREATE FUNCTION ops.keep_definition() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.definition_versions (tenant_id, kind, definition_id, version, rule, status)
  VALUES (NEW.tenant_id, rtrim(TG_TABLE_NAME, 's'), NEW.id, NEW.version, NEW.rule, NEW.status)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
--> statement-breakpoint
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['labels', 'segments'] LOOP
    EXECUTE format('CREATE TRIGGER keep_insert AFTER INSERT ON %I FOR EACH ROW EXECUTE FUNCTION ops.keep_definition()', name);
    EXECUTE format('CREATE TRIGGER keep_update AFTER UPDATE ON %I FOR EACH ROW WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION ops.keep_definition()', name);
  END LOOP;
END
$$;

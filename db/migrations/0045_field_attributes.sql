-- What a field asks of its values beside a type, and its index.
ALTER TABLE fields
	ADD COLUMN "default_value" jsonb,
	ADD COLUMN "unique" boolean DEFAULT false NOT NULL,
	ADD COLUMN "indexed" boolean DEFAULT false NOT NULL,
	ADD COLUMN "personal" text DEFAULT 'none' NOT NULL,
	ADD COLUMN "retention_days" integer,
	ADD COLUMN "index_state" text,
	ADD COLUMN "index_progress" integer,
	ADD COLUMN "index_error" text;
--> statement-breakpoint
-- A worker builds and drops indexes; it says how far it is.
GRANT UPDATE (index_state, index_progress, index_error) ON fields TO kith_worker;
--> statement-breakpoint

-- The value of a field of a type, null where it does not fit: what indexes of fields are made of. Leakproof, and the operators
-- on what they give too (a float8 compares so, a numeric does not): row level security lets only such conditions use an index.
-- In plpgsql, because what is inlined is leakproof no more. None may ever raise an error: it would tell of the value.
-- Only a superuser may say that a function is leakproof: where the owner is none, these indexes serve uniqueness alone.
CREATE FUNCTION public.own_text(record jsonb, key text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  -- What is longer would not fit into an index.
  RETURN CASE WHEN jsonb_typeof(record -> key) = 'string' AND length(record ->> key) <= 500 THEN record ->> key END;
END
$$;
--> statement-breakpoint
CREATE FUNCTION public.own_number(record jsonb, key text) RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN jsonb_typeof(record -> key) = 'number' AND pg_input_is_valid(record ->> key, 'float8') THEN (record ->> key)::float8 END;
END
$$;
--> statement-breakpoint
CREATE FUNCTION public.own_boolean(record jsonb, key text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN jsonb_typeof(record -> key) = 'boolean' THEN (record -> key)::boolean END;
END
$$;
--> statement-breakpoint
-- Immutable as the texts are all written out: no setting changes what they mean.
CREATE FUNCTION public.own_date(record jsonb, key text) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN jsonb_typeof(record -> key) = 'string' AND record ->> key ~ '^\d{4}-\d{2}-\d{2}$'
    AND pg_input_is_valid(record ->> key, 'date') THEN (record ->> key)::date END;
END
$$;
--> statement-breakpoint
CREATE FUNCTION public.own_instant(record jsonb, key text) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN jsonb_typeof(record -> key) = 'string'
    AND record ->> key ~ '^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$'
    AND pg_input_is_valid(record ->> key, 'timestamptz') THEN (record ->> key)::timestamptz END;
END
$$;
--> statement-breakpoint

DO $$
DECLARE name text;
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN RETURN; END IF;
  FOREACH name IN ARRAY array['own_text', 'own_number', 'own_boolean', 'own_date', 'own_instant'] LOOP
    EXECUTE format('ALTER FUNCTION public.%I(jsonb, text) LEAKPROOF', name);
  END LOOP;
END $$;
--> statement-breakpoint

CREATE FUNCTION ops.field_index_wanted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (NEW.indexed OR NEW."unique") THEN
    NEW.index_state := NULL;
    NEW.index_progress := NULL;
    NEW.index_error := NULL;
  ELSIF TG_OP = 'INSERT' OR (OLD.indexed, OLD."unique", OLD.type) IS DISTINCT FROM (NEW.indexed, NEW."unique", NEW.type) THEN
    NEW.index_state := 'waiting';
    NEW.index_progress := 0;
    NEW.index_error := NULL;
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER index_wanted BEFORE INSERT OR UPDATE ON fields FOR EACH ROW EXECUTE FUNCTION ops.field_index_wanted();
--> statement-breakpoint
-- The job looks at what is wanted when it runs, so that it may run twice, or late.
CREATE FUNCTION ops.field_index_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  field record := coalesce(NEW, OLD);
BEGIN
  PERFORM graphile_worker.add_job('index', json_build_object('tenant', field.tenant_id, 'id', field.id),
    'backfill:' || field.tenant_id, job_key => 'index:' || field.id, priority => 10);
  RETURN NULL;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.field_index_changed() FROM PUBLIC;
--> statement-breakpoint
CREATE TRIGGER index_insert AFTER INSERT ON fields FOR EACH ROW WHEN (NEW.indexed OR NEW."unique") EXECUTE FUNCTION ops.field_index_changed();
--> statement-breakpoint
CREATE TRIGGER index_update AFTER UPDATE ON fields FOR EACH ROW
WHEN (NEW.index_state = 'waiting' OR (OLD.indexed OR OLD."unique") AND NOT (NEW.indexed OR NEW."unique")) EXECUTE FUNCTION ops.field_index_changed();
--> statement-breakpoint
CREATE TRIGGER index_delete AFTER DELETE ON fields FOR EACH ROW WHEN (OLD.indexed OR OLD."unique") EXECUTE FUNCTION ops.field_index_changed();
--> statement-breakpoint

-- As other records: TRUNCATE has no rows to tell of.
CREATE FUNCTION ops.records_truncated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM graphile_worker.add_job('recompute',
    json_build_object('tenant', id, 'walk', (pg_current_xact_id()::text::numeric % 2147483647)::int),
    'backfill:' || id, job_key => 'recompute:' || id, priority => 10)
  FROM public.tenants;
  RETURN NULL;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.records_truncated() FROM PUBLIC;
--> statement-breakpoint
CREATE TRIGGER relay_truncate AFTER TRUNCATE ON records FOR EACH STATEMENT EXECUTE FUNCTION ops.records_truncated();

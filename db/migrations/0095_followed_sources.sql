-- A Postgres source may follow another database's log instead of asking its table: where it stands, which slot keeps the log there,
-- who reads it now, and what is wrong.
ALTER TABLE postgres_sources
  ALTER COLUMN relation DROP NOT NULL,
  ALTER COLUMN cursor_column DROP NOT NULL,
  ALTER COLUMN id_column DROP NOT NULL,
  ADD COLUMN mode text NOT NULL DEFAULT 'polling',
  ADD COLUMN tables text[],
  ADD COLUMN slot text,
  ADD COLUMN error_code text,
  ADD COLUMN error_sql text,
  ADD COLUMN warnings jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN columns_seen jsonb,
  ADD COLUMN lag_bytes bigint,
  ADD COLUMN kept_bytes bigint,
  ADD COLUMN changed_at timestamptz,
  ADD COLUMN holder uuid,
  ADD COLUMN held_until timestamptz,
  ADD CONSTRAINT postgres_sources_mode_check CHECK (CASE mode
    WHEN 'polling' THEN relation IS NOT NULL AND cursor_column IS NOT NULL AND id_column IS NOT NULL AND tables IS NULL
    WHEN 'replication' THEN relation IS NULL AND cursor_column IS NULL AND id_column IS NULL AND cardinality(tables) > 0
    ELSE false END);
--> statement-breakpoint
SELECT ops.audit('postgres_sources', ARRAY['position', 'rows', 'stored', 'records', 'dead', 'error', 'failures', 'pulled_at', 'next_at',
  'slot', 'error_code', 'error_sql', 'warnings', 'columns_seen', 'lag_bytes', 'kept_bytes', 'changed_at', 'holder', 'held_until']);
--> statement-breakpoint
-- The rows as they were when the slot was made, until they are taken: raw, so that the other database need not wait for us.
CREATE TABLE postgres_source_rows (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  slot text NOT NULL,
  n bigint NOT NULL,
  of_table integer NOT NULL,
  copy integer NOT NULL,
  row text NOT NULL,
  PRIMARY KEY (tenant_id, slot, n),
  FOREIGN KEY (tenant_id) REFERENCES tenants ON DELETE CASCADE
);
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON postgres_source_rows TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
SELECT ops.do_not_audit('postgres_source_rows', 'rows of another database on their way in');
--> statement-breakpoint
-- Slots that nobody reads any more and that must be dropped where they are: each keeps that database's log. No tenant is referred to,
-- which may be gone by then.
CREATE TABLE ops.owed_slots (
  slot text PRIMARY KEY,
  tenant_id uuid NOT NULL,
  source_id uuid NOT NULL,
  url_secret text NOT NULL,
  publication text,
  failures integer NOT NULL DEFAULT 0,
  error text,
  next_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
GRANT SELECT, UPDATE, DELETE ON ops.owed_slots TO kith_worker;
--> statement-breakpoint
-- By every door, SQL too: a paused source keeps no slot, one without a slot begins anew, and a slot that is let go is owed.
CREATE FUNCTION ops.owe_slot() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.status = 'paused' THEN
      NEW.slot := NULL;
    END IF;
    IF NEW.slot IS DISTINCT FROM OLD.slot THEN
      NEW.position := NULL;
      NEW.lag_bytes := NULL;
      NEW.kept_bytes := NULL;
      NEW.warnings := '{}';
      NEW.columns_seen := NULL;
    END IF;
  END IF;
  IF OLD.slot IS NOT NULL AND (TG_OP = 'DELETE' OR NEW.slot IS DISTINCT FROM OLD.slot) THEN
    INSERT INTO ops.owed_slots (slot, tenant_id, source_id, url_secret, publication)
    VALUES (OLD.slot, OLD.tenant_id, OLD.source_id, OLD.url_secret,
      CASE WHEN TG_OP = 'DELETE' THEN 'kith_' || replace(OLD.source_id::text, '-', '') END);
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
--> statement-breakpoint
CREATE TRIGGER owe_slot BEFORE UPDATE OR DELETE ON postgres_sources FOR EACH ROW
  WHEN (OLD.mode = 'replication') EXECUTE FUNCTION ops.owe_slot();
--> statement-breakpoint
-- In numbers that name no tenant.
CREATE FUNCTION ops.followed_sources() RETURNS TABLE (following bigint, failing bigint, lag_bytes bigint, kept_bytes bigint, owed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT count(*) FILTER (WHERE held_until > now() AND error IS NULL), count(*) FILTER (WHERE error IS NOT NULL), coalesce(max(lag_bytes), 0),
  coalesce(max(kept_bytes), 0), (SELECT count(*) FROM ops.owed_slots)
FROM public.postgres_sources WHERE mode = 'replication' AND status = 'active'
$$;
--> statement-breakpoint
-- A source that follows our own log passes over transactions that begin so: otherwise it might feed itself for ever.
CREATE FUNCTION ops.a_source_writes() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT pg_logical_emit_message(true, 'kith source', '')
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.owe_slot(), ops.followed_sources(), ops.a_source_writes() FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.a_source_writes() TO kith_worker;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.followed_sources() TO kith_api;

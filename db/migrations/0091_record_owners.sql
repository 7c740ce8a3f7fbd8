-- As for events (0031): a record whose first identifier names nobody by the tenant's own policy is owned by its next one, or by
-- nobody. The engine adds the hashes when it meets the record, and takes them out when a changed policy is applied
-- (engine/identity/owners.ts). The new expression rewrites the tables once.

-- Everything a record's row names, in the order in which it may own the record.
CREATE FUNCTION public.record_identifiers(contact_id uuid, user_id text, email text) RETURNS uuid[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT array_remove(ARRAY[public.identifier_id('contact', contact_id::text), public.identifier_id('user_id', user_id),
  public.identifier_id('email', lower(btrim(email)))], NULL)
$$;
--> statement-breakpoint
CREATE FUNCTION public.record_owner(contact_id uuid, user_id text, email text, nobody uuid[]) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT id FROM unnest(public.record_identifiers(contact_id, user_id, email)) WITH ORDINALITY AS named (id, n)
WHERE id <> ALL (nobody) ORDER BY n LIMIT 1
$$;
--> statement-breakpoint
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['opportunities', 'orders', 'contracts', 'memberships', 'tickets', 'activities', 'records', 'consents'] LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN nobody uuid[]', name);
    EXECUTE format($q$
ALTER TABLE %I ALTER COLUMN identifier_id SET EXPRESSION AS (CASE WHEN nobody IS NULL
  THEN coalesce(identifier_id('contact', contact_id::text), identifier_id('user_id', user_id), identifier_id('email', lower(btrim(email))))
  ELSE record_owner(contact_id, user_id, email, nobody) END)$q$, name);
    -- Whose a record is found to be says nothing new: neither to the audit log nor of when something was last said.
    EXECUTE format('CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON %I FOR EACH ROW WHEN (OLD.nobody IS NOT DISTINCT FROM NEW.nobody) EXECUTE FUNCTION ops.touch()', name);
    PERFORM ops.audit(name::regclass, ARRAY['nobody']);
  END LOOP;
END
$$;
--> statement-breakpoint
-- As in 0053, and a record is about everybody whom it names: who owns it may change, and its owner's erasure must find it.
-- One row of the log per changed row; of an update the columns that changed. Arguments of the trigger: the columns of the
-- key, and those that are left out, as text[]. The statement is made of the table's columns of today, and planned each time: a
-- plan kept from a change of one row would be quadratic in an import of thousands.
CREATE OR REPLACE FUNCTION ops.audit_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  tenant text := CASE TG_TABLE_NAME WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END;
  keys text[] := TG_ARGV[0];
  hidden text[] := TG_ARGV[1];
  -- What stays out of a row's JSON: of an update the columns that are the same, otherwise those that are null.
  same text;
  empty text;
  -- Of a secret, that it is another one now.
  secrets jsonb;
  -- Whom a row is about: the hashes that identity goes by.
  person text;
  rows text;
BEGIN
  SELECT string_agg(format('CASE WHEN d.%1$I IS NOT DISTINCT FROM i.%1$I THEN %1$L END', attname), ', '),
    string_agg(format('CASE WHEN x.%1$I IS NULL THEN %1$L END', attname), ', '),
    jsonb_object_agg(attname, '(secret)') FILTER (WHERE attname ~ '(^|_)(hash|secret|password|token|hash_key)$'),
    CASE TG_TABLE_NAME
      WHEN 'contacts' THEN 'ARRAY[public.identifier_id(''contact'', %1$s.id::text)]'
      WHEN 'leads' THEN 'ARRAY[public.identifier_id(''lead'', %1$s.id::text)]'
      ELSE coalesce(
        max('public.record_identifiers(%1$s.contact_id, %1$s.user_id, %1$s.email)') FILTER (WHERE attname = 'nobody'),
        max('ARRAY[%1$s.identifier_id]') FILTER (WHERE attname = 'identifier_id'), 'NULL::uuid[]') END
  INTO same, empty, secrets, person
  FROM pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped;

  IF TG_OP = 'UPDATE' THEN
    rows := format('SELECT coalesce(i.%1$I, d.%1$I) AS tenant, %2$s AS key,
        to_jsonb(d) - $1 - array_remove(ARRAY[%3$s], NULL) AS before, to_jsonb(i) - $1 - array_remove(ARRAY[%3$s], NULL) AS after,
        ARRAY(SELECT DISTINCT id FROM unnest(%4$s || %5$s) AS named (id) WHERE id IS NOT NULL) AS people
      FROM deleted d FULL JOIN inserted i ON %6$s',
      tenant, (SELECT format('concat_ws(''~'', %s)', coalesce(string_agg(format('coalesce(i.%1$I, d.%1$I)', name), ', '), 'NULL')) FROM unnest(keys) AS name),
      same, format(person, 'd'), format(person, 'i'),
      (SELECT string_agg(format('d.%1$I = i.%1$I', name), ' AND ') FROM unnest(keys || tenant) AS name));
  ELSE
    rows := format('SELECT x.%1$I AS tenant, %2$s AS key, %3$s AS before, %4$s AS after, array_remove(%5$s, NULL) AS people FROM %6$s x',
      tenant, (SELECT format('concat_ws(''~'', %s)', coalesce(string_agg(format('x.%I', name), ', '), 'NULL')) FROM unnest(keys) AS name),
      CASE TG_OP WHEN 'DELETE' THEN format('to_jsonb(x) - $1 - array_remove(ARRAY[%s], NULL)', empty) ELSE 'NULL::jsonb' END,
      CASE TG_OP WHEN 'INSERT' THEN format('to_jsonb(x) - $1 - array_remove(ARRAY[%s], NULL)', empty) ELSE 'NULL::jsonb' END,
      format(person, 'x'), CASE TG_OP WHEN 'INSERT' THEN 'inserted' ELSE 'deleted' END);
  END IF;
  EXECUTE format($q$
INSERT INTO public.audit_log (tenant_id, action, object, object_id, before, after, people, actor_kind, actor_id, actor_name, request_id)
SELECT tenant, CASE WHEN before IS NULL THEN 'created' WHEN after IS NULL THEN 'deleted' ELSE 'updated' END,
  $2, nullif(key, ''), %s, %s, nullif(people, '{}'), actor.kind, actor.id, actor.name, actor.request_id
FROM (%s) AS changed CROSS JOIN ops.actor() AS actor
WHERE before IS DISTINCT FROM '{}' OR after IS DISTINCT FROM '{}'
$q$, ops.without_secrets('before', secrets), ops.without_secrets('after', secrets), rows)
  USING hidden, TG_TABLE_NAME::text;
  RETURN NULL;
END
$$;

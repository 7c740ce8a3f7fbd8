-- Events as a hypertable, records about records, and the triggers that tell the relay who changed.

SELECT create_hypertable('events', by_range('occurred_at', INTERVAL '7 days'), create_default_indexes => false);
--> statement-breakpoint
-- Chunks are tables of their own: they take over the hypertable's grants, but not its policies. So the API gets no grant
-- on the hypertable; it reads and writes through this view, which needs none.
CREATE VIEW tenant_events WITH (security_barrier) AS
SELECT * FROM events WHERE tenant_id = (SELECT kith_tenant()) WITH CHECK OPTION;
--> statement-breakpoint
GRANT SELECT, INSERT ON tenant_events TO kith_api;
--> statement-breakpoint

ALTER TABLE contacts ADD FOREIGN KEY (tenant_id, account_id) REFERENCES accounts ON DELETE SET NULL (account_id);
--> statement-breakpoint
ALTER TABLE accounts ADD FOREIGN KEY (tenant_id, parent_id) REFERENCES accounts ON DELETE SET NULL (parent_id);
--> statement-breakpoint
ALTER TABLE leads ADD FOREIGN KEY (tenant_id, converted_contact_id) REFERENCES contacts ON DELETE SET NULL (converted_contact_id);
--> statement-breakpoint
ALTER TABLE order_items ADD FOREIGN KEY (tenant_id, order_id) REFERENCES orders ON DELETE CASCADE;
--> statement-breakpoint
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['opportunities', 'orders', 'contracts', 'memberships', 'tickets', 'activities', 'consents'] LOOP
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE SET NULL (contact_id)', name);
    EXECUTE format('CREATE INDEX ON %I (tenant_id, contact_id) WHERE contact_id IS NOT NULL', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['opportunities', 'orders', 'contracts', 'tickets', 'activities'] LOOP
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (tenant_id, account_id) REFERENCES accounts ON DELETE SET NULL (account_id)', name);
  END LOOP;
END
$$;
--> statement-breakpoint

-- The one thing the relay reads: {"tenant": id, "people": [...]}, in pieces of 500, committed with the rows they speak of.
-- A person is {"ids": {type: value}, "from": instant, "to": instant, "refs": [[occurred_at, id], ...]}: the identifiers
-- that came together, when, and the events whose traits are yet to be read. Security definer: nobody else may emit.
CREATE FUNCTION ops.emit_people(tenant uuid, people jsonb[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  FOR n IN 1 .. coalesce(array_length(people, 1), 0) BY 500 LOOP
    PERFORM pg_logical_emit_message(true, 'kith',
      jsonb_build_object('tenant', tenant, 'people', to_jsonb(people[n : n + 499]))::text);
  END LOOP;
END
$$;
--> statement-breakpoint

CREATE FUNCTION ops.events_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_people(tenant_id, array_agg(person))
  FROM (
    SELECT tenant_id, jsonb_strip_nulls(jsonb_build_object(
      'ids', jsonb_build_object('user_id', user_id, 'anonymous_id', anonymous_id) || coalesce(identifiers, '{}'),
      'from', min(occurred_at),
      'to', max(occurred_at),
      'refs', jsonb_agg(jsonb_build_array(occurred_at, id)) FILTER (WHERE traits IS NOT NULL OR type = 'alias')
    )) AS person
    FROM inserted
    GROUP BY tenant_id, user_id, anonymous_id, identifiers
  ) AS people
  GROUP BY tenant_id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER relay AFTER INSERT ON events REFERENCING NEW TABLE AS inserted
FOR EACH STATEMENT EXECUTE FUNCTION ops.events_inserted();
--> statement-breakpoint

-- The identifiers a CRM row names: its own, if it is itself a person, and those of the person it is about.
CREATE FUNCTION ops.identifiers_of(kind text, record jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
SELECT jsonb_strip_nulls(jsonb_build_object(
  'contact', CASE kind WHEN 'contacts' THEN record ->> 'id' WHEN 'leads' THEN record ->> 'converted_contact_id' ELSE record ->> 'contact_id' END,
  'lead', CASE kind WHEN 'leads' THEN record ->> 'id' END,
  'user_id', record ->> 'user_id',
  'email', nullif(lower(btrim(record ->> 'email')), ''),
  'phone', nullif(btrim(record ->> 'phone'), '')
))
$$;
--> statement-breakpoint

CREATE FUNCTION ops.emit_records(kind text, records jsonb[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_people(tenant, array_agg(jsonb_build_object('ids', ids)))
  FROM (
    SELECT DISTINCT (record ->> 'tenant_id')::uuid AS tenant, ops.identifiers_of(kind, record) AS ids FROM unnest(records) AS record
  ) AS people
  WHERE ids <> '{}'
  GROUP BY tenant;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ops.record_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_records(TG_TABLE_NAME, (SELECT array_agg(to_jsonb(r)) FROM inserted r));
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ops.record_updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_records(TG_TABLE_NAME, (SELECT array_agg(to_jsonb(r)) FROM (TABLE deleted UNION ALL TABLE inserted) r));
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ops.record_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_records(TG_TABLE_NAME, (SELECT array_agg(to_jsonb(r)) FROM deleted r));
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ops.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;
--> statement-breakpoint
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['contacts', 'leads', 'opportunities', 'orders', 'contracts', 'memberships', 'tickets', 'activities', 'consents'] LOOP
    EXECUTE format('CREATE TRIGGER relay_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_inserted()', name);
    EXECUTE format('CREATE TRIGGER relay_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_updated()', name);
    EXECUTE format('CREATE TRIGGER relay_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.record_deleted()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['accounts', 'contacts', 'leads', 'opportunities', 'orders', 'order_items', 'contracts', 'memberships', 'tickets', 'activities', 'consents', 'labels', 'segments'] LOOP
    EXECUTE format('CREATE TRIGGER touch BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION ops.touch()', name);
  END LOOP;
END
$$;
--> statement-breakpoint

-- An account or an order's items change what is true of people too: those of the account, the order's.
CREATE FUNCTION ops.account_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_records('contacts', (SELECT array_agg(to_jsonb(c)) FROM public.contacts c WHERE c.tenant_id = NEW.tenant_id AND c.account_id = NEW.id));
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER relay AFTER UPDATE ON accounts FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION ops.account_changed();
--> statement-breakpoint
CREATE FUNCTION ops.order_items_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_records('orders', (SELECT array_agg(DISTINCT to_jsonb(o)) FROM changed JOIN public.orders o ON o.tenant_id = changed.tenant_id AND o.id = changed.order_id));
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER relay_insert AFTER INSERT ON order_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.order_items_changed();
--> statement-breakpoint
CREATE TRIGGER relay_update AFTER UPDATE ON order_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.order_items_changed();
--> statement-breakpoint
CREATE TRIGGER relay_delete AFTER DELETE ON order_items REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ops.order_items_changed();
--> statement-breakpoint

-- A definition that is new, changed, paused, resumed or archived: {"tenant": id, "definition": {"kind", "id"}}.
CREATE FUNCTION ops.definition_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_logical_emit_message(true, 'kith', jsonb_build_object('tenant', NEW.tenant_id,
    'definition', jsonb_build_object('kind', rtrim(TG_TABLE_NAME, 's'), 'id', NEW.id))::text);
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ops.version_definition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.rule IS DISTINCT FROM OLD.rule OR NEW.status IS DISTINCT FROM OLD.status THEN
    NEW.version := OLD.version + 1;
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['labels', 'segments'] LOOP
    EXECUTE format('CREATE TRIGGER version BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION ops.version_definition()', name);
    EXECUTE format('CREATE TRIGGER relay_insert AFTER INSERT ON %I FOR EACH ROW EXECUTE FUNCTION ops.definition_changed()', name);
    EXECUTE format('CREATE TRIGGER relay_update AFTER UPDATE ON %I FOR EACH ROW WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION ops.definition_changed()', name);
  END LOOP;
END
$$;
--> statement-breakpoint

-- The relay reads messages only; pgoutput still wants a publication.
CREATE PUBLICATION kith;

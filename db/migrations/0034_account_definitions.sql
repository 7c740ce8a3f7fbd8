-- Segments and labels of accounts: a definition says whom it is about, and what is computed of accounts lies beside what is
-- computed of people. History and feed are one: an entry is about a person or about an account.
ALTER TABLE segments ADD COLUMN subject text NOT NULL DEFAULT 'person' CHECK (subject IN ('person', 'account'));
--> statement-breakpoint
ALTER TABLE labels ADD COLUMN subject text NOT NULL DEFAULT 'person' CHECK (subject IN ('person', 'account'));
--> statement-breakpoint
-- Whom a definition is about is what its members are; another subject is another definition.
CREATE FUNCTION ops.subject_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the subject of a % does not change', rtrim(TG_TABLE_NAME, 's') USING ERRCODE = 'feature_not_supported';
END
$$;
--> statement-breakpoint
CREATE TRIGGER subject BEFORE UPDATE ON segments FOR EACH ROW WHEN (OLD.subject <> NEW.subject) EXECUTE FUNCTION ops.subject_kept();
--> statement-breakpoint
CREATE TRIGGER subject BEFORE UPDATE ON labels FOR EACH ROW WHEN (OLD.subject <> NEW.subject) EXECUTE FUNCTION ops.subject_kept();
--> statement-breakpoint
CREATE TABLE segment_accounts (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  segment_id uuid NOT NULL,
  account_id uuid NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, segment_id, account_id)
);
--> statement-breakpoint
CREATE INDEX segment_accounts_by_account ON segment_accounts (tenant_id, account_id);
--> statement-breakpoint
CREATE TABLE account_label_values (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  label_id uuid NOT NULL,
  account_id uuid NOT NULL,
  value jsonb NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, label_id, account_id)
);
--> statement-breakpoint
CREATE INDEX account_label_values_by_account ON account_label_values (tenant_id, account_id);
--> statement-breakpoint
CREATE TABLE account_timers (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  account_id uuid NOT NULL,
  due_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, account_id)
);
--> statement-breakpoint
CREATE INDEX account_timers_by_due ON account_timers (due_at);
--> statement-breakpoint
ALTER TABLE transitions ADD COLUMN account_id uuid, ALTER COLUMN profile_id DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE transitions ADD CONSTRAINT transitions_subject_check CHECK (num_nonnulls(profile_id, account_id) = 1) NOT VALID;
--> statement-breakpoint
CREATE INDEX transitions_by_account ON transitions (tenant_id, account_id, at) WHERE account_id IS NOT NULL;
--> statement-breakpoint
ALTER TABLE feed ADD COLUMN account_id uuid, ALTER COLUMN profile_id DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE feed ADD CONSTRAINT feed_subject_check CHECK (num_nonnulls(profile_id, account_id) = 1) NOT VALID;
--> statement-breakpoint

-- What is new about accounts: {"tenant": id, "accounts": [id, ...]}, in pieces of 500. Always, and not only where a rule asks for
-- accounts: a rule that is being saved by another transaction is not seen from here, and its backfill may have passed.
CREATE FUNCTION ops.emit_account_ids(tenant uuid, accounts uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  FOR n IN 1 .. coalesce(array_length(accounts, 1), 0) BY 500 LOOP
    PERFORM pg_logical_emit_message(true, 'kith',
      jsonb_build_object('tenant', tenant, 'accounts', to_jsonb(accounts[n : n + 499]))::text);
  END LOOP;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.emit_account_ids(uuid, uuid[]) FROM PUBLIC;
--> statement-breakpoint
-- Of rows {"tenant_id", "account_id"}: tells of the accounts; and of their people where a rule of people asks for accounts.
CREATE OR REPLACE FUNCTION ops.emit_accounts(accounts jsonb[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, ops AS $$
BEGIN
  PERFORM ops.emit_account_ids(tenant_id, array_agg(account_id))
  FROM (
    SELECT DISTINCT (account ->> 'tenant_id')::uuid AS tenant_id, (account ->> 'account_id')::uuid AS account_id
    FROM unnest(accounts) AS account
  ) AS changed
  WHERE account_id IS NOT NULL
  GROUP BY tenant_id;
  PERFORM ops.emit_people(tenant_id, array_agg(jsonb_build_object('ids', jsonb_build_object(type, value))))
  FROM (
    SELECT DISTINCT ON (i.tenant_id, i.profile_id) i.tenant_id, i.type, i.value
    FROM (
      SELECT DISTINCT (account ->> 'tenant_id')::uuid AS tenant_id, (account ->> 'account_id')::uuid AS account_id
      FROM unnest(accounts) AS account
    ) AS changed
    JOIN profile_accounts a ON a.tenant_id = changed.tenant_id AND a.account_id = changed.account_id
    JOIN identifiers i ON i.tenant_id = a.tenant_id AND i.profile_id = a.profile_id
    WHERE EXISTS (SELECT FROM segments s WHERE s.tenant_id = changed.tenant_id AND s.subject = 'person' AND s.rule::text LIKE '%"account"%')
      OR EXISTS (SELECT FROM labels l WHERE l.tenant_id = changed.tenant_id AND l.subject = 'person' AND l.rule::text LIKE '%"account"%')
  ) AS people
  GROUP BY tenant_id;
END
$$;
--> statement-breakpoint

-- The account itself, and those it is or was part of. (Its people are told of by migration 0032.)
CREATE FUNCTION ops.account_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_account_ids(tenant_id, array_agg(DISTINCT account_id))
  FROM (SELECT tenant_id, unnest(ARRAY[id, parent_id]) AS account_id FROM written) AS near
  WHERE account_id IS NOT NULL GROUP BY tenant_id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ops.account_rewritten() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_account_ids(tenant_id, array_agg(DISTINCT account_id))
  FROM (
    SELECT n.tenant_id, unnest(ARRAY[n.id, o.parent_id, n.parent_id]) AS account_id
    FROM written n JOIN deleted o ON o.tenant_id = n.tenant_id AND o.id = n.id
    WHERE to_jsonb(n) - 'updated_at' <> to_jsonb(o) - 'updated_at'
  ) AS near
  WHERE account_id IS NOT NULL GROUP BY tenant_id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER relay_account_insert AFTER INSERT ON accounts REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.account_written();
--> statement-breakpoint
CREATE TRIGGER relay_account_update AFTER UPDATE ON accounts REFERENCING OLD TABLE AS deleted NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.account_rewritten();
--> statement-breakpoint
CREATE TRIGGER relay_account_delete AFTER DELETE ON accounts REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ops.account_written();
--> statement-breakpoint

-- Whose contact moves from one account to another is missed at the one and new at the other; whose group call is forgotten
-- leaves. (Whom a group call brings is told of as a person.)
CREATE TRIGGER relay_account_insert AFTER INSERT ON contacts REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_inserted();
--> statement-breakpoint
CREATE TRIGGER relay_account_update AFTER UPDATE ON contacts REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_updated();
--> statement-breakpoint
CREATE TRIGGER relay_account_delete AFTER DELETE ON contacts REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted();
--> statement-breakpoint
CREATE TRIGGER relay_account_delete AFTER DELETE ON account_members REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION ops.account_record_deleted();
--> statement-breakpoint
-- An order's items are its account's too.
CREATE OR REPLACE FUNCTION ops.order_items_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
DECLARE
  orders jsonb[] := (SELECT array_agg(DISTINCT to_jsonb(o)) FROM changed JOIN public.orders o ON o.tenant_id = changed.tenant_id AND o.id = changed.order_id);
BEGIN
  PERFORM ops.emit_records('orders', orders);
  PERFORM ops.emit_accounts(array_agg(o)) FROM unnest(orders) AS o WHERE o ->> 'account_id' IS NOT NULL HAVING count(*) > 0;
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- Before people are erased: their accounts lose them, those by the domain of an address too.
CREATE FUNCTION ops.emit_accounts_of(profile_ids uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, ops AS $$
SELECT ops.emit_account_ids(public.kith_tenant(), array_agg(DISTINCT account_id))
FROM profile_accounts WHERE tenant_id = public.kith_tenant() AND profile_id = ANY (profile_ids)
HAVING count(*) > 0
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.emit_accounts_of(uuid[]) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.emit_accounts_of(uuid[]) TO kith_api, kith_worker;
--> statement-breakpoint

CREATE OR REPLACE VIEW analytics.segments WITH (security_barrier) AS
SELECT id, key, name, description, status, rule, version, version = backfilled_version AS complete, created_at, updated_at, subject
FROM public.segments WHERE tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.segment_accounts WITH (security_barrier) AS
SELECT s.key AS segment, m.segment_id, m.account_id, m.since
FROM public.segment_accounts m JOIN public.segments s ON s.tenant_id = m.tenant_id AND s.id = m.segment_id
WHERE m.tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE VIEW analytics.account_labels WITH (security_barrier) AS
SELECT l.key AS label, v.label_id, v.account_id, v.value, v.since
FROM public.account_label_values v JOIN public.labels l ON l.tenant_id = v.tenant_id AND l.id = v.label_id
WHERE v.tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
CREATE OR REPLACE VIEW analytics.transitions WITH (security_barrier) AS
SELECT t.id, t.at, t.kind, t.profile_id, s.key AS segment, l.key AS label, t.from_value, t.to_value, t.cause, t.account_id
FROM public.transitions t
LEFT JOIN public.segments s ON s.tenant_id = t.tenant_id AND s.id = t.segment_id
LEFT JOIN public.labels l ON l.tenant_id = t.tenant_id AND l.id = t.label_id
WHERE t.tenant_id = (SELECT ops.sql_tenant());
--> statement-breakpoint
GRANT SELECT ON analytics.segment_accounts, analytics.account_labels TO kith_reader, kith_api, kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
CREATE POLICY every_timer ON account_timers TO kith_worker USING (true);
--> statement-breakpoint
GRANT SELECT ON segment_accounts, account_label_values, account_timers TO kith_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON segment_accounts, account_label_values, account_timers TO kith_worker;

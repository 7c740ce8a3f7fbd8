-- What a tenant says about identity, and what people undo, merge and ask by hand.

CREATE TABLE identifier_types (
  tenant_id uuid NOT NULL DEFAULT kith_tenant(),
  key text NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  normaliser text CHECK (normaliser IN ('verbatim', 'lower', 'email', 'phone')),
  country text CHECK (country ~ '^[A-Z]{2}$'),
  priority integer CHECK (priority BETWEEN 0 AND 1000),
  max_per_profile integer CHECK (max_per_profile BETWEEN 1 AND 10000),
  people_limit integer CHECK (people_limit BETWEEN 1 AND 10000),
  shared boolean,
  blocked text[] NOT NULL DEFAULT '{}',
  weights jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, key)
);
--> statement-breakpoint
CREATE TRIGGER touch BEFORE UPDATE ON identifier_types FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint

-- As in 0003, and: which source said so, for its weight; and group calls, which say who belongs to which account.
CREATE OR REPLACE FUNCTION ops.events_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_people(tenant_id, array_agg(person))
  FROM (
    SELECT tenant_id, jsonb_strip_nulls(jsonb_build_object(
      'ids', jsonb_build_object('user_id', user_id, 'anonymous_id', anonymous_id) || coalesce(identifiers, '{}'),
      'from', min(occurred_at),
      'to', max(occurred_at),
      'source', source_id,
      'refs', jsonb_agg(jsonb_build_array(occurred_at, id)) FILTER (WHERE traits IS NOT NULL OR type IN ('alias', 'group'))
    )) AS person
    FROM inserted
    GROUP BY tenant_id, user_id, anonymous_id, identifiers, source_id
  ) AS people
  GROUP BY tenant_id;
  RETURN NULL;
END
$$;
--> statement-breakpoint

-- What is merged or split by hand is told to the relay like any other change of people. Only about the transaction's tenant.
CREATE FUNCTION ops.announce_people(people jsonb[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, ops AS $$
BEGIN
  IF public.kith_tenant() IS NULL THEN RAISE EXCEPTION 'expected a tenant, set by inTenant'; END IF;
  PERFORM ops.emit_people(public.kith_tenant(), people);
END
$$;
--> statement-breakpoint
-- These take the tenant as an argument: for triggers only.
REVOKE ALL ON FUNCTION ops.emit_people(uuid, jsonb[]), ops.emit_records(text, jsonb[]), ops.announce_people(jsonb[]) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.announce_people(jsonb[]) TO kith_api, kith_worker;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON identifier_types TO kith_api, kith_worker;
--> statement-breakpoint
-- Merging and splitting by hand is done in the API's transaction, so that its answer is what has happened.
GRANT INSERT, UPDATE ON profiles, identifiers, merges, identity_links TO kith_api;
--> statement-breakpoint
GRANT DELETE ON identity_links, identity_conflicts TO kith_api;
--> statement-breakpoint
SELECT ops.isolate_tenants();

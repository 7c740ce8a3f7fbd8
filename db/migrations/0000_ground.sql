-- Extensions and the few functions that table definitions rest on. The roles kith_api and kith_worker are made by
-- db/roles.ts before this runs: their passwords belong in no migration.

CREATE EXTENSION IF NOT EXISTS timescaledb;
--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS age;
--> statement-breakpoint

-- RFC 9562 version 7: 48 bits of milliseconds, then randomness. PostgreSQL 18's own takes precedence where it exists.
CREATE FUNCTION public.uuidv7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
  PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;
--> statement-breakpoint

-- The transaction's tenant: SET LOCAL kith.tenant_id. Null outside of one, so that nothing matches.
CREATE FUNCTION public.kith_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT nullif(current_setting('kith.tenant_id', true), '')::uuid
$$;
--> statement-breakpoint

-- The id of an identifier, computable where a row is written, without a lookup: null when the value is null.
CREATE FUNCTION public.identifier_id(type text, value text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT md5(type || chr(31) || value)::uuid
$$;

-- Rules are evaluated in the tenant's time zone: one that Postgres does not know would let every reaction fail. Offsets such as '+03:00'
-- are read with the opposite sign, so they are no names. AT TIME ZONE refuses a name that it does not know by itself.
ALTER TABLE tenants ADD CONSTRAINT tenants_timezone_check
  CHECK (timezone ~ '^[A-Za-z]' AND ('epoch'::timestamptz AT TIME ZONE timezone) IS NOT NULL) NOT VALID;

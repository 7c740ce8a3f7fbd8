-- Events that SQL writes, by psql, COPY or dbt, pass no gate. Their names are brought into the form in which rules and behaviors name
-- them; and what a tenant wants to have looked at before it is stored, at the gate alone, is refused. What Kith's own roles
-- write has been through the gate: whose session it is costs an event a tenth of the microsecond that its name's form costs.
CREATE FUNCTION ops.normalise_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.name := normalize(NEW.name, NFC);
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER normalise BEFORE INSERT ON events FOR EACH ROW
WHEN (session_user NOT IN ('kith_api', 'kith_worker') AND NEW.name IS NOT NFC NORMALIZED) EXECUTE FUNCTION ops.normalise_event();
--> statement-breakpoint
CREATE FUNCTION ops.refuse_ungated() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  found text;
BEGIN
  IF session_user IN ('kith_api', 'kith_worker') THEN RETURN NULL; END IF;
  IF NOT EXISTS (SELECT FROM behaviors WHERE mode = 'strict' OR purpose IS NOT NULL) THEN RETURN NULL; END IF;
  SELECT b.name INTO found
  FROM (SELECT DISTINCT tenant_id, name FROM inserted) AS i
  JOIN behaviors b ON b.tenant_id = i.tenant_id AND b.name = i.name
  WHERE b.mode = 'strict' OR b.purpose IS NOT NULL
  LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'EVENT_UNGATED: the behavior "%" is strict, or for a purpose that people may refuse: its events go through the gate', found
      USING ERRCODE = 'check_violation', HINT = 'Send them to /v1/batch, or as a file to /v1/imports/events.';
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER gate AFTER INSERT ON events REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_ungated();

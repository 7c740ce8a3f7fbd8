-- Calendar windows, months, days without an offset: what a rule says of them depends on the tenant's time zone. When that is another
-- one, every definition that is kept up to date is a new version of itself, and is evaluated for everybody as when it is changed.
CREATE FUNCTION ops.timezone_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  UPDATE public.labels SET version = version + 1 WHERE tenant_id = NEW.id AND status = 'active';
  UPDATE public.segments SET version = version + 1 WHERE tenant_id = NEW.id AND status = 'active';
  RETURN NULL;
END
$$;
CREATE TRIGGER timezone AFTER UPDATE ON tenants FOR EACH ROW WHEN (OLD.timezone <> NEW.timezone) EXECUTE FUNCTION ops.timezone_changed();

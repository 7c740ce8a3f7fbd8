-- What people are asked for. A purpose that is not here may be used as well; one that is here only on its channels, and not once
-- it is retired.
CREATE TABLE "consent_purposes" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"channels" text[] DEFAULT '{}' NOT NULL,
	"retired_at" timestamptz,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "consent_purposes_tenant_id_key_pk" PRIMARY KEY("tenant_id","key")
);
--> statement-breakpoint
CREATE TRIGGER touch BEFORE UPDATE ON consent_purposes FOR EACH ROW EXECUTE FUNCTION ops.touch();
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON consent_purposes TO kith_api;
--> statement-breakpoint
GRANT SELECT ON consent_purposes TO kith_worker;
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
SELECT ops.audit('consent_purposes');
--> statement-breakpoint

-- By every door, SQL too. Who refuses is heard whatever is offered: the triggers ask of consents only about those that are granted.
CREATE FUNCTION ops.purpose_offered() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF EXISTS (SELECT FROM public.consent_purposes p WHERE p.tenant_id = NEW.tenant_id AND p.key = NEW.purpose
    AND (p.retired_at IS NOT NULL OR p.channels <> '{}' AND NEW.channel <> ALL (p.channels))) THEN
    RAISE EXCEPTION 'expected a purpose that is offered, on a channel of its own; found %, %', NEW.purpose, NEW.channel USING ERRCODE = 'KP001';
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER offered BEFORE INSERT OR UPDATE OF purpose, channel, state ON consents
FOR EACH ROW WHEN (NEW.state = 'granted') EXECUTE FUNCTION ops.purpose_offered();
--> statement-breakpoint
CREATE TRIGGER offered BEFORE INSERT OR UPDATE OF purpose, channel ON sources
FOR EACH ROW WHEN (NEW.purpose IS NOT NULL) EXECUTE FUNCTION ops.purpose_offered();
--> statement-breakpoint
CREATE TRIGGER offered BEFORE INSERT OR UPDATE OF purpose, channel ON behaviors
FOR EACH ROW WHEN (NEW.purpose IS NOT NULL) EXECUTE FUNCTION ops.purpose_offered();

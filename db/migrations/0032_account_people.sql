-- What changes of an account changes what is true of everybody who works there, however that is known: as the CRM says, as a
-- group call said, or by the domain of an address. One identifier of each person is told; the old domain's people are told too.
DROP TRIGGER relay ON accounts;
--> statement-breakpoint
DROP FUNCTION ops.account_changed();
--> statement-breakpoint
CREATE FUNCTION ops.emit_colleagues(tenant uuid, account_ids uuid[], domains text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, ops AS $$
BEGIN
  PERFORM ops.emit_people(tenant, array_agg(jsonb_build_object('ids', jsonb_build_object(type, value))))
  FROM (
    SELECT DISTINCT ON (i.profile_id) i.type, i.value FROM public.identifiers i
    WHERE i.tenant_id = tenant AND i.id IN (
      SELECT identifier_id('contact', c.id::text) FROM public.contacts c WHERE c.tenant_id = tenant AND c.account_id = ANY (account_ids)
      UNION ALL
      SELECT m.identifier_id FROM public.account_members m WHERE m.tenant_id = tenant AND m.account_id = ANY (account_ids)
      UNION ALL
      SELECT e.id FROM public.identifiers e
      WHERE e.tenant_id = tenant AND e.type = 'email' AND split_part(e.value, '@', 2) = ANY (domains) AND NOT free_mail(split_part(e.value, '@', 2)))
    ORDER BY i.profile_id, i.shared, i.id
  ) AS people HAVING count(*) > 0;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.emit_colleagues(uuid, uuid[], text[]) FROM PUBLIC;
--> statement-breakpoint
CREATE FUNCTION ops.accounts_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  -- A touch alone, as an import makes of what it finds as it was, is no change.
  PERFORM ops.emit_colleagues(n.tenant_id, array_agg(n.id), array_agg(DISTINCT lower(n.domain)) || array_agg(DISTINCT lower(o.domain)))
  FROM inserted n JOIN deleted o ON o.tenant_id = n.tenant_id AND o.id = n.id
  WHERE to_jsonb(o) - 'updated_at' <> to_jsonb(n) - 'updated_at' GROUP BY n.tenant_id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER relay_update AFTER UPDATE ON accounts REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted
FOR EACH STATEMENT EXECUTE FUNCTION ops.accounts_changed();
--> statement-breakpoint
-- Nobody is a contact or a member of what has just been made; of what is deleted, contacts tell of themselves.
CREATE FUNCTION ops.account_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_colleagues(tenant_id, '{}', array_agg(DISTINCT lower(domain))) FROM inserted WHERE domain IS NOT NULL GROUP BY tenant_id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER relay_insert AFTER INSERT ON accounts REFERENCING NEW TABLE AS inserted
FOR EACH STATEMENT EXECUTE FUNCTION ops.account_made();
--> statement-breakpoint
-- Before, as members are deleted with their account.
CREATE FUNCTION ops.account_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ops AS $$
BEGIN
  PERFORM ops.emit_colleagues(OLD.tenant_id, ARRAY[OLD.id], ARRAY[lower(OLD.domain)]);
  RETURN OLD;
END
$$;
--> statement-breakpoint
CREATE TRIGGER relay_delete BEFORE DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION ops.account_deleted();
--> statement-breakpoint
CREATE INDEX accounts_by_lower_domain ON accounts (tenant_id, lower(domain)) WHERE domain IS NOT NULL;

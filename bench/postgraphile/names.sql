-- What PostGraphile cannot know by itself: references that are no foreign keys, and the lists of a person that go over their
-- identifiers, written as well as Kith writes them.
COMMENT ON TABLE identifiers IS E'@foreignKey (tenant_id, profile_id) references profiles (tenant_id, id)|@foreignFieldName identifiers';
COMMENT ON TABLE label_values IS E'@foreignKey (tenant_id, profile_id) references profiles (tenant_id, id)|@foreignFieldName labels\n@foreignKey (tenant_id, label_id) references labels (tenant_id, id)|@fieldName label';
COMMENT ON TABLE members IS E'@foreignKey (tenant_id, profile_id) references profiles (tenant_id, id)|@foreignFieldName segments\n@foreignKey (tenant_id, segment_id) references segments (tenant_id, id)|@fieldName segment';
COMMENT ON CONSTRAINT order_items_tenant_id_order_id_fkey ON order_items IS '@foreignFieldName items';
COMMENT ON CONSTRAINT contacts_tenant_id_account_id_fkey ON contacts IS '@foreignFieldName contacts';
COMMENT ON CONSTRAINT orders_tenant_id_account_id_fkey ON orders IS '@foreignFieldName orders';
COMMENT ON CONSTRAINT orders_tenant_id_contact_id_fkey ON orders IS '@fieldName contact';

CREATE FUNCTION profiles_events(profile profiles, most int) RETURNS SETOF listed_events LANGUAGE sql STABLE ROWS 10 AS $$
SELECT e.* FROM identifiers i CROSS JOIN LATERAL (
  SELECT * FROM listed_events WHERE identifier_id = i.id ORDER BY occurred_at DESC, id DESC LIMIT most
) e
WHERE i.tenant_id = profile.tenant_id AND i.profile_id = profile.id
ORDER BY e.occurred_at DESC, e.id DESC LIMIT most
$$;
CREATE FUNCTION profiles_orders(profile profiles, most int) RETURNS SETOF orders LANGUAGE sql STABLE ROWS 10 AS $$
SELECT o.* FROM identifiers i CROSS JOIN LATERAL (
  SELECT * FROM orders WHERE tenant_id = profile.tenant_id AND identifier_id = i.id ORDER BY placed_at DESC, id DESC LIMIT most
) o
WHERE i.tenant_id = profile.tenant_id AND i.profile_id = profile.id
ORDER BY o.placed_at DESC, o.id DESC LIMIT most
$$;
-- Lists of these are short enough to be sorted without an index, which PostGraphile asks for otherwise.
COMMENT ON COLUMN identifiers.first_seen IS '@behavior +attribute:orderBy';
COMMENT ON COLUMN label_values.since IS '@behavior +attribute:orderBy';
COMMENT ON COLUMN members.since IS '@behavior +attribute:orderBy';

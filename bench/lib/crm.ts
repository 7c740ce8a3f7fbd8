import type { BenchDatabase } from './bench.ts'

export type Crm = { tenant: string; profiles: string[] }

/**
 * A tenant as a running Kith leaves it: `people` with a contact, three identifiers, thirty events of the last sixty days, three
 * labels, five segments and two orders of three items; twenty of them to an account.
 */
export async function openCrm(db: BenchDatabase, people: number): Promise<Crm> {
  const tenant = await db.createTenant('crm')
  const sql = db.owner
  await sql`
INSERT INTO accounts (tenant_id, external_id, name, domain, industry)
SELECT ${tenant}, n, 'Account ' || n, 'account' || n || '.example.com', (ARRAY['retail', 'banking', 'health'])[1 + n % 3]
FROM generate_series(0, (${people}::int - 1) / 20) AS n`
  await sql`
INSERT INTO contacts (tenant_id, external_id, account_id, email, first_name, last_name, title, stage)
SELECT ${tenant}, n, a.id, 'person' || n || '@example.com', 'First ' || n, 'Last ' || n, 'Buyer', 'customer'
FROM generate_series(1, ${people}::int) AS n JOIN accounts a ON a.tenant_id = ${tenant} AND a.external_id = ((n - 1) / 20)::text`
  await sql`
INSERT INTO profiles (tenant_id, traits, first_seen, last_seen)
SELECT ${tenant}, jsonb_build_object('n', n, 'email', 'person' || n || '@example.com', 'plan', 'pro', 'city', 'Utrecht'), now() - interval '60 days', now()
FROM generate_series(1, ${people}::int) AS n`
  await sql`
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen)
SELECT ${tenant}, identifier_id(i.type, i.value), i.type, i.value, p.id, now() - i.days * interval '1 day'
FROM profiles p JOIN contacts c ON c.tenant_id = ${tenant} AND c.external_id = p.traits ->> 'n'
CROSS JOIN LATERAL (VALUES ('user_id', 'person ' || c.external_id, 3), ('email', c.email, 2), ('contact', c.id::text, 1)) AS i (type, value, days)
WHERE p.tenant_id = ${tenant}`
  await sql`
INSERT INTO labels (tenant_id, key, name, rule) SELECT ${tenant}, 'label-' || n, 'Label ' || n, '{"all": []}' FROM generate_series(1, 3) AS n`
  await sql`
INSERT INTO segments (tenant_id, key, name, rule) SELECT ${tenant}, 'segment-' || n, 'Segment ' || n, '{"all": []}' FROM generate_series(1, 5) AS n`
  await sql`
INSERT INTO label_values (tenant_id, label_id, profile_id, value, since)
SELECT p.tenant_id, l.id, p.id, to_jsonb(l.key || ' of ' || (p.traits ->> 'n')), now() - interval '1 day'
FROM profiles p JOIN labels l USING (tenant_id) WHERE p.tenant_id = ${tenant}`
  await sql`
INSERT INTO members (tenant_id, segment_id, profile_id, since)
SELECT p.tenant_id, s.id, p.id, now() - interval '1 day' FROM profiles p JOIN segments s USING (tenant_id) WHERE p.tenant_id = ${tenant}`
  await sql`
INSERT INTO orders (tenant_id, external_id, account_id, contact_id, number, status, amount, currency, placed_at)
SELECT c.tenant_id, c.external_id || '-' || n, c.account_id, c.id, 'N ' || c.external_id || '-' || n, 'paid', 10.5 * n, 'EUR', now() - n * interval '3 days'
FROM contacts c, generate_series(1, 2) AS n WHERE c.tenant_id = ${tenant}`
  await sql`
INSERT INTO order_items (tenant_id, order_id, sku, name, quantity, unit_price, currency)
SELECT o.tenant_id, o.id, 'sku ' || n, 'Thing ' || n, n, 3.5, 'EUR' FROM orders o, generate_series(1, 3) AS n WHERE o.tenant_id = ${tenant}`
  await sql`
INSERT INTO events (tenant_id, name, user_id, message_id, occurred_at, properties)
SELECT ${tenant}, 'Product Viewed', 'person ' || person, person || '-' || n, now() - (n * 2 - person % 7 / 10.0) * interval '1 day',
  jsonb_build_object('sku', 'sku ' || n, 'category', 'shoes', 'price', 12.5, 'url', 'https://shop.example.com/products/' || n)
FROM generate_series(1, ${people}::int) AS person, generate_series(1, 30) AS n`
  await sql`VACUUM ANALYZE`
  const profiles = await sql`SELECT id FROM profiles WHERE tenant_id = ${tenant} ORDER BY md5(id::text) LIMIT 2000`
  return { tenant, profiles: profiles.map(({ id }) => id as string) }
}

/** People with two identifiers each, ten events a head over half a year, and up to a hundred segments over those. */
import { type Definition, parseRule } from '../../engine/rules/index.ts'
import type { BenchDatabase } from './bench.ts'

export const AT = '2026-06-30T00:00:00Z'
const NAMES = ['Page Viewed', 'Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed', 'Signed In']

export async function fill(db: BenchDatabase, tenant: string, people: number): Promise<void> {
  await db.owner`
INSERT INTO profiles (tenant_id, id, traits, first_seen, last_seen)
SELECT ${tenant}, md5('p' || n)::uuid, jsonb_build_object('plan', CASE n % 3 WHEN 0 THEN 'free' ELSE 'pro' END), '2026-01-01', ${AT}
FROM generate_series(1, ${people}::int) n`
  await db.owner`
INSERT INTO identifiers (tenant_id, id, type, value, profile_id, first_seen)
SELECT ${tenant}, identifier_id(type, type || n), type, type || n, md5('p' || n)::uuid, '2026-01-01'
FROM generate_series(1, ${people}::int) n, unnest(ARRAY['user_id', 'anonymous_id']) AS type`
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, anonymous_id, occurred_at, properties)
SELECT ${tenant}, (${NAMES}::text[])[n % 6 + 1], CASE WHEN n % 2 = 0 THEN 'user_id' || (n * 7 % ${people}::int + 1) END,
  'anonymous_id' || (n * 7 % ${people}::int + 1),
  ${AT}::timestamptz - interval '180 days' * ((n::bigint * 7919 % 1000003)::float8 / 1000003), jsonb_build_object('price', n % 100, 'sku', 's' || n % 50)
FROM generate_series(1, ${people * 10}::int) n`
  await db.owner`VACUUM ANALYZE`
}

export async function profiles(db: BenchDatabase, tenant: string, most: number | null): Promise<string[]> {
  const rows = await db.owner<{ id: string }[]>`
SELECT id FROM profiles WHERE tenant_id = ${tenant} ORDER BY id LIMIT ${most}`
  return rows.map(({ id }) => id)
}

/** At least `least` events of a name within so many days, and none of another that cost so much or more. */
export type Spec = { name: string; days: number; least: number; without: { name: string; days: number; price: number } }

export const specs = (count: number): Spec[] =>
  Array.from({ length: count }, (_, n) => ({
    name: NAMES[n % 6]!,
    days: [7, 30, 90][n % 3]!,
    least: (n % 4) + 1,
    without: { name: NAMES[(n + 1) % 6]!, days: 30, price: n },
  }))

const made = new Map<number, Definition[]>()

/** Each its own windows, counts and conditions, all over the same few events. */
export function segments(count: number): Definition[] {
  const found = made.get(count)
  if (found) return found
  const definitions = specs(count).map(({ name, days, least, without }, n): Definition => {
    const none = {
      name: without.name,
      where: { path: 'price', gte: without.price },
      within: `P${without.days}D`,
    }
    const rule = { all: [{ event: { name, within: `P${days}D`, count: { gte: least } } }, { not: { event: none } }] }
    return { id: crypto.randomUUID(), kind: 'segment', key: `s${n}`, rule: parseRule(rule) }
  })
  made.set(count, definitions)
  return definitions
}

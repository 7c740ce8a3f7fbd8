/**
 * Brings the bits of a tenant's segments up to the feed's end, so that audiences are counted in milliseconds (audience.ts). Off
 * the hot path: a reaction writes nothing more than it did, its items of the feed say what to do here.
 */
import { type Client, inTenant } from '../../db/client.ts'
import { NIL } from '../../db/uuid.ts'

/** Who the bits may be wrong about: those of whom the feed has told since (which transitions count is said in SQL), or of whom a merge by hand is still to be told. */
export const changed = (transitions: string) => `
SELECT profile_id FROM feed
WHERE seq > (SELECT seq FROM audience_heads) AND CASE kind
  WHEN 'profile_changed' THEN payload ->> 'change' <> 'updated'
  WHEN 'label_changed' THEN false
  ELSE ${transitions} END
UNION
SELECT unnest(ARRAY[profile_id, into_id]) FROM merges WHERE NOT announced`

const EVERYONE = 'SELECT id AS profile_id FROM profiles UNION SELECT profile_id FROM audience_numbers'

/** The segment of the bits that are everybody's. */
export const EVERYBODY = NIL

/** Past so many items of the feed everybody is looked at: it costs less than looking up those who changed. */
const MOST_ITEMS = 500_000

/** Returns how many profiles it looked at. One statement, so that bits and place in the feed are of the same instant. */
export function refreshAudience(client: Client, tenantId: string): Promise<number> {
  return inTenant(client, tenantId, async (sql) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended('kith audience ' || ${tenantId}::text, 0))`
    const [head] = await sql<{ whole: boolean }[]>`
SELECT h.seq IS NULL OR h.seq + 1 < f.first_seq OR f.last_seq - h.seq > ${MOST_ITEMS} AS whole
FROM feed_heads f LEFT JOIN audience_heads h USING (tenant_id)`
    const whole = head?.whole ?? true
    const [row] = await sql.unsafe<[{ changed: number }]>(`
WITH feed_end AS MATERIALIZED (SELECT first_seq, last_seq FROM feed_heads),
changed AS MATERIALIZED (${whole ? EVERYONE : changed('true')}),
known AS MATERIALIZED (
  SELECT c.profile_id, n.number, p.id IS NOT NULL AS exists, p.id IS NOT NULL AND p.merged_into IS NULL AS living
  FROM changed c
  LEFT JOIN profiles p ON p.id = c.profile_id
  LEFT JOIN audience_numbers n ON n.profile_id = c.profile_id
),
numbered AS (
  INSERT INTO audience_numbers (number, profile_id)
  SELECT coalesce((SELECT max(number) FROM audience_numbers), -1) + row_number() OVER (ORDER BY profile_id), profile_id
  FROM known WHERE living AND number IS NULL
  RETURNING number, profile_id
),
forgotten AS (
  DELETE FROM audience_numbers n USING known k WHERE NOT k.exists AND n.number = k.number
),
target AS MATERIALIZED (
  SELECT number, profile_id, living FROM known WHERE number IS NOT NULL
  UNION ALL
  SELECT number, profile_id, true FROM numbered
),
mask AS MATERIALIZED (
  SELECT number >> 16 AS chunk, to_bits(array_agg(number & 65535)) AS bits FROM target GROUP BY number >> 16
),
inside AS MATERIALIZED (
  SELECT segment_id, number >> 16 AS chunk, to_bits(array_agg(number & 65535)) AS bits
  FROM (
    SELECT m.segment_id, t.number FROM target t JOIN members m ON m.profile_id = t.profile_id WHERE t.living
    UNION ALL
    SELECT '${EVERYBODY}', number FROM target WHERE living
  ) AS member
  GROUP BY segment_id, number >> 16
),
renewed AS (
  SELECT segment_id, chunk, b.bits AS old,
    coalesce(b.bits & ~m.bits, m.bits # m.bits) | coalesce(i.bits, m.bits # m.bits) AS bits
  FROM (SELECT segment_id, chunk FROM audience_bits UNION SELECT segment_id, chunk FROM inside) AS rows
  JOIN mask m USING (chunk)
  LEFT JOIN audience_bits b USING (segment_id, chunk)
  LEFT JOIN inside i USING (segment_id, chunk)
),
written AS (
  INSERT INTO audience_bits (segment_id, chunk, bits)
  SELECT segment_id, chunk, bits FROM renewed WHERE bits IS DISTINCT FROM old
  ON CONFLICT (tenant_id, segment_id, chunk) DO UPDATE SET bits = excluded.bits
),
place AS (
  -- Where the feed was pruned in between, the next refresh looks at everybody.
  INSERT INTO audience_heads (seq)
  SELECT last_seq FROM feed_end WHERE ${whole} OR first_seq <= (SELECT seq + 1 FROM audience_heads)
  ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, refreshed_at = excluded.refreshed_at
)
SELECT count(*)::int AS changed FROM changed`)
    return row.changed
  })
}

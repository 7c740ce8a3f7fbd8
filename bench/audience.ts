import { inTenant } from '../db/client.ts'
import { type Audience, countAudiences, sampleAudience } from '../engine/segments/audience.ts'
import { refreshAudience } from '../engine/segments/audience-bits.ts'
import type { BenchDatabase } from './lib/bench.ts'
import { definePart } from './lib/part.ts'

const [A, B, C] = [{ segment: 0 }, { segment: 1 }, { segment: 2 }]
const AUDIENCES: Audience[] = [{ and: [A, B, { not: C }] }, { or: [A, { and: [B, C] }] }, { not: { or: [A, B, C] } }]
/** Profiles that the feed has told of since the bits were made. */
const CHANGED = 500

/** Three segments of a fifth of the people each, some of whom have moved since the bits were made. */
export const part = definePart({
  about: 'And, or and not between segments, by bits and by the members',
  figures: {
    'audience.algebra_ms': {
      goal: 10,
      better: 'lower',
      unit: 'ms',
      against: `exact count of an audience of 3 segments among 1 M people, ${CHANGED} of whom moved since the bits were made`,
    },
    'audience.over_sql': { goal: null, better: 'higher', unit: 'ratio', against: 'the same counts from the members' },
    'audience.refresh_s': {
      goal: null,
      better: 'lower',
      unit: 's',
      against: 'bits of everybody made anew, off the hot path',
    },
  },
  async run(bench) {
    const db = await bench.database()
    const people = bench.size(1_000_000, 5000)
    const tenant = await db.createTenant('audience')
    const segments = await fill(db, tenant, people)
    const began = performance.now()
    await refreshAudience(db.worker, tenant)
    const refresh = (performance.now() - began) / 1000
    await db.owner`VACUUM ANALYZE audience_numbers, audience_bits, audience_heads`
    await move(db, tenant, segments)

    const counted = (usable: boolean) => () =>
      inTenant(db.api, tenant, async (sql) => {
        const counts: number[] = []
        for (const audience of AUDIENCES) counts.push(...(await countAudiences(sql, segments, [audience], { usable })))
        return counts
      })
    const { a, aSpeed } = await bench.alternated(
      { name: 'bits', run: counted(true) },
      { name: 'members', run: counted(false) },
    )
    const sampled = performance.now()
    await inTenant(db.api, tenant, (sql) => sampleAudience(sql, segments, AUDIENCES[0]!, 10, { usable: true }))
    bench.say(`ten of an audience, drawn at random: ${(performance.now() - sampled).toFixed(1)} ms`)
    return {
      'audience.algebra_ms': { value: a / AUDIENCES.length, rows: people },
      'audience.over_sql': { value: aSpeed, rows: people },
      'audience.refresh_s': { value: refresh, rows: people },
    }
  },
})

async function fill(db: BenchDatabase, tenant: string, people: number): Promise<string[]> {
  await db.owner`
INSERT INTO profiles (tenant_id, id, first_seen, last_seen)
SELECT ${tenant}, md5('p' || n)::uuid, '2026-01-01', '2026-01-01' FROM generate_series(1, ${people}::int) n`
  const rows = await db.owner<{ id: string }[]>`
INSERT INTO segments (tenant_id, key, name, rule) SELECT ${tenant}, key, key, '{"any": []}' FROM unnest(ARRAY['a', 'b', 'c']) AS key
RETURNING id`
  for (const { id } of rows) {
    await db.owner`
INSERT INTO members (tenant_id, segment_id, profile_id, since)
SELECT ${tenant}, ${id}, md5('p' || n)::uuid, now() FROM generate_series(1, ${people}::int) n
WHERE abs(hashtextextended(${id} || n, 0)) % 5 = 0`
  }
  await db.owner`VACUUM ANALYZE`
  return rows.map(({ id }) => id)
}

/** They leave the first segment, and the feed tells it. */
async function move(db: BenchDatabase, tenant: string, [segment]: string[]): Promise<void> {
  await db.owner`
WITH gone AS (
  DELETE FROM members WHERE tenant_id = ${tenant} AND segment_id = ${segment!} AND profile_id IN (
    SELECT profile_id FROM members WHERE tenant_id = ${tenant} AND segment_id = ${segment!} LIMIT ${CHANGED})
  RETURNING profile_id
), head AS (
  UPDATE feed_heads SET last_seq = last_seq + ${CHANGED} WHERE tenant_id = ${tenant}
)
INSERT INTO feed (tenant_id, seq, at, kind, profile_id, definition_id, payload)
SELECT ${tenant}, row_number() OVER (), now(), 'segment_left', profile_id, ${segment!}, '{}' FROM gone`
}

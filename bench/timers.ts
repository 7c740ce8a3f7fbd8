import { recordFired } from '../test/fired.ts'
import { definePart } from './lib/part.ts'
import { percentile } from './lib/statistics.ts'

export const part = definePart({
  about: 'How late a timer fires',
  figures: {
    'timers.lateness_p99_ms': {
      goal: 250,
      better: 'lower',
      unit: 'ms',
      against: 'the due instant; 200 timers a second, two loops',
    },
  },
  async run(bench) {
    const db = await bench.database()
    const tenant = await db.createTenant('shop')
    for (const _ of ['leader', 'standby']) await bench.start('relay', db)
    const leads = async () => (await db.owner`SELECT FROM ops.relays WHERE leader IS NOT NULL`).length > 0
    await bench.until(leads, 'the relay')
    const timers = bench.size(6000, 400)
    await recordFired(db.owner)
    await db.owner`
INSERT INTO timers (tenant_id, profile_id, due_at)
SELECT ${tenant}, gen_random_uuid(), clock_timestamp() + interval '1 s' + random() * ${timers / 200} * interval '1 s' FROM generate_series(1, ${timers}::int)`
    const due = await db.owner<{ id: string; at: number }[]>`
SELECT profile_id AS id, extract(epoch FROM due_at)::float8 * 1000 AS at FROM timers`
    const empty = async () => (await db.owner`SELECT FROM timers LIMIT 1`).length === 0
    await bench.until(empty, 'the timers', 120_000)
    const fired = await db.owner<{ id: string; at: number }[]>`
SELECT id, extract(epoch FROM at)::float8 * 1000 AS at FROM fired`
    const at = new Map(fired.map((row) => [row.id, row.at]))
    if (fired.length !== timers || at.size !== timers)
      throw new Error(`Expected ${timers} timers; ${fired.length} fired.`)
    const late = due.map((timer) => at.get(timer.id)! - timer.at)
    return { 'timers.lateness_p99_ms': { value: percentile(late, 0.99), rows: timers } }
  },
})

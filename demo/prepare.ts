/** Waits, with a word about how far it is, until Kith has digested what the seed wrote. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, inTenant } from '../db/client.ts'
import type { Progress } from '../db/server/progress.ts'
import { seedDefinitions, seedHistory } from './seed.ts'

const GIVE_UP_MS = 90_000

/**
 * The past first, and the definitions once it is digested: so their members come from a backfill, and not from two years of
 * transitions that nobody waits for. Needs a relay and a worker that run.
 */
export async function prepareDemo(owner: Client, tenantId: string, slot: string, progress: Progress): Promise<void> {
  const started = performance.now()
  // What is written before the slot is there, only a recompute finds.
  await wait(async () => (await owner`SELECT FROM pg_replication_slots WHERE slot_name = ${slot}`).length > 0)
  const isNew = await seedHistory(owner, tenantId, progress)
  if (isNew) {
    await digested(owner, slot, async () => {
      const [{ n }] = await inTenant(
        owner,
        tenantId,
        (sql) => sql<[{ n: string }]>`
SELECT count(*) AS n FROM profiles WHERE tenant_id = ${tenantId} AND merged_into IS NULL`,
      )
      progress.update(`kith: the demo's people: ${n} found in what was written`)
    })
  }
  // Autovacuum would come in a minute; until then the planner believes the tables empty, and backfills take four times as long.
  if (isNew) await owner`ANALYZE contacts, events, identifiers, order_items, orders, profiles`
  const made = await seedDefinitions(owner, tenantId)
  if (made > 0) await backfilled(owner, tenantId, progress)
  if (isNew || made > 0)
    progress.say(`kith: the demo is ready (${((performance.now() - started) / 1000).toFixed(0)} s)`)
}

async function digested(owner: Client, slot: string, tell: () => Promise<void>): Promise<void> {
  const [{ lsn }] = await owner<[{ lsn: string }]>`SELECT pg_current_wal_insert_lsn() AS lsn`
  await wait(async () => {
    await tell()
    // An owner who is no superuser may become the worker, and only so see its queue.
    const [{ done }] = await owner.begin(async (sql) => {
      await sql`SET LOCAL ROLE kith_worker`
      return sql<[{ done: boolean }]>`
SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = ${slot} AND confirmed_flush_lsn >= ${lsn}::pg_lsn)
  AND NOT EXISTS (
    SELECT FROM graphile_worker.jobs
    WHERE task_identifier IN ('react', 'recompute') AND attempts < max_attempts
  ) AS done`
    })
    return done
  })
}

async function backfilled(owner: Client, tenantId: string, progress: Progress): Promise<void> {
  await wait(async () => {
    const [{ all, done }] = await inTenant(
      owner,
      tenantId,
      (sql) => sql<[{ all: number; done: number }]>`
SELECT count(*)::int AS all, count(*) FILTER (WHERE version = backfilled_version)::int AS done
FROM (SELECT version, backfilled_version FROM segments UNION ALL SELECT version, backfilled_version FROM labels) AS d`,
    )
    progress.update(`kith: the demo's labels and segments: ${done} of ${all}`)
    return done === all
  })
}

async function wait(done: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + GIVE_UP_MS
  while (!(await done())) {
    if (Date.now() > deadline)
      throw new Error(`it is not digested after ${GIVE_UP_MS / 1000} s: do relay and worker run?`)
    await sleep(200)
  }
}

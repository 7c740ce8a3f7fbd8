/**
 * Forgets what has had its time: message ids after EVENT_DEDUPE_DAYS, the feed after FEED_DAYS, what the dashboard shows of
 * jobs after two weeks, and of webhooks' calls after one. Nothing else.
 */
import { config } from '../../config.ts'
import { type Client, inTenant } from '../../db/client.ts'
import { pruneDeliveries, pruneEventIds, pruneFeed, pruneJobMinutes } from '../../db/sql/prune.ts'
import { log } from '../../log.ts'

/** Rows of one transaction: the feed's writers wait for us that long. */
const BATCH = 10_000
const JOB_MINUTES_DAYS = 14
const DELIVERIES_DAYS = 7

export type PruneOptions = { eventDedupeDays?: number; feedDays?: number; batch?: number }

export async function prune(sql: Client, options: PruneOptions = {}): Promise<void> {
  const { eventDedupeDays = config.EVENT_DEDUPE_DAYS, feedDays = config.FEED_DAYS, batch = BATCH } = options
  const tenants = await sql<{ id: string }[]>`SELECT id FROM tenants ORDER BY id`
  let [eventIds, feed] = [0, 0]
  for (const { id } of tenants) {
    eventIds += await repeat(batch, () => inTenant(sql, id, (sql) => pruneEventIds(sql, eventDedupeDays, batch)))
    feed += await repeat(batch, () => inTenant(sql, id, (sql) => pruneFeed(sql, feedDays, batch)))
    await inTenant(sql, id, (sql) => pruneJobMinutes(sql, JOB_MINUTES_DAYS))
    await inTenant(sql, id, (sql) => pruneDeliveries(sql, DELIVERIES_DAYS))
  }
  if (eventIds + feed > 0) log.info('pruned', { event_ids: eventIds, feed })
}

/** Until a batch is not full. */
async function repeat(batch: number, work: () => Promise<number>): Promise<number> {
  for (let total = 0; ; ) {
    const count = await work()
    total += count
    if (count < batch) return total
  }
}

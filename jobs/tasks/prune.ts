/**
 * Forgets what has had its time: events past the retention of their behavior, message ids after EVENT_DEDUPE_DAYS, the feed after
 * FEED_DAYS, the audit log after AUDIT_DAYS, the counts of the doors after INGEST_COUNT_DAYS, what the dashboard shows of jobs
 * after two weeks, of webhooks' calls after one, values of fields after their retention, and sessions and links that have
 * ended. Nothing else; and seals secrets that were kept in plain text, or under an older key.
 */
import { config } from '../../config.ts'
import { type Client, inTenant } from '../../db/client.ts'
import {
  pruneAttempts,
  pruneAuditLog,
  pruneCounts,
  pruneDeliveries,
  pruneEventIds,
  pruneFeed,
  pruneJobMinutes,
  pruneRateBuckets,
  pruneSignIns,
} from '../../db/sql/prune.ts'
import { resealSecrets } from '../../db/sql/reseal.ts'
import { forgetValues } from '../../engine/model/retention.ts'
import { log } from '../../log.ts'
import { keepRetentions } from './retention.ts'

/** Rows of one transaction: the feed's writers wait for us that long. */
const BATCH = 10_000
const JOB_MINUTES_DAYS = 14
const DELIVERIES_DAYS = 7

export type PruneOptions = {
  eventDedupeDays?: number
  feedDays?: number
  countDays?: number
  auditDays?: number
  batch?: number
}

export async function prune(sql: Client, options: PruneOptions = {}): Promise<void> {
  const { eventDedupeDays = config.EVENT_DEDUPE_DAYS, feedDays = config.FEED_DAYS, batch = BATCH } = options
  const { countDays = config.INGEST_COUNT_DAYS, auditDays = config.AUDIT_DAYS } = options
  const tenants = await sql<{ id: string }[]>`SELECT id FROM tenants ORDER BY id`
  let [events, values, eventIds, feed] = [0, 0, 0, 0]
  for (const { id } of tenants) {
    eventIds += await repeat(batch, () => inTenant(sql, id, (sql) => pruneEventIds(sql, eventDedupeDays, batch)))
    feed += await repeat(batch, () => inTenant(sql, id, (sql) => pruneFeed(sql, feedDays, batch)))
    await inTenant(sql, id, (sql) => resealSecrets(sql, id)).catch((error: Error) =>
      log.error('secrets not sealed', { tenant: id, error }),
    )
    events += await keepRetentions(sql, id, batch)
    values += await forgetValues(sql, id)
    await repeat(batch, () => inTenant(sql, id, (sql) => pruneAuditLog(sql, auditDays, batch)))
    await inTenant(sql, id, (sql) =>
      Promise.all([
        pruneJobMinutes(sql, JOB_MINUTES_DAYS),
        pruneDeliveries(sql, DELIVERIES_DAYS),
        pruneCounts(sql, countDays),
        pruneRateBuckets(sql),
        pruneSignIns(sql),
      ]),
    )
  }
  await pruneAttempts(sql)
  if (events + values + eventIds + feed > 0) log.info('pruned', { events, values, event_ids: eventIds, feed })
}

/** Until a batch is not full. */
async function repeat(batch: number, work: () => Promise<number>): Promise<number> {
  for (let total = 0; ; ) {
    const count = await work()
    total += count
    if (count < batch) return total
  }
}

/** Removes the events that their behaviors keep no longer. What comes too late for its retention the gate discards. */
import { DAY } from '../../config.ts'
import { type Client, inTenant } from '../../db/client.ts'
import { forgetRetentions, markRetention, readRetentions, removeEvents } from '../../db/sql/retention.ts'

/** So far back the last span is looked at again: until an API process knows of a new retention, it lets events in. */
const OVERLAP_MS = DAY

/** Resolves to how many events. A batch is a transaction; what stops in the middle goes on at the next hour. */
export async function keepRetentions(sql: Client, tenantId: string, batch: number): Promise<number> {
  const retentions = await inTenant(sql, tenantId, async (sql) => {
    await forgetRetentions(sql)
    return readRetentions(sql)
  })
  let total = 0
  for (const retention of retentions) {
    const from = retention.from === '-infinity' ? retention.from : earlier(retention.from)
    const span = { ...retention, from }
    for (let count = batch; count === batch; total += count)
      count = await inTenant(sql, tenantId, (sql) => removeEvents(sql, tenantId, span, batch))
    await inTenant(sql, tenantId, (sql) => markRetention(sql, retention))
  }
  return total
}

const earlier = (instant: string): string => new Date(Date.parse(instant) - OVERLAP_MS).toISOString()

import type { Transaction } from '../../db/client.ts'
import { currentTrace } from '../../trace.ts'

/** `<tenant>:<last seq>`, and behind another colon the trace of who reacted, if it has one (markTrace). */
const NOTIFY = `pg_notify('kith_feed', kith_tenant() || ':' || last_seq || coalesce(':' || nullif(current_setting('kith.trace', true), ''), ''))`

/**
 * The feed's share of the reaction. `item` is the statement's list of what happened; the update of the tenant's head is
 * the last lock that the transaction takes, and holds until it has committed: seq has no holes and grows in commit order.
 */
export const appendPart = (notify: boolean, id: 'profile_id' | 'account_id') => `
feed_head AS (
  UPDATE feed_heads h SET last_seq = h.last_seq + n.items
  FROM (SELECT count(*) AS items FROM item) AS n
  WHERE n.items > 0
  RETURNING h.last_seq, h.last_seq - n.items AS base
),
fed AS (
  INSERT INTO feed (seq, at, kind, ${id}, definition_id, payload)
  SELECT base + n, $2::timestamptz, kind, ${id}, definition_id, payload FROM item, feed_head
)
SELECT last_seq, ${notify ? `${NOTIFY}, ` : ''}(SELECT count(*)::int FROM transition) AS transitions
FROM feed_head`

/** For a transaction that has appended in several statements: one notification tells of them all. */
export async function notifyFeed(sql: Transaction, tenantId: string, lastSeq: string): Promise<void> {
  const trace = currentTrace()
  await sql`SELECT pg_notify('kith_feed', ${`${tenantId}:${lastSeq}${trace ? `:${trace}` : ''}`})`
}

import type { Transaction } from '../../db/client.ts'
import type { JsonObject } from '../../db/schema/columns.ts'

export type FeedItem = {
  seq: bigint
  at: string
  kind: 'segment_entered' | 'segment_left' | 'label_changed' | 'profile_changed'
  /** Whom it is about: one of the two. */
  profileId: string | null
  accountId: string | null
  /** The segment or label; null for profile_changed. */
  definitionId: string | null
  payload: JsonObject
}

export type FeedPage = {
  items: FeedItem[]
  /** The oldest seq that is still kept. */
  firstSeq: bigint
  /** The newest there was when this was read. */
  lastSeq: bigint
}

type Row = {
  first_seq: string
  last_seq: string
  seq: string | null
  at: string
  kind: FeedItem['kind']
  profile_id: string | null
  account_id: string | null
  definition_id: string | null
  payload: JsonObject
}

/** The items after `after`, oldest first, and where the feed begins and ends, all as of one instant. */
export async function readFeed(sql: Transaction, after: bigint, limit: number): Promise<FeedPage> {
  const rows = await sql<Row[]>`
SELECT h.first_seq, h.last_seq, f.seq, f.at, f.kind, f.profile_id, f.account_id, f.definition_id, f.payload
FROM feed_heads h
LEFT JOIN LATERAL (
  SELECT * FROM feed WHERE feed.seq > ${String(after)}::bigint AND feed.tenant_id = h.tenant_id ORDER BY feed.seq LIMIT ${limit}
) AS f ON true
ORDER BY f.seq`
  const [head] = rows
  if (!head) return { items: [], firstSeq: 1n, lastSeq: 0n } // the tenant is gone
  return {
    items: rows.filter((row) => row.seq !== null).map(toItem),
    firstSeq: BigInt(head.first_seq),
    lastSeq: BigInt(head.last_seq),
  }
}

function toItem({ seq, at, kind, profile_id, account_id, definition_id, payload }: Row): FeedItem {
  return {
    seq: BigInt(seq!),
    at,
    kind,
    profileId: profile_id,
    accountId: account_id,
    definitionId: definition_id,
    payload,
  }
}

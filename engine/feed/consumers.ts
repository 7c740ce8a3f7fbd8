/**
 * Durable consumers: a name and the seq that it has acknowledged. Reading changes nothing, so whoever dies between reading
 * and acknowledging reads the same again: at least once, in order. One reader at a time is the consumer's own affair.
 */
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { type FeedItem, type FeedPage, readFeed } from './read.ts'

export type Consumer = {
  id: string
  name: string
  kinds: FeedItem['kind'][] | null
  acknowledged: bigint
  acknowledgedAt: string | null
  createdAt: string
}

type Row = Omit<Consumer, 'acknowledged'> & { acknowledged: string }

const toConsumer = (row: Row): Consumer => ({ ...row, acknowledged: BigInt(row.acknowledged) })

const columns = (sql: Transaction) =>
  sql`id, name, kinds, acknowledged, acknowledged_at AS "acknowledgedAt", created_at AS "createdAt"`

/** `after` left out: from now on. Throws a unique violation for a name that is taken. */
export async function createConsumer(
  sql: Transaction,
  { name, kinds = null, after }: { name: string; kinds?: Consumer['kinds']; after?: bigint },
): Promise<Consumer> {
  const start = after === undefined ? sql`(SELECT last_seq FROM feed_heads)` : sql`${String(after)}::bigint`
  const [row] = await sql<[Row]>`
INSERT INTO consumers (name, kinds, acknowledged) VALUES (${name}, ${kinds}, ${start}) RETURNING ${columns(sql)}`
  return toConsumer(row)
}

export async function listConsumers(sql: Transaction): Promise<Consumer[]> {
  return (await sql<Row[]>`SELECT ${columns(sql)} FROM consumers ORDER BY name`).map(toConsumer)
}

/** Throws CONSUMER_NOT_FOUND. */
export async function readConsumer(sql: Transaction, name: string): Promise<Consumer> {
  const [row] = await sql<Row[]>`SELECT ${columns(sql)} FROM consumers WHERE name = ${name}`
  if (!row) throw notFound(name)
  return toConsumer(row)
}

export async function deleteConsumer(sql: Transaction, name: string): Promise<Consumer> {
  const [row] = await sql<Row[]>`DELETE FROM consumers WHERE name = ${name} RETURNING ${columns(sql)}`
  if (!row) throw notFound(name)
  return toConsumer(row)
}

/** What it has not acknowledged yet, and wants; `upTo` is what to acknowledge for it, also of what it did not want. */
export type Delivery = FeedPage & { consumer: Consumer; upTo: bigint }

export async function pollConsumer(sql: Transaction, name: string, limit: number): Promise<Delivery> {
  const consumer = await readConsumer(sql, name)
  const page = await readFeed(sql, consumer.acknowledged, limit)
  const { kinds } = consumer
  const items = kinds ? page.items.filter((item) => kinds.includes(item.kind)) : page.items
  const pruned = page.firstSeq - 1n
  const upTo = page.items.at(-1)?.seq ?? (consumer.acknowledged < pruned ? pruned : consumer.acknowledged)
  return { ...page, items, consumer, upTo }
}

/**
 * Never moves back: an acknowledgement that comes late or twice changes nothing. Throws CURSOR_INVALID for one that is ahead
 * of the feed. `back: true` moves wherever it is told, to read something again.
 */
export async function acknowledge(
  sql: Transaction,
  name: string,
  upTo: bigint,
  { back = false } = {},
): Promise<Consumer> {
  const [row] = await sql<(Row & { lastSeq: string })[]>`
UPDATE consumers SET acknowledged = CASE WHEN ${back} THEN ${String(upTo)}::bigint ELSE greatest(acknowledged, ${String(upTo)}::bigint) END, acknowledged_at = now()
WHERE name = ${name}
RETURNING ${columns(sql)}, (SELECT last_seq FROM feed_heads) AS "lastSeq"`
  if (!row) throw notFound(name)
  const { lastSeq, ...consumer } = row
  if (upTo <= BigInt(lastSeq)) return toConsumer(consumer)
  throw new KithError('CURSOR_INVALID', `Expected a cursor of this feed, which ends at ${lastSeq}; got ${upTo}.`)
}

function notFound(name: string): KithError {
  const message = `Expected the name of a consumer; there is none called ${JSON.stringify(name.slice(0, 80))}.`
  return new KithError('CONSUMER_NOT_FOUND', message, { status: 404 })
}

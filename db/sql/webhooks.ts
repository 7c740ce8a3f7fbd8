import type { Transaction } from '../client.ts'
import { ABOUT, seal } from '../secret.ts'
import { uuidv7 } from '../uuid.ts'

/** Without the secret, which is never told again. */
export type Webhook = { source_id: string; verify: string; header: string | null; mapping: string; updated_at: string }

export function readWebhooks(sql: Transaction) {
  return sql<Webhook[]>`
SELECT source_id, verify, header, mapping, updated_at FROM webhooks ORDER BY source_id`
}

export type NewWebhook = { name: string; verify: string; header: string | null; secret: string; mapping: string }

/** With its source. */
export async function insertWebhook(
  sql: Transaction,
  { name, verify, header, secret, mapping }: NewWebhook,
): Promise<Webhook> {
  const id = uuidv7(Date.now())
  const [webhook] = await sql<[Webhook]>`
WITH source AS (INSERT INTO sources (id, name, kind) VALUES (${id}, ${name}, 'webhook') RETURNING id)
INSERT INTO webhooks (source_id, verify, header, secret, mapping)
SELECT id, ${verify}, ${header}::text, ${seal(secret, ABOUT.webhook(id))}, ${mapping} FROM source
RETURNING source_id, verify, header, mapping, updated_at`
  return webhook
}

export type WebhookChange = {
  verify: string | null
  header: string | null
  secret: string | null
  mapping: string | null
}

/** What is null stays as it is. Undefined when there is none. */
export async function updateWebhook(
  sql: Transaction,
  sourceId: string,
  change: WebhookChange,
): Promise<Webhook | undefined> {
  const secret = change.secret === null ? null : seal(change.secret, ABOUT.webhook(sourceId))
  const [webhook] = await sql<Webhook[]>`
UPDATE webhooks SET verify = coalesce(${change.verify}, verify), header = coalesce(${change.header}, header),
  secret = coalesce(${secret}, secret), mapping = coalesce(${change.mapping}, mapping)
WHERE source_id = ${sourceId}
RETURNING source_id, verify, header, mapping, updated_at`
  return webhook
}

export type NewDelivery = {
  stored?: number
  deduplicated?: number
  records?: number
  dead?: number
  code?: string
  deadLetterId?: string
}

/** Nothing where the webhook has been deleted meanwhile. */
export async function insertDelivery(sql: Transaction, sourceId: string, delivery: NewDelivery): Promise<void> {
  const { stored = 0, deduplicated = 0, records = 0, dead = 0, code = null, deadLetterId = null } = delivery
  await sql`
INSERT INTO webhook_deliveries (source_id, stored, deduplicated, records, dead, code, dead_letter_id)
SELECT source_id, ${stored}::int, ${deduplicated}::int, ${records}::int, ${dead}::int, ${code}::text, ${deadLetterId}::uuid
FROM webhooks WHERE source_id = ${sourceId}`
}

export type DeliveryRow = {
  at: string
  stored: number
  deduplicated: number
  records: number
  dead: number
  code: string | null
  dead_letter_id: string | null
}

/** Latest first. */
export function readDeliveries(sql: Transaction, sourceId: string, most: number) {
  return sql<DeliveryRow[]>`
SELECT at, stored, deduplicated, records, dead, code, dead_letter_id FROM webhook_deliveries
WHERE source_id = ${sourceId} ORDER BY id DESC LIMIT ${most}`
}

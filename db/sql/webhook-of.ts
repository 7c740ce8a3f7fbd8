import type { Client } from '../client.ts'
import { ABOUT, unseal } from '../secret.ts'

export type WebhookRow = {
  tenant_id: string
  source_id: string
  verify: 'shopify' | 'stripe' | 'hubspot' | 'standard' | 'hmac'
  header: string | null
  secret: string
  mapping: string
  tenant_rate: number | null
}

/** The webhook of a source, before its tenant is known. */
export async function webhookOf(sql: Client, sourceId: string): Promise<WebhookRow | undefined> {
  const [row] = await sql<WebhookRow[]>`
SELECT * FROM webhook_of(${sourceId})`
  return row && { ...row, secret: unseal(row.secret, ABOUT.webhook(row.source_id)) }
}

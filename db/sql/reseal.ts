/** Secrets that are kept in plain text or under an older key, sealed with the first of SECRET_KEYS. */
import type { Transaction } from '../client.ts'
import { isSealed, seal, unseal } from '../secret.ts'

type Kept = { about: string; secret: string }

/** Resolves to how many. One that was changed meanwhile stays as it is. */
export async function resealSecrets(sql: Transaction, tenantId: string): Promise<number> {
  const webhooks = await sql<(Kept & { source_id: string })[]>`
SELECT source_id, 'webhook ' || source_id AS about, secret FROM webhooks`
  const hashKeys = await sql<Kept[]>`
SELECT 'hash key ' || tenant_id AS about, hash_key AS secret FROM gate_settings WHERE hash_key IS NOT NULL`
  const sources = await sql<(Kept & { source_id: string })[]>`
SELECT source_id, 'postgres source ' || source_id AS about, url_secret AS secret FROM postgres_sources`
  const again = ({ about, secret }: Kept) => seal(unseal(secret, about), about)
  let count = 0
  for (const webhook of webhooks.filter(({ secret }) => !isSealed(secret)))
    count += (
      await sql`
UPDATE webhooks SET secret = ${again(webhook)}
WHERE tenant_id = ${tenantId} AND source_id = ${webhook.source_id} AND secret = ${webhook.secret}`
    ).count
  for (const source of sources.filter(({ secret }) => !isSealed(secret)))
    count += (
      await sql`
UPDATE postgres_sources SET url_secret = ${again(source)}
WHERE tenant_id = ${tenantId} AND source_id = ${source.source_id} AND url_secret = ${source.secret}`
    ).count
  for (const key of hashKeys.filter(({ secret }) => !isSealed(secret)))
    count += (
      await sql`
UPDATE gate_settings SET hash_key = ${again(key)} WHERE tenant_id = ${tenantId} AND hash_key = ${key.secret}`
    ).count
  return count
}

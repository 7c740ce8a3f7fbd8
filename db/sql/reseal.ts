/** Secrets that are kept in plain text or under an older key, sealed with the first of SECRET_KEYS. */
import type { Transaction } from '../client.ts'
import { ABOUT, isSealed, seal, unseal } from '../secret.ts'

/** Where secrets are: `by` is the column that says whose each is. */
const KEPT = [
  { table: 'webhooks', column: 'secret', by: 'source_id', about: ABOUT.webhook },
  { table: 'gate_settings', column: 'hash_key', by: 'tenant_id', about: ABOUT.hashKey },
  { table: 'postgres_sources', column: 'url_secret', by: 'source_id', about: ABOUT.postgresSource },
] as const

/** Resolves to how many. One that was changed meanwhile stays as it is. */
export async function resealSecrets(sql: Transaction, tenantId: string): Promise<number> {
  let count = 0
  for (const { table, column, by, about } of KEPT) {
    const kept = await sql<{ id: string; secret: string }[]>`
SELECT ${sql(by)} AS id, ${sql(column)} AS secret FROM ${sql(table)} WHERE ${sql(column)} IS NOT NULL`
    for (const { id, secret } of kept.filter(({ secret }) => !isSealed(secret))) {
      const updated = await sql`
UPDATE ${sql(table)} SET ${sql(column)} = ${seal(unseal(secret, about(id)), about(id))}
WHERE tenant_id = ${tenantId} AND ${sql(by)} = ${id} AND ${sql(column)} = ${secret}`
      count += updated.count
    }
  }
  return count
}

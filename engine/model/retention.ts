/** Forgets values of fields that are kept for so many days: of people by when each was said, of records by when they last changed. */
import { type Client, inTenant, type Transaction } from '../../db/client.ts'
import { foldProfileTraits } from '../../db/sql/identity/write-profiles.ts'
import { lockTenant } from '../lock.ts'
import { reactTo } from '../react.ts'
import { type Field, readFields, storedAs } from './fields.ts'

/** Rows of one transaction. */
const BATCH = 1000

type Kept = Field & { retentionDays: number }

/** Removes what is due now; returns how many values that were. */
export async function forgetValues(sql: Client, tenantId: string, batch = BATCH): Promise<number> {
  const fields = await inTenant(sql, tenantId, (sql) => readFields(sql))
  let total = 0
  for (const field of fields) {
    if (field.retentionDays == null) continue
    const forget = field.object === 'profile' ? forgetTraits : forgetInRecords
    for (let count = batch; count >= batch; total += count) {
      count = await inTenant(sql, tenantId, (sql) => forget(sql, tenantId, field as Kept, batch))
    }
  }
  return total
}

/** The database's triggers tell the relay of the records, as of any change. */
async function forgetInRecords(sql: Transaction, _tenantId: string, field: Kept, batch: number): Promise<number> {
  const { table, column, object } = storedAs(field.object)
  const { key, retentionDays } = field
  if (object === null && table === 'accounts') {
    await sql`UPDATE account_traits SET traits = traits - ${key} WHERE traits ? ${key} AND ${olderThan(sql, key, retentionDays)}`
  }
  const { count } = await sql`
UPDATE ${sql(table)} SET ${sql(column)} = ${sql(column)} - ${key}
WHERE id IN (
  SELECT id FROM ${sql(table)}
  WHERE ${sql(column)} ? ${key} AND updated_at < now() - make_interval(days => ${retentionDays})
    AND ${object === null ? sql`true` : sql`object = ${object}`}
  LIMIT ${batch}
)`
  return count
}

async function forgetTraits(sql: Transaction, tenantId: string, field: Kept, batch: number): Promise<number> {
  const { key, retentionDays } = field
  await lockTenant(sql, tenantId)
  const said = await sql<{ profile_id: string }[]>`
UPDATE identifiers SET traits = traits - ${key}
WHERE id IN (SELECT id FROM identifiers WHERE traits ? ${key} AND ${olderThan(sql, key, retentionDays)} LIMIT ${batch})
RETURNING profile_id`
  const profiles = [...new Set(said.map((row) => row.profile_id))]
  const changed = await foldProfileTraits(sql, tenantId, profiles)
  if (changed.length > 0) {
    await reactTo(sql, tenantId, { people: [], profiles: changed.map(({ id }) => id), timed: [] })
  }
  return said.length
}

function olderThan(sql: Transaction, key: string, days: number) {
  return sql`(traits -> ${key} ->> 'at')::timestamptz < now() - make_interval(days => ${days})`
}

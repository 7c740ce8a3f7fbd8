/**
 * The indexes of fields. A field that asks for one has a partial index of the tenant's rows by the typed value, and the rows'
 * ids, which end every order; a unique field a unique one. Built and dropped in the background, without holding up who writes.
 *
 * Each index is one more that every statement on its table must consider, whoever's it is: so they are few per tenant, and the
 * table has so many at most.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connect, inTenant } from '../../db/client.ts'
import { log } from '../../log.ts'
import { type FieldType, OWN_FUNCTIONS, storedAs } from './fields.ts'

/** Of one tenant. */
export const MOST_INDEXED = 20
/** Of one table, all tenants together. */
const MOST_OF_A_TABLE = 400
const PROGRESS_EVERY_MS = 500
const LOCK_EVERY_MS = 500

type Wanted = { object: string; key: string; type: FieldType; indexed: boolean; unique: boolean }
type State = { state: 'building' | 'ready' | 'failed'; progress: number; error: string | null }

/** It carries the id of the field. */
export const indexName = (fieldId: string): string => `field_${fieldId.replaceAll('-', '')}`

/**
 * Makes the index of a field as it is now, or drops it with the field: running it twice changes nothing. It takes the owner of
 * the tables; without their connection the field says so.
 */
export async function keepIndex(sql: Client, tenantId: string, fieldId: string, ownerUrl?: string): Promise<void> {
  const say = ({ state, progress, error }: State) =>
    inTenant(
      sql,
      tenantId,
      (sql) => sql`
UPDATE fields SET index_state = ${state}, index_progress = ${progress}, index_error = ${error}
WHERE id = ${fieldId} AND (indexed OR "unique")`,
    )
  if (!ownerUrl) {
    const error = 'Indexes are built by the owner of the tables: give the worker DATABASE_URL.'
    await say({ state: 'failed', progress: 0, error })
    return
  }
  const owner = connect(ownerUrl, { max: 3, name: 'kith index' })
  try {
    await alone(owner, async () => {
      const [field] = await inTenant(
        sql,
        tenantId,
        (sql) => sql<Wanted[]>`
SELECT object, key, type, indexed, "unique" FROM fields WHERE id = ${fieldId} AND (indexed OR "unique")`,
      )
      await makeSo(owner, tenantId, fieldId, field, say)
    })
  } finally {
    await owner.end({ timeout: 1 })
  }
}

/**
 * One at a time: two that are built concurrently wait for each other's snapshots. A lock that is waited for would hold one too,
 * so it is asked for again and again.
 */
async function alone(owner: Client, work: () => Promise<void>): Promise<void> {
  const session = await owner.reserve()
  try {
    for (;;) {
      const [row] = await session<
        [{ taken: boolean }]
      >`SELECT pg_try_advisory_lock(hashtext('kith field indexes')) AS taken`
      if (row!.taken) break
      await sleep(LOCK_EVERY_MS)
    }
    await work()
  } finally {
    // The lock goes with the connection.
    session.release()
  }
}

async function makeSo(
  owner: Client,
  tenantId: string,
  fieldId: string,
  field: Wanted | undefined,
  say: (state: State) => Promise<unknown>,
): Promise<void> {
  const name = indexName(fieldId)
  const wanted = field && (await statementOf(owner, tenantId, name, field))
  const [known] = await owner<{ valid: boolean; made: string | null }[]>`
SELECT i.indisvalid AS valid, obj_description(c.oid, 'pg_class') AS made
FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relname = ${name} AND c.relnamespace = 'public'::regnamespace`
  if (known?.valid && known.made === wanted) {
    await say({ state: 'ready', progress: 100, error: null })
    return
  }
  if (known) await owner.unsafe(`DROP INDEX CONCURRENTLY IF EXISTS public.${name}`)
  if (!field || !wanted) return
  try {
    await refuseTooMany(owner, storedAs(field.object).table)
    await say({ state: 'building', progress: 0, error: null })
    await build(owner, name, wanted, (progress) => say({ state: 'building', progress, error: null }))
    await say({ state: 'ready', progress: 100, error: null })
  } catch (error) {
    await owner.unsafe(`DROP INDEX CONCURRENTLY IF EXISTS public.${name}`).catch(() => {})
    await say({ state: 'failed', progress: 0, error: (error as Error).message }).catch(() => {})
    log.warn('the index of a field was not built', { tenant: tenantId, field: fieldId, error: error as Error })
    // What is wrong with the rows is the tenant's to mend; anything else may go better the next time.
    if ((error as { code?: string }).code !== UNIQUE_VIOLATION && !(error instanceof TooManyError)) throw error
  }
}

const UNIQUE_VIOLATION = '23505'

class TooManyError extends Error {}

async function refuseTooMany(owner: Client, table: string): Promise<void> {
  const [row] = await owner<[{ n: number }]>`
SELECT count(*)::int AS n FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ${table}::regclass AND c.relname ~ '^field_[0-9a-f]{32}$'`
  if (row.n >= MOST_OF_A_TABLE)
    throw new TooManyError(`The table has ${MOST_OF_A_TABLE} indexes of fields; more would slow everybody down.`)
}

/** CREATE INDEX, with all that the tenant has said quoted by Postgres. */
async function statementOf(owner: Client, tenantId: string, name: string, field: Wanted): Promise<string> {
  const { table, column, object } = storedAs(field.object)
  const [row] = await owner<[{ text: string }]>`
SELECT format('CREATE %sINDEX CONCURRENTLY %I ON public.%I (public.%I(%I, %L::text)%s) WHERE tenant_id = %L::uuid%s',
  ${field.unique ? 'UNIQUE ' : ''}::text, ${name}::text, ${table}::text, ${OWN_FUNCTIONS[field.type]}::text, ${column}::text,
  ${field.key}::text, ${field.unique ? '' : ', id'}::text, ${tenantId}::text,
  CASE WHEN ${object}::text IS NULL THEN '' ELSE format(' AND object = %L::text', ${object}::text) END) AS text`
  return row.text
}

async function build(
  owner: Client,
  name: string,
  statement: string,
  tell: (progress: number) => Promise<unknown>,
): Promise<void> {
  let building = true
  const watching = (async () => {
    while (building) {
      await sleep(PROGRESS_EVERY_MS)
      const [row] = await owner<{ progress: number | null }[]>`
SELECT (100 * blocks_done / nullif(blocks_total, 0))::int AS progress FROM pg_stat_progress_create_index
WHERE index_relid = to_regclass(${`public.${name}`})`
      if (building && row?.progress != null) await tell(Math.min(row.progress, 99))
    }
  })()
  try {
    await owner.unsafe(statement)
    const [comment] = await owner<[{ text: string }]>`
SELECT format('COMMENT ON INDEX public.%I IS %L', ${name}::text, ${statement}::text) AS text`
    await owner.unsafe(comment.text)
  } finally {
    building = false
    await watching.catch(() => {})
  }
}

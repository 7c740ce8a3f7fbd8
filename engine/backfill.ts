/**
 * Fills in a definition that is new, changed, resumed or archived, for everybody, and with it those that refer to it.
 *
 * It walks the profiles, and the accounts where one of them is about accounts, in chunks, each a transaction under the tenant's lock, so that reactions get their turn in
 * between. react() evaluates the definition from the moment it is there: whoever it touches before the walk arrives has
 * the right answer already, and the walk finds no difference. The position is kept in the chunk's transaction: a crash
 * costs one chunk, and two runs at once share the work.
 */
import { type Client, inTenant, type Transaction } from '../db/client.ts'
import { type Kind, readTenant, type StoredDefinition, type Tenant } from './definitions.ts'
import { asked, dependentsOf, referredBy } from './dependencies.ts'
import { type Asked, evaluate } from './evaluate.ts'
import { lockTenant } from './lock.ts'
import { advance, begin, finish } from './progress.ts'
import { markTrace } from '../db/sql/emit-trace.ts'
import { MANY, STORED, type Subject, SUBJECTS } from './rules/index.ts'
import { NIL } from '../db/uuid.ts'

/**
 * Profiles or accounts in one transaction: as many as take some tens of milliseconds, for so long a reaction may have to wait. A
 * thousand at once take half of what they take in tens.
 */
const CHUNK = { first: 500, most: MANY - 1 }
const QUICK_MS = 20
const SLOW_MS = 60

/** `subjects`: how many people and accounts it has been through. */
export type Backfilled = { subjects: number; transitions: number }

export async function backfill(sql: Client, tenantId: string, kind: Kind, id: string): Promise<Backfilled> {
  const result = { subjects: 0, transitions: 0 }
  for (let size = CHUNK.first; ; ) {
    const chunk = await inTenant(sql, tenantId, async (sql) => {
      await markTrace(sql)
      const [, tenant] = await Promise.all([lockTenant(sql, tenantId), readTenant(sql, tenantId)])
      const locked = performance.now()
      const filled = await backfillChunk(sql, tenant, { kind, id, size })
      return { ...filled, ms: performance.now() - locked }
    })
    result.subjects += chunk.subjects
    result.transitions += chunk.transitions
    if (chunk.finished) return result
    if (chunk.ms < QUICK_MS) size = Math.min(2 * size, CHUNK.most)
    else if (chunk.ms > SLOW_MS) size = Math.ceil(size / 2)
  }
}

type Asking = { kind: Kind; id: string; size: number }
type Chunk = Backfilled & { finished: boolean }
type Position = { subject?: Subject; after: string | null }

async function backfillChunk(sql: Transaction, tenant: Tenant | null, { kind, id, size }: Asking): Promise<Chunk> {
  const definition = tenant?.definitions.find((one) => one.kind === kind && one.id === id)
  if (!tenant || !definition || definition.backfilledVersion === definition.version) {
    return { subjects: 0, transitions: 0, finished: true }
  }
  const definitions = toFillIn(tenant, definition)
  const subjects = SUBJECTS.filter((subject) => definitions.some((one) => about(one) === subject))
  const walk = await begin(sql, kind, id, definition.version, subjects)
  const { subject = subjects[0], after } = (walk.position as Position | null) ?? { after: null }
  // Only whom it is about can have lost it, unless others refer to it.
  const isAlone = definition.status === 'archived' && definitions.length === 1
  const ids = subject
    ? await (isAlone ? nextHolders(sql, definition, after, size) : nextSubjects(sql, subject, after, size))
    : []
  const last = ids.at(-1)
  if (last) {
    const transitions = await fillIn(sql, tenant, definitions, subject!, ids)
    await advance(sql, kind, id, { subject: subject!, after: last }, ids.length)
    return { subjects: ids.length, transitions, finished: false }
  }
  const next = subject && subjects[subjects.indexOf(subject) + 1]
  if (next) await advance(sql, kind, id, { subject: next, after: null }, 0)
  else await Promise.all([finish(sql, kind, id), markBackfilled(sql, definition)])
  return { subjects: 0, transitions: 0, finished: !next }
}

const about = ({ subject }: { subject?: Subject }): Subject => subject ?? 'person'

/** The definition, unless it is paused, and those that rest on it. */
function toFillIn(tenant: Tenant, changed: StoredDefinition): Asked[] {
  return [
    ...(changed.status === 'paused' ? [] : [asked(changed, changed.status === 'archived' ? 'archived' : 'backfill')]),
    ...dependentsOf(changed, tenant.definitions).map((dependent) => asked(dependent, 'backfill')),
  ]
}

async function fillIn(
  sql: Transaction,
  tenant: Tenant,
  all: readonly Asked[],
  subject: Subject,
  profiles: string[],
): Promise<number> {
  const definitions = all.filter((one) => about(one) === subject)
  const { transitions } = await evaluate(sql, {
    at: tenant.at,
    timezone: tenant.timezone,
    subject,
    profiles,
    definitions,
    referred: referredBy(definitions, tenant.definitions),
    complete: false,
  })
  return transitions
}

async function nextSubjects(sql: Transaction, subject: Subject, after: string | null, size: number): Promise<string[]> {
  const start = after ?? NIL
  const rows = await (subject === 'account'
    ? sql<{ id: string }[]>`SELECT id FROM accounts WHERE id > ${start} ORDER BY id LIMIT ${size}`
    : sql<{ id: string }[]>`
SELECT id FROM profiles WHERE merged_into IS NULL AND id > ${start} ORDER BY id LIMIT ${size}`)
  return rows.map((row) => row.id)
}

/** Who is in the segment, or has a value of the label. */
async function nextHolders(
  sql: Transaction,
  definition: StoredDefinition,
  after: string | null,
  size: number,
): Promise<string[]> {
  const { id: column, members, values } = STORED[about(definition)]
  const [table, key] = definition.kind === 'segment' ? [members, 'segment_id'] : [values, 'label_id']
  const rows = await sql<{ id: string }[]>`
SELECT ${sql(column)} AS id FROM ${sql(table)}
WHERE ${sql(key)} = ${definition.id} AND ${sql(column)} > ${after ?? NIL} ORDER BY ${sql(column)} LIMIT ${size}`
  return rows.map((row) => row.id)
}

async function markBackfilled(sql: Transaction, { kind, id, version }: StoredDefinition): Promise<void> {
  await sql`UPDATE ${sql(`${kind}s`)} SET backfilled_version = ${version} WHERE id = ${id} AND version = ${version}`
}

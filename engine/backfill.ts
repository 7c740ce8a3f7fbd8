/**
 * Fills in a definition that is new, changed, resumed or archived, for everybody, and with it those that refer to it.
 *
 * It walks the profiles in chunks, each a transaction under the tenant's lock, so that reactions get their turn in
 * between. react() evaluates the definition from the moment it is there: whoever it touches before the walk arrives has
 * the right answer already, and the walk finds no difference. The position is kept in the chunk's transaction: a crash
 * costs one chunk, and two runs at once share the work.
 */
import { type Client, inTenant, type Transaction } from '../db/client.ts'
import { type Kind, readTenant, type StoredDefinition, type Tenant } from './definitions.ts'
import { asked, dependentsOf, referredBy } from './dependencies.ts'
import { evaluate } from './evaluate.ts'
import { lockTenant } from './lock.ts'
import { advance, begin, finish } from './progress.ts'

/** Profiles in one transaction: some tens of milliseconds, which is what a reaction may have to wait. */
const CHUNK = 500

export type Backfilled = { profiles: number; transitions: number }

export async function backfill(sql: Client, tenantId: string, kind: Kind, id: string): Promise<Backfilled> {
  const result = { profiles: 0, transitions: 0 }
  for (;;) {
    const chunk = await inTenant(sql, tenantId, (sql) => backfillChunk(sql, tenantId, kind, id))
    result.profiles += chunk.profiles
    result.transitions += chunk.transitions
    if (chunk.finished) return result
  }
}

type Chunk = Backfilled & { finished: boolean }

async function backfillChunk(sql: Transaction, tenantId: string, kind: Kind, id: string): Promise<Chunk> {
  const [, tenant] = await Promise.all([lockTenant(sql, tenantId), readTenant(sql, tenantId)])
  const definition = tenant?.definitions.find((one) => one.kind === kind && one.id === id)
  if (!tenant || !definition || definition.backfilledVersion === definition.version) {
    return { profiles: 0, transitions: 0, finished: true }
  }
  const walk = await begin(sql, kind, id, definition.version)
  const profiles = await nextProfiles(sql, definition, (walk.position?.after as string | undefined) ?? null)
  const last = profiles.at(-1)
  if (!last) {
    await Promise.all([finish(sql, kind, id), markBackfilled(sql, definition)])
    return { profiles: 0, transitions: 0, finished: true }
  }
  const transitions = await fillIn(sql, tenant, definition, profiles)
  await advance(sql, kind, id, { after: last }, profiles.length)
  return { profiles: profiles.length, transitions, finished: false }
}

async function fillIn(
  sql: Transaction,
  tenant: Tenant,
  changed: StoredDefinition,
  profiles: string[],
): Promise<number> {
  const definitions = [
    ...(changed.status === 'paused' ? [] : [asked(changed, changed.status === 'archived' ? 'archived' : 'backfill')]),
    ...dependentsOf(changed, tenant.definitions).map((dependent) => asked(dependent, 'backfill')),
  ]
  if (definitions.length === 0) return 0
  const { transitions } = await evaluate(sql, {
    at: tenant.at,
    timezone: tenant.timezone,
    profiles,
    definitions,
    referred: referredBy(definitions, tenant.definitions),
    complete: false,
  })
  return transitions
}

/** Everybody may enter a segment; only those who have the answer of an archived one can lose it. */
async function nextProfiles(
  sql: Transaction,
  { kind, id, status }: StoredDefinition,
  after: string | null,
): Promise<string[]> {
  const start = after ?? '00000000-0000-0000-0000-000000000000'
  const rows = await (status !== 'archived'
    ? sql<{ id: string }[]>`
SELECT id FROM profiles WHERE merged_into IS NULL AND id > ${start} ORDER BY id LIMIT ${CHUNK}`
    : kind === 'segment'
      ? sql<{ id: string }[]>`
SELECT profile_id AS id FROM members WHERE segment_id = ${id} AND profile_id > ${start} ORDER BY profile_id LIMIT ${CHUNK}`
      : sql<{ id: string }[]>`
SELECT profile_id AS id FROM label_values WHERE label_id = ${id} AND profile_id > ${start} ORDER BY profile_id LIMIT ${CHUNK}`)
  return rows.map((row) => row.id)
}

async function markBackfilled(sql: Transaction, { kind, id, version }: StoredDefinition): Promise<void> {
  await sql`UPDATE ${sql(`${kind}s`)} SET backfilled_version = ${version} WHERE id = ${id} AND version = ${version}`
}

/**
 * Everything again, for one tenant: after a replication slot was lost, what was written in between reached nobody. Walks
 * the events and the records by the same path that a reaction takes, then evaluates every profile, for what was deleted
 * leaves no row to walk over. Subscribers hear what they missed as ordinary changes; what is as it was is not told.
 */
import { type Client, inTenant, type Transaction } from '../db/client.ts'
import type { JsonObject } from '../db/schema/columns.ts'
import { OWNED_RECORDS, type OwnedRecords } from '../db/sql/identity/own-records.ts'
import { type Decision, disownEvents, disownRecords, type Person, repartProfiles } from './identity/index.ts'
import { lockTenant } from './lock.ts'
import { advance, begin, finish } from './progress.ts'
import { reactTo } from './react.ts'
import { type PeopleRow, placeOf, readEvents } from './stored-events.ts'
import { NIL } from '../db/uuid.ts'

/** Rows in one transaction. */
const CHUNK = 1000

/** In the order of time first, as identities were learned; then CRM records; then everybody, and every account. */
const STAGES = ['events', 'contacts', 'leads', ...OWNED_RECORDS, 'profiles', 'accounts'] as const

/** Before anything is read again: who is one person by a former policy only. */
const REPART = 'repart'

type Stage = (typeof STAGES)[number] | typeof REPART
type Position = { stage: Stage; after: string[] | null }
type Chunk = { rows: number; last: string[] | null; people: Person[]; profiles: string[]; accounts?: string[] }

export type Recomputed = { rows: number; transitions: number }

/**
 * `walk` names the loss that is made good: after another one the walk begins anew, as what it has passed may lack rows too.
 */
export function recompute(sql: Client, tenantId: string, walk = 1): Promise<Recomputed> {
  return walkThrough(sql, tenantId, { kind: 'recompute', version: walk, first: STAGES[0] })
}

/**
 * Applies the present policy of identity to what was: parts who is one only by a former one, then reads everything again,
 * which joins whom it joins in addition. `walk` names the request.
 */
export function reapply(sql: Client, tenantId: string, walk: number, decision: Decision = {}): Promise<Recomputed> {
  return walkThrough(sql, tenantId, { kind: 'reapply', version: walk, first: REPART, decision })
}

type Walking = { kind: 'recompute' | 'reapply'; version: number; first: Stage; decision?: Decision }

async function walkThrough(sql: Client, tenantId: string, walking: Walking): Promise<Recomputed> {
  const { kind, version, first } = walking
  const result = { rows: 0, transitions: 0 }
  for (;;) {
    const done = await inTenant(sql, tenantId, async (sql) => {
      await lockTenant(sql, tenantId)
      const { position: reached } = await begin(sql, kind, tenantId, version)
      const position = (reached as Position | null) ?? { stage: first, after: null }
      const chunk = await read(sql, position)
      if (position.stage === REPART) await repartProfiles(sql, tenantId, chunk.profiles, walking.decision)
      else if (chunk.rows > 0) {
        // Who is who comes first, for everybody: one evaluation of each profile at the end says it all.
        await disown(sql, tenantId, position, chunk)
        const later = position.stage !== 'profiles' && position.stage !== 'accounts'
        const { people, profiles, accounts } = chunk
        const touched = { people, profiles, accounts, timed: [], later }
        const reaction = await reactTo(sql, tenantId, touched)
        result.rows += chunk.rows
        result.transitions += reaction.transitions
      }
      const next = chunk.rows > 0 ? { ...position, after: chunk.last } : nextStage(position.stage)
      if (next) await advance(sql, kind, tenantId, next as JsonObject, chunk.rows)
      else await finish(sql, kind, tenantId)
      return !next
    })
    if (done) return result
  }
}

/** What a changed policy no longer blocks has its rows back, before they are read. */
async function disown(sql: Transaction, tenantId: string, { stage, after }: Position, chunk: Chunk): Promise<void> {
  const { people, last } = chunk
  if (stage === 'events') await disownEvents(sql, tenantId, people, [placeOf(after), placeOf(last)])
  else if (OWNED_RECORDS.includes(stage as OwnedRecords))
    await disownRecords(sql, tenantId, stage as OwnedRecords, people, [after?.[0] ?? NIL, last![0]!])
}

function nextStage(stage: Stage): Position | null {
  const next = STAGES[stage === REPART ? 0 : STAGES.indexOf(stage) + 1]
  return next ? { stage: next, after: null } : null
}

function read(sql: Transaction, { stage, after }: Position): Promise<Chunk> {
  if (stage === 'events') return readEvents(sql, after, CHUNK)
  if (stage === 'profiles' || stage === REPART) return readProfiles(sql, after)
  if (stage === 'accounts') return readAccounts(sql, after)
  return readRecords(sql, stage, after)
}

async function readRecords(sql: Transaction, kind: Stage, after: string[] | null): Promise<Chunk> {
  const start = after?.[0] ?? NIL
  const [row] = await sql<[PeopleRow]>`
WITH chunk AS MATERIALIZED (
  SELECT id, ops.identifiers_of(${kind}, to_jsonb(r)) AS ids FROM ${sql(kind)} r WHERE id > ${start}::uuid ORDER BY id LIMIT ${CHUNK}
)
SELECT (SELECT count(*)::int FROM chunk) AS rows,
  (SELECT array[id::text] FROM chunk ORDER BY id DESC LIMIT 1) AS last,
  (SELECT jsonb_agg(DISTINCT jsonb_build_object('ids', ids)) FROM chunk WHERE ids <> '{}') AS people`
  return { rows: row.rows, last: row.last, people: row.people ?? [], profiles: [] }
}

async function readProfiles(sql: Transaction, after: string[] | null): Promise<Chunk> {
  const start = after?.[0] ?? NIL
  const rows = await sql<{ id: string }[]>`
SELECT id FROM profiles WHERE merged_into IS NULL AND id > ${start}::uuid ORDER BY id LIMIT ${CHUNK}`
  const profiles = rows.map((row) => row.id)
  return { rows: profiles.length, last: lastOf(profiles), people: [], profiles }
}

/** Those that were deleted, too, where something is stored of them: nobody was told. */
async function readAccounts(sql: Transaction, after: string[] | null): Promise<Chunk> {
  const start = after?.[0] ?? NIL
  const rows = await sql<{ id: string }[]>`
SELECT id FROM (
  SELECT id FROM accounts
  UNION SELECT account_id FROM segment_accounts
  UNION SELECT account_id FROM account_label_values
) AS known
WHERE id > ${start}::uuid ORDER BY id LIMIT ${CHUNK}`
  const accounts = rows.map((row) => row.id)
  return { rows: accounts.length, last: lastOf(accounts), people: [], profiles: [], accounts }
}

function lastOf(ids: string[]): string[] | null {
  return ids.length > 0 ? [ids.at(-1)!] : null
}

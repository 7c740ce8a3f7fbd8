/** The positions of long walks, kept in the transactions that do their work. */
import type { Transaction } from '../db/client.ts'
import type { JsonObject } from '../db/schema/columns.ts'
import type { Subject } from './rules/index.ts'

export type WalkKind = 'segment' | 'label' | 'recompute' | 'reapply'
export type Walk = { position: JsonObject | null }

/** The walk as it stands; from the beginning if there is none of this version that is under way. */
export async function begin(
  sql: Transaction,
  kind: WalkKind,
  id: string,
  version: number,
  subjects: readonly Subject[] = ['person'],
): Promise<Walk> {
  const [walk] = await sql<Walk[]>`
SELECT position FROM backfills
WHERE kind = ${kind} AND definition_id = ${id} AND version = ${version} AND finished_at IS NULL`
  if (walk) return walk
  await sql`
INSERT INTO backfills (kind, definition_id, version, total)
VALUES (${kind}, ${id}, ${version}, (
  SELECT count(*) FROM (
    SELECT FROM profiles WHERE merged_into IS NULL AND ${subjects.includes('person')}
    UNION ALL SELECT FROM accounts WHERE ${subjects.includes('account')}
  ) AS everybody
))
ON CONFLICT (tenant_id, kind, definition_id) DO UPDATE
SET version = excluded.version, position = NULL, done = 0, total = excluded.total, started_at = now(), updated_at = now(), finished_at = NULL`
  return { position: null }
}

export async function advance(
  sql: Transaction,
  kind: WalkKind,
  id: string,
  position: JsonObject,
  done: number,
): Promise<void> {
  await sql`
UPDATE backfills SET position = ${sql.json(position)}, done = done + ${done}, updated_at = now()
WHERE kind = ${kind} AND definition_id = ${id}`
}

export async function finish(sql: Transaction, kind: WalkKind, id: string): Promise<void> {
  await sql`
UPDATE backfills SET total = done, updated_at = now(), finished_at = now() WHERE kind = ${kind} AND definition_id = ${id}`
}

/** How far the evaluation of everybody is that the present version of a definition asks for. */
export type Progress = {
  version: number
  complete: boolean
  done: string
  total: string
  startedAt: string | null
  finishedAt: string | null
}

/** By the id of the segment or label; without those that there are no more. */
export async function readProgress(sql: Transaction, ids: readonly string[]): Promise<Map<string, Progress>> {
  const rows = await sql<(Progress & { id: string })[]>`
SELECT d.id, d.version, d.version = d.backfilled_version AS complete, coalesce(b.done, 0) AS done, coalesce(b.total, 0) AS total,
  b.started_at AS "startedAt", b.finished_at AS "finishedAt"
FROM (
  SELECT 'segment' AS kind, id, version, backfilled_version FROM segments
  UNION ALL
  SELECT 'label', id, version, backfilled_version FROM labels
) AS d
LEFT JOIN backfills b ON b.kind = d.kind AND b.definition_id = d.id AND b.version = d.version
WHERE d.id = ANY (${ids as string[]}::uuid[])`
  return new Map(rows.map(({ id, ...progress }) => [id, progress]))
}

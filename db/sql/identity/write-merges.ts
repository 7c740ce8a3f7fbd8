import type { Transaction } from '../../client.ts'

export type MergeWrite = {
  from_id: string
  /** What it became part of, and what that is part of by now. */
  into_id: string
  final_id: string
  cause: string
  evidence: unknown
  /** Identifiers of it that are not stored yet. */
  born: string[]
}

export type Merged = { identifiers: string[]; profiles: string[] }

/**
 * Moves the identifiers of profiles that are part of others from now on, and keeps in `merges` what moved and why. No event
 * and no record is touched: they are owned by identifiers.
 */
export async function mergeProfiles(
  sql: Transaction,
  tenantId: string,
  merges: MergeWrite[],
  { announced = true } = {},
): Promise<Merged> {
  // On the wire in the order of the calls: a query that is only awaited goes a tick later than one that is executed.
  const query = sql<[Merged]>`
WITH RECURSIVE lost AS (
  SELECT * FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(merges)}::jsonb)
    AS (from_id uuid, into_id uuid, final_id uuid, cause text, evidence jsonb, born uuid[])) WITH ORDINALITY
    AS r (from_id, into_id, final_id, cause, evidence, born, n)
), brought AS (
  -- What became part of it before, in the same batch, goes with it, as it would one by one.
  SELECT from_id, from_id AS part_id, born FROM lost
  UNION ALL
  SELECT brought.from_id, lost.from_id, lost.born FROM brought JOIN lost ON lost.into_id = brought.part_id
), moved AS (
  UPDATE identifiers i SET profile_id = lost.final_id FROM lost
  WHERE i.tenant_id = ${tenantId} AND i.profile_id = lost.from_id
  RETURNING lost.from_id, i.id
), gone AS (
  UPDATE profiles p SET merged_into = lost.final_id, updated_at = now() FROM lost
  WHERE p.tenant_id = ${tenantId} AND p.id = lost.from_id
), followed AS (
  -- Whoever is part of a profile points at the living one, always in one step.
  UPDATE profiles p SET merged_into = lost.final_id FROM lost
  WHERE p.tenant_id = ${tenantId} AND p.merged_into = lost.from_id
  RETURNING p.id
), kept AS (
  INSERT INTO merges (tenant_id, profile_id, into_id, cause, evidence, announced, identifiers)
  SELECT ${tenantId}, from_id, into_id, cause, evidence, ${announced},
    array(
      SELECT moved.id FROM brought b JOIN moved ON moved.from_id = b.part_id WHERE b.from_id = lost.from_id
      UNION SELECT unnest(b.born) FROM brought b WHERE b.from_id = lost.from_id)
  FROM lost ORDER BY n
)
SELECT coalesce((SELECT array_agg(id) FROM moved), '{}') AS identifiers,
  coalesce((SELECT array_agg(id) FROM followed), '{}') AS profiles`.execute()
  const [row] = await query
  return row
}

export type ConflictWrite = { identifier_id: string; profile_id: string; kept_by: string; at: string; reason: string }

/** Remembers what would have joined two people who must stay apart. */
export function insertConflicts(sql: Transaction, tenantId: string, conflicts: ConflictWrite[]) {
  return sql`
INSERT INTO identity_conflicts (tenant_id, identifier_id, profile_id, kept_by, at, reason)
SELECT ${tenantId}, r.* FROM jsonb_to_recordset(${JSON.stringify(conflicts)}::jsonb)
  AS r (identifier_id uuid, profile_id uuid, kept_by uuid, at timestamptz, reason text)
ON CONFLICT DO NOTHING`
}

export type MoveWrite = { identifier_id: string; from_id: string; into_id: string; evidence: unknown }

/** Moves identifiers, with their other spellings, from one profile to another, and keeps that in `merges`. */
export async function moveIdentifiers(sql: Transaction, tenantId: string, moves: MoveWrite[]): Promise<string[]> {
  const query = sql<{ id: string }[]>`
WITH given AS (
  SELECT * FROM jsonb_to_recordset(${JSON.stringify(moves)}::jsonb)
    AS r (identifier_id uuid, from_id uuid, into_id uuid, evidence jsonb)
), moved AS (
  UPDATE identifiers i SET profile_id = given.into_id FROM given
  WHERE i.tenant_id = ${tenantId} AND i.profile_id = given.from_id
    AND (i.id = given.identifier_id OR i.alias_of = given.identifier_id)
  RETURNING i.id, given.identifier_id
), kept AS (
  INSERT INTO merges (tenant_id, kind, profile_id, into_id, cause, evidence, identifiers)
  SELECT ${tenantId}, 'move', from_id, into_id, 'weight', evidence,
    array(SELECT id FROM moved WHERE moved.identifier_id = given.identifier_id UNION SELECT given.identifier_id)
  FROM given
)
SELECT id FROM moved`.execute()
  const rows = await query
  return rows.map((row) => row.id)
}

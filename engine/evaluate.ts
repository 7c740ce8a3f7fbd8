import { MINUTE } from '../config.ts'
import type { Transaction } from '../db/client.ts'
import { appendPart } from './feed/append.ts'
import type { ProfileChange } from './identity/index.ts'
import { valuesPart } from './labels/values.ts'
import { Parameters } from './parameters.ts'
import { compile, type Definition, MANY, STORED, type Subject } from './rules/index.ts'
import { membershipPart } from './segments/membership.ts'
import { timersPart } from './timers.ts'

/** Why a transition happened: 'merge' tells of a change of profiles, not of the person. */
export type Cause = 'change' | 'timer' | 'backfill' | 'merge' | 'archived'

/** A definition to evaluate, and what its transitions give as their reason. */
export type Asked = Definition & { cause: Exclude<Cause, 'timer' | 'merge'> }

export type Evaluation = {
  /** The instant that the rules are asked about, and that the transitions bear. */
  at: string
  timezone: string
  /** Whom the definitions to write are about: people unless it says otherwise. */
  subject?: Subject
  /** Living profiles; or accounts, those that were deleted among them. */
  profiles: string[]
  /** What to evaluate and write. */
  definitions: Asked[]
  /** What those refer to besides: evaluated with them, not written. */
  referred?: Definition[]
  /** Profiles that are here only because their time has come: 'change' becomes 'timer' for them. */
  timed?: string[]
  /** True when `definitions` are all that are active, so that the timers are known to be whole. */
  complete: boolean
  /** What identity changed: goes into the feed first; merges carry memberships and values over. */
  profileChanges?: ProfileChange[]
  /** False when the caller tells of several evaluations at once. */
  notify?: boolean
}

export type Outcome = { transitions: number; lastSeq: string | null }

const nothing = (id: string) =>
  `SELECT NULL::uuid AS definition_id, NULL::uuid AS ${id}, NULL::jsonb AS value, NULL::timestamptz AS next_at, NULL::boolean AS is_member WHERE false`

/**
 * Evaluates definitions for profiles and writes all that follows, in one statement: members, label values, transitions,
 * timers, the feed, one NOTIFY. The caller holds the tenant's lock. The compared state is read and written by the same
 * statement, so nothing is sent back and forth however many profiles there are.
 */
export async function evaluate(sql: Transaction, evaluation: Evaluation): Promise<Outcome> {
  const { text, parameters } = statement(evaluation)
  const [row] = await runCompiled<{ transitions: number; last_seq: string }>(
    sql,
    text,
    parameters,
    evaluation.profiles.length,
  )
  return { transitions: row?.transitions ?? 0, lastSeq: row?.last_seq ?? null }
}

/**
 * Runs a statement about so many subjects. Planning costs as much as evaluating a few of them, and the plan is the same for one
 * and for five hundred.
 */
export async function runCompiled<Row extends object>(
  sql: Transaction,
  text: string,
  parameters: unknown[],
  subjects: number,
): Promise<Row[]> {
  const many = subjects >= MANY
  const mode = many ? 'force_custom_plan' : 'force_generic_plan'
  const [, rows] = await Promise.all([
    sql`SELECT set_config('plan_cache_mode', ${mode}, true)`.execute(),
    sql.unsafe<Row[]>(text, parameters as never[], { prepare: !many && isHot(text) }),
  ])
  return rows
}

/**
 * A prepared statement costs the connection about a megabyte until it is closed, so only what comes again is prepared, and
 * no more than a connection can carry; tenants beyond that pay for planning.
 */
const MOST_HOT = 100
const FORGOTTEN_AFTER_MS = 30 * MINUTE // when a connection has had its time too
const uses = new Map<string, number>()
let forgetAt = 0

function isHot(text: string): boolean {
  if (performance.now() > forgetAt) {
    uses.clear()
    forgetAt = performance.now() + FORGOTTEN_AFTER_MS
  }
  const count = (uses.get(text) ?? 0) + 1
  if (count > 1 || uses.size < MOST_HOT) uses.set(text, count)
  return count > 1
}

/** The text depends on the definitions only, so that a connection plans it once. Exported for EXPLAIN. */
export function statement(evaluation: Evaluation): { text: string; parameters: unknown[] } {
  const { definitions, referred = [], profileChanges = [], subject = 'person' } = evaluation
  const stored = STORED[subject]
  const { id } = stored
  const merges = profileChanges.filter((change) => change.change === 'merged')
  const compiled =
    definitions.length > 0
      ? compile([...definitions, ...referred], subject, {
          many: evaluation.profiles.length >= MANY,
          sparse: true,
          merging: merges.length > 0,
        })
      : { text: nothing(id), parameters: [] }
  const p = new Parameters([evaluation.profiles, evaluation.at, evaluation.timezone, ...compiled.parameters])
  const told = profileChanges.filter((change) => change.change !== 'seen')

  const losers = p.add(merges.map((m) => m.profileId))
  const everybody = `($1::uuid[] || ${losers}::uuid[])`

  const text = `
WITH evaluated AS MATERIALIZED (
${compiled.text}
),
asked AS (SELECT $1::uuid[], $2::timestamptz, $3::text),
flip AS MATERIALIZED (
  -- Everybody who was evaluated, and when the first of their answers may change.
  SELECT ${id}, next_at AS due_at FROM evaluated WHERE definition_id IS NULL
),
definition AS MATERIALIZED (
  SELECT id, kind, cause
  FROM unnest(${p.add(definitions.map((d) => d.id))}::uuid[], ${p.add(definitions.map((d) => d.kind))}::text[], ${p.add(definitions.map((d) => d.cause))}::text[]) AS d (id, kind, cause)
),
merged AS MATERIALIZED (
  SELECT loser, survivor
  FROM unnest(${losers}::uuid[], ${p.add(merges.map((m) => survivor(m, merges)))}::uuid[]) AS m (loser, survivor)
),
${membershipPart(everybody, stored)},
${valuesPart(everybody, stored)},
transition AS MATERIALIZED (
  SELECT uuidv7() AS id, change.kind, ${id}, segment_id, label_id, from_value, to_value,
    CASE WHEN merge THEN 'merge'
      WHEN d.cause = 'change' AND ${id} = ANY (${p.add(evaluation.timed ?? [])}::uuid[]) THEN 'timer'
      ELSE coalesce(d.cause, 'change') END AS cause
  FROM (
    SELECT 'label_changed' AS kind, ${id}, NULL::uuid AS segment_id, label_id, from_value, to_value, merge FROM label_change
    UNION ALL
    SELECT kind, ${id}, segment_id, NULL, NULL, NULL, merge FROM segment_change
  ) AS change
  LEFT JOIN definition d ON d.id = coalesce(segment_id, label_id)
),
recorded AS (
  INSERT INTO transitions (id, at, kind, ${id}, segment_id, label_id, from_value, to_value, cause)
  SELECT id, $2::timestamptz, kind, ${id}, segment_id, label_id, from_value, to_value, cause FROM transition
),
${timersPart(evaluation.complete, stored)},
item AS MATERIALIZED (
  SELECT row_number() OVER (ORDER BY rank, position, kind, ${id}, definition_id) AS n, kind, ${id}, definition_id, payload
  FROM (
    SELECT 1 AS rank, position, 'profile_changed' AS kind, ${id}, NULL::uuid AS definition_id,
      jsonb_strip_nulls(jsonb_build_object('change', change, 'into', survivor)) AS payload
    FROM unnest(${p.add(told.map((c) => c.profileId))}::uuid[], ${p.add(told.map((c) => c.change))}::text[], ${p.add(told.map((c) => (c.change === 'merged' ? survivor(c, merges) : null)))}::uuid[])
      WITH ORDINALITY AS c (${id}, change, survivor, position)
    UNION ALL
    SELECT 2, 0, t.kind, ${id}, label_id,
      jsonb_build_object('key', l.key, 'from', from_value, 'to', to_value, 'cause', cause, 'transitionId', t.id)
    FROM transition t JOIN labels l ON l.id = label_id
    UNION ALL
    -- Who leaves is told before who enters: of two segments that exclude each other, a person is never seen in both.
    SELECT CASE t.kind WHEN 'segment_left' THEN 3 ELSE 4 END, 0, t.kind, ${id}, segment_id,
      jsonb_build_object('key', s.key, 'cause', cause, 'transitionId', t.id)
    FROM transition t JOIN segments s ON s.id = segment_id
  ) AS happened
),
${appendPart(evaluation.notify ?? true, id)}`
  return { text, parameters: p.values }
}

/** Follows merges of one batch to their end: a into b, b into c. */
function survivor(merge: ProfileChange, merges: ProfileChange[]): string | undefined {
  let into = merge.into
  for (const _ of merges) into = merges.find((other) => other.profileId === into)?.into ?? into
  return into
}

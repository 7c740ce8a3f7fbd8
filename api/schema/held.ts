/**
 * What holds of people and of accounts: the segments that they are in, and the values of labels. Four tables of one kind; what
 * was at an instant is in `transitions`, for all of them.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Context } from '../context.ts'
import type { Relation } from '../loaders/pages.ts'
import { connectionField } from '../noun/connection.ts'
import { join, jsonFilter, jsonSql } from '../noun/filter.ts'
import type { FilterExtra, Noun } from '../noun/noun.ts'
import { KithError } from '../../errors.ts'
import { run } from '../noun/run.ts'

type Definition = 'segment' | 'label'
type Subject = 'profile' | 'account'

/** `noun` is of the table that says which definitions hold of which subjects. */
export type Held = { noun: Noun; definition: Definition; subject: Subject }

/** All that hold of one subject, or all of which one definition holds; those that began to last come first. */
export function heldList(t: any, held: Held, owner: Definition | Subject, description: string) {
  const present = now(held, owner)
  return connectionField<{ asOf?: string | null }>(t, present, description, {
    parent: 'id',
    args: {
      asOf: t.arg({
        type: 'DateTime',
        description: 'The instant, by what was known and said then; it must have come.',
      }),
    },
    relationByArgs: ({ asOf }) => (asOf ? then(held, owner, hasCome(asOf)) : present),
  })
}

/** What the clocks of callers may be ahead. */
const AHEAD_MS = 60_000

/** Nothing has been said yet of what is to come. */
function hasCome(asOf: string): string {
  if (Date.parse(asOf) <= Date.now() + AHEAD_MS) return asOf
  const instead = 'previewSegment and explainSegment take a later "at", and answer by what is known now'
  throw new KithError('INPUT_INVALID', `Expected an asOf that has come, got ${asOf}; ${instead}.`)
}

const idOf = (what: Definition | Subject) => sql.identifier(`${what}_id`)

const now = ({ noun }: Held, owner: Definition | Subject): Relation => ({
  noun,
  name: `of ${owner}`,
  where: (key) => sql`t.${idOf(owner)} = ${key}`,
})

/** The latest transition of each subject by each definition until then says what held. */
function then({ noun, definition, subject }: Held, owner: Definition | Subject, asOf: string): Relation {
  const both = sql`${idOf(definition)}, ${idOf(subject)}`
  const value = definition === 'label' ? sql`to_value AS value, ` : sql``
  const holds =
    definition === 'label' ? sql`coalesce(jsonb_typeof(to_value), 'null') <> 'null'` : sql`kind = 'segment_entered'`
  return {
    noun,
    name: `of ${owner} as of ${asOf}`,
    from: (key) => sql`(
    SELECT ${both}, ${value}at AS since FROM (
      SELECT DISTINCT ON (${both}) ${both}, kind, to_value, at FROM transitions
      WHERE ${idOf(owner)} = ${key} AND ${idOf(definition)} IS NOT NULL AND ${idOf(subject)} IS NOT NULL AND at <= ${asOf}::timestamptz
      ORDER BY ${both}, at DESC, id DESC
    ) AS latest WHERE ${holds})`,
  }
}

/** FROM and WHERE of what holds by the definition with this key; a comparison with subjects' ids follows. */
function byKey({ noun, definition, subject }: Held, key: string): SQL {
  return sql`FROM ${sql.identifier(`${definition}s`)} d JOIN ${sql.identifier(noun.from)} h ON h.${idOf(definition)} = d.id
WHERE d.key = ${key} AND h.${idOf(subject)}`
}

/** Whether the subject is in the segment with a key. */
export function inSegmentField(t: any, held: Held, description: string) {
  return t.boolean({
    description,
    args: { key: t.arg.string({ required: true }) },
    resolve: async ({ id }: { id: string }, { key }: { key: string }, context: Context) =>
      (await load(context, held, key, sql`true`, id)) !== undefined,
  })
}

/** The subject's value of the label with a key. */
export function labelField(t: any, held: Held, description: string) {
  return t.field({
    type: 'JSON',
    nullable: true,
    description,
    args: { key: t.arg.string({ required: true }) },
    resolve: async ({ id }: { id: string }, { key }: { key: string }, context: Context) =>
      (await load(context, held, key, sql`h.value`, id)) ?? null,
  })
}

function load({ loaders }: Context, held: Held, key: string, value: SQL, id: string): Promise<unknown> {
  return loaders
    .of<string, unknown>(`${held.noun.type} ${key}`, async (tx, ids) => {
      const rows = await run<{ id: string; value: unknown }>(
        tx,
        sql`
SELECT h.${idOf(held.subject)} AS id, ${value} AS value ${byKey(held, key)} = ANY(${sql.param([...ids])}::uuid[])`,
        true,
      )
      const found = new Map(rows.map(({ id, value }) => [id, value]))
      return ids.map((id) => found.get(id))
    })
    .load(id)
}

export function inSegmentFilter(held: Held, description: string): FilterExtra {
  return {
    description,
    type: 'String',
    toSql: (key: string, row) => sql`EXISTS (SELECT ${byKey(held, key)} = ${row}.id)`,
  }
}

/** By the value of the label whose key is `path`. */
export function labelFilter(held: Held, description: string): FilterExtra {
  return {
    description,
    type: [jsonFilter()],
    toSql: (conditions: { path: string }[], row) =>
      join(
        conditions.map(({ path, ...rest }) => {
          const value = sql`(SELECT jsonb_build_object('v', h.value) ${byKey(held, path)} = ${row}.id)`
          return jsonSql(value, { path: 'v', ...rest })
        }),
        'AND',
      ),
  }
}

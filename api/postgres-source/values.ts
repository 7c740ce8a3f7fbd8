/**
 * The log tells values as text. The database that wrote it makes JSON of them, as it does for a source that is polled: then a
 * composite type, an array of enums or somebody's own type is the same by either way, and nothing here need know any.
 */
import type { LoggedChange, Relation, Texts } from './changes.ts'
import type { Remote } from './remote.ts'
import { identifier } from './tables.ts'

/** A row as JSON, with the columns that were not told; or why the other database cannot read its own text any more. */
export type Read = { json: string; unchanged: string[] } | { reason: string }
export type ReadChange = { change: LoggedChange; row?: Read; old?: Read }

type Wanted = { relation: Relation; texts: Texts; take(read: Read): void }

/** In the order given. */
export async function readValues(remote: Remote, changes: LoggedChange[]): Promise<ReadChange[]> {
  const wanted: Wanted[] = []
  const read = changes.map((change): ReadChange => {
    const result: ReadChange = { change }
    if (change.op === 'truncate') return result
    const { relation } = change
    wanted.push({ relation, texts: change.row, take: (row) => (result.row = row) })
    if (change.op === 'update' && change.old)
      wanted.push({ relation, texts: change.old, take: (old) => (result.old = old) })
    return result
  })
  for (const group of alike(wanted)) await readGroup(remote, group)
  return read
}

type Group = { relation: Relation; columns: Relation['columns']; unchanged: string[]; wanted: Wanted[] }

/** Those of one table that tell the same columns. */
function alike(wanted: Wanted[]): Group[] {
  const groups = new Map<Relation, Map<string, Group>>()
  for (const one of wanted) {
    const { relation, texts } = one
    const told = relation.columns.filter(({ name }) => texts[name] !== undefined)
    const key = told.length === relation.columns.length ? '' : JSON.stringify(told.map(({ name }) => name))
    const ofTable = groups.get(relation) ?? new Map<string, Group>()
    groups.set(relation, ofTable)
    const unchanged = relation.columns.filter(({ name }) => texts[name] === undefined).map(({ name }) => name)
    const group = ofTable.get(key) ?? { relation, columns: told, unchanged, wanted: [] }
    ofTable.set(key, group)
    group.wanted.push(one)
  }
  return [...groups.values()].flatMap((ofTable) => [...ofTable.values()])
}

async function readGroup(remote: Remote, group: Group): Promise<void> {
  const { unchanged, wanted } = group
  try {
    const rows = await jsonOf(remote, group)
    wanted.forEach(({ take }, n) => take({ json: rows[n]!, unchanged }))
  } catch (error) {
    if (!isAboutValues(error)) throw error
    const [only] = wanted
    if (wanted.length === 1) return only!.take({ reason: (error as Error).message })
    for (const one of wanted) await readGroup(remote, { ...group, wanted: [one] })
  }
}

/** Such as a label that its enum has no more. */
const isAboutValues = (error: unknown) => /^(22|23|42|0A)/.test((error as { code?: string }).code ?? '')

async function jsonOf(remote: Remote, { relation, columns, wanted }: Group): Promise<string[]> {
  if (columns.length === 0) return wanted.map(() => '{}')
  const types = await typesOf(remote, relation)
  const values = columns.map(({ name }, n) => `u.c${n}::${types.get(name)} AS ${identifier(name)}`)
  const parameters = columns.map((_column, n) => `$${n + 1}::text[]`)
  const rows = await remote.unsafe(
    `SELECT to_json(t)::text AS json FROM (
SELECT ${values.join(', ')} FROM unnest(${parameters.join(', ')}) WITH ORDINALITY AS u(${columns.map((_column, n) => `c${n}`).join(', ')}, n) ORDER BY u.n
) t`,
    columns.map(({ name }) => arrayOf(wanted.map(({ texts }) => texts[name] ?? null))),
  )
  return rows.map(({ json }) => json as string)
}

/** As an array is written: the connection asks nothing of their types. */
function arrayOf(texts: (string | null)[]): string {
  const items = texts.map((text) =>
    text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
  )
  return `{${items.join(',')}}`
}

const types = new WeakMap<Relation, Map<string, string>>()

/** As the other database spells them; what it does not know any more is text. */
async function typesOf(remote: Remote, relation: Relation): Promise<Map<string, string>> {
  const known = types.get(relation)
  if (known) return known
  const { columns } = relation
  const rows = await remote<{ type: string | null }[]>`
SELECT CASE WHEN EXISTS (SELECT FROM pg_type WHERE oid = t.type) THEN format_type(t.type, t.modifier) END AS type
FROM json_to_recordset(${JSON.stringify(columns)}::text::json) AS t(type oid, modifier int)`
  const found = new Map(columns.map(({ name }, n) => [name, rows[n]?.type ?? 'text']))
  types.set(relation, found)
  return found
}

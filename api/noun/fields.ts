/** Fields of an object type that are columns of its table. */
import type { Context } from '../context.ts'
import { profileByIdentifier } from '../loaders/lookups.ts'
import { declare } from './declared.ts'
import { uuidOf } from './id.ts'
import { columnOf, keyOf, type Noun } from './noun.ts'

type Row = Record<string, any>

/** `{status: 'Where the order stands.'}` -> a field map with the columns' own types and nullability. */
export function columnFields(t: any, noun: Noun, columns: Record<string, string>): Record<string, any> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, description]) => {
      const column = columnOf(noun.type, noun.columns, name)
      const options = {
        type: column.array ? [column.enum ?? column.type] : (column.enum ?? column.type),
        nullable: column.nullable,
        description: description || undefined,
        resolve: (row: Row) => row[name],
        ...declare({ reads: 'column', column }),
      }
      return [name, t.field(options)]
    }),
  )
}

/** The row that this row points at: by a column, or by what `key` makes of it. */
export function rowField(
  t: any,
  target: Noun,
  description: string,
  key: string | ((row: any) => string | null | undefined),
) {
  const keyOfRow = typeof key === 'string' ? (row: Row) => row[key] : key
  return t.field({
    type: target.ref,
    nullable: true,
    description,
    resolve: (row: Row, _args: unknown, { loaders }: Context) => loaders.row(target, keyOfRow(row)),
    ...(typeof key === 'string' && declare({ reads: 'row', noun: target, key, by: 'id' })),
  })
}

/** The person whose identifier owns the row. */
export function personField(t: any, Profile: Noun, description: string) {
  const key = 'identifierId'
  return t.field({
    type: Profile.ref,
    nullable: true,
    description,
    resolve: (row: Row, _args: unknown, { loaders }: Context) => profileByIdentifier(loaders, Profile, row[key]),
    ...declare({ reads: 'row', noun: Profile, key, by: 'identifier' }),
  })
}

/** A query for one row by its id: `order(id: ID!)`. */
export function byId(t: any, noun: Noun, description: string) {
  return t.field({
    type: noun.ref,
    nullable: true,
    description,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root: unknown, { id }: { id: string }, { loaders }: Context) => loaders.row(noun, uuidOf(noun.type, id)),
    ...declare({ reads: 'one', noun }),
  })
}

/** What makes a type a Node. */
export function nodeOptions(noun: Noun) {
  return {
    id: { resolve: (row: Row) => keyOf(noun, row), ...declare({ reads: 'id' }) },
    loadMany: (keys: string[], { loaders }: Context) => Promise.all(keys.map((key) => loaders.row(noun, key))),
  }
}

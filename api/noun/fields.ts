/** Fields of an object type that are columns of its table. */
import type { Context } from '../context.ts'
import { uuidOf } from './id.ts'
import { columnOf, keyOf, type Noun } from './noun.ts'

/** `{status: 'Where the order stands.'}` -> a field map with the columns' own types and nullability. */
export function columnFields(t: any, noun: Noun, columns: Record<string, string>): Record<string, any> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, description]) => {
      const column = columnOf(noun.type, noun.columns, name)
      const options = {
        type: column.array ? [column.enum ?? column.type] : (column.enum ?? column.type),
        nullable: column.nullable,
        description: description || undefined,
        resolve: (row: Record<string, unknown>) => row[name],
      }
      return [name, t.field(options)]
    }),
  )
}

/** The row that a foreign key of this row points at. */
export function rowField(t: any, target: Noun, description: string, key: (row: any) => string | null) {
  return t.field({
    type: target.ref,
    nullable: true,
    description,
    resolve: (row: unknown, _args: unknown, { loaders }: Context) => loaders.row(target, key(row)),
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
  })
}

/** What makes a type a Node. */
export function nodeOptions(noun: Noun) {
  return {
    id: { resolve: (row: Record<string, unknown>) => keyOf(noun, row) },
    loadMany: (keys: string[], { loaders }: Context) => Promise.all(keys.map((key) => loaders.row(noun, key))),
  }
}

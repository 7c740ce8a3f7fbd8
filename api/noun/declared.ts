/**
 * What a field reads, as it was declared: it lies in the field's extensions, beside the resolver that does it, for those who read
 * many fields at once (api/reads).
 */
import type { GraphQLField } from 'graphql'
import type { Relation } from '../loaders/pages.ts'
import type { Column, Noun } from './noun.ts'

export type Declared =
  /** A column of the row. */
  | { reads: 'column'; column: Column }
  /** The row's own id, that of a node. */
  | { reads: 'id' }
  /** The row that a column of this one points at, itself or by an identifier of a person. */
  | { reads: 'row'; noun: Noun; key: string; by: 'id' | 'identifier' }
  /** The row whose id is the argument `id`, where that is the only one. */
  | { reads: 'one'; noun: Noun }
  /** A page of the list that belongs to the row, by a column of it, or to none. */
  | { reads: 'list'; relation: (args: any) => Relation; key?: string }

/** Further options of a field. */
export function declare(declared: Declared) {
  return { extensions: { kith: declared } }
}

export function declaredOf({ extensions }: GraphQLField<unknown, unknown>): Declared | undefined {
  return extensions.kith as Declared | undefined
}

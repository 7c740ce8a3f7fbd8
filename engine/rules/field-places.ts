/** Where a definition's rule names fields of people, accounts and records: those that everybody has, and those that may be the tenant's own. */
import { ACCOUNT_COLUMNS, COMMON, kindOf, typeOfColumn } from './kinds.ts'
import type {
  Aggregate,
  Comparison,
  Computation,
  Condition,
  Definition,
  RecordKind,
  RecordNode,
  Where,
} from './types.ts'
import { nodesOf, type Path } from './validate.ts'

export type FieldPlace = {
  /** 'profile', 'account', a kind of record, or an object of the tenant's own. */
  object: string
  /** Dotted, without `custom.` or `traits.`. */
  field: string
  path: Path
  comparison?: Comparison
  /** What an aggregate, or the time of a window, asks of it. */
  needs?: 'number' | 'time'
  /** Of a column that everybody has. */
  column?: ReturnType<typeof typeOfColumn>
  /** The columns that it could have been, where it says neither `custom.` nor `traits.`. */
  columns?: readonly string[]
}

const SYSTEM = ['firstSeen', 'lastSeen', 'createdAt']

export function fieldPlaces(definition: Definition): FieldPlace[] {
  return nodesOf(definition.rule, definition.subject).flatMap(({ name, node, subject, path }) => {
    if (name === 'record') return recordPlaces(node as RecordNode, path)
    if (name === 'compute') return computePlaces(node as Computation, path)
    if (name !== 'field') return []
    return subject === 'person'
      ? conditionPlaces('profile', SYSTEM, node as Condition, path)
      : conditionPlaces('account', ACCOUNT_COLUMNS, node as Condition, path)
  })
}

function conditionPlaces(object: string, columns: readonly string[], node: Condition, path: Path): FieldPlace[] {
  const { path: of, ...comparison } = node
  return [{ ...fieldOf(object, columns, of), path, comparison }]
}

function fieldOf(
  object: string,
  columns: readonly string[],
  of: string,
): Pick<FieldPlace, 'object' | 'field' | 'column' | 'columns'> {
  if (columns.includes(of)) return { object, field: of, column: typeOfColumn(of) }
  const field = own(of)
  return { object, field, ...(field === of && { columns }) }
}

function recordPlaces({ kind, where, on, by, aggregate }: RecordNode, path: Path): FieldPlace[] {
  const columns = [...kindOf(kind).columns, ...COMMON]
  const places = wherePlaces(where, [...path, 'where']).flatMap((place) =>
    conditionPlaces(kind, columns, place.condition, place.path),
  )
  if (on !== undefined) places.push({ ...fieldOf(kind, columns, on), path: [...path, 'on'], needs: 'time' })
  if (by !== undefined) places.push({ ...fieldOf(kind, columns, by), path: [...path, 'by'] })
  return [...places, ...aggregatePlaces(kind, columns, aggregate, [...path, 'aggregate'])]
}

const OF_NUMBERS: readonly string[] = ['sum', 'avg', 'min', 'max']

function aggregatePlaces(
  kind: RecordKind,
  columns: readonly string[],
  aggregate: Aggregate | undefined,
  path: Path,
): FieldPlace[] {
  return [...OF_NUMBERS, 'distinct'].flatMap((name) => {
    const of = aggregate?.[name as keyof Aggregate] as string | undefined
    return of === undefined ? [] : [valuePlace(kind, columns, of, name, [...path, name])]
  })
}

function valuePlace(kind: RecordKind, columns: readonly string[], of: string, taken: string, path: Path): FieldPlace {
  return { ...fieldOf(kind, columns, of), path, ...(OF_NUMBERS.includes(taken) && { needs: 'number' as const }) }
}

/** The conditions on its records are those of the record node inside it. */
function computePlaces({ of, path: value, record }: Computation, path: Path): FieldPlace[] {
  if (!record || value === undefined) return []
  return [valuePlace(record.kind, [...kindOf(record.kind).columns, ...COMMON], value, of, [...path, 'path'])]
}

function wherePlaces(where: Where | Where[] | undefined, path: Path): { condition: Condition; path: Path }[] {
  if (where === undefined) return []
  if (Array.isArray(where)) return where.flatMap((child, n) => wherePlaces(child, [...path, n]))
  if ('path' in where) return [{ condition: where as Condition, path }]
  const [name, children] = Object.entries(where)[0] as [string, Where | Where[]]
  return wherePlaces(children, [...path, name])
}

function own(path: string): string {
  return path.replace(/^(custom|traits)\./, '')
}

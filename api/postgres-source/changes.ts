/** What another database's log says of our tables, in its own text, to be read as `to_json` would (values.ts). */
import type { Lsn } from '../../db/wal/lsn.ts'
import type { Message, Read, WalItem } from '../../db/wal/replication.ts'
import { quoted, type TableName } from './tables.ts'

export type Relation = TableName & { columns: { name: string; type: number; modifier: number }[] }
/** Column -> its text; what is undefined was not told. */
export type Texts = Record<string, string | null | undefined>

export type LoggedChange = WalItem & {
  /** Its place among the changes of its transaction, from 1. */
  n: number
  /** Microseconds since 1970. */
  committedAt: number
} & (
    | { op: 'insert'; relation: Relation; row: Texts }
    | { op: 'update'; relation: Relation; row: Texts; old: Texts | null }
    /** Its key, or all of it with REPLICA IDENTITY FULL. */
    | { op: 'delete'; relation: Relation; row: Texts }
    | { op: 'truncate'; tables: TableName[] }
  )

/** What ops.a_source_writes says first. */
const WRITTEN_BY_A_SOURCE = 'kith source'

/** Of these tables, and of no transaction that a source of our own has written. */
export function changesOf(tables: TableName[]): Read<LoggedChange> {
  const wanted = new Set(tables.map(quoted))
  const relations = new WeakMap<object, Relation | null>()
  let n = 0
  let committedAt = 0
  let isOurs = false

  const relationOf = (relation: (Message & { tag: 'relation' }) | undefined) => relation && relations.get(relation)
  const learn = (message: Message & { tag: 'relation' }) => {
    const { schema, name: table } = message
    // As text: what the library would make of a value is not what `to_json` does.
    for (const column of message.columns) column.parser = (text: string) => text
    const columns = message.columns.map(({ name, typeOid, typeMod }) => ({
      name,
      type: typeOid >>> 0,
      modifier: typeMod,
    }))
    relations.set(message, wanted.has(quoted({ schema, table })) ? { schema, table, columns } : null)
  }

  return (message, commitLsn) => {
    if (message.tag === 'begin') {
      n = 0
      committedAt = Number(message.commitTime)
      isOurs = false
    }
    if (message.tag === 'message' && message.transactional && message.prefix === WRITTEN_BY_A_SOURCE) isOurs = true
    if (message.tag === 'relation') learn(message)
    if (isOurs) return undefined
    const base = () => ({ commitLsn, n: ++n, committedAt })
    switch (message.tag) {
      case 'insert':
      case 'update':
      case 'delete': {
        const relation = relationOf(message.relation)
        if (!relation) return undefined
        if (message.tag === 'insert') return { ...base(), op: 'insert', relation, row: message.new }
        if (message.tag === 'update')
          return { ...base(), op: 'update', relation, row: message.new, old: message.old ?? message.key }
        return { ...base(), op: 'delete', relation, row: message.old ?? message.key ?? {} }
      }
      case 'truncate': {
        const tables = message.relations.map(relationOf).filter((relation) => relation != null)
        return tables.length > 0 ? { ...base(), op: 'truncate', tables } : undefined
      }
      default:
        return undefined
    }
  }
}

/** Whether it was taken already, by what was said of where the source stands. */
export function wasTaken({ commitLsn, n }: LoggedChange, { lsn, changes }: { lsn: Lsn; changes: number }): boolean {
  return commitLsn < lsn || (commitLsn === lsn && n <= changes)
}

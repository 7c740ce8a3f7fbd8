/** Records of the tenant's own objects, those of a person or of an account. */
import type { ReactNode } from 'react'
import type { Json } from '../client/schema.ts'
import { isObject } from '../rules/model.ts'
import { inline, words } from '../ui/format.ts'
import { Time } from '../ui/parts.tsx'
import { RecordTable } from '../ui/record-table.tsx'

export type OwnRecord = { id: string; object: string; externalId: string | null; occurredAt: string; custom: Json }

/** So many of a record's fields have a column; the others are left out. */
const MOST_FIELDS = 4

type Props = { records: OwnRecord[]; objects: { key: string; plural: string }[] }

/** A table for each object of which there are records. */
export function OwnRecords({ records, objects }: Props) {
  return objects.map(({ key, plural }) => {
    const own = records.filter(({ object }) => object === key)
    const fields = [...new Set(own.flatMap(({ custom }) => Object.keys(fieldsOf(custom))))].slice(0, MOST_FIELDS)
    return (
      <RecordTable
        key={key}
        title={words(plural)}
        columns={[...fields.map(words), 'When']}
        rows={own.map(({ id, occurredAt, custom }) => ({
          id,
          cells: [...fields.map((field) => cell(fieldsOf(custom)[field])), <Time key="at" at={occurredAt} />],
        }))}
      />
    )
  })
}

/** What a record says, in a line. */
export function brief({ custom }: OwnRecord): string {
  const said = Object.entries(fieldsOf(custom)).filter(([, value]) => value !== null && typeof value !== 'object')
  return said
    .slice(0, MOST_FIELDS)
    .map(([key, value]) => `${words(key).toLowerCase()}: ${inline(value)}`)
    .join(', ')
}

const fieldsOf = (custom: Json) => (isObject(custom) ? custom : {})

function cell(value: Json | undefined): ReactNode {
  return value === undefined || value === null ? null : inline(value)
}

/** What is text by the tenant's own definitions, however much a cell looks like a number: a zip code, a SKU. */
import type { Transaction } from '../../db/client.ts'
import { readBehaviors } from '../../engine/model/behaviors.ts'
import { readFields } from '../../engine/model/fields.ts'
import type { PropertyType } from '../../engine/model/property.ts'

/** By the name of the event, the keys of its properties; of identify and group calls those of their traits. */
export type Texts = ReadonlyMap<string, ReadonlySet<string>>

type Defined = { key: string; type: PropertyType }

const JSON_TYPES: ReadonlySet<PropertyType> = new Set(['number', 'boolean', 'list', 'object'])

export const textsOf = (defined: readonly Defined[]): ReadonlySet<string> =>
  new Set(defined.filter(({ type }) => !JSON_TYPES.has(type)).map(({ key }) => key))

export async function readTexts(sql: Transaction): Promise<Texts> {
  const behaviors = await readBehaviors(sql)
  const fields = await readFields(sql)
  const texts = new Map(behaviors.map(({ name, properties }) => [name, textsOf(properties)]))
  for (const [call, subject] of [
    ['identify', 'profile'],
    ['group', 'account'],
  ] as const) {
    const said = textsOf(fields.filter(({ object }) => object === subject))
    texts.set(call, new Set([...(texts.get(call) ?? []), ...said]))
  }
  return texts
}

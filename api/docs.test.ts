import { readdirSync, readFileSync } from 'node:fs'
import { Kind, parse, print, validate } from 'graphql'
import { expect, it } from 'vitest'
import { config } from '../config.ts'
import type { Behavior } from '../engine/model/behaviors.ts'
import type { Field } from '../engine/model/fields.ts'
import type { CustomObject } from '../engine/model/objects.ts'
import { MAX_COMPLEXITY, MAX_PAGE } from './builder.ts'
import { MAX_CONDITIONS, MAX_LIST } from './noun/filter.ts'
import { tenantSchema } from './tenant-schema.ts'
import { LIMITS } from './yoga.ts'

/** What the page defines. */
const fields: Field[] = [
  { id: '', object: 'order', key: 'warehouse', type: 'text', description: null, required: true, choices: null },
  {
    id: '',
    object: 'order',
    key: 'carrier',
    type: 'choice',
    description: null,
    required: false,
    choices: ['dhl', 'ups'],
  },
  { id: '', object: 'policy', key: 'premium', type: 'number', description: null, required: true, choices: null },
]
const OBJECTS: CustomObject[] = [
  {
    id: '',
    key: 'policy',
    plural: 'policies',
    name: 'Insurance policy',
    description: null,
    person: true,
    account: false,
    parent: null,
  },
]

const page = readFileSync(new URL('../docs/graphql.md', import.meta.url), 'utf8')
/** docs/behaviors.md defines it. */
const behavior: Behavior = {
  name: 'Order Completed',
  description: null,
  mode: 'strict',
  identifiers: ['user_id'],
  properties: [
    { key: 'total', type: 'number', required: true },
    { key: 'currency', type: 'choice', choices: ['EUR', 'USD'] },
    { key: 'address', type: 'object', properties: [{ key: 'city', type: 'text' }] },
    {
      key: 'products',
      type: 'list',
      items: { type: 'object', properties: [{ key: 'sku', type: 'text', required: true }] },
    },
  ],
  samplePercent: null,
  retentionDays: null,
  purpose: null,
  channel: null,
}
const schema = tenantSchema({ fields, objects: OBJECTS, behaviors: [behavior] })

const docs = new URL('../docs/', import.meta.url)
const texts = [...readdirSync(docs).map((name) => new URL(name, docs)), new URL('../README.md', docs)]
  .filter(({ pathname }) => pathname.endsWith('.md'))
  .map((url) => readFileSync(url, 'utf8'))
const fenced = texts.flatMap((text) => [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)])
/** Blocks of GraphQL, whether they say so or begin so, and what is sent with curl. */
const blocks = fenced.flatMap(([, language, text]) =>
  language === 'graphql' || (language === '' && /^(query|mutation|subscription|\{ \w+)\b/.test(text!)) ? [text!] : [],
)
const inline = texts.flatMap((text) =>
  [...text.matchAll(/"query":\s+"((?:[^"\\]|\\.)*)"[,}]/g)].map(([, query]) => JSON.parse(`"${query}"`)),
)

it.each([...blocks, ...inline].flatMap((text) => parse(text).definitions.map((one) => [print(one), one] as const)))(
  'fits the schema: %s',
  (_, definition) => {
    expect(validate(schema, { kind: Kind.DOCUMENT, definitions: [definition] })).toEqual([])
  },
)

it('shows queries in blocks and with curl', () => {
  expect(blocks.length).toBeGreaterThan(20)
  expect(inline.length).toBeGreaterThan(4)
})

it('names the limits that hold', () => {
  const number = (n: number) => n.toLocaleString('en')
  const { tokens, depth, aliases, directives } = LIMITS
  expect(page).toContain(`${[tokens, depth, aliases, directives].map(number).join(' · ')} |`)
  expect(page).toContain(`${number(MAX_CONDITIONS)} · ${number(MAX_LIST)} |`)
  for (const limit of [MAX_COMPLEXITY, MAX_PAGE, config.MAX_BATCH_EVENTS]) expect(page).toContain(`| ${number(limit)}`)
})

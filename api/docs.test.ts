import { readFileSync } from 'node:fs'
import { parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { config } from '../config.ts'
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
const blocks = [...page.matchAll(/```graphql\n(.*?)```/gs)].map(([, text]) => text as string)
const inline = [...page.matchAll(/"query": "(.*?)"}/g)].map(([, text]) => text as string)

it.each([...blocks, ...inline].map((text) => [text.split('\n')[0], text] as const))(
  '%s ... fits the schema',
  (_, text) => {
    expect(validate(tenantSchema({ fields, objects: OBJECTS }), parse(text))).toEqual([])
  },
)

it('shows queries in blocks and with curl', () => {
  expect(blocks.length).toBeGreaterThan(5)
  expect(inline.length).toBe(2)
})

it('names the limits that hold', () => {
  const number = (n: number) => n.toLocaleString('en')
  const { tokens, depth, aliases, directives } = LIMITS
  expect(page).toContain(`${[tokens, depth, aliases, directives].map(number).join(' · ')} |`)
  expect(page).toContain(`${number(MAX_CONDITIONS)} · ${number(MAX_LIST)} |`)
  for (const limit of [MAX_COMPLEXITY, MAX_PAGE, config.MAX_BATCH_EVENTS]) expect(page).toContain(`| ${number(limit)}`)
})

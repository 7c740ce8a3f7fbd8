import { gunzipSync } from 'node:zlib'
import { parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { testDatabase, until } from '../test/database.ts'
import { EXAMPLES } from './graphiql.ts'
import { schema } from './schema/index.ts'
import { createGraphQL } from './yoga.ts'

const db = await testDatabase()

async function page() {
  const response = await createGraphQL(db.api).fetch('http://kith/graphql', { headers: { accept: 'text/html' } })
  expect(response.status).toBe(200)
  return gunzipSync(await response.arrayBuffer()).toString()
}

it('is a page that loads nothing from elsewhere', async () => {
  const html = await page()
  expect(html.includes('Profile360')).toBe(true)
  expect(html.match(/<(script|link|img)[^>]+(src|href)=["']?https?:/g)).toBeNull()
})

it('holds a key only where there is a demo, and never one of anybody else', async () => {
  const holds = async () => (await page()).includes('Bearer demo-admin')
  expect(await holds()).toBe(false)
  await db.createTenant('demo')
  await until(holds)
})

it.each(EXAMPLES.map((example) => [/(?:query|mutation|subscription) (\w+)/.exec(example)?.[1], example] as const))(
  'offers an example, %s, that fits the schema',
  (_, example) => {
    expect(validate(schema, parse(example))).toEqual([])
  },
)

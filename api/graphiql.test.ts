import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse, validate } from 'graphql'
import { afterAll, expect, it } from 'vitest'
import { testDatabase, until } from '../test/database.ts'
import { EXAMPLES } from './graphiql.ts'
import { schema } from './schema/index.ts'
import { createGraphQL } from './yoga.ts'

const db = await testDatabase()

// Over HTTP: how it is compressed, and whether that is said, shows only to who unpacks it by what the headers say.
const server = createServer(createGraphQL(db.api)).listen(0, '127.0.0.1')
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function page(encoding = 'gzip') {
  const { port } = server.address() as AddressInfo
  const headers = { accept: 'text/html', 'accept-encoding': encoding }
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, { headers })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null)
  return response.text()
}

it('is a page that loads nothing from elsewhere', async () => {
  const html = await page()
  expect(html.includes('Profile360')).toBe(true)
  expect(await page('identity')).toBe(html)
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

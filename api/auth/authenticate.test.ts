import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { connect } from '../../db/client.ts'
import { testDatabase, until } from '../../test/database.ts'
import { authenticate } from './authenticate.ts'
import { isLoopback, keepDemoHere } from './demo.ts'
import { keyOf } from './credentials.ts'
import { requireScope } from './viewer.ts'

const db = await testDatabase()
const shop = await db.createTenant('shop')
const demo = await db.createTenant('demo')

it('knows a key by its hash, and whose it is', async () => {
  const [source] = await db.owner<
    [{ id: string }]
  >`INSERT INTO sources (tenant_id, name) VALUES (${shop}, 'web') RETURNING id`
  await db.owner`UPDATE api_keys SET source_id = ${source.id} WHERE tenant_id = ${shop} AND name = 'write'`
  expect(await authenticate(db.api, 'shop-write')).toMatchObject({
    tenantId: shop,
    sourceId: source.id,
    keyId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
})

it('lets admin read and write, and nobody else do more than its scope', async () => {
  const scopes = async (key: string) => [...((await authenticate(db.api, key))?.scopes ?? [])].sort()
  expect(await scopes('shop-admin')).toEqual(['admin', 'read', 'write'])
  expect(await scopes('shop-write')).toEqual(['write'])
  expect(await scopes('shop-read')).toEqual(['read'])
})

it.each(['', 'unknown', 'shop-writ', 'x'.repeat(300), "'; DROP TABLE api_keys", 'ключ\u0000'])(
  'answers null to %j',
  async (key) => expect(await authenticate(db.api, key)).toBeNull(),
)

it('refuses the demo keys wherever others can reach us, and nothing else', async () => {
  for (const host of ['127.0.0.1', 'localhost', '::1']) {
    expect(await authenticate(db.api, 'demo-write', { host })).toMatchObject({ tenantId: demo })
  }
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'kith.example']) {
    expect(await authenticate(db.api, 'demo-write', { host })).toBeNull()
    expect(await authenticate(db.api, 'demo-admin', { host })).toBeNull()
    expect(await authenticate(db.api, 'shop-write', { host })).not.toBeNull()
  }
})

it('takes nothing for loopback that only looks like it', () => {
  expect(['127.0.0.1.example', 'localhost.example', '10.127.0.0.1', ''].filter(isLoopback)).toEqual([])
})

it('asks Postgres once for many simultaneous requests', async () => {
  const asked = await Promise.all(Array.from({ length: 50 }, () => authenticate(db.api, 'demo-read')))
  expect(new Set(asked).size).toBe(1)
})

it('sees a revoked key within a few seconds', async () => {
  const hash = createHash('sha256').update('leaked').digest('hex')
  await db.owner`INSERT INTO api_keys (tenant_id, name, hash, scopes) VALUES (${shop}, 'leaked', ${hash}, '{write}')`
  expect(await authenticate(db.api, 'leaked')).not.toBeNull()
  await db.owner`UPDATE api_keys SET revoked_at = now() WHERE hash = ${hash}`
  await until(
    () => authenticate(db.api, 'leaked'),
    (viewer) => viewer === null,
    { timeout: 20_000 },
  )
})

it('rejects when Postgres cannot be asked, and does not remember that', async () => {
  const nowhere = connect('postgres://kith_api@127.0.0.1:1/none', { max: 1 })
  await expect(authenticate(nowhere, 'shop-write')).rejects.toThrow()
  await expect(authenticate(nowhere, 'shop-write')).rejects.toThrow()
  await nowhere.end({ timeout: 0 })
})

it('reads the key from basic auth and from a bearer token', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  expect(keyOf(basic('key:'))).toBe('key')
  expect(keyOf(basic('key:password'))).toBe('key')
  expect(keyOf(basic('key'))).toBe('key')
  expect(keyOf('bearer key')).toBe('key')
  for (const nothing of [undefined, '', 'Basic', 'Basic ', 'Digest key', 'key', 'Bearer a b'])
    expect(keyOf(nothing)).toBe('')
})

it('tells a missing key from a missing scope', async () => {
  const viewer = await authenticate(db.api, 'shop-read')
  expect(() => requireScope(viewer, 'read')).not.toThrow()
  expect(() => requireScope(viewer, 'write')).toThrow(expect.objectContaining({ code: 'SCOPE_MISSING', status: 403 }))
  expect(() => requireScope(null, 'write')).toThrow(expect.objectContaining({ code: 'KEY_UNKNOWN', status: 401 }))
})

it('keeps the demo keys to pages of this machine, since every page may send requests to localhost', () => {
  const refused = (key: string, origin: string | undefined, host = 'localhost:4000') => {
    try {
      keepDemoHere(key, origin === undefined ? { host } : { origin, host })
      return null
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  const here = [undefined, 'http://localhost:4000', 'http://127.0.0.1:5173', 'http://[::1]:4000']
  expect(here.map((origin) => refused('demo-admin', origin))).toEqual(here.map(() => null))
  const elsewhere = ['https://shop.example', 'http://localhost.example:4000', 'null', '']
  expect(elsewhere.map((origin) => refused('demo-admin', origin))).toEqual(elsewhere.map(() => 'DEMO_ELSEWHERE'))
  // A name of elsewhere that was made to mean 127.0.0.1.
  expect(refused('demo-read', undefined, 'shop.example:4000')).toBe('DEMO_ELSEWHERE')
  expect(refused('shop-admin', 'https://shop.example', 'shop.example')).toBeNull()
})

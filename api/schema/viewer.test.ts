import { expect, it } from 'vitest'
import { testDatabase, until } from '../../test/database.ts'
import { graphql } from '../../test/graphql.ts'

const db = await testDatabase()
await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const admin = as('ours-admin')

const CREATE = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id name scopes } } }'
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(input: {id: $id}) { apiKey { id revokedAt } } }'

it('says who is asking', async () => {
  const { data } = await as('ours-read')('{ viewer { scopes key { name } tenant { slug timezone } } }')
  expect(data.viewer).toEqual({ scopes: ['read'], key: { name: 'read' }, tenant: { slug: 'ours', timezone: 'UTC' } })
  expect((await admin('{ viewer { scopes } }')).data.viewer.scopes).toEqual(['admin', 'read', 'write'])
})

it('makes a key that opens the door, tells it once, and keeps no more than its hash', async () => {
  const { data } = await admin(CREATE, { input: { name: 'reports', scopes: ['read'] } })
  const { key, apiKey } = data.createApiKey
  expect(key).toMatch(/^kith_[\w-]{32}$/)
  expect((await as(key)('{ viewer { key { name } } }')).data.viewer.key.name).toBe('reports')

  const list = await admin('{ apiKeys(first: 100) { nodes { id name } } }')
  expect(list.data.apiKeys.nodes).toContainEqual({ id: apiKey.id, name: 'reports' })
  const stored = await db.owner`SELECT * FROM api_keys WHERE name = 'reports'`
  expect(JSON.stringify(stored)).not.toContain(key)
})

it('revokes a key, but not the one that asks', async () => {
  const { data } = await admin(CREATE, { input: { name: 'gone', scopes: ['read'] } })
  const { key, apiKey } = data.createApiKey
  const revoked = await admin(REVOKE, { id: apiKey.id })
  expect(revoked.data.revokeApiKey.apiKey.revokedAt).not.toBeNull()
  expect((await as(key)('{ viewer { scopes } }')).errors?.[0]?.extensions.code).toBe('KEY_UNKNOWN')

  const own = await admin('{ viewer { key { id } } }')
  const refused = await admin(REVOKE, { id: own.data.viewer.key.id })
  expect(refused.errors?.[0]?.extensions.code).toBe('INPUT_INVALID')
})

it('says when a key was last used, to the minute, and not in the audit log', async () => {
  const used = async (name: string) => {
    const { data } = await admin(
      'query ($name: String) { apiKeys(filter: {name: {eq: $name}}) { nodes { lastUsedAt } } }',
      {
        name,
      },
    )
    return data.apiKeys.nodes[0].lastUsedAt as string | null
  }
  const make = async (name: string, secondsAgo: number | null) => {
    const { data } = await admin(CREATE, { input: { name, scopes: ['read'] } })
    if (secondsAgo !== null)
      await db.owner`UPDATE api_keys SET last_used_at = now() - make_interval(secs => ${secondsAgo}) WHERE name = ${name}`
    return data.createApiKey.key as string
  }
  const keys = [await make('new', null), await make('old', 90), await make('recent', 30)]
  expect(await used('new')).toBeNull()
  const recent = await used('recent')
  const before = Date.now()
  for (const key of keys) expect((await as(key)('{ viewer { scopes } }')).errors).toBeUndefined()
  for (const name of ['new', 'old']) {
    const at = await until(
      () => used(name),
      (at) => at !== null && Date.parse(at) >= before - 1000,
    )
    expect(Date.parse(at!)).toBeLessThan(Date.now() + 1000)
  }
  expect(await used('recent')).toBe(recent)
  expect(
    await db.owner`SELECT FROM audit_log WHERE object = 'api_keys' AND action = 'updated' AND after ? 'last_used_at'`,
  ).toEqual([])
  expect(
    await db.owner`SELECT FROM audit_log WHERE object = 'api_keys' AND action = 'updated' AND after = '{}'`,
  ).toEqual([])
})

it('does not wait for that, nor fails with it', async () => {
  const { data } = await admin(CREATE, { input: { name: 'held', scopes: ['read'] } })
  await db.owner.begin(async (sql) => {
    await sql`SELECT FROM api_keys WHERE name = 'held' FOR UPDATE`
    expect((await as(data.createApiKey.key)('{ viewer { key { lastUsedAt } } }')).data.viewer.key.lastUsedAt).toBeNull()
  })
  await until(
    async () => (await db.owner`SELECT FROM api_keys WHERE name = 'held' AND last_used_at IS NOT NULL`).length,
  )
})

it('says which scope a key lacks', async () => {
  const lacking = async (key: string, query: string) => (await as(key)(query)).errors?.[0]?.extensions
  const refused = (permission: string, scopes: string[]) => ({ code: 'SCOPE_MISSING', details: { permission, scopes } })
  expect(await lacking('ours-write', '{ segments { totalCount } }')).toMatchObject(refused('read', ['read', 'admin']))
  expect(await lacking('ours-read', '{ jobCounts { count } }')).toMatchObject(refused('operate', ['operator', 'admin']))
})

it('makes a key that watches the workers and sees nobody', async () => {
  const { data } = await admin(CREATE, { input: { name: 'monitor', scopes: ['operator'] } })
  const monitor = as(data.createApiKey.key)
  expect((await monitor('{ viewer { permissions } jobCounts { count } relays { slot } }')).errors).toBeUndefined()
  expect((await monitor('{ profiles { totalCount } }')).errors?.[0]?.extensions.code).toBe('SCOPE_MISSING')
  expect((await monitor('{ jobs { nodes { id } } }')).errors).toBeUndefined()
})

it('lets nobody but an admin of the tenant make or end its keys', async () => {
  const list = '{ apiKeys { nodes { id name } } }'
  const [{ id }] = (await admin(list)).data.apiKeys.nodes
  for (const [key, query, variables] of [
    ['ours-read', CREATE, { input: { name: 'x', scopes: ['admin'] } }],
    ['ours-write', CREATE, { input: { name: 'x', scopes: ['admin'] } }],
    ['ours-read', REVOKE, { id }],
  ] as const) {
    expect([key, (await as(key)(query, variables)).errors?.[0]?.extensions.code]).toEqual([key, 'SCOPE_MISSING'])
  }
  expect((await as('theirs-admin')(list)).data.apiKeys.nodes.map((key: any) => key.id)).not.toContain(id)
  expect((await as('theirs-admin')(REVOKE, { id })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
})

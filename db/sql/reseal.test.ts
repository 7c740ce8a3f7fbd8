import { expect, it, vi } from 'vitest'

// Before config.ts is read.
vi.hoisted(() => {
  process.env.SECRET_KEYS = 'the first of the keys is long enough to be one'
})

import { testDatabase } from '../../test/database.ts'
import { graphql } from '../../test/graphql.ts'
import { inTenant } from '../client.ts'
import { unseal } from '../secret.ts'
import { resealSecrets } from './reseal.ts'
import { webhookOf } from './webhook-of.ts'

const db = await testDatabase()
const shop = await db.createTenant('shop')
const ask = graphql(db.api)('shop-admin')

it('seals the secrets of webhooks and the key of hashes as they are made, and reads them', async () => {
  const { errors } = await ask(`mutation {
    createWebhook(input: {name: "new", verify: hmac, secret: "open sesame", mapping: "body"}) { webhook { path } }
    updateGate(input: {bots: DROP}) { gate { bots } }
  }`)
  expect(errors).toBeUndefined()
  const [row] = await db.owner`SELECT source_id, secret FROM webhooks`
  expect(row!.secret).toMatch(/^sealed:v1:/)
  expect((await webhookOf(db.api, row!.source_id.toUpperCase()))!.secret).toBe('open sesame')
  const [gate] = await db.owner`SELECT hash_key FROM gate_settings`
  expect(unseal(gate!.hash_key, `hash key ${shop}`)).toMatch(/^[0-9a-f]{64}$/)
})

it('seals what was kept in plain text, and leaves what is sealed', async () => {
  const before = await db.owner`SELECT secret FROM webhooks`
  const [{ id }] = await db.owner<[{ id: string }]>`
INSERT INTO sources (tenant_id, name, kind) VALUES (${shop}, 'old', 'webhook') RETURNING id`
  await db.owner`
INSERT INTO webhooks (tenant_id, source_id, verify, secret, mapping) VALUES (${shop}, ${id}, 'hmac', 'plain', 'body')`
  const reseal = () => inTenant(db.worker, shop, (sql) => resealSecrets(sql, shop))
  expect(await reseal()).toBe(1)
  expect(await reseal()).toBe(0)
  expect((await webhookOf(db.api, id))!.secret).toBe('plain')
  const after = await db.owner`SELECT secret FROM webhooks`
  expect(after).toContainEqual(before[0])
  expect(after.every(({ secret }) => secret.startsWith('sealed:v1:'))).toBe(true)
})

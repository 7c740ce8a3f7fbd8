import { expect, it } from 'vitest'
import { parseConfig } from '../../config.ts'
import { testDatabase } from '../../test/database.ts'
import { permissionsOfScopes } from '../auth/permissions.ts'
import { authenticate } from '../auth/authenticate.ts'
import type { Viewer } from '../auth/viewer.ts'
import { createLimiter } from './rate.ts'
import { createWriter } from './writer.ts'

const db = await testDatabase()
let tenants = 0
async function newViewer(limits: Viewer['limits']): Promise<Viewer> {
  const tenantId = await db.createTenant(`tenant-${++tenants}`)
  return { tenantId, keyId: crypto.randomUUID(), sourceId: null, permissions: permissionsOfScopes(['write']), limits }
}

/** How many of the calls were let through. */
async function admitted(calls: (Promise<void> | null)[]): Promise<number> {
  const results = await Promise.allSettled(calls)
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'RATE_LIMITED', status: 429 })
  }
  return results.filter((result) => result.status === 'fulfilled').length
}

it('keeps one limit over several processes', async () => {
  const viewer = await newViewer({ tenant: 100, key: null })
  const processes = [createLimiter(db.api, 0), createLimiter(db.api, 0), createLimiter(db.api, 0)]
  const started = performance.now()
  let passed = 0
  // Far more than the limit, for half a second.
  while (performance.now() - started < 500)
    passed += await admitted(processes.map((limiter) => limiter.admit(viewer, 5)))
  // Two seconds' worth in reserve, half a second's since, and what a process may take in advance.
  expect(passed * 5).toBeGreaterThan(190)
  expect(passed * 5).toBeLessThan(200 + 100 * ((performance.now() - started) / 1000) + 3 * 10 + 1)
})

it('lets a batch through that is larger than the limit, and then nothing for a while', async () => {
  const viewer = await newViewer({ tenant: null, key: 10 })
  const limiter = createLimiter(db.api, 0)
  expect(await admitted([limiter.admit(viewer, 5000)])).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect(await admitted([limiter.admit(viewer, 1)])).toBe(0)
})

it('limits a key beside its tenant, and one tenant beside another', async () => {
  const viewer = await newViewer({ tenant: 1_000_000, key: 1 })
  const limiter = createLimiter(db.api, 0)
  await limiter.admit(viewer, 100)
  await new Promise((resolve) => setTimeout(resolve, 110))
  expect(await admitted([limiter.admit(viewer, 1)])).toBe(0)
  const otherKey = { ...viewer, keyId: crypto.randomUUID(), limits: { tenant: 1_000_000, key: null } }
  expect(await admitted([limiter.admit(otherKey, 1), limiter.admit(await newViewer({ tenant: 1, key: 1 }), 1)])).toBe(2)
})

it('limits by what the key and its tenant say, by the usual limit without, and asks nobody where there is none', async () => {
  const tenantId = await db.createTenant('shop')
  await db.owner`UPDATE tenants SET events_per_second = 7 WHERE id = ${tenantId}`
  await db.owner`UPDATE api_keys SET events_per_second = 3 WHERE tenant_id = ${tenantId} AND name = 'write'`
  const viewer = await authenticate(db.api, 'shop-write')
  expect(viewer!.limits).toEqual({ tenant: 7, key: 3 })
  expect((await authenticate(db.api, 'shop-read'))!.limits).toEqual({ tenant: 7, key: null })

  const config = parseConfig({ INGEST_RATE: '5' })
  const page = (n: number) => Array.from({ length: n }, (_, i) => ({ type: 'page', userId: `u${i}` }))
  const plain = await newViewer({ tenant: null, key: null })
  const writer = createWriter(db.api, config)
  expect((await writer.write(plain, 'http', page(50))).stored).toBe(50)
  await new Promise((resolve) => setTimeout(resolve, 110))
  await expect(writer.write(plain, 'http', page(1))).rejects.toMatchObject({ code: 'RATE_LIMITED' })

  const free = await newViewer({ tenant: null, key: null })
  expect(createLimiter(db.api, 0).admit(free, 1e9)).toBeNull()
  const [{ count }] = await db.owner<
    [{ count: number }]
  >`SELECT count(*)::int AS count FROM rate_buckets WHERE tenant_id = ${free.tenantId}`
  expect(count).toBe(0)
})

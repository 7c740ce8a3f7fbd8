import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Client, Transaction } from '../../db/client.ts'
import type { Context } from '../context.ts'
import { seldom } from './seldom.ts'

const sql = {} as Client
const of = (tenantId: string, client = sql) =>
  ({
    sql: client,
    viewer: { tenantId },
    tenant: (work: (tx: Transaction) => unknown) => work({} as Transaction),
  }) as Context

it('counts once for all of a tenant, and anew when fifty times as long has passed as it took', async () => {
  let counted = 0
  const count = seldom(async () => {
    await sleep(4)
    return ++counted
  })
  expect(await Promise.all([count(of('a')), count(of('a')), count(of('b')), count(of('a', {} as Client))])).toEqual([
    1, 1, 2, 3,
  ])
  const began = performance.now()
  while ((await count(of('a'))) === 1) await sleep(5)
  expect(performance.now() - began).toBeGreaterThan(150)
})

it('keeps no failure', async () => {
  let counted = 0
  const count = seldom(async () => {
    if (++counted === 1) throw new Error('Postgres is away')
    return counted
  })
  await expect(count(of('a'))).rejects.toThrow('away')
  expect(await count(of('a'))).toBe(2)
})

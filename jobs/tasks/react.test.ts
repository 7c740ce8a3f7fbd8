import type { JobHelpers } from 'graphile-worker'
import { expect, it } from 'vitest'
import type { Client } from '../../db/client.ts'
import type { Engine } from '../engine.ts'
import type { Change } from './payload.ts'
import { reactTask } from './react.ts'

const tenant = '01a210a3-226e-7a1e-8a20-f7f37370931c'
const change = (...names: string[]): Change => ({ tenant, people: names.map((user_id) => ({ ids: { user_id } })) })

/** What a job of these changes leaves for another attempt, where everybody fails, and `erased` is erased while it runs. */
async function leftOf(changes: Change[], erased: string): Promise<Change[]> {
  const engine = {
    react: () => Promise.reject(new Error('cannot digest that')),
    withoutErased: async (_sql: Client, _tenant: string, some: readonly Change[]) =>
      some.filter((one) => !('people' in one && one.people.some(({ ids }) => ids.user_id === erased))),
  } as unknown as Engine
  const results = await reactTask(engine, null as unknown as Client)(changes, null as unknown as JobHelpers)
  const outcomes = await Promise.allSettled((results as Promise<unknown>[] | undefined) ?? [])
  // graphile-worker keeps those entries of an array payload whose promise is rejected.
  return changes.filter((_, n) => outcomes[n]?.status === 'rejected')
}

it('keeps those who fail for another attempt, but nobody who was erased while the job ran', async () => {
  expect(await leftOf([change('ada', 'eve', 'bob')], 'eve')).toEqual([change('ada'), change('bob')])
  expect(await leftOf([change('eve')], 'eve')).toEqual([])
  expect(await leftOf([change('ada')], 'eve')).toEqual([change('ada')])
})

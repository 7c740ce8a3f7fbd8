import { afterAll, expect, it } from 'vitest'
import { replay } from '../../engine/replay.ts'
import { testDatabase, until } from '../../test/database.ts'
import { graphql } from '../../test/graphql.ts'
import { type Subscription, subscribe } from '../../test/subscribe.ts'
import { createGraphQL } from '../yoga.ts'

const db = await testDatabase()
const tenant = await db.createTenant('ours')
await db.createTenant('theirs')
const yoga = createGraphQL(db.api)
const ask = graphql(db.api)('ours-admin')
const open: Subscription[] = []
afterAll(() => Promise.all(open.map((subscription) => subscription.stop())))

async function follow(id: string, key = 'ours-read') {
  const query = `subscription { replayProgress(id: "${id}") { id state done total events source { name } } }`
  const subscription = await subscribe(yoga.fetch as never, 'http://kith/graphql', key, query)
  open.push(subscription)
  return subscription
}
const told = ({ frames }: Subscription) => frames.map(({ data }) => data.replayProgress)
const codeIn = ({ frames }: Subscription) => frames[0]?.errors?.[0]?.extensions.code

it('tells how far a replay is, until it is done, and nobody else', async () => {
  await db.owner`
INSERT INTO events (tenant_id, name, user_id) SELECT ${tenant}, 'Seen', 'u' || n FROM generate_series(1, 30) AS n`
  const { data } = await ask(
    'mutation ($input: ReplayEventsInput!) { replayEvents(input: $input) { replay { id } } }',
    { input: { from: '2020-01-01T00:00:00Z', before: '2099-01-01T00:00:00Z' } },
  )
  const { id } = data.replayEvents.replay
  const ours = await follow(id)
  const theirs = await follow(id, 'theirs-read')
  await theirs.ended
  expect(codeIn(theirs)).toBe('NOT_FOUND')
  await until(() => told(ours).length > 0)
  expect(told(ours)[0]).toEqual({ id, state: 'WAITING', done: 0, total: null, events: 0, source: null })
  await replay(db.worker, tenant, id.replace('Replay:', ''), 10)
  await until(() => told(ours).at(-1).state === 'DONE')
  expect(told(ours).at(-1)).toMatchObject({ done: 60, total: 60, events: 30 })
  const late = await follow(id)
  await until(() => told(late).length > 0)
  expect(told(late)).toEqual([told(ours).at(-1)])
})

it.each([
  ['Replay:0199ad3c-0000-7000-8000-000000000000', 'ours-read', 'NOT_FOUND'],
  ['Order:0199ad3c-0000-7000-8000-000000000000', 'ours-read', 'ID_INVALID'],
  ['Replay:0199ad3c-0000-7000-8000-000000000000', 'ours-write', 'SCOPE_MISSING'],
])('refuses %s to %s with %s', async (id, key, expected) => {
  const subscription = await follow(id, key)
  await subscription.ended
  expect(codeIn(subscription)).toBe(expected)
})

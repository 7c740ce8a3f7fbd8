import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { pruneFeed } from '../../db/sql/prune.ts'
import { react } from '../../engine/react.ts'
import { testDatabase } from '../../test/database.ts'
import { graphql } from '../../test/graphql.ts'

const db = await testDatabase()
const tenant = await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const [read, admin] = [as('ours-read'), as('ours-admin')]

let people = 0
/** One item of the feed: somebody new. */
const happen = async (times = 1) => {
  for (let n = 0; n < times; n++) {
    await react(db.worker, tenant, [{ tenant, people: [{ ids: { user_id: `u${++people}` } }] }])
  }
}
const create = (input: object) =>
  admin(
    'mutation ($input: CreateConsumerInput!) { createConsumer(input: $input) { consumer { name cursor kinds lag } } }',
    { input },
  )
const poll = async (consumer: string, first = 10) => {
  const { data, errors } = await read(
    'query ($consumer: String!, $first: Int) { pollFeed(consumer: $consumer, first: $first) { entries { seq kind } cursor more gap consumer { lag waitingSince } } }',
    { consumer, first },
  )
  return errors ? errors[0]!.extensions.code : data.pollFeed
}
const acknowledge = async (consumer: string, cursor: string, back = false) => {
  const { data, errors } = await read(
    'mutation ($input: AcknowledgeFeedInput!) { acknowledgeFeed(input: $input) { consumer { cursor lag acknowledgedAt } } }',
    { input: { consumer, cursor, back } },
  )
  return errors ? errors[0]!.extensions.code : data.acknowledgeFeed.consumer
}
const seqs = ({ entries }: { entries: { seq: string }[] }) => entries.map((entry) => Number(entry.seq))

it('reads the same until it is acknowledged, and then what comes after', async () => {
  await happen(2)
  expect((await create({ name: 'mailer' })).data.createConsumer.consumer).toEqual({
    name: 'mailer',
    cursor: '2',
    kinds: null,
    lag: '0',
  })
  expect(await poll('mailer')).toMatchObject({
    entries: [],
    cursor: '2',
    more: false,
    gap: false,
    consumer: { lag: '0', waitingSince: null },
  })
  await happen(3)
  for (let n = 0; n < 2; n++) expect(seqs(await poll('mailer', 2))).toEqual([3, 4])
  const { cursor, more, consumer } = await poll('mailer', 2)
  expect({ cursor, more, consumer }).toEqual({
    cursor: '4',
    more: true,
    consumer: { lag: '3', waitingSince: expect.stringMatching(/Z$/) },
  })
  expect(await acknowledge('mailer', cursor)).toMatchObject({
    cursor: '4',
    lag: '1',
    acknowledgedAt: expect.any(String),
  })
  expect(seqs(await poll('mailer'))).toEqual([5])
})

it('does not move back by a late acknowledgement, but when it is told to', async () => {
  await create({ name: 'sync', after: '0' })
  expect(await acknowledge('sync', '4')).toMatchObject({ cursor: '4' })
  expect(await acknowledge('sync', '2')).toMatchObject({ cursor: '4' })
  expect(await acknowledge('sync', '2', true)).toMatchObject({ cursor: '2' })
  expect(await acknowledge('sync', '1000')).toBe('CURSOR_INVALID')
  expect(await acknowledge('sync', 'x')).toBe('CURSOR_INVALID')
  expect(seqs(await poll('sync'))).toEqual([3, 4, 5])
})

it('passes over what it does not want, and does not get stuck on it', async () => {
  await create({ name: 'picky', kinds: ['SEGMENT_ENTERED'], after: '0' })
  expect(await poll('picky', 3)).toMatchObject({ entries: [], cursor: '3', more: true })
})

it('is told of a gap', async () => {
  await create({ name: 'sleeper', after: '1' })
  await db.owner`UPDATE feed SET at = '2020-01-01' WHERE seq <= 4`
  await inTenant(db.worker, tenant, (sql) => pruneFeed(sql, 30, 100))
  const delivery = await poll('sleeper')
  expect(delivery).toMatchObject({ gap: true, cursor: '5' })
  await acknowledge('sleeper', delivery.cursor)
  expect(await poll('sleeper')).toMatchObject({ gap: false, entries: [] })
})

it('is listed, and deleted, and nobody else’s', async () => {
  const names = async (ask: typeof read) =>
    (await ask('{ consumers { name } }')).data.consumers.map((one: { name: string }) => one.name)
  expect(await names(read)).toEqual(['mailer', 'picky', 'sleeper', 'sync'])
  expect(await names(as('theirs-read'))).toEqual([])
  await admin('mutation { deleteConsumer(input: {name: "picky"}) { consumer { name } } }')
  expect(await poll('picky')).toBe('CONSUMER_NOT_FOUND')
})

it.each([
  [{ name: 'mailer' }, 'CONFLICT'],
  [{ name: 'No Spaces' }, 'INPUT_INVALID'],
  [{ name: 'x', after: 'y' }, 'CURSOR_INVALID'],
])('refuses to create %o with %s', async (input, code) => {
  expect((await create(input)).errors?.[0]?.extensions.code).toBe(code)
})

import { expect, it } from 'vitest'
import { testDatabase, until } from '../../test/database.ts'
import { graphql } from '../../test/graphql.ts'
import { subscribe } from '../../test/subscribe.ts'
import { createGraphQL } from '../yoga.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const as = graphql(db.api)
const QUERY = 'query ($since: DateTime!, $seconds: Int!) { eventCounts(since: $since, seconds: $seconds) { at count } }'

await db.owner`
INSERT INTO events (tenant_id, name, user_id, occurred_at)
SELECT ${ours}, 'Seen', 'u', now() - seconds * interval '1 s' FROM unnest(ARRAY[-3600, 65, 66, 125, 100000]) AS seconds`

it('counts what happened, in spans, and not what is still to come', async () => {
  const since = new Date(Date.now() - 8 * 60_000).toISOString()
  const { data, errors } = await as('ours-read')(QUERY, { since, seconds: 1 })
  expect(errors ?? []).toEqual([])
  expect(data.eventCounts.map(({ count }: any) => count)).toEqual([1, 1, 1])
  const [only] = (await as('ours-read')(QUERY, { since, seconds: 86_400 * 365 * 60 })).data.eventCounts
  expect(only).toEqual({ at: expect.stringMatching(/^2020-01-01T00:00:00/), count: 3 })
  expect((await as('theirs-read')(QUERY, { since, seconds: 1 })).data.eventCounts).toEqual([])
})

it('refuses more spans than a chart has points', async () => {
  const { errors } = await as('ours-read')(QUERY, { since: '2020-01-01T00:00:00Z', seconds: 1 })
  expect(errors?.[0]?.extensions.code).toBe('INPUT_INVALID')
})

it('tells the pulse live: the last spans, and the last minute', async () => {
  const yoga = createGraphQL(db.api)
  const query = 'subscription { pulse { events entries eventCounts(seconds: 7, spans: 40) { at count } } }'
  const [own, other] = await Promise.all(
    ['ours-read', 'theirs-read'].map((key) => subscribe(yoga.fetch as never, 'http://kith/graphql', key, query)),
  )
  const last = () => own!.frames.at(-1)?.data.pulse
  await until(() => last()?.events === 0)
  await db.owner`INSERT INTO events (tenant_id, name, user_id, occurred_at) VALUES (${ours}, 'Seen', 'u', now())`
  await db.owner`
INSERT INTO transitions (tenant_id, profile_id, segment_id, kind, cause, at)
SELECT ${ours}, gen_random_uuid(), gen_random_uuid(), 'segment_entered', 'change', now() - age
FROM unnest(ARRAY[interval '0', interval '1 hour']) AS age`
  await until(() => last()?.events === 1 && last()?.entries === 1)
  const since = new Date(Date.now() - 250_000).toISOString()
  const asked = (await as('ours-read')(QUERY, { since, seconds: 7 })).data.eventCounts
  expect(last().eventCounts).toEqual(expect.arrayContaining(asked.slice(1)))
  expect(last().eventCounts.reduce((sum: number, { count }: any) => sum + count, 0)).toBe(4)
  expect(other!.frames.at(-1)!.data.pulse).toEqual({ events: 0, entries: 0, eventCounts: [] })

  const refused = await subscribe(
    yoga.fetch as never,
    'http://kith/graphql',
    'ours-read',
    'subscription { pulse { eventCounts(seconds: 60, spans: 6) { count } } }',
  )
  await until(() => refused.frames.length > 0)
  expect(refused.frames[0]!.errors![0]!.extensions.code).toBe('INPUT_INVALID')
  await Promise.all([own!, other!, refused].map((one) => one.stop()))
})

it('tells live how much there is, of people, dead letters and segments', async () => {
  const yoga = createGraphQL(db.api)
  const query = 'subscription { pulse { totals { people deadLetters segments sizes { key name size } } } }'
  const watch = await subscribe(yoga.fetch as never, 'http://kith/graphql', 'theirs-read', query)
  const last = () => watch.frames.at(-1)?.data.pulse.totals
  await until(() => last()?.people === 0)
  expect(last()).toEqual({ people: 0, deadLetters: 0, segments: 0, sizes: [] })
  const [profile] =
    await db.owner`INSERT INTO profiles (tenant_id, first_seen, last_seen) VALUES (${theirs}, now(), now()) RETURNING id`
  await db.owner`
INSERT INTO profiles (tenant_id, first_seen, last_seen, merged_into) VALUES (${theirs}, now(), now(), ${profile!.id})`
  const [segment] = await db.owner`
INSERT INTO segments (tenant_id, key, name, rule) VALUES (${theirs}, 'all', 'All', '{"all": []}') RETURNING id`
  await db.owner`INSERT INTO members (tenant_id, segment_id, profile_id, since) VALUES (${theirs}, ${segment!.id}, ${profile!.id}, now())`
  await until(() => last().people === 1 && last().segments === 1)
  expect(last().sizes).toEqual([{ key: 'all', name: 'All', size: 1 }])
  await watch.stop()
})

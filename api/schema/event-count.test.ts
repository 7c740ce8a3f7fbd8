import { expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { graphql } from '../../test/graphql.ts'

const db = await testDatabase()
const ours = await db.createTenant('ours')
await db.createTenant('theirs')
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

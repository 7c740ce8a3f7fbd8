/** What is asked of segments at odd instants, and of odd ones: archived, paused, of accounts, of people who are merged or erased. */
import { beforeAll, describe, expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { backfill } from '../../engine/backfill.ts'
import { eraseProfile, mergeProfiles } from '../../engine/identity/index.ts'
import { react } from '../../engine/react.ts'
import { testDatabase } from '../../test/database.ts'
import { graphql, okOf } from '../../test/graphql.ts'

const db = await testDatabase()
const tenant = await db.createTenant('ours')
const ask = graphql(db.api)('ours-admin')
const ok = okOf(ask)

const ids: Record<string, string> = {}
const people: Record<string, string> = {}
/** When all four were people, and members. */
let before = ''

async function define(key: string, rule: object, subject = 'PERSON'): Promise<void> {
  const { createSegment } = await ok(
    `mutation ($input: CreateSegmentInput!) { createSegment(input: $input) { segment { id } } }`,
    { input: { key, name: key, rule, subject } },
  )
  ids[key] = createSegment.segment.id
  await backfill(db.worker, tenant, 'segment', ids[key]!.split(':')[1]!)
}

const reactTo = (user: string) => react(db.worker, tenant, [{ tenant, people: [{ ids: { user_id: user } }] } as never])

beforeAll(async () => {
  await define('viewed', { event: { name: 'Viewed', within: 'P1Y' } })
  await define('over', { event: { name: 'Viewed' } })
  await define('firms', { field: { path: 'name', exists: true } }, 'ACCOUNT')
  for (const user of ['ada', 'bea', 'cleo', 'dora']) {
    await db.owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'Viewed', ${user})`
    await reactTo(user)
    const [row] =
      await db.owner`SELECT profile_id AS id FROM identifiers WHERE tenant_id = ${tenant} AND value = ${user}`
    people[user] = row!.id as string
  }
  const [row] = await db.owner`SELECT clock_timestamp() AS now`
  before = row!.now as string
  await inTenant(db.api, tenant, (sql) =>
    mergeProfiles(sql, tenant, { intoId: people.ada!, profileIds: [people.bea!] }),
  )
  await reactTo('ada')
  await inTenant(db.api, tenant, (sql) => eraseProfile(sql, tenant, { profileId: people.cleo! }))
  await reactTo('ada')
  await ok(`mutation { archiveSegment(input: {id: "${ids.over}"}) { segment { id } } }`)
  await backfill(db.worker, tenant, 'segment', ids.over!.split(':')[1]!)
  await ok(`mutation { pauseSegment(input: {id: "${ids.viewed}"}) { segment { id } } }`)
})

const told = async (query: string): Promise<[string, string]> => {
  const { errors } = await ask(query)
  return [errors?.[0]?.extensions.code, errors?.[0]?.message ?? '']
}

describe('members as of an instant', () => {
  const members = async (key: string, asOf: string) => {
    const { segment } = await ok(
      `{ segment(key: "${key}") { members(first: 10, asOf: "${asOf}") { totalCount nodes { profile { id } } } } }`,
    )
    expect(segment.members.nodes).toHaveLength(segment.members.totalCount)
    return segment.members.nodes.map(({ profile }: any) => profile?.id ?? null)
  }

  it('are who they were, also those who are part of others by now; of who is erased only that somebody was there', async () => {
    const then = [people.ada, people.bea, people.dora].map((id) => `Profile:${id}`)
    for (const key of ['viewed', 'over']) {
      expect((await members(key, before)).toSorted()).toEqual([...then, null].toSorted())
    }
  })

  it.each(['1999-01-01T00:00:00Z', '0001-01-01T00:00:00Z'])('are none before there was a tenant: %s', async (asOf) => {
    expect(await members('viewed', asOf)).toEqual([])
  })

  it('are refused of what is to come, and told who answers that', async () => {
    const [code, message] = await told(
      `{ segment(key: "viewed") { members(first: 1, asOf: "2099-01-01T00:00:00Z") { totalCount } } }`,
    )
    expect(code).toBe('INPUT_INVALID')
    expect(message).toBe(
      'Expected an asOf that has come, got 2099-01-01T00:00:00Z; previewSegment and explainSegment take a later "at", and answer by what is known now.',
    )
  })

  it.each(['2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '2026-11-25', 'yesterday', ''])(
    'are refused of what is no instant: %j',
    async (asOf) => {
      const [, message] = await told(`{ segment(key: "viewed") { members(first: 1, asOf: "${asOf}") { totalCount } } }`)
      expect(message).toContain(`DateTime must be an instant in ISO 8601 with its offset`)
      expect(message).toContain(JSON.stringify(asOf))
    },
  )
})

describe('a preview', () => {
  const COUNTS = '{ people exact matching { count } entering { count } leaving { count } }'
  const counts = async (args: string) => {
    const { previewSegment: found } = await ok(`{ previewSegment(${args}) ${COUNTS} }`)
    expect(found).toMatchObject({ exact: true })
    return [found.matching, found.entering, found.leaving].map(({ count }) => count)
  }
  const viewed = 'rule: {event: {name: "Viewed", within: "P1Y"}}'

  it.each([
    ['now', '', [2, 0, 0]],
    ['in the future, when what is known now is long ago', ', at: "2099-01-01T00:00:00Z"', [0, 0, 2]],
    ['at the end of time', ', at: "9999-12-31T23:59:59Z"', [0, 0, 2]],
    ['before anything happened', ', at: "0001-01-01T00:00:00Z"', [0, 0, 2]],
  ])('of a paused segment compares with whom it keeps: %s', async (_, at, expected) => {
    expect(await counts(`${viewed}, segmentId: "${ids.viewed}"${at}`)).toEqual(expected)
  })

  it('of an archived segment compares with nobody', async () => {
    expect(await counts(`${viewed}, segmentId: "${ids.over}"`)).toEqual([2, 2, 0])
  })

  it('takes what a paused segment keeps, and refuses to refer to an archived one', async () => {
    expect(await counts('rule: {segment: {key: "viewed"}}')).toEqual([2, 2, 0])
    expect(await told('{ previewSegment(rule: {segment: {key: "over"}}) { people } }')).toEqual([
      'RULE_INVALID',
      'The segment over is archived: resume it first, or refer to another.',
    ])
  })

  it('is about whom its segment is about', async () => {
    expect(await counts(`rule: {field: {path: "name", exists: true}}, segmentId: "${ids.firms}"`)).toEqual([0, 0, 0])
    const [code, message] = await told(
      `{ previewSegment(rule: {field: {path: "name", exists: true}}, segmentId: "${ids.firms}", subject: PERSON) { people } }`,
    )
    expect([code, message]).toEqual(['INPUT_INVALID', 'The segment firms has the subject ACCOUNT.'])
  })

  it.each([
    ['{list: {key: "none"}}', 'There is no list with the key "none"; make it first, by createList.'],
    ['{record: {kind: "none"}}', 'There is no object with the key "none"'],
    ['{record: {kind: "order", where: {path: "amount", eq: "5"}}}', 'order.amount is a field of the type NUMBER'],
  ])('refuses %s as it is refused when it is saved', async (rule, says) => {
    const [code, message] = await told(`{ previewSegment(rule: ${rule}) { people } }`)
    expect(code).toBe('RULE_INVALID')
    expect(message).toContain(says)
  })
})

describe('an overlap', () => {
  it('counts a paused segment with whom it keeps, and an archived one with nobody', async () => {
    const { segmentOverlap } = await ok('{ segmentOverlap(keys: ["viewed", "over"]) { both onlyA onlyB similarity } }')
    expect(segmentOverlap).toEqual([{ both: 0, onlyA: 2, onlyB: 0, similarity: 0 }])
  })

  it.each([
    ['["viewed", "viewed"]', 'INPUT_INVALID', 'Expected 2 to 20 different keys, got 1.'],
    ['["viewed", "firms"]', 'INPUT_INVALID', 'Expected segments of people; firms is one of accounts.'],
    ['["viewed", "none"]', 'NOT_FOUND', 'There is no segment with the key "none".'],
  ])('refuses %s', async (keys, code, message) => {
    expect(await told(`{ segmentOverlap(keys: ${keys}) { both } }`)).toEqual([code, message])
  })
})

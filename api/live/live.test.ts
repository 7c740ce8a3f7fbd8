import { afterAll, describe, expect, it } from 'vitest'
import { type Client, connect, inTenant } from '../../db/client.ts'
import { encodeFeedCursor } from '../../engine/feed/cursor.ts'
import { pruneFeed } from '../../db/sql/prune.ts'
import { testDatabase, until } from '../../test/database.ts'
import { type Subscription, subscribe } from '../../test/subscribe.ts'
import { createGraphQL } from '../yoga.ts'
import { Live } from './live.ts'

const db = await testDatabase()
const tenant = await db.createTenant('ours')
const theirs = await db.createTenant('theirs')
const open: Subscription[] = []
const clients: Client[] = []

afterAll(async () => {
  await Promise.all(open.map((subscription) => subscription.stop()))
  await Promise.all(clients.map((sql) => sql.end()))
})

/** An API process, as far as the live feed is concerned. */
function startApi() {
  const sql = connect(db.apiUrl, { max: 3, name: 'test api process' })
  const yoga = createGraphQL(sql)
  clients.push(sql)
  return {
    sql,
    subscribe: async (query: string, { key = 'ours-read' } = {}) => {
      const subscription = await subscribe(yoga.fetch as never, 'http://kith/graphql', key, `subscription { ${query} }`)
      open.push(subscription)
      return subscription
    },
  }
}

const api = startApi()
const profile = '0199ad3c-0000-7000-8000-00000000000a'
const segment = '0199ad3c-0000-7000-8000-0000000000b0'
const cursorNow = async () => {
  const [head] = await inTenant(db.worker, tenant, (sql) => sql`SELECT last_seq FROM feed_heads`)
  return encodeFeedCursor(BigInt(head!.last_seq as string))
}

await inTenant(db.worker, tenant, async (sql) => {
  await sql`INSERT INTO profiles (id, first_seen, last_seen, traits) VALUES (${profile}, now(), now(), '{"name": "Ada"}')`
  await sql`INSERT INTO segments (id, key, name, rule) VALUES (${segment}, 'vip', 'VIP', '{"any": []}')`
})

type Said = { kind?: string; count?: number; payload?: object; of?: string }

/** Appends to the feed as the engine does, without the rules that lead to it. */
async function say({ kind = 'segment_entered', count = 1, payload = {}, of = tenant }: Said = {}): Promise<void> {
  await inTenant(
    db.worker,
    of,
    (sql) => sql`
WITH head AS (UPDATE feed_heads SET last_seq = last_seq + ${count} RETURNING last_seq, last_seq - ${count} AS base),
fed AS (
  INSERT INTO feed (seq, at, kind, profile_id, definition_id, payload)
  SELECT base + n, now(), ${kind}, ${profile}, ${segment}, ${sql.json({ key: 'vip', cause: 'change', transitionId: profile, ...payload } as never)}
  FROM head, generate_series(1, ${count}::int) AS n
)
SELECT pg_notify('kith_feed', kith_tenant() || ':' || last_seq) FROM head`,
  )
}

const seqs = ({ frames }: Subscription) => frames.map(({ data }) => Number(Object.values<any>(data)[0].cursor))

describe('a subscription', () => {
  it('tells what happens from now on, with the person and the cursor', async () => {
    const subscription = await api.subscribe(
      'segmentEntered(segment: "vip") { cursor gap { missed } at cause transitionId profile { id traits } segmentKey segment { key name } }',
    )
    await say()
    await until(() => subscription.frames.length === 1)
    expect(subscription.frames[0]!.data.segmentEntered).toEqual({
      cursor: await cursorNow(),
      gap: null,
      at: expect.stringMatching(/Z$/),
      cause: 'CHANGE',
      transitionId: profile,
      profile: { id: `Profile:${profile}`, traits: { name: 'Ada' } },
      segmentKey: 'vip',
      segment: { key: 'vip', name: 'VIP' },
    })
  })

  it('tells each what it asked for', async () => {
    const subscriptions = {
      left: await api.subscribe('segmentLeft { cursor cause }'),
      entered: await api.subscribe('segmentEntered { cursor cause }'),
      mirror: await api.subscribe('segmentEntered(causes: [MERGE]) { cursor cause }'),
      other: await api.subscribe('segmentEntered(profile: "0199ad3c-0000-7000-8000-00000000000b") { cursor }'),
      label: await api.subscribe('labelChanged { cursor from to labelKey }'),
      profile: await api.subscribe('profileChanged { cursor change }'),
      feed: await api.subscribe('feed { cursor kind }'),
      some: await api.subscribe('feed(kinds: [LABEL_CHANGED, PROFILE_CHANGED]) { cursor kind }'),
    }
    await say({ kind: 'segment_left', payload: { cause: 'timer' } })
    await say({ payload: { cause: 'merge' } })
    await say({ kind: 'label_changed', payload: { from: 1, to: 'two' } })
    await say({ kind: 'profile_changed', payload: { change: 'created' } })
    await say({ payload: { cause: 'backfill' } })
    await until(() => subscriptions.feed.frames.length === 5)
    const told = Object.entries(subscriptions).map(([name, { frames }]) => [
      name,
      frames.map(({ data }) => {
        const { cursor: _, ...rest } = Object.values<any>(data)[0]
        return Object.values(rest).join(' ')
      }),
    ])
    expect(Object.fromEntries(told)).toEqual({
      left: ['TIMER'],
      entered: ['BACKFILL'],
      mirror: ['MERGE'],
      other: [],
      label: ['1 two vip'],
      profile: ['CREATED'],
      feed: ['SEGMENT_LEFT', 'SEGMENT_ENTERED', 'LABEL_CHANGED', 'PROFILE_CHANGED', 'SEGMENT_ENTERED'],
      some: ['LABEL_CHANGED', 'PROFILE_CHANGED'],
    })
  })

  it('hears nothing of another tenant', async () => {
    const [ours, others] = [
      await api.subscribe('feed { cursor }'),
      await api.subscribe('feed { cursor }', { key: 'theirs-read' }),
    ]
    await say({ of: theirs })
    await say()
    await until(() => ours.frames.length > 0 && others.frames.length > 0)
    expect([ours.frames.length, others.frames.length]).toEqual([1, 1])
  })

  it.each([
    ['segmentEntered(segment: "no-such") { cursor }', 'ours-read', 'NOT_FOUND'],
    ['feed(after: "nonsense") { cursor }', 'ours-read', 'CURSOR_INVALID'],
    [`feed(after: "${encodeFeedCursor(10n ** 12n)}") { cursor }`, 'ours-read', 'CURSOR_INVALID'],
    ['feed { cursor }', 'ours-write', 'SCOPE_MISSING'],
    ['feed { cursor }', 'nobody', 'KEY_UNKNOWN'],
  ])('%s as %s ends with %s', async (query, key, code) => {
    const subscription = await api.subscribe(query, { key })
    await subscription.ended
    expect(subscription.frames.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual([code])
  })
})

describe('a cursor', () => {
  it('resumes without a gap or a repetition, at any process, while more keeps coming', async () => {
    const other = startApi()
    const after = await cursorNow()
    const writing = (async () => {
      for (let n = 0; n < 60; n++) await say({ count: n % 20 === 0 ? 300 : 3 })
    })()
    const subscriptions: Subscription[] = []
    for (let n = 0; n < 6; n++) {
      subscriptions.push(await (n % 2 ? api : other).subscribe(`feed(after: "${after}") { cursor }`))
      await say()
    }
    await writing
    const total = 3 * 300 + 57 * 3 + 6
    await until(() => subscriptions.every(({ frames }) => frames.length >= total))
    const first = Number(after) + 1
    const expected = Array.from({ length: total }, (_, n) => first + n)
    for (const subscription of subscriptions) expect(seqs(subscription)).toEqual(expected)
    // From the middle of what one process told, on at the other.
    const middle = subscriptions[0]!.frames[700]!.data.feed.cursor
    const resumed = await other.subscribe(`feed(after: "${middle}") { cursor }`)
    await until(() => resumed.frames.length >= total - 701)
    expect(seqs(resumed)).toEqual(expected.slice(701))
  })

  it('that is older than what is kept is told how much it missed, and then the rest', async () => {
    const after = await cursorNow()
    await say({ count: 5 })
    await db.owner`UPDATE feed SET at = '2020-01-01'`
    await say({ count: 2 })
    const pruned = await inTenant(db.worker, tenant, (sql) => pruneFeed(sql, 30, 10_000))
    expect(pruned).toBeGreaterThanOrEqual(5)
    const subscription = await api.subscribe(
      `segmentEntered(after: "${after}") { cursor at profile { id } gap { missed } }`,
    )
    await until(() => subscription.frames.length >= 3)
    expect(subscription.frames.map(({ data }) => data.segmentEntered.gap)).toEqual([{ missed: '5' }, null, null])
    expect(subscription.frames[0]!.data.segmentEntered).toMatchObject({ at: null, profile: null })
    // The gap's own cursor is behind the gap.
    const resumed = await api.subscribe(
      `segmentEntered(after: "${subscription.frames[0]!.data.segmentEntered.cursor}") { gap { missed } }`,
    )
    await until(() => resumed.frames.length >= 2)
    expect(resumed.frames.map(({ data }) => data.segmentEntered.gap)).toEqual([null, null])
  })
})

describe('trouble', () => {
  it('cuts a subscriber that does not read, with the cursor of what it last took, and nobody else', async () => {
    const live = Live.of(api.sql)
    const slow = await live.subscribe(tenant, () => true, undefined, 10)
    const fast = await api.subscribe('feed { cursor }')
    await say()
    const first = await slow.next()
    await say({ count: 11 })
    await until(() => fast.frames.length === 12)
    const { value: cut } = await slow.next()
    expect(cut).toMatchObject({
      end: { code: 'SUBSCRIBER_TOO_SLOW', details: { cursor: fast.frames[0]!.data.feed.cursor } },
    })
    expect(first.value).toMatchObject({ item: { kind: 'segment_entered' } })
    expect(await slow.next()).toEqual({ value: undefined, done: true })
  })

  it('listens again when its connection was cut, and tells what was said meanwhile', async () => {
    const subscription = await api.subscribe('feed { cursor }')
    for (let n = 1; n <= 3; n++) {
      await db.owner`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test api process'`
      await say()
      await until(() => subscription.frames.length === n)
    }
    const listeners = () =>
      db.owner`SELECT FROM pg_stat_activity WHERE application_name = 'test api process' AND query ILIKE 'listen %'`
    await until(listeners, (rows) => rows.length >= 1)
    await say()
    await until(() => subscription.frames.length === 4)
  })

  it('ends every subscription with a reason and a cursor when the server stops', async () => {
    const stopping = startApi()
    const subscription = await stopping.subscribe('feed { cursor }')
    await say()
    await until(() => subscription.frames.length === 1)
    await Live.of(stopping.sql).stop()
    await subscription.ended
    expect(subscription.frames[1]).toMatchObject({
      errors: [{ extensions: { code: 'SERVER_STOPPING', details: { cursor: await cursorNow() } } }],
    })
    const late = await stopping.subscribe('feed { cursor }')
    await late.ended
    expect(late.frames[0]!.errors![0]!.extensions.code).toBe('SERVER_STOPPING')
  })

  it('is not led astray by what others say on its channel', async () => {
    const subscription = await api.subscribe('feed { cursor }')
    for (const nonsense of [
      '',
      ':',
      `${tenant}:`,
      `${tenant}:x`,
      `${tenant}:1e9`,
      `${tenant}:9:nonsense`,
      'x'.repeat(7000),
    ])
      await db.owner`SELECT pg_notify('kith_feed', ${nonsense})`
    await say()
    await until(() => subscription.frames.length === 1)
    expect(subscription.frames[0]!.errors).toBeUndefined()
  })

  it('forgets subscribers that went away', async () => {
    const live = Live.of(api.sql)
    await Promise.all(open.map((subscription) => subscription.stop()))
    await until(() => live.tenants === 0)
  })
})

import { afterAll, describe, expect, it } from 'vitest'
import { type ExecutionArgs, type ExecutionResult, GraphQLInt, GraphQLObjectType, GraphQLSchema, parse } from 'graphql'
import { config } from '../../config.ts'
import { connect, inTenant } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { testDatabase, until } from '../../test/database.ts'
import { subscribe } from '../../test/subscribe.ts'
import type { Viewer } from '../auth/viewer.ts'
import { createServer } from '../server.ts'
import { graphqlDoor } from '../yoga.ts'
import { EventStream } from './event-stream.ts'
import { Live } from './live.ts'
import { subscribeTogether, Telling } from './together.ts'

const viewer: Viewer = { tenantId: 'shop', keyId: 'k', sourceId: null, permissions: new Set(['read']) }
let executions = 0
const items = [{ n: 1 }, { n: 2 }]

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { n: { type: GraphQLInt } } }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      n: {
        type: GraphQLInt,
        args: { times: { type: GraphQLInt } },
        subscribe: async function* () {
          for (const item of items) yield { item }
          yield { last: true }
        },
        resolve: ({ item, last }, { times }) => {
          executions++
          if (last) throw new KithError('SERVER_STOPPING', 'over', { status: 503 })
          if (times === 0) throw new Error('the secret cause')
          return item.n * (times ?? 1)
        },
      },
    },
  }),
})
const document = parse('subscription ($times: Int) { n(times: $times) }')

async function follow(args: Partial<ExecutionArgs> = {}): Promise<ExecutionResult[]> {
  const told = await subscribeTogether({ schema, document, contextValue: { viewer }, ...args })
  if (!(told instanceof Telling)) return [told]
  const results: ExecutionResult[] = []
  for await (const result of told) results.push(result)
  return results
}
const asViewer = (given: Partial<Viewer>) => follow({ contextValue: { viewer: { ...viewer, ...given } } })

describe('what is asked alike', () => {
  it('is executed once for all who are told of an item', async () => {
    executions = 0
    const [first, ...rest] = await Promise.all([follow(), asViewer({ keyId: 'other' }), follow({ variableValues: {} })])
    expect(first!.map(({ data }) => data?.n ?? null)).toEqual([1, 2, null])
    for (const other of rest) {
      expect(other[0]).toBe(first![0])
      expect(other[1]).toBe(first![1])
    }
    expect(executions).toBe(2 + 3) // and the end, which is each one's own
  })

  it('is executed apart for those who differ in variables, document, schema, tenant or permission', async () => {
    const all = await Promise.all([
      follow(),
      follow({ variableValues: { times: 10 } }),
      follow({ document: parse('subscription { n }') }),
      follow({ schema: new GraphQLSchema(schema.toConfig()) }),
      asViewer({ tenantId: 'bank' }),
      asViewer({ permissions: new Set(['read', 'define']) }),
    ])
    expect(new Set(all.map(([first]) => first)).size).toBe(all.length)
    expect(all.map(([first]) => first!.data!.n)).toEqual([1, 10, 1, 1, 1, 1])
  })

  it('says nothing of a defect but an id, and the same to all', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => follow({ variableValues: { times: 0 } })))
    expect(one![0]).toBe(other![0])
    expect(one![0]!.errors![0]!.extensions.code).toBe('INTERNAL')
    expect(JSON.stringify(one)).not.toContain('secret')
  })
})

it('refuses as one error what cannot begin', async () => {
  const [result] = await follow({ variableValues: { times: 'many' } })
  expect(result!.errors).toHaveLength(1)
})

describe('an event stream', () => {
  const read = async (stream: EventStream) => Buffer.concat(await stream.toArray()).toString()

  it('writes a result that many are told once, and for none what is for the server', async () => {
    const args = { schema, document, contextValue: { viewer } }
    const tellings = (await Promise.all([1, 2].map(() => subscribeTogether(args)))) as Telling[]
    const texts = await Promise.all(tellings.map((telling) => read(new EventStream(telling))))
    expect(texts[0]).toBe(texts[1])
    const error =
      '{"message":"over","locations":[{"line":1,"column":30}],"path":["n"],"extensions":{"code":"SERVER_STOPPING"}}'
    expect(texts[0]).toBe(`:

event: next
data: {"data":{"n":1}}

event: next
data: {"data":{"n":2}}

event: next
data: {"data":{"n":null},"errors":[${error}]}

event: complete
data:

`)
  })
})

describe('over HTTP', async () => {
  const db = await testDatabase()
  const tenant = await db.createTenant('ours')
  const sql = connect(db.apiUrl, { max: 3, name: 'test api process' })
  const server = createServer({ config, sql, graphql: graphqlDoor(sql) })
  const url = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}/graphql`
  afterAll(async () => {
    await server.stop()
    await sql.end({ timeout: 1 })
  })
  const say = (count: number, bytes: number) =>
    inTenant(
      db.worker,
      tenant,
      (sql) => sql`
WITH head AS (UPDATE feed_heads SET last_seq = last_seq + ${count} RETURNING last_seq, last_seq - ${count} AS base),
fed AS (
  INSERT INTO feed (seq, at, kind, profile_id, payload)
  SELECT base + n, now(), 'profile_changed', uuidv7(), jsonb_build_object('change', 'created', 'text', repeat('x', ${bytes}))
  FROM head, generate_series(1, ${count}::int) AS n
)
SELECT pg_notify('kith_feed', kith_tenant() || ':' || last_seq) FROM head`,
    )
  const follow = (query = 'subscription { feed { cursor payload } }') => subscribe(fetch, url, 'ours-read', query)

  it('tells everybody everything in order, and forgets those who go', async () => {
    const all = await Promise.all([follow(), follow(), follow('subscription { feed { cursor } }')])
    await say(300, 10)
    await until(() => all.every(({ frames }) => frames.length === 300))
    const cursors = all.map(({ frames }) => frames.map(({ data }) => data.feed.cursor))
    expect(cursors[1]).toEqual(cursors[0])
    expect(cursors[2]).toEqual(cursors[0])
    expect(all[2]!.frames[0]!.data.feed).toEqual({ cursor: cursors[0]![0] })
    await Promise.all(all.map((subscription) => subscription.stop()))
    await until(() => Live.of(sql).tenants === 0)
  })

  it('cuts one that does not read, and tells the others all the same', async () => {
    const headers = {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: 'Bearer ours-read',
    }
    const body = JSON.stringify({ query: 'subscription { feed { cursor payload } }' })
    const idle = await fetch(url, { method: 'POST', headers, body }) // nobody reads its body
    const fast = await follow('subscription { feed { cursor } }')
    // More than sockets take: what is left waits in the queue, which holds SUBSCRIBER_QUEUE.
    const rounds = 12
    for (let n = 0; n < rounds; n++) {
      await say(500, 8000)
      await until(() => fast.frames.length >= 500 * (n + 1))
    }
    expect(fast.frames.every(({ errors }) => !errors)).toBe(true)
    const late = await idle.text()
    const last = JSON.parse(late.trim().split('\n\n').at(-2)!.split('data: ')[1]!)
    expect(last.errors[0].extensions).toMatchObject({
      code: 'SUBSCRIBER_TOO_SLOW',
      details: { cursor: expect.stringMatching(/^\d+$/) },
    })
    const resumed = await follow(
      `subscription { feed(after: "${last.errors[0].extensions.details.cursor}") { cursor } }`,
    )
    const end = fast.frames.at(-1)!.data.feed.cursor
    await until(() => resumed.frames.at(-1)?.errors ?? resumed.frames.at(-1)?.data.feed.cursor === end)
    expect(resumed.frames.find(({ errors }) => errors)).toBeUndefined()
    expect(late.match(/event: next/g)!.length - 1 + resumed.frames.length).toBe(fast.frames.length)
    await Promise.all([fast.stop(), resumed.stop()])
  })
})

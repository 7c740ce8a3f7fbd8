import { afterAll, expect, it } from 'vitest'
import { type Client as WsClient, createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { config } from '../../config.ts'
import { connect, inTenant } from '../../db/client.ts'
import { testDatabase, until } from '../../test/database.ts'
import { createServer } from '../server.ts'
import { graphqlDoor } from '../yoga.ts'

const db = await testDatabase()
const tenant = await db.createTenant('ours')
const sql = connect(db.apiUrl, { max: 3, name: 'test api process' })
const server = createServer({ config, sql, graphql: graphqlDoor(sql) })
const port = await server.listen(0, '127.0.0.1')
const clients: WsClient[] = []

afterAll(async () => {
  await Promise.all(clients.map((client) => client.dispose()))
  await server.stop()
  await sql.end({ timeout: 1 })
})

/** `header`: the key comes with the upgrade, as servers send it; otherwise in connection_init, as browsers must. */
function client(key: string, { header = false } = {}): WsClient {
  const authorization = `Bearer ${key}`
  class WithHeader extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers: { authorization } })
    }
  }
  const client = createClient({
    url: `ws://127.0.0.1:${port}/graphql`,
    webSocketImpl: header ? WithHeader : WebSocket,
    connectionParams: header ? undefined : { authorization },
    retryAttempts: 0,
    lazy: true,
  })
  clients.push(client)
  return client
}

type Told = { results: any[]; error?: unknown; done: boolean; stop(): void }

function follow(client: WsClient, query: string): Told {
  const told: Told = { results: [], done: false, stop: () => {} }
  told.stop = client.subscribe(
    { query },
    {
      next: (result) => void told.results.push(result),
      error: (error) => {
        told.error = error
        told.done = true
      },
      complete: () => {
        told.done = true
      },
    },
  )
  return told
}

const say = () =>
  inTenant(
    db.worker,
    tenant,
    (sql) => sql`
WITH head AS (UPDATE feed_heads SET last_seq = last_seq + 1 RETURNING last_seq),
fed AS (INSERT INTO feed (seq, at, kind, profile_id, payload) SELECT last_seq, now(), 'profile_changed', uuidv7(), '{"change": "created"}' FROM head)
SELECT pg_notify('kith_feed', kith_tenant() || ':' || last_seq) FROM head`,
  )

it.each([{ header: false }, { header: true }])(
  'subscribes over graphql-ws, key in the header: $header',
  async (options) => {
    const told = follow(
      client('ours-read', options),
      'subscription { profileChanged { cursor change profile { id } } }',
    )
    // The protocol does not tell when a subscription begins: speak until it is heard.
    await until(() => say().then(() => told.results.length > 0))
    const [{ data }] = told.results
    expect(data.profileChanged).toEqual({ cursor: expect.stringMatching(/^\d+$/), change: 'CREATED', profile: null })
    told.stop()
  },
)

it('answers queries over the same connection', async () => {
  const told = follow(client('ours-read'), '{ profiles { totalCount } }')
  await until(() => told.done)
  expect(told.results).toEqual([{ data: { profiles: { totalCount: 0 } } }])
})

it('refuses an unknown key before anything is asked', async () => {
  const told = follow(client('nobody'), 'subscription { feed { cursor } }')
  await until(() => told.done)
  expect(told.error).toMatchObject({ code: 4403 })
})

it('refuses a key that may not read', async () => {
  const told = follow(client('ours-write'), 'subscription { feed { cursor } }')
  await until(() => told.done)
  expect(JSON.stringify([told.results, told.error])).toContain('SCOPE_MISSING')
})

it('ends with a reason and a cursor when the server stops', async () => {
  const told = follow(client('ours-read'), 'subscription { feed { cursor } }')
  await until(() => say().then(() => told.results.length > 0))
  await server.stop()
  await until(() => told.done)
  const { errors } = told.results.at(-1)
  expect(errors[0].extensions).toMatchObject({
    code: 'SERVER_STOPPING',
    details: { cursor: expect.stringMatching(/^\d+$/) },
  })
})

import { randomBytes } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { type Client as WsClient, createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { config } from '../../config.ts'
import { connect, inTenant } from '../../db/client.ts'
import { sha256 } from '../../db/secret.ts'
import { insertSession, insertUser, saveTeamMember } from '../../db/sql/users.ts'
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

/** As a page that `origin` has given opens it, in a browser with this cookie. */
function page(cookie: string, origin = `http://127.0.0.1:${port}`): WsClient {
  class FromPage extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers: { cookie }, origin })
    }
  }
  const client = createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: FromPage, retryAttempts: 0 })
  clients.push(client)
  return client
}

/** Somebody who has signed in: the cookie, and ids. */
async function signedIn(email: string, role: string) {
  const token = randomBytes(16).toString('hex')
  return inTenant(db.owner, tenant, async (sql) => {
    const userId = (await insertUser(sql, { email, password: 'none' }))!
    await saveTeamMember(sql, { userId, email, name: email, role })
    await insertSession(sql, { userId, hash: sha256(token), browser: null, days: 1 })
    return { userId, cookie: `kith_session=${token}` }
  })
}

const codesOf = ({ results }: Told) => results.flatMap(({ errors = [] }) => errors.map((e: any) => e.extensions.code))

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

it('takes the session of a page of our own, and of no other', async () => {
  const { cookie } = await signedIn('anna@example.com', 'analyst')
  const told = follow(page(cookie), 'subscription { feed { cursor } }')
  await until(() => say().then(() => told.results.length > 0))
  told.stop()
  const foreign = follow(page(cookie, 'https://elsewhere.example'), 'subscription { feed { cursor } }')
  await until(() => foreign.done)
  expect(foreign.error).toMatchObject({ code: 4403 })
})

it('ends with the key, the session, or the role that it was asked by, and leaves the others', async () => {
  await db.owner`INSERT INTO api_keys (tenant_id, name, hash, scopes) VALUES (${tenant}, 'soon gone', ${sha256('soon-gone')}, '{read}')`
  const [otto, olga] = [await signedIn('otto@example.com', 'operator'), await signedIn('olga@example.com', 'operator')]
  const query = 'subscription { feed { cursor } }'
  const [byKey, bySession, byRole, stays] = [
    client('soon-gone'),
    page(otto.cookie),
    page(olga.cookie),
    client('ours-read'),
  ].map((client) => follow(client, query)) as [Told, Told, Told, Told]
  const all = [byKey, bySession, byRole, stays]
  await until(() => say().then(() => all.every(({ results }) => results.length > 0)))
  await db.owner`UPDATE api_keys SET revoked_at = now() WHERE name = 'soon gone'`
  await db.owner`DELETE FROM sessions WHERE user_id = ${otto.userId}`
  await db.owner`UPDATE team_members SET role = 'analyst' WHERE user_id = ${olga.userId}`
  await until(() => byKey.done && bySession.done && byRole.done)
  expect([byKey, bySession, byRole].map(codesOf)).toEqual([['KEY_UNKNOWN'], ['KEY_UNKNOWN'], ['ACCESS_CHANGED']])
  expect(stays.done).toBe(false)
  const before = stays.results.length
  await until(() => say().then(() => stays.results.length > before))
  stays.stop()
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

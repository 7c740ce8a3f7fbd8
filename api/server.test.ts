import { once } from 'node:events'
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { connect } from '../db/client.ts'
import { KithError } from '../errors.ts'
import { testDatabase, until } from '../test/database.ts'
import { createServer, type Server, type ServerOptions } from './server.ts'

const db = await testDatabase()
const config = { RELAY_SLOT: 'kith', WORKER_DEAD_AFTER_S: 10, MAX_BODY_BYTES: 10_000 }
const servers: Server[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())))

async function serve(options: Partial<ServerOptions> = {}) {
  const server = createServer({ config, sql: db.api, ...options })
  servers.push(server)
  return `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
}

const missing = async (url: string) => {
  const response = await fetch(`${url}/readyz`)
  const body = (await response.json()) as { missing: { what: string; message: string }[] }
  return { status: response.status, what: body.missing.map((item) => item.what) }
}

it('is healthy always, and ready when the relay and a worker are alive too', async () => {
  const url = await serve()
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect(await missing(url)).toEqual({ status: 503, what: ['relay', 'worker'] })

  await db.owner`INSERT INTO ops.relays (slot) VALUES ('kith')`
  expect(await missing(url)).toEqual({ status: 503, what: ['worker'] })
  await db.owner`INSERT INTO ops.workers (id, host, pid) VALUES ('w', 'h', 1)`
  expect(await missing(url)).toEqual({ status: 200, what: [] })

  await db.owner`UPDATE ops.workers SET seen_at = now() - interval '11 s'`
  expect(await missing(url)).toEqual({ status: 503, what: ['worker'] })
})

it('says that the schema is too old, or that there is none', async () => {
  const url = await serve()
  await db.owner`UPDATE drizzle.__drizzle_migrations SET created_at = created_at - 1000000`
  expect(await missing(url)).toEqual({ status: 503, what: ['migrations'] })
  await db.owner`UPDATE drizzle.__drizzle_migrations SET created_at = created_at + 1000000`

  const empty = connect(new URL('/postgres', db.ownerUrl).href, { max: 1 })
  expect(await missing(await serve({ sql: empty }))).toEqual({ status: 503, what: ['migrations'] })
  await empty.end()
})

it('says that Postgres is away, and stays healthy', async () => {
  const nowhere = connect('postgres://kith_api@127.0.0.1:1/none', { max: 1 })
  const url = await serve({ sql: nowhere })
  expect(await missing(url)).toEqual({ status: 503, what: ['postgres'] })
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  await nowhere.end({ timeout: 0 })
})

it('hands each path to its door, and says where the doors are', async () => {
  const graphql = { handle: (_: unknown, response: { end(text: string): void }) => response.end('graphql') }
  const ingest = { handle: (_: unknown, response: { end(text: string): void }) => response.end('ingest') }
  const url = await serve({ graphql, ingest })
  expect(await (await fetch(`${url}/graphql?query={a}`)).text()).toBe('graphql')
  expect(await (await fetch(`${url}/v1/track/`, { method: 'POST' })).text()).toBe('ingest')
  expect((await fetch(`${url}/`, { redirect: 'manual' })).headers.get('location')).toBe('/graphql')

  const nowhere = await fetch(`${url}/v2`)
  expect(nowhere.status).toBe(404)
  expect(await nowhere.json()).toEqual({ error: expect.objectContaining({ code: 'NOT_FOUND' }) })
})

it('limits the body of a GraphQL request, whether it says its length or not', async () => {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let size = 0
    for await (const chunk of request) size += chunk.length
    response.end(String(size))
  }
  const url = `${await serve({ graphql: { handle } })}/graphql`
  const post = (body: string | ReadableStream) => fetch(url, { method: 'POST', body, duplex: 'half' } as RequestInit)
  const stream = (size: number) => new Blob(['x'.repeat(size)]).stream()
  expect(await (await post('x'.repeat(10_000))).text()).toBe('10000')
  expect(await (await post(stream(10_000))).text()).toBe('10000')
  expect((await post('x'.repeat(10_001))).status).toBe(413)
  expect((await post(stream(1_000_000)).catch(() => ({ status: 413 }))).status).toBe(413)
})

it('lets pages of any origin use the doors', async () => {
  const url = await serve({ ingest: { handle: () => {} } })
  const response = await fetch(`${url}/v1/track`, {
    method: 'OPTIONS',
    headers: { origin: 'https://shop.example', 'access-control-request-headers': 'authorization,x-own' },
  })
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  expect(response.headers.get('access-control-allow-headers')).toBe('authorization,x-own')
})

it('gives every answer a request id, the caller’s own if it has one', async () => {
  const url = await serve()
  const ids = async (given?: string) =>
    (await fetch(`${url}/healthz`, given ? { headers: { 'x-request-id': given } } : {})).headers.get('x-request-id')
  expect(await ids('trace-1')).toBe('trace-1')
  expect(await ids()).toMatch(/^[0-9a-f-]{36}$/)
  expect(await ids('x'.repeat(200))).toMatch(/^[0-9a-f-]{36}$/)
})

it('tells an expected error, and not the text of a defect', async () => {
  const thrown: unknown[] = [
    new KithError('TEAPOT', 'Expected tea.', { status: 418, details: { cup: 1 } }),
    new Error('password=hunter2'),
    Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
  ]
  const url = await serve({
    ingest: {
      handle: async () => {
        throw thrown.shift()
      },
    },
  })
  const answer = async () => {
    const response = await fetch(`${url}/v1/x`, { headers: { 'x-request-id': 'r' } })
    return {
      status: response.status,
      retry: response.headers.get('retry-after'),
      ...((await response.json()) as object),
    }
  }
  expect(await answer()).toEqual({
    status: 418,
    retry: null,
    error: { code: 'TEAPOT', message: 'Expected tea.', details: { cup: 1 }, requestId: 'r' },
  })
  const defect = await answer()
  expect(defect).toMatchObject({ status: 500, error: { code: 'INTERNAL' } })
  expect(JSON.stringify(defect)).not.toContain('hunter2')
  expect(await answer()).toMatchObject({ status: 503, retry: '1', error: { code: 'DATABASE_UNAVAILABLE' } })
})

it('says once for many requests that Postgres cannot answer them, and of how many it says so', async () => {
  const written = vi.spyOn(process.stderr, 'write')
  const lines = () => written.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('cannot answer'))
  const counted = () => lines().reduce((sum, line) => sum + Number(/requests=(\d+)/.exec(line)![1]), 0)
  const url = await serve({
    ingest: {
      handle: async () => {
        throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
      },
    },
  })
  await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/v1/x`)))
  await until(() => counted() >= 20)
  expect(lines().length).toBeLessThan(20)
  expect(lines().join()).not.toContain('server.test.ts')
  written.mockRestore()
})

it('hands WebSockets to GraphQL and refuses others', async () => {
  const upgraded: string[] = []
  const url = await serve({
    graphql: {
      handle: () => {},
      upgrade: (request, socket) => {
        upgraded.push(request.url!)
        socket.end('HTTP/1.1 418 Tea\r\n\r\n')
      },
    },
  })
  const upgrade = async (path: string) => {
    const socket = connectSocket(Number(new URL(url).port), '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
    const [data] = await once(socket, 'data')
    socket.destroy()
    return String(data).split('\r\n')[0]
  }
  expect(await upgrade('/graphql')).toBe('HTTP/1.1 418 Tea')
  expect(await upgrade('/elsewhere')).toBe('HTTP/1.1 404 Not Found')
  expect(upgraded).toEqual(['/graphql'])
})

it('finishes what it has begun before it stops, and keeps no connection alive for it', async () => {
  const begun = Promise.withResolvers<void>()
  const mayEnd = Promise.withResolvers<void>()
  const server = createServer({
    config,
    sql: db.api,
    ingest: {
      handle: async (_, response) => {
        begun.resolve()
        await mayEnd.promise
        response.end('done')
      },
    },
  })
  const port = await server.listen(0, '127.0.0.1')
  const agent = new Agent({ keepAlive: true })
  const call = request({ port, host: '127.0.0.1', path: '/v1/track', agent }).end()
  const answered = once(call, 'response')
  await begun.promise
  const stopped = server.stop()
  mayEnd.resolve()
  const [response] = await answered
  expect(response.statusCode).toBe(200)
  response.resume()
  const since = performance.now()
  await stopped
  expect(performance.now() - since).toBeLessThan(20_000) // the connection would be kept for 65 s
  agent.destroy()
})

it('ends a body that comes drop by drop, at every door but that of files', async () => {
  const read = async (request: IncomingMessage, response: ServerResponse) => {
    for await (const _ of request);
    response.end('read')
  }
  let ended = 0
  const url = new URL(await serve({ graphql: { handle: read }, ingest: { handle: read }, longestBodyMs: 200 }))
  const answers = ['/graphql', '/v1/track', '/v1/imports/events'].map(async (path) => {
    const socket = connectSocket(Number(url.port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n{}`)
    let text = ''
    socket.on('data', (data) => (text += data))
    if (path === '/v1/imports/events') {
      await until(() => ended === 2)
      socket.end('{}')
    }
    await once(socket, 'close')
    ended++
    return text
  })
  const [graphql, track, file] = await Promise.all(answers)
  expect(graphql).toMatch(/^HTTP\/1.1 408 [^]*BODY_TOO_SLOW/)
  expect(track).toMatch(/^HTTP\/1.1 408 [^]*BODY_TOO_SLOW/)
  expect(file).toMatch(/^HTTP\/1.1 200 [^]*read/)
})

it('refuses a demo key that a page of elsewhere sends, and tells the page why', async () => {
  const graphql = { handle: (_: unknown, response: { end(text: string): void }) => response.end('graphql') }
  const url = await serve({ graphql })
  const asked = await fetch(`${url}/graphql`, {
    headers: { authorization: 'Bearer demo-admin', origin: 'https://shop.example' },
  })
  expect(asked.status).toBe(403)
  expect(asked.headers.get('access-control-allow-origin')).toBe('*')
  expect(await asked.json()).toMatchObject({ error: { code: 'DEMO_ELSEWHERE' } })
})

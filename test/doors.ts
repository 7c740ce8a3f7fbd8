/** Every way by which events come in, as an outsider has it: by HTTP, or from a table of another database. */
import { createHmac, randomInt } from 'node:crypto'
import { afterAll } from 'vitest'
import { createIngestDoor } from '../api/ingest/door.ts'
import { writerOf } from '../api/ingest/writer.ts'
import { pull } from '../api/postgres-source/pull.ts'
import { createServer } from '../api/server.ts'
import { graphqlDoor } from '../api/yoga.ts'
import { parseConfig } from '../config.ts'
import { otherDatabase, type TestDatabase } from './database.ts'
import { graphql, okOf } from './graphql.ts'

/** What became of what was sent: how many were stored, and the codes of what was refused; or the code of the whole. */
export type Outcome = { status: number; stored?: number; codes: string[] }
export type Options = { key?: string; headers?: Record<string, string> }

export type Door = {
  /** The JSON texts of events. */
  send(events: string[], options?: Options): Promise<Outcome>
  /** A body as it is. */
  raw?(body: string | Uint8Array, options?: Options): Promise<Outcome>
}

export const DOOR_NAMES = ['http', 'browser', 'graphql', 'webhook', 'import', 'postgres'] as const
export type DoorName = (typeof DOOR_NAMES)[number]

/**
 * The doors of the tenant `shop`, whose id is given, with the write key `shop-write`. SOURCE_HOSTS must have localhost and
 * 127.0.0.1 before config.ts is read.
 */
export async function openDoors(db: TestDatabase, shop: string) {
  const config = parseConfig({})
  const ingest = createIngestDoor({ sql: db.api, writer: writerOf(db.api), config })
  const server = createServer({ config, sql: db.api, ingest, graphql: graphqlDoor(db.api) })
  const host = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
  const { url: theirUrl, theirs, drop } = await otherDatabase()
  afterAll(async () => {
    await server.stop()
    await drop()
  })

  async function post(path: string, body: string | Uint8Array, headers: Record<string, string>) {
    const response = await fetch(host + path, { method: 'POST', headers, body: body as string })
    return { status: response.status, text: await response.text() }
  }

  const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
  const read = ({ status, text }: { status: number; text: string }): Outcome => {
    const { stored, dead = [], error } = JSON.parse(text)
    return { status, stored, codes: error ? [error.code] : dead.map(({ code }: { code: string }) => code) }
  }

  async function newPostgresSource(tenant: 'shop' | 'other', table: string): Promise<string> {
    const data = await okOf(graphql(db.api)(`${tenant}-admin`))(
      `mutation ($input: CreatePostgresSourceInput!) {
      createPostgresSource(input: $input) { postgresSource { source { id } } } }`,
      { input: { name: table, url: theirUrl.href, table, cursor: 'id', id: 'id', mapping: 'row.event' } },
    )
    return data.createPostgresSource.postgresSource.source.id.replace('Source:', '')
  }

  let webhook: Promise<string> | undefined

  async function newWebhook() {
    const name = `hook ${randomInt(1e9)}`
    const [{ id }] = await db.owner<[{ id: string }]>`
INSERT INTO sources (tenant_id, name, kind) VALUES (${shop}, ${name}, 'webhook') RETURNING id`
    await db.owner`
INSERT INTO webhooks (tenant_id, source_id, verify, secret, mapping) VALUES (${shop}, ${id}, 'hmac', 's', 'body.events')`
    return id
  }

  const http = (body: string | Uint8Array, { key = 'shop-write', headers }: Options = {}) =>
    post('/v1/batch', body, { ...bearer(key), ...headers }).then(read)

  const doors: Record<DoorName, Door> = {
    http: { send: (events, options) => http(`{"batch":[${events}]}`, options), raw: http },

    // As sendBeacon does: no header that a page may not set, the key in the body.
    browser: {
      send: (events, { key = 'shop-write' } = {}) =>
        post('/v1/b', `{"batch":[${events}],"writeKey":"${key}"}`, { 'content-type': 'text/plain' }).then(read),
      raw: (body) => post('/v1/b', body, { 'content-type': 'text/plain' }).then(read),
    },

    graphql: {
      async send(events, options) {
        const query = 'mutation ($e: [EventInput!]!) { sendEvents(input: {events: $e}) { stored dead { code } } }'
        return doors.graphql.raw!(`{"query":${JSON.stringify(query)},"variables":{"e":[${events}]}}`, options)
      },
      async raw(body, { key = 'shop-write', headers } = {}) {
        const json = { 'content-type': 'application/json' }
        const { status, text } = await post('/graphql', body, { ...json, ...bearer(key), ...headers })
        const { data, errors, error } = JSON.parse(text)
        if (error) return { status, codes: [error.code] }
        if (errors) return { status, codes: [errors[0].extensions.code] }
        const { stored, dead } = data.sendEvents
        return { status, stored, codes: dead.map(({ code }: { code: string }) => code) }
      },
    },

    webhook: {
      send: (events, options) => doors.webhook.raw!(`{"events":[${events}]}`, options),
      async raw(body, { key = 's', headers } = {}) {
        const signature = createHmac('sha256', key).update(body).digest('hex')
        return post(`/v1/webhooks/${await (webhook ??= newWebhook())}`, body, {
          'x-signature': signature,
          ...headers,
        }).then(read)
      },
    },

    import: {
      send: (events, options) => doors.import.raw!(events.join('\n'), options),
      async raw(body, { key = 'shop-write', headers } = {}) {
        const ndjson = { 'content-type': 'application/x-ndjson' }
        const { status, text } = await post(`/v1/imports/events?name=${randomInt(1e9)}`, body, {
          ...ndjson,
          ...bearer(key),
          ...headers,
        })
        if (status !== 200) return { status, codes: [JSON.parse(text).error.code] }
        const lines = text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
        const refused = lines.filter(({ code }) => code).map(({ code }) => code as string)
        const { done, error } = lines.at(-1)
        return { status, stored: (done ?? error).stored, codes: error ? [error.code] : refused }
      },
    },

    postgres: {
      async send(events) {
        const table = `t${randomInt(1e9)}`
        await theirs.unsafe(`CREATE TABLE ${table} (id int PRIMARY KEY, event json)`)
        for (const [id, event] of events.entries()) {
          await theirs.unsafe(`INSERT INTO ${table} VALUES (${id}, $1::text::json)`, [event])
        }
        const id = await newPostgresSource('shop', table)
        const { stored } = await pull(db.worker, shop, id)
        const rows = await db.owner<{ code: string }[]>`
SELECT code FROM dead_letters WHERE source_id = ${id} ORDER BY id`
        return { status: 200, stored, codes: rows.map(({ code }) => code) }
      },
    },
  }

  return { doors, newPostgresSource, theirs }
}

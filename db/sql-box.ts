/**
 * One SELECT of somebody's own, run as the login role of their tenant (migration 0056) over a connection that serves for this
 * alone: nothing that a statement does to its session outlives it, and a connection that brings too much is cut.
 */
import { createHmac } from 'node:crypto'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { SECOND } from '../config.ts'
import { KithError } from '../errors.ts'
import { type Client, inTenant } from './client.ts'

export type BoxQuery = {
  text: string
  /** Of $1, $2 ...; lists become arrays, objects JSON. */
  parameters?: readonly unknown[]
  /** Most rows to answer with. */
  rows: number
}

export type BoxResult = {
  columns: { name: string; type: string }[]
  /** In the order of the columns: null, booleans, small numbers, JSON as it is, all else as Postgres writes it. */
  rows: unknown[][]
  /** Whether there are more rows than were asked for. */
  more: boolean
  /** How long Postgres took, in milliseconds. */
  ms: number
}

export const BOX_LIMITS = { ms: 10 * SECOND, bytes: 8 * 1024 * 1024, ofTenant: 3, ofProcess: 8 }
export type BoxLimits = typeof BOX_LIMITS

/** A cursor is declared for one SELECT, VALUES, TABLE or WITH that writes nothing: the grammar itself takes nothing else. */
const DECLARE = 'DECLARE box NO SCROLL CURSOR FOR\n'
/** A statement that does not end when it is told to. */
const GRACE_MS = 2 * SECOND
const CUT_EVERY_MS = 20

/** Throws INPUT_INVALID, SQL_FAILED, SQL_TOO_LARGE, SQL_BUSY, TIMEOUT, or DATABASE_UNAVAILABLE. */
export async function runInBox(
  sql: Client,
  tenantId: string,
  query: BoxQuery,
  limits: BoxLimits = BOX_LIMITS,
): Promise<BoxResult> {
  if (query.text.includes('\0')) throw new KithError('INPUT_INVALID', 'Expected a query without the character U+0000.')
  const leave = enter(tenantId, limits)
  try {
    const client = await open(sql, tenantId, limits)
    return await guarded(client, limits, () => read(client, query))
  } catch (error) {
    throw toKithError(error, limits)
  } finally {
    leave()
  }
}

async function read(client: pg.Client, { text, parameters = [], rows: most }: BoxQuery): Promise<BoxResult> {
  const began = performance.now()
  await client.query('BEGIN READ ONLY')
  // Extended, also without parameters: the simple protocol takes several statements at once.
  await client.query({ text: DECLARE + text, values: [...parameters], queryMode: 'extended' } as pg.QueryConfig)
  const { rows, fields } = await client.query<(string | null)[]>({
    text: `FETCH ${most + 1} FROM box`,
    rowMode: 'array',
    types: { getTypeParser: () => String },
  } as never)
  const ms = performance.now() - began
  const { rows: types } = await client.query<{ type: string }>(
    `
SELECT format_type(oid, modifier) AS type
FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS t (oid, modifier, n) ORDER BY n`,
    [fields.map(({ dataTypeID }) => dataTypeID), fields.map(({ dataTypeModifier }) => dataTypeModifier)],
  )
  return {
    columns: fields.map(({ name }, n) => ({ name, type: types[n]!.type })),
    rows: rows.slice(0, most).map((row) => row.map((value, n) => toValue(value, fields[n]!.dataTypeID))),
    more: rows.length > most,
    ms,
  }
}

const OID = { bool: 16, int2: 21, int4: 23, oid: 26, float4: 700, float8: 701, json: 114, jsonb: 3802 }
const NUMBERS = new Set([OID.int2, OID.int4, OID.oid, OID.float4, OID.float8])

function toValue(text: string | null, oid: number): unknown {
  if (text === null) return null
  if (oid === OID.bool) return text === 't'
  if (oid === OID.json || oid === OID.jsonb) return JSON.parse(text)
  if (!NUMBERS.has(oid)) return text
  const number = Number(text)
  return Number.isFinite(number) ? number : text // JSON knows no NaN
}

/** Ends the connection when `work` is done, or brings too much, or does not come to an end. */
async function guarded<T>(client: pg.Client, limits: BoxLimits, work: () => Promise<T>): Promise<T> {
  const { stream } = (client as unknown as { connection: { stream: import('node:net').Socket } }).connection
  const cut = (error: KithError) => stream.destroy(error)
  const scale = setInterval(() => stream.bytesRead > limits.bytes && cut(tooLarge(limits)), CUT_EVERY_MS)
  const clock = setTimeout(() => cut(tooLong(limits)), limits.ms + GRACE_MS)
  try {
    const result = await work()
    if (stream.bytesRead > limits.bytes) throw tooLarge(limits)
    return result
  } finally {
    clearInterval(scale)
    clearTimeout(clock)
    await Promise.race([client.end().catch(() => {}), sleep(GRACE_MS, undefined, { ref: false })])
  }
}

type Roles = Map<string, Promise<string>>
const known = new WeakMap<Client, Roles>()

/** A connection as the role of the tenant, which is made where it is missing. */
async function open(sql: Client, tenantId: string, limits: BoxLimits): Promise<pg.Client> {
  let roles = known.get(sql)
  if (!roles) known.set(sql, (roles = new Map()))
  for (let attempt = 1; ; attempt++) {
    let role = roles.get(tenantId)
    if (!role) roles.set(tenantId, (role = makeRole(sql, tenantId)))
    try {
      const client = new pg.Client(connectionOf(sql, await role, passwordOf(sql, tenantId), limits))
      client.on('error', () => {}) // the query that was under way says it
      await client.connect()
      return client
    } catch (error) {
      roles.delete(tenantId)
      // Dropped since, or its password was changed: by an API with another password of its own.
      const refused = /^28/.test((error as { code?: string }).code ?? '')
      if (!refused || attempt === 2) throw error
    }
  }
}

async function makeRole(sql: Client, tenantId: string): Promise<string> {
  const password = passwordOf(sql, tenantId)
  const [row] = await inTenant(
    sql,
    tenantId,
    (sql) => sql<[{ role: string }]>`SELECT ops.sql_box_role(${password}) AS role`,
  )
  return row.role
}

function passwordOf({ options }: Client, tenantId: string): string | null {
  const own = options.pass
  return typeof own === 'string' && own ? createHmac('sha256', own).update(`sql ${tenantId}`).digest('base64url') : null
}

/** To the same server and database as the API's own, whose driver is another. */
function connectionOf({ options }: Client, user: string, password: string | null, { ms }: BoxLimits): pg.ClientConfig {
  const { host, port, path, database, ssl } = options as unknown as {
    host: string[]
    port: number[]
    path?: string | false
    database: string
    ssl: unknown
  }
  const verified = ssl === 'verify-full' || ssl === true
  return {
    host: path ? dirname(path) : host[0],
    port: port[0],
    database,
    user,
    password: password ?? undefined,
    ssl: typeof ssl === 'object' && ssl ? ssl : ssl ? { rejectUnauthorized: verified } : false,
    application_name: 'kith sql box',
    connectionTimeoutMillis: GRACE_MS + ms,
    statement_timeout: ms,
    idle_in_transaction_session_timeout: ms,
    // A statement whose asker is gone has nobody to answer to.
    options: '-c client_connection_check_interval=1000 -c TimeZone=UTC',
  }
}

const running = new Map<string, number>()
let all = 0

/** Each statement is a connection: so few that the tenant's others, and other tenants', find one too. */
function enter(tenantId: string, { ofTenant, ofProcess }: BoxLimits): () => void {
  const own = running.get(tenantId) ?? 0
  if (own >= ofTenant || all >= ofProcess)
    throw busy(
      `Expected at most ${ofTenant} queries of a tenant at a time, and ${ofProcess} of all; try again shortly.`,
    )
  running.set(tenantId, own + 1)
  all++
  return () => {
    all--
    const left = running.get(tenantId)! - 1
    if (left === 0) running.delete(tenantId)
    else running.set(tenantId, left)
  }
}

const busy = (message: string) => new KithError('SQL_BUSY', message, { status: 429 })
const tooLarge = ({ bytes }: BoxLimits) =>
  new KithError('SQL_TOO_LARGE', `Expected a result of at most ${bytes} bytes; select fewer rows or columns.`, {
    details: { bytes },
  })
const tooLong = ({ ms }: BoxLimits) =>
  new KithError('TIMEOUT', `Expected a query of at most ${ms / SECOND} s; ask for less, or for a shorter interval.`, {
    status: 504,
  })

/** What Postgres says to the statement is for its author, with the place in their text. */
function toKithError(error: unknown, limits: BoxLimits): unknown {
  if (error instanceof KithError) return error
  const {
    code = '',
    position,
    hint,
    message,
  } = error as { code?: string; position?: string; hint?: string; message: string }
  if (code === '57014') return tooLong(limits)
  if (code === '53300') return busy('Postgres has no connection left for this role; try again shortly.')
  const gone =
    error instanceof pg.DatabaseError ? /^(28|53|57P|58|XX|08)/.test(code) : /^(Connection|timeout)/.test(message)
  if (gone) {
    return new KithError('DATABASE_UNAVAILABLE', 'The database does not take queries now; try again in a moment.', {
      status: 503,
      cause: error,
    })
  }
  if (!(error instanceof pg.DatabaseError)) return error
  const place = position ? Number(position) - DECLARE.length : 0
  return new KithError('SQL_FAILED', message, {
    details: { sqlstate: code, ...(place > 0 && { position: place }), ...(hint && { hint }) },
    cause: error,
  })
}

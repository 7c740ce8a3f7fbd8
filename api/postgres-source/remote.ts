/** Somebody else's database, read only and with little patience. */
import { config, SECOND } from '../../config.ts'
import { postgres } from '../../db/postgres.ts'
import type { Position, PostgresSourceRow } from '../../db/sql/postgres-sources.ts'
import { KithError } from '../../errors.ts'

const CONNECT_S = 10
const STATEMENT_MS = 30 * SECOND

/** Of a row, and of a batch: whatever is in the table, we hold little more of it than that. */
export const MOST_CHARACTERS = config.MAX_BODY_BYTES
const MOST_AT_A_TIME = 2 * MOST_CHARACTERS
const AT_ONCE = 25
export const HEAD_CHARACTERS = 2000

/** `json`: the row as text, with all digits of its numbers; of a row of more than MOST_CHARACTERS its head. */
export type RemoteRow = { json: string; characters: number; position: Position }
/** `more`: whether there may be further rows by now. */
type Page = { rows: RemoteRow[]; more: boolean }
export type Place = Pick<PostgresSourceRow & { mode: 'polling' }, 'relation' | 'cursor_column' | 'id_column'>

/** Throws SOURCE_HOST_REFUSED where the operator has not allowed the host, or INPUT_INVALID. */
export function checkUrl(url: string, allowed = config.SOURCE_HOSTS): URL {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol) || !canDecode(url))
    throw new KithError('INPUT_INVALID', 'Expected a URL such as postgres://user:password@host:5432/database.')
  const parsed = new URL(url)
  const hosts = (allowed ?? '').split(',').map((host) => host.trim())
  if (hosts.includes('*') || (parsed.hostname !== '' && hosts.includes(parsed.hostname))) return parsed
  throw new KithError(
    'SOURCE_HOST_REFUSED',
    'Expected a host that the operator allows (SOURCE_HOSTS): a worker connects to it from within the platform.',
    { status: 403 },
  )
}

function canDecode(url: string): boolean {
  try {
    return decodeURIComponent(url).length > 0
  } catch {
    return false
  }
}

/** As the library takes it: each part by itself, as a URL could say more than where to connect. */
export function serverOf(url: string) {
  const { hostname, port, pathname, username, password, searchParams } = checkUrl(url)
  return {
    host: hostname,
    port: Number(port || 5432),
    database: decodeURIComponent(pathname.slice(1)),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ssl: /^(require|verify-ca|verify-full)$/.test(searchParams.get('sslmode') ?? '') ? ('require' as const) : false,
    // Text as `to_json` makes it, whatever the other database prefers.
    connection: { TimeZone: 'UTC', DateStyle: 'ISO', IntervalStyle: 'postgres', extra_float_digits: 3 as never },
  }
}

/** One connection, which only reads unless a transaction says otherwise. */
export function openRemote(url: string): Remote {
  const server = serverOf(url)
  return postgres({
    ...server,
    max: 1,
    connect_timeout: CONNECT_S,
    fetch_types: false,
    onnotice: () => {},
    connection: {
      ...server.connection,
      application_name: 'kith source',
      default_transaction_read_only: 'on',
      statement_timeout: STATEMENT_MS,
    } as never,
  })
}

/** Whatever happens the connection ends. */
export async function withServer<T>(url: string, work: (remote: Remote) => Promise<T>): Promise<T> {
  const remote = openRemote(url)
  try {
    return await work(remote)
  } finally {
    await remote.end({ timeout: 1 })
  }
}

/** `work` gets a way to read a table or view. */
export function withRemote<T>(url: string, place: Place, work: (read: ReadRows) => Promise<T>): Promise<T> {
  return withServer(url, async (remote) => {
    const types = await typesOf(remote, place)
    return work((after, limit) => readRows(remote, place, types, after, limit))
  })
}

type ReadRows = (after: Position | null, limit: number) => Promise<Page>
type Types = { cursor: string; id: string }
export type Remote = ReturnType<typeof postgres>

/**
 * The next rows by cursor and id. Of a cursor with a time zone the last five seconds are left to the next round: a transaction
 * that is still open may yet bring rows with an older time.
 */
async function readRows(
  remote: Remote,
  { relation, cursor_column: cursorName, id_column: idName }: Place,
  types: Types,
  after: Position | null,
  limit: number,
): Promise<Page> {
  const [cursor, id] = [remote(cursorName), remote(idName)]
  const [cursorType, idType] = [remote.unsafe(types.cursor), remote.unsafe(types.id)]
  const isBehind = after
    ? remote`(t.${cursor}, t.${id}) > (${after.cursor}::text::${cursorType}, ${after.id}::text::${idType})`
    : remote`t.${cursor} IS NOT NULL`
  const isSettled =
    types.cursor === 'timestamp with time zone' ? remote`t.${cursor} < now() - interval '5 seconds'` : remote`true`
  // Of a column of type json the text as it is: to_jsonb refuses what it cannot keep, and with it all rows behind.
  const query = remote<{ json: string; characters: number; cursor: string; id: string }[]>`
SELECT left(json, CASE WHEN length(json) <= ${MOST_CHARACTERS}::int THEN length(json) ELSE ${HEAD_CHARACTERS}::int END) AS json,
  length(json) AS characters, cursor, id
FROM (
  SELECT to_json(t)::text AS json, t.${cursor}::text AS cursor, t.${id}::text AS id
  FROM ${remote(relation[0])}.${remote(relation[1])} t
  WHERE ${isBehind} AND ${isSettled} AND t.${id} IS NOT NULL ORDER BY t.${cursor}, t.${id} LIMIT ${limit}
) AS page`
  const rows: RemoteRow[] = []
  let characters = 0
  for await (const some of query.cursor(AT_ONCE)) {
    for (const { cursor, id, ...row } of some) {
      rows.push({ ...row, position: { cursor, id } })
      characters += row.json.length
    }
    if (characters >= MOST_AT_A_TIME) return { rows, more: true }
  }
  return { rows, more: rows.length === limit }
}

/** As its own catalog spells them: text that comes from there goes back there, and nowhere else. */
async function typesOf(remote: Remote, { relation, cursor_column, id_column }: Place): Promise<Types> {
  const found = await remote<{ name: string; type: string }[]>`
SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ${relation[0]} AND c.relname = ${relation[1]} AND a.attnum > 0 AND NOT a.attisdropped`
  const typeOf = (column: string) => {
    const type = found.find(({ name }) => name === column)?.type
    if (type) return type
    const place =
      found.length === 0 ? `a table or view ${relation.join('.')}` : `a column ${column} in ${relation.join('.')}`
    throw new KithError('SOURCE_UNREADABLE', `Expected ${place}, and the right to read it.`)
  }
  return { cursor: typeOf(cursor_column), id: typeOf(id_column) }
}

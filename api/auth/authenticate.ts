/**
 * From a key to a Viewer. A key is looked up by its SHA-256 and remembered for two seconds, known or not: so long may a
 * revoked key live on, and so seldom does a flood of unknown keys reach Postgres.
 */
import { config, SECOND } from '../../config.ts'
import { type Client, perClient } from '../../db/client.ts'
import { sha256 } from '../../db/secret.ts'
import { isDemoKey, isLoopback } from './demo.ts'
import { permissionsOfScopes } from './permissions.ts'
import { scopesOf, type Viewer } from './viewer.ts'

const REMEMBERED_MS = 2 * SECOND
const MOST_REMEMBERED = 10_000
const LONGEST_KEY = 256

type Answer = { viewer: Promise<Viewer | null>; until: number }
const remembered = perClient(() => new Map<string, Answer>())

/**
 * Null for a key that is unknown, revoked, empty, or a demo key where `host` is not loopback: the caller cannot tell which.
 * Rejects when Postgres cannot be asked.
 */
export function authenticate(sql: Client, key: string, { host = config.HOST } = {}): Promise<Viewer | null> {
  if (key === '' || key.length > LONGEST_KEY) return Promise.resolve(null)
  if (isDemoKey(key) && !isLoopback(host)) return Promise.resolve(null)

  return lookUpOnce(sql, 'key', key, (hash) => lookUp(sql, hash))
}

/** What `find` says of a secret's SHA-256, asked once in two seconds. `kind` keeps keys and sessions apart. */
export function lookUpOnce(
  sql: Client,
  kind: 'key' | 'session',
  secret: string,
  find: (hash: string) => Promise<Viewer | null>,
): Promise<Viewer | null> {
  const answers = remembered(sql)
  const hash = sha256(secret)
  const name = `${kind} ${hash}`
  const now = performance.now()
  const known = answers.get(name)
  if (known && known.until > now) return known.viewer

  const viewer = find(hash)
  answers.delete(name) // so that the map stays in the order of age
  answers.set(name, { viewer, until: now + REMEMBERED_MS })
  viewer.catch(() => answers.delete(name)) // a failure is no answer
  forgetOldest(answers, now)
  return viewer
}

type KeyRow = {
  tenant_id: string
  key_id: string
  source_id: string | null
  scopes: string[]
  tenant_rate: number | null
  key_rate: number | null
  to_note: boolean
}

async function lookUp(sql: Client, hash: string): Promise<Viewer | null> {
  const [row] = await sql<KeyRow[]>`
SELECT tenant_id, key_id, source_id, scopes, tenant_rate, key_rate, to_note FROM authenticate(${hash})`
  if (!row) return null
  if (row.to_note) noteUse(sql, hash)
  const limits = { tenant: row.tenant_rate, key: row.key_rate }
  return {
    tenantId: row.tenant_id,
    keyId: row.key_id,
    sourceId: row.source_id,
    scopes: scopesOf(row.scopes),
    permissions: permissionsOfScopes(row.scopes),
    limits,
  }
}

/** Nobody waits for it, and the next use notes what this one could not. */
function noteUse(sql: Client, hash: string): void {
  sql`SELECT note_key_use(${hash})`.catch(() => {})
}

function forgetOldest(answers: Map<string, Answer>, now: number): void {
  for (const [hash, { until }] of answers) {
    if (until > now && answers.size <= MOST_REMEMBERED) return
    answers.delete(hash)
  }
}

/** Keys to the doors. A key is told once, when it is made; only its SHA-256 is kept. */
import { randomBytes } from 'node:crypto'
import type { Transaction } from '../../db/client.ts'
import { sha256 } from '../../db/secret.ts'
import { apiKeys } from '../../db/schema/tenant.ts'
import { KithError } from '../../errors.ts'
import { permissionsOfScopes, type Scope, SCOPES } from '../auth/permissions.ts'
import { requireScope } from '../auth/viewer.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { Source } from './source.ts'

const RANDOM_BYTES = 24
export const MEANING =
  'write (send events), read (query and subscribe), operator (watch and steer the workers), admin (everything in the tenant)'

export const ApiKey = noun('ApiKey', apiKeys, { plural: 'keys', hidden: ['hash'] })

builder.node(ApiKey.ref, {
  description: 'A key to a door. The key itself is told once, when it is made.',
  ...nodeOptions(ApiKey),
  fields: (t) => ({
    ...columnFields(t, ApiKey, {
      name: '',
      scopes: `Any of ${MEANING}.`,
      createdAt: '',
      revokedAt: 'Since when it opens nothing; null while it does.',
      lastUsedAt: 'When it last opened a door, to the minute; null if it never has.',
      eventsPerSecond: 'How many events a second may be sent with it; null for no limit but yours.',
    }),
    source: rowField(t, Source, 'What events sent with this key are attributed to.', 'sourceId'),
  }),
})

const KeyScope = builder.enumType('KeyScope', { values: SCOPES })

builder.queryFields((t) => ({
  apiKeys: connectionField(t, { noun: ApiKey, name: 'all' }, 'The keys of this tenant.'),
}))

type CreateInput = { name: string; scopes: Scope[]; source?: string | null; eventsPerSecond?: number | null }

mutation<CreateInput>('createApiKey', {
  description: 'Makes a key. It is in this answer and nowhere else.',
  scope: 'keys',
  input: (t) => ({
    name: t.string({ required: true }),
    scopes: t.field({ type: [KeyScope], required: true }),
    source: t.id({ description: 'What events sent with it are attributed to.' }),
    eventsPerSecond: t.int({ description: 'How many events a second may be sent with it.' }),
  }),
  payload: (t) => ({
    key: t.string({ description: 'Keep it now: it cannot be shown again.', resolve: ({ key }: any) => key }),
    apiKey: t.field({ type: ApiKey.ref, resolve: ({ apiKey }: any) => apiKey }),
  }),
  resolve: async ({ name, scopes, source, eventsPerSecond = null }, { tenant, viewer }) => {
    if (scopes.length === 0) throw new KithError('INPUT_INVALID', 'Expected at least one scope.')
    for (const permission of permissionsOfScopes(scopes)) requireScope(viewer, permission) // nobody gives what they lack
    checkRate(eventsPerSecond)
    const key = `kith_${randomBytes(RANDOM_BYTES).toString('base64url')}`
    const hash = sha256(key)
    const sourceId = source ? uuidOf('Source', source) : null
    const [apiKey] = await tenant(
      (sql) => sql`
INSERT INTO api_keys (name, scopes, source_id, hash, events_per_second)
VALUES (${name}, ${scopes}, ${sourceId}, ${hash}, ${eventsPerSecond})
RETURNING ${returned(sql)}`,
    )
    return { key, apiKey }
  },
})

mutation<{ id: string; eventsPerSecond?: number | null }>('updateApiKey', {
  description: 'Changes how many events a second may be sent with a key, within seconds in every process.',
  scope: 'keys',
  input: (t) => ({
    id: t.id({ required: true }),
    eventsPerSecond: t.int({ description: 'null for no limit but yours.' }),
  }),
  payload: (t) => ({ apiKey: t.field({ type: ApiKey.ref, resolve: ({ apiKey }: any) => apiKey }) }),
  resolve: async ({ id, eventsPerSecond }, { tenant }) => {
    checkRate(eventsPerSecond)
    const [apiKey] = await tenant(
      (sql) => sql`
UPDATE api_keys
SET events_per_second = CASE WHEN ${eventsPerSecond !== undefined}::boolean THEN ${eventsPerSecond ?? null} ELSE events_per_second END
WHERE id = ${uuidOf('ApiKey', id)}
RETURNING ${returned(sql)}`,
    )
    if (!apiKey) throw new KithError('NOT_FOUND', `There is no key ${id}.`, { status: 404 })
    return { apiKey }
  },
})

mutation<{ id: string }>('revokeApiKey', {
  description: 'Ends a key, within seconds in every process.',
  scope: 'keys',
  input: (t) => ({ id: t.id({ required: true }) }),
  payload: (t) => ({ apiKey: t.field({ type: ApiKey.ref, resolve: ({ apiKey }: any) => apiKey }) }),
  resolve: async ({ id }, { tenant, viewer }) => {
    const keyId = uuidOf('ApiKey', id)
    if (keyId === viewer.keyId) throw new KithError('INPUT_INVALID', 'A key cannot revoke itself; use another one.')
    const [apiKey] = await tenant(
      (sql) => sql`
UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = ${keyId}
RETURNING ${returned(sql)}`,
    )
    if (!apiKey) throw new KithError('NOT_FOUND', `There is no key ${id}.`, { status: 404 })
    return { apiKey }
  },
})

const returned = (sql: Transaction) => sql`
id, name, scopes, source_id AS "sourceId", created_at AS "createdAt", revoked_at AS "revokedAt",
  events_per_second AS "eventsPerSecond", last_used_at AS "lastUsedAt"`

function checkRate(eventsPerSecond: number | null | undefined): void {
  if (eventsPerSecond == null || eventsPerSecond >= 1) return
  throw new KithError('INPUT_INVALID', `Expected eventsPerSecond of 1 or more, or null; got ${eventsPerSecond}.`)
}

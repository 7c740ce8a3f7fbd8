/** The schema builder that every noun of api/schema builds on. */
import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin, { type AuthFailure } from '@pothos/plugin-scope-auth'
import type { Json } from '../db/schema/columns.ts'
import { KithError } from '../errors.ts'
import { PERMISSIONS, type Permission } from './auth/permissions.ts'
import { scopeMissing } from './auth/viewer.ts'
import type { Context } from './context.ts'
import { decodeNodeId, encodeNodeId } from './noun/id.ts'
import * as scalars from './scalars.ts'

/** Values one operation may ask for; a connection counts its selection `first` times. */
export const MAX_COMPLEXITY = 50_000
/** Most rows of one page. */
export const MAX_PAGE = 500
export const DEFAULT_PAGE = 25

export type SchemaTypes = {
  Context: Context
  DefaultFieldNullability: false
  DefaultInputFieldRequiredness: false
  AuthScopes: Record<Permission, boolean>
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: string; Output: string }
    Date: { Input: string; Output: string }
    Decimal: { Input: string; Output: string }
    BigInt: { Input: string; Output: string | number | bigint }
    JSON: { Input: Json; Output: unknown }
  }
}

/** A type that asks for any of several permissions, or for one of them in a list, says so in a list of failures. */
function missingScope(failure: AuthFailure): Permission {
  if ('scope' in failure) return failure.scope as Permission
  return 'failures' in failure && failure.failures[0] ? missingScope(failure.failures[0]) : 'admin'
}

export function tooComplex(complexity: number): KithError {
  return new KithError(
    'QUERY_TOO_COMPLEX',
    `The operation asks for up to ${complexity} values, more than ${MAX_COMPLEXITY}; ask for fewer fields or smaller pages.`,
    { details: { complexity, limit: MAX_COMPLEXITY } },
  )
}

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ScopeAuthPlugin, ComplexityPlugin, RelayPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authScopes: ({ viewer: { permissions } }) =>
      Object.fromEntries(PERMISSIONS.map((permission) => [permission, permissions.has(permission)])) as Record<
        Permission,
        boolean
      >,
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, _context, info, { failure }) => scopeMissing(missingScope(failure), info.fieldName),
  },
  complexity: {
    // What we ask ourselves, of a tenant as a whole (api/plan), is bounded by what a tenant may define.
    limit: ({ isOurs }) => (isOurs ? {} : { complexity: MAX_COMPLEXITY }),
    complexityError: (_kind, { complexity }) => tooComplex(complexity),
  },
  relay: {
    encodeGlobalID: (typename, id) => encodeNodeId(typename, String(id)),
    decodeGlobalID: decodeNodeId,
    nodeTypeOptions: { description: 'Whatever has an id of its own; query it by `node(id:)`.' },
    nodeQueryOptions: { description: 'Anything by its id; null when there is none in this tenant.' },
    nodesQueryOptions: {
      description: 'Many things by their ids, in the same order, null for each that is not there.',
      complexity: ({ ids }: { ids?: unknown[] }) => ({ field: 1, multiplier: ids?.length ?? 1 }),
      resolve: (_root, { ids }, _context, _info, resolveNodes) => {
        if (ids.length > MAX_PAGE)
          throw new KithError('PAGE_TOO_LARGE', `Expected at most ${MAX_PAGE} ids, got ${ids.length}.`)
        return resolveNodes(ids)
      },
    },
    cursorType: 'String',
  },
})

builder.scalarType('DateTime', {
  description: 'An instant in ISO 8601 with its offset; given out in UTC with microseconds.',
  serialize: (value) => value,
  parseValue: scalars.parseDateTime,
})
builder.scalarType('Date', {
  description: 'A day without a time zone, in ISO 8601.',
  serialize: (value) => value,
  parseValue: scalars.parseDate,
})
builder.scalarType('Decimal', {
  description: 'An exact decimal number, as text.',
  serialize: (value) => String(value),
  parseValue: scalars.parseDecimal,
  parseLiteral: (node) => scalars.parseDecimal(scalars.literalText(node)),
})
builder.scalarType('BigInt', {
  description: 'An integer of 64 bits, as text.',
  serialize: (value) => String(value),
  parseValue: scalars.parseBigInt,
  parseLiteral: (node) => scalars.parseBigInt(scalars.literalText(node)),
})
builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: scalars.parseJson,
})

builder.queryType({ authScopes: { read: true } })
builder.mutationType({})

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  execute,
  getNamedType,
  type GraphQLField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  parse,
  subscribe,
  validate,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { createContext } from '../context.ts'
import { Live } from '../live/live.ts'
import { schema } from '../schema/index.ts'
import {
  meaningOf,
  type Permission,
  PERMISSIONS,
  permissionsOfRole,
  permissionsOfScopes,
  ROLES,
  rolesWith,
  SCOPES,
  scopesWith,
} from './permissions.ts'

const db = await testDatabase()
const tenantId = await db.createTenant('ours')
const page = readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8')

const everybody = [
  ...ROLES.map((role) => ({ who: `role ${role}`, permissions: permissionsOfRole(role) })),
  ...SCOPES.map((scope) => ({ who: `scope ${scope}`, permissions: permissionsOfScopes([scope]) })),
]

/** `* \`define\`: \`createSegment\`, ...` -> createSegment: define. */
function documented(section: string): Map<string, Permission> {
  const [, text = ''] = page.split(`## ${section}\n`)
  const items = text.split(/\n## /)[0]!.split(/^\* /m).slice(1)
  return new Map(
    items.flatMap((item) => {
      const [permission, ...fields] = [...item.matchAll(/`(\w+)`/g)].map((match) => match[1]!)
      return fields.map((field) => [field, permission as Permission] as const)
    }),
  )
}

it('are the table of docs/access.md', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$/gm)].map((match) => match.slice(1))
  expect(rows).toEqual(
    PERMISSIONS.map((one) => [
      one,
      meaningOf(one),
      rolesWith(one).join(', '),
      scopesWith(one)
        .map((scope) => `\`${scope}\``)
        .join(', '),
    ]),
  )
})

type Fields = Record<string, GraphQLField<unknown, unknown>>
const mutations: Fields = schema.getMutationType()!.getFields()
const queries: Fields = schema.getQueryType()!.getFields()
const subscriptions: Fields = schema.getSubscriptionType()!.getFields()

/** The least that the type accepts. What it says is nonsense: only who may say it is asked about here. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType)
  if (isListType(type)) return '[]'
  if (isEnumType(type)) return type.getValues()[0]!.name
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    const wanted = type.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField)
    return `{${wanted.map((field) => `${field.name}: ${literal(field.type)}`).join(' ')}}`
  }
  return (
    {
      ID: `"Profile:${randomUUID()}"`,
      Int: '1',
      Float: '1',
      Boolean: 'true',
      DateTime: '"2026-01-01T00:00:00Z"',
      Date: '"2026-01-01"',
    }[type.name] ?? '"1"'
  )
}

function operation(kind: string, field: GraphQLField<unknown, unknown>): string {
  const required = field.args.filter(isRequiredArgument)
  const args = required.map((arg) => `${arg.name}: ${literal(arg.type)}`).join(' ')
  const selection = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }'
  return `${kind} { ${field.name}${args && `(${args})`}${selection} }`
}

async function isRefused(text: string, permissions: ReadonlySet<Permission>): Promise<boolean> {
  const document = parse(text)
  expect(validate(schema, document)).toEqual([])
  const contextValue = createContext(db.api, { tenantId, keyId: randomUUID(), sourceId: null, permissions })
  const given = { schema, document, contextValue }
  const result = (await (text.startsWith('subscription') ? subscribe(given) : execute(given))) as any
  if (result[Symbol.asyncIterator]) {
    await result.return()
    return false
  }
  return (result.errors ?? []).some((error: any) => error.originalError?.code === 'SCOPE_MISSING')
}

async function answers(kind: string, field: GraphQLField<unknown, unknown>) {
  const text = operation(kind, field)
  const asked = everybody.map(async ({ who, permissions }) => [who, !(await isRefused(text, permissions))] as const)
  return Object.fromEntries(await Promise.all(asked))
}

const expected = (permission: Permission | undefined) =>
  Object.fromEntries(everybody.map(({ who, permissions }) => [who, !permission || permissions.has(permission)]))

describe('who may do what is as docs/access.md says', () => {
  const ofMutations = documented('Mutations')
  const ofQueries = documented('Queries')
  const ofSubscriptions = documented('Subscriptions')

  it('names only what there is', () => {
    expect([...ofMutations.keys()].filter((name) => !(name in mutations))).toEqual([])
    expect([...ofQueries.keys()].filter((name) => !(name in queries))).toEqual([])
    expect([...ofSubscriptions.keys()].filter((name) => !(name in subscriptions))).toEqual([])
    expect(ofMutations.size).toBeGreaterThan(50)
  })

  it.each(Object.values(mutations).map((field) => [field.name, field] as const))('mutation %s', async (name, field) => {
    expect(await answers('mutation', field)).toEqual(expected(ofMutations.get(name) ?? 'admin'))
  })

  it.each(Object.values(queries).map((field) => [field.name, field] as const))('query %s', async (name, field) => {
    const permission = name === 'viewer' ? undefined : (ofQueries.get(name) ?? 'read')
    expect(await answers('query', field)).toEqual(expected(permission))
  })

  it.each(Object.values(subscriptions).map((field) => [field.name, field] as const))(
    'subscription %s',
    async (name, field) => {
      expect(await answers('subscription', field)).toEqual(expected(ofSubscriptions.get(name) ?? 'read'))
      await Live.of(db.api).stop()
    },
  )
})

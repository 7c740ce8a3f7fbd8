/** A manual or imported list of people, that rules can ask for. */
import { type SQL, sql } from 'drizzle-orm'
import { listMembers, lists } from '../../db/schema/list.ts'
import { checkListUnused } from '../../engine/model/lists.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { missing } from '../noun/record.ts'
import { run } from '../noun/run.ts'
import { checkKey, definitionQuery } from './definition.ts'

/** Members in one call. */
const MOST = 5000

export const List = noun('List', lists, { plural: 'lists' })

/** Somebody on a list. */
const ListMember = noun('ListMember', listMembers, {
  plural: 'members',
  key: ['listId', 'type', 'value'],
  order: { field: 'value', direction: 'ASC' },
})

builder.node(List.ref, {
  description: 'A manual or imported list of people; rules ask for it by its key.',
  ...nodeOptions(List),
  fields: (t) => ({
    ...columnFields(t, List, {
      key: 'What rules call it by.',
      name: '',
      description: '',
      createdAt: '',
      updatedAt: '',
    }),
    members: connectionField(
      t,
      { noun: ListMember, name: 'of list', where: (key: SQL) => sql`t.list_id = ${key}` },
      'Who is on it.',
      'id',
    ),
  }),
})

builder.node(ListMember.ref, {
  description: 'Somebody on a list, by an identifier: whoever owns it is on the list.',
  ...nodeOptions(ListMember),
  fields: (t) => ({
    ...columnFields(t, ListMember, {
      type: 'Of the identifier, such as "email".',
      value: '',
      createdAt: 'Since when.',
    }),
    list: rowField(t, List, 'The list.', 'listId'),
  }),
})

builder.queryFields((t) => ({
  list: definitionQuery(t, List, 'A list by id or by key.'),
  lists: connectionField(t, { noun: List, name: 'all' }, 'Lists.'),
}))

const payload = (t: any) => ({
  list: t.field({ type: List.ref, resolve: ({ id }: any, _args: unknown, { loaders }: any) => loaders.row(List, id) }),
})

mutation<{ key: string; name: string; description?: string | null }>('createList', {
  description: 'Makes an empty list. CONFLICT when the key is taken.',
  scope: 'define',
  input: (t) => ({
    key: t.string({ required: true, description: 'Lower-case letters, digits, "_" and "-"; cannot be changed.' }),
    name: t.string({ required: true }),
    description: t.string(),
  }),
  payload,
  resolve: async ({ key, name, description = null }, { tenant }) => {
    checkKey(key)
    const [row] = await tenant(
      (tx) =>
        tx<
          { id: string }[]
        >`INSERT INTO lists (key, name, description) VALUES (${key}, ${name}, ${description}) RETURNING id`,
    )
    return row!
  },
})

mutation<{ id: string }>('deleteList', {
  description: 'Deletes a list. LIST_IN_USE while rules ask for it.',
  scope: 'define',
  input: (t) => ({ id: t.id({ required: true }) }),
  payload: (t) => ({ deletedId: t.id({ resolve: ({ deletedId }: any) => deletedId }) }),
  resolve: ({ id }, { tenant, viewer }) => {
    const list = uuidOf('List', id)
    return tenant(async (tx) => {
      const [known] = await tx<{ key: string }[]>`SELECT key FROM lists WHERE id = ${list}`
      if (!known) return missing('List', id)
      await checkListUnused(tx, viewer.tenantId, known.key)
      await tx`DELETE FROM lists WHERE id = ${list}`
      return { deletedId: id }
    })
  },
})

type Member = { type: string; value: string }

const ListMemberInput = builder.inputType('ListMemberInput', {
  description: 'An identifier of somebody. Of an e-mail address, case and surrounding blanks do not count.',
  fields: (t) => ({
    type: t.string({ required: true, description: 'Such as "email" or "user_id".' }),
    value: t.string({ required: true }),
  }),
})

for (const [name, description, change] of [
  [
    'addToList',
    'Puts people on a list; who is not known yet becomes known. `count` is how many were not on it before.',
    (id: string, members: string) => sql`
INSERT INTO list_members (list_id, type, value)
SELECT DISTINCT ${id}::uuid, type, CASE type WHEN 'email' THEN lower(btrim(value)) ELSE btrim(value) END
FROM jsonb_to_recordset(${members}::jsonb) AS m (type text, value text)
ON CONFLICT DO NOTHING RETURNING 1`,
  ],
  [
    'removeFromList',
    'Takes people off a list. `count` is how many were on it.',
    (id: string, members: string) => sql`
DELETE FROM list_members l USING jsonb_to_recordset(${members}::jsonb) AS m (type text, value text)
WHERE l.list_id = ${id}::uuid AND l.type = m.type
  AND l.value = CASE m.type WHEN 'email' THEN lower(btrim(m.value)) ELSE btrim(m.value) END
RETURNING 1`,
  ],
] as const) {
  mutation<{ id: string; members: Member[] }>(name, {
    description,
    scope: 'lists',
    input: (t) => ({
      id: t.id({ required: true, description: 'The list.' }),
      members: t.field({ type: [ListMemberInput], required: true, description: `At most ${MOST}.` }),
    }),
    payload: (t) => ({ ...payload(t), count: t.int({ resolve: ({ count }: any) => count }) }),
    resolve: ({ id, members }, { tenant }) => {
      if (members.length > MOST) {
        throw new KithError('PAGE_TOO_LARGE', `Expected at most ${MOST} members; got ${members.length}.`)
      }
      if (members.some(({ type, value }) => type.trim() === '' || value.trim() === '')) {
        throw new KithError('INPUT_INVALID', 'Expected a type and a value of each member; found an empty text.')
      }
      const odd = members.find(({ type }) => !/^[a-z][a-z0-9_]{0,62}$/.test(type))
      if (odd) {
        const got = JSON.stringify(odd.type.slice(0, 80))
        throw new KithError('INPUT_INVALID', `Expected a type of identifier, such as "user_id" or "email"; got ${got}.`)
      }
      const list = uuidOf('List', id)
      return tenant(async (tx) => {
        const [known] = await tx`SELECT FROM lists WHERE id = ${list}`
        if (!known) return missing('List', id)
        return { id: list, count: (await run(tx, change(list, JSON.stringify(members)), true)).length }
      })
    },
  })
}

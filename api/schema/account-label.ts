/** The values of a label of accounts, and the labels of an account. */
import { sql } from 'drizzle-orm'
import { accountLabelValues } from '../../db/schema/segment.ts'
import { builder } from '../builder.ts'
import type { Relation } from '../loaders/pages.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { join, jsonFilter, jsonSql } from '../noun/filter.ts'
import { noun } from '../noun/noun.ts'
import { run } from '../noun/run.ts'
import { Account } from './account.ts'
import { Label } from './label.ts'

/** The value of a label for an account. */
export const LabelAccount = noun('LabelAccount', accountLabelValues, {
  plural: 'accounts',
  key: ['labelId', 'accountId'],
  order: { field: 'since', direction: 'DESC' },
})

builder.node(LabelAccount.ref, {
  description: 'The value of a label for an account.',
  ...nodeOptions(LabelAccount),
  fields: (t) => ({
    ...columnFields(t, LabelAccount, { value: '', since: 'When it took this value.' }),
    label: rowField(t, Label, 'The label.', ({ labelId }) => labelId),
    account: rowField(t, Account, 'The account.', ({ accountId }) => accountId),
  }),
})

type Owner = 'label_id' | 'account_id'

const now = (owner: Owner): Relation => ({
  noun: LabelAccount,
  name: `of ${owner}`,
  where: (key) => sql`t.${sql.identifier(owner)} = ${key}`,
})

/** The latest change of each label for each account until then says what the value was. */
const asOf = (owner: Owner, instant: string): Relation => ({
  noun: LabelAccount,
  name: `of ${owner} as of ${instant}`,
  from: (key) => sql`(
    SELECT label_id, account_id, to_value AS value, at AS since FROM (
      SELECT DISTINCT ON (label_id, account_id) label_id, account_id, to_value, at FROM transitions
      WHERE ${sql.identifier(owner)} = ${key} AND label_id IS NOT NULL AND account_id IS NOT NULL AND at <= ${instant}::timestamptz
      ORDER BY label_id, account_id, at DESC, id DESC
    ) AS latest WHERE coalesce(jsonb_typeof(to_value), 'null') <> 'null')`,
})

const values = (t: any, owner: Owner, description: string) =>
  connectionField<{ asOf?: string | null }>(t, now(owner), description, {
    parent: ({ id }) => id,
    args: { asOf: t.arg({ type: 'DateTime', description: 'The instant, by what was known and said then.' }) },
    relation: (args) => (args.asOf ? asOf(owner, args.asOf) : now(owner)),
  })

builder.objectFields(Label.ref, (t) => ({
  accounts: values(
    t,
    'label_id',
    'Of a label of accounts: which have a value, or had at an instant; the latest change first.',
  ),
}))

builder.objectFields(Account.ref, (t) => ({
  labels: values(t, 'account_id', 'The labels that have a value for the account, or had at an instant.'),
  label: t.field({
    type: 'JSON',
    nullable: true,
    description: 'The value of the label of accounts with this key.',
    args: { key: t.arg.string({ required: true }) },
    resolve: ({ id }, { key }, { loaders }) =>
      loaders
        .of<string, unknown>(`account label ${key}`, async (tx, ids) => {
          const rows = await run<{ id: string; value: unknown }>(
            tx,
            sql`
SELECT v.account_id AS id, v.value FROM labels l JOIN account_label_values v ON v.label_id = l.id
WHERE l.key = ${key} AND v.account_id = ANY(${sql.param([...ids])}::uuid[])`,
            true,
          )
          const found = new Map(rows.map(({ id, value }) => [id, value]))
          return ids.map((id) => found.get(id) ?? null)
        })
        .load(id),
  }),
}))

Account.filters.set('label', {
  description: 'The value of the label of accounts whose key is `path`.',
  type: [jsonFilter()],
  toSql: (conditions: { path: string }[], row) =>
    join(
      conditions.map(({ path, ...rest }) => {
        const value = sql`(SELECT jsonb_build_object('v', v.value) FROM labels l JOIN account_label_values v ON v.label_id = l.id
          WHERE l.key = ${path} AND v.account_id = ${row}.id)`
        return jsonSql(value, { path: 'v', ...rest })
      }),
      'AND',
    ),
})

/** The accounts of a segment, and the segments of an account. */
import { sql } from 'drizzle-orm'
import { segmentAccounts } from '../../db/schema/segment.ts'
import { builder } from '../builder.ts'
import type { Relation } from '../loaders/pages.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { run } from '../noun/run.ts'
import { Account } from './account.ts'
import { Segment } from './segment.ts'

/** An account in a segment. */
export const SegmentAccount = noun('SegmentAccount', segmentAccounts, {
  plural: 'accounts',
  key: ['segmentId', 'accountId'],
  order: { field: 'since', direction: 'DESC' },
})

builder.node(SegmentAccount.ref, {
  description: 'An account in a segment.',
  ...nodeOptions(SegmentAccount),
  fields: (t) => ({
    ...columnFields(t, SegmentAccount, { since: 'When it entered.' }),
    segment: rowField(t, Segment, 'The segment.', ({ segmentId }) => segmentId),
    account: rowField(t, Account, 'The account.', ({ accountId }) => accountId),
  }),
})

type Owner = 'segment_id' | 'account_id'

const now = (owner: Owner): Relation => ({
  noun: SegmentAccount,
  name: `of ${owner}`,
  where: (key) => sql`t.${sql.identifier(owner)} = ${key}`,
})

/** The latest transition of each account in each segment until then says whether it was in it. */
const asOf = (owner: Owner, instant: string): Relation => ({
  noun: SegmentAccount,
  name: `of ${owner} as of ${instant}`,
  from: (key) => sql`(
    SELECT segment_id, account_id, at AS since FROM (
      SELECT DISTINCT ON (segment_id, account_id) segment_id, account_id, at, kind FROM transitions
      WHERE ${sql.identifier(owner)} = ${key} AND segment_id IS NOT NULL AND account_id IS NOT NULL AND at <= ${instant}::timestamptz
      ORDER BY segment_id, account_id, at DESC, id DESC
    ) AS latest WHERE kind = 'segment_entered')`,
})

const membership = (t: any, owner: Owner, description: string) =>
  connectionField<{ asOf?: string | null }>(t, now(owner), description, {
    parent: ({ id }) => id,
    args: { asOf: t.arg({ type: 'DateTime', description: 'The instant, by what was known and said then.' }) },
    relation: (args) => (args.asOf ? asOf(owner, args.asOf) : now(owner)),
  })

builder.objectFields(Segment.ref, (t) => ({
  accounts: membership(
    t,
    'segment_id',
    'Of a segment of accounts: which are in it now, or were at an instant; those that entered last first.',
  ),
}))

builder.objectFields(Account.ref, (t) => ({
  segments: membership(t, 'account_id', 'The segments that the account is in, or was in at an instant.'),
  inSegment: t.boolean({
    description: 'Whether the account is in the segment with this key.',
    args: { key: t.arg.string({ required: true }) },
    resolve: ({ id }, { key }, { loaders }) =>
      loaders
        .of<string, boolean>(`account in segment ${key}`, async (tx, ids) => {
          const rows = await run<{ id: string }>(
            tx,
            sql`
SELECT m.account_id AS id FROM segments s JOIN segment_accounts m ON m.segment_id = s.id
WHERE s.key = ${key} AND m.account_id = ANY(${sql.param([...ids])}::uuid[])`,
            true,
          )
          const inside = new Set(rows.map(({ id }) => id))
          return ids.map((id) => inside.has(id))
        })
        .load(id),
  }),
}))

Account.filters.set('inSegment', {
  description: 'In the segment of accounts with this key.',
  type: 'String',
  toSql: (key: string, row) =>
    sql`EXISTS (SELECT FROM segments s JOIN segment_accounts m ON m.segment_id = s.id WHERE s.key = ${key} AND m.account_id = ${row}.id)`,
})

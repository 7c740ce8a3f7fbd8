/**
 * The unified profile of an enterprise: its people taken together, with those of the accounts that are part of it if
 * wanted. Each field is one statement for all accounts of a level.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Transaction } from '../../db/client.ts'
import { builder } from '../builder.ts'
import type { Relation } from '../loaders/pages.ts'
import type { Loaders } from '../loaders/index.ts'
import { connectionField } from '../noun/connection.ts'
import { rowField } from '../noun/fields.ts'
import { run } from '../noun/run.ts'
import { Account } from './account.ts'
import { Event } from './event.ts'
import { checkOrder } from './event-order.ts'
import { Label } from './label.ts'
import { Profile } from './profile.ts'
import { Segment } from './segment.ts'

/** The account, and whether those below it count too. */
type Whole = { id: string; tree: boolean }

/** The ids of the people of the account `key`. */
const peopleOf = (key: SQL, tree: boolean) => sql`
SELECT w.profile_id FROM profile_accounts w
WHERE ${tree ? sql`w.account_id IN (SELECT account_tree(${key}))` : sql`w.account_id = ${key}`}`

const relations = (tree: boolean) => {
  const name = tree ? 'of account and children' : 'of account'
  return {
    people: { noun: Profile, name, where: (key: SQL) => sql`t.id IN (${peopleOf(key, tree)})` } satisfies Relation,
    events: {
      noun: Event,
      name,
      ownedBy: (key: SQL) => sql`i.profile_id IN (${peopleOf(key, tree)})`,
      check: (args) => checkOrder(args, false),
    } satisfies Relation,
  }
}
const relationsOf = { true: relations(true), false: relations(false) }

/** A loader over accounts whose statement reads rows with the account's id as `account`. */
function rowsOf<Row extends { account: string }>(
  loaders: Loaders,
  name: string,
  { id, tree }: Whole,
  query: (people: SQL, accounts: SQL) => SQL,
): Promise<Row[]> {
  return loaders
    .of<string, Row[]>(`account ${name} ${tree}`, async (tx: Transaction, ids) => {
      const key = sql`k.key`
      const accounts = sql`unnest(${sql.param([...ids])}::uuid[]) AS k (key)`
      const rows = await run<Row>(tx, query(peopleOf(key, tree), accounts), true)
      const byAccount = Map.groupBy(rows, (row) => row.account)
      return ids.map((id) => byAccount.get(id) ?? [])
    })
    .load(id)
}

type Totals = { account: string; accounts: string; people: string; first: string | null; last: string | null }

const totals = async (loaders: Loaders, whole: Whole) => {
  const [row] = await rowsOf<Totals>(
    loaders,
    'totals',
    whole,
    (people, accounts) => sql`
SELECT k.key AS account, ${whole.tree ? sql`(SELECT count(*) FROM account_tree(k.key))` : sql`1`} AS accounts,
  p.people, p.first, p.last
FROM ${accounts} CROSS JOIN LATERAL (
  SELECT count(*) AS people, min(first_seen) AS first, max(last_seen) AS last FROM profiles WHERE id IN (${people})
) AS p`,
  )
  return row!
}

type LabelCount = { account: string; label: string; value: unknown; people: string; values: string; all: string }
type LabelGroup = { labelId: string; people: number; values: number; top: { value: unknown; people: number }[] }

async function labelsOf(loaders: Loaders, whole: Whole, most: number): Promise<LabelGroup[]> {
  const rows = await rowsOf<LabelCount>(
    loaders,
    `labels ${most}`,
    whole,
    (people, accounts) => sql`
SELECT * FROM (
  SELECT k.key AS account, v.*, row_number() OVER (PARTITION BY k.key, v.label ORDER BY v.people DESC, v.value) AS n,
    count(*) OVER of_label AS values, sum(v.people) OVER of_label AS all
  FROM ${accounts} CROSS JOIN LATERAL (
    SELECT label_id AS label, value, count(*) AS people FROM label_values WHERE profile_id IN (${people}) GROUP BY 1, 2
  ) AS v
  WINDOW of_label AS (PARTITION BY k.key, v.label)
) AS ranked WHERE n <= ${sql.param(most)}::int
ORDER BY "all" DESC, label, n`,
  )
  return [...Map.groupBy(rows, (row) => row.label)].map(([labelId, counts]) => ({
    labelId,
    people: Number(counts[0]!.all),
    values: Number(counts[0]!.values),
    top: counts.map(({ value, people }) => ({ value, people: Number(people) })),
  }))
}

const ValueCount = builder.objectRef<LabelGroup['top'][number]>('AccountLabelValue').implement({
  fields: (t) => ({
    value: t.field({ type: 'JSON', nullable: true, resolve: ({ value }) => value }),
    people: t.exposeInt('people'),
  }),
})

const MOST_VALUES = 100

const AccountLabel = builder.objectRef<LabelGroup>('AccountLabel').implement({
  description: 'How the values of a label are spread over the people of an account.',
  fields: (t) => ({
    label: rowField(t, Label, 'The label.', 'labelId'),
    people: t.exposeInt('people', { description: 'How many have a value.' }),
    distinct: t.exposeInt('values', { description: 'How many different values there are.' }),
    values: t.field({
      type: [ValueCount],
      description: 'The most frequent values first.',
      complexity: { field: 1, multiplier: 10 },
      resolve: ({ top }) => top,
    }),
  }),
})

type SegmentCount = { account: string; segment: string; people: string }

const AccountSegment = builder.objectRef<SegmentCount>('AccountSegment').implement({
  description: 'How many people of an account are in a segment.',
  fields: (t) => ({
    segment: rowField(t, Segment, 'The segment.', 'segment'),
    people: t.int({ resolve: ({ people }) => Number(people) }),
  }),
})

const AccountProfile = builder.objectRef<Whole>('AccountProfile').implement({
  description: 'The people of an enterprise, taken together.',
  fields: (t) => ({
    accountCount: t.int({
      description: 'How many accounts it is: 1, and all those below it where children are included.',
      complexity: 10,
      resolve: async (whole, _args, { loaders }) => Number((await totals(loaders, whole)).accounts),
    }),
    peopleCount: t.int({
      complexity: 10,
      resolve: async (whole, _args, { loaders }) => Number((await totals(loaders, whole)).people),
    }),
    firstSeen: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the first of its people was first seen.',
      complexity: 10,
      resolve: async (whole, _args, { loaders }) => (await totals(loaders, whole)).first,
    }),
    lastSeen: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When any of its people was last seen.',
      complexity: 10,
      resolve: async (whole, _args, { loaders }) => (await totals(loaders, whole)).last,
    }),
    labels: t.field({
      type: [AccountLabel],
      description: 'The labels of its people; those that most people have first.',
      args: { most: t.arg.int({ defaultValue: 10, description: `Values of each label; at most ${MOST_VALUES}.` }) },
      complexity: { field: 10, multiplier: 10 },
      resolve: (whole, { most }, { loaders }) =>
        labelsOf(loaders, whole, Math.min(Math.max(most ?? 10, 1), MOST_VALUES)),
    }),
    segments: t.field({
      type: [AccountSegment],
      description: 'The segments that its people are in; the fullest first.',
      complexity: { field: 10, multiplier: 10 },
      resolve: (whole, _args, { loaders }) =>
        rowsOf<SegmentCount>(
          loaders,
          'segments',
          whole,
          (people, accounts) => sql`
SELECT k.key AS account, s.segment, s.people
FROM ${accounts} CROSS JOIN LATERAL (
  SELECT segment_id AS segment, count(*) AS people FROM members WHERE profile_id IN (${people}) GROUP BY 1
) AS s
ORDER BY s.people DESC, s.segment`,
        ),
    }),
    people: connectionField(t, relationsOf.false.people, 'Its people, each once.', {
      parent: 'id',
      relationByRow: ({ tree }: Whole) => relationsOf[`${tree}`].people,
    }),
    events: connectionField(t, relationsOf.false.events, 'What its people did; latest first.', {
      parent: 'id',
      relationByRow: ({ tree }: Whole) => relationsOf[`${tree}`].events,
    }),
  }),
})

builder.objectFields(Account.ref, (t) => ({
  profile360: t.field({
    type: AccountProfile,
    description: 'Its people taken together: how many, their labels, segments and events.',
    args: {
      includeChildren: t.arg.boolean({
        defaultValue: false,
        description: 'With the people of all accounts that are part of it, at any depth; each person counts once.',
      }),
    },
    resolve: ({ id }, { includeChildren }) => ({ id, tree: includeChildren === true }),
  }),
}))

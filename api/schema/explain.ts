/** Why a person is, or is not, in a segment, or has a label's value. */
import { readTenant } from '../../engine/definitions.ts'
import { referredBy } from '../../engine/dependencies.ts'
import type { Evidence } from '../../engine/rules/evidence.ts'
import { explain, type ExplainedNode, type Explanation } from '../../engine/rules/explain.ts'
import { compile, type Subject } from '../../engine/rules/index.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { uuidOf } from '../noun/id.ts'
import { missing } from '../noun/record.ts'
import { Account } from './account.ts'
import { Profile } from './profile.ts'

type Compiled = { text: string; parameters: unknown[] }
type Explained = Explanation & { compiled: Compiled; timezone: string }

export const RuleEvidence = builder.objectRef<Evidence>('RuleEvidence').implement({
  description: 'A row that proves an answer.',
  fields: (t) => ({
    kind: t.exposeString('kind', {
      description: '"event", a kind of record, "identifier", "account", "person", "consent" or "list".',
    }),
    id: t.exposeString('id'),
    at: t.field({ type: 'DateTime', nullable: true, resolve: ({ at }) => at }),
    data: t.field({
      type: 'JSON',
      description: "The event's name and properties, or the record's fields.",
      resolve: ({ data }) => data,
    }),
  }),
})

type Flat = ExplainedNode & { depth: number }

const RuleNodeAnswer = builder.objectRef<Flat>('RuleNodeAnswer').implement({
  description: 'A node of a rule, and its answer for one person or account.',
  fields: (t) => ({
    depth: t.exposeInt('depth', { description: 'How deep it is in the tree: 0 at the root.' }),
    path: t.stringList({
      description: 'Where it is in the rule; of a segment that is referred to, where that is named.',
      resolve: ({ path }) => path.map(String),
    }),
    node: t.exposeString('node', { description: '"all", "event", "segment" ...' }),
    rule: t.field({ type: 'JSON', description: 'As it stands in the rule.', resolve: ({ rule }) => rule }),
    holds: t.exposeBoolean('holds'),
    until: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when that stays so if nothing else happens; null: for ever.',
      resolve: ({ until }) => until,
    }),
    found: t.field({
      type: 'JSON',
      nullable: true,
      description: "What was compared: a trait's or a label's value, a count, an aggregate.",
      resolve: ({ found }) => found ?? null,
    }),
    evidence: t.field({
      type: [RuleEvidence],
      description: 'The latest few rows that the node is about.',
      resolve: ({ evidence }) => evidence,
    }),
  }),
})

const RuleExplanation = builder.objectRef<Explained>('RuleExplanation').implement({
  description: 'Why a person or account is, or is not, in a segment, or has the value of a label.',
  fields: (t) => ({
    profile: t.field({
      type: Profile.ref,
      nullable: true,
      description: 'The person, if it is about one.',
      resolve: ({ subject, id }, _args, { loaders }) => (subject === 'person' ? loaders.row(Profile, id) : null),
    }),
    account: t.field({
      type: Account.ref,
      nullable: true,
      description: 'The account, if it is about one.',
      resolve: ({ subject, id }, _args, { loaders }) => (subject === 'account' ? loaders.row(Account, id) : null),
    }),
    at: t.field({ type: 'DateTime', description: 'The instant that was asked about.', resolve: ({ at }) => at }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: "Whether they are in the segment, or the label's value.",
      resolve: ({ value }) => value,
    }),
    until: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when that stays so if nothing else happens; null: for ever.',
      resolve: ({ until }) => until,
    }),
    nodes: t.field({
      type: [RuleNodeAnswer],
      description: 'The tree, each node before its children; depth says where it belongs.',
      resolve: ({ nodes }) => flatten(nodes, 0),
    }),
    sql: t.string({
      description:
        'The statement that the rule is compiled to. $1 are the people or accounts, $2 the instant, $3 the time zone.',
      resolve: ({ compiled }) => compiled.text,
    }),
    plan: t.string({
      description: 'How Postgres runs it for this person or account, with times (EXPLAIN ANALYZE).',
      complexity: 100,
      resolve: async ({ compiled, id, at, timezone }, _args, { tenant }) => {
        const parameters = [[id], at, timezone, ...compiled.parameters]
        const rows = await tenant((tx) =>
          tx.unsafe(`EXPLAIN (ANALYZE, BUFFERS) ${compiled.text}`, parameters as never[], { prepare: false }),
        )
        return rows.map((row) => row['QUERY PLAN']).join('\n')
      },
    }),
  }),
})

for (const [name, kind, type] of [
  ['explainSegment', 'segment', 'Segment'],
  ['explainLabel', 'label', 'Label'],
] as const) {
  builder.queryField(name, (t) =>
    t.field({
      type: RuleExplanation,
      nullable: true,
      description: `Why a person or account is, or is not, in ${kind === 'segment' ? 'a segment' : 'a case of a label'}: the rule's tree with each node's answer, and the events and records that prove it. Null when there is no such person or account any more.`,
      complexity: { field: 100, multiplier: 10 },
      args: {
        id: t.arg.id({ description: `The ${kind}, by id ...` }),
        key: t.arg.string({ description: '... or by key.' }),
        profileId: t.arg.id({ description: `Whom to ask about, where the ${kind} is about people ...` }),
        accountId: t.arg.id({ description: '... or the account, where it is about accounts.' }),
        at: t.arg({
          type: 'DateTime',
          description: 'The instant to ask about, by what is known now; now when left out.',
        }),
      },
      resolve: (_root, { id, key, profileId, accountId, at }, context) => {
        if ((id == null) === (key == null)) throw new KithError('INPUT_INVALID', 'Expected either id or key.')
        if ((profileId == null) === (accountId == null)) {
          throw new KithError('INPUT_INVALID', 'Expected either profileId or accountId.')
        }
        const uuid = id == null ? null : uuidOf(type, id)
        const who: Who =
          profileId == null
            ? { subject: 'account', id: uuidOf('Account', accountId!) }
            : { subject: 'person', id: uuidOf('Profile', profileId) }
        return explainFor(context, who, at, (one) =>
          one.kind === kind && (uuid ? one.id === uuid : one.key === key) ? one : null,
        ).then((found) => (found === 'unknown' ? missing(type, id ?? key ?? '') : found))
      },
    }),
  )
}

type Known = NonNullable<Awaited<ReturnType<typeof readTenant>>>['definitions'][number]

type Who = { subject: Subject; id: string }

function explainFor(
  { tenant, viewer }: Context,
  { subject, id }: Who,
  at: string | null | undefined,
  choose: (definition: Known) => Known | null,
): Promise<Explained | 'unknown' | null> {
  return tenant(async (tx) => {
    const known = await readTenant(tx, viewer.tenantId)
    const definition = known?.definitions.find(choose)
    if (!known || !definition) return 'unknown'
    if ((definition.subject ?? 'person') !== subject) {
      const wanted = definition.subject === 'account' ? 'accountId' : 'profileId'
      throw new KithError(
        'INPUT_INVALID',
        `The ${definition.kind} is about ${ABOUT[definition.subject ?? 'person']}: expected ${wanted}.`,
      )
    }
    const referred = referredBy([definition], known.definitions)
    const moment = { id, at: at ?? known.at, timezone: known.timezone }
    const explanation = await explain(tx, definition, referred, moment)
    return (
      explanation && { ...explanation, compiled: compile([definition, ...referred], subject), timezone: known.timezone }
    )
  })
}

const ABOUT: Record<Subject, string> = { person: 'people', account: 'accounts' }

function flatten(nodes: ExplainedNode[], depth: number): Flat[] {
  return nodes.flatMap((node) => [{ ...node, depth }, ...flatten(node.children, depth + 1)])
}

/** Why a person is, or is not, in a segment, or has a label's value. */
import { readTenant } from '../../engine/definitions.ts'
import { referredBy } from '../../engine/dependencies.ts'
import type { Evidence } from '../../engine/rules/evidence.ts'
import { explain, type ExplainedNode, type Explanation } from '../../engine/rules/explain.ts'
import { compile } from '../../engine/rules/index.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { uuidOf } from '../noun/id.ts'
import { missing } from '../noun/record.ts'
import { Profile } from './profile.ts'

type Compiled = { text: string; parameters: unknown[] }
type Explained = Explanation & { compiled: Compiled; timezone: string }

export const RuleEvidence = builder.objectRef<Evidence>('RuleEvidence').implement({
  description: 'A row that proves an answer.',
  fields: (t) => ({
    kind: t.exposeString('kind', {
      description: '"event", a kind of record, "identifier", "account", "consent" or "list".',
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
  description: 'A node of a rule, and its answer for one person.',
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
  description: 'Why a person is, or is not, in a segment, or has the value of a label.',
  fields: (t) => ({
    profile: t.field({
      type: Profile.ref,
      resolve: ({ profileId }, _args, { loaders }) => loaders.row(Profile, profileId),
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
      description: 'The statement that the rule is compiled to. $1 are the people, $2 the instant, $3 the time zone.',
      resolve: ({ compiled }) => compiled.text,
    }),
    plan: t.string({
      description: 'How Postgres runs it for this person, with times (EXPLAIN ANALYZE).',
      complexity: 100,
      resolve: async ({ compiled, profileId, at, timezone }, _args, { tenant }) => {
        const parameters = [[profileId], at, timezone, ...compiled.parameters]
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
      description: `Why a person is, or is not, in ${kind === 'segment' ? 'a segment' : 'a case of a label'}: the rule's tree with each node's answer, and the events and records that prove it. Null when there is no such person any more.`,
      complexity: { field: 100, multiplier: 10 },
      args: {
        id: t.arg.id({ description: `The ${kind}, by id ...` }),
        key: t.arg.string({ description: '... or by key.' }),
        profileId: t.arg.id({ required: true }),
        at: t.arg({
          type: 'DateTime',
          description: 'The instant to ask about, by what is known now; now when left out.',
        }),
      },
      resolve: (_root, { id, key, profileId, at }, context) => {
        if ((id == null) === (key == null)) throw new KithError('INPUT_INVALID', 'Expected either id or key.')
        const uuid = id == null ? null : uuidOf(type, id)
        return explainFor(context, uuidOf('Profile', profileId), at, (one) =>
          one.kind === kind && (uuid ? one.id === uuid : one.key === key) ? one : null,
        ).then((found) => (found === 'unknown' ? missing(type, id ?? key ?? '') : found))
      },
    }),
  )
}

type Known = NonNullable<Awaited<ReturnType<typeof readTenant>>>['definitions'][number]

function explainFor(
  { tenant, viewer }: Context,
  profileId: string,
  at: string | null | undefined,
  choose: (definition: Known) => Known | null,
): Promise<Explained | 'unknown' | null> {
  return tenant(async (tx) => {
    const known = await readTenant(tx, viewer.tenantId)
    const definition = known?.definitions.find(choose)
    if (!known || !definition) return 'unknown'
    const referred = referredBy([definition], known.definitions)
    const moment = { profileId, at: at ?? known.at, timezone: known.timezone }
    const explanation = await explain(tx, definition, referred, moment)
    return explanation && { ...explanation, compiled: compile([definition, ...referred]), timezone: known.timezone }
  })
}

function flatten(nodes: ExplainedNode[], depth: number): Flat[] {
  return nodes.flatMap((node) => [{ ...node, depth }, ...flatten(node.children, depth + 1)])
}

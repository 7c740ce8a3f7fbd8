/** Why a transition happened. */
import { type Reason, reasonsOf, type Told } from '../../engine/reasons.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { RuleEvidence } from './explain.ts'

const TransitionTrigger = builder.enumType('TransitionTrigger', {
  description: 'What turned a node of a rule.',
  values: {
    EVENT: { value: 'event', description: 'Events that came: those of the evidence.' },
    TIME: { value: 'time', description: 'Time that passed: a window ended, or something did not come.' },
    STATE: { value: 'state', description: 'A trait, a record, a consent, a list or another label or segment.' },
    IDENTITY: { value: 'identity', description: 'Profiles that turned out to be one person, or were parted.' },
    DEFINITION: { value: 'definition', description: 'The rule: it was new, changed or resumed.' },
    UNKNOWN: { value: 'unknown', description: 'Not known any more; `reasonsMissing` says why.' },
  } as const,
})

export const TransitionReason = builder.objectRef<Reason>('TransitionReason').implement({
  description: 'A node of the rule that turned, or on which the answer rests, and what turned it.',
  fields: (t) => ({
    path: t.stringList({ description: 'Where it is in the rule.', resolve: ({ path }) => path.map(String) }),
    node: t.exposeString('node', { description: '"event", "field", "followedBy" ...' }),
    rule: t.field({ type: 'JSON', description: 'As it stood in the rule then.', resolve: ({ rule }) => rule }),
    trigger: t.field({ type: TransitionTrigger, resolve: ({ trigger }) => trigger }),
    held: t.boolean({
      nullable: true,
      description: 'Whether it held before; null when nothing tells it from before.',
      resolve: ({ held }) => held,
    }),
    holds: t.exposeBoolean('holds', { description: 'Whether it held from then on.' }),
    at: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'For TIME: the instant at which it turned.',
      resolve: ({ at }) => at,
    }),
    found: t.field({
      type: 'JSON',
      nullable: true,
      description: "What was compared: a trait's or a label's value, a count, an aggregate.",
      resolve: ({ found }) => found ?? null,
    }),
    evidence: t.field({
      type: [RuleEvidence],
      description: 'For EVENT those that turned it; else the latest few rows that the node is about.',
      resolve: ({ evidence }) => evidence,
    }),
  }),
})

/** The fields `reasons` and `reasonsMissing` of whatever tells of a transition. */
export function reasonsFields(t: any, transitionOf: (row: any) => string | null | undefined): Record<string, any> {
  const told = (row: unknown, { loaders }: Context): Promise<Told | null> | null => {
    const id = transitionOf(row)
    if (!id) return null
    return loaders
      .of<string, Told | null>('reasons', async (tx, ids) => {
        const found: (Told | null)[] = []
        for (const id of ids) found.push(await reasonsOf(tx, id))
        return found
      })
      .load(id)
  }
  const complexity = { field: 50, multiplier: 5 }
  return {
    reasons: t.field({
      type: [TransitionReason],
      nullable: true,
      description:
        'Why: which nodes of the rule of that time turned, and by what. Worked out when asked for. Of what is not known any more the parts of the rule with what is left; null for what is no transition.',
      complexity,
      resolve: async (row: unknown, _args: unknown, context: Context) => (await told(row, context))?.reasons ?? null,
    }),
    reasonsMissing: t.string({
      nullable: true,
      description:
        'What is not known any more of the reasons, in plain words: the audit log of that time is pruned, the person is erased. Null when they are the whole of it.',
      complexity,
      resolve: async (row: unknown, _args: unknown, context: Context) => (await told(row, context))?.missing ?? null,
    }),
  }
}

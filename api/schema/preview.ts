/** What a rule would say, before it is saved. */
import { readTenant } from '../../engine/definitions.ts'
import { type Group, type Preview, previewSegment } from '../../engine/segments/preview.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { uuidOf } from '../noun/id.ts'
import { missing } from '../noun/record.ts'
import { Account } from './account.ts'
import { type Candidate, checkAmong, DefinitionSubject } from './definition.ts'
import { Profile } from './profile.ts'
import { AccountRuleInput, ruleForms, RuleInput, takeRule } from './rule.ts'

const MOST_NAMED = 100

const PreviewGroup = builder.objectRef<Group>('PreviewGroup').implement({
  description: 'People, or accounts, of one kind: how many, and some of them.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'By the sample, when not everybody was evaluated.' }),
    profiles: t.field({
      type: [Profile.ref],
      description: 'Some of them; none where the rule is about accounts.',
      complexity: { field: 0, multiplier: 1 },
      resolve: ({ subject, ids }, _args, { loaders }) => (subject === 'person' ? loaders.rows(Profile, ids) : []),
    }),
    accounts: t.field({
      type: [Account.ref],
      description: 'Some of them; none where the rule is about people.',
      complexity: { field: 0, multiplier: 1 },
      resolve: ({ subject, ids }, _args, { loaders }) => (subject === 'account' ? loaders.rows(Account, ids) : []),
    }),
  }),
})

const SegmentPreview = builder.objectRef<Preview>('SegmentPreview').implement({
  description: 'What a rule would say, before it is saved.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'The instant that was asked about.', resolve: ({ at }) => at }),
    people: t.exposeInt('people', { description: 'How many people, or accounts, there are in all.' }),
    evaluated: t.exposeInt('evaluated', { description: 'How many of them were evaluated.' }),
    exact: t.boolean({
      description: 'Whether everybody was evaluated, and the counts are exact.',
      resolve: ({ people, evaluated }) => evaluated >= people,
    }),
    margin: t.exposeInt('margin', {
      description: 'The count of those who match is right within this, 19 times of 20.',
    }),
    matching: t.field({
      type: PreviewGroup,
      description: 'Who satisfies the rule.',
      resolve: ({ matching }) => matching,
    }),
    entering: t.field({
      type: PreviewGroup,
      description: 'Who satisfies it and is not in the segment now.',
      resolve: ({ entering }) => entering,
    }),
    leaving: t.field({
      type: PreviewGroup,
      description: 'Who is in the segment now and does not satisfy it.',
      resolve: ({ leaving }) => leaving,
    }),
  }),
})

builder.queryFields((t) => ({
  previewSegment: t.field({
    type: SegmentPreview,
    description:
      'How many people, or accounts, a rule is true of, and which; with a segment, who would enter and who would leave if the rule became its own. RULE_INVALID as when it is saved.',
    complexity: ({ name, exact }) => ({ field: exact ? 1000 : 100, multiplier: Math.min(name ?? 10, MOST_NAMED) }),
    args: {
      rule: t.arg({ type: 'JSON', description: 'The rule as JSON; see docs/rules.md. Either this or a tree.' }),
      tree: t.arg({ type: RuleInput, description: 'The rule as typed inputs, where it is about people.' }),
      accountTree: t.arg({
        type: AccountRuleInput,
        description: 'The rule as typed inputs, where it is about accounts.',
      }),
      subject: t.arg({
        type: DefinitionSubject,
        description: 'Whom the rule is about; whom the segment is about, or people, when left out.',
      }),
      segmentId: t.arg.id({ description: 'The segment that would be changed.' }),
      at: t.arg({
        type: 'DateTime',
        description: 'The instant to ask about, by what is known now; now when left out.',
      }),
      exact: t.arg.boolean({ description: 'Evaluate everybody, not a sample of them.', defaultValue: false }),
      name: t.arg.int({ description: `How many of each kind to name; at most ${MOST_NAMED}.`, defaultValue: 10 }),
    },
    resolve: (_root, { rule: json, tree, accountTree, segmentId, at, exact, name, ...given }, { tenant, viewer }) => {
      if (name != null && (name < 0 || name > MOST_NAMED)) {
        throw new KithError('PAGE_TOO_LARGE', `Expected name to be 0 to ${MOST_NAMED}, got ${name}.`)
      }
      const id = segmentId ? uuidOf('Segment', segmentId) : null
      return tenant(async (tx) => {
        const known = await readTenant(tx, viewer.tenantId)
        if (!known) return missing('Tenant', viewer.tenantId)
        const segment = known.definitions.find((one) => one.kind === 'segment' && one.id === id)
        if (id && !segment) missing('Segment', id)
        const its = segment && (segment.subject ?? 'person')
        const subject = given.subject ?? its ?? 'person'
        if (its && its !== subject) {
          throw new KithError('INPUT_INVALID', `The segment ${segment.key} has the subject ${its.toUpperCase()}.`)
        }
        const rule = takeRule({ rule: json, tree, accountTree }, ruleForms, subject) as object | undefined
        if (!rule) throw new KithError('INPUT_INVALID', 'Expected rule or tree; got neither.')
        const candidate = { id: id ?? '', kind: 'segment', key: segment?.key ?? '', subject, rule } as Candidate
        await checkAmong(tx, known.definitions, candidate)
        return previewSegment(tx, known, { subject, rule, segment, at, exact: exact ?? false, name: name ?? 10 })
      })
    },
  }),
}))

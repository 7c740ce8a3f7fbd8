/** Sets of people, or of accounts, made of segments by and, or and not. */
import { type SQL, sql } from 'drizzle-orm'
import { type Audience, countAudiences, readFreshness, sampleAudience } from '../../engine/segments/audience.ts'
import type { Transaction } from '../../db/client.ts'
import { STORED, type Subject } from '../../engine/rules/index.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import type { Loaders } from '../loaders/index.ts'
import { connectionField } from '../noun/connection.ts'
import type { Row } from '../noun/write.ts'
import { Account } from './account.ts'
import { byKey, DefinitionSubject } from './definition.ts'
import { Profile } from './profile.ts'
import { Segment } from './segment.ts'

const MOST_SEGMENTS = 20
const MOST_NODES = 100
const MOST_DEEP = 20
/** So many segments have 64 regions. */
const MOST_OF_REGIONS = 6
const MOST_SAMPLED = 100
const SIZE = { defaultValue: 10, description: `At most ${MOST_SAMPLED}.` }
const sampled = ({ size }: { size?: number | null }) => ({
  field: 100,
  multiplier: Math.min(Math.max(size ?? 10, 1), MOST_SAMPLED),
})

type Where = { segment?: string | null; and?: Where[] | null; or?: Where[] | null; not?: Where | null }
type Asked = { subject: Subject; segments: Row[]; audience: Audience }
type Overlap = Asked & { segment: number }
type Region = { segments: Row[]; count: number }

const AudienceInput = builder.inputRef<Where>('AudienceInput')
AudienceInput.implement({
  description: 'Who: exactly one of these. `{and: [{segment: "pro"}, {not: {segment: "dormant"}}]}`',
  isOneOf: true,
  fields: (t) => ({
    segment: t.string({ description: 'In the segment with this key.' }),
    and: t.field({ type: [AudienceInput], description: 'In all of these; of none: everybody.' }),
    or: t.field({ type: [AudienceInput], description: 'In at least one of these; of none: nobody.' }),
    not: t.field({ type: AudienceInput, description: 'Not in this.' }),
  }),
})

const AudienceOverlap = builder.objectRef<Overlap>('AudienceOverlap').implement({
  description: 'One of the segments of an audience, and how much the two have in common.',
  fields: (t) => ({
    segment: t.field({ type: Segment.ref, resolve: ({ segments, segment }) => segments[segment] as never }),
    size: t.int({
      description: 'How many people, or accounts, are in the segment.',
      resolve: (asked, _args, { loaders }) => count(loaders, asked, { segment: asked.segment }),
    }),
    both: t.int({
      description: 'How many are in the segment and in the audience.',
      resolve: (asked, _args, { loaders }) =>
        count(loaders, asked, { and: [{ segment: asked.segment }, asked.audience] }),
    }),
    similarity: t.float({
      description: 'both / either (Jaccard): 0 when nobody is in both, 1 when they are the same.',
      resolve: async (asked, _args, { loaders }) => {
        const own = { segment: asked.segment }
        const [both, either] = await Promise.all([
          count(loaders, asked, { and: [own, asked.audience] }),
          count(loaders, asked, { or: [own, asked.audience] }),
        ])
        return either === 0 ? 0 : both / either
      },
    }),
  }),
})

const AudienceRegion = builder.objectRef<Region>('AudienceRegion').implement({
  description: 'Those of an audience who are in the same of its segments: a field of the Venn diagram.',
  fields: (t) => ({
    segments: t.field({
      type: [Segment.ref],
      complexity: { field: 0, multiplier: 1 },
      description: 'They are in all of these, and in none of the others.',
      resolve: ({ segments }) => segments as never,
    }),
    count: t.exposeInt('count'),
  }),
})

const AudienceType = builder.objectRef<Asked>('Audience').implement({
  description: 'A set of people, or of accounts, made of segments. All numbers are exact, as of now.',
  fields: (t) => ({
    subject: t.field({ type: DefinitionSubject, resolve: ({ subject }) => subject }),
    count: t.int({
      description: 'How many people, or accounts, are in it.',
      resolve: (asked, _args, { loaders }) => count(loaders, asked, asked.audience),
    }),
    people: t.int({
      description: 'How many people, or accounts, there are in all.',
      resolve: (asked, _args, { loaders }) => count(loaders, asked, { and: [] }),
    }),
    members: connectionField(t, { noun: Profile, name: 'of audience' }, 'Of an audience of people: who is in it.', {
      relationByRow: (asked: Asked) => ({ noun: Profile, ...listed(asked, 'person') }),
    }),
    accounts: connectionField(
      t,
      { noun: Account, name: 'of audience' },
      'Of an audience of accounts: which are in it.',
      { relationByRow: (asked: Asked) => ({ noun: Account, ...listed(asked, 'account') }) },
    ),
    sample: t.field({
      type: [Profile.ref],
      description: 'Some of the people, drawn anew each time; each as likely as any other.',
      complexity: sampled,
      args: { size: t.arg.int(SIZE) },
      resolve: async (asked, { size }, context) =>
        context.loaders.rows(Profile, await sample(context, asked, 'person', size)),
    }),
    sampleAccounts: t.field({
      type: [Account.ref],
      description: 'Some of the accounts, as `sample`.',
      complexity: sampled,
      args: { size: t.arg.int(SIZE) },
      resolve: async (asked, { size }, context) =>
        context.loaders.rows(Account, await sample(context, asked, 'account', size)),
    }),
    overlap: t.field({
      type: [AudienceOverlap],
      description: 'What the audience has in common with each of its segments.',
      complexity: { field: 10, multiplier: 5 },
      resolve: (asked) => asked.segments.map((_, segment) => ({ ...asked, segment })),
    }),
    regions: t.field({
      type: [AudienceRegion],
      description: `How many of the audience are in which of its segments together, for up to ${MOST_OF_REGIONS} segments; largest first, none that is empty.`,
      complexity: { field: 100, multiplier: 10 },
      resolve: async (asked, _args, { loaders }) => {
        const { segments, audience } = asked
        if (segments.length > MOST_OF_REGIONS) {
          throw new KithError(
            'INPUT_INVALID',
            `Expected at most ${MOST_OF_REGIONS} segments for regions, got ${segments.length}.`,
          )
        }
        const inside = (set: number, n: number) => ((set >> n) & 1) === 1
        const regions = Array.from({ length: 2 ** segments.length }, async (_, set): Promise<Region> => {
          const parts = segments.map((_, n) => (inside(set, n) ? { segment: n } : { not: { segment: n } }))
          const size = await count(loaders, asked, { and: [audience, ...parts] })
          return { segments: segments.filter((_, n) => inside(set, n)), count: size }
        })
        const sizes = (await Promise.all(regions)).filter(({ count }) => count > 0)
        return sizes.sort((a, b) => b.count - a.count)
      },
    }),
  }),
})

builder.queryFields((t) => ({
  audience: t.field({
    type: AudienceType,
    description: `People, or accounts, by their segments, joined by and, or and not: how many, who, and how the segments overlap. Up to ${MOST_SEGMENTS} segments.`,
    complexity: { field: 20, multiplier: 1 },
    args: {
      where: t.arg({ type: AudienceInput, required: true }),
      subject: t.arg({
        type: DefinitionSubject,
        description: 'Whom it is about, as its segments are; without any, people when left out.',
      }),
    },
    resolve: async (_root, { where, subject: wanted }, { loaders }): Promise<Asked> => {
      const keys: string[] = []
      const audience = read(where, keys, { nodes: 0 }, 0)
      if (keys.length > MOST_SEGMENTS) {
        throw new KithError('INPUT_INVALID', `Expected at most ${MOST_SEGMENTS} segments, got ${keys.length}.`)
      }
      const segments = await Promise.all(keys.map((key) => byKey(loaders, Segment, key)))
      const lost = keys.find((_, n) => !segments[n])
      if (lost !== undefined) {
        const shown = JSON.stringify(lost.slice(0, 80))
        throw new KithError('NOT_FOUND', `There is no segment with the key ${shown}.`, { status: 404 })
      }
      const subject: Subject = wanted ?? segments[0]?.subject ?? 'person'
      checkSubject(segments as Row[], subject)
      return { subject, segments: segments as Row[], audience }
    },
  }),
}))

/** Refuses to mix people and accounts. */
export function checkSubject(segments: Row[], subject: Subject): void {
  const other = segments.find((segment) => segment.subject !== subject)
  if (!other) return
  const [those, found] = subject === 'person' ? ['people', 'accounts'] : ['accounts', 'people']
  throw new KithError('INPUT_INVALID', `Expected segments of ${those}; ${other.key} is one of ${found}.`)
}

/** The tree with each segment by its place among `keys`, which grow. */
function read(where: Where, keys: string[], budget: { nodes: number }, depth: number): Audience {
  if (++budget.nodes > MOST_NODES || depth > MOST_DEEP) {
    throw new KithError('INPUT_INVALID', `Expected at most ${MOST_NODES} nodes, no deeper than ${MOST_DEEP}.`)
  }
  const below = (child: Where) => read(child, keys, budget, depth + 1)
  if (where.and) return { and: where.and.map(below) }
  if (where.or) return { or: where.or.map(below) }
  if (where.not) return { not: below(where.not) }
  const key = where.segment!
  const known = keys.indexOf(key)
  return { segment: known === -1 ? keys.push(key) - 1 : known }
}

const idsOf = ({ segments }: Asked) => segments.map(({ id }) => id as string)

/** All that a query counts over the same segments is one statement. */
function count(loaders: Loaders, asked: Asked, audience: Audience): Promise<number> {
  const ids = idsOf(asked)
  return loaders
    .of<string, number>(`audience ${asked.subject} ${ids.join()}`, async (tx, audiences) =>
      countAudiences(
        tx,
        ids,
        audiences.map((text) => JSON.parse(text) as Audience),
        await wayOf(tx, asked),
      ),
    )
    .load(JSON.stringify(audience))
}

/** Whoever asks gets an exact answer now, and bits that are old are renewed for who asks next. */
async function wayOf(tx: Transaction, { subject }: Asked) {
  const found = await readFreshness(tx, subject)
  if (found.stale) await tx`SELECT ops.refresh_audience()`
  return { subject, usable: found.usable }
}

/** Of an audience of the other subject nobody. */
async function sample({ tenant }: Context, asked: Asked, subject: Subject, size: number | null | undefined) {
  const wanted = size ?? 10
  if (wanted < 0 || wanted > MOST_SAMPLED) {
    throw new KithError('PAGE_TOO_LARGE', `Expected a sample of 0 to ${MOST_SAMPLED}, got ${wanted}.`)
  }
  if (asked.subject !== subject) return []
  return tenant(async (tx) => sampleAudience(tx, idsOf(asked), asked.audience, wanted, await wayOf(tx, asked)))
}

/** Those of an audience, as a relation; of one of the other subject nobody. */
function listed(asked: Asked, subject: Subject) {
  const ids = idsOf(asked)
  const living = subject === 'person' ? sql`t.merged_into IS NULL` : sql`true`
  const name = `of audience ${asked.subject} ${JSON.stringify(asked.audience)} ${ids.join()}`
  const where = asked.subject === subject ? sql`${living} AND ${memberSql(asked, asked.audience)}` : sql`false`
  return { name, where: () => where }
}

function memberSql(asked: Asked, audience: Audience): SQL {
  if ('segment' in audience) {
    const { id, members } = STORED[asked.subject]
    return sql`EXISTS (SELECT FROM ${sql.raw(members)} m WHERE m.segment_id = ${asked.segments[audience.segment]!.id}::uuid AND m.${sql.raw(id)} = t.id)`
  }
  if ('not' in audience) return sql`NOT ${memberSql(asked, audience.not)}`
  const [parts, word, empty] =
    'and' in audience ? [audience.and, sql` AND `, sql`true`] : [audience.or, sql` OR `, sql`false`]
  if (parts.length === 0) return empty
  return sql`(${sql.join(
    parts.map((part) => memberSql(asked, part)),
    word,
  )})`
}

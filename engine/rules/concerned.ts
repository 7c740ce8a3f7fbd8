/**
 * Whom events concern: of people of whom nothing is new but events of certain names, those whose answers these can change.
 * A small statement that reads profiles and memberships tells, and only those whom it names need their events read.
 *
 * Of each rule three things are known without reading an event. Two bounds, which hold whatever events come and whatever the
 * time, made of what no event and no time changes: the answer is at least `low` and at most `high`. And which way an event
 * that is added can move it: who is in a segment that events can only bring people into, stays in, and at least for as long as
 * the timer says. So an answer that is left alone is right until its timer, which may be too early now and is never too late.
 */
import { compileComparison } from './condition.ts'
import { type AnyRule, nameOf, type Reference } from './order.ts'
import { Parameters, SUBJECTS_ASKED, AT, TIMEZONE } from './parameters.ts'
import { personField } from './person-field.ts'
import { compileRandom } from './random.ts'
import { readsEvent, readsOf } from './reads.ts'
import { and, FALSE, not, or, TRUE, toTest, type Truth } from './truth.ts'
import type {
  AccountDefinition,
  Definition,
  EventNode,
  Kept,
  LabelRule,
  NumberComparison,
  Rule,
  Subject,
} from './types.ts'

type PersonDefinition = Exclude<Definition, AccountDefinition>

/** How an event that is added can change an answer: not at all, only to true, only to false, or either way. */
type Moves = 'no' | 'up' | 'down' | 'any'
type Bounds = { low: Truth; high: Truth; moves: Moves }

/** Beyond so many definitions hardly anybody is concerned by none of them. */
const MOST = 8

/**
 * A SELECT of the ids of those of the profiles $1 whom events with these names can concern; null where that is anybody. The
 * definitions' stored answers must be those of their rules. `$2` and `$3` are the instant and the time zone, and `many` is meant, as
 * in compile().
 */
export function compileConcerned(
  definitions: readonly PersonDefinition[],
  names: ReadonlySet<string>,
  referred: readonly Definition[],
  many = false,
): { text: string; parameters: string[] } | null {
  if (definitions.length > MOST) return null
  const concerned = new Concerned(names, referred, many)
  const test = or(definitions.map((definition) => concerned.by(definition)))
  if (test === TRUE) return null
  return concerned.parameters.finish(`
SELECT s.id
FROM profiles s
WHERE s.tenant_id = (SELECT kith_tenant()) AND s.id = ANY (${SUBJECTS_ASKED}) AND (${AT}, ${TIMEZONE}) IS NOT NULL
  AND ${toTest(test)}`)
}

class Concerned {
  readonly parameters = new Parameters()
  private readonly names: ReadonlySet<string>
  private readonly referred: ReadonlyMap<string, Definition>
  private readonly many: boolean

  constructor(names: ReadonlySet<string>, referred: readonly Definition[], many: boolean) {
    this.names = names
    this.many = many
    this.referred = new Map(referred.map((definition) => [nameOf(definition), definition]))
  }

  /** Whether the answer of a definition can change. */
  by({ id, kind, rule }: PersonDefinition): Truth {
    if ('kept' in rule) return FALSE
    if (kind === 'label') return this.byLabel(rule)
    const { low, high, moves } = this.rule(rule)
    if (moves === 'no') return FALSE
    const open = and([high, not(low)])
    return moves === 'any' ? open : and([open, moves === 'up' ? not(this.isMember(id)) : this.isMember(id)])
  }

  private byLabel(rule: LabelRule): Truth {
    if ('compute' in rule) return TRUE
    const whens = 'cases' in rule ? rule.cases : rule.score
    return or(
      whens.map(({ when }) => {
        const { low, high, moves } = this.rule(when)
        return moves === 'no' ? FALSE : and([high, not(low)])
      }),
    )
  }

  /** Of few by a look each: of how many is unknown when it is planned, and to read all members took ten times as long for 50. */
  private isMember(segmentId: string): Truth {
    return {
      test: `EXISTS (
    SELECT FROM members m
    WHERE m.tenant_id = (SELECT kith_tenant()) AND m.segment_id = ${this.parameters.add(segmentId, 'uuid')} AND m.profile_id = s.id${this.many ? '' : '\n    OFFSET 0'}
  )`,
    }
  }

  private rule(rule: Rule): Bounds {
    if ('all' in rule) return this.joined(rule.all, and)
    if ('any' in rule) return this.joined(rule.any, or)
    if ('not' in rule) {
      const { low, high, moves } = this.rule(rule.not)
      return { low: not(high), high: not(low), moves: OPPOSITE[moves] }
    }
    if ('segment' in rule) return this.segment({ kind: 'segment', key: rule.segment.key })
    if ('held' in rule) {
      return { low: FALSE, high: this.rule(rule.held.rule).high, moves: this.isMovedBy(rule) ? 'any' : 'no' }
    }
    if ('random' in rule) return constant(compileRandom(rule.random, 's.id', this.parameters))
    if (this.isMovedBy(rule)) return unknown(movesOf(rule))
    if (!('field' in rule)) return unknown('no')
    const { path } = rule.field
    return constant(compileComparison(rule.field, personField(path, this.parameters), this.parameters))
  }

  private joined(rules: Rule[], join: typeof and): Bounds {
    const all = rules.map((rule) => this.rule(rule))
    return {
      low: join(all.map(({ low }) => low)),
      high: join(all.map(({ high }) => high)),
      moves: all.reduce((sum: Moves, { moves }) => together(sum, moves), 'no'),
    }
  }

  private segment(reference: Reference): Bounds {
    const definition = this.referred.get(nameOf(reference))
    if (!definition || definition.subject === 'account') return constant(FALSE)
    const rule = definition.rule as Rule | Kept
    return 'kept' in rule ? unknown('no') : this.rule(rule)
  }

  private isMovedBy(rule: AnyRule, subject?: Subject): boolean {
    const reads = readsOf(rule, subject)
    return (
      reads.people ||
      [...this.names].some((name) => readsEvent(reads, name)) ||
      reads.definitions.some((reference) => {
        const definition = this.referred.get(nameOf(reference))
        return definition && !('kept' in definition.rule) && this.isMovedBy(definition.rule, definition.subject)
      })
    )
  }
}

const OPPOSITE: Record<Moves, Moves> = { no: 'no', up: 'down', down: 'up', any: 'any' }

const together = (a: Moves, b: Moves): Moves => (a === 'no' || a === b ? b : b === 'no' ? a : 'any')

const unknown = (moves: Moves): Bounds => ({ low: FALSE, high: TRUE, moves })

/** What time changes is as good as unknown. */
const constant = (truth: Truth): Bounds =>
  truth.test === undefined ? unknown('no') : { low: truth, high: truth, moves: 'no' }

/** Which way one more event that a node reads can move it. */
function movesOf(rule: Rule): Moves {
  if ('event' in rule) return movesOfCount(rule.event)
  if ('sequence' in rule) return rule.sequence.strict ? 'any' : 'up'
  if ('followedBy' in rule) return rule.followedBy.absent ? 'any' : 'up'
  return 'any'
}

function movesOfCount({ aggregate, count = { gte: 1 } }: EventNode): Moves {
  if (!aggregate || aggregate.distinct !== undefined) return movesOfNumber(aggregate ?? count)
  // Of none there is no max or min: what is at most so much may come with the first.
  const moves = movesOfNumber(aggregate)
  return (aggregate.max !== undefined && moves === 'up') || (aggregate.min !== undefined && moves === 'down')
    ? 'up'
    : 'any'
}

/** Of a number that only grows. */
function movesOfNumber({ eq, ne, gt, gte, lt, lte, between }: NumberComparison): Moves {
  const has = (values: unknown[]) => values.some((value) => value !== undefined)
  if (has([eq, ne, between])) return 'any'
  return together(has([gt, gte]) ? 'up' : 'no', has([lt, lte]) ? 'down' : 'no')
}

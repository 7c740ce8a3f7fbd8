/** Definitions -> one SQL statement that answers all of them for a set of profiles at an instant. */
import { compileComparison, type Operand } from './condition.ts'
import { compileEvent, type EventContext } from './event.ts'
import { inDependencyOrder } from './order.ts'
import { Parameters, PROFILES } from './parameters.ts'
import { EventScan, Facts } from './scan.ts'
import { and, FALSE, not, or, type Truth, toTest, toUntil } from './truth.ts'
import type { CaseLabel, Comparison, Definition, LabelRule, Rule } from './types.ts'
import { KithError } from '../../errors.ts'

export type Compiled = {
  /**
   * One SELECT. Rows are (definition_id uuid, profile_id uuid, value jsonb, next_at timestamptz), one per definition and
   * profile; a profile that was merged away or erased has none.
   */
  text: string
  /** $4 and further; $1 is uuid[] profiles, $2 timestamptz instant, $3 text timezone. All texts. */
  parameters: string[]
}

/**
 * Compiles definitions together with those they refer to; a reference to one that is not among them is a segment nobody
 * is in, or a label nobody has. Throws RULE_CYCLE when they refer to each other in a circle.
 */
export function compile(definitions: readonly Definition[]): Compiled {
  const compilation = new Compilation(definitions)
  return { text: compilation.statement(), parameters: compilation.parameters.values }
}

/** Where the value of a definition that others refer to is found. */
type Place = { value: string; until: string }

class Compilation {
  readonly parameters = new Parameters()
  private readonly events = new EventScan()
  private readonly identifiers = new Facts('idf')
  private readonly context: EventContext = { parameters: this.parameters, events: this.events }
  private readonly ordered: Definition[]
  private readonly places = new Map<string, Place>()

  constructor(definitions: readonly Definition[]) {
    this.ordered = inDependencyOrder(definitions)
  }

  statement(): string {
    const steps = this.ordered.map((definition, n) => this.step(definition, n))
    const answers = this.ordered.map(
      ({ id, kind, key }) =>
        `  (${this.parameters.add(id, 'uuid')}, ${this.places.get(`${kind} ${key}`)!.value}, ${this.places.get(`${kind} ${key}`)!.until})`,
    )
    const eventFacts = this.events.facts.build('FROM events_read e')
    const identifierFacts = this.identifiers.build('FROM owned o')
    const ctes = [
      `subjects AS (
SELECT id, traits, first_seen, last_seen, created_at
FROM profiles
WHERE tenant_id = (SELECT kith_tenant()) AND id = ANY (${PROFILES}) AND merged_into IS NULL
)`,
      `owned AS (
SELECT profile_id, id, type, value
FROM identifiers
WHERE tenant_id = (SELECT kith_tenant()) AND profile_id = ANY (${PROFILES})
)`,
      ...(this.events.used ? [this.events.cte(this.parameters)] : []),
      ...eventFacts.ctes,
      ...identifierFacts.ctes,
    ]
    return `WITH ${ctes.join(',\n')}
SELECT a.definition_id, s.id AS profile_id, a.value, CASE WHEN a.until < 'infinity' THEN to_timestamp(a.until) END AS next_at
FROM subjects s
${[...eventFacts.joins, ...identifierFacts.joins, ...steps].join('\n')}
CROSS JOIN LATERAL (VALUES
${answers.join(',\n')}
) a (definition_id, value, until)`
  }

  /** One definition as a LATERAL of its own, which the following ones may refer to. OFFSET 0: computed once. */
  private step({ kind, key, rule }: Definition, n: number): string {
    const name = `d${n}`
    this.places.set(`${kind} ${key}`, { value: `${name}.value`, until: `${name}.until` })
    if (kind === 'segment') {
      const until = toUntil(this.rule(rule))
      return `CROSS JOIN LATERAL (SELECT to_jsonb(u > 0) AS value, abs(u) AS until FROM (SELECT ${until} AS u OFFSET 0) r OFFSET 0) ${name}`
    }
    return `CROSS JOIN LATERAL (${this.label(rule)} OFFSET 0) ${name}`
  }

  private label(rule: LabelRule): string {
    if ('cases' in rule) return this.cases(rule)
    throw new KithError('RULE_INVALID', 'Labels other than cases are not supported yet.')
  }

  private cases({ cases, otherwise }: CaseLabel): string {
    const answers = cases.map(({ when }, n) => `${toUntil(this.rule(when))} AS c${n}`)
    const whens = cases.map(({ value }, n) => `WHEN c${n} > 0 THEN ${this.parameters.json(value)}`)
    const last = otherwise === undefined || otherwise === null ? 'NULL::jsonb' : this.parameters.json(otherwise)
    const until = cases.reduceRight(
      (rest, _case, n) => `CASE WHEN c${n} > 0 THEN c${n} ELSE LEAST(- c${n}, ${rest}) END`,
      "'infinity'::float8",
    )
    return `SELECT CASE ${whens.join(' ')} ELSE ${last} END AS value, ${until} AS until FROM (SELECT ${answers.join(', ')} OFFSET 0) c`
  }

  private rule(rule: Rule): Truth {
    if ('all' in rule) return and(rule.all.map((child) => this.rule(child)))
    if ('any' in rule) return or(rule.any.map((child) => this.rule(child)))
    if ('not' in rule) return not(this.rule(rule.not))
    if ('field' in rule) return compileComparison(rule.field, this.fieldOf(rule.field.path), this.parameters)
    if ('identifier' in rule) return this.identifier(rule.identifier)
    if ('label' in rule) return this.labelIs(rule.label)
    if ('segment' in rule) return this.isMember(rule.segment.key)
    if ('event' in rule) return compileEvent(rule.event, this.context)
    throw new KithError('RULE_INVALID', `"${Object.keys(rule)[0]}" is not supported yet.`)
  }

  private fieldOf(path: string): Operand {
    const column = { firstSeen: 's.first_seen', lastSeen: 's.last_seen', createdAt: 's.created_at' }[path]
    if (column) return { json: `to_jsonb(${column})`, time: column }
    return { json: `(s.traits #> ${this.parameters.path(path.replace(/^traits\./, ''))})` }
  }

  /** Any of the profile's identifiers of the type; the negative operators are exactly the negation. */
  private identifier({ type, ...comparison }: Comparison & { type: string }): Truth {
    const { ne, notIn, none, missing, exists, empty, ignoreCase, ...positive } = comparison
    const some = (comparison: Comparison): Truth => {
      const truth = compileComparison({ ...comparison, ignoreCase }, { json: 'to_jsonb(o.value)' }, this.parameters)
      const ofType = `o.type = ${this.parameters.text(type)}`
      if (truth.test !== undefined) {
        return { test: `coalesce(${this.identifiers.add(`bool_or(${ofType} AND ${truth.test})`)}, false)` }
      }
      return {
        until: `coalesce(${this.identifiers.add(`max(${truth.until}) FILTER (WHERE ${ofType})`)}, ${toUntil(FALSE)})`,
      }
    }
    const truths: Truth[] = []
    if (Object.keys(positive).length > 0) truths.push(some(positive))
    if (ne !== undefined) truths.push(not(some({ eq: ne })))
    if (notIn !== undefined) truths.push(not(some({ in: notIn })))
    if (none !== undefined) truths.push(not(some({ any: none })))
    if (exists !== undefined) truths.push(exists ? some({ exists: true }) : not(some({ exists: true })))
    if (missing !== undefined) truths.push(missing ? not(some({ exists: true })) : some({ exists: true }))
    if (empty !== undefined) truths.push(empty ? not(some({ empty: false })) : some({ empty: false }))
    return and(truths)
  }

  private labelIs({ key, ...comparison }: Comparison & { key: string }): Truth {
    const label = this.places.get(`label ${key}`)
    const truth = compileComparison(comparison, { json: label?.value ?? 'NULL::jsonb' }, this.parameters)
    return label ? whileUnchanged(truth, label.until) : truth
  }

  private isMember(key: string): Truth {
    const segment = this.places.get(`segment ${key}`)
    return segment
      ? { until: `CASE WHEN ${segment.value}::boolean THEN ${segment.until} ELSE - ${segment.until} END` }
      : FALSE
  }
}

/** What is true of a label's value holds no longer than the value. */
function whileUnchanged(truth: Truth, until: string): Truth {
  if (truth.test !== undefined) return { until: `CASE WHEN ${truth.test} THEN ${until} ELSE - ${until} END` }
  return {
    until: `CASE WHEN ${toTest(truth)} THEN LEAST(${truth.until}, ${until}) ELSE GREATEST(${truth.until}, - ${until}) END`,
  }
}

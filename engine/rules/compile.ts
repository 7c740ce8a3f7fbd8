/**
 * Definitions -> one SQL statement that answers all of them for a set of profiles, or of accounts, at an instant.
 *
 * The statement gathers the profiles (subjects) and their identifiers (owned), scans each table that some rule reads once,
 * folds every scan into one row of facts per profile, and joins those to the subjects. On top, each rule is one expression
 * over facts (truth.ts says which kind), and definitions that others refer to come before them, level by level.
 */
import { KithError } from '../../errors.ts'
import { Accounts } from './account.ts'
import { answerRows } from './answers.ts'
import { compileComparison } from './condition.ts'
import { compileCounted } from './counted.ts'
import type { EventContext } from './event.ts'
import { compileEventRule, isEventRule } from './event-rule.ts'
import { compileHeld, type Owner, sinceEntry, sinceTrait, sinceValue } from './held.ts'
import { type Answer, compileLabel } from './label.ts'
import { asksForAccounts, inDependencyOrder, nameOf, references } from './order.ts'
import { AT, Parameters, SUBJECTS_ASKED, TIMEZONE } from './parameters.ts'
import { personField } from './person-field.ts'
import { compileRandom } from './random.ts'
import { compileIsMember, compileLabelIs } from './referred.ts'
import { ownRows, recordRows, RecordScans } from './records.ts'
import { EventScan, Facts, Parts } from './scan.ts'
import { STORED } from './stored.ts'
import { identifiersThen, LIST_MEMBER, traitsThen } from './then.ts'
import { and, FALSE, not, or, type Truth, toUntil } from './truth.ts'
import type { AccountDefinition, Comparison, Definition, HeldNode, Kept, LabelRule, Rule, Subject } from './types.ts'

type PersonDefinition = Exclude<Definition, AccountDefinition>

const OWNER: Owner = { ...STORED.person, key: 's.id', is: '= s.id', begin: 's.first_seen' }

/** What is stored of a profile that has just become part of this one is about to be this one's. */
const MERGING: Owner = {
  ...OWNER,
  is: '= ANY (ARRAY(SELECT p.id FROM profiles p WHERE p.tenant_id = (SELECT kith_tenant()) AND p.merged_into = s.id) || s.id)',
}

export type Compiled = {
  /**
   * One SELECT. Rows are (definition_id uuid, profile_id uuid, value jsonb, next_at timestamptz, is_member boolean), one per
   * definition and profile; a profile that was merged away or erased has none. Of accounts the second is account_id, and one
   * that was deleted is in no segment and has no label. `is_member` is the value of a segment, which is cheaper to compare, and null of labels.
   */
  text: string
  /** $4 and further; $1 is uuid[] profiles or accounts, $2 timestamptz instant, $3 text timezone. All texts. */
  parameters: string[]
}

export type CompileOptions = {
  /** By what was known at that instant, as far as it is still known (then.ts). */
  knownBy?: string
  /** For MANY subjects or more: to be planned for the very ones, not once for all. */
  many?: boolean
  /** Some of the profiles have just become one. */
  merging?: boolean
  /**
   * No rows of segments for those who are in none of them, who are most; and of each subject one row without a definition, with the
   * first of all its next_at, which the others lack.
   */
  sparse?: boolean
}

/** From so many subjects on a statement is worth a plan of its own. */
export const MANY = 10_000

/** Statements of late, by what they are compiled from: a tenant's definitions change seldom and are asked all the time. */
const compiled = new Map<string, Compiled>()
const MOST_COMPILED = 200
const numbers = new WeakMap<object, number>()
let lastNumber = 0

/**
 * Compiles definitions together with those they refer to; a reference to one that is not among them is a segment nobody
 * is in, or a label nobody has. Those about the other subject are there to be referred to, and are not answered. A pure
 * function, and cheap to call again with the same rule objects. Throws RULE_CYCLE when they refer to each other in a circle.
 */
export function compile(
  definitions: readonly Definition[],
  subject: Subject = 'person',
  options: CompileOptions = {},
): Compiled {
  if (options.knownBy) return compileAnew(definitions, subject, options)
  const each = definitions.map(
    ({ id, kind, key, subject, rule }) => `${id} ${kind} ${key} ${subject ?? ''} ${numberOf(rule)}`,
  )
  const { many = false, sparse = false, merging = false } = options
  const key = [subject, many, sparse, merging, ...each].join('\n')
  let found = compiled.get(key)
  if (!found) {
    if (compiled.size >= MOST_COMPILED) compiled.delete(compiled.keys().next().value!)
    found = compileAnew(definitions, subject, options)
    compiled.set(key, found)
  }
  return { text: found.text, parameters: [...found.parameters] }
}

function compileAnew(definitions: readonly Definition[], subject: Subject, options: CompileOptions): Compiled {
  const compilation = new Compilation(inDependencyOrder(definitions), subject, options)
  return compilation.parameters.finish(compilation.statement())
}

function numberOf(rule: object): number {
  let number = numbers.get(rule)
  if (number === undefined) numbers.set(rule, (number = ++lastNumber))
  return number
}

/**
 * Where a definition is answered: in a LATERAL, from which others read `value` (jsonb, of a label) and `until` (of a segment, signed). A
 * segment that no other reads has no columns there: its `until` is the whole of it.
 */
type Place = {
  definition: PersonDefinition
  level: number
  lateral: string
  columns: [name: string, sql: string][]
  results: string[]
  value: string
  until: string
}

/** Columns of one LATERAL. */
const MOST = 500

class Compilation {
  readonly parameters = new Parameters()
  private readonly events: EventScan
  private readonly parts = new Parts('parts')
  private readonly eventFacts = new Facts('events')
  private readonly identifiers = new Facts('identifier_facts')
  private readonly consents = new Facts('consent_facts')
  private readonly lists = new Facts('list_facts')
  private readonly records: RecordScans
  /** SQL of when everything is to be as it was known; undefined: now. */
  private readonly then: string | undefined
  private readsTraits = false
  private readonly accounts: Accounts
  private readonly context: EventContext
  private readonly places = new Map<string, Place>()

  private readonly columnsOfLevel = new Map<number, number>()
  private readonly subject: Subject
  private readonly many: boolean
  private readonly owner: Owner
  private readonly sparse: boolean
  private readonly accountDefinitions: AccountDefinition[] = []
  /** The names of those that others refer to. */
  private readonly referred: ReadonlySet<string>

  constructor(
    definitions: readonly Definition[],
    subject: Subject,
    { knownBy, many = false, sparse = false, merging }: CompileOptions,
  ) {
    this.subject = subject
    this.many = many
    this.sparse = sparse
    this.owner = merging ? MERGING : OWNER
    this.referred = new Set(definitions.flatMap(({ rule }) => references(rule)).map(nameOf))
    this.events = new EventScan(knownBy)
    this.records = new RecordScans('profile', knownBy)
    this.then = knownBy && this.parameters.add(knownBy, 'timestamptz')
    this.accounts = new Accounts(this.parameters, this.events, (rule) => this.rule(rule))
    this.context = {
      parameters: this.parameters,
      events: this.events,
      table: 'events_read',
      facts: this.eventFacts,
      parts: this.parts,
    }
    for (const [n, definition] of definitions.entries()) {
      if (definition.subject === 'account') {
        this.accounts.place(definition, `d${n}`)
        this.accountDefinitions.push(definition)
      } else this.places.set(nameOf(definition), this.place(definition, `d${n}`))
    }
  }

  private place(definition: PersonDefinition, name: string): Place {
    const below = references(definition.rule).map((reference) => this.places.get(nameOf(reference))?.level ?? -1)
    const level = Math.max(-1, ...below) + 1
    const kept = 'kept' in (definition.rule as Rule | LabelRule | Kept)
    const answer =
      definition.kind === 'segment'
        ? undefined
        : kept
          ? this.keptLabel(definition.id, name)
          : this.label(definition.rule, name)
    const until = answer ? '' : kept ? this.keptSegment(definition.id) : toUntil(this.rule(definition.rule as Rule))
    if (!answer && !this.referred.has(nameOf(definition)))
      return { definition, level, lateral: '', columns: [], results: [], value: '', until }
    const columns = answer?.columns ?? [[name, until]]
    const before = this.columnsOfLevel.get(level) ?? 0
    this.columnsOfLevel.set(level, before + columns.length)
    const lateral = `l${level}_${Math.floor(before / MOST)}`
    if (!answer) {
      return { definition, level, lateral, columns, results: [name], value: '', until: `${lateral}.${name}` }
    }
    const results = [`${answer.value} AS ${name}_value`, `${answer.until} AS ${name}_until`]
    return {
      definition,
      level,
      lateral,
      columns,
      results,
      value: `${lateral}.${name}_value`,
      until: `${lateral}.${name}_until`,
    }
  }

  private keptSegment(id: string): string {
    return `CASE WHEN EXISTS (
      SELECT FROM members m WHERE m.tenant_id = (SELECT kith_tenant()) AND m.segment_id = ${this.parameters.add(id, 'uuid')} AND m.profile_id ${this.owner.is}
    ) THEN 'infinity'::float8 ELSE '-infinity'::float8 END`
  }

  private keptLabel(id: string, name: string): Answer {
    const value = `(
      SELECT v.value FROM label_values v WHERE v.tenant_id = (SELECT kith_tenant()) AND v.label_id = ${this.parameters.add(id, 'uuid')} AND v.profile_id ${this.owner.is}
      ORDER BY v.profile_id <> s.id, v.since LIMIT 1
    )`
    return { columns: [[name, value]], value: name, until: "'infinity'::float8" }
  }

  private label(rule: LabelRule, name: string): Answer {
    return compileLabel(rule, name, this.context, {
      rule: (rule) => this.rule(rule),
      records: (node) => recordRows(node, this.records, this.parts, this.parameters),
    })
  }

  private rule(rule: Rule): Truth {
    if ('all' in rule) return and(rule.all.map((child) => this.rule(child)))
    if ('any' in rule) return or(rule.any.map((child) => this.rule(child)))
    if ('not' in rule) return not(this.rule(rule.not))
    if ('field' in rule) {
      this.readsTraits = true
      return compileComparison(rule.field, personField(rule.field.path, this.parameters), this.parameters)
    }
    if ('identifier' in rule) return this.identifier(rule.identifier)
    if ('label' in rule) return compileLabelIs(rule.label, this.places.get(`label ${rule.label.key}`), this.parameters)
    if ('segment' in rule) return compileIsMember(this.places.get(`segment ${rule.segment.key}`))
    if (isEventRule(rule)) return compileEventRule(rule, this.context)
    if ('held' in rule) return this.held(rule.held)
    if ('record' in rule) {
      return compileCounted(rule.record, recordRows(rule.record, this.records, this.parts, this.parameters))
    }
    if ('account' in rule) return this.accounts.add(rule.account)
    if ('consent' in rule) return this.consent(rule.consent)
    if ('random' in rule) return compileRandom(rule.random, 's.id', this.parameters)
    return this.isListed(rule.list.key)
  }

  /** Any of the profile's identifiers of the type; the negative operators are exactly the negation. */
  private identifier({ type, ...comparison }: Comparison & { type: string }): Truth {
    const { ne, notIn, none, missing, exists, empty, ignoreCase, ...positive } = comparison
    const some = (comparison: Comparison): Truth => {
      const truth = compileComparison({ ...comparison, ignoreCase }, { json: 'to_jsonb(o.value)' }, this.parameters)
      const ofType = `FILTER (WHERE o.type = ${this.parameters.add(type, 'text')}${this.then ? ` AND o.created_at <= ${this.then}` : ''})`
      if (truth.test !== undefined) {
        return { test: `coalesce(${this.identifiers.add(`bool_or(${truth.test}) ${ofType}`)}, false)` }
      }
      return { until: `coalesce(${this.identifiers.add(`max(${truth.until}) ${ofType}`)}, ${toUntil(FALSE)})` }
    }
    const known = some({ exists: true })
    const truths: Truth[] = []
    if (Object.keys(positive).length > 0) truths.push(some(positive))
    if (ne !== undefined) truths.push(not(some({ eq: ne })))
    if (notIn !== undefined) truths.push(not(some({ in: notIn })))
    if (none !== undefined) truths.push(not(some({ any: none })))
    if (exists !== undefined) truths.push(exists ? known : not(known))
    if (missing !== undefined) truths.push(missing ? not(known) : known)
    if (empty !== undefined) truths.push(empty ? not(some({ empty: false })) : some({ empty: false }))
    return and(truths)
  }

  private held(node: HeldNode): Truth {
    const inner = this.rule(node.rule)
    return compileHeld(node, inner, this.sinceOf(node.rule), this.parameters)
  }

  private sinceOf(rule: Rule): string {
    if ('field' in rule) return sinceTrait(rule.field.path, this.identifiers, this.parameters, this.then)
    if ('segment' in rule) {
      const segment = this.places.get(`segment ${rule.segment.key}`)
      return segment ? sinceEntry(segment.definition.id, this.owner, this.parameters, this.then) : AT
    }
    const label = 'label' in rule ? this.places.get(`label ${rule.label.key}`) : undefined
    return label ? sinceValue(label.definition.id, label.value, this.owner, this.parameters, this.then) : 's.first_seen'
  }

  /** Of what the person's identifiers last said the stricter, as in the view profile_consents. */
  private consent({ purpose, channel, is = 'granted' }: Extract<Rule, { consent: unknown }>['consent']): Truth {
    const about = `c.purpose = ${this.parameters.add(purpose, 'text')} AND c.channel = ${this.parameters.add(channel, 'text')}`
    const denied = this.consents.add(`bool_or(c.state <> 'granted') FILTER (WHERE ${about})`)
    return { test: { granted: `${denied} IS FALSE`, denied: `${denied} IS TRUE`, unknown: `${denied} IS NULL` }[is] }
  }

  private isListed(key: string): Truth {
    return { test: `coalesce(${this.lists.add(`bool_or(m.key = ${this.parameters.add(key, 'text')})`)}, false)` }
  }

  statement(): string {
    const places = [...this.places.values()]
    const { id } = STORED[this.subject]
    const ofAccounts = this.accounts.read(this.subject)
    const profiles = this.accounts.profiles(this.subject)
    const scans = [
      this.eventFacts.build('FROM events_read e CROSS JOIN once', 's.id'),
      this.identifiers.build('FROM owned o', 's.id'),
      this.consents.build(consents(this.then), 's.id'),
      this.lists.build(listed(this.then), 's.id'),
      this.records.build('s.id', this.parameters),
      this.parts.build('s.id'),
    ]
    const joins = ['FROM subjects s', 'CROSS JOIN once', ...scans.flatMap((scan) => scan.joins)]
    const accounts = this.accounts.build([...joins, ...this.levels(this.placesOfPeople())].join('\n'), this.subject)
    // Whose an identifier is lies in identifiers_by_profile; what it says, at a random place in the table.
    const said =
      this.identifiers.used || this.records.readsIdentifiers
        ? `, type, value, ${this.then ? 'created_at' : 'traits'}`
        : ''
    const ctes = [
      this.parameters.onceCte(),
      ...ofAccounts,
      `subjects AS (
SELECT id, ${this.then && this.readsTraits ? `${traitsThen(this.then)} AS traits` : 'traits'}, first_seen, last_seen, created_at
FROM profiles p
WHERE tenant_id = (SELECT kith_tenant()) AND id = ${profiles}${this.then ? '' : ' AND merged_into IS NULL'}
  AND (${AT}, ${TIMEZONE}) IS NOT NULL
)`,
      this.then
        ? `owned AS (
SELECT s.id AS owner_id, i.id${said.replaceAll(', ', ', i.')}
FROM subjects s
CROSS JOIN LATERAL (${identifiersThen('s.id', this.then)}) o
JOIN identifiers i ON i.tenant_id = (SELECT kith_tenant()) AND i.id = o.id
)`
        : `owned AS (
SELECT profile_id AS owner_id, id${said}
FROM identifiers
WHERE tenant_id = (SELECT kith_tenant()) AND profile_id = ${profiles}
)`,
      ...(this.events.used ? [this.events.cte(this.parameters, this.many)] : []),
      ...scans.flatMap((scan) => scan.ctes),
      ...accounts.ctes,
    ]
    const answered =
      this.subject === 'person'
        ? places
        : this.accountDefinitions.map((definition) => ({ definition, ...this.accounts.answerOf(definition) }))
    const from =
      this.subject === 'person'
        ? [...joins, ...accounts.joins, ...this.levels(places)]
        : [`FROM (SELECT DISTINCT unnest(${SUBJECTS_ASKED}) AS id) s`, ...accounts.joins]
    const asked = this.subject === 'person' && this.accounts.readsPeople ? [`WHERE s.id = ANY (${SUBJECTS_ASKED})`] : []
    return `WITH ${this.accounts.looksAround ? 'RECURSIVE ' : ''}${ctes.join(',\n')}
SELECT a.definition_id, s.id AS ${id}, a.value, CASE WHEN a.until < 'infinity' THEN to_timestamp(a.until) END AS next_at, a.is_member
${answerRows(answered, [...from, ...asked].join('\n'), this.parameters, this.sparse)}`
  }

  /** The LATERALs that compute definitions, those that refer to others after them. OFFSET 0: each is computed once. */
  private levels(places: Place[]): string[] {
    const laterals = new Map<string, Place[]>()
    for (const place of places.filter(({ results }) => results.length > 0).sort((a, b) => a.level - b.level)) {
      laterals.set(place.lateral, [...(laterals.get(place.lateral) ?? []), place])
    }
    return [...laterals].map(([alias, places]) => {
      const columns = places.flatMap((place) => place.columns.map(([name, sql]) => `    ${sql} AS ${name}`))
      return `CROSS JOIN LATERAL (
  SELECT ${places.flatMap(({ results }) => results).join(', ')} FROM (SELECT
${columns.join(',\n')}
    OFFSET 0
  ) c OFFSET 0
) ${alias}`
    })
  }

  /** What the rules about people refer to, directly or not. Those may not ask for accounts again. */
  private placesOfPeople(): Place[] {
    const found = new Set<Place>()
    const visit = (rule: Rule | LabelRule) => {
      for (const reference of references(rule)) {
        const place = this.places.get(nameOf(reference))
        if (!place || found.has(place)) continue
        if (asksForAccounts(place.definition.rule)) {
          throw new KithError(
            'RULE_INVALID',
            `A rule about the people of an account refers to the ${nameOf(reference)}, which asks for their accounts.`,
            { details: { path: [] } },
          )
        }
        found.add(place)
        visit(place.definition.rule)
      }
    }
    for (const { rule } of this.accounts.peopleRules) visit(rule)
    return [...found]
  }
}

const consents = (then?: string) => `FROM (
SELECT o.owner_id, c.*
FROM (
  ${ownRows('consents', then)} OFFSET 0
) c
JOIN owned o ON o.id = c.identifier_id
) c`

const listed = (then?: string) => `FROM (
SELECT o.owner_id, l.key
FROM (
  ${ownRows('list_members', then, LIST_MEMBER)} OFFSET 0
) m
JOIN owned o ON o.id = m.identifier_id
JOIN lists l ON l.tenant_id = m.tenant_id AND l.id = m.list_id
) m`

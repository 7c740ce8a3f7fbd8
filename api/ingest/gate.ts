/**
 * The gate of a tenant: what its own definitions say of an event on its way in. In this order: traffic that is no customer's,
 * purposes that the event itself refuses, events that are no behavior, people outside of the sample, properties that are not as
 * defined. Whether its person has refused a purpose is asked when it is stored (store.ts).
 */
import { DAY } from '../../config.ts'
import type { EventRow } from '../../db/sql/store-events.ts'
import type { Outcome, Tally } from '../../db/sql/count-behaviors.ts'
import { ABOUT, unseal } from '../../db/secret.ts'
import { isSampled } from '../../engine/gate/sample.ts'
import { type GateDefinitions, type GateSettings, NO_SETTINGS, type Purpose } from '../../engine/gate/settings.ts'
import { InternalTraffic, isMachine, type Sender, type Traffic } from '../../engine/gate/traffic.ts'
import { type CheckedEvent, violationsOf } from '../../engine/model/behaviors.ts'
import { checkProperties, placeOf, type Violation } from '../../engine/model/property.ts'
import type { RawEvent } from './envelope.ts'
import { type Arrival, normalise } from './normalise.ts'
import { PersonalData } from './personal.ts'
import { Refusal } from './refusal.ts'
import { memberOf, unquote } from './scan.ts'
import type { KeptOut } from './submission.ts'

/** Why an event is not stored that is none the worse for it. `tally` is counted with it. */
type Discarded = { why: Traffic | 'expired' | 'sampled_out' | 'unconsented'; tally: Tally }

/** The event as a row, through the gate; null where it is not stored, which is counted in `keptOut`. Throws a Refusal. */
export function admit(
  raw: RawEvent,
  arrival: Arrival,
  gate: Gate | null,
  sourceId: string | null,
  keptOut: KeptOut,
): EventRow | null {
  const row = normalise(raw, arrival)
  const discarded = gate?.judge(row, arrival, sourceId)
  if (!discarded) return row
  keptOut[discarded.why === 'unconsented' ? 'unconsented' : 'discarded']++
  keptOut.tallies.push(discarded.tally)
  return null
}

/** Names without a behavior that one process counts by their name; the rest counts under ''. */
const MOST_UNKNOWN = 200

type Behavior = GateDefinitions['behaviors'][number]

export class Gate {
  readonly tenantId: string
  readonly personal: PersonalData | null
  readonly #settings: GateSettings
  readonly #behaviors: ReadonlyMap<string, Behavior>
  readonly #purposes: GateDefinitions['purposes']
  readonly #required: GateDefinitions['required']
  readonly #internal: InternalTraffic | null
  readonly #unknown: Set<string>

  /** `unknown`: the names that are counted already, which outlives the gate. */
  constructor(tenantId: string, { behaviors, settings, purposes, required }: GateDefinitions, unknown: Set<string>) {
    this.tenantId = tenantId
    this.#settings = settings ?? NO_SETTINGS
    this.#behaviors = new Map(behaviors.map((behavior) => [behavior.name, behavior]))
    this.#purposes = purposes
    this.#required = required
    this.#unknown = unknown
    this.#internal = this.#settings.internal === 'keep' ? null : new InternalTraffic(this.#settings)
    const { personalData } = this.#settings
    const key = settings?.hashKey
    this.personal =
      personalData.length > 0 ? new PersonalData(personalData, key ? unseal(key, ABOUT.hashKey(tenantId)) : '') : null
  }

  get eventsPerSecond(): number | null {
    return this.#settings.eventsPerSecond
  }

  /** Null where it is to be stored, with what the gate writes into it. Throws a Refusal. */
  judge(row: EventRow, { client }: Pick<Arrival, 'client'>, sourceId: string | null): Discarded | null {
    const behavior = this.#behaviors.get(row.name) // both in NFC
    const tallies: Tally[] = []
    const tally = (outcome: Outcome): Tally => ({ name: behavior?.name ?? '', outcome, path: '' })
    const discard = (why: Discarded['why']): Discarded => ({ why, tally: tally(why) })

    const traffic = this.#trafficOf(row, client)
    if (traffic && this.#actionOn(traffic) === 'drop') return discard(traffic)
    if (traffic) {
      tallies.push(tally(`marked_${traffic}`))
      row.properties = withLast(row.properties, '$traffic', JSON.stringify(traffic))
    }

    const purposes = [
      behavior?.purpose ? (behavior as Purpose) : null,
      sourceId ? this.#purposes[sourceId] : null,
    ].filter((purpose) => purpose != null)
    // Before anything could make a dead letter of it.
    if (purposes.some(({ purpose }) => isRefusedInPlace(row, purpose))) return discard('unconsented')
    if (behavior) {
      const { samplePercent, retentionDays } = behavior
      // It would be removed within the hour.
      if (retentionDays !== null && Date.parse(row.occurred_at) < Date.now() - retentionDays * DAY)
        return discard('expired')
      if (samplePercent !== null && !isSampled(this.tenantId, personOf(row), samplePercent))
        return discard('sampled_out')
      this.#check(behavior, row, tallies)
      tallies.push(tally('stored'))
    } else if (row.type === 'track') this.#meetUnknown(row, tallies)
    this.#requireFields(row, tallies)
    if (purposes.length > 0 || tallies.length > 0) row.gate = { name: behavior?.name ?? '', purposes, tallies }
    return null
  }

  #actionOn(traffic: Traffic) {
    return traffic === 'bot' ? this.#settings.bots : this.#settings.internal
  }

  #trafficOf(row: EventRow, client: Arrival['client']): Traffic | null {
    if (this.#settings.bots === 'keep' && !this.#internal) return null
    const sender = senderOf(row, client)
    if (this.#settings.bots !== 'keep' && sender.userAgent !== null && isMachine(sender.userAgent)) return 'bot'
    return this.#internal?.has(sender) ? 'internal' : null
  }

  #check(behavior: Behavior, row: EventRow, tallies: Tally[]): void {
    if (behavior.mode === 'off') return
    const violations = violationsOf(behavior as never, checkedEvent(row))
    if (violations.length === 0) return
    const count = (outcome: Outcome, path = '') => void tallies.push({ name: behavior.name, outcome, path })
    // Of many places in one list it is one violation of the event.
    const places = new Map(violations.map(({ code, path }) => [`${code} ${placeOf(path)}`, code]))
    for (const [place, code] of places) count(code, place.slice(code.length + 1))
    if (behavior.mode === 'lenient') return count('violating')
    count('refused')
    throw new Refusal('EVENT_NOT_AS_DEFINED', sentenceOf(violations), { violations, tallies })
  }

  /** What the tenant's fields require of people and accounts, whatever the behavior says. */
  #requireFields({ type, traits }: EventRow, tallies: Tally[]): void {
    const required =
      type === 'identify' ? this.#required.profile : type === 'group' ? this.#required.account : undefined
    if (!required) return
    const violations: Violation[] = []
    checkProperties(required, traits === null ? {} : JSON.parse(traits), 'traits', violations)
    if (violations.length > 0)
      throw new Refusal('EVENT_NOT_AS_DEFINED', sentenceOf(violations), { violations, tallies })
  }

  #meetUnknown(row: EventRow, tallies: Tally[]): void {
    const { unknownEvents } = this.#settings
    if (unknownEvents === 'allow') return
    const isNew = !this.#unknown.has(row.name)
    if (isNew && this.#unknown.size < MOST_UNKNOWN) this.#unknown.add(row.name)
    tallies.push({ name: this.#unknown.has(row.name) ? row.name : '', outcome: 'unknown', path: '' })
    if (unknownEvents === 'refuse')
      throw new Refusal('EVENT_UNKNOWN', 'Expected an event that is defined as a behavior; this name is not.', {
        tallies,
      })
  }
}

function checkedEvent({ type, user_id, anonymous_id, identifiers, properties, traits }: EventRow): CheckedEvent {
  return {
    type,
    userId: user_id,
    anonymousId: anonymous_id,
    identifiers: identifiers === null ? null : JSON.parse(identifiers),
    properties: JSON.parse(properties),
    traits: traits === null ? null : JSON.parse(traits),
  }
}

function sentenceOf(violations: Violation[]): string {
  const [first] = violations
  const more = violations.length > 1 ? ` And ${violations.length - 1} more.` : ''
  return `Expected ${first!.expected} at ${first!.path}; found ${first!.found}.${more}`
}

/**
 * Whom a sample is by: what the event names that was there first. A browser or an app sends its anonymous id before and after
 * it knows who somebody is, so that nobody falls out of the sample, or into it, by signing up.
 */
function personOf({ user_id, anonymous_id, identifiers }: EventRow): string {
  return anonymous_id ?? user_id ?? identifiers ?? ''
}

/** What the event says of its sender; else, of an event that a browser sent itself, what its request says. */
function senderOf({ user_id, identifiers, context }: EventRow, client: Arrival['client']): Sender {
  const said = (key: string) => {
    const json = context?.includes(`"${key}"`) ? memberOf(context, key) : undefined
    return json?.[0] === '"' ? unquote(json) : null
  }
  const email = identifiers?.includes('"email"') ? memberOf(identifiers, 'email') : undefined
  return {
    ip: said('ip') ?? client?.ip ?? null,
    userAgent: said('userAgent') ?? client?.userAgent ?? null,
    userId: user_id,
    email: email?.[0] === '"' ? unquote(email) : null,
  }
}

/** Segment's consent context, https://segment.com/docs/privacy/consent-management: what the person said to that very page. */
function isRefusedInPlace({ context }: EventRow, purpose: string): boolean {
  if (!context?.includes('"categoryPreferences"')) return false
  const consent = memberOf(context, 'consent')
  const preferences = consent?.[0] === '{' ? memberOf(consent, 'categoryPreferences') : undefined
  return preferences?.[0] === '{' && memberOf(preferences, purpose) === 'false'
}

/** Put last, so that it counts where the object has the key already. */
function withLast(object: string, key: string, json: string): string {
  const body = object.slice(1, -1)
  return body.trim() === '' ? `{"${key}":${json}}` : `{${body},"${key}":${json}}`
}

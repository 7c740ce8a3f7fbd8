/** The tenant's settings of the gate: which events come in, and what of them. */
import { isIP } from 'node:net'
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import type { Behavior } from '../model/behaviors.ts'
import type { Property } from '../model/property.ts'

export const TRAFFIC_ACTIONS = ['keep', 'drop', 'mark'] as const
export type TrafficAction = (typeof TRAFFIC_ACTIONS)[number]
export const UNKNOWN_ACTIONS = ['allow', 'count', 'refuse'] as const
export type UnknownAction = (typeof UNKNOWN_ACTIONS)[number]
export const PERSONAL_ACTIONS = ['drop', 'hash', 'mask'] as const
export type PersonalAction = (typeof PERSONAL_ACTIONS)[number]
export type PersonalRule = { path: string; action: PersonalAction }
export type Purpose = { purpose: string; channel: string | null }

export type GateSettings = {
  unknownEvents: UnknownAction
  bots: TrafficAction
  internal: TrafficAction
  internalNetworks: string[]
  internalUsers: string[]
  internalDomains: string[]
  personalData: PersonalRule[]
  eventsPerSecond: number | null
}

export const NO_SETTINGS: GateSettings = {
  unknownEvents: 'allow',
  bots: 'keep',
  internal: 'keep',
  internalNetworks: [],
  internalUsers: [],
  internalDomains: [],
  personalData: [],
  eventsPerSecond: null,
}

/** Everything that an event's way in is decided by. */
export type GateDefinitions = {
  behaviors: Omit<Behavior, 'description'>[]
  settings: (GateSettings & { hashKey: string | null }) | null
  /** By source id. */
  purposes: Record<string, Purpose>
  /** The required fields of people and accounts: traits that every identify and group call must have. */
  required: { profile?: Property[]; account?: Property[] }
}

/** In one round trip: every process asks every few seconds for every tenant that sends. */
export async function readGate(sql: Transaction): Promise<GateDefinitions> {
  const [row] = await sql<[GateDefinitions]>`
SELECT
  (SELECT coalesce(json_agg(json_build_object('name', name, 'mode', mode, 'properties', properties, 'identifiers', identifiers,
    'samplePercent', sample_percent, 'retentionDays', retention_days, 'purpose', purpose, 'channel', channel)), '[]') FROM behaviors) AS behaviors,
  (SELECT json_build_object('unknownEvents', unknown_events, 'bots', bots, 'internal', internal,
    'internalNetworks', internal_networks, 'internalUsers', internal_users, 'internalDomains', internal_domains,
    'personalData', personal_data, 'eventsPerSecond', events_per_second, 'hashKey', hash_key) FROM gate_settings) AS settings,
  (SELECT coalesce(json_object_agg(id, json_build_object('purpose', purpose, 'channel', channel)), '{}')
    FROM sources WHERE purpose IS NOT NULL) AS purposes,
  (SELECT coalesce(json_object_agg(object, properties), '{}') FROM (
    SELECT object, json_agg(json_build_object('key', key, 'type', type, 'required', true, 'choices', choices) ORDER BY key) AS properties
    FROM fields WHERE required AND object IN ('profile', 'account') GROUP BY object) AS required) AS required`
  return row
}

const MOST = 1000
const LONGEST = 320
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const ROOTS = new Set(['properties', 'traits', 'context', 'userId', 'anonymousId', 'previousId', 'groupId'])

/** Throws GATE_INVALID; resolves to what is kept. */
export function readSettings(draft: GateSettings): GateSettings {
  const domains = draft.internalDomains.map((domain) => domain.trim().toLowerCase().replace(/^@/, ''))
  const lists = {
    internalNetworks: draft.internalNetworks,
    internalUsers: draft.internalUsers,
    internalDomains: domains,
  }
  for (const [name, list] of Object.entries(lists)) {
    if (list.length > MOST) refuse([name], `at most ${MOST}`)
    for (const [n, text] of list.entries())
      if (text.trim() === '' || text.length > LONGEST || text.includes('\u0000'))
        refuse([name, n], `1 to ${LONGEST} characters`)
  }
  for (const [n, network] of draft.internalNetworks.entries())
    if (!readNetwork(network))
      refuse(['internalNetworks', n], 'an address or a range such as 192.0.2.0/24 or 2001:db8::/32')
  for (const [n, domain] of domains.entries())
    if (!DOMAIN.test(domain)) refuse(['internalDomains', n], 'a domain such as example.com')
  const { eventsPerSecond } = draft
  if (eventsPerSecond !== null && eventsPerSecond < 1) refuse(['eventsPerSecond'], '1 or more')
  return { ...draft, internalDomains: domains, personalData: readPersonal(draft.personalData) }
}

function readPersonal(rules: PersonalRule[]): PersonalRule[] {
  if (rules.length > MOST / 10) refuse(['personalData'], `at most ${MOST / 10} rules`)
  const seen = new Set<string>()
  return rules.map(({ path, action }, n) => {
    const at = ['personalData', n, 'path']
    const [root = '', ...rest] = path.split('.')
    if (!ROOTS.has(root)) refuse(at, `a path that begins with one of ${[...ROOTS].join(', ')}`)
    if (/^(properties|traits|context)$/.test(root) !== rest.length > 0)
      refuse(at, 'a path such as traits.email, or userId alone')
    if (path.length > LONGEST || rest.length > 10 || rest.includes('') || path.includes('\u0000'))
      refuse(at, 'up to ten keys between dots')
    if (seen.has(path)) refuse(at, 'each path once')
    seen.add(path)
    return { path, action }
  })
}

/** Null when it is neither an address nor a range. */
export function readNetwork(text: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | null {
  const [address = '', bits, ...more] = text.trim().split('/')
  const version = isIP(address)
  const most = version === 4 ? 32 : 128
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : most + 1
  if (version === 0 || more.length > 0 || length > most || address.includes('%')) return null
  return { address, bits: length, family: version === 4 ? 'ipv4' : 'ipv6' }
}

function refuse(path: (string | number)[], what: string): never {
  throw new KithError('GATE_INVALID', `Expected ${what}, at ${path.join('.')}.`, { details: { path } })
}

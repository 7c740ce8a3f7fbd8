/** The tenant's settings of the gate: which events come in, and what of them. */
import { randomBytes } from 'node:crypto'
import { ABOUT, seal } from '../../db/secret.ts'
import type { Transaction } from '../../db/client.ts'
import {
  type GateSettings,
  NO_SETTINGS,
  PERSONAL_ACTIONS,
  type PersonalRule,
  readGate,
  readSettings,
  TRAFFIC_ACTIONS,
  UNKNOWN_ACTIONS,
} from '../../engine/gate/settings.ts'
import { builder } from '../builder.ts'
import { refuseUnkeepable } from '../noun/keepable.ts'
import { mutation } from '../noun/mutation.ts'
import { modelChanged } from '../schema-changes.ts'
import { config } from '../../config.ts'

const upper = <T extends string>(values: Record<T, string>) =>
  Object.fromEntries(
    Object.entries(values).map(([value, description]) => [value.toUpperCase(), { value, description }]),
  ) as Record<string, { value: T; description: string }>

const TrafficAction = builder.enumType('TrafficAction', {
  values: upper<(typeof TRAFFIC_ACTIONS)[number]>({
    keep: 'Stored like any other.',
    drop: 'Not stored, and counted.',
    mark: 'Stored with the property "$traffic", which is "bot" or "internal".',
  }),
})
const UnknownAction = builder.enumType('UnknownEventAction', {
  values: upper<(typeof UNKNOWN_ACTIONS)[number]>({
    allow: 'Stored like any other.',
    count: 'Stored, and counted by name.',
    refuse: 'Kept as dead letters, and counted by name.',
  }),
})
const PersonalAction = builder.enumType('PersonalDataAction', {
  values: upper<(typeof PERSONAL_ACTIONS)[number]>({
    drop: 'Taken out.',
    hash: 'Replaced by "hmac:" and an HMAC-SHA256 with a key of your own: the same value has the same hash.',
    mask: 'Replaced by stars, but for the last four characters of eight or more.',
  }),
})

const Rule = builder.objectRef<PersonalRule>('PersonalDataRule').implement({
  fields: (t) => ({
    path: t.exposeString('path'),
    action: t.field({ type: PersonalAction, resolve: ({ action }) => action }),
  }),
})

type Gate = GateSettings & { operatorsEventsPerSecond: number | null }

const GateRef = builder.objectRef<Gate>('Gate').implement({
  description: 'Which events come in, and what of them.',
  fields: (t) => ({
    unknownEvents: t.field({
      type: UnknownAction,
      description: 'What becomes of track calls whose name is no behavior.',
      resolve: ({ unknownEvents }) => unknownEvents,
    }),
    bots: t.field({
      type: TrafficAction,
      description: 'Of user agents that are machines.',
      resolve: ({ bots }) => bots,
    }),
    internal: t.field({
      type: TrafficAction,
      description: 'Of the addresses, people and domains below.',
      resolve: ({ internal }) => internal,
    }),
    internalNetworks: t.exposeStringList('internalNetworks', { description: 'Addresses and ranges.' }),
    internalUsers: t.exposeStringList('internalUsers', { description: 'User ids and e-mail addresses.' }),
    internalDomains: t.exposeStringList('internalDomains', { description: 'Of e-mail addresses.' }),
    personalData: t.field({
      type: [Rule],
      description: 'What of an event is never kept, not in a dead letter either.',
      resolve: ({ personalData }) => personalData,
    }),
    eventsPerSecond: t.exposeInt('eventsPerSecond', {
      nullable: true,
      description: 'Your own limit over all keys; it holds within the operator’s.',
    }),
    operatorsEventsPerSecond: t.exposeInt('operatorsEventsPerSecond', {
      nullable: true,
      description: 'The operator’s limit for you; null for none.',
    }),
  }),
})

async function readWhole(tx: Transaction): Promise<Gate> {
  const [{ settings }, [tenant]] = await Promise.all([
    readGate(tx),
    tx<[{ rate: number | null }]>`SELECT events_per_second AS rate FROM tenants WHERE id = kith_tenant()`,
  ])
  const usual = config.INGEST_RATE === 0 ? null : config.INGEST_RATE
  return { ...(settings ?? NO_SETTINGS), operatorsEventsPerSecond: tenant.rate ?? usual }
}

builder.queryField('gate', (t) =>
  t.field({
    type: GateRef,
    description: 'Which events come in, and what of them.',
    authScopes: { model: true },
    resolve: (_root, _args, { tenant }) => tenant(readWhole),
  }),
)

const RuleInput = builder.inputType('PersonalDataRuleInput', {
  fields: (t) => ({
    path: t.string({
      required: true,
      description:
        'Keys between dots, "*" for any: properties.card.number, traits.ssn (also in context.traits), context.ip, userId. Lists are looked into.',
    }),
    action: t.field({ type: PersonalAction, required: true }),
  }),
})

mutation<Partial<GateSettings>>('updateGate', {
  description: 'Changes what is given; a list is given whole. Every door goes by it within two seconds.',
  scope: 'model',
  input: (t) => ({
    unknownEvents: t.field({ type: UnknownAction }),
    bots: t.field({ type: TrafficAction }),
    internal: t.field({ type: TrafficAction }),
    internalNetworks: t.stringList({ description: 'Such as 192.0.2.7, 192.0.2.0/24, 2001:db8::/32.' }),
    internalUsers: t.stringList(),
    internalDomains: t.stringList({ description: 'Such as example.com.' }),
    personalData: t.field({ type: [RuleInput] }),
    eventsPerSecond: t.int({ description: 'null for no limit but the operator’s.' }),
  }),
  payload: (t) => ({ gate: t.field({ type: GateRef, resolve: (gate: any) => gate }) }),
  resolve: async (input, { tenant, viewer }) => {
    refuseUnkeepable(input)
    const gate = await tenant(async (tx) => {
      // Two who change different things at once both have their way.
      await tx`INSERT INTO gate_settings DEFAULT VALUES ON CONFLICT DO NOTHING`
      await tx`SELECT FROM gate_settings FOR UPDATE`
      const { settings } = await readGate(tx)
      const given = Object.entries(input).filter(
        ([key, value]) => value !== undefined && (value !== null || key === 'eventsPerSecond'),
      )
      const s = readSettings({ ...NO_SETTINGS, ...settings, ...Object.fromEntries(given) })
      const key = settings?.hashKey ?? seal(randomBytes(32).toString('hex'), ABOUT.hashKey(viewer.tenantId))
      await tx`
UPDATE gate_settings SET unknown_events = ${s.unknownEvents}, bots = ${s.bots}, internal = ${s.internal},
  internal_networks = ${s.internalNetworks}, internal_users = ${s.internalUsers}, internal_domains = ${s.internalDomains},
  personal_data = ${JSON.stringify(s.personalData)}::jsonb, events_per_second = ${s.eventsPerSecond}, hash_key = ${key}`
      return readWhole(tx)
    })
    modelChanged(viewer.tenantId)
    return gate
  },
})

/** What a person allowed, per purpose and channel. */
import type { Transaction } from '../../db/client.ts'
import { toIso } from '../../db/instant.ts'
import { consents } from '../../db/schema/profile.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { aboutPerson } from '../noun/record.ts'
import { Contact } from './contact.ts'
import { Profile } from './profile.ts'
import { modelChanged } from '../schema-changes.ts'

const ConsentState = builder.enumType('ConsentState', {
  values: { GRANTED: { value: 'granted' }, DENIED: { value: 'denied' } },
})

export const Consent = noun('Consent', consents, { plural: 'consents', enums: { state: ConsentState } })

builder.node(Consent.ref, {
  description: 'What a person allowed, per purpose and channel.',
  ...nodeOptions(Consent),
  fields: (t) => ({
    ...columnFields(t, Consent, {
      userId: '',
      email: '',
      purpose: 'Such as "marketing".',
      channel: 'Such as "email".',
      state: '',
      createdAt: '',
      updatedAt: 'When it was last said.',
    }),
  }),
})

aboutPerson(Consent, Profile, Contact)

type Answers = { channel: string; granted: number; denied: number }
type Purpose = {
  key: string
  name: string
  description: string | null
  channels: string[]
  isDefined: boolean
  retiredAt: string | null
  answers: Answers[]
}
const MOST_PURPOSES = 500

const ConsentAnswers = builder.objectRef<Answers>('ConsentAnswers').implement({
  description: 'How many said what. Of a person with several answers the stricter counts.',
  fields: (t) => ({
    channel: t.exposeString('channel'),
    granted: t.exposeInt('granted', { description: 'People who allow it.' }),
    denied: t.exposeInt('denied', { description: 'People who do not.' }),
  }),
})

const ConsentPurpose = builder.objectRef<Purpose>('ConsentPurpose').implement({
  description: 'What people are asked for, and how many said what.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'What consents, sources, behaviors and rules call it by.' }),
    name: t.exposeString('name'),
    description: t.exposeString('description', { nullable: true }),
    channels: t.exposeStringList('channels', { description: 'On which people are asked; empty for any.' }),
    isDefined: t.exposeBoolean('isDefined', {
      description: 'False where somebody was asked, and no more is said of it.',
    }),
    retiredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when nobody can allow it any more. What was said still counts.',
      resolve: ({ retiredAt }) => retiredAt && toIso(retiredAt),
    }),
    answers: t.field({ type: [ConsentAnswers], resolve: ({ answers }) => answers }),
  }),
})

async function readPurposes(tx: Transaction, key: string | null = null): Promise<Purpose[]> {
  return [
    ...(await tx<Purpose[]>`
WITH counted AS (
  SELECT purpose, channel, count(*) FILTER (WHERE state = 'granted') AS granted, count(*) FILTER (WHERE state <> 'granted') AS denied
  FROM profile_consents WHERE ${key}::text IS NULL OR purpose = ${key} GROUP BY purpose, channel
), said AS (
  SELECT purpose, jsonb_agg(jsonb_build_object('channel', channel, 'granted', granted, 'denied', denied) ORDER BY channel) AS answers
  FROM counted GROUP BY purpose
)
SELECT coalesce(p.key, s.purpose) AS key, coalesce(p.name, s.purpose) AS name, p.description, coalesce(p.channels, '{}') AS channels,
  p.key IS NOT NULL AS "isDefined", p.retired_at AS "retiredAt", coalesce(s.answers, '[]') AS answers
FROM said s FULL JOIN consent_purposes p ON p.key = s.purpose
WHERE ${key}::text IS NULL OR coalesce(p.key, s.purpose) = ${key}
ORDER BY p.retired_at IS NOT NULL, 1 LIMIT ${MOST_PURPOSES}`),
  ]
}

builder.queryFields((t) => ({
  consentPurposes: t.field({
    type: [ConsentPurpose],
    description: `Every purpose that is defined or that somebody has been asked about; the first ${MOST_PURPOSES}.`,
    complexity: 100,
    resolve: (_root, _args, { tenant }) => tenant((tx) => readPurposes(tx)),
  }),
  consents: connectionField(t, { noun: Consent, name: 'all' }, 'What people allowed.'),
}))

type PurposeChange = {
  key: string
  name?: string | null
  description?: string | null
  channels?: string[] | null
  retired?: boolean | null
}

mutation<PurposeChange>('updateConsentPurpose', {
  description:
    'Defines what people are asked for, or changes it: what is left out stays. A retired purpose, and a channel that is not among its own, can be refused but no longer allowed. PURPOSE_IN_USE where sources or behaviors are for it.',
  scope: 'model',
  input: (t) => ({
    key: t.string({ required: true, description: 'Such as "marketing", as consents have it; cannot be changed.' }),
    name: t.string({ description: 'The key when left out of a new one.' }),
    description: t.string(),
    channels: t.stringList({ description: 'Such as "email"; empty for any.' }),
    retired: t.boolean({ description: 'false to offer it again.' }),
  }),
  payload: (t) => ({ purpose: t.field({ type: ConsentPurpose, resolve: ({ purpose }: any) => purpose }) }),
  resolve: async (change, { tenant, viewer }) => {
    const result = await tenant(async (tx) => {
      const { key, name = null, description, channels = null, retired = null } = checkedPurpose(change)
      await tx`
INSERT INTO consent_purposes AS p (key, name, description, channels, retired_at)
VALUES (${key}, ${name ?? key}, ${description ?? null}, ${channels ?? []}, CASE WHEN ${retired}::boolean THEN now() END)
ON CONFLICT (tenant_id, key) DO UPDATE SET name = coalesce(${name}::text, p.name),
  description = CASE WHEN ${description !== undefined} THEN excluded.description ELSE p.description END,
  channels = coalesce(${channels}::text[], p.channels),
  retired_at = CASE ${retired}::boolean WHEN true THEN coalesce(p.retired_at, now()) WHEN false THEN NULL ELSE p.retired_at END`
      await expectUnused(tx, key)
      const [purpose] = await readPurposes(tx, key)
      return { purpose }
    })
    modelChanged(viewer.tenantId)
    return result
  },
})

function checkedPurpose(change: PurposeChange): PurposeChange {
  const texts = [change.key, ...(change.name != null ? [change.name] : []), ...(change.channels ?? [])]
  if (texts.some((text) => text.trim() === '' || text.length > 200) || (change.channels?.length ?? 0) > 50) {
    throw new KithError('INPUT_INVALID', 'Expected a key, a name and at most 50 channels of 1 to 200 characters each.')
  }
  return change
}

/** Events that are for a purpose would be stored whatever people say, were it retired: first they are to be for another. */
async function expectUnused(tx: Transaction, key: string): Promise<void> {
  const users = await tx<{ kind: string; name: string }[]>`
SELECT kind, u.name FROM (
  SELECT 'source' AS kind, name, purpose, channel FROM sources UNION ALL SELECT 'behavior', name, purpose, channel FROM behaviors
) AS u JOIN consent_purposes p ON p.key = u.purpose
WHERE p.key = ${key} AND (p.retired_at IS NOT NULL OR p.channels <> '{}' AND u.channel <> ALL (p.channels)) ORDER BY kind, u.name LIMIT 20`
  if (users.length === 0) return
  const names = (kind: string) => users.filter((user) => user.kind === kind).map(({ name }) => name)
  throw new KithError('PURPOSE_IN_USE', 'Expected no source and no behavior to be for what is taken away.', {
    status: 409,
    details: { sources: names('source'), behaviors: names('behavior') },
  })
}

type SetConsent = {
  contactId?: string | null
  userId?: string | null
  email?: string | null
  purpose: string
  channel: string
  state: string
}

mutation<SetConsent>('setConsent', {
  description:
    'Says what a person, named by one of contactId, userId and email, allows for a purpose and channel. PURPOSE_NOT_OFFERED where they allow what is retired.',
  scope: 'edit',
  input: (t) => ({
    contactId: t.id(),
    userId: t.string(),
    email: t.string(),
    purpose: t.string({ required: true }),
    channel: t.string({ required: true }),
    state: t.field({ type: ConsentState, required: true }),
  }),
  payload: (t) => ({ consent: t.field({ type: Consent.ref, resolve: ({ consent }: any) => consent }) }),
  resolve: async ({ contactId, userId, email, purpose, channel, state }, { tenant }) => {
    if (!contactId && !userId && !email) {
      throw new KithError('INPUT_INVALID', 'Expected one of contactId, userId and email.')
    }
    const contact = contactId ? uuidOf('Contact', contactId) : null
    const [consent] = await tenant(
      (tx) => tx`
INSERT INTO consents (contact_id, user_id, email, purpose, channel, state)
VALUES (${contact}, ${userId ?? null}, ${email ?? null}, ${purpose}, ${channel}, ${state})
ON CONFLICT (tenant_id, identifier_id, purpose, channel) DO UPDATE SET state = EXCLUDED.state
RETURNING id, contact_id AS "contactId", user_id AS "userId", email, identifier_id AS "identifierId", purpose, channel, state,
  created_at AS "createdAt", updated_at AS "updatedAt"`,
    )
    return { consent }
  },
})

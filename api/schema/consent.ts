/** What a person allowed, per purpose and channel. */
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

type Purpose = { purpose: string; channel: string; granted: number; denied: number }
const MOST_PURPOSES = 500

const ConsentPurpose = builder.objectRef<Purpose>('ConsentPurpose').implement({
  description: 'What people were asked, and how many said what. Of a person with several answers the stricter counts.',
  fields: (t) => ({
    purpose: t.exposeString('purpose'),
    channel: t.exposeString('channel'),
    granted: t.exposeInt('granted', { description: 'People who allow it.' }),
    denied: t.exposeInt('denied', { description: 'People who do not.' }),
  }),
})

builder.queryFields((t) => ({
  consentPurposes: t.field({
    type: [ConsentPurpose],
    description: `Every purpose and channel that somebody has been asked about; the first ${MOST_PURPOSES}.`,
    complexity: 100,
    resolve: (_root, _args, { tenant }) =>
      tenant(async (tx) => [
        ...(await tx<Purpose[]>`
SELECT purpose, channel, count(*) FILTER (WHERE state = 'granted')::int AS granted, count(*) FILTER (WHERE state <> 'granted')::int AS denied
FROM profile_consents GROUP BY purpose, channel ORDER BY purpose, channel LIMIT ${MOST_PURPOSES}`),
      ]),
  }),
  consents: connectionField(t, { noun: Consent, name: 'all' }, 'What people allowed.'),
}))

type SetConsent = {
  contactId?: string | null
  userId?: string | null
  email?: string | null
  purpose: string
  channel: string
  state: string
}

mutation<SetConsent>('setConsent', {
  description: 'Says what a person, named by one of contactId, userId and email, allows for a purpose and channel.',
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
